"""Three causal paths from the same raw sample (detection.md 3.2): safety, display, detection. Kernels; exact under jitter."""

import math
from typing import Any

from service.analysis import state as s

Array = Any


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


def step(f: Array, n: Array, c: Array, now: int, angle: float, torque: float) -> None:
    """One sample through the display and detection paths, the speed and the tremor band."""
    good = n[s.GOOD]
    n[s.GOOD] = now
    known = torque - torque == 0.0
    if good == s.NEVER:
        f[s.RAW] = f[s.RAW_BEFORE] = angle
        f[s.DISPLAY_1] = f[s.DISPLAY_2] = f[s.DETECT_1] = f[s.DETECT_2] = angle
        f[s.SPEED] = 0.0
        f[s.DT] = 0.0
        f[s.TORQUE_S] = 0.0
    else:
        dt = (now - good) * 1e-9
        if dt != f[s.DT]:
            f[s.DT] = dt
            f[s.A_DISPLAY] = pole(c[s.W_DISPLAY], dt)
            f[s.A_DETECT] = pole(c[s.W_DETECT], dt)
            f[s.A_SPEED] = pole(c[s.W_SPEED], dt)
            if f[s.PERIOD] == 0.0:
                f[s.PERIOD] = dt
            elif dt < c[s.PERIOD_GAP] * f[s.PERIOD]:
                f[s.PERIOD] += c[s.PERIOD_SHARE] * (dt - f[s.PERIOD])
        elif dt != f[s.PERIOD]:
            f[s.PERIOD] += c[s.PERIOD_SHARE] * (dt - f[s.PERIOD])
        if abs(f[s.PERIOD] - f[s.PACED]) > 0.01 * f[s.PERIOD]:
            _pace(f, n, c)
        a = f[s.A_DISPLAY]
        f[s.DISPLAY_1] += a * (angle - f[s.DISPLAY_1])
        f[s.DISPLAY_2] += a * (f[s.DISPLAY_1] - f[s.DISPLAY_2])
        a = f[s.A_DETECT]
        f[s.DETECT_1] += a * (angle - f[s.DETECT_1])
        rise = a * (f[s.DETECT_1] - f[s.DETECT_2])
        f[s.DETECT_2] += rise
        f[s.SPEED] += f[s.A_SPEED] * (rise / dt - f[s.SPEED])
        f[s.TORQUE_S] += dt
    if not known:
        f[s.SHOWN_NM] = math.nan
        return
    if f[s.TORQUE_2] != f[s.TORQUE_2]:
        f[s.TORQUE_1] = f[s.TORQUE_2] = f[s.BAND_HIGH] = f[s.BAND_LOW] = torque
    else:
        dt = f[s.TORQUE_S]
        if dt != f[s.TORQUE_DT]:
            f[s.TORQUE_DT] = dt
            f[s.A_TORQUE] = pole(c[s.W_DISPLAY], dt)
            f[s.A_BAND_HIGH] = pole(c[s.W_BAND_HIGH], dt)
            f[s.A_BAND_LOW] = pole(c[s.W_BAND_LOW], dt)
        a = f[s.A_TORQUE]
        f[s.TORQUE_1] += a * (torque - f[s.TORQUE_1])
        f[s.TORQUE_2] += a * (f[s.TORQUE_1] - f[s.TORQUE_2])
        f[s.BAND_HIGH] += f[s.A_BAND_HIGH] * (torque - f[s.BAND_HIGH])
        f[s.BAND_LOW] += f[s.A_BAND_LOW] * (torque - f[s.BAND_LOW])
    f[s.TORQUE_S] = 0.0
    f[s.SHOWN_NM] = f[s.KNOWN_NM] = f[s.TORQUE_2]


def _pace(f: Array, n: Array, c: Array) -> None:
    """The sampling period as it now stands: the delays that boundaries are put back by, and what counts as a gap."""
    period = f[s.PACED] = f[s.PERIOD]
    n[s.DELAY_SEEN] = int(delay_s(c[s.W_DISPLAY], period) * 1e9 + 0.5)
    n[s.DELAY_AT] = int(delay_s(c[s.W_DETECT], period) * 1e9 + 0.5)
    n[s.MARK] = int(max(c[s.GAP_PERIODS] * period * 1e9, c[s.GAP_LEAST_NS]))
