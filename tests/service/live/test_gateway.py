"""The live feed over a real WebSocket (contract 5)."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import websockets

from service.live.history import KEPT
from service.live.socket import UNREAD_BYTES, Socket
from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, WAIT_S, Clinic, Machine, Screen, clinic, repetition
from wire import encoding
from wire.messages import Button
from wire.plan import Plan

NAME = "praxis/ilex1"
OTHER = "praxis/ilex2"


@pytest.fixture
async def service(nats: BrokerProcess, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(nats.url, tmp_path) as started:
        for name in (NAME, OTHER, "praxis/forbidden"):
            started.floor.line(name)
        yield started


@pytest.fixture
async def machine(nats: BrokerProcess, service: Clinic) -> AsyncIterator[Machine]:
    async with Machine(nats.url, NAME) as started:
        yield started


async def closed(screen: Screen) -> tuple[int, str | None]:
    """Reads until the server closes: the close code, and the code of the error before it."""

    async def read() -> None:
        while True:
            await screen.next()

    with pytest.raises(websockets.ConnectionClosed) as end:
        await read()
    errors = screen.all("error")
    assert end.value.rcvd is not None
    return end.value.rcvd.code, errors[-1]["code"] if errors else None


class TestWhoIsLetIn:
    """Both decided before the handshake is accepted."""

    async def test_nobody_without_a_credential(self, service: Clinic) -> None:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(f"ws://127.0.0.1:{service.port}/api/v1/live")
        assert refused.value.response.status_code == 403

    async def test_hello_comes_first(self, service: Clinic) -> None:
        async with service.screen() as connection:
            hello = await Screen(connection).next()
            assert hello["type"] == "hello"
            assert hello["protocol"] == 1
            assert isinstance(hello["server_ns"], int)


class TestWatch:
    async def test_snapshot_then_feed_then_frames(self, service: Clinic, machine: Machine) -> None:
        async with service.watching([NAME]) as screen:
            await screen.next()
            await screen.next()
            await machine.send([60.0, 59.5])
            frame = await screen.until("frame")
            assert [message["type"] for message in screen.seen[1:3]] == ["snapshot", "feed"]
            assert screen.all("feed")[0]["state"] == "offline"
            assert "live" in [feed["state"] for feed in screen.all("feed")]
            assert frame["trace"]["angle_deg"] == [60.0, 59.5]
            assert frame["t_ns"] == frame["trace"]["t_ns"][-1]

    async def test_no_reading_is_null(self, service: Clinic, machine: Machine) -> None:
        async with service.watching([NAME]) as screen:
            await screen.until("feed")
            await machine.send([float("nan")] * 2)
            frame = await screen.until("frame")
            assert frame["trace"]["angle_deg"] == [None, None]
            assert frame["angle_deg"] is None

    async def test_a_second_watch_replaces_the_first(self, service: Clinic, machine: Machine) -> None:
        async with service.watching([NAME]) as screen:
            await screen.until("feed")
            await screen.say({"type": "watch", "machines": [OTHER]})
            await screen.until("feed", lambda feed: feed["machine"] == OTHER)
            await machine.send([60.0] * 10)
            await service.until(lambda: service.floor.lines[NAME].feed == "live")
            await screen.say({"type": "ping", "id": 1})
            await screen.until("pong")
            assert [message["machine"] for message in screen.all("frame")] == []

    async def test_everything_includes_machines_that_come_later(self, service: Clinic, nats: BrokerProcess) -> None:
        async with service.watching("*") as screen:
            await screen.until("feed", lambda feed: feed["machine"] == OTHER)
            async with Machine(nats.url, "praxis/new") as newcomer:
                await newcomer.send([60.0] * 2)
                await screen.until("snapshot", lambda snapshot: snapshot["machine"] == "praxis/new")
                await screen.until("frame", lambda frame: frame["machine"] == "praxis/new")
            assert "praxis/forbidden" not in {message.get("machine") for message in screen.seen}

    async def test_frames_leave_at_most_at_the_rate_and_carry_every_sample(self, service: Clinic, machine: Machine) -> None:
        async with service.watching([NAME], rate_hz=10) as screen:
            await screen.until("feed")
            for _ in range(50):
                await machine.send([60.0] * 2)
                await asyncio.sleep(0.01)
            times: list[int] = []
            while not times or times[-1] < machine.t_ns - 10_000_000:
                times += (await screen.until("frame"))["trace"]["t_ns"]
            frames = screen.all("frame")
            assert [b - a for a, b in pairwise(times)] == [10_000_000] * 99
            between = [b["sent_ns"] - a["sent_ns"] for a, b in pairwise(frames)]
            assert min(between) >= 99_000_000

    async def test_traces_are_thinned_above_100_hz(self, service: Clinic, machine: Machine) -> None:
        async with service.watching([NAME]) as screen:
            await screen.until("feed")
            batch = msgspec.structs.replace(machine.batch(at / 100 for at in range(50)), dt=1_000_000)
            await machine.publish("samples", msgspec.msgpack.encode(batch))
            frame = await screen.until("frame")
            assert frame["trace"]["angle_deg"] == [0, 0.1, 0.2, 0.3, 0.4]
            assert frame["angle_deg"] == 0.49

    async def test_uneven_times_at_100_hz_are_all_in_the_trace(self, service: Clinic, machine: Machine) -> None:
        """Contract 5: thinned above 100 Hz, which two samples that come soon after each other are not."""
        async with service.watching([NAME]) as screen:
            await screen.until("feed")
            batch = machine.batch([60.0, 59.5, 59.0])
            times = np.array([batch.t0, batch.t0 + 6_000_000, batch.t0 + 14_000_000], "<i8")
            await machine.publish("samples", msgspec.msgpack.encode(msgspec.structs.replace(batch, t=times.tobytes())))
            assert (await screen.until("frame"))["trace"]["angle_deg"] == [60.0, 59.5, 59.0]

    async def test_single_samples_at_1_khz_are_all_in_the_trace_of_a_slow_screen(self, service: Clinic, machine: Machine) -> None:
        """Contract 5: every sample since the previous frame, thinned above 100 Hz, however the samples are cut into batches."""
        async with service.watching([NAME], rate_hz=1) as screen:
            await screen.until("feed")
            for at in range(601):
                single = msgspec.structs.replace(machine.batch([at / 100]), t0=at * 1_000_000, dt=1_000_000)
                await machine.publish("samples", msgspec.msgpack.encode(single))
            shown: list[float] = []
            while not shown or shown[-1] < 6.0:
                shown += (await screen.until("frame"))["trace"]["angle_deg"]
            assert shown == [at / 10 for at in range(61)]

    async def test_a_watch_names_every_machine_of_a_clinic_twice(self, service: Clinic) -> None:
        """120 machines (README) with the last event of each, and the longest names that there are."""
        names = [f"{'s' * 64}/{'m' * 60}{number:04}" for number in range(120)]
        for name in names:
            service.floor.line(name)
        resume = {name: {"session": "0198a5b2-1111-7abc-8def-0123456789ab", "id": 100_000} for name in names}
        async with service.watching(names, resume=resume) as screen:
            await screen.until("snapshot", lambda snapshot: snapshot["machine"] == names[-1])

    async def test_ping_is_answered_with_its_id(self, service: Clinic) -> None:
        async with service.watching([NAME]) as screen:
            await screen.say({"type": "ping", "id": 3})
            assert (await screen.until("pong"))["id"] == 3


class TestWhoIsLetGo:
    async def test_unknown_or_forbidden_machine_1008(self, service: Clinic) -> None:
        for name in ("praxis/unknown", "praxis/forbidden", "nonsense"):
            async with service.watching([NAME, name]) as screen:
                assert await closed(screen) == (1008, "unknown_machine"), name

    async def test_nonsense_1007(self, service: Clinic) -> None:
        for nonsense in (
            "hello", "{}", "[]", "null", '{"type":"dance"}', '{"type":"watch"}', '{"type":"watch","machines":[1]}',
            '{"type":"watch","machines":"*","rate_hz":0}', '{"type":"watch","machines":"*","rate_hz":-1}', '{"type":"ping","id":"x"}',
            "[" * 4000, b"\xff\xfe\x00", b"",
        ):  # fmt: skip
            async with service.screen() as connection:
                await connection.send(nonsense)
                assert await closed(Screen(connection)) == (1007, "not_understood"), nonsense

    async def test_text_that_is_not_utf_8_1007(self, service: Clinic) -> None:
        async with service.screen() as connection:
            await connection.send(b"\xff\xff", text=True)
            assert (await closed(Screen(connection)))[0] == 1007

    async def test_oversized_1009(self, service: Clinic) -> None:
        for message in ('{"type":"ping","id":1}'.ljust(4097), '{"type":"watch",'.ljust(4097), "[" * 5000):
            async with service.screen() as connection:
                await connection.send(message)
                assert await closed(Screen(connection)) == (1009, "too_long"), message[:20]

    async def test_a_watch_longer_than_64_kib_1009(self, service: Clinic) -> None:
        async with service.screen() as connection:
            await connection.send(json.dumps({"type": "watch", "machines": [NAME] * 10_000}))
            assert (await closed(Screen(connection)))[0] == 1009

    async def test_restart_1012(self, service: Clinic) -> None:
        async with service.watching([NAME]) as screen:
            await screen.until("feed")
            closing = asyncio.create_task(service.gateway.close())
            assert await closed(screen) == (1012, "restart")
            await closing

    async def test_a_client_that_does_not_read_1013_and_nobody_else_waits(
        self, service: Clinic, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        graces_s, buffered = [], []
        hang_up = Socket.hang_up

        def seen(self: Socket, code: int, reason: str = "") -> None:
            hang_up(self, code, reason)
            assert self.close_timer is not None
            graces_s.append(self.close_timer.when() - self.loop.time())
            buffered.append(self.transport.get_write_buffer_size())

        monkeypatch.setattr(Socket, "hang_up", seen)
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.connect(("127.0.0.1", service.port))
        async with service.watching([NAME], rate_hz=120) as healthy, service.screen(sock=plain, max_queue=1) as stalled:
            await stalled.send(json.dumps({"type": "watch", "machines": [NAME], "rate_hz": 120}))
            await service.until(lambda: len(service.floor.lines[NAME].channel.viewers) == 2)
            stalled.transport.pause_reading()
            last_ns, longest_ns = 0, 0
            async with asyncio.timeout(60):
                while not service.floor.counts.clients_slow:
                    await machine.send([60.0] * 100, size=100)
                    frame = await healthy.until("frame", lambda frame: frame["t_ns"] == machine.t_ns - 10_000_000)
                    longest_ns = max(longest_ns, frame["sent_ns"] - last_ns if last_ns else 0)
                    last_ns = frame["sent_ns"]
            assert longest_ns < 1_000_000_000
            assert service.floor.counts.frames_skipped > 0
            stalled.transport.resume_reading()
            code, _ = await closed(Screen(stalled))
            assert code == 1013
        assert graces_s[0] > 25, "a client that was away for half a minute is still told why"
        assert buffered[0] < 4 * UNREAD_BYTES


class TestResume:
    """Never missed: after a reconnect the client gets what follows `resume`, in order."""

    async def two_sessions(self, service: Clinic, machine: Machine) -> list[dict[str, Any]]:
        """Every event of two sessions, as a screen that never left saw them."""
        async with service.watching([NAME]) as screen:
            await machine.send([60.0] * 10)
            await screen.until("frame")
            for number in range(2):
                await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
                await machine.send([60.0] * 50 + repetition(2, 1, 2, 1) + [60.0] * 50)
                await screen.event("repetition_completed")
                await service.floor.act(NAME, "stop", f"stop-{number}", "stopped")
                await screen.event("set_ended")
            return screen.all("event")

    async def resumed(self, service: Clinic, session: str | None, number: int, count: int) -> list[dict[str, Any]]:
        async with service.watching([NAME], resume={NAME: {"session": session, "id": number}}) as screen:
            while len(screen.all("event")) < count:
                await screen.until("event")
            await screen.until("feed")
            return screen.all("event")

    async def test_the_rest_of_that_session_then_every_later_one(self, service: Clinic, machine: Machine) -> None:
        events = await self.two_sessions(service, machine)
        for at in (0, 3, len(events) - 2):
            assert await self.resumed(service, events[at]["session"], events[at]["id"], len(events) - at - 1) == events[at + 1 :]

    async def test_sessions_no_longer_in_memory_come_from_their_recordings(self, service: Clinic, machine: Machine) -> None:
        events = await self.two_sessions(service, machine)
        first = events[0]["session"]
        async with asyncio.timeout(WAIT_S):
            while sum(row.ended_utc is not None for row in (await service.floor.index.list(machine=NAME, limit=10))[0]) < 2:
                await asyncio.sleep(0.02)
        history = service.floor.lines[NAME].history
        history._sessions.pop(first)
        assert await self.resumed(service, first, 2, len(events) - 2) == events[2:]

    async def test_a_running_session_gives_from_its_recording_what_memory_no_longer_holds(self, service: Clinic, machine: Machine) -> None:
        """Contract 5, never missed: wherever the client had got to, before and after the disk has it all, and while more comes."""
        async with service.watching([NAME]) as screen:
            await machine.send([60.0] * 10)
            await screen.until("frame")
            plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
            session = plan.session
            assert session is not None
            for part in range(2):
                await machine.send([60.0] * 50 * (part == 0) + repetition(2, 1, 2, 1) * 10, size=10)
                while (await screen.event("repetition_completed"))["repetition"] != 10 * part + 9:
                    pass
                await service.until(lambda: not service.floor.lines[NAME].unsaid)
                events = screen.all("event")
                for at in (0, 1, len(events) // 2, len(events) - 3):
                    assert (await self.resumed(service, session, at, len(events) - at))[: len(events) - at] == events[at:]
            history = service.floor.lines[NAME].history
            _, missing = history.after(session, 0)
            assert missing is not None, "all of it is still in memory: this test tests nothing"
            assert len(events) > 2 * KEPT
            assert [json.loads(text)["id"] for text in await service.floor.events(session)][: len(events)] == [e["id"] for e in events]

    async def test_a_session_that_nobody_knows_gives_what_memory_has(self, service: Clinic, machine: Machine) -> None:
        events = await self.two_sessions(service, machine)
        assert await self.resumed(service, "never", 5, len(events)) == events

    async def test_an_id_that_is_never_reached_gives_nothing(self, service: Clinic, machine: Machine) -> None:
        events = await self.two_sessions(service, machine)
        async with service.watching([NAME], resume={NAME: {"session": events[-1]["session"], "id": 2**70}}) as screen:
            await screen.until("snapshot")
            await screen.say({"type": "ping", "id": 1})
            await screen.until("pong")
            assert screen.all("event") == []

    async def test_the_last_event_may_be_a_button_pressed_outside_a_session(self, service: Clinic, machine: Machine) -> None:
        """Contract 4 gives it no session, and it is the last event that the client has (contract 5): what comes next is not missed."""
        async with service.watching([NAME]) as screen:
            await machine.publish("button", encoding.encode(Button(id="press-1", boot=machine.boot, at_ns=0, button="pause")), 1)
            last = await screen.event("button_pressed")
            assert last["session"] is None
        events = await self.two_sessions(service, machine)
        assert await self.resumed(service, last["session"], last["id"], len(events)) == events
