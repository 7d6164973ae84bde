"""The tables of the index. They change by a migration only (`service/store/migrations`)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import cursor
from service.store.row import SessionRow
from wire.plan import alias_of

metadata = MetaData()


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite itself knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        """As the database takes it."""
        if value is None:
            return None
        moment: datetime = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """As it was bound, in UTC."""
        del dialect
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Words(TypeDecorator[list[str]]):
    """A few words between commas, so that any database finds one of them (`holds`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """As the database keeps it."""
        del dialect
        return None if value is None else f",{','.join(value)},"

    def process_result_value(self, value: Any, dialect: Dialect) -> list[str] | None:
        """As it was bound."""
        del dialect
        return None if value is None else [word for word in value.split(",") if word]


def holds(words: Column[Any], word: str) -> ColumnElement[bool]:
    """Rows whose column of Words has that one."""
    return type_coerce(words, String).contains(f",{word},", autoescape=True)


sessions = Table(
    "sessions",
    metadata,
    Column("session", String(64), primary_key=True),
    Column("machine", String(129), nullable=False),
    Column("started_utc", UtcTime, nullable=False),
    Column("ended_utc", UtcTime),
    Column("plan", JSON(none_as_null=True)),
    Column("sets", JSON, nullable=False),
    Column("completeness", JSON, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("path", Text, nullable=False),
    Column("damage", JSON(none_as_null=True)),
    Column("flags", Words),
    Column("labels", JSON, nullable=False, server_default="[]"),
    Column("checksum", BigInteger),
    Index("sessions_by_time", "started_utc", "session"),
    Index("sessions_by_machine", "machine", "started_utc", "session"),
)

content = [column for column in sessions.c if column.name != "checksum"]
"""A session as in its `SessionRow`."""
_sealed = func.seal(*(part for column in content for part in (func.typeof(column), cast(column, LargeBinary))))
"""The checksum of what a row of a SQLite file holds, as it is kept there (`health.seal`). Other databases have checksums of their own."""


async def replace(connection: AsyncConnection, row: SessionRow) -> None:
    """The session is as in the row. Raises DBAPIError."""
    of_it = sessions.c.session == row.session
    await connection.execute(delete(sessions).where(of_it))
    await connection.execute(insert(sessions).values(asdict(row)))
    if connection.dialect.name == "sqlite":
        await connection.execute(update(sessions).where(of_it).values(checksum=_sealed))


def unsealed() -> Select[Any]:
    """The sessions of a SQLite file that are not as they were written."""
    return select(sessions.c.session).where(sessions.c.checksum.is_distinct_from(_sealed))


def chosen(
    machine: str | None, from_: datetime | None, to: datetime | None, flags: Sequence[str], after: str | None
) -> list[ColumnElement[bool]]:
    """What a page of the list asks of its sessions (`Index.list`). Raises CursorError."""
    wanted: list[ColumnElement[bool]] = []
    if machine is not None:
        wanted.append(sessions.c.machine == machine)
    if from_ is not None:
        wanted.append(sessions.c.started_utc >= from_)
    if to is not None:
        wanted.append(sessions.c.started_utc < to)
    wanted += [holds(sessions.c.flags, flag) for flag in flags]
    if after is not None:
        started, session = cursor.decode(after)
        same = and_(sessions.c.started_utc == started, sessions.c.session < session)
        wanted.append(or_(sessions.c.started_utc < started, same))
    return wanted


planned_for = sessions.c.plan["label"].as_string()
"""The label of a session's plan."""


def spellings(labels: Iterable[str | None], label: str) -> list[str]:
    """Those of the labels that name the same alias; none for blanks. Not left to the database: each folds case by rules of its own."""
    alias = alias_of(label)
    return [each for each in labels if each is not None and alias and alias_of(each) == alias]
