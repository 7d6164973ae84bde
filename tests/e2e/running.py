"""Ilex as a user runs it: processes of their own, real broker, real sockets; talked to over its interface alone."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

STARTED_S = 60.0
ENDED_S = 10.0


class Command:
    """`ilex ARGUMENT...` as a process. Its output is read until `until` appears; it is ended with SIGTERM."""

    def __init__(self, *arguments: str, until: str) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        )
        self.output = ""
        self._read_until(until)

    @property
    def pid(self) -> int:
        """Of the command itself."""
        return self._process.pid

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; its exit code. One that doesn't end says where each of its threads stands."""
        try:
            rest, _ = self._process.communicate(timeout=ENDED_S)
        except subprocess.TimeoutExpired as late:
            self._process.send_signal(signal.SIGABRT)
            rest, _ = self._process.communicate()
            raise AssertionError(f"not ended within {ENDED_S} s: {self.output}{rest.decode(errors='replace')}") from late
        self.output += rest.decode(errors="replace")
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.end()
        finally:
            self._process.kill()
            self._process.wait()

    def _read_until(self, text: str) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            deadline = time.monotonic() + STARTED_S
            while text not in self.output:
                ready = selector.select(timeout=max(0.0, deadline - time.monotonic()))
                chunk = os.read(descriptor, 65536) if ready else b""
                if not chunk:
                    self._process.kill()
                    raise AssertionError(f"no {text!r} within {STARTED_S} s, but: {self.output}")
                self.output += chunk.decode(errors="replace")


class Running(Command):
    """A started service (`serve`, `demo`), with its addresses and a program's credential."""

    def __init__(self, *arguments: str, data: Path) -> None:
        ports = [name for name in ("--port", "--mqtt-port") if name not in arguments]
        super().__init__(*arguments, *(text for name in ports for text in (name, "0")), "--data", str(data), until="Ctrl+C")
        self.link = self._found(r"(http://\S+/enter/\S+)")
        self.url = self.link.split("/enter/")[0]
        self.broker = self._found(r"Broker\s+(mqtt://\S+)")
        token = subprocess.run(
            [sys.executable, "-m", "service.cli", "token", "--role", "admin", "--data", str(data)],
            capture_output=True,
            text=True,
            check=True,
        )
        self.token = token.stdout.strip()

    @property
    def http(self) -> httpx.Client:
        """A client of the interface."""
        return httpx.Client(base_url=f"{self.url}/api/v1", headers={"authorization": f"Bearer {self.token}"}, timeout=30)

    def _found(self, pattern: str) -> str:
        found = re.search(pattern, self.output)
        assert found is not None, self.output
        return found[1]


def lines(text: str) -> list[dict[str, Any]]:
    """JSON Lines."""
    return [json.loads(line) for line in text.splitlines() if line]
