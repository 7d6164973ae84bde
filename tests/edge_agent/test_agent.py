"""contract 2 on a real broker: birth, will, clock anchor, live lane, commands, buttons, plan and events, `ended`."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_agent import buttons, commands
from edge_agent import link as link_module
from edge_agent.agent import Agent
from edge_agent.configuration import load
from edge_agent.drivers import recording
from edge_agent.drivers.simulator import SimulatorDriver
from tests.brokers import BrokerProcess
from tests.edge_agent.bus import WAIT_S, listening
from tests.forgetful import Forgetful, forgetting
from wire.events import ButtonPressed, SetEnded, SetStarted
from wire.messages import Command, Input
from wire.plan import Plan, Range, Tempo
from wire.recorded import Block
from wire.topics import Leaf

PLAN = Plan(session="s1", range=Range(50.0, 10.0), tempo=Tempo(2.0, 0.5, 2.0, 0.5), load_nm=100.0)


def agent(broker: BrokerProcess | Forgetful, folder: Path, driver: str = 'name = "simulator"', more: str = "") -> Agent:
    file = folder / "edge.toml"
    file.write_text(f'machine = "clinic/lex1"\n[broker]\nurl = "{broker.url}"\nkeepalive_s = 1\n[driver]\n{driver}\n{more}')
    return Agent(load(file), folder)


@asynccontextmanager
async def running(agent: Agent) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(agent.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def set_started() -> bytes:
    return msgspec.json.encode(SetStarted(id=1, set=1, at_s=1.0, known_s=1.01, machine="clinic/lex1", session="s1", plan=PLAN))


class TestBirth:
    async def test_status_says_boot_software_rate_calibration_and_clock(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus, running(agent(broker, tmp_path)):
            status = await bus.until(lambda: next(iter(bus.status), None))
            await bus.until(lambda: bus.batches)
        assert uuid.UUID(status.boot).version == 7
        assert bus.batches[0].boot == status.boot
        assert status.online
        assert not status.ended
        assert status.pending == []
        assert status.software.startswith("ilex-edge")
        assert status.sample_rate_hz == 100.0
        assert status.calibration is not None
        assert status.calibration["curve"] is None
        assert status.clock is not None
        assert abs(status.clock.mono_ns - time.monotonic_ns()) < 60e9
        assert status.clock.pace == 1.0
        assert abs(status.clock.utc_ns - time.time_ns()) < 60e9

    async def test_it_is_retained(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with running(agent(broker, tmp_path)):
            async with listening(broker) as first:
                await first.until(lambda: first.batches)
            async with listening(broker) as late:
                await late.until_asked(lambda: late.status)
                assert late.retained[0]
                assert late.status[0].online

    async def test_an_end_in_good_order_says_offline_with_its_boot(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus:
            async with running(agent(broker, tmp_path)):
                await bus.until(lambda: bus.batches)
            last = await bus.until(lambda: [status for status in bus.status if not status.online])
        assert last[0].boot == bus.status[0].boot


class TestLiveLane:
    async def test_a_batch_every_20_ms_numbered_from_0(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus, running(agent(broker, tmp_path)):
            await bus.until(lambda: len(bus.batches) >= 25)
        batches = bus.batches
        assert {(batch.n, batch.dt) for batch in batches} == {(2, 10_000_000)}
        assert np.diff([batch.seq for batch in batches]).tolist() == [2] * (len(batches) - 1)
        assert {a.t0 - 10_000_000 * a.seq for a in batches} == {batches[0].t0 - 10_000_000 * batches[0].seq}

    async def test_samples_carry_the_time_when_they_were_taken(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus, running(agent(broker, tmp_path)):
            await bus.until(lambda: len(bus.batches) >= 25)
            newest = int(bus.batches[-1].times_ns()[-1])
        assert 0 <= time.monotonic_ns() - newest < 2e9

    async def test_it_comes_back_when_the_broker_does_and_the_sampler_never_stopped(self, nats: BrokerProcess, tmp_path: Path) -> None:
        async with running(agent(nats, tmp_path)):
            async with listening(nats) as bus:
                await bus.until(lambda: bus.batches)
                before = bus.batches[-1]
            nats.kill()
            nats.start()
            async with listening(nats) as bus:
                after = await bus.until(lambda: next(iter(bus.batches), None))
                await bus.until(lambda: bus.status)
        assert after.boot == before.boot
        assert after.t0 - before.t0 == (after.seq - before.seq) * 10_000_000
        assert bus.status[-1].boot == before.boot
        assert bus.status[-1].online


class TestPlanAndEvents:
    async def test_the_patient_follows_the_retained_plan_and_the_started_set(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus:
            await bus.say(Leaf.PLAN, msgspec.json.encode(PLAN), retain=True)
            async with running(agent(broker, tmp_path, 'name = "simulator"\nspeed = 5.0\nstart = "cue"')):
                # The plan's flexed end; before he has heard of the plan he sits at another one.
                await bus.until(lambda: bus.batches and np.abs(bus.batches[-1].angle_deg() - 50.9).max() < 1.0)
                await bus.say(Leaf.EVENTS, set_started())
                await bus.until(lambda: float(bus.batches[-1].angle_deg().min()) < 12.0)
                stop = SetEnded(
                    id=9, set=1, at_s=5.0, known_s=5.0, reason="stopped", full=0, short=0, partial=0, attempt=0,
                    duration_s=1.0, work_j=None, time_under_tension_s=None,
                )  # fmt: skip
                await bus.say(Leaf.EVENTS, msgspec.json.encode(stop))
                await bus.until(lambda: abs(float(bus.batches[-1].torque_nm().mean())) < 2.0)

    async def test_a_plan_that_the_broker_forgets_to_say_is_asked_for_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Decision 0246."""
        monkeypatch.setattr(link_module, "ASK_AGAIN_S", 0.05)
        plan: asyncio.Future[Plan | None] = asyncio.get_running_loop().create_future()
        monkeypatch.setattr(SimulatorDriver, "take_plan", lambda _, heard: plan.set_result(heard))
        kept = [("ilex/1/clinic/lex1/plan", msgspec.json.encode(PLAN))]
        async with forgetting(kept) as broker, running(agent(broker, tmp_path)), asyncio.timeout(WAIT_S):
            assert await plan == PLAN

    async def test_nonsense_on_the_bus_changes_nothing(self, broker: BrokerProcess, tmp_path: Path) -> None:
        """F14: neither what is no JSON, nor what is no text, nor what is nested without end breaks the line."""
        subject = agent(broker, tmp_path)
        async with listening(broker) as bus, running(subject) as task:
            await bus.until(lambda: bus.batches)
            for leaf in (Leaf.PLAN, Leaf.EVENTS, Leaf.COMMAND, Leaf.STORED):
                for payload in (b"{", b"\xff\x00", b'{"kind":"unheard_of"}', b"[]", b'{"id":"\xff"}', b'{"x":' + b"[" * 20_000):
                    await bus.say(leaf, payload)
            seen = len(bus.batches)
            await bus.until(lambda: len(bus.batches) > seen + 10)
            assert not task.done()
        assert subject.boot is not None
        assert subject.boot.link.connections == 1


