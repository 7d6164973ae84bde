"""Which MQTT client reads the service's samples: CPU and delay a message at the target load (limits.md 2).

5,000 messages of 200 bytes a second, QoS 0, through nats-server to one subscriber in a process of its own; the delay of each is from just
before its write until the callback has it. The loop is uvloop's, as in the service.
"""

import argparse
import asyncio
import gc
import resource
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import figures
from benchmarks.worker import Worker
from service.broker import EmbeddedBroker
from service.ingest import packets
from service.ingest.link import Link
from service.ingest.packets import Publication

MACHINES = 100
BYTES = 200
WARM_UP_S = 1.0
LEAF = "ilex/+/+/+/samples"

Take = Callable[[bytes], None]

_KEPT: list[object] = []
"""What must live as long as the process."""


class Row(NamedTuple):
    """What one client cost; `lost` of all messages sent while it was measured."""

    client: str
    messages: int
    lost: int
    cpu_us: float
    delay: figures.Delay


async def own(host: str, port: int, take: Take) -> None:
    """`service.ingest.link`."""

    def deliver(burst: list[Publication]) -> None:
        for message in burst:
            take(message.payload)

    link = Link(f"mqtt://{host}:{port}", {LEAF: 0}, deliver, lambda: None, client_id="own")
    link.start()
    await link.online.wait()


async def gmqtt(host: str, port: int, take: Take) -> None:
    """gmqtt with a plain callback."""
    from gmqtt import Client
    from gmqtt.mqtt.constants import MQTTv311

    client = Client("gmqtt")
    client.on_message = lambda _client, _topic, payload, _quality, _properties: take(payload)
    await client.connect(host, port, version=MQTTv311)
    client.subscribe(LEAF, qos=0)
    _KEPT.append(client)


async def aiomqtt(host: str, port: int, take: Take) -> None:
    """aiomqtt, one `async for`."""
    import aiomqtt as library

    client = library.Client(host, port)
    await client.__aenter__()
    await client.subscribe(LEAF, 0)

    async def listen() -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            take(message.payload)

    _KEPT.extend((client, asyncio.get_running_loop().create_task(listen())))


CLIENTS: dict[str, Callable[[str, int, Take], Awaitable[None]]] = {"own protocol": own, "gmqtt": gmqtt, "aiomqtt": aiomqtt}


def subscriber(connection: Connection, name: str, host: str, port: int, seconds: float) -> None:
    """A child process: one client, its delays and its CPU."""
    import uvloop

    delays: list[int] = []

    def take(payload: bytes) -> None:
        delays.append(time.monotonic_ns() - int.from_bytes(payload[:8], "big"))

    async def main() -> None:
        await CLIENTS[name](host, port, take)
        connection.send(("ready", None))
        await asyncio.sleep(WARM_UP_S)
        gc.collect()
        before, began = len(delays), resource.getrusage(resource.RUSAGE_SELF)
        await asyncio.sleep(seconds)
        ended = resource.getrusage(resource.RUSAGE_SELF)
        measured = delays[before:]
        await asyncio.sleep(1.0)
        cpu_s = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
        connection.send(("done", (len(delays), cpu_s / max(len(measured), 1) * 1e6, measured)))

    uvloop.run(main())


def publisher(connection: Connection, host: str, port: int, rate: int, seconds: float) -> None:
    """A child process: messages on the clock, each with the time of its writing."""
    with socket.create_connection((host, port)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.sendall(packets.connect("publisher", 0))
        wire.recv(4)
        connection.send(("ready", None))
        connection.recv()
        rest = bytes(BYTES - 8)
        began, count = time.monotonic_ns(), round(rate * seconds)
        for number in range(count):
            wait_ns = began + number * 1_000_000_000 // rate - time.monotonic_ns()
            if wait_ns > 0:
                time.sleep(wait_ns / 1e9)
            wire.sendall(packets.publish(f"ilex/1/bench/m{number % MACHINES}/samples", time.monotonic_ns().to_bytes(8, "big") + rest))
    connection.send(("done", count))


async def measure(name: str, rate: int, seconds: float) -> Row:
    """One client, with a broker of its own."""
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedBroker(Path(folder), 0) as broker:
            return await asyncio.to_thread(_measure, name, "127.0.0.1", broker.port, rate, seconds)


def _measure(name: str, host: str, port: int, rate: int, seconds: float) -> Row:
    with (
        Worker("publisher", publisher, host, port, rate, seconds + WARM_UP_S) as source,
        Worker("subscriber", subscriber, name, host, port, seconds) as sink,
    ):
        source.ready()
        sink.ready()
        source.tell("go")
        sent = source.hear("done", 60 + 10 * seconds)
        received, cpu_us, delays_ns = sink.hear("done", 60 + seconds)
    return Row(name, len(delays_ns), sent - received, cpu_us, figures.delay(np.array(delays_ns, np.int64)))


def main() -> None:
    """Prints the table, writes the JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench ingest", description=__doc__)
    parser.add_argument("--rate", type=int, default=5000, help="messages a second (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=10.0, help="measured, each client (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median by CPU is kept (default %(default)s)")
    options = parser.parse_args()
    facts = figures.computer()
    rows = []
    for name in CLIENTS:
        runs = [asyncio.run(measure(name, options.rate, options.seconds)) for _ in range(options.rounds)]
        rows.append(sorted(runs, key=lambda row: row.cpu_us)[len(runs) // 2])
    head = ("client", "messages", "lost", "CPU us/message", "p50 ms", "p99 ms", "max ms")
    lines = [(row.client, row.messages, row.lost, f"{row.cpu_us:.1f}", *_delays(row.delay)) for row in rows]
    print(figures.table(head, lines))
    content = {"rate": options.rate, "seconds": options.seconds, "rounds": options.rounds, "rows": [row._asdict() for row in rows]}
    print(figures.write("ingest", facts, figures.rounded(content)))


def _delays(delay: figures.Delay) -> list[str]:
    return [f"{value:.2f}" for value in (delay.p50_ms, delay.p99_ms, delay.max_ms)]


if __name__ == "__main__":
    main()
