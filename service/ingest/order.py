"""One boot's samples by number: what is new, what came before, what is missing, what was refused (contract 2)."""

from wire import samples
from wire.messages import Stored
from wire.ranges import Range, Ranges
from wire.samples import SampleBatch

MOST_RANGES = 1_000
"""In a `stored` message, of missing and of refused ones: more, and it reaches less far (decision 0052)."""


class Ledger:
    """The numbers of one boot. `next` is the one that the live lane expects; None before the first."""

    def __init__(self, boot: str) -> None:
        self.boot = boot
        self.next: int | None = None
        self.seen = Ranges()
        """Recorded or refused; a sample in it that comes again is a duplicate."""
        self.refused = Ranges()
        self.unsettled: int | None = None
        """From here on nothing is said yet: samples that wait for movement to open a session."""
        self.acknowledged: Stored | None = None
        """The last statement that was true on disk."""

    def refuse(self, first: int, last: int) -> None:
        """These are let go for good, so that the edge may forget them; what was recorded before stays so."""
        for part in self.seen.gaps(first, last):
            self.seen.add(*part)
            self.refused.add(*part)
        self.refused.forget_oldest(MOST_RANGES)

    def statement(self) -> Stored:
        """What may be said once everything so far is on disk."""
        upto = self.seen.last if self.unsettled is None else self.unsettled - 1
        missing = self.seen.gaps(0, upto)
        if len(missing) > MOST_RANGES:
            upto = missing[MOST_RANGES][0] - 1
            del missing[MOST_RANGES:]
        refused: list[Range] = [(first, min(last, upto)) for first, last in self.refused if first <= upto]
        return Stored(boot=self.boot, upto=upto, missing=missing, refused=refused)

    def answer(self) -> Stored:
        """What may be said now."""
        return self.acknowledged or Stored(boot=self.boot, upto=-1)


def part_of(batch: SampleBatch, first: int, last: int) -> SampleBatch:
    """The samples first..last (their numbers) of a batch, as a batch."""
    begin, end = first - batch.seq, last - batch.seq + 1
    if begin == 0 and end == batch.n:
        return batch
    return SampleBatch(
        boot=batch.boot,
        seq=first,
        t0=int(batch.times_ns()[begin]) if batch.t is not None else batch.t0 + begin * batch.dt,
        dt=batch.dt,
        angle=batch.angle[4 * begin : 4 * end],
        torque=batch.torque[4 * begin : 4 * end],
        t=None if batch.t is None else batch.t[8 * begin : 8 * end],
        extra=None if batch.extra is None else {name: column[4 * begin : 4 * end] for name, column in batch.extra.items()},
    )


def payload_of(batch: SampleBatch) -> bytes:
    """A part of a batch as it would have come off the wire."""
    return samples.encode(batch)
