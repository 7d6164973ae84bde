"""The list of sessions (contract 6)."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.store import CursorError, Index, SessionRow, StoreGoneError
from service.store import index as stored
from service.store.engine import CACHE_KB, POOL
from service.store.health import damage
from service.store.tables import content

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    opened = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'deep' / 'index.sqlite'}")
    yield opened
    await opened.close()


def row(number: int, machine: str = "clinic/one", minutes: int | None = None) -> SessionRow:
    started = START + timedelta(minutes=number if minutes is None else minutes)
    return SessionRow(session=f"s{number:03}", machine=machine, started_utc=started, path=f"/r/s{number}.mcap")


async def test_a_session_comes_back_as_it_was_put(index: Index) -> None:
    put = SessionRow(
        session="s1",
        machine="clinic/one",
        started_utc=START,
        ended_utc=START + timedelta(minutes=3, microseconds=17),
        plan={"range": {"flexion_deg": 60.0, "extension_deg": 6.0}},
        sets=[{"set": 1, "full": 12, "reason": "failure"}],
        completeness={"expected": 100, "stored": 100, "missing": 0, "refused": 0},
        final=True,
        path="/r/s1.mcap",
    )
    await index.put(put)
    assert await index.get("s1") == put
    assert await index.written(10)
    assert await index.get("s1") == put
    assert await index.get("s2") is None


async def test_what_was_put_last_stays(index: Index) -> None:
    await index.put(row(1))
    await index.written(10)
    changed = row(1, machine="clinic/two")
    await index.put(changed)
    assert (await index.list()) == ([changed], None)


async def test_pages_are_newest_first_and_meet_without_gap_or_repeat(index: Index) -> None:
    """Also where several sessions started at the same time."""
    for number in range(23):
        await index.put(row(number, minutes=number // 4))
    found: list[str] = []
    after = None
    while True:
        rows, after = await index.list(limit=5, after=after)
        found += [one.session for one in rows]
        if after is None:
            break
    assert found == [f"s{number:03}" for number in reversed(range(23))]


async def test_where_recordings_are_is_asked_of_many_at_once(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of those on their way to the database, which know better; whoever is not listed is left out."""
    monkeypatch.setattr(stored, "PLACES", 2)
    for number in range(5):
        await index.put(replace(row(number), ended_utc=START))
    await index.written(10)
    await index.put(replace(row(3), path="/moved/s3.mcap"))
    found = await index.places(["s000", "s001", "s003", "s004", "nobody"])
    assert found == {
        "s000": ("/r/s0.mcap", True), "s001": ("/r/s1.mcap", True), "s003": ("/moved/s3.mcap", False), "s004": ("/r/s4.mcap", True),
    }  # fmt: skip
    assert sorted(await index.places()) == [f"s{number:03}" for number in range(5)]


async def test_a_list_is_narrowed_by_machine_and_time(index: Index) -> None:
    for number in range(6):
        await index.put(row(number, machine="clinic/odd" if number % 2 else "clinic/even"))
    rows, following = await index.list(machine="clinic/odd", from_=START + timedelta(minutes=1), to=START + timedelta(minutes=5))
    assert [one.session for one in rows] == ["s003", "s001"]
    assert following is None


async def test_a_list_is_narrowed_by_alias_however_it_was_typed(index: Index) -> None:
    """H02: one alias, whatever its case and blanks, beyond ASCII too."""
    for number, label in enumerate(("Grün 7", " grün  7", "GRÜN 7", "Grün 71", "  ", None)):
        await index.put(replace(row(number), plan={"label": label}))
    await index.put(replace(row(9), plan=None))
    rows, _ = await index.list(label="grüN 7 ")
    assert [one.session for one in rows] == ["s002", "s001", "s000"]
    assert await index.list(label=" ") == ([], None)


@pytest.mark.parametrize("after", ["nonsense", "", "ÄÖ", "MjAyNi0wMy0wMSBzMQ"])
async def test_a_cursor_that_no_page_gave_is_refused(index: Index, after: str) -> None:
    with pytest.raises(CursorError, match="expected the `next` of a page"):
        await index.list(after=after)


