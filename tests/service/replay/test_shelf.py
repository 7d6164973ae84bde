"""Signals at hand: made once, kept, made anew when the recording is another; work that never waits on the live line (decision 0152)."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from service.recordings.finalise import finalise
from service.replay import resident, worker
from service.replay import shelf as shelves
from service.replay.resident import WorkError
from service.replay.shelf import Shelf
from service.replay.whatif import Order
from service.replay.worker import FIRST_NICENESS, NICENESS, BusyError, Worker
from tests.service.recordings.sessions import record
from wire.recorded import RecordedError


async def test_signals_are_made_once_and_anew_when_the_recording_is_another(tmp_path: Path) -> None:
    path, cache = record(tmp_path), tmp_path / "cache"
    shelf = Shelf(cache)
    one, other = await asyncio.gather(shelf.of(path), shelf.of(path))
    assert one is other
    (kept,) = cache.iterdir()
    made = kept.stat().st_ino
    assert (await Shelf(cache).of(path)).length_s == one.length_s == 43.99
    assert kept.stat().st_ino == made
    assert finalise(path)
    await shelf.of(path)
    assert [file.name for file in cache.iterdir()] != [kept.name]


async def test_a_kept_file_that_is_spoilt_is_made_anew(tmp_path: Path) -> None:
    path, cache = record(tmp_path), tmp_path / "cache"
    wanted = (await Shelf(cache).of(path)).levels[0].low.copy()
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    np.testing.assert_array_equal((await Shelf(cache).of(path)).levels[0].low, wanted)


async def test_what_was_looked_at_longest_ago_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    for age, name in ((300, "old-1.columns"), (200, "newer-1.columns")):
        (cache / name).write_bytes(bytes(1000))
        os.utime(cache / name, (1e9 - age, 1e9 - age))
    monkeypatch.setattr(shelves, "MOST_BYTES", 1500)
    await Shelf(cache).of(record(tmp_path))
    assert sorted(file.name.partition("-")[0] for file in cache.iterdir()) == ["newer", "s1"]


async def test_a_recording_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cache")
    with pytest.raises(RecordedError):
        await shelf.of(tmp_path / "gone.mcap")
    (tmp_path / "s9.mcap").write_bytes(b"nonsense")
    with pytest.raises(RecordedError, match="not an MCAP file"):
        await shelf.of(tmp_path / "s9.mcap")
    answer = await shelf.rerun(Order(str(tmp_path / "s9.mcap")))
    assert "not an MCAP file" in (answer.unreadable or "")


async def test_running_sessions_in_memory_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_FOLLOWED", 1)
    shelf = Shelf(tmp_path / "cache")
    parts = [record(tmp_path, session=name, finish=False) for name in ("s1", "s2")]
    for part in (*parts, parts[0]):
        assert (await shelf.follow(part)).length_s == 43.99


async def test_signals_wait_for_nothing_that_takes_longer(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cache")
    async with shelf.worker._process._turn:
        waiting = asyncio.create_task(shelf.inside(record(tmp_path, session="s1")))
        assert (await shelf.of(record(tmp_path, session="s2"))).length_s == 43.99
        assert not waiting.done()
    assert (await waiting).length_s > 0
    await shelf.close()


async def test_a_long_recordings_signals_are_made_before_anybody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, path, cache = Shelf(tmp_path / "cache"), record(tmp_path), tmp_path / "cache"
    shelf.prepare(path)
    shelf.prepare(tmp_path / "gone.mcap")
    await asyncio.gather(*shelf._preparing)
    assert not cache.exists()
    shelf.prepare(path, expected=True)
    await asyncio.gather(*shelf._preparing)
    (made,) = cache.iterdir()
    made.unlink()
    shelf._open.clear()
    monkeypatch.setattr(shelves, "LONG_BYTES", 1)
    shelf.prepare(path)
    await asyncio.gather(*shelf._preparing)
    assert len(list(cache.iterdir())) == 1
    shelf.prepare(record(tmp_path, session="s2"))
    await asyncio.sleep(0)
    await shelf.close()
    assert shelf._preparing == set()


async def test_signals_that_somebody_waits_for_are_made_before_others(tmp_path: Path) -> None:
    """By processes that stay for the next one: what a page waits for, what nobody has asked for yet, what takes longer."""
    shelf, path = Shelf(tmp_path / "cache"), record(tmp_path)
    await shelf.of(path)
    await shelf.inside(path)
    assert [_niceness(one) for one in (shelf._signals, shelf.worker, shelf._beforehand)] == [FIRST_NICENESS, NICENESS, None]
    await shelf.close()
    assert [_niceness(one) for one in (shelf._signals, shelf.worker)] == [None, None]


def _niceness(one: Worker) -> int | None:
    process = one._process._process
    return None if process is None else os.getpriority(os.PRIO_PROCESS, process.pid)


async def test_what_fails_or_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    with pytest.raises(WorkError, match="No module named"):
        await worker.run("service.replay.nothing", b"")
    monkeypatch.setattr(resident, "LONGEST_S", 0.001)
    with pytest.raises(WorkError, match="longer than"):
        await worker.run("service.replay.whatif", b"")
    assert not worker._process.busy


async def test_no_more_than_so_many_wait() -> None:
    busy = Worker()
    busy.waiting = worker.MOST_WAITING
    with pytest.raises(BusyError):
        await busy.run("service.replay.whatif", b"")
