"""What a channel says over tenths of a second: the same code too long, signs and scales that no plan can explain. Kernels.

`look` is called once a window (0.1 s). A code that stays the same is a fault only where it can't be rest (decision 0101): a channel that
flickers by two codes whenever it stands still never says the same for long; a channel that doesn't is judged by the other one's movement.
"""

import math

import numpy as np
from numpy.typing import NDArray

from service.analysis.jumps import C_EXTENSION, C_FLEXION, C_RAIL, C_STUCK_NS
from service.analysis.parameters import Parameters
from service.analysis.readings import (
    ANGLE,
    CHANGED,
    F_BACKWARDS_S,
    F_HIGH_BEFORE,
    F_HIGH_NOW,
    F_LOW_BEFORE,
    F_LOW_NOW,
    F_MIRRORED_S,
    F_RADIANS_HIGH,
    F_RADIANS_LOW,
    F_RADIANS_TORQUE_HIGH,
    F_RADIANS_TORQUE_LOW,
    F_UNWRAP,
    F_UPRIGHT_S,
    FLICKERED,
    GOOD,
    HIGH,
    INVERTED,
    LONGEST,
    LOW,
    MEAN,
    MOVED_NS,
    N_CARRIED_NS,
    N_COUNT,
    N_IN_SET,
    N_LATE_NS,
    N_NEXT_NS,
    N_RADIANS_NS,
    N_RADIANS_OVER_NS,
    N_RADIANS_POSSIBLE,
    N_SWAP_HIGH_NS,
    N_SWAP_NOT,
    N_SWAP_POSSIBLE,
    N_WINDOW_NS,
    N_WRAP_NS,
    NOWHEN,
    OF_TORQUE,
    OTHER_FIRST,
    OTHER_HIGH,
    OTHER_LOW,
    PACE,
    PACE_BEFORE,
    PEAK,
    QUANTUM,
    RAILED,
    REVERSED,
    RUN,
    RUN_NS,
    SATURATED,
    SCALED,
    STEP,
    STILL,
    STUCK,
    SUM,
    SWAPPED,
    TORQUE,
    TORQUE_INVERTED,
    WRAPPED,
    begin,
    end,
    runs,
)
from wire.plan import Plan

C_WINDOW_NS = 14
C_STUCK_ALONE_NS, C_MOVED, C_MOVED_QUIET, C_FLICKER = 16, 17, 18, 20
C_LOAD, C_SIGN_S, C_SIGN_NM, C_SIGN_SPEED = 23, 24, 25, 26
"""The plan's ends and load; NaN where there is none."""
C_ANGLE_SPAN, C_TORQUE_SPAN, C_WRAP_OVER_NS, C_ANGLE_LEAST = 27, 28, 29, 30
C_SWAP_NS, C_SIGN_NS = 32, 33
C_FINE, C_FINE_FOLLOWS_NS, C_FINE_BEYOND, C_FINE_LATE_NS, C_CYCLE_NS = 35, 36, 37, 38, 39

STILL_SHARE = 0.15
STILL_LEAST = 100
CHANGED_LEAST = 20
ABRUPT = 1.0 / 80.0
"""Of the span in a window of 0.1 s: half the speed of 4 s for the whole range."""
DENSE = 7
"""Samples in a window from which on a reversal is the sensor's: below 70 Hz it may be the body's own sway."""
CERTAIN = 64
"""So many equal readings of a channel that flickers happen once in 10^8: at 0.45 codes of noise three in four equal the one before."""
ENDS = 0.10
MIRRORED_S = 0.25
"""So long an angle is beyond an end, s, before that says something of its sign (decisions 0102, 0288)."""
SWAP_HIGH, SWAP_LOW = 0.8, 0.2
"""Near the flexed and the extended end of the plan's range, as shares of it."""
SEEN = 0.7
LOADED = 0.3
"""Of the torque's span: more than an empty lever weighs, less than any load that is worth lifting."""
LIFTS = 0.8
"""Of the highest torque so far: what begins to lift the load."""
RADIANS = math.pi / 180.0
LATEST_NS = 1 << 62


