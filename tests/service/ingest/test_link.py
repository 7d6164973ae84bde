"""The connection to the broker: for ever, and nothing that was promised is lost (contract 2, robustness F01)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiomqtt
import pytest

from benchmarks.faults.proxy import Proxy
from service.ingest import link as link_module
from service.ingest.link import Link
from service.ingest.packets import Publication
from tests.brokers import BrokerProcess, free_port
from tests.forgetful import forgetting

WAIT_S = 20.0


class Listener:
    """A link and what it delivered."""

    def __init__(self, url: str) -> None:
        self.bursts: list[list[Publication]] = []
        self.connected = 0
        self.changed = asyncio.Event()
        filters = {"ilex/+/+/+/samples": 0, "ilex/+/+/+/status": 1}
        self.link = Link(url, filters, self._deliver, self._connected, client_id="test-link", retained=["ilex/+/+/+/status"])

    def _deliver(self, burst: list[Publication]) -> None:
        self.bursts.append(burst)
        self.changed.set()

    def _connected(self) -> None:
        self.connected += 1
        self.changed.set()

    async def until(self, count: int) -> list[Publication]:
        async with asyncio.timeout(WAIT_S):
            while len(found := [message for burst in self.bursts for message in burst]) < count:
                self.changed.clear()
                await self.changed.wait()
        return found


@contextlib.asynccontextmanager
async def listening(url: str) -> AsyncIterator[Listener]:
    listener = Listener(url)
    listener.link.start()
    try:
        yield listener
    finally:
        await listener.link.close()


def client(broker: BrokerProcess) -> aiomqtt.Client:
    return aiomqtt.Client(broker.host, broker.port)


async def test_messages_come_in_order_retained_ones_too(broker: BrokerProcess) -> None:
    async with client(broker) as machine:
        await machine.publish("ilex/1/a/b/status", b"before", qos=1, retain=True)
        async with listening(broker.url) as listener:
            assert (await listener.until(1))[0] == listener.bursts[0][0]
            first = listener.bursts[0][0]
            assert (first.topic, first.payload, first.retained) == ("ilex/1/a/b/status", b"before", True)
            for number in range(1000):
                await machine.publish("ilex/1/a/b/samples", str(number).encode())
            found = await listener.until(1001)
            assert [int(message.payload) for message in found[1:]] == list(range(1000))


async def test_what_a_broker_forgets_to_say_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0246: what it kept is heard, but not instead of what came since."""
    monkeypatch.setattr(link_module, "ASK_AGAIN_S", 0.05)
    new, old = ("ilex/1/a/b/status", b"new"), ("ilex/1/a/b/status", b"old")
    missed = ("ilex/1/a/c/status", b"missed")
    async with forgetting([old, missed], live=[new]) as broker, listening(broker.url) as listener:
        found = await listener.until(2)
        assert [(message.topic, message.payload, message.retained) for message in found] == [(*new, False), (*missed, True)]


async def test_it_comes_back_when_the_broker_does_and_subscribes_again(broker: BrokerProcess) -> None:
    with Proxy(broker.port) as wire:
        async with listening(f"mqtt://{broker.host}:{wire.port}") as listener:
            async with asyncio.timeout(WAIT_S):
                await listener.link.online.wait()
            wire.cut()  # until there is somebody to hear what comes first
            broker.kill()
            async with asyncio.timeout(WAIT_S):
                while listener.link.online.is_set():
                    await asyncio.sleep(0.01)
            listener.link.publish("ilex/1/a/b/events", b"kept", qos=1)
            listener.link.publish("ilex/1/a/b/stored", b"dropped", qos=0)
            assert listener.link.unsent == 1
            await asyncio.to_thread(broker.start)
            async with client(broker) as machine, asyncio.timeout(WAIT_S):
                await machine.subscribe("ilex/1/a/b/events", 1)
                wire.heal()
                await listener.link.online.wait()
                message = await anext(machine.messages)
                assert message.payload == b"kept"
                await machine.publish("ilex/1/a/b/samples", b"again")
                await listener.until(1)
            assert listener.connected == 2
            while listener.link.outbox.depth:
                await asyncio.sleep(0.01)


async def test_quality_1_is_kept_until_the_broker_has_it(broker: BrokerProcess) -> None:
    async with client(broker) as machine:
        await machine.subscribe("ilex/1/a/b/events", 1)
        async with listening(broker.url) as listener:
            for number in range(2000):
                listener.link.publish("ilex/1/a/b/events", str(number).encode(), qos=1)
            assert listener.link.outbox.peak == 2000
            async with asyncio.timeout(WAIT_S):
                received = []
                async for message in machine.messages:
                    assert isinstance(message.payload, bytes)
                    received.append(int(message.payload))
                    if len(received) == 2000:
                        break
                assert received == list(range(2000))
                while listener.link.outbox.depth:
                    await asyncio.sleep(0.01)


async def test_the_outbox_is_bounded_and_counts_what_it_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "OUTBOX", 10)
    listener = Listener(f"mqtt://127.0.0.1:{free_port()}")
    for number in range(15):
        listener.link.publish("t", str(number).encode(), qos=1)
    assert (listener.link.outbox.depth, listener.link.outbox.dropped) == (10, 5)


async def test_a_port_that_speaks_something_else_is_tried_again_and_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "CONNECT_S", 0.3)
    tries = asyncio.Semaphore(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.release()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, listening(url) as listener, asyncio.timeout(WAIT_S):
        await tries.acquire()
        await tries.acquire()
        assert not listener.link.online.is_set()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1883", "mqtt://", "127.0.0.1:1883"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected mqtt://"):
        Link(url, {}, lambda _: None, lambda: None, client_id="x")
