"""Staff are told what is and isn't kept, and recording goes on by itself once the disk does (robustness F11, F18, F20; contract 5)."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic_ns
from typing import Any

import msgspec
import pytest

from service.live import record as record_module
from service.live import unplaced
from service.live.errors import StorageFull
from service.live.fence import SILENCE_NS
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, Clinic, Machine, repetition, row_of
from wire import samples
from wire.capture import Capture
from wire.messages import ClockAnchor, Spool
from wire.plan import Plan
from wire.recorded import open_recorded


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


async def test_what_a_resting_machine_holds_for_movement_is_no_backlog(service: Clinic, machine: Machine) -> None:
    """robustness F08, decision 0052: at rest 3 s of samples wait for movement and up to 1 s for their word."""
    line = service.floor.lines[NAME]
    await machine.status(sample_rate_hz=100.0, spool=Spool(used=800, quota=10_000, waiting=450))
    await service.until(lambda: line.presence.spool is not None)
    assert line.keeper.now(monotonic_ns()).backlog == 0
    await planned(service)
    assert line.keeper.now(monotonic_ns()).backlog == 0
    await machine.status(sample_rate_hz=100.0, spool=Spool(used=800, quota=10_000, waiting=451))
    await service.until(lambda: line.keeper.now(monotonic_ns()).backlog == 451)


class TestFullStorage:
    """robustness F10: at 95 % no new session, a running one goes on, and it ends by itself; decision 0220."""

    async def told(self, service: Clinic, machine: Machine, *, refuses: bool) -> None:
        await machine.status(sample_rate_hz=100.0, spool=Spool(used=9_600, quota=10_000, waiting=0, refuses=refuses))
        await service.until(lambda: service.floor.lines[NAME].presence.full == refuses)

    async def live(self, service: Clinic, machine: Machine) -> None:
        while service.floor.lines[NAME].feed != "live":
            # Taken just now, however long ago the last ones were.
            machine.t_ns = max(machine.t_ns, time.monotonic_ns())
            await machine.send([60.0] * 4)
            await asyncio.sleep(0.02)

    async def test_a_plan_is_refused_and_the_session_that_is_open_stays(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        await self.told(service, machine, refuses=True)
        with pytest.raises(StorageFull, match="storage is full"):
            await planned(service)
        found = service.floor.describe(NAME)
        assert (found["session"], found["plan"].session) == (session, session)
        await self.told(service, machine, refuses=False)
        assert await planned(service) != session

    async def test_a_start_that_would_open_a_session_is_refused_and_may_be_asked_again(self, service: Clinic, machine: Machine) -> None:
        await planned(service)
        await service.floor.act(NAME, "stop", "stop", "stopped")
        await self.told(service, machine, refuses=True)
        await self.live(service, machine)
        with pytest.raises(StorageFull):
            await service.floor.act(NAME, "start", "start")
        assert service.floor.describe(NAME)["session"] is None
        await self.told(service, machine, refuses=False)
        await self.live(service, machine)
        await service.floor.act(NAME, "start", "start")
        assert service.floor.describe(NAME)["session"] is not None

    async def test_in_a_session_that_is_open_a_set_starts_and_all_else_is_done(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        await self.told(service, machine, refuses=True)
        await self.live(service, machine)
        for verb in ("start", "pause", "resume"):
            await service.floor.act(NAME, verb, verb)
            assert service.floor.describe(NAME)["session"] == session
        await service.floor.act(NAME, "stop", "stop", "stopped")
        await service.floor.remove_plan(NAME)
        assert service.floor.describe(NAME)["plan"] is None

    async def test_movement_opens_a_session_all_the_same_so_that_what_it_gives_is_stored(self, service: Clinic, machine: Machine) -> None:
        """What is stored makes room at the machine; what is refused would be lost (contract 1: it opens when movement starts)."""
        await self.told(service, machine, refuses=True)
        await machine.send([60.0] * 100 + repetition())
        stored = await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1)
        assert stored.get("missing", []) == []
        running = service.floor.lines[NAME].running
        assert running is not None
        assert running.recorded["boot-1"].count() > 1000


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


@pytest.mark.parametrize("dies", [True, False], ids=["its will", "10 s of silence"])
async def test_a_second_agent_that_takes_over_has_no_part_in_the_session_of_the_first(
    service: Clinic, machine: Machine, nats: BrokerProcess, dies: bool
) -> None:
    """robustness F18, hazard H11: the first is owner until its death or 10 s of silence; mixed samples in one recording 0 then, too."""
    session = await planned(service)
    await machine.send([60.0] * 100)
    line = service.floor.lines[NAME]
    await service.until(lambda: "boot-1" in line.ledgers and line.ledger("boot-1").next == 100)
    if dies:
        await machine.status(online=False)
        await service.until(lambda: not line.presence.online)
    async with Machine(nats.url, boot="boot-2") as second:
        await second.status()
        await second.hear("stored", lambda stored: stored["boot"] == "boot-2")
        took_over_ns = monotonic_ns() + (0 if dies else SILENCE_NS)
        for batch in [second.batch([60.0] * 2) for _ in range(50)]:
            line.samples(batch, samples.encode(batch), took_over_ns)
        line.tick(took_over_ns + unplaced.MOST_NS + 1)
        assert line.running is None
        assert line.ledger("boot-2").next == 100
        for later_ns in (1_000_000_000, 2_000_000_000):
            batch = machine.batch([60.0] * 2)
            line.samples(batch, samples.encode(batch), took_over_ns + later_ns)
        assert line.lane.fence.conflict(took_over_ns + later_ns) == "boot-1"
    row = await row_of(service, session)
    capture = open_recorded(Path(row.path))
    assert isinstance(capture, Capture)
    assert capture.ranges() == {"boot-1": [(0, 99)]}
    assert capture.ended is not None
    assert capture.ended["reason"] == "interrupted"


async def test_late_samples_that_are_rejected_are_answered_by_what_is_stored(
    service: Clinic, machine: Machine, nats: BrokerProcess
) -> None:
    """contract 2, `stored`: what an edge sent again it keeps for a minute more, unless a statement names its boot."""
    await planned(service)
    await machine.send([60.0] * 100)
    await machine.hear("stored", lambda stored: stored["upto"] == 99)
    line = service.floor.lines[NAME]
    async with Machine(nats.url, boot="boot-2") as second:
        await second.status(pending=["boot-1"])
        await second.send([60.0] * 100)
        await second.hear("stored", lambda stored: stored["upto"] == 99 and stored["boot"] == "boot-2")
        assert not line.lane.fence.admits("boot-1", monotonic_ns())
        batch = machine.batch([60.0] * 2)
        line.late(batch, samples.encode(batch), monotonic_ns())
        assert line.lane.fence.rejects("boot-1", "boot-2", monotonic_ns())
        assert (await second.hear("stored", lambda stored: stored["boot"] == "boot-1" and stored["upto"] == 99)) is not None


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
