"""Recordings lent to another program in somebody's browser, which can't sign in: by a code in their address (decision 0237)."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

IDLE_S = 15 * 60
LONGEST_S = 12 * 3600
MOST = 256
"""At a time; the one that was used longest ago ends first."""


class Loans:
    """Codes of 128 bits, each for one session's recording, to be read alone.

    A loan ends when it was not used for `IDLE_S` seconds, `LONGEST_S` after it was made at the latest. They live in memory: a restart
    ends them.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._lent: OrderedDict[str, tuple[str, float, float]] = OrderedDict()

    def lend(self, session: str) -> str:
        """A fresh code for a session's recording."""
        now_s = self._monotonic_s()
        code = secrets.token_urlsafe(16)
        self._lent[code] = session, now_s + LONGEST_S, now_s
        while len(self._lent) > MOST:
            self._lent.popitem(last=False)
        return code

    def holds(self, code: str, session: str) -> bool:
        """True while this session's recording is lent by this code; using it keeps it."""
        found = self._lent.pop(code, None)
        if found is None:
            return False
        lent, until_s, used_s = found
        now_s = self._monotonic_s()
        if now_s >= min(until_s, used_s + IDLE_S):
            return False
        self._lent[code] = lent, until_s, now_s
        return lent == session
