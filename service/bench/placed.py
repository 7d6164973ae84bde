"""When the repetitions were that therapists have judged: numbers shift from result to result, time doesn't (decision 0203)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from service.analysis.difference import Event
from service.recordings.labels import Label
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL
from wire.recorded import Recorded

SLACK_S = 0.001
"""What a screen rounds off of a time."""


class Shown(NamedTuple):
    """The results whose numbers screens have shown: `live`, and `final` from `final_utc` on."""

    live: Sequence[Event]
    final: Sequence[Event] | None = None
    final_utc: datetime | None = None

    def at(self, utc: datetime) -> tuple[Sequence[Event], Sequence[Event]]:
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
        return Shown(instead)
    live, final = ([msgspec.json.decode(message.data) for message in recorded.messages(topic)] for topic in (EVENTS, EVENTS_FINAL))
    if recorded.final is None:
        return Shown(live or instead)
    told = recorded.final.get("computed_utc")
    return Shown(live, final, datetime.fromisoformat(told) if told else None)


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
    found: list[Verdict] = []
    for label in labels:
        span = _span(label, results)
        if span is not None and label.finding is not None:
            one = Verdict(*span, label.finding)
            # Live and final differ a little about when the same repetition was.
            found = [other for other in found if not (one.holds(_middle(other)) or other.holds(_middle(one)))] + [one]
    return sorted(found)


def _middle(one: Verdict) -> float:
    return (one.from_s + one.to_s) / 2


def _span(label: Label, results: Shown) -> tuple[float, float] | None:
    """When the repetition was: where number and moment agree; else by the moment of the detection that it answers; else by its number."""
    told, at_s = results.at(label.made_utc), label.at_s
    numbered = [next((span for number, span in _spans(events) if number == (label.set, label.repetition)), None) for events in told]
    if at_s is None:
        return next((span for span in numbered if span is not None), None)
    agreed = next((span for span in numbered if span is not None and _in(span, at_s)), None)
    if agreed is None and label.found is not None:
        agreed = next((span for events in told for _, span in _spans(events) if _in(span, at_s)), None)
    return agreed or numbered[0]


def _spans(events: Sequence[Event]) -> Iterator[tuple[tuple[int, int], tuple[float, float]]]:
    for event in events:
        if event["kind"] == "repetition_completed":
            start_s = event["extension_start_s"]
            span = event["at_s"] if start_s is None else start_s, max(event["at_s"], event["end_s"] or 0.0)
            yield (event["set"], event["repetition"]), span


def _in(span: tuple[float, float], at_s: float) -> bool:
    return span[0] - SLACK_S <= at_s <= span[1] + SLACK_S
