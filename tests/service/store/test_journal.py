"""Rows survive kills, power cuts and a database that is locked, gone or damaged (robustness F07, F19, F24)."""

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from disk.records import record, records
from service.recordings.reading import summary
from service.store import Index, SessionRow, StoreGoneError, filling, journal, tables, writing
from service.store import index as stored
from service.store.journal import Journal
from service.store.summaries import summaries
from tests.faults.twin import Twin, each_sync_matters
from tests.service.recordings.sessions import record as recorded
from wire.recorded import RecordedError

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def row(number: int, machine: str = "clinic/one") -> SessionRow:
    return SessionRow(session=f"s{number:03}", machine=machine, started_utc=START + timedelta(minutes=number), path=f"/r/s{number}.mcap")


async def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def kill(index: Index) -> None:
    """As a kill does: nothing more is written."""
    assert index._writing is not None
    index._writing.cancel()
    await asyncio.gather(index._writing, return_exceptions=True)


def test_the_newest_row_of_each_session_comes_back(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "deep" / "index.journal")
    assert kept.replay() == []
    changed = replace(row(1), machine="clinic/two", ended_utc=START, damage={"from_s": 1.5, "reason": "x"}, sets=[{"set": 1}])
    kept.keep([row(1), row(2)])
    kept.keep([changed])
    kept.close()
    again = Journal(kept.path)
    assert again.replay() == [row(2), changed]
    again.clear()
    again.keep([row(3)])
    again.close()
    assert Journal(kept.path).replay() == [row(3)]


def test_what_is_torn_at_its_end_or_of_another_version_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "index.journal"
    kept = Journal(path)
    kept.keep([row(1)])
    kept.close()
    path.write_bytes(path.read_bytes() + record(b'{"session": 3}') + record(b"{}")[:-1])
    kept = Journal(path)
    assert kept.replay() == [row(1)]
    kept.keep([row(2)])
    assert Journal(path).replay() == [row(1), row(2)]


def test_a_flipped_bit_costs_the_row_that_it_hit(tmp_path: Path) -> None:
    """F24: what follows is read on."""
    path = tmp_path / "index.journal"
    kept = Journal(path)
    kept.keep([row(1), row(2), row(3)])
    kept.close()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    kept = Journal(path)
    assert kept.replay() == [row(1), row(3)]
    assert 0 < kept.lost_bytes < len(data) / 2
    kept.keep([row(4)])
    assert Journal(path).replay() == [row(1), row(3), row(4)]


def test_one_that_has_grown_too_long_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 2000)
    twin = Twin(tmp_path)
    kept = Journal(tmp_path / "index.journal", twin)
    for number in range(20):
        kept.keep([row(number)])
        kept.shorten({row(number).session})
    assert kept.path.stat().st_size < 2500
    kept.keep([row(20)])
    (tmp_path / "index.journal.new").touch()
    twin = Twin(tmp_path)
    kept = Journal(kept.path, twin)
    kept.replay()
    monkeypatch.setattr(journal, "MOST_BYTES", 1)
    twin.fail(twin.calls + 2)
    with pytest.raises(OSError, match="No space"):
        kept.shorten({"s020"})
    kept.keep([row(21)])
    assert {one.session for one in Journal(kept.path).replay()} >= {"s020", "s021"}


def story(twin: Twin) -> None:
    """Rows are kept, the database takes them, others come; a sync fails; and at every moment a power cut."""
    path = twin.root / "index.journal"
    kept = Journal(path, twin)
    promised: list[tuple[int, dict[str, SessionRow]]] = []
    rows: dict[str, SessionRow] = {}

    def keep(*more: SessionRow) -> None:
        kept.keep(more)
        rows.update({one.session: one for one in more})
        promised.append((twin.moment, dict(rows)))

    keep(row(1), row(2))
    keep(replace(row(1), machine="clinic/two"))
    twin.fail(twin.calls + 2, errno.EIO)
    try:
        kept.keep([row(3)])
    except OSError:
        keep(row(3))
    kept.shorten(rows)
    clearing = twin.moment
    kept.clear()
    cleared = twin.moment
    rows.clear()
    keep(row(1))
    keep(row(2))
    for number, (moment, state) in enumerate(twin.cuts(Random(5), draws=4)):
        found = {one.session: one for one in Journal(state.put(twin.root / f"state {number}") / path.name).replay()}
        expected = next((known for at, known in reversed(promised) if at <= moment), {})
        if moment < clearing or moment >= promised[-2][0]:
            # What was kept, or what was about to be.
            newest = {**expected, "s001": replace(row(1), machine="clinic/two")}
            assert all(found.get(session) in (one, newest[session]) for session, one in expected.items()), moment
        if cleared <= moment:
            assert found.keys() <= rows.keys()
        if moment >= promised[-1][0]:
            assert found == rows


