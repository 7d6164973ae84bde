"""The service's side of the line, for tests: hears everything of one machine, and answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import aiomqtt
import msgspec

from tests.brokers import BrokerProcess
from wire.messages import Button, Command, Reply, Status
from wire.samples import SampleBatch, decode
from wire.topics import Leaf, parse, topic

WAIT_S = 20.0
ASK_AGAIN_S = 2.0
Found = TypeVar("Found")


class Bus:
    """What was heard, by leaf; `until` waits for what a test expects."""

    def __init__(self, client: aiomqtt.Client, machine: str) -> None:
        self._client = client
        self._machine = machine
        self._heard = asyncio.Condition()
        self.status: list[Status] = []
        self.retained: list[bool] = []
        self.batches: list[SampleBatch] = []
        self.replies: list[Reply] = []
        self.buttons: list[Button] = []

    async def listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            leaf = parse(str(message.topic)).leaf
            async with self._heard:
                if leaf is Leaf.STATUS:
                    self.status.append(msgspec.json.decode(message.payload, type=Status))
                    self.retained.append(message.retain)
                elif leaf is Leaf.SAMPLES:
                    self.batches.append(decode(message.payload))
                elif leaf is Leaf.REPLY:
                    self.replies.append(msgspec.json.decode(message.payload, type=Reply))
                elif leaf is Leaf.BUTTON:
                    self.buttons.append(msgspec.json.decode(message.payload, type=Button))
                self._heard.notify_all()

    async def until(self, found: Callable[[], Found | None]) -> Found:
        """What `found` finds, as soon as it finds it."""
        async with asyncio.timeout(WAIT_S), self._heard:
            while not (result := found()):
                await self._heard.wait()
            return result

    async def until_asked(self, found: Callable[[], Found | None]) -> Found:
        """The same of what the broker keeps: it is asked until it says so (nats-server may forget to, decision 0246)."""
        asking = asyncio.create_task(self._ask())
        try:
            return await self.until(found)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(ASK_AGAIN_S)
            await self._client.subscribe(topic(self._machine, Leaf.STATUS), qos=1)

    async def say(self, leaf: Leaf, payload: bytes, *, retain: bool = False) -> None:
        await self._client.publish(topic(self._machine, leaf), payload, qos=1, retain=retain)

    async def order(self, command: Command, **more: float) -> Reply:
        """Send a command and wait for its answer."""
        payload = msgspec.json.encode({**msgspec.to_builtins(command), **more})
        await self.say(Leaf.COMMAND, payload)
        return await self.until(lambda: next((reply for reply in self.replies if reply.id == command.id), None))


@asynccontextmanager
async def listening(broker: BrokerProcess, machine: str = "clinic/lex1") -> AsyncIterator[Bus]:
    """A bus that hears this machine."""
    async with aiomqtt.Client(broker.host, broker.port) as client:
        bus = Bus(client, machine)
        for leaf in (Leaf.STATUS, Leaf.SAMPLES, Leaf.REPLY, Leaf.BUTTON):
            await client.subscribe(topic(machine, leaf), qos=1)
        ears = asyncio.create_task(bus.listen())
        try:
            yield bus
        finally:
            ears.cancel()
            await asyncio.gather(ears, return_exceptions=True)
