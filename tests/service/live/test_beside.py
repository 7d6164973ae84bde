"""A patient who has lost his screen in a set is told to staff (contract 5, `screen`; decision 0215; H09). A whole service, real sockets."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import websockets

from service.live import beside
from service.security import Role
from service.server import Serving, serving
from service.settings import Settings
from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, Machine, Screen
from wire.plan import Plan

NAME = "praxis/ilex1"
PING_S = 0.2
AWAY_S = 1.5
"""Shorter than it is, as everything else here is quick."""
TICK_S = 1.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert beside.AWAY_NS == 5_000_000_000, "decision 0215"
    monkeypatch.setattr(beside, "AWAY_NS", round(AWAY_S * 1e9))


@pytest.fixture
async def running(tmp_path: Path, nats: BrokerProcess) -> AsyncIterator[Serving]:
    async with serving(Settings(data=tmp_path / "data", port=0, broker=nats.url)) as started:
        yield started


@pytest.fixture
async def machine(running: Serving, nats: BrokerProcess) -> AsyncIterator[Machine]:
    """One that samples and has a plan."""
    async with Machine(nats.url, NAME) as started:
        await started.status(sample_rate_hz=100.0)
        floor = running.station.floor
        async with asyncio.timeout(15):
            while NAME not in floor.lines:
                await asyncio.sleep(0.01)
        await floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
        yield started


async def start(running: Serving, machine: Machine) -> None:
    """A set, from its countdown on."""
    floor = running.station.floor
    await machine.send([60.0] * 10)
    async with asyncio.timeout(15):
        while floor.lines[NAME].feed not in ("live", "late"):
            await asyncio.sleep(0.01)
    await floor.act(NAME, "start", "id-start")


@contextlib.asynccontextmanager
async def connected(running: Serving, headers: dict[str, str]) -> AsyncIterator[Screen]:
    url = running.url.replace("http", "ws", 1) + "/api/v1/live"
    async with websockets.connect(url, additional_headers=headers) as connection:
        screen = Screen(connection)
        await screen.say({"type": "watch", "machines": [NAME]})
        await screen.until("feed")
        try:
            yield screen
        finally:
            connection.transport.abort()


def staff(running: Serving) -> contextlib.AbstractAsyncContextManager[Screen]:
    token, _ = running.station.gate.issue(Role.THERAPIST, days=1)
    return connected(running, {"Authorization": f"Bearer {token}"})


def paired(running: Serving) -> dict[str, str]:
    """The headers of a browser that has just become the machine's screen."""
    gate = running.station.gate
    screen, _ = gate.screens.add(NAME, "test")
    return {"Cookie": f"{gate.cookie_name}={gate.screen_cookie(screen)}", "Origin": running.url}


async def speak(screen: Screen) -> None:
    """What a page does, until it stands still."""
    while True:
        await screen.say({"type": "ping", "id": 1})
        await asyncio.sleep(PING_S)


@contextlib.asynccontextmanager
async def speaking(screen: Screen) -> AsyncIterator[None]:
    task = asyncio.create_task(speak(screen))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_screen_that_is_cut_off_in_a_set_is_told_and_so_is_its_return(running: Serving, machine: Machine) -> None:
    headers = paired(running)
    async with staff(running) as wall:
        async with connected(running, headers) as patient, speaking(patient):
            await start(running, machine)
            await asyncio.sleep(AWAY_S + 2 * TICK_S)
            await wall.say({"type": "ping", "id": 2})
            await wall.until("pong")
            assert wall.all("screen") == [], "it is there"
        cut_s = time.monotonic()
        assert await wall.until("screen") == {"type": "screen", "machine": NAME, "away": True}
        assert AWAY_S - PING_S - 0.1 < time.monotonic() - cut_s < AWAY_S + 2 * TICK_S
        async with staff(running) as later:
            assert (await later.until("screen"))["away"] is True, "a wall that is opened later knows"
        async with connected(running, headers) as patient:
            assert (await wall.until("screen"))["away"] is False
            # The line stands, and nobody speaks: a cable that is cut, a page that hangs.
            assert (await wall.until("screen"))["away"] is True
            await running.station.floor.act(NAME, "stop", "id-stop", "stopped")
            assert (await wall.until("screen"))["away"] is False, "nobody sits there without a screen any more"
            assert patient.all("screen") == [], "only staff are told"


async def test_a_machine_without_a_paired_screen_calls_for_none(running: Serving, machine: Machine) -> None:
    """One that staff watch, and one whose only screen was parted."""
    gate = running.station.gate
    headers = paired(running)
    (screen,) = gate.screens.of(NAME)
    gate.screens.remove(screen.id, NAME)
    async with staff(running) as wall:
        await start(running, machine)
        await asyncio.sleep(AWAY_S + 2 * TICK_S)
        await wall.say({"type": "ping", "id": 1})
        await wall.until("pong")
        assert wall.all("screen") == []
        # Paired in the middle of the set: it has its time to come.
        gate.screens.add(NAME, "test")
        paired_s = time.monotonic()
        assert (await wall.until("screen"))["away"] is True
        assert time.monotonic() - paired_s > AWAY_S - 0.1
    with pytest.raises(websockets.InvalidStatus):
        await connected(running, headers).__aenter__()


class Seat:
    """A set on a machine with one paired screen, second by second."""

    def __init__(self) -> None:
        self.viewer: Any = SimpleNamespace(pairing="s1", heard_ns=0)
        self.viewers = [self.viewer]
        self.told: list[bool] = []
        channel = SimpleNamespace(viewers=self.viewers, say_to_staff=lambda text: self.told.append(json.loads(text)["away"]))
        line: Any = SimpleNamespace(machine=NAME, channel=channel, running=SimpleNamespace(in_set=True))
        floor: Any = SimpleNamespace(paired=lambda _: True)
        self.beside = beside.Beside(line, floor)

    def tick(self, at_s: float) -> None:
        self.beside.tick(round(at_s * 1e9))


def test_what_a_screen_said_just_before_it_left_was_heard() -> None:
    """Away after five seconds, however long ago the service last looked (decision 0215)."""
    seat = Seat()
    seat.tick(102)
    seat.viewer.heard_ns = round(102.9 * 1e9)
    seat.viewers.clear()
    seat.beside.left(seat.viewer)
    seat.tick(103.2)
    seat.tick(104.2)
    assert seat.told == []
    seat.tick(105.2)
    assert seat.told == [True]


def test_while_the_service_stood_still_nobody_was_away() -> None:
    """What was said to it meanwhile is read after the first look."""
    seat = Seat()
    seat.tick(100)
    seat.viewer.heard_ns = round(100.9 * 1e9)
    seat.tick(101)
    seat.tick(109)
    assert seat.told == []
    seat.tick(110)
    assert seat.told == [True], "nothing was said"
    seat.tick(120)
    assert seat.told == [True], "and whoever is away stays so"
