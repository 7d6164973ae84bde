"""What is stored is known to the journal before anything else follows from it (contract 2; decision 0116)."""

import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.ingest.journal import Journal
from service.recordings import Recorder
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, Machine, clinic, row_of
from wire.capture import Capture
from wire.plan import Plan


async def test_no_recording_takes_its_name_before_the_journal_knows_its_samples(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F03: killed right after, the service would not know them, and would take them again into another recording."""
    known: list[Any] = []
    finish = Recorder.finish

    def noting(recorder: Recorder, *arguments: Any) -> Path:
        copy = shutil.copy(tmp_path / "stored.journal", tmp_path / "copy.journal")
        known.extend(ledger.seen.gaps(0, 19) for ledger in Journal(Path(copy)).ledgers()[NAME])
        return finish(recorder, *arguments)

    monkeypatch.setattr(Recorder, "finish", noting)
    async with clinic(nats.url, tmp_path) as service, Machine(nats.url) as machine:
        await machine.status(sample_rate_hz=100.0)
        await service.until(lambda: NAME in service.floor.lines)
        plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
        await machine.send([60.0] * 20)
        await service.until(lambda: service.floor.counts.samples == 20)
        await service.floor.remove_plan(NAME)
        assert plan.session is not None
        await row_of(service, plan.session)
    assert known == [[]]


async def test_a_journal_that_cannot_be_written_leaves_the_recording_for_the_next_start(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "recordings" / NAME
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path) as service:
            monkeypatch.setattr(Journal, "write", full)
            await machine.status(sample_rate_hz=100.0)
            await service.until(lambda: NAME in service.floor.lines)
            await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
            await machine.send([60.0] * 20)
            await service.until(lambda: service.floor.counts.samples == 20)
            await service.floor.remove_plan(NAME)
        assert [path.suffix for path in folder.iterdir()] == [".part"]
        monkeypatch.undo()
        async with clinic(nats.url, tmp_path) as service:
            await service.until(lambda: [path.suffix for path in folder.iterdir()] == [".mcap"])
            await machine.hear("stored", lambda stored: stored["upto"] == 19 and not stored.get("missing"))
    (path,) = folder.iterdir()
    assert Capture(path).ranges() == {machine.boot: [(0, 19)]}


async def test_a_journal_that_cannot_be_read_keeps_no_service_from_starting(nats: BrokerProcess, tmp_path: Path) -> None:
    """F11: live feedback and recording go on, and what is recorded is called stored."""
    (tmp_path / "stored.journal").mkdir()
    async with clinic(nats.url, tmp_path) as service, Machine(nats.url) as machine:
        await machine.status(sample_rate_hz=100.0)
        await service.until(lambda: NAME in service.floor.lines)
        await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
        await machine.send([60.0] * 20)
        await machine.hear("stored", lambda stored: stored["upto"] == 19 and not stored.get("missing"))
    assert sum(name.startswith("stored.journal.unread-") for name in os.listdir(tmp_path)) == 1  # noqa: PTH208 - in a coroutine


@pytest.mark.parametrize("name", ["cut", "sync"])
async def test_a_recording_that_fails_in_a_way_nobody_thought_of_stops_storing_for_no_other_machine(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """contract 2, `stored`: of the one nothing is said until it can be; all others are told as ever."""
    whole = getattr(Recorder, name)

    def fails(recorder: Recorder) -> None:
        if "ilex1" in str(recorder.path):
            raise ValueError("what nobody thought of")
        whole(recorder)

    async with clinic(nats.url, tmp_path) as service, Machine(nats.url) as machine, Machine(nats.url, "praxis/ilex2") as other:
        for one in (machine, other):
            await one.status(sample_rate_hz=100.0)
            await service.until(lambda one=one: one.name in service.floor.lines)  # type: ignore[misc]
            await service.floor.put_plan(one.name, msgspec.convert(PLAN, Plan))
        lines = [service.floor.lines[one.name] for one in (machine, other)]
        for line in lines:
            line.store_at_ns = 2**62  # both in one round, which is begun here
        await machine.send([60.0] * 10)
        await other.send([60.0] * 10)
        await service.until(lambda: service.floor.counts.samples == 20)
        monkeypatch.setattr(Recorder, name, fails)
        await service.floor._storing.store(lines)
        await other.hear("stored", lambda stored: stored["upto"] == 9)
        told = [payload for leaf, payload in machine.heard._queue if leaf == "stored"]  # type: ignore[attr-defined]  # a look, no taking
        assert [msgspec.json.decode(payload)["upto"] for payload in told] == [-1] * len(told)
        monkeypatch.setattr(Recorder, name, whole)
        await machine.send([60.0] * 10)
        await service.until(lambda: service.floor.counts.samples == 30)
        await service.floor._storing.store(lines)
        await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1 and not stored.get("missing"))
        copy = shutil.copy(tmp_path / "stored.journal", tmp_path / "copy.journal")
        assert [ledger.seen.gaps(0, 19) for ledger in Journal(Path(copy)).ledgers()[NAME]] == [[]]
