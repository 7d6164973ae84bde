"""Time, injected: the device's monotonic clock, its wall clock as a label, and sleeping by the former."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the agent needs of time. Nanoseconds; `now_ns` never goes back."""

    def now_ns(self) -> int:
        """Monotonic time, ns."""

    def utc_ns(self) -> int:
        """Wall-clock time, ns since 1970: a label, never used for durations."""

    async def sleep_until(self, t_ns: int) -> None:
        """Return when `now_ns() >= t_ns`; in the past: after the other tasks had a turn."""


TICK_NS = 5_000_000
"""Paced sources begin on this grid: of many machines in one process several wake together, which costs a third (decision 0021)."""


def next_tick(now_ns: int) -> int:
    """The next instant of the grid, ns."""
    return -(-now_ns // TICK_NS) * TICK_NS


STEADY_NS = 1_000_000
"""Two clocks read within this are as good as read at once."""
MOST_READINGS = 10


def anchor_ns(clock: Clock) -> tuple[int, int]:
    """Monotonic and wall-clock time of one instant, ns: of some readings the one that the computer interrupted least."""
    best = (0, 0, 2**63)
    for _ in range(MOST_READINGS):
        before_ns = clock.now_ns()
        utc_ns = clock.utc_ns()
        took_ns = clock.now_ns() - before_ns
        if took_ns < best[2]:
            best = (before_ns + took_ns // 2, utc_ns, took_ns)
        if took_ns <= STEADY_NS:
            break
    return best[:2]


class SystemClock:
    """The operating system's clocks; `now_ns` is the clock that asyncio's timers run on."""

    def now_ns(self) -> int:
        """Monotonic time, ns."""
        return time.monotonic_ns()

    def utc_ns(self) -> int:
        """Wall-clock time, ns since 1970."""
        return time.time_ns()

    async def sleep_until(self, t_ns: int) -> None:
        """Return when that time has come."""
        await asyncio.sleep(max(0.0, (t_ns - time.monotonic_ns()) / 1e9))
