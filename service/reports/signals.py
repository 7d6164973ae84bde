"""The columns of a recording as they are drawn: raw, and smoothed as the analysis shows and judges them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.analysis.parameters import Parameters
from service.reports.extremes import Extremes
from wire.recorded import Block

Column = NDArray[np.float64]

BREAK_S = 0.5
"""A longer step breaks a line: as on the screens, nothing is drawn where nothing was measured (contract 5)."""
LEAST_DEG, LEAST_NM, LEAST_DEG_S = 10.0, 10.0, 10.0
"""Axes never show less: the noise of a signal at rest isn't magnified into a movement."""
_POLE_SHARE = math.sqrt(math.sqrt(2.0) - 1.0)
"""-3 dB of two equal poles over a pole's own frequency (detection.md 3.2)."""


class Signals(NamedTuple):
    """Columns of shape (n,), times in s from the first sample; NaN = no reading. `shown` = display path, speed = detection path.

    The speed is the angle's derivative: negative while extending. Where the samples pause for long, a row of NaN breaks the lines.
    """

    t_s: Column
    angle_deg: Column
    torque_nm: Column
    angle_shown_deg: Column
    torque_shown_nm: Column
    speed_deg_s: Column

    @property
    def with_torque(self) -> bool:
        """Whether any torque was measured."""
        return bool(np.isfinite(self.torque_nm).any())

    @property
    def extremes(self) -> Extremes:
        """Of the samples themselves."""
        return Extremes().over(self.angle_deg, self.torque_nm)

    def between(self, from_s: float, to_s: float) -> "Signals":
        """The part from one time to another."""
        first, last = np.searchsorted(self.t_s, (from_s, to_s))
        return Signals(*(column[first:last] for column in self))

    def angle_at(self, t_s: float) -> float:
        """The shown angle at a time; NaN outside the recording and in a break."""
        return float(np.interp(t_s, self.t_s, self.angle_shown_deg, math.nan, math.nan)) if len(self.t_s) else math.nan


def signals(blocks: Sequence[Block], parameters: Parameters | None = None) -> Signals:
    """A recording's samples, those left out whose times don't rise (contract 7), with their smoothed forms."""
    p = parameters or Parameters()
    if not blocks:
        return Signals(*(np.empty(0) for _ in Signals._fields))
    t_ns = np.concatenate([block.t_ns for block in blocks])
    angle_deg = np.concatenate([block.angle_deg for block in blocks]).astype(np.float64)
    torque_nm = np.concatenate([block.torque_nm for block in blocks]).astype(np.float64)
    rising = np.ones(len(t_ns), bool)
    rising[1:] = t_ns[1:] > np.maximum.accumulate(t_ns)[:-1]
    t_s, angle_deg, torque_nm = (t_ns[rising] - t_ns[0]) / 1e9, angle_deg[rising], torque_nm[rising]
    breaks = np.flatnonzero(np.diff(t_s) > BREAK_S) + 1
    t_s = np.insert(t_s, breaks, (t_s[breaks - 1] + t_s[breaks]) / 2 if len(breaks) else [])
    angle_deg, torque_nm = (np.insert(column, breaks, math.nan) for column in (angle_deg, torque_nm))
    shown_deg, _ = _two_pole(t_s, angle_deg, p.display_hz)
    shown_nm, _ = _two_pole(t_s, torque_nm, p.display_hz)
    _, slope = _two_pole(t_s, angle_deg, p.detection_hz)
    return Signals(t_s, angle_deg, torque_nm, shown_deg, shown_nm, _one_pole(t_s, slope, p.speed_hz))


def thinned(t_s: Column, values: Column, buckets: int) -> tuple[Column, Column]:
    """What a line of `buckets` pixels can show: the least and the greatest value of each, in their order; short ones as they are."""
    n = len(t_s)
    if n <= 2 * buckets:
        return t_s, values
    size = -(-n // buckets)
    whole = np.pad(values, (0, -n % size), constant_values=math.nan).reshape(-1, size)
    known = np.isfinite(whole).any(axis=1)
    low = np.where(known, np.argmin(np.where(np.isfinite(whole), whole, np.inf), axis=1), 0)
    high = np.where(known, np.argmax(np.where(np.isfinite(whole), whole, -np.inf), axis=1), 0)
    rows = np.repeat(np.arange(len(whole)) * size, 2)
    index = np.minimum(rows + np.sort(np.stack([low, high], axis=1), axis=1).ravel(), n - 1)
    return t_s[index], values[index]


def reach(values: Column, least: float, *also: float) -> tuple[float, float]:
    """Least and greatest of what is known and of what must be in sight, at least `least` apart."""
    known = values[np.isfinite(values)]
    ends = [*also, *((float(known.min()), float(known.max())) if len(known) else ())] or [0.0]
    low, high = min(ends), max(ends)
    short = max(least - (high - low), 0.0) / 2
    return low - short, high + short


def _two_pole(t_s: Column, x: Column, cutoff_hz: float) -> tuple[Column, Column]:
    """The critically damped two-pole of detection.md 3.2 and its slope, exact under jitter; a missing reading stays one."""
    known = np.flatnonzero(np.isfinite(x))
    smooth, slope = np.full(len(x), math.nan), np.full(len(x), math.nan)
    if not len(known):
        return smooth, slope
    dt = np.diff(t_s[known])
    share = -np.expm1(-2.0 * math.pi * cutoff_hz / _POLE_SHARE * dt)
    y1 = y2 = float(x[known[0]])
    values, slopes = [y2], [0.0]
    for value, a, step_s in zip(x[known[1:]].tolist(), share.tolist(), dt.tolist(), strict=True):
        y1 += a * (value - y1)
        rise = a * (y1 - y2)
        y2 += rise
        values.append(y2)
        slopes.append(rise / step_s)
    smooth[known], slope[known] = values, slopes
    return smooth, slope


def _one_pole(t_s: Column, x: Column, cutoff_hz: float) -> Column:
    known = np.flatnonzero(np.isfinite(x))
    smooth = np.full(len(x), math.nan)
    if not len(known):
        return smooth
    share = -np.expm1(-2.0 * math.pi * cutoff_hz * np.diff(t_s[known]))
    y = float(x[known[0]])
    values = [y]
    for value, a in zip(x[known[1:]].tolist(), share.tolist(), strict=True):
        y += a * (value - y)
        values.append(y)
    smooth[known] = values
    return smooth
