"""After a restart of the service: what comes for a machine waits until its session is taken up again (robustness F03)."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVarTuple

import structlog

from service.metrics import Counts

MOST_HELD = 20_000
"""Messages: several minutes of live batches. What is dropped was not acknowledged, and comes again."""

Message = TypeVarTuple("Message")

log = structlog.get_logger()


class Readiness:
    """One machine's: it is ready but from `hold` to `go_on`."""

    def __init__(self, machine: str, counts: Counts) -> None:
        self._machine = machine
        self._counts = counts
        self._held: deque[Callable[[], None]] | None = None
        self._ready = asyncio.Event()
        self._ready.set()

    def is_set(self) -> bool:
        """Whether the machine is ready."""
        return self._ready.is_set()

    async def wait(self) -> None:
        """Until it is."""
        await self._ready.wait()

    @property
    def held(self) -> int:
        """How many messages wait."""
        return len(self._held or ())

    def deliver(self, take: Callable[[*Message], None], *message: *Message) -> None:
        """A message to who takes it: at once, or with `go_on`."""
        if self._held is None:
            take(*message)
        else:
            self._held.append(partial(take, *message))

    def hold(self) -> None:
        """A session of this machine is being taken up again: until `go_on` whatever comes waits, the newest of it."""
        self._held = deque(maxlen=MOST_HELD)
        self._ready.clear()

    def go_on(self) -> None:
        """Everything that waited; whatever one message comes to, those behind it are dealt with and the machine is ready."""
        held, self._held = self._held, None
        try:
            for deliver in held or ():
                try:
                    deliver()
                except Exception:
                    self._counts.quarantined["internal"] = self._counts.quarantined.get("internal", 0) + 1
                    log.exception("a message that waited could not be handled", machine=self._machine)
        finally:
            self._ready.set()
