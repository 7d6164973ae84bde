"""The readings of a case on one grid, as far as they say anything: what a classifier of turns is given to look at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_agent.simulator.cases import Case
from wire.plan import Plan

Floats = NDArray[np.float64]

STEP_S = 0.02
SMOOTH_S = 0.08
TREMOR_S = 0.24
"""What changes within this time is tremor; slower is movement."""


@dataclass(frozen=True)
class Readings:
    """Columns a grid of STEP_S apart. NaN of `torque` where there is none.

    `place` is the progress in the plan's range, `speed` over the cue's, `torque` Nm, `shake` its quick part.
    """

    t_s: Floats
    place: Floats
    speed: Floats
    torque: Floats
    shake: Floats
    plan: Plan

    def rows(self, begin_s: float, end_s: float) -> slice:
        """The rows between two times."""
        first, last = np.searchsorted(self.t_s, (begin_s, end_s))
        return slice(int(first), int(last))


def readings(case: Case) -> Readings:
    """By the plan that the analysis was given, else the prescribed one. Readings that are none are bridged."""
    plan = case.plan or case.prescribed
    stamps = (case.t_ns - case.t_ns[0]) * 1e-9
    t_s = np.arange(0.0, float(stamps.max()), STEP_S)
    rising = np.concatenate(([True], np.diff(np.maximum.accumulate(case.t_ns)) > 0))
    angle = _even(stamps, case.angle_deg, rising, t_s)
    torque = _even(stamps, case.torque_nm, rising, t_s)
    span = plan.range.flexion_deg - plan.range.extension_deg
    place = (plan.range.flexion_deg - smoothed(angle, SMOOTH_S)) / span
    speed = np.gradient(place, STEP_S) * plan.tempo.extension_s if place.size > 1 else np.zeros_like(place)
    slow = smoothed(torque, SMOOTH_S)
    return Readings(t_s, place, speed, slow, torque - smoothed(torque, TREMOR_S), plan)


def smoothed(values: Floats, seconds: float) -> Floats:
    """A centred mean."""
    width = max(1, round(seconds / STEP_S)) | 1
    if values.size < width:
        return values
    return np.convolve(np.pad(values, width // 2, mode="edge"), np.full(width, 1 / width), mode="valid")


def _even(stamps: Floats, values: NDArray[np.float32], rising: NDArray[np.bool_], t_s: Floats) -> Floats:
    """The mean of the readings about each point of the grid; between points without any a straight line."""
    good = rising & np.isfinite(values)
    if not good.any():
        return np.full(len(t_s), np.nan)
    index = np.clip(np.rint(stamps[good] / STEP_S).astype(np.int64), 0, len(t_s) - 1)
    number = np.bincount(index, minlength=len(t_s))
    total = np.bincount(index, values[good].astype(np.float64), len(t_s))
    known = np.flatnonzero(number)
    return np.interp(t_s, t_s[known], total[known] / number[known])