def test_a_power_cut_takes_no_row_that_was_kept_and_brings_none_back(tmp_path: Path) -> None:
    story(Twin(tmp_path))


def test_without_any_single_sync_rows_would_be_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 1)
    assert each_sync_matters(story, tmp_path) == []


async def test_rows_survive_a_kill_while_the_database_is_locked(tmp_path: Path) -> None:
    """F19: journalled, and in the database at the next start."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    index = await Index.open(url)
    lock = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    await index.put(row(1))
    await index.put(row(2))
    await until(lambda: not index.healthy)
    assert await index.get("s001") == row(1)
    await kill(index)
    lock.execute("ROLLBACK")
    lock.close()
    again = await Index.open(url)
    assert (await again.list())[0] == [row(2), row(1)]
    assert again.healthy
    assert (tmp_path / "index.journal").stat().st_size == 0
    await again.close()
    await index._engine.dispose()


async def test_a_service_starts_without_its_database_and_fills_it_when_it_is_back(tmp_path: Path) -> None:
    """F19: at most 10 s after."""
    (tmp_path / "index.sqlite").touch()
    lock = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}?timeout=0.2")
    assert not index.healthy
    with pytest.raises(StoreGoneError):
        await index.list()
    with pytest.raises(StoreGoneError):
        await index.rebuild(tmp_path)
    await index.put(row(1))
    assert await index.get("s001") == row(1)
    lock.execute("ROLLBACK")
    lock.close()
    await until(lambda: index.healthy, 10)
    assert (await index.list())[0] == [row(1)]
    await index.close()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """An index beside it can't write; until this is called."""
    (tmp_path / "index.sqlite").touch()
    lock = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    yield lock.close
    lock.close()


async def listed(index: Index, count: int) -> list[str]:
    """The sessions, as soon as they are so many."""
    async with asyncio.timeout(20):
        while True:
            with suppress(StoreGoneError):
                if len(rows := (await index.list())[0]) >= count:
                    return sorted(one.session for one in rows)
            await asyncio.sleep(0.01)


async def test_rows_beyond_the_queue_are_written_when_the_database_is_back(tmp_path: Path, locked: Callable[[], None]) -> None:
    """F19: lost 0. The newest of each, though an older one may be listed."""
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}?timeout=0.2")
    index.queue.capacity = 3
    for number in range(10):
        await index.put(row(number))
        await index.put(replace(row(number), ended_utc=START))
        await asyncio.sleep(0)
    assert index.queue.dropped == 7
    locked()
    assert await listed(index, 10) == [f"s{number:03}" for number in range(10)]
    assert all(one.ended_utc == START for one in (await index.list())[0])
    assert await index.written(10)
    assert (tmp_path / "index.journal").stat().st_size == 0
    await index.close()


async def test_rows_beyond_the_queue_survive_a_kill_and_a_journal_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: a database may be gone for days."""
    monkeypatch.setattr(journal, "MOST_BYTES", 1000)
    monkeypatch.setattr(stored, "CAPACITY", 3)
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    index = await Index.open(url)
    index.queue.capacity = 3
    await kill(index)  # of its writing: nothing comes into the database
    for number in range(40):
        await index.put(row(number // 2))
        await index._keep()
    assert len(list(records((tmp_path / "index.journal").read_bytes()))) < 40
    await index._engine.dispose()
    again = await Index.open(url)
    again.queue.capacity = 3
    assert await listed(again, 20) == [f"s{number:03}" for number in range(20)]
    await again.close()


async def test_a_row_that_no_disk_took_and_no_queue_comes_from_its_recording(tmp_path: Path, locked: Callable[[], None]) -> None:
    """F11, F19."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    twin = Twin(tmp_path)
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}?timeout=0.2", recordings=folder, disk=twin)
    index.queue.capacity = 3
    calls = twin.calls
    twin.fail_from(calls + 1)
    for one in (replace(row(0), session="s1"), row(1), row(2), row(3), row(4)):
        await index.put(replace(one, ended_utc=START))
    await until(lambda: twin.calls > calls)
    twin.heal()
    locked()
    assert await listed(index, 4) == ["s002", "s003", "s004", "s1"]
    assert await index.written(10)
    await index.close()


