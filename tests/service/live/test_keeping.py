"""Staff are told what is and isn't kept, and recording goes on by itself once the disk does (robustness F11, F18, F20; contract 5)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.live import record as record_module
from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, Clinic, Machine, clinic
from tests.service.live.test_line import NAME, row_of
from wire import samples
from wire.capture import Capture
from wire.messages import ClockAnchor, Spool
from wire.plan import Plan
from wire.recorded import open_recorded


@pytest.fixture
async def service(nats: BrokerProcess, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(nats.url, tmp_path) as started:
        yield started


@pytest.fixture
async def machine(nats: BrokerProcess, service: Clinic) -> AsyncIterator[Machine]:
    async with Machine(nats.url) as started:
        await started.status(sample_rate_hz=100.0)
        await service.until(lambda: NAME in service.floor.lines)
        yield started


async def planned(service: Clinic) -> str:
    plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
    assert plan.session is not None
    return plan.session


async def test_a_session_on_a_full_disk_is_shown_live_and_recorded_once_there_is_space(
    service: Clinic, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_module, "LEAST_FREE_BYTES", 2**62)
    session = await planned(service)
    async with service.watching([NAME]) as screen:
        first = machine.batch([60.0] * 10)
        await machine.publish("samples", samples.encode(first))
        told = await screen.until("keeping", lambda keeping: keeping["recording"] is False)
        if not screen.all("frame"):  # whichever comes first
            await screen.until("frame")
        assert told["code"] == "disk_full"
        assert "free" in told["reason"]
        monkeypatch.undo()
        await screen.until("keeping", lambda keeping: keeping["recording"] is True)
        await machine.send([59.0] * 10)
        await machine.hear("stored", lambda stored: stored["upto"] == 19 and stored["missing"] == [[0, 9]])
        await machine.publish("backfill", samples.encode(first), 1)
        await machine.hear("stored", lambda stored: stored["upto"] == 19 and not stored.get("missing"))
    await service.floor.remove_plan(NAME)
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 20, "stored": 20, "missing": 0, "refused": 0}


async def test_what_waits_at_the_machine_is_told_with_the_time_to_go(service: Clinic, machine: Machine) -> None:
    async with service.watching([NAME]) as screen:
        await machine.status(sample_rate_hz=100.0, spool=Spool(used=8_500, quota=10_000, waiting=6000, refuses=True))
        told = await screen.until("keeping", lambda keeping: keeping["backlog"] > 0)
        assert (told["backlog"], told["backlog_s"], told["spool_share"], told["spool_refuses"]) == (6000, 60.0, 0.85, True)
        await machine.send([60.0] * 5000, leaf="backfill", size=100)
        fewer = await screen.until("keeping", lambda keeping: 0 < keeping["backlog"] < 6000)
        assert fewer["eta_s"] is not None
        async with service.watching([NAME]) as late:
            assert (await late.until("keeping"))["spool_refuses"] is True
            assert [message["type"] for message in late.seen[1:3]] == ["snapshot", "feed"]


async def test_a_second_agent_under_one_name_is_shown_and_its_samples_are_in_no_recording(
    service: Clinic, machine: Machine, nats: BrokerProcess
) -> None:
    """robustness F18: mixed samples in one recording 0, conflict shown within 2 s."""
    session = await planned(service)
    await machine.send([60.0] * 4)
    await service.until(lambda: "boot-1" in service.floor.lines[NAME].ledgers)
    async with Machine(nats.url, boot="boot-2") as second, service.watching([NAME]) as screen:
        await second.status()
        told: dict[str, Any] = {"conflict": None}
        while told["conflict"] is None:
            await machine.send([60.0] * 4)
            await second.send([10.0] * 4)
            message = await screen.next()
            told = message if message["type"] == "keeping" else told
        assert told["conflict"] == "boot-2"
    await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1)
    assert "boot-2" not in service.floor.lines[NAME].ledgers
    await service.floor.remove_plan(NAME)
    row = await row_of(service, session, final=True)
    capture = open_recorded(Path(row.path))
    assert isinstance(capture, Capture)
    assert list(capture.ranges()) == ["boot-1"]


async def test_another_major_version_is_named(service: Clinic, machine: Machine) -> None:
    async with service.watching([NAME]) as screen:
        await machine._client.publish(f"ilex/2/{NAME}/samples", b"from the future")
        assert (await screen.until("keeping"))["outdated"] == "2"


async def test_a_clock_that_steps_is_noted_and_moves_nothing(service: Clinic, machine: Machine) -> None:
    """robustness F12: an anchor of an hour later changes labels only."""
    session = await planned(service)
    await machine.send([60.0] * 10)
    await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 10)
    line = service.floor.lines[NAME]
    assert line.presence.status is not None
    anchor = line.presence.status.clock
    assert anchor is not None
    await machine.status(clock=ClockAnchor(mono_ns=anchor.mono_ns, utc_ns=anchor.utc_ns + 3_600_000_000_000))
    await machine.send([60.0] * 10)
    await service.until(lambda: line.ledger("boot-1").next == 20)
    await service.floor.remove_plan(NAME)
    row = await row_of(service, session, final=True)
    capture = open_recorded(Path(row.path))
    assert isinstance(capture, Capture)
    steps = [note for note in capture.notes() if note["kind"] == "clock_step"]
    assert [(note["boot"], note["step_s"]) for note in steps] == [("boot-1", 3600.0)]
    log_times = [message.log_time for message in capture.messages("/samples")]
    assert max(log_times) - min(log_times) < 1_000_000_000
