"""The commands of contract 2: `identify`, `tare`, `sweep`. One at a time; each is answered on `reply` once it is done."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from edge_agent.calibration import Corrected, Measured, sweep, tare
from edge_agent.gravity import LEAST_RANGE_DEG, WAYS, Refused, turns
from edge_agent.software import SOFTWARE
from wire.messages import Command, Reply
from wire.names import SafeId
from wire.topics import Leaf

if TYPE_CHECKING:
    from edge_agent.agent import Agent, Boot

TARE_S = 1.0
REMEMBERED = 256


class Order(Command, frozen=True, kw_only=True):
    """A command, how long a sweep may take, and whether the counterweight is locked for it, carrying the body."""

    within_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 120.0
    locked: bool = False


class _Asked(msgspec.Struct, frozen=True):
    """As much of a command as a refusal needs."""

    id: SafeId


class Commands:
    """What this boot is asked to do. `see` gets every sample, before tare and curve."""

    def __init__(self, agent: "Agent", boot: "Boot") -> None:
        self._agent = agent
        self._boot = boot
        self._orders: asyncio.Queue[Order] = asyncio.Queue(8)
        self._replies: dict[str, Reply | None] = {}
        self._gathering: list[Corrected] | None = None
        self._seen = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    def take(self, payload: bytes) -> None:
        """A command arrives. A repeated id is answered again, not done again; one that can't be done is refused. Raises DecodeError."""
        try:
            order = msgspec.json.decode(payload, type=Order)
        except msgspec.ValidationError as error:
            asked = msgspec.json.decode(payload, type=_Asked)
            self._answer_now(Reply(id=asked.id, ok=False, error=f"not understood: {error}"))
            return
        if order.id in self._replies:
            reply = self._replies[order.id]
            if reply is not None:
                self._answer_now(reply)
            return
        while len(self._replies) >= REMEMBERED:
            del self._replies[next(iter(self._replies))]
        self._replies[order.id] = None
        try:
            self._orders.put_nowait(order)
        except asyncio.QueueFull:
            del self._replies[order.id]

    def see(self, sensors: Corrected) -> None:
        """Samples pass by; kept only while a command measures."""
        if self._gathering is not None:
            self._gathering.append(sensors)
            self._seen.set()

    async def run(self) -> None:
        """Do what is asked, one after the other, for ever."""
        while True:
            order = await self._orders.get()
            self._agent.driver.take_command(order)
            try:
                result = await self._do(order)
                reply = Reply(id=order.id, ok=True, result=result)
            except Refused as refused:
                found = None if refused.figures is None else {"figures": msgspec.to_builtins(refused.figures)}
                reply = Reply(id=order.id, ok=False, error=str(refused), result=found)
            except OSError as error:
                reply = Reply(id=order.id, ok=False, error=f"can't keep the calibration: {error}")
            self._replies[order.id] = reply
            await self._answer(reply)

    def _answer_now(self, reply: Reply) -> None:
        task = asyncio.create_task(self._answer(reply))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, reply: Reply) -> None:
        await self._boot.link.say(Leaf.REPLY, reply)

    async def _do(self, order: Order) -> dict[str, Any]:
        if order.verb == "identify":
            return self._identify()
        if order.verb == "tare":
            measured = tare(await self._gather(TARE_S + 2.0, _lasts(TARE_S)))
            await self._use(measured)
            return {"torque_nm": measured.tare_nm, "id": measured.tare_id}
        measured = sweep(await self._gather(order.within_s, _turned), self._agent.calibration.measured, locked=order.locked)
        curve = measured.curve
        assert curve is not None
        await self._use(measured)
        result: dict[str, Any] = msgspec.to_builtins(curve)
        return result

    def _identify(self) -> dict[str, Any]:
        return {
            "machine": self._agent.machine,
            "boot": self._boot.name,
            "software": SOFTWARE,
            "driver": type(self._agent.configuration.driver).__struct_config__.tag,
            "sample_rate_hz": self._agent.driver.sample_rate_hz,
            "live": self._boot.link.lane.describe(),
        }

    async def _use(self, measured: Measured) -> None:
        await self._agent.keep(measured)
        self._boot.link.announce()

    async def _gather(self, within_s: float, enough: "_Enough") -> Corrected:
        """Samples until there are enough. Raises Refused after `within_s`."""
        parts: list[Corrected] = []
        self._gathering = parts
        try:
            async with asyncio.timeout(within_s):
                while not enough(parts):
                    self._seen.clear()
                    await self._seen.wait()
        except TimeoutError:
            raise Refused(f"not done within {within_s:g} s" if parts else "the sensors give no samples") from None
        finally:
            self._gathering = None
        return Corrected(
            np.concatenate([part.t_ns for part in parts]),
            np.concatenate([part.angle_deg for part in parts]),
            np.concatenate([part.torque_nm for part in parts]),
            {},
        )


_Enough = Callable[[list[Corrected]], bool]


def _lasts(least_s: float) -> _Enough:
    """Enough once the samples span so long on the device's clock."""
    return lambda parts: bool(parts) and int(parts[-1].t_ns[-1]) - int(parts[0].t_ns[0]) >= least_s * 1e9


def _turned(parts: list[Corrected]) -> bool:
    """Enough once the movement has turned four times at its ends: two cycles there and back."""
    if not parts:
        return False
    angle = np.concatenate([part.angle_deg for part in parts[:: max(1, len(parts) // 2000)]])
    angle = angle[~np.isnan(angle)]
    if angle.size < 2 or float(np.ptp(angle)) < LEAST_RANGE_DEG:
        return False
    # Beginning at one end, it has come to an end four times more: there, back, there, back.
    return turns(angle) >= WAYS
