"""Viewers: lean WebSocket clients (RFC 6455) in one process, which note when each sample first came in a frame."""

import base64
import os
import select
import socket
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Literal, NamedTuple

import msgspec

from benchmarks.arrivals import Arrivals, Arrived

CONTINUATION, TEXT, CLOSE, PING = 0x0, 0x1, 0x8, 0x9
PONG = 0xA


class Watcher(NamedTuple):
    """One viewer: what it watches and how often it wants frames."""

    machines: list[str] | Literal["*"]
    rate_hz: float


class Seen(NamedTuple):
    """What one viewer saw: arrivals by machine, and counts. `hidden` samples fell between two frames of which some were `skipped`."""

    arrived: dict[str, Arrived]
    frames: int
    skipped: int
    hidden: int
    events: int
    bytes: int


class _Trace(msgspec.Struct):
    t_ns: list[int]


class _Message(msgspec.Struct):
    """Any message of the feed, as far as it is of interest here."""

    type: str
    machine: str | None = None
    trace: _Trace | None = None
    skipped: int = 0
    code: str | None = None


_decode = msgspec.json.Decoder(_Message).decode


class ClosedError(Exception):
    """The service closed a viewer's connection."""


class Viewer:
    """One connection, connected and watching when made."""

    def __init__(self, host: str, port: int, token: str, watcher: Watcher, keep: bool) -> None:
        self.socket = socket.create_connection((host, port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /api/v1/live HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {token}",
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(4096)
            if not part:
                break
            head += part
        head, _, self._rest = head.partition(b"\r\n\r\n")
        status = head.split(b"\r\n", 1)[0].decode(errors="replace")
        if " 101 " not in status:
            raise ClosedError(f"the service answered {status or 'nothing'!r} to the handshake")
        self._pieces = b""
        self._keep = keep
        self._arrivals: dict[str, Arrivals] = defaultdict(Arrivals)
        self._frames = self._skipped = self._hidden = self._events = self._bytes = 0
        watch = {"type": "watch", "machines": watcher.machines, "rate_hz": watcher.rate_hz}
        self._send(TEXT, msgspec.json.encode(watch))
        self.read(b"", 0)

    def _send(self, code: int, payload: bytes) -> None:
        """One frame; a client's are masked (5.3), here with zeros, which change nothing."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self.socket.sendall(bytes([0x80 | code]) + length + b"\x00\x00\x00\x00" + payload)

    def read(self, data: bytes, now_ns: int) -> None:
        """What came off the socket at that time. Raises ClosedError."""
        for code, payload in self._messages(data):
            if code == TEXT:
                self._take(payload, now_ns)
            elif code == PING:
                self._send(PONG, payload)
            elif code == CLOSE:
                raise ClosedError(f"closed by the service: {int.from_bytes(payload[:2], 'big')} {payload[2:].decode(errors='replace')}")

    def _messages(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        buffer = self._rest + data if self._rest else data
        at, size = 0, len(buffer)
        while size - at >= 2:
            head, length, body = buffer[at], buffer[at + 1], at + 2
            if length >= 126:
                body += 2 if length == 126 else 8
                length = int.from_bytes(buffer[at + 2 : body], "big")
            if size < body + length:
                break
            payload, at = buffer[body : body + length], body + length
            code = head & 0xF
            if code in (TEXT, CONTINUATION):
                self._pieces += payload
                if head & 0x80:
                    whole, self._pieces = self._pieces, b""
                    yield TEXT, whole
            else:
                yield code, payload
        self._rest = buffer[at:]

    def _take(self, payload: bytes, now_ns: int) -> None:
        self._bytes += len(payload)
        message = _decode(payload)
        if message.type == "frame":
            assert message.machine is not None
            assert message.trace is not None
            self._frames += 1
            if not self._keep:
                return
            kept = self._arrivals[message.machine]
            times = message.trace.t_ns
            if message.skipped:
                self._skipped += message.skipped
                if times and kept.t_ns:
                    step_ns = times[1] - times[0] if len(times) > 1 else 10_000_000
                    self._hidden += max(0, round((times[0] - kept.t_ns[-1]) / step_ns) - 1)
            for t_ns in times:
                kept.t_ns.append(t_ns)
                kept.delay_ns.append(now_ns - t_ns)
        elif message.type == "event":
            self._events += 1
        elif message.type == "error":
            raise ClosedError(f"the service refuses: {message.code}")

    def seen(self) -> Seen:
        arrived = {machine: kept.frozen() for machine, kept in self._arrivals.items()}
        return Seen(arrived, self._frames, self._skipped, self._hidden, self._events, self._bytes)


def run(connection: Connection, host: str, port: int, token: str, watchers: Sequence[Watcher], keep: bool = True) -> list[Seen]:
    """Connect all and say `ready`; told anything, stop. Gives what each saw; without `keep` counts alone, for runs of any length."""
    poller = select.epoll()
    viewers: dict[int, Viewer] = {}
    for watcher in watchers:
        viewer = Viewer(host, port, token, watcher, keep)
        viewers[viewer.socket.fileno()] = viewer
        poller.register(viewer.socket, select.EPOLLIN)
    poller.register(connection, select.EPOLLIN)
    connection.send(("ready", None))
    told = connection.fileno()
    monotonic_ns = time.monotonic_ns
    while True:
        for handle, _ in poller.poll():
            if handle == told:
                return [viewer.seen() for viewer in viewers.values()]
            viewer = viewers[handle]
            data = viewer.socket.recv(262_144)
            if not data:
                raise ClosedError("the service hung up")
            viewer.read(data, monotonic_ns())
