"""The load by real edge agents: `ilex-edge run` with simulated patients, instead of the lean generator."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from benchmarks.load import Load

STOP_S = 10.0


class Agents:
    """One process that runs an agent for each machine of a load; spoken to as a Worker is."""

    def __init__(self, load: Load) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ilex-bench-agents-")
        files = []
        for number, name in enumerate(load.names):
            file = Path(self._folder.name) / f"{number}.toml"
            file.write_text(
                f"machine = {json.dumps(name)}\n[driver]\nname = 'simulator'\nseed = {number}\nsample_rate_hz = {load.rate_hz}\n"
                f"[broker]\nurl = 'mqtt://{load.host}:{load.port}'\n[live]\nbatch_ms = {load.batch_ms}\n"
            )
            files.append(str(file))
        self._process = subprocess.Popen([sys.executable, "-m", "edge_agent", "run", *files], cwd=Path(__file__).parents[1])
        self._end_ns = 0
        self._period_ns = load.batch_ms * 1_000_000

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self) -> None:
        """It is when the service knows its machines."""

    def tell(self, word: Any) -> None:
        start_ns, batches = word
        self._end_ns = start_ns + batches * self._period_ns

    def hear(self, _: str, __: float) -> None:
        """Wait for the end and stop the agents. What they sent is not known: None."""
        time.sleep(max(0.0, (self._end_ns - time.monotonic_ns()) * 1e-9))
        self._process.terminate()
        self._process.wait(STOP_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
