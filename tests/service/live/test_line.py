"""From a machine on the bus to a screen (contract 2, 4, 5): a real broker, a real socket."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.live.floor import NoSession
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, Clinic, Machine, clinic, planned, repetition, row_of, same_live_and_final
from wire import encoding, samples
from wire.messages import Button
from wire.pieces import part_of
from wire.plan import Plan
from wire.samples import SampleBatch


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


async def test_a_frame_shows_no_angle_that_has_not_been_read_for_150_ms(broker: BrokerProcess, tmp_path: Path) -> None:
    """robustness F22."""
    async with clinic(broker.url, tmp_path) as service, Machine(broker.url) as machine:
        await planned(service)
        async with service.watching([NAME], rate_hz=60) as screen:
            await machine.send([60.0] * 100 + repetition())
            await screen.until("frame", lambda frame: frame["angle_deg"] is not None)
            await machine.send([float("nan")] * 20)
            lost = await screen.until("frame", lambda frame: frame["angle_deg"] is None)
            assert lost["speed_deg_s"] is None
            assert lost["torque_nm"] is not None


def is_boot(boot: str) -> Callable[[Any], bool]:
    return lambda stored: bool(stored["boot"] == boot)


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

    async def test_a_status_is_answered_at_once_for_each_boot_it_names(self, service: Clinic, machine: Machine) -> None:
        await machine.status(pending=["boot-0"])
        for boot in ("boot-1", "boot-0"):
            assert (await machine.hear("stored", is_boot(boot)))["upto"] == -1


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
        before = await planned(service)
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
            # A screen that had not heard yet that the session was over means that press all the same.
            await service.floor.tell(NAME, "anew", before, "pain_told", press="p-3", pain=6, where=[], quality=None)
            assert (await wall.until("told"))["pain"]["pain"] == 6
            running = line.running
            assert running is not None
            assert [note["pain"] for note in running.told] == [6]
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

    @pytest.mark.parametrize("leaf", ["samples", "backfill"])
    async def test_an_empty_batch_costs_no_sample(self, service: Clinic, machine: Machine, leaf: str) -> None:
        """Contract 2: n >= 1; it has no sample that could be refused, and its seq is that of the next, good one."""
        session = await planned(service)
        await machine.send([60.0] * 10)
        for empty in (samples.encode(machine.batch([])), b'{"boot":"boot-1","seq":10,"t0":5,"dt":1,"angle":[],"torque":[]}'):
            await machine.publish(leaf, empty, 1)
        await service.until(lambda: service.floor.counts.quarantined.get("columns") == 2)
        await machine.send([60.0] * 10)
        stored = await machine.hear("stored", lambda stored: stored["upto"] == 19)
        assert (stored.get("missing", []), stored.get("refused", [])) == ([], [])
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert row.completeness == {"expected": 20, "stored": 20, "missing": 0, "refused": 0}

    async def test_what_is_refused_within_a_live_batch_is_not_analysed_either(self, service: Clinic, machine: Machine) -> None:
        """Contract 4: same samples in, same events out; the recording, of which the result is made, has no sample of these."""
        session = await planned(service)
        await machine.send([60.0] * 100 + repetition())
        going = machine.batch([*repetition()[:250], float("nan"), *[20.0] * 149])
        broken = msgspec.structs.replace(part_of(going, going.seq + 250, going.seq + 269), torque=b"")
        await machine.publish("samples", msgspec.msgpack.encode(broken))
        await service.until(lambda: service.floor.counts.quarantined.get("columns") == 1)
        await machine.publish("samples", samples.encode(going))
        await machine.send(repetition())
        stored = await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1)
        assert stored["refused"] == [[going.seq + 250, going.seq + 269]]
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert row.completeness == {"expected": machine.seq, "stored": machine.seq - 20, "missing": 0, "refused": 20}
        assert same_live_and_final(row)

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
