"""Limits of range and speed that were passed, as events of a set (contract 4): of the one that runs, or of one that is only known later.

A set that no input starts is known with its first repetition, a quarter of the range after it began. What was passed on the way there
belongs to it, and is told with it: an excursion is told once, so it would else never be (decision 0267).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.analysis import safety
from service.analysis.outbox import Outbox
from service.analysis.parameters import Parameters
from wire.events import RangeExceeded, SpeedExceeded
from wire.plan import Plan

LEVELS: tuple[tuple[int, str, str], ...] = (
    (safety.FLEXION_CAUTION, "flexion", "caution"),
    (safety.FLEXION_STOP, "flexion", "stop"),
    (safety.EXTENSION_CAUTION, "extension", "caution"),
    (safety.EXTENSION_STOP, "extension", "stop"),
    (safety.SPEED_CAUTION, "speed", "caution"),
    (safety.SPEED_STOP, "speed", "stop"),
)
STOPS = safety.FLEXION_STOP | safety.EXTENSION_STOP | safety.SPEED_STOP


class Passed(NamedTuple):
    """Levels (bits of `safety.guard`) that were newly reached at one sample, with its speed (deg/s) and how far beyond the limit (deg)."""

    at_ns: int
    bits: int
    speed_deg_s: float
    over_deg: float


class Exceeded:
    """Tells what the guard finds. `passed` and `began` answer whether it stops the cue. Never raises."""

    def __init__(self, parameters: Parameters, plan: Plan | None, out: Outbox) -> None:
        self._kept_ns = round(parameters.untold_s * 1e9)
        self._plan = plan
        self._out = out
        self._waiting: list[Passed] = []

    def passed(self, bits: int, guard: NDArray[np.float64], number: int | None, now: int) -> bool:
        """Levels reached at the sample of `now` (ns), told of set `number`; where none runs they wait for one."""
        it = Passed(now, bits, float(guard[safety.F_SPEED]), float(guard[safety.F_EXCESS_DEG]))
        if number is None:
            self._waiting = [each for each in self._waiting if now - each.at_ns <= self._kept_ns] + [it]
            return False
        return self._tell(it, number, None)

    def began(self, number: int, started_ns: int, now: int) -> bool:
        """Set `number` is known at `now` to have begun at `started_ns`: what was passed since, a moment ago, is told."""
        waiting, self._waiting = self._waiting, []
        stops = False
        for each in waiting:
            if each.at_ns >= started_ns and now - each.at_ns <= self._kept_ns:
                stops |= self._tell(each, number, each.at_ns)
        return stops

    def _tell(self, it: Passed, number: int, at_ns: int | None) -> bool:
        for bit, side, level in LEVELS:
            if not it.bits & bit:
                continue
            if side == "speed":
                self._out.put(SpeedExceeded, number, at_ns, speed_deg_s=it.speed_deg_s, level=level)
            else:
                assert self._plan is not None
                limits = self._plan.range
                angle_deg = limits.flexion_deg + it.over_deg if side == "flexion" else limits.extension_deg - it.over_deg
                self._out.put(RangeExceeded, number, at_ns, side=side, angle_deg=angle_deg, level=level)
        return it.bits & STOPS != 0
