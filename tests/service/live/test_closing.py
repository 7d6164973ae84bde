"""The end of a recording: on disk, in the list, computed once more (contract 2; robustness F11)."""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from disk import DISK, Disk
from service import aside
from service.live import closing
from service.live.closing import Closing
from service.metrics import Counts
from service.recordings import Recorder
from service.store import SessionRow
from tests.faults.twin import Twin
from tests.service.recordings.sessions import PLAN, UTC_OFFSET_NS, WHOLE, batches, made_whole, movement, record
from wire import framing, samples
from wire.capture import Capture
from wire.plan import Plan


class Rows:
    """An index that keeps what it is given."""

    healthy = True

    def __init__(self) -> None:
        self.put_rows: list[SessionRow] = []

    async def put(self, row: SessionRow) -> None:
        self.put_rows.append(row)

    async def list(self, *, machine: str | None = None, limit: int = 50) -> tuple[list[SessionRow], Any]:
        return self.put_rows[:limit], None


class Ended:
    """A session with a recording of its own."""

    def __init__(self, folder: Path, disk: Disk = DISK, recorder: Recorder | None = None) -> None:
        self.session, self.machine = "s1", "clinic/one"
        self.plan: Plan | None = PLAN
        self.disk = asyncio.Lock()
        self.finished = self.durable = False
        self.recorder = recorder
        if recorder is not None:
            return
        self.recorder = Recorder(folder, machine=self.machine, session=self.session, plan=PLAN, metadata={}, disk=disk)
        self.recorder.utc_offset_ns = UTC_OFFSET_NS
        for batch in batches(movement(2)):
            self.recorder.batch(samples.encode(batch), batch.t0)
        self.recorder.flush()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def until(true: Any, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


COMPLETE = {"expected": 1100, "stored": 1100, "missing": 0, "refused": 0}


async def test_a_disk_that_is_full_at_the_end_is_tried_until_it_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11: nothing is lost, the part stays, and it ends by itself; a sandbox may forbid a change of priority."""
    monkeypatch.setattr(closing, "AGAIN_S", 0.02)

    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "setpriority", forbidden)
    twin, index, counts, done = Twin(tmp_path), Rows(), Counts(), []
    ended = Ended(tmp_path, twin)
    ends = Closing(index, counts)
    ends.list_open(ended, tmp_path)
    twin.fail_from(twin.calls + 1)
    ends.start(ended, COMPLETE, "stopped", lambda: done.append(ended.durable))
    await until(lambda: counts.recording_faults > 3)
    assert not done
    assert names(tmp_path) == ["s1.mcap.part"]
    twin.heal()
    await until(lambda: any(row.final for row in index.put_rows))
    assert done == [True]
    assert names(tmp_path) == ["s1.mcap"]
    assert [(row.ended_utc is None, row.final) for row in index.put_rows] == [(True, False), (False, False), (False, True)]
    assert index.put_rows[-1].completeness == COMPLETE
    await ends.close()


async def test_when_the_service_ends_first_the_part_is_left_for_the_next_start(tmp_path: Path) -> None:
    twin, counts, done = Twin(tmp_path), Counts(), []
    ended = Ended(tmp_path, twin)
    ends = Closing(Rows(), counts)
    twin.fail_from(twin.calls + 1)
    ends.start(ended, COMPLETE, "stopped", lambda: done.append(ended.durable))
    await until(lambda: counts.recording_faults > 0)
    await ends.close()
    assert done == [False]
    assert names(tmp_path) == ["s1.mcap.part"]
    assert [path.name for path in made_whole(tmp_path)] == ["s1.mcap"]


async def test_nobody_waits_for_a_disk_that_never_lets_it_end(tmp_path: Path) -> None:
    """F11, contract 2: a round of storing asks each recording whether it is durable, and all machines wait for that round."""
    twin, counts = Twin(tmp_path), Counts()
    ended = Ended(tmp_path, twin)
    ends = Closing(Rows(), counts)
    twin.fail_from(twin.calls + 1, errno.EIO)
    ends.start(ended, COMPLETE, "stopped", lambda: None)
    await until(lambda: counts.recording_faults > 0)
    async with asyncio.timeout(1), ended.disk:
        assert (ended.finished, ended.durable) == (True, False)
    await ends.close()


@pytest.mark.parametrize("blocked", [False, True])
async def test_a_recording_that_is_damaged_before_it_ends_is_what_is_whole_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocked: bool
) -> None:
    """F24: named, listed, and what is missing of it said; where the copy can't be made at once, it is tried until it can."""
    monkeypatch.setattr(closing, "AGAIN_S", 0.02)
    index, counts, done = Rows(), Counts(), []
    ended = Ended(tmp_path)
    part = tmp_path / "s1.mcap.part"
    with framing.opened(part) as file:
        chunks = [frame.offset for frame in framing.frames(file) if frame.opcode == framing.CHUNK]
    data = bytearray(part.read_bytes())
    data[chunks[-1]] = 0  # no record is of this kind
    part.write_bytes(data)
    in_the_way = tmp_path / "s1.resumed.mcap.part"
    if blocked:
        in_the_way.mkdir()
    ends = Closing(index, counts)
    ends.start(ended, COMPLETE, "stopped", lambda: done.append(ended.durable))
    if blocked:
        await until(lambda: counts.recording_faults > 1)
        assert not done
        in_the_way.rmdir()
    await until(lambda: done)
    await ends.close()
    assert done == [True]
    assert names(tmp_path) == ["s1.mcap"]
    (row,) = index.put_rows
    kept = row.completeness["stored"]
    assert 0 < kept < 1100
    assert row.completeness == {"expected": 1100, "stored": kept, "missing": 1100 - kept, "refused": 0}
    assert [note["kind"] for note in Capture(tmp_path / "s1.mcap").notes()] == ["recovered"]


async def test_a_result_held_up_at_its_rename_does_not_replace_a_fuller_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """contract 2: what is called stored stays. The process that computes a result gives way to all others, for seconds if need be."""
    path, reached, go = record(tmp_path), tmp_path / "reached", tmp_path / "go"
    os.mkfifo(go)
    held_up = f"cp {path} {tmp_path}/s1.copy; touch {reached}; read _ < {go}; mv {tmp_path}/s1.copy {path}"
    commands = iter([["sh", "-c", held_up], ["false"]])
    monkeypatch.setattr(aside, "python", lambda *_: next(commands))
    ends = Closing(index := Rows(), Counts())
    ends.finalise(path)
    await until(reached.exists)
    fuller = Recorder.resume(path)
    fuller.note("restart", {})
    ends.start(Ended(tmp_path, recorder=fuller), WHOLE, "stopped", lambda: None)
    await until(lambda: index.put_rows)
    with pytest.raises(OSError, match="No such device"):
        os.open(go, os.O_WRONLY | os.O_NONBLOCK)  # nobody waits there any more
    assert [note["kind"] for note in Capture(path).notes()] == ["restart"]
    await ends.close()


async def test_a_result_that_was_never_computed_is_when_it_is_asked_for(tmp_path: Path) -> None:
    path, damaged = record(tmp_path), tmp_path / "s2.mcap"
    damaged.write_bytes(path.read_bytes()[:-100])
    index = Rows()
    ends = Closing(index, Counts())
    ends.finalise(path)
    ends.finalise(path)
    ends.finalise(damaged)
    assert ends.queue.depth == 2
    await until(lambda: index.put_rows)
    assert [(row.session, row.final, row.completeness) for row in index.put_rows] == [("s1", True, WHOLE)]
    await ends.close()
    ends.finalise(path)
    assert not path.with_name("s1.final.mcap.part").exists()


async def test_a_recording_that_has_become_more_meanwhile_is_computed_again(tmp_path: Path) -> None:
    """contract 2: once it is complete its result is computed, also when that was being tried while it was not."""
    index, path, whole = Rows(), record(tmp_path), record(tmp_path, session="s2")
    path.rename(path.with_name("s1.whole"))
    ends = Closing(index, Counts())
    ends.finalise(path)
    await until(lambda: ends._computing == path)
    path.with_name("s1.whole").rename(path)
    ends.finalise(path)
    ends.finalise(whole)
    await until(lambda: {(row.session, row.final) for row in index.put_rows} == {("s1", True), ("s2", True)})
    await ends.close()