def set_constants(c: NDArray[np.float64], p: Parameters, plan: Plan | None) -> None:
    """This file's places of the constants."""
    c[C_WINDOW_NS] = p.fault_window_s * 1e9
    c[C_STUCK_NS], c[C_STUCK_ALONE_NS] = p.stuck_s * 1e9, p.stuck_alone_s * 1e9
    c[C_MOVED], c[C_MOVED_QUIET] = p.stuck_moved, p.stuck_moved_quiet
    c[C_RAIL], c[C_FLICKER] = p.rail_samples, p.flicker
    c[C_FINE], c[C_FINE_FOLLOWS_NS] = p.fine_deg, p.fine_follows_s * 1e9
    c[C_FINE_BEYOND], c[C_FINE_LATE_NS] = p.fine_beyond_deg, p.fine_late_s * 1e9
    c[C_SIGN_S], c[C_SIGN_NM], c[C_SIGN_SPEED] = p.sign_s, p.sign_nm, p.sign_deg_s
    c[C_ANGLE_SPAN], c[C_TORQUE_SPAN], c[C_WRAP_OVER_NS] = p.span_deg, p.span_nm, p.wrap_over_s * 1e9
    c[C_ANGLE_LEAST] = p.span_deg
    c[C_SIGN_NS] = p.sign_s * 1e9
    c[C_CYCLE_NS] = p.stuck_cycle_s * 1e9
    if plan is not None:
        reach = plan.range.flexion_deg - plan.range.extension_deg
        c[C_ANGLE_SPAN] = max(p.span_deg, reach)
        # By `sign_deg_s` alone a slow plan would have no movement to judge by.
        c[C_SIGN_SPEED] = min(p.sign_deg_s, 0.5 * reach / plan.tempo.extension_s)
        tempo = plan.tempo
        c[C_CYCLE_NS] = max(p.stuck_cycle_s, tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s) * 1e9
        c[C_FLEXION], c[C_EXTENSION] = plan.range.flexion_deg, plan.range.extension_deg
        c[C_SWAP_NS] = (SWAP_HIGH - SWAP_LOW) * reach / p.overspeed_stop_deg_s * 1e9
        if plan.load_nm is not None:
            c[C_LOAD] = plan.load_nm
            c[C_TORQUE_SPAN] = max(p.span_nm, plan.load_nm)


def look(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int) -> int:
    """Judge the window that ends with this sample and begin the next one. Returns the bits."""
    count = n[N_COUNT]
    told = 0
    if n[N_NEXT_NS] == NOWHEN:
        # The first window begins with its sample, not where the device's clock does.
        n[N_WINDOW_NS] = t_ns
    if count > 0:
        angle, torque = f[ANGLE + SUM] / float(count), f[TORQUE + SUM] / float(count)
        known = not math.isnan(torque)
        _remember(f, n, c, t_ns, angle)
        told |= _same(f, n, c, ANGLE, TORQUE, 0, t_ns, angle, torque)
        if known:
            told |= _same(f, n, c, TORQUE, ANGLE, OF_TORQUE, t_ns, torque, angle)
            told |= _sign(f, n, c, t_ns, angle, torque)
            told |= _swapped(n, c, t_ns, angle, torque)
        told |= _mirrored(f, n, c, t_ns, angle)
        if f[F_UNWRAP] == 0.0 and float(t_ns - n[N_WRAP_NS]) >= c[C_WRAP_OVER_NS]:
            told |= end(n, WRAPPED, n[N_WRAP_NS])
        told |= _radians(f, n, c, t_ns, angle, torque)
        f[ANGLE + MEAN] = angle
        f[TORQUE + MEAN] = torque
    f[ANGLE + SUM] = f[TORQUE + SUM] = 0.0
    n[ANGLE + REVERSED] = n[TORQUE + REVERSED] = 0
    n[ANGLE + PEAK] = n[ANGLE + RUN]
    n[TORQUE + PEAK] = n[TORQUE + RUN]
    n[N_COUNT] = 0
    n[N_WINDOW_NS] = t_ns
    n[N_NEXT_NS] = min(t_ns, LATEST_NS) + int(c[C_WINDOW_NS])
    return told


