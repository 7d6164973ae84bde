"""What is measured: the real service as a child process, with its own broker or with Mosquitto, on free ports of 127.0.0.1."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import psutil

HOST = "127.0.0.1"
READY_S = 30.0
STOP_S = 15.0
ROOT = Path(__file__).parents[1]

BrokerName = Literal["embedded", "mosquitto"]


class SubjectError(Exception):
    """The service or its broker did not come up, or answered what it should not."""


def link(log: Path) -> str:
    """The way in for a browser, as a service prints it. Raises SubjectError."""
    found = re.search(r"http://\S+/enter/\S+", log.read_text(errors="replace"))
    if found is None:
        raise SubjectError(f"the service printed no link in {log}")
    return found[0]


class Subject:
    """`with Subject() as subject:` a service that is ready, with empty data; its broker listens on `mqtt_port`."""

    def __init__(self, broker: BrokerName = "embedded") -> None:
        self.broker = broker
        self.port, self.mqtt_port = _free_ports(2)
        self.url = f"http://{HOST}:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="ilex-bench-")
        self.data = Path(self._folder.name) / "data"
        self.log = Path(self._folder.name) / "log"
        self._mosquitto: subprocess.Popen[bytes] | None = None
        self._service: subprocess.Popen[bytes] | None = None
        self.token = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()

    def pids(self) -> dict[str, list[int]]:
        """Process ids by part: `service`, `broker`."""
        assert self._service is not None
        # Other children come and go: what compiles kernels, what computes a finished session again.
        brokers = [child.pid for child in psutil.Process(self._service.pid).children() if "nats-server" in child.name()]
        return {"service": [self._service.pid], "broker": brokers if self._mosquitto is None else [self._mosquitto.pid]}

    def call(self, method: str, path: str, body: object = None) -> Any:
        """An HTTP call with the token of an admin; the answer's JSON (None where it is empty). Raises SubjectError."""
        request = urllib.request.Request(  # noqa: S310 - our own service on loopback
            f"{self.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own service on loopback
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise SubjectError(f"{method} {path}: {error.code} {error.read()[:300].decode(errors='replace')}") from None
        except OSError as error:
            raise SubjectError(f"{method} {path}: {error}\n{self.last_words()}") from None
        return json.loads(text) if text else None

    def last_words(self) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-10:]) if self.log.exists() else ""

    def _start(self) -> None:
        token = [sys.executable, "-m", "service.cli", "token", "--role", "admin", "--data", str(self.data)]
        self.token = subprocess.run(token, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
        command = [sys.executable, "-m", "service.cli", "serve", "--port", str(self.port), "--data", str(self.data)]
        if self.broker == "mosquitto":
            self._start_mosquitto()
            command += ["--broker", f"mqtt://{HOST}:{self.mqtt_port}"]
        else:
            command += ["--mqtt-port", str(self.mqtt_port)]
        with self.log.open("ab") as log:
            self._service = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
        self._await(self._ready, "the service is not ready")

    def _start_mosquitto(self) -> None:
        program = shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
        if program is None:
            raise SubjectError("mosquitto is not installed (Debian: apt install mosquitto)")
        file = Path(self._folder.name) / "mosquitto.conf"
        # limits.md 1: the queue setting keeps QoS 1 from losing, nodelay keeps p99 down.
        file.write_text(
            f"listener {self.mqtt_port} {HOST}\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nmax_queued_messages 100000\n"
        )
        with self.log.open("ab") as log:
            self._mosquitto = subprocess.Popen([program, "-c", str(file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await(self._mosquitto_listens, "mosquitto does not listen")

    def _mosquitto_listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex((HOST, self.mqtt_port)) == 0

    def _ready(self) -> bool:
        assert self._service is not None
        if self._service.poll() is not None:
            raise SubjectError(f"the service ended with exit code {self._service.returncode}\n{self.last_words()}")
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:  # noqa: S310 - our own service on loopback
                return bool(answer.status == 200)
        except OSError:
            return False

    def _await(self, happened: Any, words: str) -> None:
        deadline = time.monotonic() + READY_S
        while not happened():
            if time.monotonic() > deadline:
                raise SubjectError(f"{words} after {READY_S:.0f} s\n{self.last_words()}")
            time.sleep(0.05)

    def _stop(self) -> None:
        for process in (self._service, self._mosquitto):
            if process is not None:
                process.terminate()
                try:
                    process.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._folder.cleanup()


def _free_ports(count: int) -> list[int]:
    trials = [socket.socket() for _ in range(count)]
    try:
        for trial in trials:
            trial.bind((HOST, 0))
        return [trial.getsockname()[1] for trial in trials]
    finally:
        for trial in trials:
            trial.close()
