"""Where the patient is in a repetition: crossings, turning points, stalls, sags (detection.md 2.2, 2.3, 4.2). A kernel of `core.advance`.

Progress of the detection path against the range; every time is put back by the path's delay. Returns a happening (see `state`) and changes
modes never: what a happening means is decided by the set.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s

Array = Any
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _crossing(f: Array, n: Array, level: float, place: float, at: int) -> int:
    """When the straight line from the sample before passed a level, ns."""
    share = (level - f[s.BEFORE]) / (place - f[s.BEFORE])
    crossed: int = n[s.BEFORE_NS] + int(share * (at - n[s.BEFORE_NS]) + 0.5)
    return crossed


def track(f: Array, n: Array, c: Array, tape_n: Array, tape_f: Array, size: int, row: int) -> int:
    """One sample of the tape. The same sample comes again until it brings no happening any more."""
    at = tape_n[size + row]
    place = (c[s.FLEXION_DEG] - tape_f[row]) / c[s.SPAN_DEG]
    if n[s.TELLS] == 1:
        return s.TELL
    mode = n[s.MODE]
    code = s.NOTHING
    if mode == s.FIRST:
        f[s.LOW] = place
        n[s.LOW_LAST_NS] = at
        n[s.UP_NS] = s.NEVER
        n[s.MODE] = s.WAIT
        f[s.BEFORE] = place
        n[s.BEFORE_NS] = at
        return s.NOTHING
    if mode == s.WAIT:
        code = _wait(f, n, c, place, at)
    else:
        code = _follow(f, n, c, place, at, -tape_f[size + row])
        if code == s.NOTHING:
            code = dropped(f, n, c, tape_n, tape_f, size, row)
    if code == s.NOTHING:
        f[s.BEFORE] = place
        n[s.BEFORE_NS] = at
    return code


def _wait(f: Array, n: Array, c: Array, place: float, at: int) -> int:
    """At the flexed end: the bottom, until an onset becomes an attempt."""
    f[s.LOW] = min(f[s.LOW], place)
    low = f[s.LOW]
    if place <= low + c[s.BAND]:
        n[s.LOW_LAST_NS] = at
    if f[s.BEFORE] < c[s.P_LOW] <= place:
        n[s.UP_NS] = _crossing(f, n, c[s.P_LOW], place, at)
    if place >= c[s.P_ATTEMPT] and low <= c[s.P_RESTART] and place - low >= c[s.P_RISE]:
        return s.ONSET
    return s.NOTHING


def _follow(f: Array, n: Array, c: Array, place: float, at: int, speed: float) -> int:
    """Inside a repetition. `speed` in extension, deg/s."""
    mode = n[s.MODE]
    high = c[s.P_HIGH]
    f[s.HIGH] = max(f[s.HIGH], place)
    if mode != s.FLEXION and place >= f[s.PEAK] - c[s.BAND]:
        f[s.PEAK] = max(f[s.PEAK], place)
        n[s.PEAK_NS] = at
    if place >= high and mode != s.HOLD:
        return s.REACHED
    if place < high <= f[s.BEFORE]:
        n[s.FALL_NS] = _crossing(f, n, high, place, at)
    if mode == s.FLEXION:
        code = _return(f, n, c, place, at)
        if code != s.NOTHING:
            return code
    else:
        top = f[s.PEAK]
        if mode == s.HOLD and top > high:
            top = high
        if place < min(top, 1.0) - c[s.REVERSAL]:
            return s.LOWERED
        code = _strive(f, n, c, place, at, speed, mode)
        if code != s.NOTHING:
            return code
    if at > n[s.DUE_NS] and (mode != s.HOLD or place >= high) and (mode != s.FLEXION or n[s.END_NS] == s.NEVER):
        return s.OVERDUE
    return s.NOTHING


def _strive(f: Array, n: Array, c: Array, place: float, at: int, speed: float, mode: int) -> int:
    """On the way up and at the top: places on the way, stalls (v < 0.25 v_nom between 12 and 97 %), loss of the hold (detection.md 4.2)."""
    before = n[s.BEFORE_NS]
    if n[s.HALF_NS] == s.NEVER and place >= 0.5:
        n[s.HALF_NS] = at
    f[s.SPEED_MOST] = max(f[s.SPEED_MOST], speed)
    if speed < c[s.STALL_SPEED] and c[s.STALL_LOW] < place < c[s.STALL_HIGH] and mode == s.EXTENSION:
        if n[s.STALL_NS] == s.NEVER:
            n[s.STALL_NS] = at
            f[s.STALL_AT] = place
        lasted = at - n[s.STALL_NS]
        if lasted > n[s.STALL_LONGEST_NS]:
            n[s.STALL_LONGEST_NS] = lasted
            n[s.STALL_BEGAN_NS] = n[s.STALL_NS]
        if lasted >= n[s.STALL_NEXT_NS]:
            return s.STALLED
    elif n[s.STALL_NS] != s.NEVER:
        n[s.STALL_NS] = s.NEVER
    if place >= c[s.P_NEAR]:
        if n[s.NEAR_NS] == s.NEVER:
            n[s.NEAR_NS] = at
            return s.NEARING
        if speed < c[s.STALL_SPEED] and place < c[s.P_HIGH] and before < at:
            n[s.TOP_NS] += at - before
    if mode == s.HOLD and speed <= -c[s.SAG_SPEED]:
        n[s.SLOW_NS] = s.NEVER
    elif mode == s.HOLD:
        if n[s.SLOW_NS] == s.NEVER:
            n[s.SLOW_NS] = at
        # Slowly, or it would be the lowering; and not by the noise of a single reading.
        if at - n[s.SLOW_NS] < c[s.DWELL_NS]:
            return s.NOTHING
        dip = f[s.PEAK] - place
        f[s.DIP] = max(f[s.DIP], dip)
        if dip > c[s.SAG] and n[s.SAG_TOLD] == 0:
            return s.SAGGED
    return s.NOTHING


def _return(f: Array, n: Array, c: Array, place: float, at: int) -> int:
    """On the way back: down through the lower boundary, or up again before it."""
    if place < f[s.R_LOW_REF] - c[s.BAND]:
        f[s.R_LOW_REF] = place
        n[s.LOW_FIRST_NS] = at
    f[s.R_LOW] = min(f[s.R_LOW], place)
    if place <= f[s.R_LOW] + c[s.BAND]:
        n[s.LOW_LAST_NS] = at
    if place < c[s.P_LOW]:
        if n[s.END_NS] == s.NEVER:
            n[s.END_NS] = _crossing(f, n, c[s.P_LOW], place, at) if f[s.BEFORE] >= c[s.P_LOW] else at
        if place <= c[s.P_RETURN] or at - n[s.END_NS] >= c[s.DWELL_NS]:
            return s.RETURNED
        return s.NOTHING
    n[s.END_NS] = s.NEVER
    if place - f[s.R_LOW] < c[s.P_RISE]:
        return s.NOTHING
    if f[s.R_LOW] >= c[s.P_RESTART]:
        return s.RESUMED
    if place >= c[s.P_ATTEMPT]:
        return s.RESTARTED
    return s.NOTHING


def _gives_way(n: Array, c: Array, angle: float, speed: float) -> bool:
    """Whether the load falls, or, moved by a motor, is still on its way up."""
    if c[s.DRIVEN] > 0.0:
        return bool(n[s.MODE] == s.EXTENSION and angle > c[s.FLEXION_DEG] - c[s.DRIVEN] * c[s.SPAN_DEG])
    return bool(speed > c[s.DROP_SPEED] * c[s.V_FLEX])


def dropped(f: Array, n: Array, c: Array, tape_n: Array, tape_f: Array, size: int, row: int) -> int:
    """A torque that falls by more than `drop_share` within `drop_s` while the load is up and falls (detection.md 4.5, pain stop)."""
    now = tape_n[row]
    back = n[s.BACK]
    while tape_n[back] < now - c[s.DROP_NS] and back < row:
        back += 1
    n[s.BACK] = back
    torque = tape_f[3 * size + row]
    if torque > f[s.NM_MOST]:  # noqa: PLR1730 - NaN must not pass
        f[s.NM_MOST] = torque
    if n[s.LET_TOLD] == 1:
        return s.NOTHING
    earlier = tape_f[3 * size + back]
    if (
        earlier > c[s.DROP_LEAST_NM]
        and earlier > c[s.DROP_FROM] * f[s.NM_MOST]
        and torque < (1.0 - c[s.DROP]) * earlier
        and tape_f[row] < c[s.FLEXION_DEG] - c[s.DROP_ABOVE] * c[s.SPAN_DEG]
        and _gives_way(n, c, tape_f[row], tape_f[size + row])
    ):
        return s.LET_GO
    return s.NOTHING


def catch_up(f: Floats, n: Ints, c: Floats, tape_n: Ints, tape_f: Floats, size: int, first: int, last: int) -> int:
    """Rows `first`..`last`-1 of the tape, which were kept until the range was known; the row where it stopped, or `last`."""
    row = first
    while row < last:
        code = track(f, n, c, tape_n, tape_f, size, row)
        n[s.CODE] = code
        if code != s.NOTHING:
            return row
        row += 1
    n[s.CODE] = s.NOTHING
    return row
