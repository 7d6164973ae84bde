"""One boot's samples by number: what is new, what came before, what is missing, what was refused (contract 2)."""

from collections.abc import Iterable
from typing import Self

import msgspec

from service.ingest.spans import Spans
from wire import samples
from wire.messages import Stored
from wire.ranges import Range, Ranges
from wire.samples import SampleBatch

MOST_RANGES = 1_000
"""In a `stored` message, of missing and of refused ones: more, and it reaches less far (decision 0052)."""


SETTLED = ""
"""Stands for a session where it is no longer said which one, or whether the samples were refused: they came, and come no more."""


class Said(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What became of some samples of a boot: recorded, in the session named, or refused. `forgotten`: the boot is no longer known."""

    machine: str
    boot: str
    session: str | None = None
    recorded: list[Range] = []
    refused: list[Range] = []
    forgotten: bool = False


class Ledger:
    """The numbers of one boot. `next` is the one that the live lane expects; None before the first."""

    def __init__(self, machine: str, boot: str) -> None:
        self.machine = machine
        self.boot = boot
        self.next: int | None = None
        self.seen = Ranges()
        """Recorded or refused; a sample in it that comes again is a duplicate."""
        self.refused = Ranges()
        self.sessions = Spans()
        self.unsettled: int | None = None
        """From here on nothing is said yet: samples that wait for movement to open a session."""
        self.acknowledged: Stored | None = None
        """The last statement that was true on disk."""
        self._fresh: dict[str | None, Ranges] = {}
        """Not yet in the journal: recorded, by session; refused, under None."""

    @classmethod
    def restored(cls, machine: str, boot: str, entries: Iterable[Said]) -> Self:
        """As the journal has it; all of it may be said at once."""
        ledger, known = cls(machine, boot), list(entries)
        for said in known:
            for span in (*said.recorded, *said.refused):
                ledger.seen.add(*span)
            for span in said.refused:
                ledger.refused.add(*span)
        for said in known:
            if said.session and said.recorded:
                ledger.sessions.reach(said.session, *whole(said.recorded), ledger.seen)
        ledger.refused.forget_oldest(MOST_RANGES)
        ledger.acknowledged = ledger.statement()
        return ledger

    def record(self, session: str, first: int, last: int) -> None:
        """These were given to a session's recording."""
        self.seen.add(first, last)
        self.sessions.reach(session, first, last, self.seen)
        self._keep(session, first, last)

    def refuse(self, first: int, last: int) -> None:
        """These are let go for good, so that the edge may forget them; what was recorded before stays so."""
        for part in self.seen.gaps(first, last):
            self.seen.add(*part)
            self.refused.add(*part)
            self._keep(None, *part)
        self.refused.forget_oldest(MOST_RANGES)

    def fresh(self) -> list[Said]:
        """What became of samples since this was asked last; `keep_again` where it could not be written down."""
        fresh, self._fresh = self._fresh, {}
        return [
            Said(self.machine, self.boot, None, [], list(ranges))
            if session is None
            else Said(self.machine, self.boot, session, list(ranges))
            for session, ranges in fresh.items()
        ]

    def keep_again(self, said: Said) -> None:
        """It was not written down."""
        for first, last in said.recorded:
            self._keep(said.session, first, last)
        for first, last in said.refused:
            self._keep(None, first, last)

    def _keep(self, session: str | None, first: int, last: int) -> None:
        held = self._fresh.get(session)
        if held is None:
            held = self._fresh[session] = Ranges()
        held.add(first, last)

    def missing(self) -> int:
        """How many samples below the newest one have not come."""
        upto = self.seen.last if self.unsettled is None else self.unsettled - 1
        return upto + 1 - sum(min(last, upto) - first + 1 for first, last in self.seen if first <= upto)

    def statement(self) -> Stored:
        """What may be said once everything so far is on disk."""
        upto = self.seen.last if self.unsettled is None else self.unsettled - 1
        missing = self.seen.gaps(0, upto)
        if len(missing) > MOST_RANGES:
            upto = missing[MOST_RANGES][0] - 1
            del missing[MOST_RANGES:]
        refused: list[Range] = [(first, min(last, upto)) for first, last in self.refused if first <= upto]
        return Stored(boot=self.boot, upto=upto, missing=missing, refused=refused)

    @property
    def settled(self) -> bool:
        """True where all of it is in the journal and was said."""
        return not self._fresh and self.answer() == self.statement()

    def answer(self) -> Stored:
        """What may be said now."""
        return self.acknowledged or Stored(boot=self.boot, upto=-1)


def whole(ranges: list[Range]) -> Range:
    """From the first number of all to the last."""
    return min(first for first, _ in ranges), max(last for _, last in ranges)


def payload_of(batch: SampleBatch) -> bytes:
    """A part of a batch as it would have come off the wire."""
    return samples.encode(batch)