async def test_a_locked_database_delays_nothing_and_loses_nothing(index: Index, tmp_path: Path) -> None:
    """robustness-and-screens.md F19: rows wait and are written when the lock is gone."""
    lock = sqlite3.connect(tmp_path / "deep" / "index.sqlite", isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        for number in range(20):
            await asyncio.wait_for(index.put(row(number)), 0.05)
        assert index.queue.depth == index.queue.peak == 20
        assert await index.get("s007") == row(7)
        lock.execute("ROLLBACK")
    finally:
        lock.close()
    assert await index.written(20)
    assert len((await index.list())[0]) == 20
    assert index.queue.depth == 0


async def test_who_finds_every_connection_taken_is_told_and_the_next_one_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0272: a disk that hangs holds three of them, and no more threads."""
    monkeypatch.setitem(POOL, "pool_timeout", 0.05)
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    async with AsyncExitStack() as held:
        for _ in range(3):
            await held.enter_async_context(index._engine.connect())
        with pytest.raises(StoreGoneError, match="can't be read at the moment"):
            await index.list()
        await index.put(row(1))
    assert await index.written(10)
    assert (await index.list()) == ([row(1)], None)
    await index.close()


async def test_the_queue_has_a_bound_and_says_what_it_dropped_and_nothing_is_lost_by_it(index: Index) -> None:
    index.queue.capacity = 3
    for number in range(5):
        await index.put(row(number))
    assert (index.queue.depth, index.queue.peak, index.queue.dropped) == (3, 3, 2)
    assert await index.written(10)
    assert [one.session for one in (await index.list())[0]] == [f"s{number:03}" for number in reversed(range(5))]


async def test_the_database_is_opened_again_and_keeps_its_rows(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    first = await Index.open(url)
    await first.put(row(1))
    await first.close()
    second = await Index.open(url)
    assert await second.get("s001") == row(1)
    await second.close()
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0005",)
    database.close()


async def test_a_connection_caches_little(index: Index) -> None:
    """Decision 0239."""
    async with index._engine.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA cache_size")).scalar_one() == -CACHE_KB


async def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import create_async_engine

    from service.store.tables import metadata

    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    await (await Index.open(url)).close()

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


CHANGES = [f"{column.name} = coalesce({column.name}, '') || 'x'" for column in content]


@pytest.mark.parametrize(
    "change",
    [*CHANGES, "session = CAST(session AS BLOB)", "plan = NULL", "machine = path, path = machine", "checksum = 1"],
)
async def test_a_row_has_a_checksum_of_all_that_it_holds(tmp_path: Path, change: str) -> None:
    """Robustness F24, decision 0282: another value or another type in any column is found, and a row without a checksum."""
    file = tmp_path / "index.sqlite"
    index = await Index.open(f"sqlite+aiosqlite:///{file}")
    await index.put(replace(row(1), ended_utc=START, plan={"label": "Ä"}, sets=[{"work_j": 0.1}], flags=["gap"]))
    await index.put(row(2))
    assert await index.written(10)
    await index.close()
    assert damage(file) is None
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"UPDATE sessions SET {change} WHERE session = 's001'")
        database.commit()
        found = damage(file)
        assert found is not None
        assert re.fullmatch("the row of s001x? is not as it was written", found)
        database.execute("UPDATE sessions SET checksum = NULL")
        database.commit()
    assert damage(file) is not None


async def test_whatever_bit_flips_in_a_row_it_is_told_or_nothing_else_is_read(tmp_path: Path) -> None:
    """Robustness F24: also in what says of which type and how long its values are, where a session's id may become no text at all."""
    file = tmp_path / "index.sqlite"
    index = await Index.open(f"sqlite+aiosqlite:///{file}")
    await index.put(replace(row(1), ended_utc=START))
    assert await index.written(10)
    await index.close()

    def read() -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(file)) as database:
            return database.execute("SELECT * FROM sessions").fetchall()

    whole, before = file.read_bytes(), read()
    at = whole.rindex(b"s001clinic/one")
    for bit in range((at - 24) * 8, (at + 24) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        file.write_bytes(data)
        assert damage(file) is not None or read() == before, bit


async def test_rows_of_an_earlier_version_get_their_checksums_with_the_column(tmp_path: Path) -> None:
    """Decision 0282."""
    file = tmp_path / "index.sqlite"
    index = await Index.open(f"sqlite+aiosqlite:///{file}")
    await index.put(row(1))
    assert await index.written(10)
    await index.close()
    with closing(sqlite3.connect(file)) as database:
        database.execute("ALTER TABLE sessions DROP COLUMN checksum")
        database.execute("UPDATE alembic_version SET version_num = '0004'")
        database.commit()
    assert damage(file) is None
    index = await Index.open(f"sqlite+aiosqlite:///{file}")
    assert (await index.list())[0] == [row(1)]
    await index.close()
    assert damage(file) is None