async def test_a_database_of_a_newer_version_is_set_aside_and_made_anew(tmp_path: Path) -> None:
    """F19, F20: a service that was rolled back starts, and lists what is recorded; nothing is deleted."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    newer(tmp_path / "index.sqlite")
    async with asyncio.timeout(20):
        index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}", recordings=folder)
    assert await listed(index, 1) == ["s1"]
    assert index.healthy
    await index.close()
    assert sum(name.startswith("index.sqlite.newer-") for name in os.listdir(tmp_path)) == 1  # noqa: PTH208 - in a coroutine


def newer(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        database.execute("INSERT INTO alembic_version VALUES ('0099')")
    database.close()


async def test_a_newer_database_that_is_no_file_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: PostgreSQL is others' too. Rows wait in the journal, and the log says why."""
    newer(tmp_path / "index.sqlite")
    monkeypatch.setattr(stored, "file_of", lambda _: None)
    with capture_logs() as logs:
        async with asyncio.timeout(20):
            index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}", journal=tmp_path / "index.journal")
    assert not index.healthy
    assert "0099" in str(logs)
    await index.put(row(1))
    assert await index.get("s001") == row(1)
    await until(lambda: not index._unkept)
    await index.close(timeout_s=0.1)
    assert Journal(tmp_path / "index.journal").replay() == [row(1)]


@pytest.mark.parametrize(("module", "where"), [(stored, "migrate"), (writing, "replace")])
async def test_whatever_goes_wrong_the_writer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, where: str
) -> None:
    """F19: ingest and live feedback do not need the database, and no fault of ours ends its writing for good."""
    whole = getattr(module, where)
    wrong = iter([ValueError("a bug"), AssertionError()])

    def failing(*args: object) -> object:
        for error in wrong:
            raise error
        return whole(*args)

    monkeypatch.setattr(module, where, failing)
    async with asyncio.timeout(20):
        index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    await index.put(row(1))
    await until(lambda: not index.healthy)
    assert await listed(index, 1) == ["s001"]
    assert index.healthy
    await index.close()


@pytest.mark.parametrize("listed_as", [None, "running"])
async def test_what_a_damaged_journal_has_lost_comes_from_the_recordings(tmp_path: Path, listed_as: str | None) -> None:
    """F24: a session whose last row was hit is neither missing in the list nor running for ever, and the log says what happened."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    (there,) = (await asyncio.to_thread(summaries, folder)).rows
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    index = await Index.open(url, recordings=folder)
    if listed_as is not None:
        await index.put(replace(there, ended_utc=None))
    await index.written()
    await index.close()
    kept = Journal(tmp_path / "index.journal")
    kept.keep([there, row(2)])
    kept.close()
    data = bytearray(kept.path.read_bytes())
    data[20] ^= 4
    kept.path.write_bytes(data)
    with capture_logs() as logs:
        index = await Index.open(url, recordings=folder)
    async with asyncio.timeout(20):
        while (found := await index.get(there.session)) is None or found.ended_utc is None:
            await asyncio.sleep(0.01)
    assert found.ended_utc == there.ended_utc
    assert await index.get("s002") is not None
    await index.close()
    assert any("part of the journal can't be read" in log["event"] for log in logs)


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[1000:-1000] = bytes(len(data) - 2000)
    path.write_bytes(data)


def flip(path: Path) -> None:
    """A bit of a path, which is a path as good as any: only its checksum tells."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"/r/s7.mcap")
    data[at + 4] ^= 1
    path.write_bytes(data)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT path FROM sessions WHERE session = 's007'").fetchone() == ("/r/s6.mcap",)