def _remember(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float) -> None:
    """How far the angle has been of late: in this stretch of `fine_late_s` and the one before it."""
    if n[N_LATE_NS] == NOWHEN or float(t_ns - n[N_LATE_NS]) >= c[C_FINE_LATE_NS]:
        f[F_HIGH_BEFORE], f[F_LOW_BEFORE] = f[F_HIGH_NOW], f[F_LOW_NOW]
        f[F_HIGH_NOW], f[F_LOW_NOW] = angle, angle
        n[N_LATE_NS] = t_ns
    f[F_HIGH_NOW] = max(f[F_HIGH_NOW], angle)
    f[F_LOW_NOW] = min(f[F_LOW_NOW], angle)


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
    count, run = n[N_COUNT], n[b + RUN]
    value = f[b + GOOD]
    if run < count:
        if n[b + RAILED] == 0 and (runs(n, k + STUCK) or runs(n, k + SATURATED)):
            told |= end(n, k + STUCK, t_ns) | end(n, k + SATURATED, t_ns)
        elif n[b + PEAK] > run:
            n[b + LONGEST] = max(n[b + LONGEST], n[b + PEAK])
        n[b + CHANGED] += 1
        n[b + RUN_NS] = t_ns - run * ((t_ns - n[N_WINDOW_NS]) // count)
        if (count >= DENSE or b == TORQUE) and abs(mean - f[b + MEAN]) < STILL_SHARE * max(1.0, f[b + HIGH] - f[b + LOW]):
            n[b + STILL] += count
            n[b + FLICKERED] += n[b + REVERSED]
        f[b + OTHER_HIGH] = f[b + OTHER_LOW] = f[b + OTHER_FIRST] = other
        n[b + MOVED_NS] = NOWHEN
        if b == ANGLE:
            n[N_CARRIED_NS] = 0
        f[b + PACE_BEFORE] = f[b + PACE]
        f[b + PACE] = mean - f[b + MEAN]
    else:
        f[b + OTHER_HIGH] = max(f[b + OTHER_HIGH], other)
        f[b + OTHER_LOW] = min(f[b + OTHER_LOW], other)
        if b == ANGLE and other > c[C_SIGN_NM]:
            n[N_CARRIED_NS] += n[N_IN_SET] * (t_ns - n[N_WINDOW_NS])
    moved = f[b + OTHER_HIGH] - f[b + OTHER_LOW]
    span = max(f[o + HIGH] - f[o + LOW], c[C_TORQUE_SPAN] if o == TORQUE else c[C_ANGLE_SPAN])
    if moved > c[C_MOVED] * span and n[b + MOVED_NS] == NOWHEN:
        n[b + MOVED_NS] = t_ns
    # Any step between two codes will do: among many the least is one code.
    step = abs(f[b + STEP])
    if 0.0 < step < f[b + QUANTUM]:
        f[b + QUANTUM] = step
    # A torque of nothing is what a drive or a stack at rest says for as long as it likes.
    nothing = b == TORQUE and abs(value) < c[C_SIGN_NM]
    lively = not nothing and n[b + STILL] >= STILL_LEAST and float(n[b + FLICKERED]) >= c[C_FLICKER] * float(n[b + STILL])
    silent_ns = float(t_ns - n[b + RUN_NS])
    least = min(2 * n[b + LONGEST] + 3, CERTAIN)
    if lively and float(run) >= c[C_RAIL] and run >= least and n[b + CHANGED] >= CHANGED_LEAST:
        at_end = value >= f[b + HIGH] or value <= f[b + LOW]
        if at_end and not runs(n, k + STUCK) and not (b == ANGLE and _usual(f, c, value)):
            told |= begin(n, k + SATURATED, n[b + RUN_NS])
    if run >= count and silent_ns >= c[C_STUCK_NS] and n[b + CHANGED] >= CHANGED_LEAST and not runs(n, k + SATURATED):
        if lively:
            if moved > c[C_MOVED] * span or silent_ns >= c[C_STUCK_ALONE_NS]:
                told |= begin(n, k + STUCK, n[b + RUN_NS])
        elif b == ANGLE and moved > c[C_MOVED] * span and _through_a_repetition(f, n, c, value, span):
            told |= begin(n, k + STUCK, n[b + RUN_NS])
        elif b == ANGLE and f[b + OTHER_LOW] > c[C_SIGN_NM]:
            # A torque that rests as well says that both are at rest. From its pace to nothing within a window, with no more torque than
            # before: neither a body nor an end pin stops so.
            pace = max(c[C_ANGLE_SPAN] * ABRUPT, 1.5 * f[b + QUANTUM])
            abrupt = abs(f[b + PACE_BEFORE]) > pace and f[b + OTHER_HIGH] <= f[b + OTHER_FIRST] + 0.08 * abs(f[b + OTHER_FIRST])
            clear = abrupt and not math.isnan(c[C_FLEXION]) and _inside(f, c, value)
            # What the torque does the lever follows, a little later.
            followed = n[b + MOVED_NS] != NOWHEN and float(t_ns - n[b + MOVED_NS]) >= c[C_FINE_FOLLOWS_NS]
            fine = followed and f[b + QUANTUM] <= c[C_FINE] and _carried(f, c, value)
            if (moved > c[C_MOVED_QUIET] * span and _inside(f, c, value)) or fine or (clear and moved > c[C_MOVED] * span):
                told |= begin(n, k + STUCK, n[b + RUN_NS])
    if run < min(3, count):
        f[b + HIGH] = max(f[b + HIGH], mean, value)
        f[b + LOW] = min(f[b + LOW], mean, value)
    return told


def _inside(f: NDArray[np.float64], c: NDArray[np.float64], angle: float) -> bool:
    """Whether an angle is away from the ends, where a machine rests: those of all that was seen, and of the plan's range."""
    high, low = f[ANGLE + HIGH], f[ANGLE + LOW]
    margin = ENDS * (high - low)
    if high - low < c[C_ANGLE_LEAST] or not low + margin < angle < high - margin:
        return False
    margin = ENDS * (c[C_FLEXION] - c[C_EXTENSION])
    return math.isnan(margin) or bool(c[C_EXTENSION] + margin < angle < c[C_FLEXION] - margin)


def _through_a_repetition(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], angle: float, span: float) -> bool:
    """Whether the same was said in a set, under load, for as long as a whole repetition takes (decision 0292). `span`: the torque's."""
    high, low = f[ANGLE + HIGH], f[ANGLE + LOW]
    # A lever that is locked for an isometric test is put in its place without load.
    if float(n[N_CARRIED_NS]) < c[C_CYCLE_NS] or f[ANGLE + OTHER_FIRST] <= LOADED * span or high - low < c[C_ANGLE_LEAST]:
        return False
    # Where the load rests, any torque that doesn't lift it leaves the lever there.
    rests = angle > high - ENDS * (high - low) or angle > c[C_FLEXION] - ENDS * (c[C_FLEXION] - c[C_EXTENSION])
    return bool(not rests or f[ANGLE + OTHER_HIGH] >= LIFTS * f[TORQUE + HIGH])


