"""A program under a supervisor, as systemd runs it: started again when it dies, killed, stopped and frozen at will."""

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
RESTART_S = 1.0
"""Between a death and the next start: RestartSec of deploy/systemd."""
STOP_S = 15.0
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


class Unit:
    """`with Unit(name, command, log):` one program. Times are seconds of the monotonic clock."""

    def __init__(self, name: str, command: Sequence[str], log: Path, restart_s: float = RESTART_S) -> None:
        self.name = name
        self.log = log
        self.starts: list[float] = []
        self.deaths: list[tuple[float, int]] = []
        """When it ended and with which code, whoever wanted it."""
        self._command = list(command)
        self._restart_s = restart_s
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """None between two runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Run it, and again whenever it ends, until `stop`."""
        self._wanted.set()
        self._launch()
        self._watcher = threading.Thread(target=self._watch, name=f"watch {self.name}", daemon=True)
        self._watcher.start()

    def send(self, number: signal.Signals) -> None:
        """A signal, if it runs."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9; the supervisor starts it again."""
        self.send(signal.SIGKILL)

    def freeze(self) -> None:
        """It gets no processor any more, as on a computer that hangs."""
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def fill_disk(self, most_bytes: int | None) -> None:
        """No file of it may grow beyond `most_bytes` (RLIMIT_FSIZE, from outside: EFBIG stands for ENOSPC); None: it may again."""
        pid = self.pid
        if pid is not None:
            limit = UNLIMITED if most_bytes is None else (most_bytes, resource.RLIM_INFINITY)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)

    def stop(self) -> int:
        """SIGTERM, and not started again; its exit code. One that does not end within 15 s is killed: AssertionError."""
        self._wanted.clear()
        self._over.set()
        process = self._process
        assert process is not None
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{self.name} did not end within {STOP_S:.0f} s of SIGTERM\n{self.last_words()}") from None
        finally:
            if self._watcher is not None:
                self._watcher.join(5)

    def last_words(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def _launch(self) -> None:
        with self.log.open("ab") as log, self._lock:
            if self._over.is_set():
                return
            environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=environment)
            self.starts.append(time.monotonic())

    def _watch(self) -> None:
        while True:
            process = self._process
            assert process is not None
            code = process.wait()
            self.deaths.append((time.monotonic(), code))
            if not self._wanted.is_set() or self._over.wait(self._restart_s):
                return
            self._launch()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wanted.clear()
        self._over.set()
        self.send(signal.SIGKILL)
        if self._watcher is not None:
            self._watcher.join(5)
        if self._process is not None:
            self._process.wait(5)