@pytest.mark.parametrize("spoilt", [spoil, lambda path: path.write_bytes(b"no database at all" * 100), flip])
async def test_a_damaged_database_is_set_aside_and_made_anew_at_the_start(tmp_path: Path, spoilt: Callable[[Path], object]) -> None:
    """F24: from the recordings, and nothing is deleted."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    index = await Index.open(url)
    for number in range(100):
        await index.put(row(number))
    await index.close()
    spoilt(tmp_path / "index.sqlite")
    index = await Index.open(url, recordings=folder)
    async with asyncio.timeout(20):
        while not (rows := (await index.list())[0]):
            await asyncio.sleep(0.01)
    assert [one.session for one in rows] == ["s1"]
    await index.close()
    assert sum(name.startswith("index.sqlite.damaged-") for name in os.listdir(tmp_path)) == 1  # noqa: PTH208 - in a coroutine


async def test_it_is_looked_through_every_day_and_what_runs_stays_listed(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}", recordings=folder)
    for number in range(100):
        await index.put(replace(row(number), ended_utc=START))
    await index.put(row(100))
    assert await index.written(20)
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    spoil(tmp_path / "index.sqlite")
    index._look_soon()
    found: set[str] = set()
    async with asyncio.timeout(20):
        while found != {"s1", "s100"}:
            await asyncio.sleep(0.01)
            with suppress(StoreGoneError):
                found = {one.session for one in (await index.list())[0]}
    assert index.healthy
    await index.close()


async def test_a_folder_that_cannot_be_read_hides_no_other_and_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19, F24: what can be read is listed, staff are told that the list lacks something, and it is listed once it can be read."""
    folder = tmp_path / "recordings"
    recorded(folder / "one", sync_every=1000)
    recorded(folder / "two", session="s2", sync_every=1000)
    broken = True

    def walking(top: Path, onerror: Callable[[OSError], None]) -> Iterator[tuple[str, list[str], list[str]]]:
        if broken:
            onerror(OSError(errno.EIO, "Input/output error", str(folder / "three")))
        yield from os.walk(top, onerror=onerror)

    def one_is_hard_to_read(path: Path) -> SessionRow:
        if path.name == "s1.mcap":
            return summary(path)
        if broken:
            raise RecordedError(path, "", "Input/output error") from OSError(errno.EIO, "Input/output error")
        return summary(path)

    monkeypatch.setattr("service.store.summaries.walk", walking)
    monkeypatch.setattr("service.store.summaries.summary", one_is_hard_to_read)
    monkeypatch.setattr(filling, "AGAIN_S", (0.01, 0.01))
    with capture_logs() as logs:
        index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}", recordings=folder)
        assert await listed(index, 1) == ["s1"]
        assert not index.healthy
    assert {entry["place"] for entry in logs if "place" in entry} == {str(folder / "three"), str(folder / "two" / "s2.mcap")}
    broken = False
    assert await listed(index, 2) == ["s1", "s2"]
    await until(lambda: index.healthy)
    await index.close()


def test_one_recording_at_which_reading_breaks_off_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F24."""
    recorded(tmp_path, sync_every=1000)
    (tmp_path / "s0.mcap").touch()
    no_text = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mcap"))
    no_text.symlink_to(tmp_path / "s1.mcap")

    def breaking(path: Path) -> SessionRow:
        if path.name == "s0.mcap":
            raise ArithmeticError
        return summary(path)

    monkeypatch.setattr("service.store.summaries.summary", breaking)
    with capture_logs() as logs:
        found = summaries(tmp_path)
    assert [one.session for one in found.rows] == ["s1"]
    assert not found.unread
    assert len(logs) == 2


async def test_a_row_that_alone_cannot_be_written_holds_up_no_other(tmp_path: Path) -> None:
    """F19: it is kept, told, and tried again at the next start and when it changes."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    index = await Index.open(url)
    wrong = replace(row(2), plan={"label": b"no text"}, ended_utc=START)
    unwritable = replace(row(3), path="/r/\udcff.mcap")
    with capture_logs() as logs:
        for one in (row(1), wrong, unwritable, row(4)):
            await index.put(one)
        assert await listed(index, 2) == ["s001", "s004"]
        assert await index.written(20)
    assert index.healthy
    assert {entry["session"] for entry in logs if entry["log_level"] == "error"} == {"s002", "s003"}
    assert await index.get("s002") == wrong
    assert (await index.places(["s003"]))["s003"].path == unwritable.path
    await index.put(row(5))
    assert await listed(index, 3) == ["s001", "s004", "s005"]
    assert await index.written(20)
    assert "s002" in {one.session for one in await asyncio.to_thread(Journal(tmp_path / "index.journal").replay)}
    await index.put(replace(wrong, plan=None))
    assert await listed(index, 4) == ["s001", "s002", "s004", "s005"]
    await index.close()


