"""How a session of a machine is opened, told, ended (contract 1): a real broker."""

import json
from pathlib import Path

import msgspec
import pytest

from service import recordings
from service.live.floor import NoSession, NoSignal, SetRunning, UnknownMachine
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, Clinic, Machine, clinic, planned, repetition, row_of, same_live_and_final
from wire import samples
from wire.capture import Capture
from wire.pieces import part_of
from wire.plan import Plan


class TestSession:
    async def test_without_a_plan_movement_opens_it_with_what_came_before(self, service: Clinic, machine: Machine) -> None:
        await machine.send([60.0] * 500 + repetition())
        line = service.floor.lines[NAME]
        await service.until(lambda: line.running is not None and line.ledger("boot-1").next == machine.seq)
        assert line.running is not None
        first = line.running.recorded["boot-1"].first
        assert first is not None
        assert 100 < first < 500

    async def test_a_source_that_has_ended_ends_it_and_live_equals_final(self, service: Clinic, machine: Machine) -> None:
        await machine.send(repetition() * 3)
        await machine.status(ended=True)
        line = service.floor.lines[NAME]
        ended = await machine.hear("events", lambda event: event["kind"] == "set_ended")
        assert ended["reason"] == "recording_ended"
        assert line.running is None
        row = await row_of(service, ended["session"], final=True)
        live, final = ([json.loads(text) for text in recordings.events(Path(row.path), which)] for which in ("live", "final"))
        assert len(live) >= 20
        assert [{**event, "machine": NAME, "session": row.session} for event in final] == live

    async def test_a_plan_stays_and_the_next_start_opens_another_session_under_it(self, service: Clinic, machine: Machine) -> None:
        first = await planned(service)
        await machine.send([60.0] * 10)
        await service.until(lambda: service.floor.lines[NAME].feed == "live")
        await service.floor.act(NAME, "stop", "a", "stopped")
        assert service.floor.describe(NAME)["session"] is None
        await machine.send([60.0] * 10)
        await service.floor.act(NAME, "start", "b")
        second = service.floor.describe(NAME)["session"]
        assert second not in (None, first)
        assert service.floor.describe(NAME)["plan"].session == second

    async def test_a_start_counts_down_3_s_and_is_done_once(self, service: Clinic, machine: Machine) -> None:
        await planned(service)
        async with service.watching([NAME]) as screen:
            await machine.send([60.0] * 10)
            await screen.until("frame")
            newest = machine.t_ns - 10_000_000
            await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == machine.seq)
            for _ in range(2):
                await service.floor.act(NAME, "start", "once")
            cue = (await screen.until("snapshot", lambda snapshot: snapshot["cue"]["running"]))["cue"]
            assert cue["origin_ns"] == newest + 3_000_000_000
            with pytest.raises(SetRunning):
                await service.floor.act(NAME, "start", "another")
            with pytest.raises(SetRunning):
                await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))

    async def test_a_stop_with_the_id_of_a_start_is_another_action(self, service: Clinic, machine: Machine) -> None:
        """Contract 6, idempotent by id: a stop is never swallowed."""
        await planned(service)
        async with service.watching([NAME]) as screen:
            await machine.send([60.0] * 10)
            await screen.until("frame")
            await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == machine.seq)
            await service.floor.act(NAME, "start", "once")
            await machine.send([60.0] * 300 + repetition()[:300])
            await screen.event("set_started")
            await service.floor.act(NAME, "stop", "once", "pain")
            assert (await screen.event("set_ended"))["reason"] == "pain"

    async def test_taking_the_plan_away_stops_a_running_set(self, service: Clinic, machine: Machine) -> None:
        """Contract 1, 4: staff stopped it; the recording did not just end."""
        session = await planned(service)
        async with service.watching([NAME]) as screen:
            await machine.send([60.0] * 50 + repetition()[:600])
            await screen.event("set_started")
            await service.floor.remove_plan(NAME)
            assert (await screen.event("set_ended"))["reason"] == "stopped"
        assert same_live_and_final(await row_of(service, session, final=True))

    async def test_what_the_machine_says_of_itself_later_is_recorded_too(self, service: Clinic, nats: BrokerProcess) -> None:
        """Contract 8, metadata: versions and calibration, also where the plan came before the first status, or they change."""
        session = await planned(service)
        async with Machine(nats.url) as machine:
            await machine.send([60.0] * 10)
            line = service.floor.lines[NAME]
            for number in range(2):
                await machine.status(software=f"edge/{number}", sample_rate_hz=100.0, calibration={"tare": number})
                await service.until(lambda: line.presence.status is not None and line.presence.status.software == f"edge/{number}")  # noqa: B023 - awaited
            await machine.status(online=False)
            await service.until(lambda: line.feed == "offline")
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        metadata = Capture(Path(row.path)).metadata
        assert (metadata["edge"], metadata["sample_rate_hz"], metadata["calibration"]) == ("edge/1", "100.0", '{"tare":1}')
        assert (metadata["session"], metadata["machine"]) == (session, NAME)

    async def test_what_can_t_be_done_is_said(self, service: Clinic, machine: Machine) -> None:
        with pytest.raises(UnknownMachine):
            await service.floor.act("praxis/nowhere", "start", "1")
        with pytest.raises(NoSignal):
            await service.floor.act(NAME, "start", "2")
        with pytest.raises(NoSession):
            await service.floor.act(NAME, "stop", "3")

    async def test_a_plan_that_the_broker_kept_is_the_machine_s_after_a_restart(
        self, nats: BrokerProcess, machine: Machine, service: Clinic, tmp_path: Path
    ) -> None:
        await planned(service)
        await machine.hear("plan")
        async with clinic(nats.url, tmp_path / "second") as restarted:
            await restarted.until(lambda: NAME in restarted.floor.lines and restarted.floor.lines[NAME].plan is not None)
            assert restarted.floor.describe(NAME)["session"] is None


