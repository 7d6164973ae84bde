"""A clinic for tests: floor, intake and gateway on a real broker and a real server; a machine and a screen to talk to it."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any, Self

import aiomqtt
import msgspec
import numpy as np
import uvicorn
import websockets

from service import recordings
from service.ingest.intake import Intake
from service.live.floor import Floor
from service.live.gateway import Gateway
from service.live.resuming import Resuming
from service.live.socket import Socket
from service.security import Action, Identity, Role
from service.store import Index
from wire import encoding, samples
from wire.messages import ClockAnchor, Status
from wire.plan import Plan
from wire.samples import SampleBatch

NAME = "praxis/ilex1"
TOKEN = {"Authorization": "Bearer good"}
WAIT_S = 15.0
STEP_NS = 10_000_000


def identify(scope: Any) -> Identity | None:
    """Everybody with the right word is a therapist."""
    return Identity(Role.THERAPIST, "test") if (b"authorization", b"Bearer good") in scope["headers"] else None


def may(identity: Identity | None, action: Action, machine: str | None = None) -> bool:
    """All but the machine named forbidden."""
    return identity is not None and machine != "praxis/forbidden"


class Clinic:
    """A running service without API and pages."""

    def __init__(self, floor: Floor, intake: Intake, gateway: Gateway, port: int) -> None:
        self.floor, self.intake, self.gateway, self.port = floor, intake, gateway, port

    def screen(self, **options: Any) -> websockets.connect:
        """A WebSocket client, not yet connected."""
        return websockets.connect(f"ws://127.0.0.1:{self.port}/api/v1/live", additional_headers=TOKEN, compression=None, **options)

    @contextlib.asynccontextmanager
    async def watching(self, machines: list[str] | str, **fields: Any) -> AsyncIterator["Screen"]:
        """A screen that is there: whatever its machines send from now on, it gets (or it has been turned away)."""
        hub = self.floor.hub
        before = set(hub.viewers)
        async with self.screen() as connection:
            screen = Screen(connection)
            await screen.until("hello")
            await screen.say({"type": "watch", "machines": machines, **fields})
            (own,) = hub.viewers - before
            joined = hub.everywhere if machines == "*" else self.floor.lines[machines[0]].channel.viewers
            await self.until(lambda: own in joined or own.ended.done())
            yield screen

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something inside the service."""
        async with asyncio.timeout(WAIT_S):
            while not condition():
                await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def clinic(url: str, data: Path) -> AsyncIterator[Clinic]:
    index = await Index.open(f"sqlite+aiosqlite:///{data / 'index.sqlite'}")
    floor = Floor(data / "recordings", lambda *_, **__: None, index)
    floor.start()
    resuming = asyncio.create_task(Resuming(floor, await asyncio.to_thread(recordings.leftovers, data / "recordings")).run())
    intake = Intake(url, floor, data)
    intake.start()
    gateway = Gateway(floor, identify, may)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        gateway, ws=Socket, ws_max_size=65536, ws_per_message_deflate=False, ws_ping_interval=5, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment, method-assign]  # the test's process keeps its own
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(WAIT_S):
            await intake.link.online.wait()
            while not server.started:
                await asyncio.sleep(0.005)
        yield Clinic(floor, intake, gateway, listener.getsockname()[1])
    finally:
        resuming.cancel()
        await asyncio.gather(resuming, return_exceptions=True)
        await gateway.close()
        server.should_exit = True
        await task
        await intake.close()
        await floor.close()
        await index.close()
        listener.close()


class Screen:
    """What a client has received, by type."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection
        self.seen: list[dict[str, Any]] = []

    async def say(self, message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        self.seen.append(message)
        return message

    async def until(self, kind: str, condition: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next message of a type that fulfils a condition."""
        while True:
            message = await self.next()
            if message["type"] == kind and condition(message):
                return message

    async def event(self, kind: str) -> dict[str, Any]:
        return await self.until("event", lambda message: message["kind"] == kind)

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.seen if message["type"] == kind]


class Machine:
    """An edge agent by hand: batches of samples on the bus."""

    def __init__(self, url: str, name: str = NAME, boot: str = "boot-1") -> None:
        host, port = url.removeprefix("mqtt://").split(":")
        self._client = aiomqtt.Client(host, int(port))
        self.root = f"ilex/1/{name}"
        self.name = name
        self.boot = boot
        self.seq = 0
        self.t_ns = time.monotonic_ns()
        self.heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        for leaf, quality in (("stored", 0), ("events", 1), ("plan", 1)):
            await self._client.subscribe(f"{self.root}/{leaf}", quality)
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._client.__aexit__(None, None, None)

    async def _listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            self.heard.put_nowait((message.topic.value.rsplit("/", 1)[1], message.payload))

    async def hear(self, leaf: str, condition: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next message of a leaf that fulfils a condition."""
        async with asyncio.timeout(WAIT_S):
            while True:
                name, payload = await self.heard.get()
                meaning = json.loads(payload) if payload else None
                if name == leaf and condition(meaning):
                    return meaning

    async def publish(self, leaf: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        await self._client.publish(f"{self.root}/{leaf}", payload, qos=qos, retain=retain)

    async def status(self, **fields: Any) -> None:
        anchor = ClockAnchor(mono_ns=self.t_ns, utc_ns=time.time_ns())
        known = {"online": True, "boot": self.boot, "clock": anchor, **fields}
        await self.publish("status", encoding.encode(Status(**known)), 1, retain=True)

    def batch(self, angles: Iterable[float], torque_nm: float = 50.0) -> SampleBatch:
        """The next samples, 10 ms apart."""
        angle = np.array(list(angles), "<f4")
        batch = SampleBatch(
            boot=self.boot,
            seq=self.seq,
            t0=self.t_ns,
            dt=STEP_NS,
            angle=angle.tobytes(),
            torque=np.full(len(angle), torque_nm, "<f4").tobytes(),
        )
        self.seq += len(angle)
        self.t_ns += len(angle) * STEP_NS
        return batch

    async def send(self, angles: Iterable[float], leaf: str = "samples", size: int = 2) -> None:
        """Angles as batches of `size`, as fast as they go."""
        angles = list(angles)
        for at in range(0, len(angles), size):
            await self.publish(leaf, samples.encode(self.batch(angles[at : at + size])))


def repetition(extension_s: float = 4.0, hold_s: float = 2.0, flexion_s: float = 3.0, turn_s: float = 1.0) -> list[float]:
    """One repetition from 60 to 6 degrees and back, at 100 Hz."""
    up = np.linspace(60, 6, round(extension_s * 100), endpoint=False)
    down = np.linspace(6, 60, round(flexion_s * 100), endpoint=False)
    return [*up.tolist(), *[6.0] * round(hold_s * 100), *down.tolist(), *[60.0] * round(turn_s * 100)]


PLAN = {"range": {"flexion_deg": 60.0, "extension_deg": 6.0}, "tempo": {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0, "turn_s": 1.0}}


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
