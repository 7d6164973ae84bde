"""The load: many machines in one lean process, each with its own MQTT connection, publishing as an edge agent does.

Blocking sockets and one schedule, so that the generator takes little of the computer that is measured; what it takes is measured too.
"""

import os
import socket
import time
import uuid
from array import array
from multiprocessing.connection import Connection
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.motion import movement
from service.ingest import packets
from wire.messages import ClockAnchor, Status
from wire.samples import SampleBatch, encode
from wire.topics import Leaf, topic

SITE = "bench"
GRID_NS = 500_000
"""Machines due within the same half millisecond are served by one wake-up, so that waking takes no CPU from what is measured."""


class Load(NamedTuple):
    """Who publishes what. A batch leaves at the time of its last sample; the machines' phases are spread over `batch_ms`, on GRID_NS."""

    machines: int
    host: str
    port: int
    rate_hz: int = 100
    batch_ms: int = 20

    @property
    def n(self) -> int:
        """Samples of a batch."""
        return self.rate_hz * self.batch_ms // 1000

    @property
    def names(self) -> list[str]:
        return [f"{SITE}/m{number:03}" for number in range(1, self.machines + 1)]

    @property
    def dt_ns(self) -> int:
        return 1_000_000_000 // self.rate_hz

    def first_ns(self, number: int, start_ns: int) -> int:
        """The time of machine `number`'s first sample."""
        return start_ns + number * self.batch_ms * 1_000_000 // self.machines // GRID_NS * GRID_NS


class Sent(NamedTuple):
    """What the generator did: batches of each machine, and how late it was with each (ns, int64)."""

    batches: int
    lateness_ns: bytes


def run(connection: Connection, load: Load) -> Sent:
    """Connect and say `ready`; told (start_ns, batches) publish, then say that the source has ended."""
    machines = [_Machine(load, number, name) for number, name in enumerate(load.names)]
    for machine in machines:
        machine.status(ended=False)
    connection.send(("ready", None))
    start_ns, batches = connection.recv()
    lateness = array("q")
    for machine in machines:
        machine.first_ns = load.first_ns(machine.number, start_ns)
    period_ns, wait_ns, dt_ns = load.n * load.dt_ns, (load.n - 1) * load.dt_ns, load.dt_ns
    monotonic_ns, sleep, late = time.monotonic_ns, time.sleep, lateness.append
    for k in range(batches):
        offset_ns = k * period_ns
        for machine in machines:
            t0_ns = machine.first_ns + offset_ns
            due_ns = t0_ns + wait_ns
            left_ns = due_ns - monotonic_ns()
            if left_ns > 20_000:
                sleep(left_ns * 1e-9)
            machine.batch(k, t0_ns, dt_ns)
            late(monotonic_ns() - due_ns)
    for machine in machines:
        machine.status(ended=True)
        machine.socket.close()
    return Sent(batches, lateness.tobytes())


class _Machine:
    def __init__(self, load: Load, number: int, name: str) -> None:
        self.number = number
        self.first_ns = 0
        self.boot = _uuid7()
        self._n = load.n
        self._rate_hz = load.rate_hz
        columns = movement(load.rate_hz, seed=number)
        # Everybody moves, nobody in step with the others.
        shift = round(len(columns.angle_deg) * number / load.machines) // load.n * load.n
        angle, torque = np.roll(columns.angle_deg, shift), np.roll(columns.torque_nm, shift)
        width = 4 * self._n
        self._pieces = [
            (angle.tobytes()[at : at + width], torque.tobytes()[at : at + width]) for at in range(0, angle.nbytes - width + 1, width)
        ]
        self._samples = topic(name, Leaf.SAMPLES)
        self._status = topic(name, Leaf.STATUS)
        self.socket = socket.create_connection((load.host, load.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(packets.connect(f"bench-{number}-{os.getpid()}", keep_alive_s=0))
        _expect(self.socket, b"\x20\x02\x00\x00")

    def status(self, *, ended: bool) -> None:
        """Retained, QoS 1, with a clock anchor; waits for the broker's acknowledgement."""
        anchor = ClockAnchor(time.monotonic_ns(), time.time_ns(), "system")
        status = Status(online=True, boot=self.boot, software="benchmark", sample_rate_hz=self._rate_hz, clock=anchor, ended=ended)
        self.socket.sendall(packets.publish(self._status, msgspec.json.encode(status), packet_id=1, retain=True))
        _expect(self.socket, packets.puback(1))

    def batch(self, k: int, t0_ns: int, dt_ns: int) -> None:
        angle, torque = self._pieces[k % len(self._pieces)]
        payload = encode(SampleBatch(boot=self.boot, seq=k * self._n, t0=t0_ns, dt=dt_ns, angle=angle, torque=torque))
        self.socket.sendall(packets.publish(self._samples, payload))


def _expect(connection: socket.socket, answer: bytes) -> None:
    got = b""
    while len(got) < len(answer):
        part = connection.recv(len(answer) - len(got))
        if not part:
            break
        got += part
    if got != answer:
        raise ConnectionError(f"the broker answered {got.hex() or 'nothing'}, expected {answer.hex()}")


def _uuid7() -> str:
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return str(uuid.UUID(int=value & ~(0xF000 << 64) & ~(0xC << 60) | 0x7000 << 64 | 0x8 << 60))
