"""Many recordings by as many processes as there are cores (decision 0230): real ones."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from service.recordings.finalise import finalise
from service.replay import crew as crews
from service.replay.crew import Crew
from service.replay.series import Line, Recording
from service.replay.whatif import Otherwise, RerunDifference, differing
from service.replay.worker import MOST_WAITING, BusyError, Worker
from tests.service.recordings.sessions import flip, record

OTHERWISE = Otherwise(parameters={"boundary_high": 0.97, "full": 0.96})


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = record(tmp_path_factory.mktemp("recordings"))
    assert finalise(path)
    return path


@pytest.fixture
async def two() -> AsyncIterator[Crew]:
    crew = Crew(2)
    yield crew
    await crew.close()


def copies(final: Path, folder: Path, count: int) -> list[Recording]:
    return [Recording(f"s{n}", str(shutil.copyfile(final, folder / f"s{n}.mcap"))) for n in range(count)]


def spoil(damaged: Path, foreign: Path, gone: Path) -> None:
    flip(damaged)
    foreign.write_bytes(b"nonsense")
    gone.unlink()


async def told(crew: Crew, recordings: list[Recording], otherwise: Otherwise = OTHERWISE) -> dict[str, Line]:
    async with aclosing(crew.over(recordings, otherwise)) as found:
        lines = [msgspec.json.decode(line, type=Line) async for some in found for line in some.splitlines()]
    assert len(lines) == len(recordings)
    return {line.session: line for line in lines}


async def test_each_is_told_as_a_rerun_of_it_alone_and_what_is_wrong_with_one_hides_no_other(
    two: Crew, final: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 6, points 3 and 7."""
    monkeypatch.setattr(crews, "AT_ONCE", 2)
    recordings = copies(final, tmp_path, 5)
    spoil(*(Path(one.path) for one in recordings[1:4]))
    found = await told(two, recordings)
    alone = differing(final, None, OTHERWISE.parameters)
    assert isinstance(alone, RerunDifference)
    for session in ("s0", "s4"):
        line = found[session]
        assert RerunDifference(line.only_before, line.only_after, line.changed) == alone
        assert alone.changed
    assert (found["s1"].damage or "").startswith("byte ")
    assert found["s2"].fault == "s2.mcap: byte 0: is not an MCAP file"
    assert found["s3"].fault == "s3.mcap: No such file or directory"
    assert [worker._process._process is not None for worker in two.workers] == [True, True]


async def test_what_a_recordings_own_parameters_do_not_allow_is_told_of_that_one(two: Crew, final: Path, tmp_path: Path) -> None:
    older = record(tmp_path, session="older", about={"parameters": '{"partial": 0.95}'})
    recordings = [Recording("older", str(older)), *copies(final, tmp_path, 1)]
    found = await told(two, recordings, Otherwise(parameters={"short": 0.6}))
    assert (found["older"].fault or "").startswith("older.mcap: /parameters: this version can't use what it was recorded with")
    assert found["s0"].fault is None
    found = await told(two, recordings, Otherwise(parameters={"full": 0.5}))
    assert (found["s0"].fault or "").startswith("/parameters/full: ")


async def test_one_that_ends_its_process_is_told_alone(two: Crew, final: Path, tmp_path: Path) -> None:
    """As a hostile recording might, for memory or for time: the others of its handful are done again without it."""
    command = tmp_path / "ilex"
    command.write_text('#!/bin/sh\ncase "$*" in *s1.mcap*) kill -9 $PPID;; esac\n')
    command.chmod(0o755)
    found = await told(two, copies(final, tmp_path, 3), Otherwise(command=str(command)))
    assert {session: line.fault for session, line in found.items()} == {
        "s0": None, "s1": "the analysis came to no end: its process ended", "s2": None,
    }  # fmt: skip


async def test_who_goes_away_ends_what_is_under_way(two: Crew, final: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "AT_ONCE", 1)
    async with aclosing(two.over(copies(final, tmp_path, 6), OTHERWISE)) as found:
        assert await anext(found)
        assert any(worker.waiting for worker in two.workers)
    assert [worker.waiting for worker in two.workers] == [0, 0]


async def test_no_more_than_so_many_at_a_time(two: Crew) -> None:
    for _ in range(crews.MOST_SERIES):
        two.enter()
    with pytest.raises(BusyError, match="4 others already"):
        two.enter()
    two.leave()
    two.enter()


async def test_a_process_for_which_as_much_waits_as_may_is_waited_for(
    two: Crew, final: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of the recording."""
    monkeypatch.setattr(crews, "AGAIN_S", 0.0)
    refused = asyncio.Event()
    run = Worker.run

    async def noting(worker: Worker, module: str, order: bytes) -> bytes:
        try:
            return await run(worker, module, order)
        except BusyError:
            refused.set()
            raise

    monkeypatch.setattr(Worker, "run", noting)
    for worker in two.workers:
        worker.waiting = MOST_WAITING
    asked = asyncio.create_task(told(two, copies(final, tmp_path, 1)))
    await refused.wait()
    for worker in two.workers:
        worker.waiting = 0
    assert (await asked)["s0"].fault is None


def test_handfuls_are_bounded_by_number_and_by_size(final: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings = copies(final, tmp_path, 11)
    assert [len(some) for some in crews._handfuls(recordings)] == [8, 3]
    monkeypatch.setattr(crews, "BYTES_AT_ONCE", 2 * final.stat().st_size)
    assert [len(some) for some in crews._handfuls(recordings)] == [2, 2, 2, 2, 2, 1]
