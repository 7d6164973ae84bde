"""Range and speed on the safety path (detection 6): how far beyond the plan's limits, how much too fast. The software is an adviser.

`guard` takes every sample and tells the levels that are newly reached. Range, by the median of 3: beyond a limit by so many degrees, to the
flexed side sooner than to the extended. Speed: against the reference peak of the direction, 1.875 x range / phase time, as if that were
5 deg/s at least. Without a plan there is no range and no reference: only the stop at 60 deg/s stands. Source: detection 6; decision 0103
for the speed and for the end of an excursion.
"""

import math

import numpy as np
from numpy.typing import NDArray

from service.analysis.parameters import Parameters
from wire.plan import Plan

FLEXION_CAUTION, FLEXION_STOP, EXTENSION_CAUTION, EXTENSION_STOP, SPEED_CAUTION, SPEED_STOP = 1, 2, 4, 8, 16, 32

# Float64 state.
F_EXCESS_DEG = 0
"""How far beyond the limit the angle is, at the newest level that was reached."""
F_SPEED = 1
"""Speed, deg/s; negative while the patient extends."""
F_NEAR, F_FAR = 2, 3
"""The two poles behind the speed."""
F_WAIT = 4
"""Time of samples without a reading."""
SAFETY_F = 5

# Int64 state.
N_FLEXION, N_EXTENSION, N_SPEED = 0, 1, 2
"""Levels reached: 0 none, 1 caution, 2 stop."""
N_FLEXION_NS, N_EXTENSION_NS, N_SPEED_NS = 3, 4, 5
"""When the excursion began."""
N_FLEXION_OVER_NS, N_EXTENSION_OVER_NS, N_SPEED_OVER_NS = 6, 7, 8
"""Since when it would be over."""
N_STARTED = 9
"""Whether there is a reading since the last gap to take the speed from."""
SAFETY_N = 10

# Constants.
C_FLEXION_DEG, C_FLEXION_CAUTION, C_FLEXION_STOP, C_FLEXION_AT_ONCE = 0, 1, 2, 3
C_EXTENSION_DEG, C_EXTENSION_CAUTION, C_EXTENSION_STOP = 4, 5, 6
C_OVER_DEG, C_DWELL_NS, C_OVER_NS, C_SPEED_DWELL_NS = 7, 8, 9, 10
C_FLEXING_CAUTION, C_FLEXING_STOP, C_EXTENDING_CAUTION, C_EXTENDING_STOP, C_SPEED_OVER, C_LAG_S = 11, 12, 13, 14, 15, 16
C_PER_LAG, C_SPEED_LEAST = 17, 18
SAFETY_C = 19

NOWHEN = -(1 << 62)
"""No time."""
SEVERED_S = 0.25
"""After so long without a reading the speed begins anew, and so does what had to last."""


def constants(parameters: Parameters, plan: Plan | None) -> NDArray[np.float64]:
    """What `guard` needs of the thresholds and the plan; infinite limits where there is no plan."""
    p = parameters
    c = np.full(SAFETY_C, math.inf)
    c[C_FLEXION_CAUTION], c[C_FLEXION_STOP], c[C_FLEXION_AT_ONCE] = p.overrun_caution_deg, p.overrun_stop_deg, p.overrun_at_once_deg
    c[C_EXTENSION_DEG] = -math.inf
    c[C_EXTENSION_CAUTION], c[C_EXTENSION_STOP] = p.overextension_caution_deg, p.overextension_stop_deg
    c[C_OVER_DEG], c[C_DWELL_NS], c[C_OVER_NS] = p.overrun_over_deg, p.overrun_caution_s * 1e9, p.overrun_over_s * 1e9
    c[C_SPEED_DWELL_NS], c[C_SPEED_OVER], c[C_LAG_S] = p.overspeed_caution_s * 1e9, p.overspeed_over, p.safety_lag_s
    c[C_FLEXING_STOP] = c[C_EXTENDING_STOP] = p.overspeed_stop_deg_s
    if plan is not None:
        reach = plan.range.flexion_deg - plan.range.extension_deg
        c[C_FLEXION_DEG], c[C_EXTENSION_DEG] = plan.range.flexion_deg, plan.range.extension_deg
        for caution, stop, time_s in (
            (C_FLEXING_CAUTION, C_FLEXING_STOP, plan.tempo.flexion_s),
            (C_EXTENDING_CAUTION, C_EXTENDING_STOP, plan.tempo.extension_s),
        ):
            peak = p.overspeed_peak * max(reach / time_s, p.overspeed_least_deg_s)
            c[caution] = p.overspeed_caution * peak
            c[stop] = max(c[caution], min(p.overspeed_stop * peak, p.overspeed_stop_deg_s))
    c[C_PER_LAG] = 1.0 / p.safety_lag_s
    c[C_SPEED_LEAST] = p.overspeed_over * min(c[C_FLEXING_CAUTION : C_EXTENDING_STOP + 1])
    return c


def fresh(f: NDArray[np.float64], n: NDArray[np.int64]) -> None:
    """The state before the first sample, written into `f` and `n` (lengths `SAFETY_F`, `SAFETY_N`)."""
    f[:SAFETY_F] = 0.0
    n[:SAFETY_N] = 0
    rearm(f, n)


