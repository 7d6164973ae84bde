"""Rows into the database, where one that it does not take must not hold up the others (robustness F19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Delete
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, ProgrammingError, StatementError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

from service.store.row import SessionRow
from service.store.tables import replace

TROUBLE = (DBAPIError, NoConnectionError, OSError)
"""What keeps a database from being asked."""
_NOT_AS_BOUND = ("binding parameter", "DataError")
"""How the drivers of SQLite and PostgreSQL say that a value is none that a column takes."""
_STATES = ("22", "23")
"""SQLSTATE of data that are none and of what a constraint forbids; all others are the database's own trouble."""
_OTHER = SessionRow(session="", machine="", started_utc=datetime(2000, 1, 1, tzinfo=UTC))


@dataclass
class Queue:
    """The numbers of the write-behind queue."""

    capacity: int
    depth: int = 0
    peak: int = 0
    dropped: int = 0


class StoreGoneError(Exception):
    """The database can't be asked now. What is to be written waits in the journal."""


async def replaced(engine: AsyncEngine, rows: Sequence[SessionRow], first: Delete | None = None) -> list[tuple[SessionRow, Exception]]:
    """Puts each session as in its row; those that fail by their own fault, and why. Raises what would befall any row.

    `first`: what goes before them, in one transaction with those that are put: nobody sees the list without both.
    """
    try:
        await _put(engine, rows, first)
    except Exception as error:
        if not _of_a_row(error):
            raise
    else:
        return []
    refused: list[tuple[SessionRow, Exception]] = []
    for row in rows:
        try:
            await _put(engine, [row])
        except Exception as error:
            if not _of_a_row(error) or not await _takes_another(engine):
                raise
            refused.append((row, error))
    if first is not None:
        wrong = {row.session for row, _ in refused}
        await _put(engine, [row for row in rows if row.session not in wrong], first)
    return refused


async def _put(engine: AsyncEngine, rows: Sequence[SessionRow], first: Delete | None = None) -> None:
    async with engine.begin() as connection:
        if first is not None:
            await connection.execute(first)
        for row in rows:
            await replace(connection, row)


async def _takes_another(engine: AsyncEngine) -> bool:
    """Whether a row of which nothing can be wrong is taken; it does not stay. Raises what keeps it from being asked."""
    async with engine.connect() as connection:
        try:
            await replace(connection, _OTHER)
        except Exception as error:
            if not _of_a_row(error):
                raise
            return False
        finally:
            await connection.rollback()
    return True


def _of_a_row(error: Exception) -> bool:
    """Whether it may be what is in a row, rather than a database that is locked, full, gone or of another version."""
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(_STATES)
    if isinstance(error, InterfaceError | ProgrammingError):
        return any(words in str(cause) for words in _NOT_AS_BOUND)
    return isinstance(error, DataError | IntegrityError) or isinstance(cause, TypeError | ValueError | OverflowError)


def reason_of(error: Exception) -> str:
    """In one line."""
    return (str(error) or repr(error)).splitlines()[0]