def _carried(f: NDArray[np.float64], c: NDArray[np.float64], angle: float) -> bool:
    """Whether nothing but a body can hold the lever here: it has been farther both ways of late, so no pin does (decision 0291)."""
    high, low = max(f[F_HIGH_NOW], f[F_HIGH_BEFORE]), min(f[F_LOW_NOW], f[F_LOW_BEFORE])
    return bool(high - low >= c[C_ANGLE_LEAST] and low + c[C_FINE_BEYOND] < angle < high - ENDS * (high - low))


def _usual(f: NDArray[np.float64], c: NDArray[np.float64], angle: float) -> bool:
    """Whether an angle may be held, or be the farthest yet, anyway: near an end of the plan's range, or before most of it was seen.

    What stays there is stuck rather than at a rail.
    """
    reach = c[C_FLEXION] - c[C_EXTENSION]
    near = abs(angle - c[C_FLEXION]) < ENDS * reach or abs(angle - c[C_EXTENSION]) < ENDS * reach
    return bool(near or f[ANGLE + HIGH] - f[ANGLE + LOW] < SEEN * reach)


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


def _swapped(n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float, torque: float) -> int:
    """A torque that was at the plan's flexed end while the angle was nowhere near, never left its range and came up no faster than a body.

    The first window says so where the patient begins flexed; where he is upright first, one whose angle is beyond the plan's range.
    """
    reach = c[C_FLEXION] - c[C_EXTENSION]
    if math.isnan(reach):
        return 0
    if not c[C_EXTENSION] - 0.25 * reach - 3.0 < torque < c[C_FLEXION] + 0.25 * reach + 3.0:
        n[N_SWAP_POSSIBLE] = 0
        n[N_SWAP_NOT] += 1
        back = c[C_EXTENSION] - 0.25 * reach < angle < c[C_FLEXION] + 0.25 * reach
        return end(n, SWAPPED, t_ns) if back and n[N_SWAP_NOT] >= 3 else 0
    n[N_SWAP_NOT] = 0
    if n[N_SWAP_POSSIBLE] == 1 or n[N_SWAP_POSSIBLE] == 3:
        away = abs(angle - c[C_FLEXION]) > 0.2 * reach
        if n[N_SWAP_POSSIBLE] == 3:
            away = not c[C_EXTENSION] - 0.25 * reach - 3.0 < angle < c[C_FLEXION] + 0.25 * reach + 3.0
        n[N_SWAP_POSSIBLE] = 2 if away and abs(torque - c[C_FLEXION]) < 0.2 * reach else 3
    if torque >= c[C_EXTENSION] + SWAP_HIGH * reach:
        n[N_SWAP_HIGH_NS] = t_ns
    elif n[N_SWAP_POSSIBLE] == 2 and torque < c[C_EXTENSION] + SWAP_LOW * reach:
        n[N_SWAP_POSSIBLE] = 0
        # Faster than anybody moves: a load that was put down.
        if float(t_ns - n[N_SWAP_HIGH_NS]) >= c[C_SWAP_NS]:
            return begin(n, SWAPPED, t_ns)
    return 0


