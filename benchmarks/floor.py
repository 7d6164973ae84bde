"""The floor: a bare MQTT subscriber. What it takes to get a batch through the broker to any reader at all."""

import socket
import threading
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
    broker.settimeout(None)
    told = threading.Event()
    threading.Thread(target=_stop, args=(connection, broker, told), daemon=True).start()
    while True:
        # Nothing but this call a message: whatever else the floor did would be no part of the way through the broker.
        data = broker.recv(262_144)
        now_ns = time.monotonic_ns()
        if not data:
            if told.is_set():
                break
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


def _stop(connection: Connection, broker: socket.socket, told: threading.Event) -> None:
    connection.recv()
    told.set()
    broker.shutdown(socket.SHUT_RD)
