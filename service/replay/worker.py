"""Work that somebody waits for, one after the other, in a process of its own that is ready for the next (see `resident`)."""

from service.replay import tasks
from service.replay.resident import Resident

NICENESS = 10
"""Behind the live line, before results that nobody waits for."""
FIRST_NICENESS = 5
"""Of what a whole page waits for."""
MOST_WAITING = 8
"""Orders that may wait for their turn; beyond, the caller is told to come again."""


class BusyError(Exception):
    """As much waits already as may."""


class Worker:
    """One process, which takes orders in the turn in which they come."""

    def __init__(self, niceness: int = NICENESS) -> None:
        self.waiting = 0
        self._process = Resident(tasks.__name__, niceness=niceness)

    async def run(self, module: str, order: bytes) -> bytes:
        """What `module.obey` answers to an order. Raises BusyError, WorkError."""
        if self.waiting >= MOST_WAITING:
            raise BusyError(f"{self.waiting} are waiting already")
        self.waiting += 1
        try:
            return await self._process.ask(f"{module}\n".encode() + order)
        finally:
            self.waiting -= 1

    async def close(self) -> None:
        """Ends the process."""
        await self._process.close()
