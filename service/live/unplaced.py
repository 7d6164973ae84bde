"""Live batches of a new boot in a running session, until its birth says where its clock stands (contract 1; decision 0198)."""

from typing import NamedTuple

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

    def __init__(self) -> None:
        self._held: list[Held] = []

    def hold(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """It waits."""
        self._held.append(Held(batch, payload, now_ns))

    def of(self, boot: str) -> bool:
        """Whether batches of that boot wait."""
        return any(held.batch.boot == boot for held in self._held)

    def over(self, now_ns: int) -> bool:
        """Whether they have waited long enough."""
        return bool(self._held) and now_ns - self._held[0].now_ns > MOST_NS

    def release(self) -> list[Held]:
        """All that waited, in order."""
        held, self._held = self._held, []
        return held
