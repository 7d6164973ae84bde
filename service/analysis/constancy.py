"""What a channel says over tenths of a second: the same code too long, signs and scales that no plan can explain. Kernels.

`look` is called once a window (0.1 s). A code that stays the same is a fault only where it can't be rest (decision 0101): a channel that
flickers by two codes whenever it stands still never says the same for long; a channel that doesn't is judged by the other one's movement.
"""

import math

import numpy as np
from numpy.typing import NDArray

from service.analysis.parameters import Parameters
from service.analysis.readings import (
    ANGLE,
    CHANGED,
    F_BACKWARDS_S,
    F_MIRRORED_S,
    F_RADIANS_HIGH,
    F_RADIANS_LOW,
    F_RADIANS_TORQUE_HIGH,
    F_RADIANS_TORQUE_LOW,
    F_UPRIGHT_S,
    FLICKERED,
    GOOD,
    HIGH,
    INVERTED,
    LONGEST,
    LOW,
    MEAN,
    N_COUNT,
    N_NEXT_NS,
    N_RADIANS_NS,
    N_RADIANS_POSSIBLE,
    N_WINDOW_NS,
    NEVER,
    OF_TORQUE,
    OTHER_HIGH,
    OTHER_LOW,
    REVERSED,
    RUN,
    RUN_BEFORE,
    RUN_NS,
    SATURATED,
    SCALED,
    STILL,
    STUCK,
    SUM,
    TORQUE,
    TORQUE_INVERTED,
    begin,
    end,
    runs,
)
from wire.plan import Plan

C_WINDOW_NS = 14
C_STUCK_NS, C_STUCK_ALONE_NS, C_MOVED, C_MOVED_QUIET, C_RAIL_SAMPLES, C_FLICKER = 15, 16, 17, 18, 19, 20
C_FLEXION, C_EXTENSION, C_LOAD, C_SIGN_S, C_SIGN_NM, C_SIGN_SPEED = 21, 22, 23, 24, 25, 26
"""The plan's ends and load; NaN where there is none."""

STILL_SHARE = 0.15
STILL_LEAST = 50
CHANGED_LEAST = 10
ENDS = 0.10
RADIANS = math.pi / 180.0
LATEST_NS = 1 << 62


def set_constants(c: NDArray[np.float64], p: Parameters, plan: Plan | None) -> None:
    """This file's places of the constants."""
    c[C_WINDOW_NS] = p.fault_window_s * 1e9
    c[C_STUCK_NS], c[C_STUCK_ALONE_NS] = p.stuck_s * 1e9, p.stuck_alone_s * 1e9
    c[C_MOVED], c[C_MOVED_QUIET] = p.stuck_moved, p.stuck_moved_quiet
    c[C_RAIL_SAMPLES], c[C_FLICKER] = p.rail_samples, p.flicker
    c[C_SIGN_S], c[C_SIGN_NM], c[C_SIGN_SPEED] = p.sign_s, p.sign_nm, p.sign_deg_s
    if plan is not None:
        c[C_FLEXION], c[C_EXTENSION] = plan.range.flexion_deg, plan.range.extension_deg
        if plan.load_nm is not None:
            c[C_LOAD] = plan.load_nm


def look(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int) -> int:
    """Judge the window that ends with this sample and begin the next one. Returns the bits."""
    count = n[N_COUNT]
    told = 0
    if count > 0:
        angle, torque = f[ANGLE + SUM] / float(count), f[TORQUE + SUM] / float(count)
        known = not math.isnan(torque)
        told |= _same(f, n, c, ANGLE, TORQUE, 0, t_ns, angle, torque)
        if known:
            told |= _same(f, n, c, TORQUE, ANGLE, OF_TORQUE, t_ns, torque, angle)
            told |= _sign(f, n, c, t_ns, angle, torque)
        told |= _mirrored(f, n, c, t_ns, angle)
        told |= _radians(f, n, c, t_ns, angle, torque)
        f[ANGLE + MEAN] = angle
        f[TORQUE + MEAN] = torque
    f[ANGLE + SUM] = f[TORQUE + SUM] = 0.0
    n[ANGLE + REVERSED] = n[TORQUE + REVERSED] = 0
    n[N_COUNT] = 0
    n[N_WINDOW_NS] = t_ns
    n[N_NEXT_NS] = min(t_ns, LATEST_NS) + int(c[C_WINDOW_NS])
    return told


