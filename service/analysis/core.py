"""The per-sample path: faults, safety, filters and tracking, until something happens. Kernels: compiled or plain, same bits.

`advance` is called with samples and stops at what means something (a happening, see `state`); plain Python decides what. It takes samples
in (`admit`) as far as nothing needs deciding, filters them (`smooth`) and follows the set over them (`follow`), each in a loop of its own;
what stopped the first is told when the last has come there. So all that follows a row sees the tape up to that row and no further, and
the same events come of every chunking.
"""

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s
from service.analysis.faults import F_ANGLE, F_TORQUE, examine
from service.analysis.filters import median3, pace, smooth
from service.analysis.learning import learn
from service.analysis.readings import ENDED, SATURATED, STUCK
from service.analysis.safety import N_STARTED, guard
from service.analysis.tracking import track

Floats = NDArray[np.float64]
"""A numpy array, or a memoryview of one: kernels take both."""
Ints = NDArray[np.int64]
Values = NDArray[np.float32]

FREED = 1 << ENDED + STUCK | 1 << ENDED + SATURATED
"""Bits of `examine`: an angle that had said the same whatever the patient did says where he is again."""
AHEAD = 512
"""Samples that are taken in before they are followed: as many rows as stay in the processor's nearest memory."""


def advance(
    f: Floats,
    n: Ints,
    c: Floats,
    fault_f: Floats,
    fault_n: Ints,
    fault_c: Floats,
    guard_f: Floats,
    guard_n: Ints,
    guard_c: Floats,
    t: Ints,
    angle: Values,
    torque: Values,
    tape_n: Ints,
    tape_f: Floats,
    size: int,
    first: int,
    last: int,
) -> int:
    """Takes samples `first`..`last`-1; returns how far it took them in. Called again until `n[CODE]` says that nothing happened.

    `n[NOW]` is the time of what happened. `t` int64 ns, `angle` and `torque` float32, `tape_n` and `tape_f` the tape's columns of `size`
    rows each, one after the other.
    """
    i = first
    while True:
        code = follow(f, n, c, tape_n, tape_f, size)
        if code != s.NOTHING:
            break
        code = n[s.PENDING]
        n[s.PENDING] = s.NOTHING
        n[s.NOW] = n[s.LAST]
        if code == s.LOST and n[s.STARTED] == 0:
            code = s.NOTHING
        if code != s.NOTHING or (i == last and n[s.ENTRY] == s.NEW):
            break
        edge = min(i + AHEAD, last)
        i = admit(f, n, c, fault_f, fault_n, fault_c, guard_f, guard_n, guard_c, t, angle, torque, tape_n, tape_f, size, i, edge)
        smooth(f, n, c, tape_n, tape_f, size)
    n[s.CODE] = code
    return i


def admit(
    f: Floats,
    n: Ints,
    c: Floats,
    fault_f: Floats,
    fault_n: Ints,
    fault_c: Floats,
    guard_f: Floats,
    guard_n: Ints,
    guard_c: Floats,
    t: Ints,
    angle: Values,
    torque: Values,
    tape_n: Ints,
    tape_f: Floats,
    size: int,
    first: int,
    last: int,
) -> int:
    """Samples from `first` on, judged on the raw path and written to the tape (times, cleaned readings, sampling period).

    Returns where it stopped: `n[PENDING]` says why, NOTHING at `last`. `n[ENTRY]` is how far the sample there has come.
    """
    i = first
    stage = n[s.ENTRY]
    latest = n[s.LAST]
    before = n[s.BEFORE_LAST]
    good = n[s.GOOD]
    kept = n[s.KEPT]
    alarm = n[s.ALARM]
    lost_ns = n[s.LOST_NS]
    mark = n[s.MARK]
    delay_at = n[s.DELAY_AT]
    delay_seen = n[s.DELAY_SEEN]
    dt_before = f[s.DT]
    period = f[s.PERIOD]
    paced = f[s.PACE]
    raw_1 = f[s.RAW]
    raw_2 = f[s.RAW_BEFORE]
    void_ns = c[s.VOID_NS]
    share = c[s.PERIOD_SHARE]
    bits = n[s.BITS]
    exceeded = n[s.GUARDED]
    code = s.NOTHING
    while i < last:
        now = t[i]
        if stage == s.NEW:
            if now <= latest or now >= s.FAR:
                code = s.CLOCK
                break
            before = latest
            latest = now
            stage = s.TIMED
        if stage == s.TIMED:
            if now >= alarm:
                code = s.RANG
                break
            dt = (now - before) * 1e-9 if before != s.NEVER else 0.0
            bits = examine(fault_f, fault_n, fault_c, now, dt, float(angle[i]), float(torque[i]))
            stage = s.ADMITTED
            if before != s.NEVER and (
                now - before > mark or (good != s.NEVER and now - good > void_ns and fault_f[F_ANGLE] == fault_f[F_ANGLE])
            ):
                code = s.GAP
                break
        if stage == s.ADMITTED:
            raw = fault_f[F_ANGLE]
            if raw == raw:  # noqa: PLR0124 - NaN is not itself
                if good == s.NEVER:
                    raw_1 = raw_2 = raw
                    dt = 0.0
                else:
                    dt = (now - good) * 1e-9
                    if dt == dt_before:
                        if dt != period:
                            period += share * (dt - period)
                    elif period == 0.0:
                        period = dt
                    elif dt < c[s.PERIOD_GAP] * period:
                        period += share * (dt - period)
                    elif dt_before >= c[s.PERIOD_GAP] * period:
                        # One long step is a gap, two running are another rate.
                        period += share * (min(dt, dt_before) - period)
                    if abs(period - paced) > 0.01 * period:
                        pace(f, n, c, period)
                        paced = period
                        mark = n[s.MARK]
                        delay_at = n[s.DELAY_AT]
                        delay_seen = n[s.DELAY_SEEN]
                dt_before = dt
                good = now
                tape_n[kept] = now
                tape_n[size + kept] = now - delay_at
                tape_n[2 * size + kept] = now - delay_seen
                tape_f[2 * size + kept] = raw
                tape_f[3 * size + kept] = fault_f[F_TORQUE]
                tape_f[5 * size + kept] = paced
                kept += 1
                if bits & FREED:
                    # It comes back elsewhere: that is no movement.
                    guard_n[N_STARTED] = 0
                exceeded = guard(guard_f, guard_n, guard_c, now, dt, median3(raw_2, raw_1, raw), raw)
                raw_2 = raw_1
                raw_1 = raw
            elif good != s.NEVER and now - good > lost_ns:
                stage = s.LATE
                code = s.LOST
                break
        stage = s.NEW
        i += 1
        if bits != 0 or exceeded != 0:
            code = s.SIGNAL
            break
    n[s.ENTRY] = stage
    n[s.LAST] = latest
    n[s.BEFORE_LAST] = before
    n[s.GOOD] = good
    n[s.KEPT] = kept
    n[s.BITS] = bits
    n[s.GUARDED] = exceeded
    n[s.PENDING] = code
    f[s.DT] = dt_before
    f[s.PERIOD] = period
    f[s.RAW] = raw_1
    f[s.RAW_BEFORE] = raw_2
    return i


