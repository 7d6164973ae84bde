"""Real MQTT brokers as processes, for tests: started on a free port, killed and started again at will."""

import contextlib
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from service.broker import binary
from service.broker.configuration import configuration
from service.broker.store import MOST_BYTES

READY_S = 10.0

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class BrokerProcess(ABC):
    """A broker of its own on 127.0.0.1; the same port and files over `kill()` and `start()`."""

    def __init__(self, folder: Path) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """None while it doesn't run."""
        return self._process.pid if self._process is not None else None

    @abstractmethod
    def command(self) -> list[str]:
        """Write the configuration; give what to run."""

    def start(self) -> None:
        """Start, and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_S
        while not answers(self.host, self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"{type(self).__name__} did not come up:\n{(self.folder / 'log').read_text(errors='replace')}")
            time.sleep(0.01)
        assert self._process.poll() is None, f"another broker answers at {self.port}"

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End in good order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(signal.SIGKILL)


class Nats(BrokerProcess):
    """nats-server with the settings of the embedded broker."""

    def command(self) -> list[str]:
        file = self.folder / "nats-server.conf"
        file.write_text(configuration(self.host, self.port, self.folder, MOST_BYTES))
        return [str(binary.find()), "-c", str(file)]


class Mosquitto(BrokerProcess):
    """Debian's mosquitto with a free hand: anonymous, nothing kept on disk."""

    def command(self) -> list[str]:
        assert MOSQUITTO is not None
        file = self.folder / "mosquitto.conf"
        file.write_text(
            f"listener {self.port} {self.host}\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nmax_queued_messages 100000\n"
        )
        return [MOSQUITTO, "-c", str(file)] + (["-v"] if os.environ.get("ILEX_TEST_VERBOSE") else [])


def _ports() -> Iterator[int]:
    """Below those that the system gives out by itself; each of the processes that test at once has its own, and begins anywhere."""
    own = range(PORTS.start + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % SHARES, PORTS.stop, SHARES)
    start = random.SystemRandom().randrange(len(own))
    return itertools.cycle([*own[start:], *own[:start]])


PORTS, SHARES = range(16_000, 32_000), 8
_next_ports = _ports()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now, and nobody is given by chance before it is used."""
    for port in _next_ports:
        with socket.socket() as trial, contextlib.suppress(OSError):
            # As servers bind: what was closed just now is free.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def answers(host: str, port: int) -> bool:
    """True when an MQTT 3.1.1 broker accepts a connection."""
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            connection.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x0a\x00\x04ping")
            return connection.recv(4) == b"\x20\x02\x00\x00"
    except OSError:
        return False
