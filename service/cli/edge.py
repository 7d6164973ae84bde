"""The edge agent as a child process, for `demo` and `replay`: service and agent meet on the broker alone."""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

import structlog

from service.broker import leash

STOP_S = 2.0
"""How long an agent may take to say farewell, seconds."""
SPOOL_MB = 256
"""For each machine: a day and a half of a simulated one, as much as a demonstration should take of somebody's disk."""
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
STEADY_S = 30.0

Value = str | int | float | bool
_log = structlog.get_logger("edge")


def configuration(
    machine: str,
    broker_url: str,
    driver: Mapping[str, Value],
    folder: Path,
    spool: Path | None = None,
    trouble: Mapping[str, Value] | None = None,
) -> Path:
    """Write one machine's configuration into `folder` and give its path; a password goes into a file of its own (0600).

    `spool`: where its samples wait until they are stored; None: in `folder`. `trouble`: what is injected, to test against.
    """
    parts = urlsplit(broker_url)
    broker: dict[str, Value] = {"url": f"{parts.scheme}://{parts.hostname}:{parts.port or (8883 if parts.scheme == 'mqtts' else 1883)}"}
    name = machine.replace("/", "_")
    if parts.username:
        broker["username"] = unquote(parts.username)
    if parts.password:
        secret = folder / f"{name}.password"
        secret.touch(mode=0o600)
        secret.write_text(unquote(parts.password), encoding="utf-8")
        broker["password_file"] = secret.name
    kept: dict[str, Value] = {"quota_mb": SPOOL_MB}
    if spool is not None:
        kept["folder"] = str(spool.absolute())
    tables = {"driver": driver, "broker": broker, "spool": kept, **({"trouble": trouble} if trouble else {})}
    lines = [f"machine = {json.dumps(machine)}"]
    for table, values in tables.items():
        # JSON's strings, numbers and booleans are TOML's too.
        lines += ["", f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    path = folder / f"{name}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class EdgeAgents:
    """`edge_agent run` for some machines, in one child process that ends when this one does (on Linux even by kill -9).

    `async with EdgeAgents(folder, configurations)`: a child that dies is started again, later each time, when `keep` is true.
    """

    def __init__(self, configurations: Sequence[Path], *, keep: bool) -> None:
        agent = [sys.executable, "-m", "edge_agent", "run", "--config", *map(str, configurations)]
        self._command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *agent]
        self._keep = keep
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.last_words = ""
        """What the agent said last on stderr."""

    async def __aenter__(self) -> Self:
        await self._launch()
        if self._keep:
            self._keeper = asyncio.create_task(self._watch(), name="edge agents")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def ended(self) -> int:
        """The exit code, once the child has ended by itself."""
        assert self._process is not None
        code = await self._process.wait()
        await self._reader
        return code

    async def _launch(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl+C is for the service, which ends its agents in good order
        )
        self._reader = asyncio.create_task(self._listen(self._process), name="edge agents' log")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while not process.stderr.at_eof():
            try:
                line = (await process.stderr.readline()).decode(errors="replace").rstrip()
            except ValueError:  # a line longer than the reader's buffer; it is dropped
                continue
            if line:
                self.last_words = line
                _log.debug("edge agent", line=line)

    async def _watch(self) -> None:
        deaths = 0
        while True:
            began_s = time.monotonic()
            code = await self.ended()
            deaths = 0 if time.monotonic() - began_s > STEADY_S else deaths
            pause_s = BACK_OFF_S[min(deaths, len(BACK_OFF_S) - 1)]
            deaths += 1
            _log.error("edge agent ended", exit_code=code, last_words=self.last_words, restart_in_s=pause_s)
            await asyncio.sleep(pause_s)
            await self._launch()


def folder_for_configurations() -> tempfile.TemporaryDirectory[str]:
    """A folder of our own (0700) that goes with the command."""
    return tempfile.TemporaryDirectory(prefix="ilex-")
