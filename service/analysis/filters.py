"""Three causal paths from the same raw sample (detection.md 3.2): safety, display, detection. Kernels; exact under jitter."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s

Array = Any
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def median3(a: float, b: float, c: float) -> float:
    """The middle one of three numbers: the safety path (detection.md 3.2)."""
    return max(min(a, b), min(max(a, b), c))


def pole(rate: float, dt_s: float) -> float:
    """Weight of a new value in one pole of angular frequency `rate` after `dt_s`: 1 - exp(-w dt), exact under jitter (detection.md 3.2)."""
    return -math.expm1(-rate * dt_s)


def delay_s(rate: float, period_s: float) -> float:
    """Delay of two such poles at low frequency: 2 (1 - a) / (a fs), detection.md 3.2."""
    a = pole(rate, period_s)
    return 2.0 * (1.0 - a) / a * period_s


def pace(f: Array, n: Array, c: Array, period: float) -> None:
    """The sampling period (s) as it now stands: the delays that boundaries are put back by, and what counts as a gap."""
    f[s.PACE] = period
    n[s.DELAY_SEEN] = int(delay_s(c[s.W_DISPLAY], period) * 1e9 + 0.5)
    n[s.DELAY_AT] = int(delay_s(c[s.W_DETECT], period) * 1e9 + 0.5)
    n[s.MARK] = int(max(c[s.GAP_PERIODS] * period * 1e9, c[s.GAP_LEAST_NS]))


def smooth(f: Floats, n: Ints, c: Floats, tape_n: Ints, tape_f: Floats, size: int) -> None:
    """Rows `n[SMOOTHED]`..`n[KEPT]`-1 of the tape: from readings (display deg and Nm) to the paths, the speed and the tremor band.

    Everything that a row hands on to the next stays in local variables meanwhile: five poles of the angle, four of the torque.
    """
    before = n[s.SMOOTHED_NS]
    dt_before = f[s.DT_SMOOTHED]
    a_display, a_detect, a_speed = f[s.A_DISPLAY], f[s.A_DETECT], f[s.A_SPEED]
    a_torque, a_high, a_low = f[s.A_TORQUE], f[s.A_BAND_HIGH], f[s.A_BAND_LOW]
    display_1, display_2, detect_1, detect_2, speed = f[s.DISPLAY_1], f[s.DISPLAY_2], f[s.DETECT_1], f[s.DETECT_2], f[s.SPEED]
    torque_1, torque_2, high, low = f[s.TORQUE_1], f[s.TORQUE_2], f[s.BAND_HIGH], f[s.BAND_LOW]
    torque_s, torque_dt = f[s.TORQUE_S], f[s.TORQUE_DT]
    kept = n[s.KEPT]
    for row in range(n[s.SMOOTHED], kept):
        now = tape_n[row]
        angle = tape_f[2 * size + row]
        torque = tape_f[3 * size + row]
        if before == s.NEVER:
            display_1 = display_2 = detect_1 = detect_2 = angle
            speed = 0.0
            torque_s = 0.0
        else:
            dt = (now - before) * 1e-9
            if dt != dt_before:
                dt_before = dt
                a_display = pole(c[s.W_DISPLAY], dt)
                a_detect = pole(c[s.W_DETECT], dt)
                a_speed = pole(c[s.W_SPEED], dt)
            display_1 += a_display * (angle - display_1)
            display_2 += a_display * (display_1 - display_2)
            detect_1 += a_detect * (angle - detect_1)
            rise = a_detect * (detect_1 - detect_2)
            detect_2 += rise
            speed += a_speed * (rise / dt - speed)
            torque_s += dt
        before = now
        tape_f[row] = detect_2
        tape_f[size + row] = speed
        tape_f[2 * size + row] = display_2
        if torque - torque == 0.0:
            if torque_2 != torque_2:  # noqa: PLR0124 - NaN is not itself
                torque_1 = torque_2 = high = low = torque
            else:
                if torque_s != torque_dt:
                    torque_dt = torque_s
                    a_torque = pole(c[s.W_DISPLAY], torque_s)
                    a_high = pole(c[s.W_BAND_HIGH], torque_s)
                    a_low = pole(c[s.W_BAND_LOW], torque_s)
                torque_1 += a_torque * (torque - torque_1)
                torque_2 += a_torque * (torque_1 - torque_2)
                high += a_high * (torque - high)
                low += a_low * (torque - low)
            torque_s = 0.0
            tape_f[3 * size + row] = torque_2
        else:
            tape_f[3 * size + row] = math.nan
        tape_f[4 * size + row] = high - low
    n[s.SMOOTHED] = kept
    n[s.SMOOTHED_NS] = before
    f[s.DT_SMOOTHED] = dt_before
    f[s.A_DISPLAY], f[s.A_DETECT], f[s.A_SPEED] = a_display, a_detect, a_speed
    f[s.A_TORQUE], f[s.A_BAND_HIGH], f[s.A_BAND_LOW] = a_torque, a_high, a_low
    f[s.DISPLAY_1], f[s.DISPLAY_2], f[s.DETECT_1], f[s.DETECT_2], f[s.SPEED] = display_1, display_2, detect_1, detect_2, speed
    f[s.TORQUE_1], f[s.TORQUE_2], f[s.BAND_HIGH], f[s.BAND_LOW] = torque_1, torque_2, high, low
    f[s.TORQUE_S], f[s.TORQUE_DT] = torque_s, torque_dt