class TestSilence:
    """Contract 1, decisions 0003 and 0170: a set ends 30 s after its last reading, whether or not samples come again."""

    async def lost(self, service: Clinic, machine: Machine, angles: list[float]) -> str:
        """A set of which no sample has come for 30 s; its session."""
        session = await planned(service)
        await machine.send(angles)
        line = service.floor.lines[NAME]
        await service.until(lambda: line.ledger("boot-1").next == machine.seq and line.feed != "live")
        assert line.running is not None
        assert line.running.analysis.set == 1
        arrived_ns = line.presence.arrived_ns
        assert arrived_ns is not None
        for silent_s in (29.9, 30.1, 60, 599):
            line.tick(arrived_ns + round(silent_s * 1e9))
            assert (line.running.analysis.set is None) == (silent_s > 30)
        return session

    async def ends(self, service: Clinic, session: str) -> list[str]:
        events = [json.loads(text) for text in await service.floor.events(session)]
        return [event["reason"] for event in events if event["kind"] == "set_ended"]

    async def test_a_machine_that_dies_in_a_set_leaves_it_ended_and_the_session_open(self, service: Clinic, machine: Machine) -> None:
        session = await self.lost(service, machine, [60.0] * 50 + repetition()[:600])
        assert await self.ends(service, session) == ["signal_lost"]
        assert service.floor.describe(NAME)["session"] == session
        await planned(service)  # no set runs: another plan is taken
        row = await row_of(service, session, final=True)
        assert row.sets[0]["at_s"] == pytest.approx(6.49)
        assert same_live_and_final(row)

    async def test_samples_that_never_came_leave_live_and_final_alike(self, service: Clinic, machine: Machine) -> None:
        session = await self.lost(service, machine, [60.0] * 50 + repetition()[:600])
        machine.t_ns += 40_000_000_000
        await machine.send([60.0] * 300 + repetition() * 2)
        await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == machine.seq)
        await service.floor.remove_plan(NAME)
        assert await self.ends(service, session) == ["signal_lost", "stopped"]
        assert same_live_and_final(await row_of(service, session, final=True))

    async def test_samples_that_came_after_all_make_one_set_of_it(self, service: Clinic, machine: Machine) -> None:
        """Contract 2: the final result is that of the recording; what was shown live differs, and that is kept."""
        session = await self.lost(service, machine, [60.0] * 50 + repetition()[:600])
        late = machine.batch(repetition()[600:] + repetition() * 3)
        await machine.send(repetition() * 2)
        await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == machine.seq)
        assert (await self.ends(service, session))[0] == "signal_lost"
        for at in range(0, late.n, 500):
            part = part_of(late, late.seq + at, min(late.seq + at + 499, late.seq + late.n - 1))
            await machine.publish("backfill", samples.encode(part), 1)
        await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1 and not stored.get("missing"))
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert [(each["full"], each["reason"]) for each in row.sets] == [(6, "stopped")]