def _same(
    f: NDArray[np.float64],
    n: NDArray[np.int64],
    c: NDArray[np.float64],
    b: int,
    o: int,
    k: int,
    t_ns: int,
    mean: float,
    other: float,
) -> int:
    """One channel's sameness: `stuck` and `saturated` begin and end. `b`, `o`: this channel and the other; `k`: its first fault."""
    told = 0
    count, run, before = n[N_COUNT], n[b + RUN], n[b + RUN_BEFORE]
    n[b + RUN_BEFORE] = run
    if run < count:
        if runs(n, k + STUCK) or runs(n, k + SATURATED):
            told |= end(n, k + STUCK, t_ns) | end(n, k + SATURATED, t_ns)
        elif before > n[b + LONGEST]:
            n[b + LONGEST] = before
        n[b + CHANGED] += 1
        n[b + RUN_NS] = t_ns - run * ((t_ns - n[N_WINDOW_NS]) // count)
        if abs(mean - f[b + MEAN]) < STILL_SHARE * max(1.0, f[b + HIGH] - f[b + LOW]):
            n[b + STILL] += count
            n[b + FLICKERED] += n[b + REVERSED]
        f[b + OTHER_HIGH] = f[b + OTHER_LOW] = other
    else:
        f[b + OTHER_HIGH] = max(f[b + OTHER_HIGH], other)
        f[b + OTHER_LOW] = min(f[b + OTHER_LOW], other)
    value = f[b + GOOD]
    # A torque of nothing is what a drive or a stack at rest says for as long as it likes.
    nothing = b == TORQUE and abs(value) < c[C_SIGN_NM]
    lively = not nothing and n[b + STILL] >= STILL_LEAST and float(n[b + FLICKERED]) >= c[C_FLICKER] * float(n[b + STILL])
    silent_ns = float(t_ns - n[b + RUN_NS])
    if lively and float(run) >= c[C_RAIL_SAMPLES] and run >= 2 * n[b + LONGEST] + 3 and (value >= f[b + HIGH] or value <= f[b + LOW]):
        told |= begin(n, k + SATURATED, n[b + RUN_NS])
    elif run >= count and silent_ns >= c[C_STUCK_NS] and n[b + CHANGED] >= CHANGED_LEAST and not runs(n, k + SATURATED):
        moved = f[b + OTHER_HIGH] - f[b + OTHER_LOW]
        span = f[o + HIGH] - f[o + LOW]
        if lively:
            if moved > c[C_MOVED] * span or (n[o + NEVER] == 1 and silent_ns >= c[C_STUCK_ALONE_NS]):
                told |= begin(n, k + STUCK, n[b + RUN_NS])
        elif b == ANGLE and moved > c[C_MOVED_QUIET] * span and _inside(f, c, value):
            told |= begin(n, k + STUCK, n[b + RUN_NS])
    if run < count:
        f[b + HIGH] = max(f[b + HIGH], mean)
        f[b + LOW] = min(f[b + LOW], mean)
    return told


def _inside(f: NDArray[np.float64], c: NDArray[np.float64], angle: float) -> bool:
    """Whether an angle is away from the ends, where a machine rests: of the plan's range, else of all that was seen."""
    high, low = c[C_FLEXION], c[C_EXTENSION]
    if math.isnan(high):
        high, low = f[ANGLE + HIGH], f[ANGLE + LOW]
    margin = ENDS * (high - low)
    return bool(high - low >= 15.0 and low + margin < angle < high - margin)


def _sign(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float, torque: float) -> int:
    """A torque that pulls the other way while the load is lifted: `inverted`."""
    window_s = float(t_ns - n[N_WINDOW_NS]) * 1e-9
    if angle - f[ANGLE + MEAN] > -c[C_SIGN_SPEED] * window_s:
        return 0
    least = c[C_SIGN_NM]
    if not math.isnan(c[C_LOAD]):
        least = max(least, 0.2 * c[C_LOAD])
    if torque <= -least:
        f[F_UPRIGHT_S] = 0.0
        f[F_BACKWARDS_S] += window_s
        if f[F_BACKWARDS_S] >= c[C_SIGN_S]:
            return begin(n, TORQUE_INVERTED, t_ns)
    elif torque >= least:
        f[F_BACKWARDS_S] = 0.0
        f[F_UPRIGHT_S] += window_s
        if f[F_UPRIGHT_S] >= c[C_SIGN_S]:
            return end(n, TORQUE_INVERTED, t_ns)
    return 0


def _mirrored(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float) -> int:
    """An angle below zero where its negative fits the plan and it fits nothing: `inverted`."""
    reach = c[C_FLEXION] - c[C_EXTENSION]
    if math.isnan(reach):
        return 0
    window_s = float(t_ns - n[N_WINDOW_NS]) * 1e-9
    if angle < min(-15.0, c[C_EXTENSION] - 0.4 * reach) and -angle < c[C_FLEXION] + 0.2 * reach:
        f[F_MIRRORED_S] += window_s
        if f[F_MIRRORED_S] >= 0.25:
            return begin(n, INVERTED, t_ns)
    elif angle > 0.0:
        f[F_MIRRORED_S] = 0.0
        if angle > c[C_EXTENSION] + 0.4 * reach:
            return end(n, INVERTED, t_ns)
    return 0


def _radians(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float, torque: float) -> int:
    """An angle that has never left the plan's range in radians, and travels through it under load: `scaled`."""
    high, low = c[C_FLEXION] * RADIANS, c[C_EXTENSION] * RADIANS
    if math.isnan(high):
        return 0
    margin = 0.1 + 0.1 * (high - low)
    if not low - margin < angle < high + margin:
        n[N_RADIANS_POSSIBLE] = 0
        return end(n, SCALED, t_ns) if abs(angle) > 5.0 else 0
    if n[N_RADIANS_POSSIBLE] == 0:
        return 0
    if n[N_RADIANS_POSSIBLE] == 1:
        n[N_RADIANS_POSSIBLE] = 2
        n[N_RADIANS_NS] = t_ns
        f[F_RADIANS_HIGH] = f[F_RADIANS_LOW] = angle
        f[F_RADIANS_TORQUE_HIGH] = f[F_RADIANS_TORQUE_LOW] = torque
    f[F_RADIANS_HIGH] = max(f[F_RADIANS_HIGH], angle)
    f[F_RADIANS_LOW] = min(f[F_RADIANS_LOW], angle)
    loaded = True
    if not math.isnan(torque):
        f[F_RADIANS_TORQUE_HIGH] = max(f[F_RADIANS_TORQUE_HIGH], torque)
        f[F_RADIANS_TORQUE_LOW] = min(f[F_RADIANS_TORQUE_LOW], torque)
        loaded = f[F_RADIANS_TORQUE_HIGH] - f[F_RADIANS_TORQUE_LOW] > 20.0
    if loaded and float(t_ns - n[N_RADIANS_NS]) >= 1e9 and f[F_RADIANS_HIGH] - f[F_RADIANS_LOW] >= 0.6 * (high - low):
        return begin(n, SCALED, n[N_RADIANS_NS])
    return 0
