"""What takes long, in processes of their own behind all others: the live line never takes turns with it (architecture, goal 1)."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

NOBODY_WAITS = 15
"""Niceness of what nobody waits for."""


class Done(NamedTuple):
    """What a process left: its exit code, its output, and what it wrote to standard error."""

    code: int
    output: bytes
    words: bytes


async def run(command: Sequence[str], seconds: float, *, env: Mapping[str, str] | None = None) -> Done:
    """Runs a command behind everything that somebody waits for. Killed after so many seconds (TimeoutError), and where it is cancelled."""
    nothing, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=nothing, stdout=pipe, stderr=pipe, env=environment(env))
    try:
        put_behind(process.pid, NOBODY_WAITS)
        output, words = await asyncio.wait_for(process.communicate(), seconds)
        return Done(process.returncode or 0, output, words)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process' environment, or the one given, for another one that computes."""
    # numpy would start a thread a core for linear algebra: a quarter of the time until it can be used, and nothing here has use for it.
    return {**(os.environ if env is None else env), "OPENBLAS_NUM_THREADS": "1"}


def put_behind(pid: int, niceness: int) -> None:
    """Gives a process this niceness, where that can be done."""
    # Unknown here, forbidden by a sandbox, or over already.
    with contextlib.suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)


def python(module: str, *arguments: object) -> list[str]:
    """The command `python -m module arguments`, by the interpreter that runs this."""
    return [sys.executable, "-m", module, *map(str, arguments)]
