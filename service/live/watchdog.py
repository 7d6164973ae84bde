"""When the event loop falls behind, screens get fewer frames; samples are never held up for them (robustness F23)."""

HIGH_S = 0.04
"""A timer that comes so late, on average over half a second, means that the loop can't keep up: twice the lag allowed at p99 (F23)."""
LOW_S = 0.02
GOOD_NS = 2_000_000_000
"""After so long below the low mark frames come more often again."""
SOONEST_NS = 500_000_000
MOST = 16
"""Frames come at most so many times more seldom: of 30 Hz two a second are left."""
SHARE = 0.05
"""Weight of one tick of 25 ms in the average."""


class Watchdog:
    """Watches how late the loop's timer is. `slowdown` = how many times longer than asked the time between two frames is."""

    def __init__(self) -> None:
        self.slowdown = 1
        self.shed = 0
        """How often screens were slowed down."""
        self._lag_s = 0.0
        self._changed_ns = 0
        self._low_since_ns: int | None = None

    def ticked(self, lag_s: float, now_ns: int) -> None:
        """The timer came so late."""
        self._lag_s += SHARE * (lag_s - self._lag_s)
        if self._lag_s > HIGH_S:
            self._low_since_ns = None
            if self.slowdown < MOST and now_ns - self._changed_ns >= SOONEST_NS:
                self.slowdown *= 2
                self.shed += 1
                self._changed_ns = now_ns
        elif self._lag_s > LOW_S:
            self._low_since_ns = None
        elif self._low_since_ns is None:
            self._low_since_ns = now_ns
        elif self.slowdown > 1 and now_ns - max(self._low_since_ns, self._changed_ns) >= GOOD_NS:
            self.slowdown //= 2
            self._changed_ns = now_ns
