"""Readings that can't be what they say: none at all, or a step that no body makes. Kernels.

A reading that is not a number, infinite or beyond any machine is none: `dropout`, at once. A step beyond the speed of detection 6 (with a
floor above the noise) waits: back within 30 ms it was a `spike`, else it is taken, and judged by where it went (decision 0100).
"""

import math

import numpy as np
from numpy.typing import NDArray

from service.analysis.readings import (
    ANGLE,
    BACK_NS,
    DROPOUT,
    F_ANGLE,
    F_MIRRORED_S,
    F_TORQUE,
    F_UNWRAP,
    GOOD,
    HIGH,
    INVERTED,
    LOW,
    N_ACTIVE,
    N_BUSY,
    N_COUNT,
    N_FIRST_NS,
    N_SWAP_NOT,
    N_SWAP_POSSIBLE,
    N_WRAP_NS,
    NEVER,
    NOWHEN,
    OF_TORQUE,
    OTHER,
    PENDING,
    PENDING_NS,
    RAILED,
    RUN,
    RUN_NS,
    SAME,
    SATURATED,
    SCALED,
    SHOOK,
    SPIKE,
    SPIKE_NS,
    STEP,
    STUCK,
    SUM,
    SWAPPED,
    TORQUE,
    TORQUE_INVERTED,
    WAIT,
    WRAPPED,
    begin,
    end,
    runs,
    toggle,
)

# Constants, by place.
C_ANGLE_STEP, C_ANGLE_SPEED, C_ANGLE_MOST = 0, 1, 2
C_TORQUE_STEP, C_TORQUE_SPEED, C_TORQUE_MOST = 3, 4, 5
C_PENDING_NS, C_BACK_NS, C_SPIKE_NS = 6, 7, 8
C_UNKNOWN_S, C_BODY_SPEED, C_BODY_STEP, C_WRAP = 9, 10, 11, 12
C_STUCK_NS, C_RAIL = 15, 19
C_FLEXION, C_EXTENSION = 21, 22
C_SHOOK, C_FIRST_NS = 31, 34
C_MIRROR = 13
"""Flexed plus extended end of the plan's range; NaN without a plan."""

RADIAN = 180.0 / math.pi
TURN = 360.0
TURN_NEAR = 20.0
BACK = 0.5
BESIDE = 0.25
"""Share of the plan's range that an angle may lie beyond it."""
MIRRORED = 3.0
"""Degrees that an angle's image may be off."""
HOLDING = 1 << DROPOUT | 1 << SPIKE | 1 << (OF_TORQUE + DROPOUT) | 1 << (OF_TORQUE + SPIKE)


def doubt(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, dt_s: float, angle: float, torque: float) -> int:
    """Judge a sample that is not plainly good, or that comes while something waits. Returns the bits; leaves the cleaned readings."""
    f[ANGLE + OTHER] = f[ANGLE + OTHER] if n[ANGLE + PENDING_NS] != NOWHEN else f[TORQUE + GOOD]
    told = _take(f, n, c, ANGLE, t_ns, dt_s, angle, torque)
    told |= _take(f, n, c, TORQUE, t_ns, dt_s, torque, torque)
    waiting = n[ANGLE + PENDING_NS] != NOWHEN or n[TORQUE + PENDING_NS] != NOWHEN
    if not waiting and not math.isnan(f[F_ANGLE]):
        f[ANGLE + SUM] += f[F_ANGLE]
        f[TORQUE + SUM] += f[F_TORQUE]
        n[N_COUNT] += 1
    railed = n[ANGLE + RAILED] == 1 or n[TORQUE + RAILED] == 1
    n[N_BUSY] = 1 if waiting or railed or n[N_ACTIVE] & HOLDING != 0 else 0
    return told


