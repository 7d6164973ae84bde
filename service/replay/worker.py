"""Work that takes seconds, in a process of its own behind all others: the live line never waits for it (architecture, goal 1)."""

import asyncio
import contextlib
import os
import sys

NICENESS = 10
"""Behind the live line, before results that nobody waits for."""
MOST_WAITING = 8
"""Orders that may wait for their turn; beyond, the caller is told to come again."""
LONGEST_S = 120.0
MOST_BYTES = 4 * 1024**3
"""Address space of a process: an hour at 1 kHz needs a tenth of it, a hostile file or parameter gets no more."""


class BusyError(Exception):
    """As much waits already as may."""


class WorkError(Exception):
    """The process failed, or took too long; the text says which."""


class Worker:
    """One process at a time, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.waiting = 0
        self._turn = asyncio.Lock()

    async def run(self, module: str, order: bytes) -> bytes:
        """`python -m module` with an order on its standard input; returns what it writes. Raises BusyError, WorkError."""
        if self.waiting >= MOST_WAITING:
            raise BusyError(f"{self.waiting} are waiting already")
        self.waiting += 1
        try:
            async with self._turn:
                return await _run(module, order)
        finally:
            self.waiting -= 1


async def _run(module: str, order: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        # A sandbox may forbid it, and the process may be over already.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        out, words = await asyncio.wait_for(process.communicate(order), LONGEST_S)
    except TimeoutError:
        raise WorkError(f"it took longer than {LONGEST_S:.0f} s") from None
    finally:
        # Also where the caller went away.
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last = words.decode(errors="replace").strip().splitlines()[-1:]
        raise WorkError(last[0] if last else f"exit code {process.returncode}")
    return out


def bounded() -> None:
    """For the process itself: no more memory than MOST_BYTES, where the system can say so."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    except (ImportError, ValueError, OSError):
        pass
