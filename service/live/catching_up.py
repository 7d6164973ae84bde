"""After a restart live batches wait until the backlog has brought what came meanwhile: the events are those of one run (decision 0119)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from wire.samples import SampleBatch

if TYPE_CHECKING:
    from service.ingest.order import Ledger

MOST_NS = 5_000_000_000
"""So long live batches wait, from the first one; then what is missing is a gap, as ever."""
ASK_NS = 1_000_000_000
"""A machine does not send again what it sent within the last 2 s, so it is asked until it does."""
MOST_HELD = 4096
"""Batches that wait: 80 s of them."""


class _Held(NamedTuple):
    batch: SampleBatch
    payload: bytes
    now_ns: int


Feed = Callable[[SampleBatch, bytes, int, bool], None]
"""Into recording and analysis: batch, payload, when it came, whether it is live."""


class CatchingUp:
    """One machine between the last sample that was recorded before the restart and the first one after it."""

    def __init__(self, ledger: "Ledger", feed: Feed) -> None:
        self._ledger = ledger
        self._feed = feed
        self._live: list[_Held] = []
        self._early: dict[int, _Held] = {}
        self.over = False
        self._asked_ns: int | None = None

    @property
    def waits(self) -> bool:
        """Whether live batches are held back."""
        return bool(self._live)

    def asks(self, now_ns: int) -> tuple[int, int] | None:
        """First and last of the samples that are waited for, when it is time to say so: at once, then every second."""
        if self._asked_ns is not None and now_ns - self._asked_ns < ASK_NS:
            return None
        self._asked_ns = now_ns
        following = self._ledger.next or 0
        return (following, self._live[0].batch.seq - 1) if self._live and self._live[0].batch.seq > following else None

    def live(self, batch: SampleBatch, payload: bytes, now_ns: int) -> bool:
        """True where it waits; the caller goes on with it otherwise."""
        if self.over:
            return False
        if not self._live and batch.seq <= (self._ledger.next or 0):
            self.over = True
            return False
        self._live.append(_Held(batch, payload, now_ns))
        if len(self._live) > MOST_HELD:
            self.give_up()
        return True

    def late(self, batch: SampleBatch, payload: bytes, now_ns: int) -> bool:
        """True where it is what is waited for, or soon will be."""
        following = self._ledger.next or 0
        if self.over or batch.seq + batch.n <= following:
            return False
        if batch.seq > following and len(self._early) >= MOST_HELD:
            return False
        self._early[batch.seq] = _Held(batch, payload, now_ns)
        while self._early and (first := min(self._early)) <= (self._ledger.next or 0):
            self._feed(*self._early.pop(first), False)
        if self._live and self._live[0].batch.seq <= (self._ledger.next or 0):
            self.give_up()
        return True

    def tick(self, now_ns: int) -> None:
        """The wait has an end."""
        if self._live and now_ns - self._live[0].now_ns > MOST_NS:
            self.give_up()

    def give_up(self) -> None:
        """Whatever waits goes on, with a gap where something is still missing."""
        self.over = True
        live, self._live = self._live, []
        for held in live:
            self._feed(*held, True)
        early, self._early = self._early, {}
        for first in sorted(early):
            self._feed(*early[first], False)
