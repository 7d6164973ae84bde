"""One-time links: a code that is printed on the console opens one browser session (robustness-and-screens C09)."""

import secrets
import time
from collections.abc import Callable

LIFE_S = 15 * 60


class Links:
    """Codes of 128 bits, each good for one use within `LIFE_S` seconds. They live in memory: a restart ends them."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._until_s: dict[str, float] = {}

    def issue(self) -> str:
        """A fresh code."""
        code = secrets.token_urlsafe(16)
        self._until_s[code] = self._monotonic_s() + LIFE_S
        return code

    def redeem(self, code: str) -> bool:
        """True once for a code that was issued no more than `LIFE_S` seconds ago."""
        until_s = self._until_s.pop(code, None)
        return until_s is not None and self._monotonic_s() < until_s
