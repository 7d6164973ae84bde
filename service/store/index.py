"""The list of sessions in a database (contract 6): small, fast to ask, and made anew from the recordings whenever it is lost."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, and_, delete, event, insert, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.recordings.reading import summary
from service.store import cursor
from service.store.row import SessionRow
from service.store.tables import sessions
from wire.recorded import RecordedError

CAPACITY = 1024
"""Sessions that may wait to be written. Beyond, the oldest is dropped and counted: its recording has it (`rebuild`)."""
RETRY_S = 0.2, 5.0
"""A database that is locked or gone is tried again after the first, at most after the last."""
WAIT_S = 1.0
"""How long a question waits for rows on their way, before it is answered without them."""

_log = structlog.get_logger(__name__)


@dataclass
class Queue:
    """The numbers of the write-behind queue."""

    depth: int = 0
    capacity: int = CAPACITY
    peak: int = 0
    dropped: int = 0


class Index:
    """The sessions. `put` returns at once and is written behind; `get` and `list` answer with what was put before, or soon after.

    Nothing live waits for the database: while it is locked or gone, rows wait in a bounded queue, the newest of each session.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.queue = Queue()
        self._engine = engine
        self._waiting: dict[str, SessionRow] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._writing = asyncio.create_task(self._write_behind(), name="index")

    @classmethod
    async def open(cls, url: str) -> Self:
        """Opens the database of a URL such as `sqlite+aiosqlite:///DATA/index.sqlite`, and brings its tables up to date."""
        engine = create_async_engine(url)
        if engine.dialect.name == "sqlite":
            if engine.url.database:
                Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_migrate)
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    async def put(self, row: SessionRow) -> None:
        """Takes a session, new or changed. Never waits; what was put last for a session is what stays."""
        waiting = self._waiting
        waiting.pop(row.session, None)
        if len(waiting) >= self.queue.capacity:
            dropped = next(iter(waiting))
            del waiting[dropped]
            self.queue.dropped += 1
            _log.warning("index queue full", dropped=dropped)
        waiting[row.session] = row
        self.queue.depth = len(waiting)
        self.queue.peak = max(self.queue.peak, self.queue.depth)
        self._idle.clear()
        self._wake.set()

    async def get(self, session: str) -> SessionRow | None:
        """One session, or None."""
        if row := self._waiting.get(session):
            return row
        async with self._engine.connect() as connection:
            found = (await connection.execute(select(sessions).where(sessions.c.session == session))).mappings().one_or_none()
        return SessionRow(**found) if found else None

    async def list(
        self,
        *,
        machine: str | None = None,
        from_: datetime | None = None,
        to: datetime | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[list[SessionRow], str | None]:
        """A page of the sessions that started at or after `from_` and before `to`, newest first, and where the next page starts.

        Raises CursorError for an `after` that is no page's `next`.
        """
        wanted = []
        if machine is not None:
            wanted.append(sessions.c.machine == machine)
        if from_ is not None:
            wanted.append(sessions.c.started_utc >= from_)
        if to is not None:
            wanted.append(sessions.c.started_utc < to)
        if after is not None:
            started, session = cursor.decode(after)
            same = and_(sessions.c.started_utc == started, sessions.c.session < session)
            wanted.append(or_(sessions.c.started_utc < started, same))
        await self.written(WAIT_S)
        page = select(sessions).where(*wanted).order_by(sessions.c.started_utc.desc(), sessions.c.session.desc()).limit(limit + 1)
        async with self._engine.connect() as connection:
            rows = [SessionRow(**found) for found in (await connection.execute(page)).mappings()]
        more = len(rows) > limit
        rows = rows[:limit]
        return rows, cursor.encode(rows[-1].started_utc, rows[-1].session) if more and rows else None

    async def rebuild(self, recordings: Path) -> int:
        """Makes the list anew from the finished recordings under a folder. Returns how many.

        A recording that can't be read is left out, and logged. Sessions that still run stay.
        """
        paths = await asyncio.to_thread(lambda: sorted(recordings.rglob("*.mcap")))
        rows: dict[str, SessionRow] = {}
        for path in paths:
            try:
                row = await asyncio.to_thread(summary, path)
            except RecordedError as error:
                _log.warning("recording left out of the index", error=str(error))
                continue
            rows[row.session] = row
        await self.written(WAIT_S)
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.ended_utc.is_not(None)))
            for row in rows.values():
                await _replace(connection, row)
        return len(rows)

    async def written(self, timeout_s: float | None = None) -> bool:
        """Waits until everything that was put is in the database. False after the timeout."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def close(self, timeout_s: float = 5.0) -> None:
        """Writes what waits, if the database takes it in time, and closes."""
        if not await self.written(timeout_s):
            _log.warning("index closed with rows waiting; a rebuild brings them back", rows=len(self._waiting))
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        await self._engine.dispose()

    async def _write_behind(self) -> None:
        wait_s = RETRY_S[0]
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch = list(self._waiting.values())
            try:
                async with self._engine.begin() as connection:
                    for row in batch:
                        await _replace(connection, row)
            except (DBAPIError, OSError) as error:
                _log.warning("index not written, trying again", error=str(error).splitlines()[0], wait_s=wait_s)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, RETRY_S[1])
                self._wake.set()
                continue
            wait_s = RETRY_S[0]
            for row in batch:
                # A row that changed meanwhile waits for the next round.
                if self._waiting.get(row.session) is row:
                    del self._waiting[row.session]
            self.queue.depth = len(self._waiting)
            if not self._waiting:
                self._idle.set()


async def _replace(connection: Any, row: SessionRow) -> None:
    await connection.execute(delete(sessions).where(sessions.c.session == row.session))
    await connection.execute(insert(sessions).values(asdict(row)))


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """WAL with full synchronisation: a commit survives a power cut for 0.3 ms (robustness-and-screens.md M4)."""
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 1000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
