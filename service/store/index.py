"""The list of sessions in a database (contract 6): small, fast to ask, and made anew from the recordings whenever it is lost."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import structlog
from sqlalchemy import Delete, RowMapping, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from disk import DISK, Disk
from service.store import cursor
from service.store.engine import engine_of, file_of
from service.store.filling import Filling, news
from service.store.health import damage, set_aside
from service.store.journal import Journal
from service.store.row import Place, SessionRow
from service.store.schema import NewerError, migrate
from service.store.summaries import summaries
from service.store.tables import chosen, content, planned_for, sessions, spellings
from service.store.writing import TROUBLE, Queue, StoreGoneError, reason_of, replaced

__all__ = ["Index", "StoreGoneError"]

CAPACITY = 1024
"""Sessions that may wait to be written. Beyond, the oldest is dropped and counted: it comes again from the journal or its recording."""
CHECK_S = 86_400.0
"""The database is looked through for damage at its opening and so often (robustness F24: at start and daily)."""
RETRY_S = 0.2, 5.0
"""A database that is locked or gone is tried again after the first, at most after the last."""
PLACES = 500
"""Sessions asked for by name in one question: a database takes no more than a thousand names."""
WAIT_S = 1.0
"""How long a question waits for rows on their way, before it is answered without them."""

_log = structlog.get_logger(__name__)


class Index:
    """The sessions. `put` returns at once and is written behind; `get` and `list` answer with what was put before, or soon after.

    Nothing live waits for the database: while it is locked or gone, rows wait in a bounded queue, the newest of each session, and in a
    journal on disk that the next start replays. A SQLite file that is damaged is set aside and made anew from the recordings.
    """

    def __init__(self, engine: AsyncEngine, journal: Journal | None, recordings: Path | None) -> None:
        self.queue = Queue(CAPACITY)
        self.aside: dict[str, SessionRow] = {}
        """Rows that the database does not take: they stay in the journal, and are tried again at the next start."""
        self.check_s = CHECK_S
        self._written = True
        self._engine = engine
        self._journal = journal
        self._recordings = recordings
        self._ready = False
        self._check_at = 0.0
        self._waiting: dict[str, SessionRow] = {}
        self._dropped: set[str] = set()
        self._unkept: deque[SessionRow] = deque()
        self._since: set[str] | None = None if journal is None else set()
        """What was put before the journal of last time could be read, which knows nothing newer of it; None once it is read."""
        self._running: dict[str, SessionRow] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._prepared = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._filling = Filling(self._learn)
        self._puts = 0

    @classmethod
    async def open(cls, url: str, *, journal: Path | None = None, recordings: Path | None = None, disk: Disk = DISK) -> Self:
        """Opens the database of a URL such as `sqlite+aiosqlite:///DATA/index.sqlite`, and brings its tables up to date.

        `journal`: where rows are kept on their way (default: beside a SQLite file). `recordings`: what a damaged database is made anew
        from. One that can't be reached is tried again and again; until then `healthy` is False.
        """
        engine = engine_of(url)
        file = file_of(engine)
        kept = journal or (file.with_suffix(".journal") if file is not None else None)
        index = cls(engine, Journal(kept, disk) if kept is not None else None, recordings)
        await index._begin()
        return index

    @property
    def healthy(self) -> bool:
        """False while the database can't be written, and rows wait in the journal, or lacks recordings that can't be read."""
        return self._written and self._filling.whole

    async def _begin(self) -> None:
        """The rows of last time first, then the database, if it can be had at once."""
        await self._replay()
        self._wake.set()
        self._writing = asyncio.create_task(self._write_behind(), name="index")
        await self._prepared.wait()

    async def _replay(self) -> None:
        """The rows of last time, once; until they can be read nothing is done to the journal."""
        if self._journal is None or self._since is None:
            return
        try:
            rows = await asyncio.to_thread(self._journal.replay)
        except OSError as error:
            _log.error("journal not read", error=str(error))
            return
        since, self._since = self._since, None
        for row in rows:
            if row.session not in since:
                self._take(row)

    async def put(self, row: SessionRow) -> None:
        """Takes a session, new or changed. Never waits; what was put last for a session is what stays."""
        self._unkept.append(row)
        if self._since is not None:
            self._since.add(row.session)
        self._take(row)

    def _take(self, row: SessionRow) -> None:
        waiting = self._waiting
        self._puts += 1
        waiting.pop(row.session, None)
        self.aside.pop(row.session, None)
        self._dropped.discard(row.session)
        if len(waiting) >= self.queue.capacity:
            dropped = next(iter(waiting))
            del waiting[dropped]
            self._dropped.add(dropped)
            self.queue.dropped += 1
            _log.warning("index queue full", dropped=dropped)
        waiting[row.session] = row
        if row.ended_utc is None:
            self._running[row.session] = row
        else:
            self._running.pop(row.session, None)
        self.queue.depth = len(waiting)
        self.queue.peak = max(self.queue.peak, self.queue.depth)
        self._idle.clear()
        self._wake.set()

    async def amend(self, session: str, change: Callable[[SessionRow], SessionRow]) -> None:
        """Puts a session as `change` makes it of what is known last of it; nothing happens to one unknown. Raises StoreGoneError."""
        row = await self._last(session)
        if row is not None:
            await self.put(change(row))

    async def _last(self, session: str) -> SessionRow | None:
        while True:
            puts = self._puts
            row = await self.get(session)
            # What was put while the database was asked may be newer than its answer.
            if puts == self._puts:
                return row

    async def get(self, session: str) -> SessionRow | None:
        """One session, or None. Raises StoreGoneError."""
        if row := self._waiting.get(session) or self._running.get(session) or self.aside.get(session):
            return row
        found = await self._asked(select(*content).where(sessions.c.session == session))
        return found[0] if found else None

    async def places(self, wanted: Sequence[str] | None = None) -> dict[str, Place]:
        """Where the recordings of these sessions are, of all without it; those that are not listed are left out. Raises StoreGoneError."""
        known: dict[str, Place] = {}
        parts = [None] if wanted is None else [wanted[at : at + PLACES] for at in range(0, len(wanted), PLACES)]
        for part in parts:
            query = select(sessions.c.session, sessions.c.path, sessions.c.ended_utc)
            rows = await self._mappings(query if part is None else query.where(sessions.c.session.in_(part)))
            known |= {row["session"]: Place(row["path"], row["ended_utc"] is not None) for row in rows}
        for row in (*self.aside.values(), *self._running.values(), *self._waiting.values()):
            if wanted is None or row.session in wanted:
                known[row.session] = Place(row.path, row.ended_utc is not None)
        return known

    async def list(
        self,
        *,
        machine: str | None = None,
        from_: datetime | None = None,
        to: datetime | None = None,
        flags: Sequence[str] = (),
        label: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[list[SessionRow], str | None]:
        """A page of the sessions that started at or after `from_` and before `to`, newest first, and where the next page starts.

        `flags`: those that have all of these; `label`: those whose plan names this alias, however it was typed. Raises CursorError for an
        `after` that is no page's `next`, StoreGoneError.
        """
        wanted = chosen(machine, from_, to, flags, after)
        await self.written(WAIT_S)
        if label is not None:
            labels = [found["label"] for found in await self._mappings(select(planned_for.label("label")).distinct())]
            wanted.append(planned_for.in_(spellings(labels, label)))
        page = select(*content).where(*wanted).order_by(sessions.c.started_utc.desc(), sessions.c.session.desc()).limit(limit + 1)
        rows = [*await self._asked(page)]
        more = len(rows) > limit
        rows = rows[:limit]
        return rows, cursor.encode(rows[-1].started_utc, rows[-1].session) if more and rows else None

    async def _asked(self, query: Select[Any]) -> Sequence[SessionRow]:
        return [SessionRow(**found) for found in await self._mappings(query)]

    async def _mappings(self, query: Select[Any]) -> Sequence[RowMapping]:
        if not self._ready:
            raise StoreGoneError("the list of sessions can't be reached at the moment")
        try:
            async with self._engine.connect() as connection:
                found: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
                return found
        except TROUBLE as error:
            self._look_soon()
            raise StoreGoneError(f"the list of sessions can't be read at the moment: {reason_of(error)}") from error

    async def rebuild(self, recordings: Path) -> int:
        """Makes the list anew from the finished recordings under a folder. Returns how many.

        A recording of which nothing can be had is left out, and logged; one that can't be read now is listed once it can. Sessions that
        still run stay. Raises StoreGoneError; then the list is as it was, and what it lacks is listed once it can be.
        """
        rows, unread = await asyncio.to_thread(summaries, recordings)
        await self.written(WAIT_S)
        try:
            await self._replace(rows, delete(sessions).where(sessions.c.ended_utc.is_not(None)))
        except TROUBLE as error:
            self._filling.start([recordings], self._running.values())
            raise StoreGoneError(f"the list of sessions can't be made anew: {reason_of(error)}") from error
        if unread:
            self._filling.start(unread, self._running.values())
        return len(rows)

    async def written(self, timeout_s: float | None = None) -> bool:
        """Waits until everything that was put is in the database. False after the timeout."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
                return True
        return False

    async def close(self, timeout_s: float = 5.0) -> None:
        """Writes what waits, if the database takes it in time, and closes."""
        if not await self.written(timeout_s):
            _log.warning("index closed with rows waiting; they are in the journal", rows=len(self._waiting))
        await self._filling.close()
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close)
        await self._engine.dispose()

    async def _write_behind(self) -> None:
        wait_s = RETRY_S[0]
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(self._check_at - time.monotonic(), 0.0) if self._ready else None):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._write()
            except Exception as error:  # noqa: BLE001 - whatever it is: without this task nothing would be written before the next start
                if self._written and isinstance(error, (*TROUBLE, NewerError)):
                    _log.warning("index not written, trying again; rows wait in the journal", error=reason_of(error))
                elif self._written:
                    _log.exception("index not written, trying again; rows wait in the journal")
                self._written = False
                self._look_soon()
                self._prepared.set()
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, RETRY_S[1])
                self._wake.set()
                continue
            wait_s = RETRY_S[0]
            self._prepared.set()

    async def _write(self) -> None:
        """One round: all that waits is in the journal, then in the database."""
        await self._replay()
        await self._keep()
        batch = list(self._waiting.values())
        if time.monotonic() >= self._check_at:
            await self._prepare()
        await self._replace(batch)
        for row in batch:
            # A row that changed meanwhile waits for the next round.
            if self._waiting.get(row.session) is row:
                del self._waiting[row.session]
        self.queue.depth = len(self._waiting)
        if not self._waiting:
            await self._regain()
            if not self._waiting:
                await self._forget()
        if not self._written:
            _log.warning("index written again", rows=len(batch))
        self._written = True

    async def _replace(self, batch: Sequence[SessionRow], first: Delete | None = None) -> None:
        """Into the database; those that fail by their own fault are set aside. Raises what is no row's fault."""
        for row, error in await replaced(self._engine, batch, first):
            if self._waiting.get(row.session, row) is not row:  # it changed meanwhile, and may be taken now
                continue
            self.aside[row.session] = row
            _log.error("session not listed: the database does not take its row", session=row.session, reason=reason_of(error))

    async def _keep(self) -> None:
        """What was put since goes into the journal; a disk that doesn't take it is tried again with the next rows."""
        rows, self._unkept = self._unkept, deque()
        if not rows or self._journal is None:
            return
        if self._since is not None:
            self._keep_later(rows)
            return
        try:
            await asyncio.to_thread(self._journal.keep, rows)
            await asyncio.to_thread(self._journal.shorten, {*self._waiting, *self._dropped, *self.aside})
        except OSError as error:
            self._keep_later(rows)
            _log.warning("journal of the index not written", error=str(error))

    def _keep_later(self, rows: Iterable[SessionRow]) -> None:
        self._unkept.extendleft(reversed([row for row in rows if self._waiting.get(row.session) is row]))

    async def _regain(self) -> None:
        """As many as the queue takes of the rows that it had no room for: from the journal, else from their recordings. Raises OSError."""
        if not self._dropped:
            return
        wanted, self._dropped = self._dropped, set()
        try:
            kept = await asyncio.to_thread(self._journal.rows) if self._journal is not None else {}
            if self._recordings is not None and not wanted <= kept.keys():
                kept = {row.session: row for row in (await asyncio.to_thread(summaries, self._recordings)).rows} | kept
        except BaseException:
            self._dropped |= wanted
            raise
        room = self.queue.capacity - len(self._waiting)
        for session in sorted(wanted - self._waiting.keys() - self._dropped):  # the others were put meanwhile
            if room <= 0:
                self._dropped.add(session)
            elif row := self._running.get(session) or kept.get(session):
                self._take(row)
                room -= 1
            else:
                _log.error("session not listed before the list is made anew: neither journal nor recordings have it", session=session)

    async def _forget(self) -> None:
        try:
            if self._journal is not None and self._since is None:
                # Not as it is where rows are aside: one whose later row was not kept would come back with the next start.
                await asyncio.to_thread(self._journal.clear, list(self.aside.values()))
        except OSError as error:
            _log.warning("journal of the index not cleared", error=str(error))
        if not self._waiting:
            self._unkept.clear()
            self._idle.set()

    def _look_soon(self) -> None:
        self._check_at = 0.0
        self._wake.set()

    async def _prepare(self) -> None:
        """Looks the database through, sets a useless file aside, updates the tables. Raises DBAPIError, OSError, NewerError."""
        file = file_of(self._engine)
        if file is not None and file.exists() and (found := await asyncio.to_thread(damage, file)) is not None:
            await self._set_aside(file, "damaged", found)
        if not self._ready:
            lost = file is not None and not file.exists()
            try:
                async with self._engine.begin() as connection:
                    await connection.run_sync(migrate)
            except NewerError as error:
                if file is None:  # a server's database is not ours alone, and no file that could be made anew
                    raise
                await self._set_aside(file, "newer", str(error))
                await self._prepare()
                return
            # What the list lacks comes from the recordings.
            if lost or self._since is not None or (self._journal is not None and self._journal.lost_bytes):
                self._filling.start([] if self._recordings is None else [self._recordings], self._running.values())
            self._ready = True
        self._check_at = time.monotonic() + self.check_s

    async def _set_aside(self, file: Path, why: str, reason: str) -> None:
        await self._engine.dispose()
        kept = await asyncio.to_thread(set_aside, file, why)
        _log.error("index set aside and made anew from the recordings", file=kept.name, reason=reason)
        self._ready = False

    async def _learn(self, row: SessionRow) -> None:
        """What a recording tells of a session that is not listed, or whose last row was lost. Raises StoreGoneError."""
        if (newer := news(row, await self._last(row.session))) is not None:
            await self.put(newer)
            await self.written()
