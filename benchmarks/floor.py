"""The floor: a bare MQTT subscriber. What it takes to get a batch through the broker to any reader at all."""

import select
import socket
import time
from collections import defaultdict
from multiprocessing.connection import Connection

import msgspec

from benchmarks.arrivals import Arrivals, Arrived
from service.ingest import packets
from wire.samples import SampleBatch
from wire.topics import Leaf, everywhere, parse


def run(connection: Connection, host: str, port: int) -> dict[str, Arrived]:
    """Subscribe to every machine's samples and say `ready`; told anything, stop. Gives the arrivals by machine."""
    broker = socket.create_connection((host, port), timeout=10)
    broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = packets.Reader()
    broker.sendall(packets.connect("bench-floor", keep_alive_s=0) + packets.subscribe(1, {everywhere(Leaf.SAMPLES): 0}))
    subscribed = False
    while not subscribed:
        data = broker.recv(65536)
        if not data:
            raise ConnectionError("the broker closed the connection")
        subscribed = any(isinstance(packet, packets.Subscribed) for packet in reader.feed(data))
    connection.send(("ready", None))
    arrivals: dict[str, Arrivals] = defaultdict(Arrivals)
    decode = msgspec.msgpack.Decoder(SampleBatch).decode
    poller = select.epoll()
    poller.register(broker, select.EPOLLIN)
    poller.register(connection, select.EPOLLIN)
    while True:
        ready = poller.poll()
        if any(handle == connection.fileno() for handle, _ in ready):
            break
        data = broker.recv(262_144)
        now_ns = time.monotonic_ns()
        if not data:
            raise ConnectionError("the broker closed the connection")
        for packet in reader.feed(data):
            if isinstance(packet, packets.Publication):
                batch = decode(packet.payload)
                kept = arrivals[packet.topic]
                for k in range(batch.n):
                    t_ns = batch.t0 + k * batch.dt
                    kept.t_ns.append(t_ns)
                    kept.delay_ns.append(now_ns - t_ns)
    return {parse(topic).machine: kept.frozen() for topic, kept in arrivals.items()}
