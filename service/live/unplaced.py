"""Live batches of a new boot in a running session, until its birth says where its clock stands (contract 1; decision 0198)."""

from collections.abc import Callable
from typing import NamedTuple

from service.live.labels import Labels
from wire.samples import SampleBatch

MOST_NS = 2_000_000_000
"""So long they wait, from the first one; then the boot is placed by when that was heard."""


class Held(NamedTuple):
    """A batch, its payload, and when it came."""

    batch: SampleBatch
    payload: bytes
    now_ns: int


class Unplaced:
    """A birth is sent before the first batch, but a broker may bring a message of quality 1 behind one of quality 0."""

    def __init__(self, labels: Labels, feed: Callable[[SampleBatch, bytes, int], None]) -> None:
        self._labels = labels
        self._feed = feed
        self._held: list[Held] = []

    def hold(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """It waits."""
        self._held.append(Held(batch, payload, now_ns))

    def born(self, boot: str) -> None:
        """That boot has said something: what waited for its anchor goes on."""
        if boot in self._labels and any(held.batch.boot == boot for held in self._held):
            self._place()

    def tick(self, now_ns: int) -> None:
        """The wait has an end."""
        if self._held and now_ns - self._held[0].now_ns > MOST_NS:
            self._place()

    def _place(self) -> None:
        held, self._held = self._held, []
        for batch, payload, now_ns in held:
            self._labels.of(batch.boot, batch.t0, now_ns)
            self._feed(batch, payload, now_ns)
