"""Which samples of a machine are taken, in which order, on which clock (contract 1 and 2; robustness F12): a real broker."""

import asyncio
import json
import shutil
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from service import recordings
from service.live.resuming import Resumed, resumed
from tests.service.live.clinic import NAME, STEP_NS, Clinic, Machine, planned, repetition, row_of, same_live_and_final
from wire import samples
from wire.capture import Capture
from wire.messages import ClockAnchor
from wire.recorded import Block, open_recorded

YEARS_NS = 56 * 31_557_600 * 1_000_000_000


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

    @pytest.mark.parametrize("lane", ["samples", "backfill"])
    async def test_a_number_that_cannot_be_costs_nothing(self, service: Clinic, machine: Machine, lane: str) -> None:
        """Robustness F14; decision 0305: the machine stays live, its session ends, is complete and gets its final result."""
        session = await planned(service)
        await machine.send([60.0] * 10)
        sound = machine.batch([60.0] * 10)
        await machine.publish(lane, samples.encode(msgspec.structs.replace(sound, seq=10**12)), 1 if lane == "backfill" else 0)
        await machine.publish("samples", samples.encode(sound))
        stored = await machine.hear("stored", lambda stored: stored["upto"] >= 19)
        assert (stored["upto"], stored.get("missing", []), stored.get("refused", [])) == (19, [], [])
        assert service.floor.counts.quarantined == {"ahead": 1}
        assert service.floor.lines[NAME].ledgers[machine.boot].next == 20
        await service.floor.remove_plan(NAME)
        assert (await row_of(service, session, final=True)).completeness == {"expected": 20, "stored": 20, "missing": 0, "refused": 0}


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
        # A broker may bring a batch before it; that one would be another agent's for now, and an agent would send it again.
        await service.until(lambda: service_line.lane.fence.follows("boot-2"))
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

    @pytest.mark.parametrize("early", [True, False], ids=["its samples come first", "its samples come later"])
    async def test_a_boot_without_a_line_between_two_of_a_session_is_the_sessions(
        self, service: Clinic, machine: Machine, early: bool
    ) -> None:
        """Contract 1 and 2, robustness F05 and F08; decision 0306: an agent that was started twice while its line was cut."""
        session = await planned(service)
        await machine.status(pending=["boot-0"])
        await machine.send([60.0] * 100)
        line = service.floor.lines[NAME]
        await service.until(lambda: line.ledger("boot-1").next == 100)
        now_ns = time.time_ns()
        machine.boot, machine.seq, machine.t_ns = "boot-2", 0, 3_000_000_000
        unheard = machine.batch([60.0] * 20 + repetition())
        clocks = {"boot-2": ClockAnchor(mono_ns=3_000_000_000, utc_ns=now_ns + 10_000_000_000)}
        machine.boot, machine.seq, machine.t_ns = "boot-3", 0, 5_000_000_000
        clock = ClockAnchor(mono_ns=machine.t_ns, utc_ns=now_ns + 25_000_000_000)
        await machine.status(pending=["boot-0", "boot-1", "boot-2"], clock=clock, clocks=clocks)
        await service.until(lambda: line.lane.fence.follows("boot-3"))
        if early:
            await machine.publish("backfill", samples.encode(unheard), 1)
        await machine.send([60.0] * 100)
        await service.until(lambda: "boot-3" in line.ledgers and line.ledgers["boot-3"].next == 100)
        if early:
            assert line.ledgers["boot-2"].seen.last == -1  # it was left with the machine, and comes again
        assert line.running is not None
        assert set(line.running.begins) == {"boot-1", "boot-2", "boot-3"}
        await service.floor.remove_plan(NAME)
        await machine.publish("backfill", samples.encode(unheard), 1)
        await machine.hear("stored", lambda stored: stored["boot"] == "boot-2" and stored["upto"] == unheard.n - 1)
        await machine.status(clock=clock)
        row = await row_of(service, session, final=True)
        assert row.completeness == {"expected": 200 + unheard.n, "stored": 200 + unheard.n, "missing": 0, "refused": 0}
        final = [json.loads(text) for text in recordings.events(Path(row.path), "final")]
        assert [event["extent"] for event in final if event["kind"] == "repetition_completed"] == ["full"]

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
