"""Work that somebody waits for, one after the other, in processes of their own (see `service.aside`)."""

import asyncio

from service import aside

NICENESS = 10
"""Behind the live line, before results that nobody waits for."""
FIRST_NICENESS = 5
"""Of what a whole page waits for."""
MOST_WAITING = 8
"""Orders that may wait for their turn; beyond, the caller is told to come again."""
LONGEST_S = 120.0


class BusyError(Exception):
    """As much waits already as may."""


class WorkError(Exception):
    """The process failed, or took too long; the text says which."""


class Worker:
    """One process at a time, in the order in which they were asked for."""

    def __init__(self) -> None:
        self.waiting = 0
        self._turn = asyncio.Lock()

    async def run(self, module: str, order: bytes, niceness: int = NICENESS) -> bytes:
        """`python -m module` with an order on its standard input; returns what it writes. Raises BusyError, WorkError."""
        if self.waiting >= MOST_WAITING:
            raise BusyError(f"{self.waiting} are waiting already")
        self.waiting += 1
        try:
            async with self._turn:
                return await _run(module, order, niceness)
        finally:
            self.waiting -= 1


async def _run(module: str, order: bytes, niceness: int) -> bytes:
    try:
        done = await aside.run(aside.python(module), LONGEST_S, niceness=niceness, order=order)
    except TimeoutError:
        raise WorkError(f"it took longer than {LONGEST_S:.0f} s") from None
    if done.code != 0:
        last = done.words.decode(errors="replace").strip().splitlines()[-1:]
        raise WorkError(last[0] if last else f"exit code {done.code}")
    return done.output
