"""Who publishes what no agent would: echoes, the past again, garbage, too much (robustness F13, F14, F15)."""

import random
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Self

import msgspec

from service.ingest import packets
from wire.topics import Leaf, topic

HOST = "127.0.0.1"
WINDOW = 250
"""Batches that an echo mixes up: 5 s of them."""


class Vandal:
    """`with Vandal(port) as vandal:` a client of the broker that is let in like any other."""

    def __init__(self, port: int, seed: int = 0) -> None:
        self.random = random.Random(seed)  # noqa: S311 - no secret
        self._socket = socket.create_connection((HOST, port), timeout=5)
        self._socket.sendall(packets.connect(f"vandal-{time.monotonic_ns()}", keep_alive_s=0))
        self._reader = packets.Reader()
        self._over = threading.Event()

    def publish(self, machine: str, payload: bytes, leaf: Leaf = Leaf.SAMPLES) -> None:
        """At QoS 0. Raises OSError."""
        self.say(topic(machine, leaf), payload)

    def say(self, name: str, payload: bytes) -> None:
        """The same under any topic."""
        self._socket.sendall(packets.publish(name, payload))

    def echo(self, machine: str, times: int, seconds: float) -> None:
        """Every live batch of a machine again, `times` over, in any order within 5 s."""
        self._socket.sendall(packets.subscribe(1, {topic(machine, Leaf.SAMPLES): 0}))
        self._socket.settimeout(0.2)
        until_s = time.monotonic() + seconds
        heard: deque[bytes] = deque(maxlen=WINDOW)
        ours: dict[bytes, int] = {}
        while time.monotonic() < until_s:
            try:
                data = self._socket.recv(262_144)
            except TimeoutError:
                continue
            if not data:
                raise ConnectionError("the broker closed the connection")
            for packet in self._reader.feed(data):
                if not isinstance(packet, packets.Publication):
                    continue
                if ours.get(packet.payload, 0):  # an echo of ours
                    ours[packet.payload] -= 1
                    continue
                heard.append(packet.payload)
                for _ in range(times):
                    again = self.random.choice(heard)
                    ours[again] = ours.get(again, 0) + 1
                    self.publish(machine, again)

    def pester(self, machine: str, seconds: float, rate_hz: float = 200.0) -> None:
        """Garbage under a machine's name, most of it to the service; some to the machine."""
        began_s = time.monotonic()
        for count in range(round(seconds * rate_hz)):
            self._over.wait(max(0.0, began_s + count / rate_hz - time.monotonic()))
            leaf = self.random.choice((Leaf.SAMPLES, Leaf.SAMPLES, Leaf.BACKFILL, Leaf.STATUS, Leaf.BUTTON, Leaf.COMMAND))
            self.publish(machine, self.garbage(), leaf)

    def garbage(self) -> bytes:
        """Random bytes, cut messages, wrong types, too much. Never anything that names a real boot's samples."""
        pick = self.random
        made: list[Callable[[], bytes]] = [
            lambda: pick.randbytes(pick.randint(0, 400)),
            lambda: b"{" + pick.randbytes(pick.randint(0, 100)),
            lambda: b"",
            lambda: msgspec.msgpack.encode({"boot": 3, "seq": -1}),
            lambda: msgspec.msgpack.encode({"boot": "x" * 200, "seq": 0, "t0": 0, "dt": 1, "angle": b"", "torque": b"1"}),
            lambda: msgspec.json.encode({"boot": None, "angle": [1e400 if pick.random() < 0 else 1], "seq": "one"}),
            lambda: pick.randbytes(40 * 1024),
            lambda: b"\x80" * pick.randint(1, 3000),
            lambda: b"[" * 20_000,
            lambda: b'{"id":' + b"[" * 20_000,
            lambda: b'{"id":"\xff"}',
            # Of a boot that nobody has, with numbers that no sample has.
            lambda: msgspec.msgpack.encode({"boot": "nobody", "seq": pick.randbytes(8), "angle": b"1234"}),
            lambda: msgspec.msgpack.encode({"boot": "nobody", "seq": 2**64 - 1, "angle": bytes(16)}),
        ]
        return pick.choice(made)()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.close()
