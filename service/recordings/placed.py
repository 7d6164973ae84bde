"""When the repetitions were that therapists have judged: numbers shift from result to result, time doesn't (decision 0203)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Self

import msgspec

from service.analysis.difference import Event
from service.recordings.labels import Label
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL
from wire.recorded import Recorded

SLACK_S = 0.001
"""What a screen rounds off of a time."""
NOTHING = "none"


Span = tuple[float, float]
"""From when to when, s since the session's first sample."""
Spans = Sequence[tuple[tuple[int, int], Span]]
"""When repetitions were, by set and number."""


class Shown(NamedTuple):
    """When the repetitions were in the results whose numbers screens have shown: `live`, and `final` from `final_utc` on."""

    live: Spans = ()
    final: Spans | None = None
    final_utc: datetime | None = None

    @classmethod
    def of(cls, live: Iterable[Event], final: Iterable[Event] | None = None, final_utc: datetime | None = None) -> Self:
        """From the events of both."""
        return cls(list(_spans(live)), None if final is None else list(_spans(final)), final_utc)

    def at(self, utc: datetime) -> tuple[Spans, Spans]:
        """The result that was shown then, and the other one."""
        if self.final is None:
            return self.live, ()
        # A time without a zone is one of a program; labels are kept in UTC.
        aware = utc if utc.tzinfo is not None else utc.replace(tzinfo=UTC)
        final = self.final_utc is None or aware >= self.final_utc
        return (self.final, self.live) if final else (self.live, self.final)


def shown(recorded: Recorded, instead: Sequence[Event]) -> Shown:
    """The results that a recording holds; `instead` where it holds none, as a table of samples. Raises RecordedError."""
    if not isinstance(recorded, Capture):
        return Shown.of(instead)
    live, final = ([message.data for message in recorded.messages(topic)] for topic in (EVENTS, EVENTS_FINAL))
    return told(live, final, recorded.final) if recorded.final is not None or live else Shown.of(instead)


def told(live: Iterable[bytes], final: Iterable[bytes], about: Mapping[str, str] | None) -> Shown:
    """The same of the events as JSON texts; `about` is the recording's record `final`, None while there is none."""
    if about is None:
        return Shown.of(_completed(live))
    at = about.get("computed_utc")
    return Shown.of(_completed(live), _completed(final), datetime.fromisoformat(at) if at else None)


def _completed(texts: Iterable[bytes]) -> Iterator[Event]:
    return (msgspec.json.decode(text) for text in texts if b'"repetition_completed"' in text)


class PlacedLabel(Label, frozen=True, kw_only=True, omit_defaults=True):
    """A label, and when the repetition was that it is about, s since the session's first sample; left out where that is not known."""

    from_s: float | None = None
    to_s: float | None = None


class Verdict(NamedTuple):
    """A repetition, from when to when it was (s since the session's first sample), and what happened in it: a finding, or `none`."""

    from_s: float
    to_s: float
    finding: str

    def holds(self, at_s: float) -> bool:
        """Whether a moment lies in it."""
        return self.from_s <= at_s <= self.to_s


def placed(labels: Iterable[Label], results: Shown) -> list[Verdict]:
    """What was said last of each repetition, in order of time; a label of a repetition that nobody was shown says nothing."""
    return sorted(Verdict(*span, label.finding) for label, span in last(labels, results) if span is not None and label.finding is not None)


def differ(labels: Iterable[Label], results: Shown) -> bool:
    """Whether a therapist has seen otherwise than was detected: another finding, or one that nothing detected."""
    return any(label.finding != (label.found or NOTHING) for label, _ in last(labels, results))


def last(labels: Iterable[Label], results: Shown) -> list[tuple[Label, Span | None]]:
    """The findings that were said last of each repetition, and when that was; None where no result tells: there its number counts."""
    found: list[tuple[Label, Span | None]] = []
    for label in labels:
        if label.finding is not None:
            one = label, span_of(label, results)
            found = [other for other in found if not _same(one, other)] + [one]
    return found


def with_spans(labels: Iterable[Label], results: Shown) -> list[PlacedLabel]:
    """Each with when the repetition was that it is about."""
    found = []
    for label in labels:
        from_s, to_s = span_of(label, results) or (None, None)
        found.append(PlacedLabel(**msgspec.structs.asdict(label), from_s=from_s, to_s=to_s))
    return found


def _same(one: tuple[Label, Span | None], other: tuple[Label, Span | None]) -> bool:
    (label, span), (before, its) = one, other
    if span is None or its is None:
        return span is its and (label.set, label.repetition) == (before.set, before.repetition)
    # Live and final differ a little about when the same repetition was.
    return span[0] <= _middle(its) <= span[1] or its[0] <= _middle(span) <= its[1]


def _middle(span: Span) -> float:
    return sum(span) / 2


def span_of(label: Label, results: Shown) -> Span | None:
    """When the repetition was that a label is about; None where nobody was shown it.

    Where number and moment agree; else by the moment of the detection that it answers; else by its number.
    """
    known, at_s = results.at(label.made_utc), label.at_s
    numbered = [next((span for number, span in spans if number == (label.set, label.repetition)), None) for spans in known]
    if at_s is None:
        return next((span for span in numbered if span is not None), None)
    agreed = next((span for span in numbered if span is not None and _in(span, at_s)), None)
    if agreed is None and label.found is not None:
        agreed = next((span for spans in known for _, span in spans if _in(span, at_s)), None)
    return agreed or numbered[0]


def _spans(events: Iterable[Event]) -> Iterator[tuple[tuple[int, int], Span]]:
    for event in events:
        if event["kind"] == "repetition_completed":
            start_s = event["extension_start_s"]
            span = event["at_s"] if start_s is None else start_s, max(event["at_s"], event["end_s"] or 0.0)
            yield (event["set"], event["repetition"]), span


def _in(span: Span, at_s: float) -> bool:
    return span[0] - SLACK_S <= at_s <= span[1] + SLACK_S
