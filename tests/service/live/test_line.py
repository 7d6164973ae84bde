"""From a machine on the bus to a screen (contract 2, 4, 5): a real broker, a real socket."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from service import recordings
from service.live.floor import NoSession, NoSignal, SetRunning, UnknownMachine
from service.live.resuming import Resumed, resumed
from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, STEP_NS, Clinic, Machine, clinic, repetition
from wire import encoding, samples
from wire.capture import Capture
from wire.messages import Button, ClockAnchor
from wire.pieces import part_of
from wire.plan import Plan
from wire.recorded import Block, open_recorded
from wire.samples import SampleBatch

NAME = "praxis/ilex1"
YEARS_NS = 56 * 31_557_600 * 1_000_000_000


async def test_a_planned_session_reaches_the_screen_the_bus_and_the_disk(broker: BrokerProcess, tmp_path: Path) -> None:
    async with clinic(broker.url, tmp_path) as service, Machine(broker.url) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        async with service.watching([NAME], rate_hz=60) as screen:
            plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
            assert (await machine.hear("plan"))["session"] == plan.session
            await machine.send([60.0] * 100 + repetition() * 2)
            await screen.event("set_started")
            done = [await screen.event("repetition_completed") for _ in range(1)]
            assert done[0]["machine"] == NAME
            assert done[0]["session"] == plan.session
            assert done[0]["extent"] == "full"
            assert (await machine.hear("events", lambda event: event["kind"] == "repetition_completed"))["id"] == done[0]["id"]
            stored = await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1)
            assert stored["boot"] == machine.boot
            assert stored.get("missing", []) == []
            assert stored.get("refused", []) == []
            frame = await screen.until("frame", lambda _: True) if not screen.all("frame") else screen.all("frame")[-1]
            assert set(frame) == {
                "type", "machine", "t_ns", "sent_ns", "age_ms", "angle_deg", "torque_nm", "speed_deg_s",
                "phase", "repetition", "cue_deg", "trace", "skipped",
            }  # fmt: skip
            await service.floor.act(NAME, "stop", "id-1", "stopped")
            ended = await screen.event("set_ended")
            assert ended["reason"] == "stopped"
            snapshot = await screen.until("snapshot", lambda message: message["session"] is None)
            assert snapshot["plan"]["session"] == plan.session
        path = tmp_path / "recordings" / NAME / f"{plan.session}.mcap"
        await service.until(path.exists)
        async with asyncio.timeout(15):
            while (row := await service.floor.index.get(plan.session)) is None or row.ended_utc is None:  # type: ignore[attr-defined]  # the real index
                await asyncio.sleep(0.02)
        assert row.completeness == {"expected": machine.seq, "stored": machine.seq, "missing": 0, "refused": 0}
        ids = [json.loads(json.dumps(message))["id"] for message in screen.all("event")]
        assert ids == list(range(1, len(ids) + 1))


@pytest.fixture
async def service(nats: BrokerProcess, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(nats.url, tmp_path) as started:
        yield started


@pytest.fixture
async def machine(nats: BrokerProcess, service: Clinic) -> AsyncIterator[Machine]:
    async with Machine(nats.url) as started:
        await started.status()
        await service.until(lambda: NAME in service.floor.lines)
        yield started


async def planned(service: Clinic) -> str:
    plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
    assert plan.session is not None
    return plan.session


async def row_of(service: Clinic, session: str, final: bool = False) -> Any:
    async with asyncio.timeout(30):
        while (row := await service.floor.index.get(session)) is None or row.ended_utc is None or row.final != final:  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)
    return row


def same_live_and_final(row: Any) -> bool:
    live, final = ([json.loads(text) for text in recordings.events(Path(row.path), which)] for which in ("live", "final"))
    return bool(live) and [{**event, "machine": row.machine, "session": row.session} for event in final] == live


def is_boot(boot: str) -> Callable[[Any], bool]:
    return lambda stored: bool(stored["boot"] == boot)


class TestOrder:
    """Contract 2: identity is (machine, boot, seq); the live analysis never waits."""

    async def test_duplicates_are_dropped_and_overlaps_trimmed(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        first, second = machine.batch([60.0] * 10), machine.batch([59.0] * 10)
        overlap = msgspec.structs.replace(first, angle=first.angle + second.angle, torque=first.torque + second.torque)
        for batch in (first, first, overlap, second, first):
            await machine.publish("samples", samples.encode(batch))
        await machine.hear("stored", lambda stored: stored["upto"] == 19)
        assert service.floor.counts.duplicate_samples == 40
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert row.completeness["stored"] == 20
        blocks = [entry for entry in open_recorded(Path(row.path)).entries() if isinstance(entry, Block)]
        assert np.concatenate([block.angle_deg for block in blocks]).tolist() == [60.0] * 10 + [59.0] * 10

    async def test_a_jump_ahead_is_missing_until_it_is_backfilled(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        first, lost, third = machine.batch([60.0] * 10), machine.batch([60.0] * 10), machine.batch([60.0] * 10)
        for batch in (first, third):
            await machine.publish("samples", samples.encode(batch))
        stored = await machine.hear("stored", lambda stored: stored["upto"] == 29)
        assert stored["missing"] == [[10, 19]]
        await machine.publish("backfill", samples.encode(lost), 1)
        await machine.hear("stored", lambda stored: stored["upto"] == 29 and not stored.get("missing"))
        assert service.floor.counts.late_samples == 10
        await service.floor.remove_plan(NAME)
        assert (await row_of(service, session, final=True)).completeness == {"expected": 30, "stored": 30, "missing": 0, "refused": 0}

    async def test_what_never_came_is_missing_in_the_result(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        await machine.send([60.0] * 10)
        machine.batch([60.0] * 5)
        await machine.send([60.0] * 10)
        await machine.hear("stored", lambda stored: stored["upto"] == 24)
        await service.floor.remove_plan(NAME)
        assert (await row_of(service, session)).completeness == {"expected": 25, "stored": 20, "missing": 5, "refused": 0}


class TestBoots:
    async def test_a_late_will_of_an_old_run_does_not_take_the_new_one_offline(self, service: Clinic, machine: Machine) -> None:
        await machine.send([60.0] * 2)
        machine.boot, old, machine.seq = "boot-2", machine.boot, 0
        await machine.status(pending=[old])
        await machine.send([60.0] * 2)
        line = service.floor.lines[NAME]
        await service.until(lambda: line.presence.status is not None and line.presence.status.boot == "boot-2" and line.feed == "live")
        await machine.status(boot=old, online=False)
        assert (await machine.hear("stored", lambda stored: stored["boot"] == old)) is not None
        assert line.presence.online
        await machine.status(online=False)
        await service.until(lambda: line.feed == "offline")

    async def test_a_new_boot_continues_the_session_on_its_clock(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        await machine.send([60.0] * 100)
        service_line = service.floor.lines[NAME]
        await service.until(lambda: service_line.ledger("boot-1").next == 100)
        machine.boot, machine.seq, machine.t_ns = "boot-2", 0, 5_000_000_000
        await machine.status(pending=["boot-1"])
        await machine.send([60.0] * 100)
        await service.until(lambda: "boot-2" in service_line.ledgers and service_line.ledgers["boot-2"].next == 100)
        assert service_line.running is not None
        events = [json.loads(text) for text in await service.floor.events(session)]
        assert [event["fault"] for event in events if event["kind"] == "signal_faulted"][:1] == ["clock"]
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert row.completeness["stored"] == 200
        live, final = ([json.loads(text) for text in recordings.events(Path(row.path), which)] for which in ("live", "final"))
        assert [{**event, "machine": NAME, "session": session} for event in final] == live

    @pytest.mark.parametrize("known", [True, False], ids=["its birth comes late", "its birth knows no clock"])
    async def test_a_new_boot_waits_for_its_birth(self, service: Clinic, machine: Machine, known: bool) -> None:
        """Decision 0198: by its anchor, not by when a broker brought the first batch; without one not for ever."""
        await planned(service)
        await machine.send([60.0] * 100)
        line = service.floor.lines[NAME]
        await service.until(lambda: line.ledger("boot-1").next == 100)
        began_ns, newest_ns = line.labels["boot-1"], machine.t_ns - STEP_NS
        await machine.status(online=False)
        await service.until(lambda: not line.presence.online)
        machine.boot, machine.seq, machine.t_ns = "boot-2", 0, 5_000_000_000
        heard_ns = time.time_ns()
        await machine.send([60.0] * 100)
        if not known:
            await machine.status(clock=None, pending=["boot-1"])
        await service.until(lambda: known or line.feed == "live")
        if known:
            offset_ns = began_ns + newest_ns + 3_000_000_000 - 5_000_000_000
            anchor = ClockAnchor(mono_ns=machine.t_ns, utc_ns=machine.t_ns + offset_ns)
            await machine.status(clock=anchor, pending=["boot-1"])
        await service.until(lambda: line.ledger("boot-2").next == 100)
        if known:
            assert line.labels["boot-2"] == offset_ns
        else:
            assert line.labels["boot-2"] == pytest.approx(heard_ns - 5_000_000_000, abs=2e9)
        running = line.running
        assert running is not None
        assert running.newest_ns == 5_990_000_000 + line.labels["boot-2"] - began_ns

    @pytest.mark.parametrize("off_ns", [-YEARS_NS, YEARS_NS], ids=["its clock was never set", "the one before was never set"])
    async def test_a_new_boot_whose_wall_clock_cannot_be_goes_on_where_it_was_heard(
        self, service: Clinic, machine: Machine, tmp_path: Path, off_ns: int
    ) -> None:
        """robustness F12, RTC reset to 1970: no sample is dropped, no session of decades; a recovery and a rerun place it the same."""
        session = await planned(service)
        await machine.send([60.0] * 100 + repetition())
        line = service.floor.lines[NAME]
        await service.until(lambda: line.ledger("boot-1").next == machine.seq)
        running = line.running
        assert running is not None
        before_ns = running.newest_ns
        machine.boot, machine.seq, machine.t_ns = "boot-2", 0, 1_000_000_000
        clock = ClockAnchor(mono_ns=machine.t_ns, utc_ns=max(0, time.time_ns() + off_ns))
        await machine.status(pending=["boot-1"], clock=clock)
        await machine.send([60.0] * 200 + repetition() * 2)
        await service.until(lambda: "boot-2" in line.ledgers and line.ledger("boot-2").next == machine.seq)
        assert 0 < running.newest_ns - before_ns - (machine.seq - 1) * STEP_NS < 60_000_000_000
        running.flush()
        copy = Path(shutil.copy(tmp_path / "recordings" / NAME / f"{session}.mcap.part", tmp_path))
        taken_up = await asyncio.to_thread(resumed, copy, NAME, service.floor.counts)
        assert isinstance(taken_up, Resumed)
        assert taken_up.running.newest_ns == running.newest_ns
        assert taken_up.utc_offsets_ns["boot-2"] == line.labels["boot-2"]
        assert [event.id for event in taken_up.events] == list(range(1, line.history.last(session) + 1))
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert same_live_and_final(row)
        events = [json.loads(text) for text in recordings.events(Path(row.path), "live")]
        assert [event["kind"] for event in events].count("repetition_completed") >= 2
        assert [event["fault"] for event in events if event["kind"] == "signal_faulted"][:1] == ["clock"]
        (step,) = [note for note in Capture(Path(row.path)).notes() if note["kind"] == "clock_step"]
        assert (step["boot"], step["step_s"]) == ("boot-2", pytest.approx(off_ns * 1e-9, rel=0.1))

    async def test_a_status_is_answered_at_once_for_each_boot_it_names(self, service: Clinic, machine: Machine) -> None:
        await machine.status(pending=["boot-0"])
        for boot in ("boot-1", "boot-0"):
            assert (await machine.hear("stored", is_boot(boot)))["upto"] == -1


class TestStored:
    async def test_nothing_is_called_stored_while_the_disk_fails(
        self, service: Clinic, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await planned(service)
        running = service.floor.lines[NAME].running
        assert running is not None
        assert running.recorder is not None
        real, broken = running.recorder.sync, asyncio.Event()

        def sync() -> None:
            service.floor.hub.loop.call_soon_threadsafe(broken.set)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(running.recorder, "sync", sync)
        async with service.watching([NAME]) as screen:
            await machine.send([60.0] * 10)
            await asyncio.wait_for(broken.wait(), 10)
            await screen.until("frame")
        ledger = service.floor.lines[NAME].ledgers["boot-1"]
        assert ledger.answer().upto == -1
        monkeypatch.setattr(running.recorder, "sync", real)
        await machine.hear("stored", lambda stored: stored["upto"] == 9)

    async def test_what_moves_nothing_is_let_go_so_that_the_edge_may_forget_it(self, service: Clinic, machine: Machine) -> None:
        await machine.send([60.0] * 1000)
        stored = await machine.hear("stored", lambda stored: stored["upto"] > 0)
        assert stored["refused"] == [[0, stored["upto"]]]
        assert stored["upto"] < 999 - 200  # what waits for movement is neither stored nor refused
        await machine.status(online=False)
        await machine.hear("stored", lambda stored: stored["refused"] == [[0, 999]])  # it said goodbye: no movement will follow


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


class TestButtons:
    async def press(self, machine: Machine, button: str, press: str) -> None:
        await machine.publish("button", encoding.encode(Button(id=press, boot=machine.boot, at_ns=machine.t_ns, button=button)), 1)  # type: ignore[arg-type]  # one of three

    async def test_pain_ends_the_set_and_leaves_the_session_and_acts_once(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        await machine.send([60.0] * 50 + repetition()[:600])
        await machine.hear("events", lambda event: event["kind"] == "set_started")
        for _ in range(3):
            await self.press(machine, "pain", "p-1")
        answers = [await machine.hear("events", lambda event: event["kind"] == "button_pressed") for _ in range(3)]
        assert {answer["id"] for answer in answers} == {answers[0]["id"]}
        assert service.floor.describe(NAME)["session"] == session
        events = [json.loads(text) for text in await service.floor.events(session)]
        assert [event["reason"] for event in events if event["kind"] == "set_ended"] == ["pain"]

    async def test_outside_a_session_it_is_answered_all_the_same(self, service: Clinic, machine: Machine) -> None:
        async with service.watching([NAME]) as screen:
            await screen.until("feed")
            await self.press(machine, "pain", "p-2")
            seen = await screen.event("button_pressed")
            assert (seen["session"], seen["id"], seen["press"]) == (None, 0, "p-2")
        assert (await machine.hear("events"))["press"] == "p-2"
        presses = service.floor.lines[NAME].orders.presses
        await service.until(lambda: presses.unseen == ["p-2"] and not presses.unsynced)  # F07: a power cut takes it no more

    async def test_pain_outside_a_session_stands_for_whoever_joins_until_it_is_seen(self, service: Clinic, machine: Machine) -> None:
        """Decision 0248: also in a session that movement alone has opened."""
        line = service.floor.lines[NAME]
        await planned(service)
        await service.floor.act(NAME, "stop", "once")
        await self.press(machine, "pain", "p-3")
        assert (await machine.hear("events"))["session"] is None
        with pytest.raises(NoSession):
            await service.floor.tell(NAME, "told", None, "pain_told", press="p-3", pain=7, where=[], quality=None)
        await machine.send([60.0] * 50 + repetition()[:600])
        await machine.hear("events", lambda event: event["kind"] == "set_started")
        async with service.watching([NAME]) as wall:
            seen = await wall.event("button_pressed")
            assert (seen["session"], seen["press"]) == (None, "p-3")
            assert (await wall.until("snapshot"))["set"] == 1
            assert (await wall.until("told"))["pain"]["pain"] == 7
            assert line.orders.see()
            assert (await wall.until("seen"))["need"] == "pain"
        async with service.watching([NAME]) as wall:
            await wall.until("told")
            assert wall.all("event") == []

    async def test_whoever_starts_has_seen_it(self, service: Clinic, machine: Machine) -> None:
        line = service.floor.lines[NAME]
        await self.press(machine, "pain", "p-4")
        await machine.hear("events")
        await planned(service)
        assert line.orders.standing() is not None
        await machine.send([60.0] * 10)
        await service.until(lambda: line.feed == "live")
        await service.floor.act(NAME, "start", "once")
        assert line.orders.standing() is None


class TestBadInput:
    """Counted by reason, kept, shown; other machines unaffected (issue: bad input; robustness F14)."""

    async def test_garbage_beside_a_healthy_machine(self, service: Clinic, machine: Machine, nats: BrokerProcess) -> None:
        good = samples.encode(SampleBatch(boot="b", seq=0, t0=0, dt=1, angle=b"\0" * 8, torque=b"\0" * 8))
        uneven = msgspec.msgpack.encode(SampleBatch(boot="b", seq=7, t0=0, dt=1, angle=b"\0" * 8, torque=b"\0" * 4))
        beyond = msgspec.msgpack.encode(SampleBatch(boot="c", seq=2**64 - 1, t0=0, dt=1, angle=b"\0" * 8, torque=b"\0" * 8))
        async with Machine(nats.url, "praxis/bad") as bad, service.watching("*") as wall:
            await planned(service)
            await machine.send([60.0] * 20)
            for payload in (b"", b"\xc1", b"garbage", b"{", good[:-3], uneven, beyond, bytes(40_000), b'{"boot": 1}'):
                await bad.publish("samples", payload)
            await bad.publish("status", b"[]", 1)
            await bad.publish("button", b'{"id":"x"}', 1)
            for topic in ("ilex/2/praxis/bad/samples", "ilex/1/Praxis/Bad/samples"):
                await bad._client.publish(topic, good)
            stored = await bad.hear("stored", lambda stored: stored["boot"] == "b")
            assert [7, 8] in stored["refused"]
            note = await wall.until("invalid", lambda note: note["machine"] == "praxis/bad")
            assert note["count"] >= 1
            assert note["reason"] in {"garbage", "truncated", "columns", "oversized", "field", "major"}
            nowhere = [message for message in wall.all("invalid") if message["machine"] is None]
            assert nowhere or await wall.until("invalid", lambda note: note["machine"] is None)
            await machine.send([60.0] * 20)
            stored = await machine.hear("stored", lambda stored: stored["upto"] == 39)
            assert stored.get("missing", []) == []
        counts = service.floor.counts.quarantined
        assert set(counts) == {"garbage", "truncated", "columns", "oversized", "field", "major", "topic"}
        assert sum(counts.values()) == len(service.intake.quarantine.held) == 13
        text = service.floor.metrics.text().decode()
        assert 'ilex_quarantined_total{reason="oversized"} 1.0' in text
        await service.until(service.intake.quarantine.path.exists)
        assert json.loads(service.intake.quarantine.path.read_text().splitlines()[0])["topic"].startswith("ilex/")

    async def test_the_quarantine_is_bounded(self, service: Clinic, machine: Machine) -> None:
        for _ in range(1100):
            await machine.publish("samples", b"\xc1" + bytes(30_000))
        await service.until(lambda: service.floor.counts.quarantined.get("garbage") == 1100)
        quarantine = service.intake.quarantine
        assert quarantine.bytes <= 16 * 1024 * 1024
        assert quarantine.queue.dropped == 1100 - len(quarantine.held)


async def test_feed_states_follow_the_age_of_the_newest_sample(service: Clinic, machine: Machine) -> None:
    async with service.watching([NAME]) as screen:
        await machine.send([60.0] * 2)
        states = ["live", "late", "stale", "lost"]
        while states:
            if (await screen.until("feed"))["state"] == states[0]:
                del states[0]
        await machine.status(online=False)
        await screen.until("feed", lambda feed: feed["state"] == "offline")
        await machine.status()
        machine.t_ns += 8_000_000_000
        await machine.send([60.0] * 2)
        await screen.until("feed", lambda feed: feed["state"] == "live")
