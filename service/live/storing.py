"""Rounds of fdatasync: what recordings and journal hold is durable before `stored` says so (contract 2)."""

import asyncio
from time import monotonic_ns
from typing import NamedTuple

import structlog

from service.ingest.journal import Journal
from service.ingest.order import Said
from service.live.line import Line
from service.live.record import Record
from wire import encoding
from wire.messages import Stored
from wire.topics import Leaf

log = structlog.get_logger()


class _Cut(NamedTuple):
    """What may be said of one line once its recordings are synced."""

    line: Line
    statements: list[Stored]
    said: list[Said]
    records: list[tuple[Record, int]]
    """Each with what `added` was at the cut."""
    running: Record | None
    events: int


class Storing:
    """One round at a time, for the lines that are due."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._turn = asyncio.Lock()
        self._round: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """A round is under way."""
        return self._round is not None and not self._round.done()

    def start(self, lines: list[Line]) -> None:
        """Begins a round; returns at once."""
        self._round = asyncio.create_task(self.store(lines), name="store")

    async def close(self) -> None:
        """Waits for the round under way."""
        if self._round is not None:
            await asyncio.gather(self._round, return_exceptions=True)
        self._journal.close()

    async def store(self, lines: list[Line]) -> None:
        """One round, whole; after the one under way."""
        async with self._turn:
            await self._store(lines)

    async def _store(self, lines: list[Line]) -> None:
        # The statements and the cuts belong together: no sample comes between them, since nothing waits here.
        cuts: list[_Cut] = []
        for line in lines:
            try:
                cuts.append(_cut(line))
            except Exception:  # one machine's trouble is never another's
                log.exception("nothing of it is called stored now", machine=line.machine)
        durable: list[_Cut] = []
        for cut in cuts:
            if cut.line.orders.presses.unsynced:
                await asyncio.to_thread(cut.line.orders.presses.sync)
            if await _synced(cut):
                durable.append(cut)
            else:
                _again(cut)
        try:
            await asyncio.to_thread(self._journal.write, [said for cut in durable for said in cut.said])
        except Exception as error:
            if isinstance(error, OSError):
                log.error("journal not written; nothing is called stored", reason=str(error))  # noqa: TRY400 - the reason says it all
            else:
                log.exception("journal not written; nothing is called stored")
            for cut in durable:
                _again(cut)
            return
        for cut in durable:
            try:
                _say(cut)
            except Exception:
                log.exception("not told what is stored", machine=cut.line.machine)


async def _synced(cut: _Cut) -> bool:
    """Whether all of it is durable."""
    try:
        return all([await record.sync() for record, _ in cut.records])
    except Exception:
        log.exception("nothing of it is called stored now", machine=cut.line.machine)
        return False


def _cut(line: Line) -> _Cut:
    records = [(record, record.added) for record in line.records if record.dirty or record.trouble is not None or not record.journaled]
    for record, _ in records:
        record.cut()
    ledgers = [line.ledgers[boot] for boot in line.unsaid if boot in line.ledgers]
    line.unsaid.clear()
    line.urgent = False
    said = [entry for ledger in ledgers for entry in ledger.fresh()] + line.forgotten
    line.forgotten = []
    running = line.running
    events = line.history.last(running.session) if running is not None else 0
    return _Cut(line, [ledger.statement() for ledger in ledgers], said, records, running, events)


def _again(cut: _Cut) -> None:
    """None of it may be said yet."""
    line = cut.line
    line.unsaid.update(statement.boot for statement in cut.statements)
    for said in cut.said:
        ledger = line.ledgers.get(said.boot)
        if said.forgotten:
            line.forgotten.append(said)
        elif ledger is not None:
            ledger.keep_again(said)


def _say(cut: _Cut) -> None:
    line, running = cut.line, cut.running
    for record, added in cut.records:
        record.known = added
    if running is not None and running.recorder is not None:
        line.history.stored(running.session, cut.events)
    for statement in cut.statements:
        ledger = line.ledgers.get(statement.boot)
        if ledger is not None:
            ledger.acknowledged = statement
        line.send(Leaf.STORED, encoding.encode(statement))
    line.settling.tick(monotonic_ns())
