"""The engine of the index, for whichever database a URL names."""

from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.store.health import seal

CACHE_KB = 256
"""Of each connection to a SQLite file; its pages lie in the system's cache anyway. SQLite's own 2 MB fill as sessions are listed (0239)."""

POOL: dict[str, float] = {"pool_size": 3, "max_overflow": 0, "pool_timeout": 5.0}
"""Connections to a SQLite file: one writes at a time, a page of the list is read in ms, and each has a thread and a cache (0272)."""


def engine_of(url: str) -> AsyncEngine:
    """Of a URL such as `sqlite+aiosqlite:///DATA/index.sqlite`; the folder of a SQLite file is made. Raises OSError."""
    engine = create_async_engine(url, **POOL) if make_url(url).get_backend_name() == "sqlite" else create_async_engine(url)
    file = file_of(engine)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    return engine


def file_of(engine: AsyncEngine) -> Path | None:
    """The file of a SQLite database; None for any other."""
    return Path(engine.url.database) if engine.dialect.name == "sqlite" and engine.url.database else None


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """WAL with full synchronisation: a commit survives a power cut for 0.3 ms (robustness-and-screens.md M4)."""
    connection.create_function("seal", -1, seal)
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 1000", f"cache_size = -{CACHE_KB}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
