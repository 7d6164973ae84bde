"""A service killed in the midst of a set goes on where it was (robustness F03): its files as the kill left them, a new service on them."""

import asyncio
import json
import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from service import recordings
from service.analysis import Parameters
from service.analysis.parameters import described
from service.ingest.journal import Journal
from service.live import catching_up, restart, resuming
from service.live import record as record_module
from service.live.settling import Settling
from service.metrics import Counts
from service.recordings import Recorder
from service.recordings.rerun import recorded_parameters, rerun
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, STEP_NS, Clinic, Machine, Screen, clinic, repetition, row_of, same_live_and_final
from tests.service.recordings.sessions import record
from wire import samples
from wire.capture import Capture
from wire.messages import ClockAnchor, Spool
from wire.plan import Plan
from wire.samples import SampleBatch

FULL = Spool(used=1000, quota=10_000, waiting=5000)
SIGNAL = [60.0] * 100 + repetition() * 4


async def put_plan(service: Clinic) -> str:
    plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
    assert plan.session is not None
    return plan.session


async def killed(service: Clinic, data: Path, copy: Path) -> Path:
    """The files of this moment: what the kernel has outlives a kill. The service itself hears nothing any more."""
    await service.intake.link.close()
    while True:
        try:
            return shutil.copytree(data, copy)
        except (shutil.Error, FileNotFoundError):  # the service's threads still rename drafts: what stood at no single moment is no copy
            shutil.rmtree(copy)
            await asyncio.sleep(0)


async def cut_short(nats: BrokerProcess, machine: Machine, folder: Path) -> tuple[str, Path]:
    """A session of which 600 samples are stored, and the files of the service that was killed then."""
    async with clinic(nats.url, folder / "first") as service:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        session = await put_plan(service)
        await machine.send(SIGNAL[:600])
        await machine.hear("stored", lambda stored: stored["upto"] == 599)
        return session, await killed(service, folder / "first", folder / "second")


def lived(path: Path) -> list[Any]:
    return [json.loads(text) for text in recordings.events(path, "live")]


async def uninterrupted(nats: BrokerProcess, data: Path) -> list[Any]:
    """What the whole signal gives in one run, without machine and session."""
    async with clinic(nats.url, data) as service, Machine(nats.url) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        session = await put_plan(service)
        await machine.send(SIGNAL)
        await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == machine.seq)
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        return bare(lived(Path(row.path)))


def bare(events: list[Any]) -> list[Any]:
    return [{name: value for name, value in event.items() if name not in ("session", "plan")} for event in events]


def joined(batches: list[SampleBatch]) -> SampleBatch:
    """As a machine sends its backlog: a second at a time."""
    angle, torque = (b"".join(getattr(batch, name) for batch in batches) for name in ("angle", "torque"))
    return msgspec.structs.replace(batches[0], angle=angle, torque=torque)


async def known(screen: Screen, last: int) -> list[int]:
    """The ids of the events that a screen has got, once it has that one."""
    while last not in (ids := [event["id"] for event in screen.all("event")]):
        await screen.next()
    return ids