async def test_a_list_that_cannot_be_made_anew_is_as_it_was_and_comes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19, F24: the database locks in the midst of it."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    monkeypatch.setattr(filling, "AGAIN_S", (0.01, 0.01))
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    await index.put(replace(row(1), ended_utc=START))
    assert await index.written(20)
    whole = tables.replace
    locks = iter([sqlite3.OperationalError("database is locked")])

    async def locking(connection: AsyncConnection, one: SessionRow) -> None:
        for error in locks:
            raise OperationalError("INSERT", None, error)
        await whole(connection, one)

    monkeypatch.setattr(writing, "replace", locking)
    with pytest.raises(StoreGoneError, match="locked"):
        await index.rebuild(folder)
    assert await listed(index, 2) == ["s001", "s1"]
    await index.close()


async def test_a_list_is_made_anew_beside_a_row_that_the_database_does_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    recorded(folder, session="s2", sync_every=1000)
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    await index.put(replace(row(1), ended_utc=START))
    await index.put(row(3))
    assert await index.written(20)
    whole = tables.replace

    async def refusing(connection: AsyncConnection, one: SessionRow) -> None:
        if one.session == "s2":
            raise ValueError("no text")
        await whole(connection, one)

    monkeypatch.setattr(writing, "replace", refusing)
    await index.rebuild(folder)
    assert await listed(index, 2) == ["s003", "s1"]
    assert index.aside.keys() == {"s2"}
    await index.close()


class HardToRead(Twin):
    """A disk of which the first so many readings fail."""

    failures = 0

    def read(self, path: Path) -> bytes:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EIO, "Input/output error")
        return super().read(path)


async def test_a_journal_that_could_not_be_read_at_the_start_gives_its_rows_later(tmp_path: Path, locked: Callable[[], None]) -> None:
    """F19: it is not emptied unread, and gives nothing older than what was put meanwhile."""
    kept = Journal(tmp_path / "index.journal")
    kept.keep([row(1), row(2)])
    kept.close()
    twin = HardToRead(tmp_path)
    twin.failures = 1_000
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}?timeout=0.2", disk=twin)
    ended = replace(row(2), ended_utc=START)
    await index.put(ended)
    locked()
    assert await index.written(20)
    assert await listed(index, 1) == ["s002"]
    twin.failures = 0
    await index.put(row(3))
    assert await listed(index, 3) == ["s001", "s002", "s003"]
    assert await index.get("s002") == ended
    assert await index.written(20)
    assert (tmp_path / "index.journal").stat().st_size == 0
    await index.close()


async def test_a_journal_is_not_emptied_before_it_is_read(tmp_path: Path) -> None:
    """F19: the database has what was put, not what was kept before."""
    kept = Journal(tmp_path / "index.journal")
    kept.keep([row(1)])
    kept.close()
    twin = HardToRead(tmp_path)
    twin.failures = 2  # at the start and in the first round
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}", disk=twin)
    assert twin.failures == 0
    await index.put(row(2))
    assert await listed(index, 2) == ["s001", "s002"]
    await index.close()


async def test_what_a_journal_that_cannot_be_read_knows_comes_from_the_recordings(tmp_path: Path) -> None:
    """F19, F24: no session runs for ever."""
    folder = tmp_path / "recordings"
    recorded(folder, sync_every=1000)
    (there,) = (await asyncio.to_thread(summaries, folder)).rows
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    index = await Index.open(url)
    await index.put(replace(there, ended_utc=None))
    await index.close()
    twin = HardToRead(tmp_path)
    twin.failures = 1_000
    index = await Index.open(url, recordings=folder, disk=twin)
    async with asyncio.timeout(20):
        while (found := await index.get(there.session)) is None or found.ended_utc is None:
            await asyncio.sleep(0.01)
    await index.close()


async def test_a_recording_is_listed_once_the_database_can_be_asked_what_it_knows(tmp_path: Path, locked: Callable[[], None]) -> None:
    """F19: what is put blindly may be older than what the database has."""
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}?timeout=0.2")
    with pytest.raises(StoreGoneError):
        await index._learn(row(1))
    assert index.queue.depth == 0
    locked()
    await until(lambda: index.healthy)
    await index._learn(row(1))
    assert await listed(index, 1) == ["s001"]
    await index.close()