def follow(f: Floats, n: Ints, c: Floats, tape_n: Ints, tape_f: Floats, size: int) -> int:
    """The rows that were kept and not yet followed, up to a happening: the set, the range where it is learnt, movement and load."""
    head = n[s.HEAD]
    kept = n[s.KEPT]
    stage = n[s.STAGE]
    code = s.NOTHING
    while stage != s.DONE or head < kept:
        if stage == s.DONE:
            head += 1
            stage = s.NEW
        row = head - 1
        if stage == s.NEW:
            mode = n[s.MODE]
            if n[s.CATCHING] == 1:
                code = s.CATCH
            elif mode >= s.FIRST:
                code = track(f, n, c, tape_n, tape_f, size, row)
            elif mode == s.LEARN:
                code = learn(f, n, c, tape_n[row], tape_f[row])
            if code != s.NOTHING:
                break
        stage = s.DONE
        code = _still(f, n, c, tape_n[row], tape_f[row], tape_f[3 * size + row])
        if code != s.NOTHING:
            break
    if head > 0:
        n[s.NOW] = tape_n[head - 1]
        f[s.SHOWN_NM] = tape_f[3 * size + head - 1]
    n[s.HEAD] = head
    n[s.STAGE] = stage
    return code


def _under_way(f: Floats, n: Ints, c: Floats, now: int) -> bool:
    """Whether an extension that began before the set was to close is on its way: whether it becomes a repetition shows at 0.25 only."""
    began = n[s.UP_NS] if f[s.LOW] < c[s.P_LOW] else n[s.LOW_LAST_NS]
    return bool(n[s.MODE] == s.WAIT and f[s.BEFORE] >= c[s.P_LOW] and began < n[s.CLOSE_NS] and now - n[s.MOVED] < c[s.UNDER_WAY_NS])


def _still(f: Floats, n: Ints, c: Floats, now: int, angle: float, torque: float) -> int:
    """Movement, and how long there has been none or no load: what ends a set by itself (contract 1)."""
    if not abs(angle - f[s.STILL]) <= c[s.STILL_DEG]:
        f[s.STILL] = angle
        n[s.MOVED] = now
    if torque == torque:  # noqa: PLR0124 - NaN is not itself
        f[s.KNOWN_NM] = torque
    if n[s.DEAD] == 1 and abs(torque - f[s.DEAD_NM]) > s.SAME_NM:
        return s.REVIVED
    if n[s.RUNNING] == s.FAR:
        return s.NOTHING
    if now - max(n[s.MOVED], n[s.RUNNING]) >= n[s.IDLE_NS]:
        return s.IDLE
    if now >= n[s.CLOSE_NS] and not _under_way(f, n, c, now):
        return s.CLOSES
    if n[s.TORQUE_BAD] > 0 or not abs(f[s.KNOWN_NM]) < c[s.UNLOADED_NM]:
        n[s.UNLOADED_NS] = s.NEVER
    elif n[s.UNLOADED_NS] == s.NEVER:
        n[s.UNLOADED_NS] = now
    elif now - n[s.UNLOADED_NS] > n[s.UNLOADED_FOR_NS]:
        return s.UNLOADED
    return s.NOTHING
