"""The range where no plan gives one: the first there-and-back movement that a second, similar one confirms (contract 3, decision 0004).

A kernel of `core.advance` over the detection path. `learnt_since` tells from when on samples may still be needed.
"""

import math
from typing import Any

from service.analysis import state as s

Array = Any

# States of learning.
EMPTY, LOWERING, EXTENDING, LOWERING_AGAIN, EXTENDING_AGAIN = range(5)


def learn(f: Array, n: Array, c: Array, now: int, angle: float) -> int:
    """One sample of the detection path, deg. LEARNT once the range stands in `L_FIRST_FLEXION` and `L_FIRST_EXTENSION`."""
    state = n[s.L_STATE]
    if state == EMPTY:
        n[s.L_STATE] = LOWERING
        n[s.L_BOTTOM_NS] = n[s.L_TOP_NS] = now
        f[s.L_BOTTOM] = f[s.L_TOP] = angle
        return s.NOTHING
    if state in (LOWERING, LOWERING_AGAIN):
        # At or on the way to the flexed end: the bottom is the last time that the angle was near its greatest.
        if angle >= f[s.L_BOTTOM] - c[s.L_NEAR]:
            n[s.L_BOTTOM_NS] = now
            f[s.L_BOTTOM] = max(f[s.L_BOTTOM], angle)
        elif angle <= f[s.L_BOTTOM] - c[s.L_REVERSAL]:
            n[s.L_STATE] = state + 1
            n[s.L_TOP_NS] = now
            f[s.L_TOP] = f[s.L_LOW] = f[s.L_BACK] = angle
            f[s.L_CAME] = math.nan
        return s.NOTHING
    if angle < f[s.L_TOP]:
        n[s.L_TOP_NS] = now
        f[s.L_TOP] = angle
    if angle < f[s.L_LOW]:
        f[s.L_LOW] = f[s.L_BACK] = angle
    f[s.L_BACK] = max(f[s.L_BACK], angle)
    if f[s.L_BACK] - angle >= max(c[s.L_REVERSAL], c[s.L_AGAIN] * (f[s.L_BACK] - f[s.L_LOW])):
        return _fell(f, n, c, now, angle)
    if now - n[s.L_TOP_NS] > n[s.IDLE_NS]:
        n[s.L_STATE] = LOWERING
        n[s.L_BOTTOM_NS] = n[s.L_TOP_NS] = now
        f[s.L_BOTTOM] = f[s.L_TOP] = angle
        return s.NOTHING
    return _check(f, n, c, now, angle)


def _fell(f: Array, n: Array, c: Array, now: int, angle: float) -> int:
    """A next extension is under way, though the last one has come back by less than its return.

    Once this has happened twice at the same place, that is the flexed end, and the movement began beyond it, as of somebody who takes
    his place. Its own samples are kept, since what is learnt applies to them too (decision 0284).
    """
    came, low, back = f[s.L_CAME], f[s.L_LOW], f[s.L_BACK]
    n[s.L_TOP_NS] = now
    f[s.L_LOW] = f[s.L_BACK] = angle
    f[s.L_CAME] = back
    # False after the first: no number is near NaN.
    twice = back - low >= c[s.L_LEAST] and abs(back - came) <= c[s.L_SIMILAR] * (back - low)
    if not twice or (n[s.L_STATE] == EXTENDING_AGAIN and _similar(f, c)):
        return s.NOTHING
    n[s.L_STATE] = EXTENDING_AGAIN
    n[s.L_FIRST_NS] = n[s.L_BOTTOM_NS]
    f[s.L_FIRST_FLEXION] = min(came, back)
    f[s.L_FIRST_EXTENSION] = low
    f[s.L_BOTTOM] = back
    f[s.L_TOP] = angle
    return s.NOTHING


def _check(f: Array, n: Array, c: Array, now: int, angle: float) -> int:
    """Whether a movement has just come back far enough, and what it then means."""
    there = f[s.L_BOTTOM] - f[s.L_TOP]
    if angle - f[s.L_TOP] < max(c[s.L_RETURN] * there, c[s.L_REVERSAL]):
        return s.NOTHING
    again = n[s.L_STATE] == EXTENDING_AGAIN
    confirmed = again and _similar(f, c)
    n[s.L_STATE] = LOWERING_AGAIN if again else LOWERING
    bottom_ns = n[s.L_BOTTOM_NS]
    bottom = f[s.L_BOTTOM]
    n[s.L_BOTTOM_NS] = now
    f[s.L_BOTTOM] = angle
    if there < c[s.L_LEAST]:
        # Too small to be the first; between the first and the second it changes nothing.
        return s.NOTHING
    if confirmed:
        return s.LEARNT
    f[s.L_FIRST_FLEXION] = bottom
    f[s.L_FIRST_EXTENSION] = f[s.L_TOP]
    n[s.L_FIRST_NS] = bottom_ns
    n[s.L_STATE] = LOWERING_AGAIN
    return s.NOTHING


def _similar(f: Array, c: Array) -> bool:
    """Whether the movement that was followed last confirms the first one."""
    first = f[s.L_FIRST_FLEXION] - f[s.L_FIRST_EXTENSION]
    return bool(abs(f[s.L_BOTTOM] - f[s.L_TOP] - first) <= c[s.L_SIMILAR] * first)


def learnt_since(n: Array) -> int:
    """Device time (ns) of the oldest sample that the range may have to be applied to."""
    since: int = n[s.L_FIRST_NS] if n[s.L_STATE] >= LOWERING_AGAIN else n[s.L_BOTTOM_NS]
    return since
