"""The filtered samples that the running set may still need, as columns; and the measures that are taken from them (kernels)."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RADIAN = math.pi / 180.0
ROWS = 4096


class Tape:
    """Columns of `size` rows, one after the other in one array each; rows before `n[HEAD]` are seen, those before `n[KEPT]` written.

    int64 `times`: sample, detection path, display path (the last two put back by their delays), ns. float64 `signals`: detection deg,
    speed deg/s (negative in extension), display deg, display Nm, tremor band Nm, sampling period s.
    """

    def __init__(self, state: s.State, size: int = ROWS) -> None:
        self._n = state.n
        self._state = state
        self._make(size)

    def _make(self, size: int) -> None:
        self.size = size
        self.times: NDArray[np.int64] = np.zeros(s.TIMES * size, np.int64)
        self.signals: NDArray[np.float64] = np.zeros(s.SIGNALS * size)

    def __getstate__(self) -> tuple[Any, ...]:
        return self._state, self.size, self.times, self.signals

    def __setstate__(self, kept: tuple[Any, ...]) -> None:
        self._state, self.size, self.times, self.signals = kept
        self._n = self._state.n

    def room(self, rows: int, keep_ns: int) -> None:
        """Makes room for `rows` more; lets go of what lies before `keep_ns` (and is not waiting to be analysed) first."""
        n = self._n
        head: int = n[s.KEPT]
        if head + rows <= self.size:
            return
        first = int(np.searchsorted(self.times[:head], keep_ns))
        if n[s.CATCHING] == 1:
            first = min(first, n[s.CURSOR])
        left = head - first
        size = self.size
        while left + rows > size // 2:
            size *= 2
        times, signals, old = self.times.reshape(s.TIMES, -1), self.signals.reshape(s.SIGNALS, -1), slice(first, head)
        if size != self.size:
            self._make(size)
        self.times.reshape(s.TIMES, -1)[:, :left] = times[:, old]
        self.signals.reshape(s.SIGNALS, -1)[:, :left] = signals[:, old]
        n[s.HEAD] = n[s.KEPT] = n[s.SMOOTHED] = left
        n[s.CURSOR], n[s.BACK] = max(n[s.CURSOR] - first, 0), max(n[s.BACK] - first, 0)

    def column(self, column: int) -> NDArray[np.float64]:
        """A column of signals, shape (rows seen,)."""
        return self.signals[column * self.size : column * self.size + self._n[s.HEAD]]

    def stamps(self, column: int) -> NDArray[np.int64]:
        """A column of times, ns, shape (rows seen,)."""
        return self.times[column * self.size : column * self.size + self._n[s.HEAD]]

    def between(self, column: int, from_ns: int, to_ns: int) -> tuple[int, int]:
        """Rows whose time in `column` lies from one time to another, both included: first and one past the last."""
        first, last = self.stamps(column).searchsorted((from_ns, to_ns + 1)).tolist()
        return first, last


# Places in the result of `measure`.
MOST_DEG, LEAST_DEG, PEAK_NM, MEAN_NM, WORK_J, IN_BAND, RMSE_DEG, KNOWN = range(8)
MEASURES = 8


def measure(
    times: Ints,
    signals: Floats,
    size: int,
    first: int,
    extended: int,
    last: int,
    cue: Floats,
    pieces: int,
    origin: int,
    band: float,
    out: Floats,
) -> None:
    """What is reported of a repetition, over the display path, into `out`.

    Rows `first`..`last`-1 are the repetition, those before `extended` its extension. Torque: peak, time mean (trapezoids), work
    (trapezoids of torque over angle, J). Tracking against one cycle of the cue (columns of `pieces` starts s, places deg, speeds, bends,
    then when it ends; 0 = no cue) laid at `origin` ns: share of time within `band` deg, RMS deviation deg. NaN = not known.
    """
    most = -math.inf
    least = math.inf
    peak = -math.inf
    area = 0.0
    work = 0.0
    known = 0
    known_s = 0.0
    within = 0.0
    square = 0.0
    total = 0.0
    piece = 0
    before = -1
    for row in range(first, last):
        seen = times[2 * size + row]
        angle = signals[2 * size + row]
        most = max(most, angle)
        least = min(least, angle)
        if row < extended:
            torque = signals[3 * size + row]
            if torque - torque == 0.0:
                peak = max(peak, torque)
                if before >= 0:
                    lasted = (seen - times[2 * size + before]) * 1e-9
                    mean = 0.5 * (torque + signals[3 * size + before])
                    area += mean * lasted
                    work += mean * (signals[2 * size + before] - angle) * RADIAN
                    known_s += lasted
                before = row
                known += 1
        if pieces > 0:
            since = min((seen - origin) * 1e-9, cue[4 * pieces])
            while piece + 1 < pieces and since >= cue[piece + 1]:
                piece += 1
            u = since - cue[piece]
            off = angle - (cue[pieces + piece] + u * (cue[2 * pieces + piece] + u * cue[3 * pieces + piece]))
            weight = (times[2 * size + row + 1] - seen if row + 1 < last else seen - times[2 * size + row - 1] if row > first else 0) * 1e-9
            total += weight
            square += weight * off * off
            if abs(off) <= band:
                within += weight
    out[MOST_DEG] = most
    out[LEAST_DEG] = least
    out[KNOWN] = known / (extended - first) if extended > first else 0.0
    out[PEAK_NM] = peak
    out[MEAN_NM] = area / known_s if known_s > 0.0 else math.nan
    out[WORK_J] = max(work, 0.0)
    out[IN_BAND] = within / total if total > 0.0 else math.nan
    out[RMSE_DEG] = math.sqrt(square / total) if total > 0.0 else math.nan
