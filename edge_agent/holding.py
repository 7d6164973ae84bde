"""What the spool holds of one boot, and what of it still waits to be stored (contract 2, `stored`)."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from edge_agent.position import Position
from edge_agent.segments import Segment
from wire.messages import Stored
from wire.ranges import Range, Ranges
from wire.samples import SampleBatch, decode

Sight = Mapping[Segment, tuple[bool, bool, object]]
"""Of files: unread, foreign, gap."""


class Unwritten(NamedTuple):
    """A batch that is not on the disk yet: its samples `first` to `end` (exclusive)."""

    first: int
    end: int
    payload: bytes


class Holding:
    """One boot: its segments, oldest first, and what came since the last commit."""

    def __init__(self, boot: str, position: Position, segments: Sequence[Segment] = ()) -> None:
        self.boot = boot
        self.position = position
        self.segments = list(segments)
        """Replaced, never changed: two threads look at it."""
        self.unwritten: deque[Unwritten] = deque()
        self.end = segments[-1].end if segments else 0
        """Of the samples taken."""
        self.heard = False
        """`stored` has spoken of it, in this run of the agent."""
        self._covered = Ranges()
        if position.at:
            self._covered.add(0, position.at - 1)
        self._absent = Ranges()
        self._parted = Ranges()
        self._skipped = Ranges()
        self._settled = self._covered

    @property
    def first(self) -> int:
        """The first sample held."""
        if segments := self.segments:
            return segments[0].first
        try:
            return self.unwritten[0].first
        except IndexError:  # the other thread may just have written it
            return self.end

    def take(self, stored: Stored) -> None:
        """What the service says now counts, whatever it said before: it may have lost what it had."""
        covered = Ranges()
        at = 0
        for first, last in sorted(stored.missing):  # the contract names no order, and forbids no overlap
            if first > at:
                covered.add(at, first - 1)
            at = max(at, last + 1)
        if stored.upto >= at:
            covered.add(at, stored.upto)
        for first, last in stored.refused:
            covered.add(first, last)
        self.heard = True
        self._covered = Ranges()
        for first, last in covered:
            if first < self.end:  # nobody has what was not sampled yet
                self._covered.add(first, min(last, self.end - 1))
        self._settle()

    def sight(self, first: int, last: int) -> Sight:
        """What is known now of the files that may hold some of these."""
        return {each: (each.unread, each.foreign, each.gap) for each in self.segments if each.first <= last and first < each.end}

    def missed(self, first: int, last: int, before: Sight) -> bool:
        """These were read since that sight, in vain. They are not here, or wait: for the disk, or (True) for another version.

        Meanwhile another thread may have read it all: it counts what was known before, too.
        """
        now = self.sight(first, last)
        seen = [(before.get(segment, known), known) for segment, known in now.items()]
        foreign = any(known[1] for both in seen for known in both)
        if any(then[2] is not known[2] or any(unread and not alien for unread, alien, _ in (then, known)) for then, known in seen):
            self.skip(first, last)
            return False
        (self.part if foreign else self.lacks)(first, last)
        return foreign

    def lacks(self, first: int, last: int) -> None:
        """These are not here: never written, damaged, or forgotten."""
        self._absent.add(first, last)
        self._settle()

    def part(self, first: int, last: int) -> None:
        """Nobody can send these: they wait for another place, or for another version of this program."""
        self._parted.add(first, last)

    def skip(self, first: int, last: int) -> None:
        """The disk doesn't give these: they hold up nobody until `read_again`."""
        self._skipped.add(first, last)

    @property
    def skips(self) -> bool:
        """True while some wait for `read_again`."""
        return len(self._skipped) > 0

    def read_again(self) -> None:
        """What the disk didn't give is looked for again."""
        self._skipped = Ranges()
        for segment in self.segments:
            if segment.failed and (segment.foreign or not segment.unread):  # of the others `Recovery` knows when
                segment.forgive()

    def for_broker(self) -> list[Range]:
        """What waits and can be sent, oldest first."""
        return [part for span in self.waiting() for kept in self._parted.gaps(*span) for part in self._skipped.gaps(*kept)]

    def waiting(self, first: int = 0) -> list[Range]:
        """What is held, from sample `first` on, and not settled, oldest first."""
        return self._settled.gaps(max(first, self.first), self.end - 1)

    def count(self) -> int:
        """How many samples wait."""
        return sum(last - first + 1 for first, last in self.waiting())

    def is_settled(self, first: int, end: int) -> bool:
        """True when none of these waits."""
        return not self._settled.gaps(first, end - 1)

    def batches(self, first: int) -> Iterator[SampleBatch]:
        """What is held now from that sample on and can be read, in order; read as it is asked for."""
        return _batches(list(self.segments), list(self.unwritten), first)

    def _settle(self) -> None:
        settled = Ranges()
        for span in sorted([*self._covered, *self._absent]):
            settled.add(*span)
        self._settled = settled


def _batches(segments: list[Segment], unwritten: list[Unwritten], first: int) -> Iterator[SampleBatch]:
    for segment in segments:
        if segment.end > first:
            for batch in segment.batches(first):
                yield batch
                first = batch.seq + batch.n
    for item in unwritten:
        if item.end > first:
            yield decode(item.payload)
            first = item.end
