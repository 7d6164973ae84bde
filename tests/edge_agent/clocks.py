"""A clock for tests: time passes only when somebody sleeps, and then at once."""

import asyncio


class JumpingClock:
    """`sleep_until` puts the clock there and lets the others have a turn."""

    def __init__(self, now_ns: int = 1_000_000_000) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        return self._now_ns

    def utc_ns(self) -> int:
        return 1_790_000_000_000_000_000 + self._now_ns

    def jump(self, seconds: float) -> None:
        """So much later, at once."""
        self._now_ns += round(seconds * 1e9)

    async def sleep_until(self, t_ns: int) -> None:
        self._now_ns = max(self._now_ns, t_ns)
        await asyncio.sleep(0)