class TestCommands:
    async def test_identify_answers_who_it_is(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus, running(agent(broker, tmp_path)):
            await bus.until(lambda: bus.batches)
            reply = await bus.order(Command(id="c1", verb="identify"))
        assert reply.ok
        assert reply.result is not None
        assert reply.result["machine"] == "clinic/lex1"
        assert reply.result["boot"] == bus.batches[0].boot
        assert set(reply.result["live"]) >= {"depth", "capacity", "peak", "dropped"}

    async def test_a_command_that_is_not_known_or_not_sound_is_refused_with_the_reason(self, broker: BrokerProcess, tmp_path: Path) -> None:
        """Contract 2: `{id, ok, error, result}` answers every command that has an id."""
        async with listening(broker) as bus, running(agent(broker, tmp_path)):
            await bus.until(lambda: bus.batches)
            for payload in (b'{"id":"c1","verb":"dance"}', b'{"id":"c2"}', b'{"id":"c3","verb":"sweep","within_s":-1}'):
                await bus.say(Leaf.COMMAND, payload)
            await bus.until(lambda: len(bus.replies) == 3)
        assert [(reply.id, reply.ok) for reply in bus.replies] == [("c1", False), ("c2", False), ("c3", False)]
        assert [word in str(reply.error) for word, reply in zip(("dance", "verb", "within_s"), bus.replies, strict=True)] == [True] * 3

    async def test_a_repeated_command_is_answered_again_not_done_again(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with listening(broker) as bus, running(agent(broker, tmp_path)):
            await bus.until(lambda: bus.batches)
            await bus.order(Command(id="c1", verb="tare"))
            await bus.say(Leaf.COMMAND, msgspec.json.encode(Command(id="c1", verb="tare")))
            await bus.until(lambda: len(bus.replies) == 2)
        assert bus.replies[0] == bus.replies[1]

    async def test_tare_is_subtracted_named_and_outlives_the_agent(
        self, broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(commands, "TARE_S", 0.2)
        more = '[calibration]\nfile = "calibration.json"\ntorque = { offset = -7.0 }'
        async with listening(broker) as bus:
            async with running(agent(broker, tmp_path, more=more)):
                await bus.until(lambda: bus.batches)
                assert bus.batches[0].extra is None
                reply = await bus.order(Command(id="c1", verb="tare"))
                assert reply.ok, reply.error
                assert reply.result is not None
                assert reply.result["torque_nm"] == pytest.approx(7.0, abs=0.5)
                await bus.until(lambda: bus.batches[-1].extra)
                tared = bus.batches[-1]
                assert abs(float(tared.torque_nm().mean())) < 3.0
                assert tared.extra is not None
                assert float(np.frombuffer(tared.extra["torque_raw"], "<f4").mean()) == pytest.approx(7.0, abs=3.0)
                named = await bus.until(lambda: bus.status[-1].calibration and bus.status[-1].calibration["tare"])
                assert named["id"] == reply.result["id"]
            async with running(agent(broker, tmp_path, more=more)):
                boots = await bus.until(lambda: [s for s in bus.status if s.online and s.boot != bus.status[0].boot])
            assert boots[0].calibration is not None
            assert boots[0].calibration["tare"] == named

    async def test_sweep_measures_the_gravity_curve_and_names_it(self, broker: BrokerProcess, tmp_path: Path) -> None:
        driver = 'name = "simulator"\nspeed = 20.0\nstart = "cue"\ngravity_nm = 80.0'
        async with listening(broker) as bus, running(agent(broker, tmp_path, driver)):
            await bus.until(lambda: bus.batches)
            assert float(bus.batches[-1].torque_nm().mean()) == pytest.approx(70.0, abs=3.0)
            reply = await bus.order(Command(id="c1", verb="sweep"))
            assert reply.ok, reply.error
            assert reply.result is not None
            named = await bus.until(lambda: bus.status[-1].calibration and bus.status[-1].calibration["curve"])
            assert named == reply.result["id"]
            assert reply.result["figures"]["cycles"] == 2.0
            await bus.until(lambda: bus.batches[-1].extra and abs(float(bus.batches[-1].torque_nm().mean())) < 3.0)

    async def test_a_refused_sweep_is_answered_with_its_figures_and_what_to_do(self, broker: BrokerProcess, tmp_path: Path) -> None:
        driver = 'name = "simulator"\nspeed = 20.0\nstart = "cue"\ngravity_nm = 80.0'
        async with listening(broker) as bus, running(agent(broker, tmp_path, driver)):
            await bus.until(lambda: bus.batches)
            reply = await bus.order(Command(id="c1", verb="sweep"), locked=True)
        assert not reply.ok
        assert reply.error is not None
        assert "counterweight leaves" in reply.error
        assert reply.result is not None
        assert max(reply.result["figures"]["net_nm"]) > 5.0

    async def test_a_sweep_that_never_moves_is_refused_with_the_reason(self, broker: BrokerProcess, tmp_path: Path) -> None:
        (tmp_path / "still.csv").write_text("t_s,angle_deg,torque_nm\n" + "".join(f"{n / 100},60,0\n" for n in range(1000)))
        async with listening(broker) as bus, running(agent(broker, tmp_path, 'name = "recording"\nfile = "still.csv"')):
            await bus.until(lambda: bus.batches)
            reply = await bus.order(Command(id="c1", verb="sweep"), within_s=0.3)
        assert not reply.ok
        assert reply.error is not None
        assert "not done within 0.3 s" in reply.error


class TestButtons:
    async def test_a_press_is_repeated_until_an_event_acknowledges_it(
        self, broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(buttons, "REPEAT_S", 0.05)
        pressing = agent(broker, tmp_path)
        driver = pressing.driver
        assert isinstance(driver, SimulatorDriver)
        async with listening(broker) as bus, running(pressing):
            await bus.until(lambda: bus.batches)
            assert pressing.boot is not None
            press = pressing.boot.buttons.press("pain", 123)
            await bus.until(lambda: len(bus.buttons) >= 3)
            assert {(b.id, b.boot, b.at_ns, b.button) for b in bus.buttons} == {(press.id, bus.batches[0].boot, 123, "pain")}
            other = ButtonPressed(id=4, set=None, at_s=0.0, known_s=0.0, button="pain", press=str(uuid.uuid4()))
            await bus.say(Leaf.EVENTS, msgspec.json.encode(other))
            seen = len(bus.buttons)
            await bus.until(lambda: len(bus.buttons) > seen + 1)
            heard = ButtonPressed(id=5, set=None, at_s=0.0, known_s=0.0, button="pain", press=press.id, session=None)
            await bus.say(Leaf.EVENTS, msgspec.json.encode(heard))
            async with asyncio.timeout(10):
                while pressing.boot.buttons.waiting:
                    await asyncio.sleep(0.01)

    async def test_a_press_of_the_driver_goes_out_with_the_devices_time(
        self, broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        t_ns = np.arange(100, dtype=np.int64) * 10_000_000
        still = np.zeros(100, np.float32)
        entries = [Block(None, 0, t_ns, still, still), Input(kind="button", button="stop"), Block(None, 100, t_ns + 10**9, still, still)]
        monkeypatch.setattr(recording, "_load", lambda _: entries)
        async with listening(broker) as bus, running(agent(broker, tmp_path, 'name = "recording"\nfile = "any.mcap"\nspeed = 4.0')):
            press = (await bus.until(lambda: bus.buttons))[0]
            await bus.until(lambda: sum(batch.n for batch in bus.batches) == 200)
        assert (press.button, press.boot) == ("stop", bus.batches[0].boot)
        after_ns = press.at_ns - bus.batches[0].t0
        assert 900_000_000 < after_ns < 30_000_000_000, "behind the sample that it follows; how soon it is read is the computer's affair"


class TestEnded:
    @pytest.fixture
    def short(self, tmp_path: Path) -> str:
        (tmp_path / "set.csv").write_text("t_s,angle_deg,torque_nm\n" + "".join(f"{n / 100},{60 - n / 9},{n}\n" for n in range(105)))
        return 'name = "recording"\nfile = "set.csv"\nspeed = 5.0'

    async def test_a_recording_says_ended_after_its_last_sample_and_the_agent_ends(
        self, broker: BrokerProcess, tmp_path: Path, short: str
    ) -> None:
        async with listening(broker) as bus:
            await agent(broker, tmp_path, short).run()
            await bus.until(lambda: bus.status and not bus.status[-1].online)
            await bus.until(lambda: sum(batch.n for batch in bus.batches) == 105)
        assert bus.status[-1].ended
        # Decision 0189: how fast its clock goes, for whoever compares it with his own.
        assert {status.clock.pace for status in bus.status if status.clock is not None} == {5.0}
        assert np.concatenate([batch.torque_nm() for batch in bus.batches]).tolist() == list(range(105))
        t_ns = np.concatenate([batch.times_ns() for batch in bus.batches])
        assert set(np.diff(t_ns)) == {10_000_000}

    async def test_a_loop_is_a_new_boot_each_pass_from_seq_0(self, broker: BrokerProcess, tmp_path: Path, short: str) -> None:
        async with listening(broker) as bus, running(agent(broker, tmp_path, short + "\nloop = true\npause_s = 0.05")):
            await bus.until(lambda: len({batch.boot for batch in bus.batches}) == 3)
            by_boot = {boot: [b for b in bus.batches if b.boot == boot] for boot in dict.fromkeys(b.boot for b in bus.batches)}
            first = next(iter(by_boot))
            await bus.until(lambda: [status for status in bus.status if status.boot == first and status.ended])
        for batches in list(by_boot.values())[:2]:
            assert batches[0].seq == 0
            assert sum(batch.n for batch in batches) == 105

    async def test_it_waits_for_the_line_before_it_begins(self, nats: BrokerProcess, tmp_path: Path, short: str) -> None:
        playing = agent(nats, tmp_path, short)
        nats.kill()
        async with running(playing):
            async with asyncio.timeout(10):
                while playing.boot is None:
                    await asyncio.sleep(0)
            nats.start()
            async with listening(nats) as bus:
                first = await bus.until(lambda: next(iter(bus.batches), None))
        assert first.seq < 105


async def test_the_clock_anchor_is_renewed(broker: BrokerProcess, tmp_path: Path) -> None:
    """robustness 1.2(7): one anchor a boot and a minute; here every 50 ms."""
    timed = agent(broker, tmp_path)
    timed.anchor_s = 0.05
    async with listening(broker) as bus, running(timed):
        await bus.until(lambda: len(bus.status) >= 3)
    anchors = [status.clock.mono_ns for status in bus.status if status.clock is not None]
    assert anchors == sorted(set(anchors))


async def test_a_late_will_of_the_same_boot_is_answered_by_a_new_birth(broker: BrokerProcess, tmp_path: Path) -> None:
    """contract 2: the last will carries boot, so that a late one takes nothing offline."""
    async with listening(broker) as bus, running(agent(broker, tmp_path)):
        await bus.until(lambda: bus.status)
        will = msgspec.json.encode({"online": False, "boot": bus.status[0].boot})
        await bus.say(Leaf.STATUS, will, retain=True)
        await bus.until(lambda: len(bus.status) >= 3 and bus.status[-1].online)
