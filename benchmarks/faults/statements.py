"""Everything the service says it has stored, heard on the broker (contract 2, `stored`)."""

import contextlib
import socket
import threading
import time
from collections import defaultdict
from typing import Self

import msgspec

from service.ingest import packets
from wire.messages import Status, Stored, stored_faults
from wire.ranges import Ranges
from wire.topics import Leaf, everywhere, parse

HOST = "127.0.0.1"
AGAIN_S = 0.2


class Statements:
    """`with Statements(port) as said:` a listener that comes back whenever the broker does. By boot."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._over = threading.Event()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="statements", daemon=True)
        self.newest: dict[str, Stored] = {}
        self.machines: dict[str, str] = {}
        """The machine of each boot."""
        self.stored: defaultdict[str, Ranges] = defaultdict(Ranges)
        """Ever called stored: below `upto`, neither missing nor refused."""
        self.refused: defaultdict[str, Ranges] = defaultdict(Ranges)
        """Ever refused."""
        self.faults: list[str] = []
        """Statements that contradict themselves or an earlier one."""
        self.status: dict[str, Status] = {}
        """The newest of each machine."""

    def whole(self, boot: str, count: int) -> bool:
        """True when the newest statement covers the boot's first `count` samples with nothing missing among them."""
        newest = self.newest.get(boot)
        return newest is not None and newest.upto >= count - 1 and not any(first < count for first, _ in newest.missing)

    def take(self, machine: str, leaf: Leaf, payload: bytes) -> None:
        """One message, `stored` or `status`."""
        if leaf is Leaf.STATUS:
            with contextlib.suppress(ValueError, RecursionError):  # garbage, where that is the fault of the day
                self.status[machine] = msgspec.json.decode(payload, type=Status)
            return
        stored = msgspec.json.decode(payload, type=Stored)
        self.machines[stored.boot] = machine
        self.faults += [f"{machine} {stored.boot}: {fault.pointer} {fault.message}" for fault in stored_faults(stored)]
        self.newest[stored.boot] = stored
        holes = Ranges()
        for first, last in (*stored.missing, *stored.refused):
            holes.add(first, last)
        for first, last in stored.refused:
            self.refused[stored.boot].add(first, last)
        ever = self.stored[stored.boot]
        for first, last in stored.missing:
            # What was called stored once may be forgotten by the edge: it can't be missing afterwards.
            gaps = ever.gaps(first, last)
            if gaps != [(first, last)]:
                self.faults.append(f"{machine} {stored.boot}: {first}..{last} is called missing, and was called stored in part")
        for first, last in holes.gaps(0, stored.upto):
            ever.add(first, last)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._listen()
            except OSError:
                self._over.wait(AGAIN_S)

    def _listen(self) -> None:
        with socket.create_connection((HOST, self._port), timeout=5) as self._socket:
            connection, reader = self._socket, packets.Reader()
            connection.sendall(packets.connect(f"statements-{time.monotonic_ns()}", keep_alive_s=0))
            connection.sendall(packets.subscribe(1, {everywhere(Leaf.STORED): 0, everywhere(Leaf.STATUS): 0}))
            connection.settimeout(None)
            while not self._over.is_set():
                data = connection.recv(262_144)
                if not data:
                    raise ConnectionError("the broker closed the connection")
                for packet in reader.feed(data):
                    if isinstance(packet, packets.Publication):
                        address = parse(packet.topic)
                        self.take(address.machine, address.leaf, packet.payload)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