async def test_the_events_of_a_killed_run_are_those_of_an_uninterrupted_one(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "MOST_NS", 60_000_000_000)  # whatever else this computer does meanwhile
    whole = await uninterrupted(nats, tmp_path / "whole")
    async with Machine(nats.url, boot="boot-1") as machine:
        batches: list[SampleBatch] = [machine.batch(SIGNAL[at : at + 2]) for at in range(0, len(SIGNAL), 2)]
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status()
            await service.until(lambda: NAME in service.floor.lines)
            session = await put_plan(service)
            async with service.watching([NAME]) as screen:
                for batch in batches[:1200]:
                    await machine.publish("samples", samples.encode(batch))
                await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 2400)
                last = service.floor.lines[NAME].history.last(session)
                seen = await known(screen, last)
            await service.floor.tell(NAME, "an id", session, "pain_told", pain=7)
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert service.floor.describe(NAME)["session"] == session
            assert line.running is not None
            assert [json.loads(text)["kind"] for text in line.running.set_events] == ["set_started"]
            assert [(note["kind"], note["pain"]) for note in line.running.told] == [("pain_told", 7)]
            async with service.watching([NAME], resume={NAME: {"session": session, "id": last}}) as screen:
                snapshot = await screen.until("snapshot")
                assert snapshot["last_event_id"] >= last
                keeping = await screen.until("keeping", lambda keeping: keeping["restarted_utc"] is not None)
                assert keeping["recording"] is True
                said = (screen.all("told") or [await screen.until("told")])[-1]
                assert (said["pain"]["id"], said["pain"]["pain"], said["pain"]["seen"]) == ("an id", 7, False)
                # What was sent while nobody listened comes as backlog, behind live batches that wait for it.
                for batch in batches[1700:1800]:
                    await machine.publish("samples", samples.encode(batch))
                asked = await machine.hear("stored", lambda stored: stored["upto"] == 3399)
                assert asked["missing"][-1][1] == 3399
                for at in range(asked["missing"][-1][0] // 2, 1700, 50):
                    await machine.publish("backfill", samples.encode(joined(batches[at : min(at + 50, 1700)])), 1)
                for batch in batches[1800:]:
                    await machine.publish("samples", samples.encode(batch))
                await service.until(lambda: line.ledger("boot-1").next == len(SIGNAL))
                await service.floor.remove_plan(NAME)
                seen += await known(screen, len(whole))
            row = await row_of(service, session, final=True)
    assert bare(lived(Path(row.path))) == whole
    assert seen == list(range(1, len(whole) + 1))
    assert row.completeness == {"expected": len(SIGNAL), "stored": len(SIGNAL), "missing": 0, "refused": 0}


async def test_no_id_is_given_twice_where_the_disk_had_kept_events_without_their_samples(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F03 after F11, contract 5: screens take an id that they have heard for an event that they have; so what is new is numbered on."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status(spool=FULL)
            await service.until(lambda: NAME in service.floor.lines)
            line = service.floor.lines[NAME]
            space = record_module.LEAST_FREE_BYTES
            monkeypatch.setattr(record_module, "LEAST_FREE_BYTES", 2**62)
            session = await put_plan(service)
            await machine.send(SIGNAL[:2100])
            await service.until(lambda: line.ledger("boot-1").next == 2100)
            monkeypatch.setattr(record_module, "LEAST_FREE_BYTES", space)
            await service.until(lambda: line.running is not None and line.running.recorder is not None)
            await machine.send(SIGNAL[2100:2200])
            await machine.hear("stored", lambda stored: stored["upto"] == 2199)
            last = line.history.last(session)
            assert last > 10
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert line.running is not None
            async with service.watching([NAME], resume={NAME: {"session": session, "id": last}}) as screen:
                await machine.send(SIGNAL[2200:])
                first = await screen.until("event")
                assert first["id"] == last + 1
                await service.until(lambda: line.ledger("boot-1").next == len(SIGNAL))
            await service.floor.remove_plan(NAME)
            row = await row_of(service, session)
    ids = [event["id"] for event in lived(Path(row.path))]
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) > last
    (note,) = [note for note in Capture(Path(row.path)).notes() if note["kind"] == "replay_short"]
    assert note["shown"] == last
    assert note["known"] < last


async def test_what_does_not_come_in_time_is_a_gap_as_ever(nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """contract 2: the live analysis never waits for a late sample; after a restart no longer than 5 s."""
    assert catching_up.MOST_NS == 5_000_000_000
    monkeypatch.setattr(catching_up, "MOST_NS", 1_000_000_000)
    async with Machine(nats.url) as machine:
        session, copy = await cut_short(nats, machine, tmp_path)
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            lost = machine.batch(SIGNAL[600:900])
            await machine.send(SIGNAL[900:1000])
            await service.until(lambda: line.ledger("boot-1").next == 1000)
            events = [json.loads(text) for text in await service.floor.events(session)]
            assert "gap" in [event["fault"] for event in events if event["kind"] == "signal_faulted"]
            await machine.publish("backfill", samples.encode(lost), 1)
            await machine.hear("stored", lambda stored: stored["upto"] == 999 and not stored.get("missing"))


async def test_a_machine_whose_session_is_taken_up_is_not_called_off_before_it_has_said_so(nats: BrokerProcess, tmp_path: Path) -> None:
    """contract 5: `offline` by last will or status alone; a patient's screen would say "sensor restarting" of one that never stopped."""
    async with Machine(nats.url) as machine:
        _, copy = await cut_short(nats, machine, tmp_path)
        await machine.publish("status", b"", 1, retain=True)  # the broker knows nothing of it
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            async with service.watching([NAME]) as screen:
                assert (await screen.until("feed"))["state"] == "lost"
                await machine.send(SIGNAL[600:610])
                await screen.until("feed", lambda feed: feed["state"] != "lost")
                await machine.status(online=False)
                await screen.until("feed", lambda feed: feed["state"] == "offline")
                assert [feed["state"] for feed in screen.all("feed")].count("offline") == 1


async def test_what_came_while_the_service_was_away_is_no_backlog_once_it_is_here(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """robustness F03, F08: the wall says what waits at the machine, not what waited there when it was last heard of, a minute ago."""
    monkeypatch.setattr(catching_up, "MOST_NS", 60_000_000_000)
    async with Machine(nats.url) as machine:
        _, copy = await cut_short(nats, machine, tmp_path)
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            await machine.status(sample_rate_hz=100.0, spool=msgspec.structs.replace(FULL, waiting=500))
            await service.until(lambda: line.keeper.now(time.monotonic_ns()).backlog == 500)
            missed = machine.batch(SIGNAL[600:1100])
            await machine.send(SIGNAL[1100:1110])
            await machine.publish("backfill", samples.encode(missed), 1)
            await service.until(lambda: line.ledger("boot-1").next == 1110)
            assert line.keeper.now(time.monotonic_ns()).backlog == 0


async def test_after_a_restart_the_session_is_still_that_of_the_machine_whose_it_was(nats: BrokerProcess, tmp_path: Path) -> None:
    """robustness F18, hazard H11: a second agent that comes before the first one does not go on with its recording."""
    async with Machine(nats.url) as machine, Machine(nats.url, boot="boot-2") as second:
        session, copy = await cut_short(nats, machine, tmp_path)
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            await second.status()
            await second.hear("stored", lambda stored: stored["boot"] == "boot-2")
            batch = second.batch([10.0] * 100)
            line.samples(batch, samples.encode(batch), time.monotonic_ns())
            await machine.send(SIGNAL[600:900])
            await machine.hear("stored", lambda stored: stored["boot"] == "boot-1" and stored["upto"] == 899)
            assert line.running is not None
            assert line.running.session == session
            assert list(line.running.recorded) == ["boot-1"]
            assert "boot-2" not in line.ledgers


async def test_a_session_that_what_is_held_back_ends_is_not_ended_twice(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contract 1: while the backlog is waited for, what waits may complete the rest that ends a session; then the plan is taken away."""
    monkeypatch.setattr(catching_up, "MOST_NS", 60_000_000_000)
    async with Machine(nats.url, boot="boot-1") as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status()
            await service.until(lambda: NAME in service.floor.lines)
            session = await put_plan(service)
            await machine.send([60.0] * 50)
            await machine.hear("stored", lambda stored: stored["upto"] == 49)
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        monkeypatch.setattr("service.live.sessions.IDLE_S", 5.0)
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            machine.batch([60.0] * 50)  # what nobody heard
            await machine.send([60.0] * 600)
            await service.until(lambda: (held := line.lane._catching_up) is not None and sum(each.batch.n for each in held._live) == 600)
            await service.floor.remove_plan(NAME)
            assert line.running is None
            assert service.floor.counts.timer_faults == 0
            row = await row_of(service, session)
            assert row.ended_utc is not None


async def test_a_machine_that_restarts_without_a_clock_while_the_service_is_away_goes_on(nats: BrokerProcess, tmp_path: Path) -> None:
    """robustness F03 and F12 at once: its session was taken up, and the restarted machine's wall clock stands in 1970."""
    async with Machine(nats.url) as machine:
        session, copy = await cut_short(nats, machine, tmp_path)
        machine.boot, machine.seq, machine.t_ns = "boot-2", 0, 1_000_000_000
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            running = line.running
            assert running is not None
            before_ns = running.newest_ns
            await machine.status(pending=["boot-1"], clock=ClockAnchor(mono_ns=machine.t_ns, utc_ns=3_000_000_000))
            await machine.send(SIGNAL[:1300])
            await machine.hear("stored", lambda stored: stored["boot"] == "boot-2" and stored["upto"] == 1299)
            assert 0 < running.newest_ns - before_ns - 1299 * STEP_NS < 60_000_000_000
            await service.floor.remove_plan(NAME)
            row = await row_of(service, session, final=True)
    assert [event["kind"] for event in lived(Path(row.path))].count("repetition_completed") >= 2
    assert same_live_and_final(row)


async def test_a_running_session_and_one_that_nobody_saw_both_go_on_as_what_they_are(nats: BrokerProcess, tmp_path: Path) -> None:
    """F03 in the midst of F08's backlog: whichever file was written last, the session that ran is the one that runs again."""
    async with Machine(nats.url) as machine:
        await machine.status(spool=FULL)
        async with clinic(nats.url, tmp_path / "first") as service:
            await service.until(lambda: NAME in service.floor.lines)
            await machine.send([60.0] * 300)
            await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 300)
            unseen = [60.0] * 200 + repetition() * 2
            late = [machine.batch(unseen[at : at + 100]) for at in range(0, len(unseen), 100)]
            session = await put_plan(service)
            await machine.send(SIGNAL[:600])
            for batch in late[:12]:
                await machine.publish("backfill", samples.encode(batch), 1)
            await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1 and stored["missing"][0][0] >= late[12].seq)
            aside = service.floor.lines[NAME].backlog.records[0].session
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        newest = copy / "recordings" / NAME / f"{aside}.mcap.part"
        os.utime(newest, (time.time() + 60, time.time() + 60))
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert line.running is not None
            assert line.running.session == session
            await machine.status(spool=FULL)
            for batch in late[12:]:
                await machine.publish("backfill", samples.encode(batch), 1)
            await machine.send(SIGNAL[600:700])
            await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1 and not stored["missing"])
            row = await row_of(service, aside, final=True)
            assert row.completeness["missing"] == 0
            final = [json.loads(text) for text in recordings.events(Path(row.path), "final")]
            assert [event["extent"] for event in final if event["kind"] == "repetition_completed"] == ["full", "full"]
            assert line.running.session == session


@pytest.mark.parametrize("step_s", [3600, -3600])
async def test_a_clock_that_stepped_between_two_recordings_ends_neither(nats: BrokerProcess, tmp_path: Path, step_s: float) -> None:
    """F03 after F12: whatever the files' times say, the session that ran goes on, and what each holds is known and not taken again."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status(spool=FULL)
            await service.until(lambda: NAME in service.floor.lines)
            line = service.floor.lines[NAME]
            settling = await put_plan(service)
            await machine.send(SIGNAL[:600])
            lost = machine.batch(SIGNAL[600:620])
            await machine.send(SIGNAL[620:700])
            await service.until(lambda: line.ledger("boot-1").next == 700)
            await service.floor.act(NAME, "stop", "stopped", "stopped")
            running = await put_plan(service)
            await machine.send(SIGNAL[:100])
            await machine.hear("stored", lambda stored: stored["upto"] == 799)
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        (copy / "stored.journal").unlink()  # as if it had not got so far
        stepped_s = time.time() + step_s
        os.utime(copy / "recordings" / NAME / f"{settling}.mcap.part", (stepped_s, stepped_s))
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert line.running is not None
            assert line.running.session == running
            await service.until(lambda: line.ledger("boot-1").seen.gaps(0, 799) == [(600, 619)])
            await machine.publish("backfill", samples.encode(lost), 1)
            row = await row_of(service, settling, final=True)
            assert row.completeness == {"expected": 700, "stored": 700, "missing": 0, "refused": 0}


async def test_what_stored_has_said_is_known_after_a_restart(nats: BrokerProcess, tmp_path: Path) -> None:
    """contract 2: `stored` is cumulative, of recorded and of refused samples."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status()
            await machine.send([60.0] * 1000)
            said = await machine.hear("stored", lambda stored: stored["upto"] > 0)
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        assert [ledger.boot for ledger in Journal(copy / "stored.journal").ledgers()[NAME]] == ["boot-1"]
        async with clinic(nats.url, copy):
            await machine.status()
            again = await machine.hear("stored", lambda stored: stored["upto"] >= said["upto"])
            assert again["refused"][0][0] == 0


async def test_a_session_that_had_ended_and_was_settling_gives_its_events_after_a_restart(nats: BrokerProcess, tmp_path: Path) -> None:
    """contract 5, never missed; contract 6: an action is done once for its id, and a stop with the id of a start is done."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status(spool=FULL)
            await service.until(lambda: NAME in service.floor.lines)
            settling = await put_plan(service)
            async with service.watching([NAME]) as screen:
                await machine.send(SIGNAL[:600])
                machine.batch(SIGNAL[600:620])
                await machine.send(SIGNAL[620:1200])
                await screen.event("repetition_completed")
                await service.floor.act(NAME, "stop", "stopped", "stopped")
                await screen.event("set_ended")
                running = await put_plan(service)
                await machine.send(SIGNAL[:600])
                await screen.until("event", lambda event: event["kind"] == "phase_entered" and event["session"] == running)
                await service.floor.act(NAME, "start", "once")
                await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == machine.seq)
                last = service.floor.lines[NAME].history.last(running)
                await screen.until("event", lambda event: (event["session"], event["id"]) == (running, last))
                events = screen.all("event")
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert [record.session for record in line.settling.records] == [settling]
            async with service.watching([NAME], resume={NAME: {"session": settling, "id": 2}}) as screen:
                await screen.until("snapshot")
                assert screen.all("event") == events[2:]
            await service.floor.act(NAME, "start", "once")
            await service.floor.act(NAME, "stop", "once")
            assert service.floor.describe(NAME)["session"] is None


async def test_a_screen_that_comes_back_while_a_session_is_taken_up_gets_each_event_once(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """contract 5: what follows `resume`, in order; robustness F03. Machines that are there already are not waited for."""
    other = "praxis/ilex2"
    async with Machine(nats.url) as machine, Machine(nats.url, other) as second:
        async with clinic(nats.url, tmp_path / "first") as service:
            for one in (machine, second):
                await one.status()
                await service.until(lambda one=one: one.name in service.floor.lines)  # type: ignore[misc]
            session = await put_plan(service)
            async with service.watching([NAME]) as screen:
                await machine.send(SIGNAL[:1200])
                await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 1200)
                last = service.floor.lines[NAME].history.last(session)
                await known(screen, last)
                events = screen.all("event")
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        go_on, replay = threading.Event(), resuming.resumed

        def held_up(*arguments: Any) -> Any:
            assert go_on.wait(30)
            return replay(*arguments)

        monkeypatch.setattr(resuming, "resumed", held_up)
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            service.floor.line(other)
            look_up = service.floor.index.list

            async def slow(**wanted: Any) -> Any:
                """The session is taken up while what came before is looked for."""
                found = await look_up(**wanted)
                go_on.set()
                await line.ready.wait()
                return found

            monkeypatch.setattr(service.floor.index, "list", slow)
            names = [NAME, other]
            resume = {NAME: {"session": session, "id": 3}}
            async with service.screen() as connection:
                screen = Screen(connection)
                await screen.say({"type": "watch", "machines": names, "resume": resume})
                await screen.say({"type": "ping", "id": 1})
                await screen.until("pong")
                while other not in (there := [snapshot["machine"] for snapshot in screen.all("snapshot")]):
                    await screen.next()
                go_on.set()
                while NAME not in [snapshot["machine"] for snapshot in screen.all("snapshot")]:
                    await screen.next()
                assert screen.all("event") == events[3:]
                assert there == [other], "who waits for nothing is shown at once"


async def test_a_second_watch_replaces_one_that_waits_for_a_session(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with clinic(nats.url, tmp_path) as service:
        waiting, there = (service.floor.line(name) for name in (NAME, "praxis/ilex2"))
        assert waiting is not None
        assert there is not None
        waiting.ready.hold()
        async with service.screen() as connection:
            screen = Screen(connection)
            await screen.say({"type": "watch", "machines": "*"})
            await screen.until("feed", lambda feed: feed["machine"] == there.machine)
            await screen.say({"type": "watch", "machines": [there.machine]})
            await screen.until("feed", lambda feed: feed["machine"] == there.machine)
            waiting.ready.go_on()
            await screen.say({"type": "ping", "id": 1})
            await screen.until("pong")
            assert [message["machine"] for message in screen.all("snapshot")] == [there.machine] * 2
            assert not waiting.channel.viewers
            await screen.say({"type": "watch", "machines": [NAME]})
            await screen.until("snapshot", lambda snapshot: snapshot["machine"] == NAME)


@pytest.mark.parametrize("where", ["the replay", "taking up", "taking back"])
async def test_a_recording_that_cannot_be_gone_on_with_keeps_no_machine_waiting(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """robustness F03: whatever is wrong with one recording, it is ended whole; the others go on, and its machine is used again."""
    other = "praxis/ilex2"
    async with Machine(nats.url) as machine, Machine(nats.url, other) as second:
        async with clinic(nats.url, tmp_path / "first") as service:
            for one in (machine, second):
                await one.status(spool=FULL)
                await service.until(lambda one=one: one.name in service.floor.lines)  # type: ignore[misc]
            session = await put_plan(service)
            running = (await service.floor.put_plan(other, msgspec.convert(PLAN, Plan))).session
            sent = machine.batch(SIGNAL[:600])
            await machine.publish("samples", samples.encode(sent))
            await second.send(SIGNAL[:600])
            await machine.hear("stored", lambda stored: stored["upto"] == 599)
            await second.hear("stored", lambda stored: stored["upto"] == 599)
            if where == "taking back":
                lost = machine.batch(SIGNAL[600:610])
                await machine.send(SIGNAL[610:700])
                await service.until(lambda: service.floor.lines[NAME].ledgers["boot-1"].next == machine.seq)
                await service.floor.remove_plan(NAME)
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        # As if the journal had not got so far: what the recording alone knows must not be taken twice.
        (copy / "stored.journal").unlink()
        os.utime(copy / "recordings" / NAME / f"{session}.mcap.part", (time.time() + 60, time.time() + 60))
        steps = {"the replay": (resuming, "_lived_again"), "taking up": (restart, "take_up"), "taking back": (Settling, "take")}
        owner, name = steps[where]
        whole = getattr(owner, name)

        def fails(*arguments: Any) -> Any:
            found = whole(*arguments)
            if any(getattr(one, "machine", None) == NAME for one in arguments) or where == "taking back":
                raise ValueError("what nobody thought of")
            return found

        monkeypatch.setattr(owner, name, fails)
        async with clinic(nats.url, copy) as service:
            async with asyncio.timeout(15):
                for each in (NAME, other):
                    await service.floor.lines[each].ready.wait()
            monkeypatch.setattr(owner, name, whole)
            assert (service.floor.describe(NAME)["session"], service.floor.describe(other)["session"]) == (None, running)
            assert service.floor.lines[NAME].records == []
            path = copy / "recordings" / NAME / f"{session}.mcap"
            assert [each.name for each in path.parent.iterdir()] == [path.name]
            again = await put_plan(service)
            for batch in [sent, lost] if where == "taking back" else [sent]:
                await machine.publish("backfill", samples.encode(batch), 1)
            await machine.send(SIGNAL[:10])
            await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1 and not stored.get("missing"))
            await service.floor.remove_plan(NAME)
            row = await row_of(service, again, final=True)
            assert row.completeness["stored"] == 10, "what is in the recording that was ended is in no other one"
        held = Capture(path).ranges()["boot-1"]
        assert held == [(0, machine.seq - 11)]


def test_an_update_changes_nothing_of_a_session_that_has_begun(tmp_path: Path) -> None:
    """hazard H17: it is gone on with under what it was begun with, so that the events shown before are those that come of it."""
    older = Parameters(boundary_high=0.94)
    about = {"parameters": msgspec.json.encode(described(older)).decode()}
    found = resuming.resumed(record(tmp_path / "clinic" / "one", finish=False, about=about), "clinic/one", Counts())
    assert isinstance(found, resuming.Resumed)
    assert found.running.recorder is not None
    found.running.recorder.close()
    capture = Capture(found.running.recorder.path)
    assert found.running.parameters == recorded_parameters(capture) == older
    assert found.events == list(rerun(capture))
    assert found.events != list(rerun(capture, parameters=Parameters()))


async def test_an_unfinished_recording_that_cannot_be_looked_at_keeps_no_service_from_starting(nats: BrokerProcess, tmp_path: Path) -> None:
    """robustness F11: it is left for the next start."""
    part = tmp_path / "recordings" / NAME / "x.mcap.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("nowhere")
    async with clinic(nats.url, tmp_path) as service, Machine(nats.url) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        assert part.is_symlink()


async def test_many_that_are_only_ended_are_shared_out_and_one_that_is_torn_hides_no_other(tmp_path: Path) -> None:
    """F07: a thousand recordings are whole within 30 s (`scripts/bench recording`), beside a line that is live."""
    wanted = {f"s{number}.mcap" for number in range(2 * resuming.FEW)}
    for name in wanted:
        record(tmp_path / "clinic" / "one", session=name.removesuffix(".mcap"), finish=False, repetitions=1)
    (tmp_path / "clinic" / "one" / "empty.mcap.part").touch()
    whole = [path async for path in resuming.made_whole(recordings.leftovers(tmp_path))]
    assert {path.name for path in whole} == wanted
    assert {path.name for path in (tmp_path / "clinic" / "one").iterdir()} == wanted | {"empty.mcap.torn"}


async def test_a_part_that_was_put_back_from_before_the_end_costs_no_sample(nats: BrokerProcess, tmp_path: Path) -> None:
    """contract 2, decision 0286: all of them were called stored; the machine has forgotten them."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path) as service:
            await machine.status()
            await service.until(lambda: NAME in service.floor.lines)
            session = await put_plan(service)
            await machine.send(SIGNAL[:600])
            await machine.hear("stored", lambda stored: stored["upto"] == 599)
            part = tmp_path / "recordings" / NAME / f"{session}.mcap.part"
            backup = part.read_bytes()
            await machine.send(SIGNAL[600:1000])
            await machine.hear("stored", lambda stored: stored["upto"] == 999)
            await service.floor.remove_plan(NAME)
            row = await row_of(service, session, final=True)
        part.write_bytes(backup)
        async with clinic(nats.url, tmp_path) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert line.records == []
            assert await service.floor.index.list() == ([row], None)
    capture = Capture(Path(row.path))
    assert (capture.total, capture.final is not None) == (1000, True)


def test_what_is_late_opens_no_recording_again_beside_a_part_of_it(tmp_path: Path) -> None:
    """decision 0286: the part may hold more, and is taken up or finished; a copy of the whole one would take its place."""
    part = Recorder.resume(record(tmp_path))
    part.close()
    before = part.path.read_bytes()
    refused: list[object] = []
    settling = Settling(cast("Any", SimpleNamespace(folder=tmp_path, refuse_batch=refused.append)), lambda *_: None)
    settling.reopen("s1", cast("Any", None))
    assert (part.path.read_bytes(), refused, settling.records) == (before, [], [])