def rearm(f: NDArray[np.float64], n: NDArray[np.int64]) -> None:
    """Forget the excursions: one that still runs is told again, from the next sample on. Called where a set starts."""
    f[F_EXCESS_DEG] = 0.0
    for level in (N_FLEXION, N_EXTENSION, N_SPEED):
        n[level] = 0
        n[N_FLEXION_NS + level] = n[N_FLEXION_OVER_NS + level] = NOWHEN


def guard(
    f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, dt_s: float, safety_deg: float, raw_deg: float
) -> int:
    """One more sample: which levels are newly reached, as bits; 0 for none.

    `safety_deg` is the median of 3; `raw_deg` the newest cleaned reading (`faults.F_ANGLE`), for the speed and the rule of one sample. NaN:
    no reading.
    Once an excursion, once more on reaching `stop`.
    """
    if math.isnan(safety_deg) or math.isnan(raw_deg):
        f[F_WAIT] += dt_s
        return 0
    dt_s += f[F_WAIT]
    f[F_WAIT] = 0.0
    if dt_s > SEVERED_S:
        n[N_STARTED] = 0
        n[N_FLEXION_NS] = n[N_EXTENSION_NS] = n[N_SPEED_NS] = NOWHEN
    if n[N_STARTED] == 0:
        n[N_STARTED] = 1
        f[F_NEAR] = f[F_FAR] = raw_deg
    # Two equal poles by the backward rule: after a ramp the difference is speed x lag exactly, at any rate and under any jitter.
    # Of the readings themselves: a median of 3 would know of the way through a gap a sample later, when its time is over (decision 0283).
    share = dt_s / (c[C_LAG_S] + dt_s)
    f[F_NEAR] += share * (raw_deg - f[F_NEAR])
    f[F_FAR] += share * (f[F_NEAR] - f[F_FAR])
    speed = (f[F_NEAR] - f[F_FAR]) * c[C_PER_LAG]
    f[F_SPEED] = speed
    told = 0
    beyond = safety_deg - c[C_FLEXION_DEG]
    raw = raw_deg - c[C_FLEXION_DEG]
    if beyond > c[C_OVER_DEG] or raw > c[C_FLEXION_AT_ONCE] or n[N_FLEXION] != 0:
        reached = beyond > c[C_FLEXION_STOP] or raw > c[C_FLEXION_AT_ONCE]
        told = _excursion(n, N_FLEXION, t_ns, beyond > c[C_FLEXION_CAUTION], reached, beyond <= c[C_OVER_DEG], c[C_DWELL_NS], c[C_OVER_NS])
        if told != 0:
            f[F_EXCESS_DEG] = max(beyond, raw) if raw > c[C_FLEXION_AT_ONCE] else beyond
    under = c[C_EXTENSION_DEG] - safety_deg
    if under > c[C_OVER_DEG] or n[N_EXTENSION] != 0:
        level = _excursion(
            n, N_EXTENSION, t_ns, under > c[C_EXTENSION_CAUTION], under > c[C_EXTENSION_STOP], under <= c[C_OVER_DEG], 0.0, c[C_OVER_NS]
        )
        if level != 0:
            f[F_EXCESS_DEG] = under
            told |= level << 2
    fast = abs(speed)
    if fast > c[C_SPEED_LEAST] or n[N_SPEED] != 0:
        told |= _quick(n, c, t_ns, speed, fast) << 4
    else:
        n[N_SPEED_NS] = NOWHEN
    return told


def _quick(n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, speed: float, fast: float) -> int:
    """The excursion of speed, a sample further: by the levels of the direction that it has now."""
    caution = c[C_FLEXING_CAUTION] if speed > 0.0 else c[C_EXTENDING_CAUTION]
    stop = c[C_FLEXING_STOP] if speed > 0.0 else c[C_EXTENDING_STOP]
    over = fast <= c[C_SPEED_OVER] * min(caution, stop)
    return _excursion(n, N_SPEED, t_ns, fast > caution, fast > stop, over, c[C_SPEED_DWELL_NS], c[C_OVER_NS])


def _excursion(n: NDArray[np.int64], level: int, t_ns: int, caution: bool, stop: bool, back: bool, dwell_ns: float, over_ns: float) -> int:
    """One excursion, a sample further: 1 where caution is newly reached, 2 where stop is, else 0."""
    since, over = N_FLEXION_NS + level, N_FLEXION_OVER_NS + level
    if n[level] != 0:
        if not back:
            n[over] = NOWHEN
        elif n[over] == NOWHEN:
            n[over] = t_ns
        elif float(t_ns - n[over]) >= over_ns:
            n[level] = 0
            n[since] = n[over] = NOWHEN
            return 0
        if stop and n[level] == 1:
            n[level] = 2
            return 2
        return 0
    if not caution and not stop:
        n[since] = NOWHEN
        return 0
    if n[since] == NOWHEN:
        n[since] = t_ns
    if stop:
        n[level] = 2
        return 2
    if float(t_ns - n[since]) >= dwell_ns:
        n[level] = 1
        return 1
    return 0