async def test_what_is_to_be_listed_waits_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: that is no fault to be told with each try."""
    monkeypatch.setattr(filling, "AGAIN_S", (0.01, 0.01))
    done: list[str] = []
    gone = iter([StoreGoneError(), StoreGoneError()])

    async def listing(one: SessionRow) -> None:
        for error in gone:
            raise error
        done.append(one.session)

    with capture_logs() as logs:
        filler = filling.Filling(listing)
        filler.start([], [row(1), row(2)])
        await until(lambda: len(done) == 2)
        await filler.close()
    assert filler.whole
    assert logs == []


async def test_what_is_put_while_the_database_is_asked_is_newer_than_a_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: a session that ended meanwhile is not listed as running."""
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    ended = replace(row(1), ended_utc=START, final=True)
    asked = index._asked
    meanwhile = iter([ended])

    async def asking(query: Select[Any]) -> Sequence[SessionRow]:
        found = await asked(query)
        for one in meanwhile:
            await index.put(one)
        return found

    monkeypatch.setattr(index, "_asked", asking)
    await index._learn(replace(row(1), ended_utc=START))
    assert await index.get("s001") == ended
    await index.close()


ENDED = replace(row(1), ended_utc=START, completeness={"expected": 9, "stored": 5, "missing": 4, "refused": 0})
MORE = replace(ENDED, completeness={"expected": 9, "stored": 9, "missing": 0, "refused": 0})


@pytest.mark.parametrize(
    ("told", "known", "put"),
    [
        (ENDED, None, ENDED),
        (ENDED, row(1), ENDED),
        (row(1), ENDED, None),
        (row(1), replace(row(1), plan={"label": "a"}), replace(row(1), plan={"label": "a"})),
        (replace(ENDED, final=True), ENDED, replace(ENDED, final=True)),
        (ENDED, replace(ENDED, final=True), None),
        (MORE, replace(ENDED, final=True), MORE),
        (ENDED, MORE, None),
        (replace(MORE, path="/copy/s1.mcap"), ENDED, None),
    ],
)
def test_a_recording_restores_the_last_row_and_none_before_it(told: SessionRow, known: SessionRow | None, put: SessionRow | None) -> None:
    """F24: the end, the final result and late samples may be what was lost; of two recordings the one that is listed stays."""
    assert filling.news(told, known) == put


async def test_a_row_that_changes_while_it_is_refused_is_not_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: what was put last for a session is what is found."""
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    ended = replace(row(1), ended_utc=START)
    whole = tables.replace

    async def refusing(connection: AsyncConnection, one: SessionRow) -> None:
        if one == row(1):
            if await index.get("s001") != ended:
                await index.put(ended)
            raise ValueError("no text")
        await whole(connection, one)

    monkeypatch.setattr(writing, "replace", refusing)
    await index.put(row(1))
    assert await index.written(20)
    assert await index.get("s001") == ended
    assert not index.aside
    await index.close()


async def test_rows_aside_bring_no_older_row_back_with_the_next_start(tmp_path: Path) -> None:
    """F11, F19: where the disk did not take the later one."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}"
    twin = Twin(tmp_path)
    index = await Index.open(url, disk=twin)
    await index.put(replace(row(2), plan={"label": b"no text"}, ended_utc=START))
    await index.put(row(1))
    assert await index.written(20)
    twin.fail_from(twin.calls + 1)
    ended = replace(row(1), ended_utc=START)
    await index.put(ended)
    assert await index.written(20)
    twin.heal()
    await index.close()
    assert [one.session for one in await asyncio.to_thread(Journal(tmp_path / "index.journal").replay)] == ["s002"]
    again = await Index.open(url)
    assert await again.get("s001") == ended
    await again.close()


@pytest.mark.parametrize("call", range(1, 6))
def test_a_journal_made_anew_keeps_what_comes_next_whatever_failed_of_it(tmp_path: Path, call: int) -> None:
    """F07, F11: also where only its new name did not come to the medium."""
    twin = Twin(tmp_path)
    kept = Journal(tmp_path / "index.journal", twin)
    kept.keep([row(1), row(2)])
    twin.fail(twin.calls + call)
    with pytest.raises(OSError, match="No space"):
        kept.clear([row(2)])
    kept.keep([row(3)])
    found = Journal(twin.worst().put(tmp_path / "after") / kept.path.name).replay()
    assert {"s002", "s003"} <= {one.session for one in found}
