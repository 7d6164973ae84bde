"""Between a machine and the service, message by message: a broker of the machine's own, whose messages are handed on as one likes."""

import contextlib
import heapq
import itertools
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, Self

from benchmarks.faults.rig import HOST, Rig
from service.ingest import packets
from tests.brokers import Nats
from wire.topics import Leaf, parse, topic

UP = (Leaf.SAMPLES, Leaf.BACKFILL, Leaf.STATUS, Leaf.REPLY, Leaf.BUTTON)
DOWN = (Leaf.STORED, Leaf.PLAN, Leaf.COMMAND, Leaf.EVENTS)
KEPT = (Leaf.STATUS, Leaf.STORED, Leaf.PLAN)
"""Retained (contract 2)."""
LOOK_S = 0.05


class Sent(NamedTuple):
    """What is handed on, so much later."""

    delay_s: float
    topic: str
    payload: bytes


Hand = Callable[[Leaf, str, bytes], Iterable[Sent]]


def as_it_is(_: Leaf, name: str, payload: bytes) -> Iterable[Sent]:
    """At once and once."""
    return (Sent(0.0, name, payload),)


class Relay:
    """`with Relay(rig, name) as relay:` the rig's first wire leads to another broker; `up` and `down` say what becomes of messages."""

    def __init__(self, rig: Rig, name: str, up: Hand = as_it_is, down: Hand = as_it_is) -> None:
        self.up, self.down = up, down
        self.sent = 0
        """Messages handed to the service."""
        self.failed: Exception | None = None
        self._rig, self._name = rig, name
        self._broker = Nats(Path(rig.folder) / f"relay-{time.monotonic_ns()}")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def _run(self) -> None:
        try:
            with contextlib.ExitStack() as stack:
                there = stack.enter_context(contextlib.closing(_client(self._broker.port, [topic(self._name, leaf) for leaf in UP])))
                here = stack.enter_context(contextlib.closing(_client(self._rig.mqtt_port, [topic(self._name, leaf) for leaf in DOWN])))
                self._hand_on(there, here)
        except Exception as error:  # noqa: BLE001 - for `__exit__`, which is in another thread
            self.failed = error

    def _hand_on(self, there: socket.socket, here: socket.socket) -> None:
        readers = {there: packets.Reader(), here: packets.Reader()}
        waiting: list[tuple[float, int, socket.socket, Sent, bool]] = []
        numbers = itertools.count()
        while not self._over.is_set():
            due_s = waiting[0][0] - time.monotonic() if waiting else LOOK_S
            ready, _, _ = select.select([there, here], [], [], min(max(due_s, 0.0), LOOK_S))
            for one in ready:
                data = one.recv(262_144)
                if not data:
                    raise ConnectionError("a broker closed the connection")
                hand, to = (self.up, here) if one is there else (self.down, there)
                for packet in readers[one].feed(data):
                    if isinstance(packet, packets.Publication):
                        leaf = parse(packet.topic).leaf
                        for sent in hand(leaf, packet.topic, packet.payload):
                            heapq.heappush(waiting, (time.monotonic() + sent.delay_s, next(numbers), to, sent, leaf in KEPT))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, sent, retain = heapq.heappop(waiting)
                to.sendall(packets.publish(sent.topic, sent.payload, retain=retain))
                self.sent += to is here

    def __enter__(self) -> Self:
        self._broker.__enter__()
        self._thread.start()
        self._rig.wires[0].target = self._broker.port
        self._rig.wires[0].reset()
        return self

    def __exit__(self, *_: object) -> None:
        """The wire leads to the service's broker again."""
        self._rig.wires[0].target = self._rig.mqtt_port
        self._rig.wires[0].reset()
        self._over.set()
        self._thread.join(5)
        self._broker.__exit__()
        if self.failed is not None:
            raise self.failed


def _client(port: int, names: Iterable[str]) -> socket.socket:
    made = socket.create_connection((HOST, port), timeout=5)
    made.sendall(packets.connect(f"relay-{port}-{time.monotonic_ns()}", keep_alive_s=0) + packets.subscribe(1, dict.fromkeys(names, 0)))
    return made
