"""The per-sample path: filters, faults, safety and tracking, until something happens. Kernels: compiled or plain, same bits.

`advance` is called with samples and stops at the first one that means something (a happening, see `state`); plain Python decides what.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s
from service.analysis.faults import F_ANGLE, F_TORQUE, examine
from service.analysis.filters import median3, step
from service.analysis.learning import learn
from service.analysis.safety import guard
from service.analysis.tracking import track

Array = Any
"""A numpy array, or a memoryview of one: kernels take both. Those of `engine` name the type: it is compiled from there."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[np.float32]

NEW, TIMED, ADMITTED, FILTERED, STILL, DONE = s.NEW, s.TIMED, s.ADMITTED, s.FILTERED, s.STILL_NEXT, s.DONE


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
    """Takes samples `first`..`last`-1; returns the index where it stopped (not yet done, `n[CODE]` says why) or `last`.

    `t` int64 ns, `angle` and `torque` float32, `tape_n` and `tape_f` the tape's columns of `size` rows each, one after the other.
    """
    i = first
    while i < last:
        if n[s.STAGE] == NEW:
            if t[i] <= n[s.LAST]:
                n[s.CODE] = s.CLOCK
                return i
            n[s.BEFORE_LAST] = n[s.LAST]
            n[s.LAST] = t[i]
            n[s.STAGE] = TIMED
        if n[s.STAGE] == TIMED:
            now = t[i]
            if now >= n[s.ALARM]:
                n[s.CODE] = s.RANG
                return i
            before = n[s.BEFORE_LAST]
            dt_s = (now - before) * 1e-9 if before != s.NEVER else 0.0
            bits = examine(fault_f, fault_n, fault_c, now, dt_s, float(angle[i]), float(torque[i]))
            if bits != 0:
                n[s.BITS] = bits
            n[s.STAGE] = ADMITTED
            good = n[s.GOOD]
            if before != s.NEVER and (
                now - before > n[s.MARK] or (good != s.NEVER and now - good > c[s.VOID_NS] and fault_f[F_ANGLE] == fault_f[F_ANGLE])
            ):
                n[s.CODE] = s.GAP
                return i
        if n[s.STAGE] == ADMITTED:
            n[s.STAGE] = FILTERED
            if fault_f[F_ANGLE] != fault_f[F_ANGLE]:
                n[s.STAGE] = DONE
                good = n[s.GOOD]
                if good != s.NEVER and n[s.STARTED] == 1 and t[i] - good > n[s.LOST_NS]:
                    n[s.CODE] = s.LOST
                    return i
            else:
                step(f, n, c, t[i], fault_f[F_ANGLE], fault_f[F_TORQUE])
                _keep(f, n, tape_n, tape_f, size, t[i])
                raw = fault_f[F_ANGLE]
                n[s.GUARDED] = guard(guard_f, guard_n, guard_c, t[i], f[s.DT], median3(f[s.RAW_BEFORE], f[s.RAW], raw), raw)
                f[s.RAW_BEFORE] = f[s.RAW]
                f[s.RAW] = raw
        if n[s.STAGE] == FILTERED:
            code = s.NOTHING
            mode = n[s.MODE]
            if n[s.CATCHING] == 1:
                code = s.CATCH
            elif mode >= s.FIRST:
                code = track(f, n, c, tape_n, tape_f, size, n[s.HEAD] - 1)
            elif mode == s.LEARN:
                code = learn(f, n, c, t[i], f[s.DETECT_2])
            if code != s.NOTHING:
                n[s.CODE] = code
                return i
            n[s.STAGE] = STILL
        if n[s.STAGE] == STILL:
            n[s.STAGE] = DONE
            code = _still(f, n, c, t[i])
            if code != s.NOTHING:
                n[s.CODE] = code
                return i
        if n[s.BITS] != 0 or n[s.GUARDED] != 0:
            n[s.CODE] = s.SIGNAL
            return i
        n[s.STAGE] = NEW
        i += 1
    n[s.CODE] = s.NOTHING
    return i


def _keep(f: Array, n: Array, tape_n: Array, tape_f: Array, size: int, now: int) -> None:
    """The filtered sample onto the tape, times put back by the known delays."""
    head = n[s.HEAD]
    n[s.HEAD] = head + 1
    tape_n[head] = now
    tape_n[size + head] = now - n[s.DELAY_AT]
    tape_n[2 * size + head] = now - n[s.DELAY_SEEN]
    tape_f[head] = f[s.DETECT_2]
    tape_f[size + head] = f[s.SPEED]
    tape_f[2 * size + head] = f[s.DISPLAY_2]
    tape_f[3 * size + head] = f[s.SHOWN_NM]
    tape_f[4 * size + head] = f[s.BAND_HIGH] - f[s.BAND_LOW]


def _still(f: Array, n: Array, c: Array, now: int) -> int:
    """Movement, and how long there has been none or no load: what ends a set by itself (contract 1)."""
    if not abs(f[s.DETECT_2] - f[s.STILL]) <= c[s.STILL_DEG]:
        f[s.STILL] = f[s.DETECT_2]
        n[s.MOVED] = now
    if n[s.RUNNING] == s.FAR:
        return s.NOTHING
    if now - max(n[s.MOVED], n[s.RUNNING]) >= n[s.IDLE_NS]:
        return s.IDLE
    if now >= n[s.CLOSE_NS]:
        return s.CLOSES
    if not f[s.KNOWN_NM] < c[s.UNLOADED_NM]:
        n[s.UNLOADED_NS] = s.NEVER
    elif n[s.UNLOADED_NS] == s.NEVER:
        n[s.UNLOADED_NS] = now
    elif now - n[s.UNLOADED_NS] > n[s.UNLOADED_FOR_NS]:
        return s.UNLOADED
    return s.NOTHING
