"""What is known of one machine's boots; those that are over make room for others (contract 2)."""

from collections import OrderedDict
from collections.abc import Callable

from service.ingest.order import Ledger

MOST_BOOTS = 128
"""A status names 64 earlier ones at most, and its own (contract 2); as many again may still be written down or finished."""


class Ledgers(OrderedDict[str, Ledger]):
    """By boot, the one that was named longest ago first.

    `needed` gives the boots that can't be forgotten yet; `forget` is told of one that was.
    """

    def __init__(self, machine: str, needed: Callable[[], set[str]], forget: Callable[[str], None]) -> None:
        super().__init__()
        self._machine = machine
        self._needed = needed
        self._forget = forget

    def of(self, boot: str) -> Ledger:
        """A boot's numbers, new where it is not known; a boot that is over makes room then, if there is one."""
        ledger = self.get(boot)
        if ledger is not None:
            self.move_to_end(boot)
            return ledger
        if len(self) >= MOST_BOOTS and (over := self._over()) is not None:
            del self[over]
            self._forget(over)
        ledger = self[boot] = Ledger(self._machine, boot)
        return ledger

    def takes(self, boot: str) -> bool:
        """Whether there is room for a boot: without it, what comes late of it is not taken now, and comes again."""
        return boot in self or len(self) < MOST_BOOTS or self._over() is not None

    def _over(self) -> str | None:
        needed = self._needed()
        return next((boot for boot, ledger in self.items() if boot not in needed and ledger.settled), None)