def _take(
    f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], b: int, t_ns: int, dt_s: float, x: float, torque: float
) -> int:
    """One channel's part: its reading is taken, held back or refused. `f[F_ANGLE]` or `f[F_TORQUE]` is what the filters see."""
    out = F_ANGLE if b == ANGLE else F_TORQUE
    k = 0 if b == ANGLE else OF_TORQUE
    most = c[C_ANGLE_MOST] if b == ANGLE else c[C_TORQUE_MOST]
    f[b + WAIT] += dt_s
    if not -most < x < most:
        f[out] = math.nan
        if b == TORQUE and n[b + NEVER] == 1 and math.isnan(x):
            return 0
        n[b + NEVER] = 0
        n[b + PENDING_NS] = n[b + BACK_NS] = NOWHEN
        n[b + RUN] = 0
        return _unrailed(n, b, k, t_ns) | begin(n, k + DROPOUT, t_ns)
    n[b + NEVER] = 0
    if b == ANGLE:
        x += f[F_UNWRAP]
    if n[b + RAILED] == 1 and x == f[b + PENDING]:
        f[out] = math.nan
        return 0
    told = _unrailed(n, b, k, t_ns) | _over(n, c, b, k, t_ns)
    if b == ANGLE and abs(abs(x - f[b + GOOD]) - TURN) < TURN_NEAR:
        turned = -TURN if x > f[b + GOOD] else TURN
        if _comes_in(f, c, x):
            # Not this reading is a turn off but those before it.
            f[b + GOOD] -= turned
        else:
            f[F_UNWRAP] += turned
            x += turned
        n[N_WRAP_NS] = t_ns
        told |= begin(n, WRAPPED, t_ns)
    step = x - f[b + GOOD]
    floor = c[C_ANGLE_STEP] if b == ANGLE else c[C_TORQUE_STEP]
    speed = c[C_ANGLE_SPEED] if b == ANGLE else c[C_TORQUE_SPEED]
    # What waits at one place is not under way: no time explains it.
    stays = n[b + PENDING_NS] != NOWHEN and abs(x - f[b + PENDING]) <= floor
    reach = max(floor, speed * (dt_s if stays else f[b + WAIT]))
    if abs(step) <= reach or abs(step - f[b + STEP]) <= reach:
        # Nearer to where it was than to where it went: a spike. Else it was quick, and the time since explains it. A torque that shook
        # before it jumped shakes: a stack that sets down.
        back = n[b + PENDING_NS] != NOWHEN and abs(step) < BACK * abs(f[b + PENDING] - f[b + GOOD])
        if back and not (_exchanged(n) if b == ANGLE else f[b + SHOOK] > c[C_SHOOK]):
            told |= begin(n, k + SPIKE, n[b + PENDING_NS])
            n[b + SPIKE_NS] = t_ns
    elif not math.isnan(step) and f[b + WAIT] <= c[C_UNKNOWN_S]:
        if n[b + PENDING_NS] == NOWHEN:
            n[b + PENDING_NS] = t_ns
            n[b + SAME] = 1
            f[b + SHOOK] = abs(f[b + STEP] / step)
        else:
            n[b + SAME] = n[b + SAME] + 1 if x == f[b + PENDING] and n[b + SAME] > 0 else 0
        f[b + PENDING] = x
        f[out] = f[b + GOOD]
        if float(t_ns - n[b + PENDING_NS]) < c[C_PENDING_NS] or 0 < n[b + SAME] < c[C_RAIL]:
            return told
        beyond = not f[b + LOW] <= x <= f[b + HIGH] and (b == ANGLE or abs(x) > max(abs(f[b + LOW]), abs(f[b + HIGH])))
        if n[b + SAME] > 0 and beyond:
            # Not a place but the converter's end: no reading until it says something else. A torque that falls was unloaded.
            n[b + RAILED] = 1
            f[out] = math.nan
            told |= begin(n, k + SATURATED, n[b + PENDING_NS])
            n[b + PENDING_NS] = NOWHEN
            return told
        if b == ANGLE:
            before = f[F_UNWRAP]
            told |= _went(f, n, c, t_ns, x, torque)
            x += f[F_UNWRAP] - before
        else:
            told |= _turned(f, n, x)
        step = 0.0
    else:
        # The first reading, or the first after so long that it may be anywhere.
        step = 0.0
        if b == ANGLE:
            n[N_FIRST_NS] = t_ns
    n[b + PENDING_NS] = NOWHEN
    n[b + RUN] = 0
    f[b + STEP] = step
    f[b + WAIT] = 0.0
    f[b + GOOD] = f[out] = x
    return told


def _unrailed(n: NDArray[np.int64], b: int, k: int, t_ns: int) -> int:
    """A channel leaves the converter's end, if it was there."""
    if n[b + RAILED] == 0:
        return 0
    n[b + RAILED] = 0
    return end(n, k + SATURATED, t_ns)


