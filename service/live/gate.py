"""Samples of a time without a session: where movement begins in them they get one of their own, at rest they are let go (decision 0117)."""

from collections import deque
from collections.abc import Callable

from service.analysis import Movement, Parameters
from service.ingest.order import Ledger
from service.live.record import Record
from service.live.running import Arrival

WAIT_NS = 5_000_000_000
"""So long a sample waits for those before it (robustness F13: reordered within 5 s); then they are passed over."""
REST_NS = 2_000_000_000
"""After so long without another sample nothing more is expected to follow these, and what moved nothing is let go."""
IDLE_NS = 600_000_000_000
"""A session ends after so long without movement (contract 1)."""
MOST_EARLY = 256
"""Batches that may wait for those before them; more are not taken now, and come again."""

Open = Callable[[Arrival], Record]
"""Begins a recording for movement that began with this batch."""
Put = Callable[[Record, Arrival], None]
Refuse = Callable[[Arrival], None]
End = Callable[[Record], None]


class Gate:
    """One boot's late samples in order of their numbers, whatever order they come in. Never shown as live."""

    def __init__(self, ledger: Ledger, begin: Open, put: Put, refuse: Refuse, end: End) -> None:
        self.record: Record | None = None
        """The session that these samples belong to at the moment."""
        self._ledger = ledger
        self._begin, self._put, self._refuse, self._end = begin, put, refuse, end
        self._next: int | None = None
        self._early: dict[int, Arrival] = {}
        self._held: deque[Arrival] = deque()
        self._movement = Movement(Parameters())
        self._moved_ns: int | None = None
        self.fed_ns = 0
        """When samples came last that were not held here already, on our clock."""

    @property
    def idle(self) -> bool:
        """Nothing is held, no session open."""
        return not (self._held or self._early or self.record)

    def take(self, arrival: Arrival) -> None:
        """Samples that nobody has yet; those that are here already are passed over."""
        first = arrival.batch.seq
        if first not in self._early and len(self._early) < MOST_EARLY and not (self._held and first <= self._held[-1].batch.seq):
            # Not of what only comes again: an edge repeats what is not called stored about as often as it takes to come to rest.
            self.fed_ns = arrival.now_ns
            self._early[first] = arrival
        self._advance(arrival.now_ns)

    def within(self, boot: str, seq: int) -> tuple[Record, int] | None:
        """Its open session and the newest sample of it, where this one lies before that: what was missing there still belongs there."""
        if self.record is None or self._next is None or seq >= self._next or not self.record.covers(boot, seq):
            return None
        return self.record, self._next - 1

    def go_on(self, record: Record, after: int, now_ns: int) -> None:
        """What follows this number belongs to a session that ended only because its machine was cut off; unless a later one goes on."""
        if self.record is not None and self._next is not None and after + 1 < self._next:
            return
        if self.record not in (None, record):
            self._let_go()
            self._end_record()
        self.record, self._next, self.fed_ns = record, after + 1, now_ns

    def tick(self, now_ns: int) -> None:
        """What has waited for long enough goes on without those before it; what nothing follows is settled."""
        self._advance(now_ns)
        if self.rests(now_ns):
            self._let_go()

    def rests(self, now_ns: int) -> bool:
        """Nothing has come for a moment, and nothing waits for others."""
        return now_ns - self.fed_ns > REST_NS and not self._early

    def reached(self) -> bool:
        """True where all that follows, up to the newest sample, is here already."""
        seen = self._ledger.seen
        return self._next is not None and self._next <= seen.last and not seen.gaps(self._next, seen.last)

    def close(self) -> None:
        """The end: what is held is let go, a session ended."""
        for first in sorted(self._early):
            self._feed(self._early.pop(first))
        self._let_go()
        self._end_record()

    def _advance(self, now_ns: int) -> None:
        while self._early:
            first = min(self._early)
            waited = now_ns - self._early[first].now_ns > WAIT_NS
            if not waited and self._ledger.seen.gaps(self._next or 0, first - 1):
                return
            self._feed(self._early.pop(first))

    def _feed(self, arrival: Arrival) -> None:
        first = arrival.batch.seq
        if self._next is not None and first > self._next and len(self._ledger.seen.gaps(self._next, first - 1)) == 0:
            # What lies between belongs to somebody else: this is another time.
            self._let_go()
            self._end_record()
        self._next = max(self._next or 0, first + arrival.batch.n)
        newest_ns = int(arrival.t_ns[-1])
        if self._movement.feed(arrival.t_ns, arrival.angle_deg):
            self._movement = Movement(Parameters())
            self._moved_ns = newest_ns
            if self.record is None:
                self.record = self._begin(self._held[0] if self._held else arrival)
                while self._held:
                    self._put(self.record, self._held.popleft())
        if self.record is not None:
            self._put(self.record, arrival)
            if self._moved_ns is None:
                self._moved_ns = newest_ns
            if newest_ns - self._moved_ns > IDLE_NS:
                self._end_record()
            return
        self._held.append(arrival)
        while int(self._held[0].t_ns[-1]) < newest_ns - self._movement.window_ns:
            self._refuse(self._held.popleft())

    def _let_go(self) -> None:
        while self._held:
            self._refuse(self._held.popleft())
        if self.record is None:
            self._movement = Movement(Parameters())

    def _end_record(self) -> None:
        record, self.record, self._moved_ns = self.record, None, None
        self._movement = Movement(Parameters())
        if record is not None:
            self._end(record)
