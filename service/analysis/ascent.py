"""Effort along one extension: the torque over what the load asks for at that place, row by row of the tape (display path). Kernels.

What is asked for is a table of `bins` places (shares of the range, rising), as many torques (Nm) and the slopes between them (Nm a range):
`Demand.table`. Rows without a torque are passed over. Angles deg, speeds deg/s (up positive), times ns.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = Any
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def asked_nm(place: float, table: Array, bins: int) -> float:
    """What the load asks for at a place, by straight lines between the table's places, level beyond them. Nm."""
    nm: float
    if place < table[0]:
        nm = table[bins]
    elif place >= table[bins - 1]:
        nm = table[2 * bins - 1]
    else:
        # The places are even but for rounding.
        k = int(place * bins - 0.5)
        if place < table[k]:
            k -= 1
        elif place >= table[k + 1]:
            k += 1
        nm = table[2 * bins + k] * (place - table[k]) + table[bins + k]
    return nm


def effort(torque: float, place: float, table: Array, bins: int) -> float:
    """Torque over what the place asks for; NaN where nothing is asked for."""
    asked = asked_nm(place, table, bins)
    return torque / asked if asked != 0.0 else math.nan


def lasting(
    times: Ints,
    signals: Floats,
    size: int,
    first: int,
    last: int,
    table: Floats,
    bins: int,
    flexion: float,
    span: float,
    origin: int,
    effort_low: float,
    effort_high: float,
    speed_low: float,
    speed_high: float,
    above: float,
) -> float:
    """The longest unbroken stretch of rows `first`..`last`-1 with effort and speed between these limits and above this place, s.

    It lasts until the first row that is none; times are counted from `origin`.
    """
    longest = 0.0
    began = 0.0
    now = 0.0
    on = False
    for row in range(first, last):
        torque = signals[3 * size + row]
        if torque - torque == 0.0:
            now = (times[2 * size + row] - origin) * 1e-9
            place = (flexion - signals[2 * size + row]) / span
            speed = -signals[size + row]
            holds = place > above and speed_low < speed < speed_high and effort_low < effort(torque, place, table, bins) < effort_high
            if holds and not on:
                began = now
            elif on and not holds:
                longest = max(longest, now - began)
            on = holds
    return max(longest, now - began) if on else longest


def heaves(
    signals: Floats,
    size: int,
    first: int,
    last: int,
    table: Floats,
    bins: int,
    flexion: float,
    span: float,
    until: float,
    effort_least: float,
    speed_least: float,
) -> bool:
    """Whether, before the place `until`, both the effort and the speed were once above these."""
    strong = False
    fast = False
    for row in range(first, last):
        torque = signals[3 * size + row]
        if torque - torque == 0.0:
            place = (flexion - signals[2 * size + row]) / span
            if place < until:
                fast = fast or -signals[size + row] > speed_least
                strong = strong or (place > 0.0 and effort(torque, place, table, bins) > effort_least)
    return strong and fast
