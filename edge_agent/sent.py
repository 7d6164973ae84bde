"""What went out lately on this connection, so that it isn't sent again before the service can have said that it has it."""

from dataclasses import dataclass

from wire.ranges import Range, Ranges

LIVE_S = 2.0
"""A sample sent live is backfilled when it isn't stored by then (contract 2)."""
MISSED_S = 2.0
UNHEARD_S = 10.0
"""A backfilled one goes again once a statement so much later lists it as missing, or doesn't reach it: a resting machine's samples are
neither for some seconds (decision 0052)."""
_TOGETHER_S = 0.25


@dataclass
class _Span:
    first: int
    last: int
    at_s: float


class Sent:
    """One boot's samples on one connection."""

    def __init__(self) -> None:
        self._live: list[_Span] = []
        self._backfilled: list[_Span] = []

    def live(self, first: int, last: int, now_s: float) -> None:
        """Offered to the live lane."""
        _note(self._live, first, last, now_s)

    def backfilled(self, first: int, last: int, now_s: float) -> None:
        """Sent on `backfill`."""
        _note(self._backfilled, first, last, now_s)

    def stored(self, upto: int, now_s: float) -> None:
        """A statement has come: what it should speak of by now and doesn't count as stored may go again."""
        self._backfilled = [span for span in self._backfilled if now_s - span.at_s < (MISSED_S if span.last <= upto else UNHEARD_S)]

    def unheard(self, waiting: list[Range], now_s: float) -> bool:
        """Whether some of what waits went so long ago that a statement should have spoken of it, and none has come."""
        old = [span for span in self._backfilled if now_s - span.at_s >= UNHEARD_S]
        return any(span.first <= last and first <= span.last for span in old for first, last in waiting)

    def unsent(self, waiting: list[Range], now_s: float) -> Range | None:
        """The first stretch of what waits that hasn't just been sent."""
        self._live = [span for span in self._live if now_s - span.at_s < LIVE_S]
        spans = sorted((span.first, span.last) for span in (*self._live, *self._backfilled))
        sent = Ranges()
        for span in spans:
            sent.add(*span)
        for first, last in waiting:
            if gaps := sent.gaps(first, last):
                return gaps[0]
        return None


def _note(spans: list[_Span], first: int, last: int, now_s: float) -> None:
    if spans and spans[-1].last + 1 == first and now_s - spans[-1].at_s < _TOGETHER_S:
        spans[-1].last = last
    else:
        spans.append(_Span(first, last, now_s))
        if len(spans) > 2 and spans[0].last + 1 == spans[1].first and now_s - spans[1].at_s > UNHEARD_S:
            # Nobody listens: old ones need no times of their own.
            oldest = spans.pop(0)
            spans[0].first = oldest.first