def _mirrored(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float) -> int:
    """An angle below zero where its negative fits the plan and it fits nothing: `inverted`.

    Without a plan one that has been as far above zero never is: its zero lies within the movement.
    """
    reach = c[C_FLEXION] - c[C_EXTENSION]
    low, high, upright = c[C_EXTENSION] - 0.4 * reach, c[C_FLEXION] + 0.2 * reach, c[C_EXTENSION] + 0.4 * reach
    if math.isnan(reach):
        low, high, upright = -25.0, 90.0, 25.0
    window_s = float(t_ns - n[N_WINDOW_NS]) * 1e-9
    if angle < min(-15.0, low) and -angle < high:
        f[F_MIRRORED_S] += window_s
        if f[F_MIRRORED_S] >= MIRRORED_S:
            return begin(n, INVERTED, t_ns)
    elif angle > 0.0:
        f[F_MIRRORED_S] = min(f[F_MIRRORED_S], 0.0)
        if angle > upright and runs(n, INVERTED):
            return end(n, INVERTED, t_ns)
        if angle > upright and math.isnan(reach):
            f[F_MIRRORED_S] -= window_s if f[F_MIRRORED_S] > -MIRRORED_S else math.inf
    return 0


def _radians(f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, angle: float, torque: float) -> int:
    """An angle that has never left the plan's range in radians, and travels through it under load: `scaled`."""
    high, low = c[C_FLEXION] * RADIANS, c[C_EXTENSION] * RADIANS
    if math.isnan(high):
        return 0
    margin = 0.1 + 0.1 * (high - low)
    if not low - margin < angle < high + margin:
        n[N_RADIANS_POSSIBLE] = 0
        return end(n, SCALED, t_ns) if min(abs(angle), abs(f[ANGLE + GOOD])) > 5.0 else 0
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
    if not loaded or float(t_ns - n[N_RADIANS_NS]) < 1e9 or f[F_RADIANS_HIGH] - f[F_RADIANS_LOW] < 0.6 * (high - low):
        n[N_RADIANS_OVER_NS] = t_ns
    elif float(t_ns - n[N_RADIANS_OVER_NS]) >= c[C_SIGN_NS]:
        # Degrees that have just begun to leave the upright end don't stay so near to it.
        return begin(n, SCALED, n[N_RADIANS_NS])
    return 0