def _over(n: NDArray[np.int64], c: NDArray[np.float64], b: int, k: int, t_ns: int) -> int:
    """There is a reading: what that ends, after a while."""
    told = 0
    if runs(n, k + DROPOUT):
        if n[b + BACK_NS] == NOWHEN:
            n[b + BACK_NS] = t_ns
        elif float(t_ns - n[b + BACK_NS]) >= c[C_BACK_NS]:
            told = end(n, k + DROPOUT, n[b + BACK_NS])
    if n[b + PENDING_NS] == NOWHEN and runs(n, k + SPIKE) and float(t_ns - n[b + SPIKE_NS]) >= c[C_SPIKE_NS]:
        told |= end(n, k + SPIKE, n[b + SPIKE_NS])
    return told


def _went(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, x: float, torque: float) -> int:
    """Where the angle jumped to, and stays: what that says. May change the unwrapping."""
    at = n[ANGLE + PENDING_NS]
    was, load = f[ANGLE + GOOD], f[ANGLE + OTHER]
    if abs(load - was) > 15.0 and abs(x - load) <= 10.0 + 0.1 * abs(load) and abs(torque - was) <= 5.0:
        n[N_SWAP_NOT] = 0
        return toggle(n, SWAPPED, at)
    if _exchanged(n):
        return 0
    # A jump out of the same code: that code was stuck, if it lasted.
    if n[ANGLE + RUN] > 0 and float(at - n[ANGLE + RUN_NS]) >= c[C_STUCK_NS]:
        return begin(n, STUCK, n[ANGLE + RUN_NS]) | end(n, STUCK, at)
    if runs(n, SCALED):
        return end(n, SCALED, at) if abs(was * RADIAN - x) <= 2.0 + 0.03 * abs(x) else 0
    if abs(was) >= 4.0 and abs(x * RADIAN - was) <= 2.0 + 0.03 * abs(was):
        return begin(n, SCALED, at)
    # Beside the mirror's own place anything is its own image.
    if abs(x - was) > 2.0 * MIRRORED and (abs(x + was) <= MIRRORED or abs(x + was - c[C_MIRROR]) <= MIRRORED):
        f[F_MIRRORED_S] = 0.0
        return toggle(n, INVERTED, at)
    jump = abs(x - was)
    if runs(n, INVERTED) or jump < c[C_BODY_STEP] or jump < c[C_BODY_SPEED] * (f[ANGLE + WAIT] - float(t_ns - at) * 1e-9):
        return 0
    leaves = _inside(c, was) and not _inside(c, x)
    if jump < c[C_WRAP] or (float(at - n[N_FIRST_NS]) <= c[C_FIRST_NS] and not leaves):
        # Of the first readings of all rather those before it were wrong: a sensor that wakes (decision 0285).
        n[ANGLE + SPIKE_NS] = t_ns
        return begin(n, SPIKE, at)
    n[N_WRAP_NS] = t_ns
    if _comes_in(f, c, x):
        return begin(n, WRAPPED, at)
    f[F_UNWRAP] += was - x
    if abs(f[F_UNWRAP]) < 10.0:
        f[F_UNWRAP] = 0.0
    return begin(n, WRAPPED, at)


def _inside(c: NDArray[np.float64], angle: float) -> bool:
    """Whether the plan's range may hold it; False without a plan."""
    beside = BESIDE * (c[C_FLEXION] - c[C_EXTENSION])
    return bool(c[C_EXTENSION] - beside < angle < c[C_FLEXION] + beside)


def _comes_in(f: NDArray[np.float64], c: NDArray[np.float64], angle: float) -> bool:
    """Whether the plan's range may hold it, and no reading so far: the lever lay beyond the end of its codes; False without a plan."""
    beside = BESIDE * (c[C_FLEXION] - c[C_EXTENSION])
    beyond = f[ANGLE + LOW] >= c[C_FLEXION] + beside or f[ANGLE + HIGH] <= c[C_EXTENSION] - beside
    return bool(beyond and _inside(c, angle))


def _exchanged(n: NDArray[np.int64]) -> bool:
    """Whether the angle's column holds a torque, as far as is known: it may jump."""
    return runs(n, SWAPPED) or bool(n[N_SWAP_POSSIBLE] == 2)


def _turned(f: NDArray[np.float64], n: NDArray[np.int64], x: float) -> int:
    """The torque jumped, and stays: to its own negative, the sensor's sign was turned."""
    was = f[TORQUE + GOOD]
    if abs(was) >= 15.0 and abs(x + was) <= 10.0 + 0.1 * abs(was):
        return toggle(n, TORQUE_INVERTED, n[TORQUE + PENDING_NS])
    return 0
