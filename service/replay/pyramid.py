"""A session's signals at every resolution: each level holds the least and the greatest value of every stretch of time (decision 0152)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.replay.columns import Column

Times = NDArray[np.float64]
Values = NDArray[np.float32]

SIGNALS = {"angle_deg": "deg", "torque_nm": "Nm", "speed_deg_s": "deg/s", "cue_deg": "deg"}
"""What is kept of the signals, with its unit: angle and torque as sampled; speed and cue as the screens had them, at each sample's time."""
STEP = 8
"""A level's stretches are so many times as long as those of the level below."""
LEAST_ROWS = 4096
"""A level no longer than this gets none above it."""
FINER = 4
"""A level serves where its stretches are at most a quarter of those asked for: an edge is off by a quarter of one at most."""
BREAK = 3.0
"""A step of more than so many sampling periods breaks a line: nothing is drawn where nothing was measured (detection.md 6)."""


class Level(NamedTuple):
    """Rows in order of time, one a stretch of `width_s` that holds samples: `t_s` its beginning; `low`, `high` of shape (signals, rows).

    `width_s` 0: the samples themselves; then `low` is `high`. NaN = no reading.
    """

    width_s: float
    t_s: Times
    low: Values
    high: Values


class Pyramid(NamedTuple):
    """The levels, finest first. `period_s` is the usual sampling period; times are s since the first sample.

    `signals`: name -> unit of each row of values; `about`: what else goes with them, as JSON.
    """

    levels: list[Level]
    period_s: float
    signals: Mapping[str, str] = SIGNALS
    about: Mapping[str, Any] = {}

    @property
    def length_s(self) -> float:
        """When the last sample was taken."""
        t_s = self.levels[0].t_s
        return float(t_s[-1]) if len(t_s) else 0.0


def grounded(t_s: Times, values: Values, signals: Mapping[str, str] = SIGNALS, about: Mapping[str, Any] | None = None) -> Pyramid:
    """Of the samples alone: `t_s` rising, `values` of shape (signals, samples)."""
    period_s = float(np.median(np.diff(t_s[:10_000]))) if len(t_s) > 1 else 0.01
    return Pyramid([Level(0.0, t_s, values, values)], period_s, signals, about or {})


def built(t_s: Times, values: Values, signals: Mapping[str, str] = SIGNALS, about: Mapping[str, Any] | None = None) -> Pyramid:
    """With all the levels above."""
    pyramid = grounded(t_s, values, signals, about)
    level, width_s = pyramid.levels[0], pyramid.period_s
    while len(level.t_s) > LEAST_ROWS:
        width_s *= STEP
        level = reduced(level, width_s)
        pyramid.levels.append(level)
    return pyramid


def reduced(level: Level, width_s: float) -> Level:
    """A coarser level: stretches of `width_s`, counted from the session's first sample."""
    if not len(level.t_s):
        return level._replace(width_s=width_s)
    stretch = np.floor(level.t_s / width_s + 1e-9).astype(np.int64)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(stretch)) + 1])
    low, high = (each.reduceat(rows, starts, axis=1) for each, rows in ((np.fmin, level.low), (np.fmax, level.high)))
    return Level(width_s, stretch[starts] * width_s, low, high)


class Cut(NamedTuple):
    """What was asked for of a pyramid: samples (`width_s` 0), a row of NaN where they break off, or stretches, each with its two values."""

    width_s: float
    columns: list[Column]


def cut(pyramid: Pyramid, from_s: float, to_s: float, points: int) -> Cut:
    """The signals from one time to another in about `points` stretches; the samples themselves where they are at most twice as many."""
    ground = pyramid.levels[0]
    first, last = (int(place) for place in np.searchsorted(ground.t_s, (from_s, to_s)))
    # One sample on either side: lines lead out of the picture.
    first, last = max(first - 1, 0), min(last + 1, len(ground.t_s))
    if last - first <= 2 * points:
        return Cut(0.0, _samples(pyramid, slice(first, last)))
    width_s = (to_s - from_s) / points
    level = next(each for each in reversed(pyramid.levels) if each.width_s <= width_s / FINER)
    begin, end = int(np.floor(from_s / width_s + 1e-9)), int(np.ceil(to_s / width_s - 1e-9))
    # The stretch that reaches into the picture from the left counts as the picture's first.
    reach_s = level.width_s - 1e-9 if level.width_s else 1e-9
    rows = slice(*np.searchsorted(level.t_s, (begin * width_s - reach_s, end * width_s - 1e-9)))
    t_s = np.maximum(level.t_s[rows], begin * width_s)
    found = reduced(Level(level.width_s, t_s, level.low[:, rows], level.high[:, rows]), width_s)
    places = np.rint(found.t_s / width_s).astype(np.int64) - begin
    columns = [Column("t_s", np.arange(begin, end) * width_s, "s")]
    for number, (name, unit) in enumerate(pyramid.signals.items()):
        for which, values in (("low", found.low), ("high", found.high)):
            filled = np.full(end - begin, np.nan, np.float32)
            filled[places] = values[number]
            columns.append(Column(f"{name}.{which}", filled, unit))
    return Cut(width_s, columns)


def _samples(pyramid: Pyramid, rows: slice) -> list[Column]:
    ground = pyramid.levels[0]
    t_s, values = ground.t_s[rows], ground.low[:, rows]
    breaks = np.flatnonzero(np.diff(t_s) > BREAK * pyramid.period_s) + 1
    t_s = np.insert(t_s, breaks, (t_s[breaks - 1] + t_s[breaks]) / 2 if len(breaks) else [])
    values = np.insert(values, breaks, np.nan, axis=1)
    return [Column("t_s", t_s, "s"), *(Column(name, row, unit) for (name, unit), row in zip(pyramid.signals.items(), values, strict=True))]


def filed(pyramid: Pyramid) -> tuple[dict[str, Any], list[Column]]:
    """As a file of columns keeps it: signals one after the other."""
    columns = []
    for number, level in enumerate(pyramid.levels):
        columns += [Column(f"{number}.t_s", level.t_s), Column(f"{number}.low", level.low.ravel())]
        if number:
            columns.append(Column(f"{number}.high", level.high.ravel()))
    widths_s = [level.width_s for level in pyramid.levels]
    about = {"period_s": pyramid.period_s, "widths_s": widths_s, "signals": dict(pyramid.signals), "about": dict(pyramid.about)}
    return about, columns


def unfiled(about: dict[str, Any], columns: dict[str, Any]) -> Pyramid:
    """Back from there. Raises KeyError, ValueError where it is none."""
    levels, signals = [], about["signals"]
    for number, width_s in enumerate(about["widths_s"]):
        low, high = (columns[f"{number}.{which}"].reshape(len(signals), -1) for which in ("low", "high" if number else "low"))
        levels.append(Level(width_s, columns[f"{number}.t_s"], low, high))
    return Pyramid(levels, about["period_s"], signals, about["about"])
