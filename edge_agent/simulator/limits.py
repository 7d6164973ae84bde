"""Where the true movement left the plan's range, or was faster than it may be (detection 6)."""

from itertools import pairwise

import numpy as np

from edge_agent.simulator.motion import STEP_S, Floats
from edge_agent.simulator.truth import Incident
from wire.plan import Plan

FLEXION_DEG = (1.0, 2.0)
EXTENSION_DEG = (2.0, 4.0)
"""Beyond the range's end: caution, stop."""
RANGE_S = 0.05
SPEED = (1.6, 2.5)
"""Over the cue's greatest speed, which is 1.875 times its mean: caution, stop."""
SPEED_S = 0.1
PEAK = 1.875
MOST_DEG_S = 60.0


def overruns(angle_deg: Floats, speed_deg_s: Floats, plan: Plan) -> list[Incident]:
    """Excursions of the true angle and speed (positive in extension), one value a step; `detail` is side and greatest level.

    The stop for speed never stands below the caution (decision 0024).
    """
    found = []
    span = plan.range.flexion_deg - plan.range.extension_deg
    sides = (
        ("flexion", angle_deg - plan.range.flexion_deg, FLEXION_DEG),
        ("extension", plan.range.extension_deg - angle_deg, EXTENSION_DEG),
    )
    for side, beyond, (caution, stop) in sides:
        found += [
            Incident(
                "range_overrun", first * STEP_S, last * STEP_S, detail=f"{side} {'stop' if beyond[first:last].max() > stop else 'caution'}"
            )
            for first, last in _stretches(beyond > caution, RANGE_S)
        ]
    for side, speed, seconds in (("extension", speed_deg_s, plan.tempo.extension_s), ("flexion", -speed_deg_s, plan.tempo.flexion_s)):
        peak = PEAK * span / seconds
        caution = SPEED[0] * peak
        stop = max(caution, min(SPEED[1] * peak, MOST_DEG_S))
        found += [
            Incident(
                "over_speed", first * STEP_S, last * STEP_S, detail=f"{side} {'stop' if speed[first:last].max() > stop else 'caution'}"
            )
            for first, last in _stretches(speed > caution, SPEED_S)
        ]
    return found


def _stretches(true: np.ndarray[tuple[int], np.dtype[np.bool_]], least_s: float) -> list[tuple[int, int]]:
    """First and last-but-one of every run of steps in which it is true for at least `least_s`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False])).astype(np.int8)))
    runs = [(int(first), int(last)) for first, last in pairwise(edges) if true[first]]
    return [(first, last) for first, last in runs if (last - first) * STEP_S >= least_s]
