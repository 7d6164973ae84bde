"""Where the state of two judged channels stands: index constants and the parts that every judgement of a reading uses.

A channel (angle in deg, torque in Nm) has `WIDTH` places in the float64 state, from `ANGLE` or `TORQUE` on, and as many in the int64 state.
Kernels: see `service.kernels`. Times are ns, spans s, everything else in the channel's own unit.
"""

import numpy as np
from numpy.typing import NDArray

FAULTS = (
    ("angle", "stuck"),
    ("angle", "dropout"),
    ("angle", "spike"),
    ("angle", "saturated"),
    ("angle", "drift"),
    ("angle", "wrapped"),
    ("angle", "swapped"),
    ("angle", "inverted"),
    ("angle", "scaled"),
    ("torque", "stuck"),
    ("torque", "dropout"),
    ("torque", "spike"),
    ("torque", "saturated"),
    ("torque", "drift"),
    ("torque", "inverted"),
    ("torque", "scaled"),
)
"""Fault k: its channel and its kind (contract 4). A swap is told once, of the angle."""

ENDED = 16
"""Bit k says that fault k began, bit `ENDED + k` that it ended."""

STUCK, DROPOUT, SPIKE, SATURATED, DRIFT = 0, 1, 2, 3, 4
"""Kinds that both channels have, from `OF_TORQUE` on for the torque."""
OF_TORQUE = 9
WRAPPED, SWAPPED, INVERTED, SCALED = 5, 6, 7, 8
TORQUE_INVERTED, TORQUE_SCALED = 14, 15

# One channel's places in the float64 state.
WIDTH = 16
ANGLE = 0
TORQUE = 16
GOOD = 0
"""The last reading that was accepted, unwrapped."""
STEP = 1
"""The change that brought it there."""
WAIT = 2
"""Time since it, as far as samples before the newest one go."""
PENDING = 3
"""The newest reading that waits for judgement."""
OTHER = 4
"""The other channel's last good reading when the waiting began."""
SUM = 5
QUANTUM = 6
"""The least change ever seen: the converter's step, where there is one."""
MEAN = 7
"""Of the last window."""
HIGH = 8
LOW = 9
"""Extremes of the windows' means."""
OTHER_HIGH = 10
OTHER_LOW = 11
"""The other channel's extremes while this one says the same."""
OTHER_FIRST = 12
"""The other channel when that began."""
PACE, PACE_BEFORE = 13, 14
"""Change of the mean over the last window that was not all the same, and over the one before it."""
SHOOK = 15
"""The step before the jump that waits, over it."""

# Beyond the channels.
F_ANGLE = 32
F_TORQUE = 33
F_UNWRAP = 34
F_RADIANS_HIGH = 35
F_RADIANS_LOW = 36
F_RADIANS_TORQUE_HIGH = 37
F_RADIANS_TORQUE_LOW = 38
F_BACKWARDS_S = 39
F_UPRIGHT_S = 40
F_MIRRORED_S = 41
F_HIGH_NOW, F_LOW_NOW, F_HIGH_BEFORE, F_LOW_BEFORE = 42, 43, 44, 45
"""The angle's extremes of late: since `N_LATE_NS`, and in the stretch before it."""
FAULT_F = 46

# One channel's places in the int64 state.
RUN = 0
"""Steps without any change, up to the newest reading."""
LONGEST = 2
"""The longest such run that ended by itself."""
REVERSED = 3
"""Reversals by two codes in this window."""
STILL = 4
"""Samples of windows in which the channel stood still and flickered."""
FLICKERED = 5
"""Reversals in them."""
CHANGED = 6
"""Windows in which the channel changed."""
PENDING_NS = 7
BACK_NS = 8
SPIKE_NS = 9
RUN_NS = 10
NEVER = 11
"""1 until the channel's first reading."""
SAME = 13
"""Waiting readings that were all the same."""
RAILED = 14
"""1 while the channel says nothing but the value it jumped to."""
PEAK = 12
"""The longest run in this window."""
MOVED_NS = 15
"""When the other channel had moved enough for a fault while this one said the same; NOWHEN before."""

N_AT = 32
N_END = 48
N_ACTIVE = 64
N_BUSY = 65
N_COUNT = 66
N_NEXT_NS = 67
N_WINDOW_NS = 68
N_RADIANS_POSSIBLE = 69
N_RADIANS_NS = 70
N_SWAP_POSSIBLE = 71
N_SWAP_NOT = 72
N_WRAP_NS = 73
N_SWAP_HIGH_NS = 74
"""When the torque last was near the plan's flexed end, while the channels may be swapped."""
N_RADIANS_OVER_NS = 75
"""When an angle that may be in radians has travelled far enough to be; NOWHEN before."""
N_FIRST_NS = 76
"""The first reading of the angle, or the first after a time in which it may have gone anywhere."""
N_LATE_NS = 77
N_IN_SET = 78
"""1 while a set runs."""
N_CARRIED_NS = 79
"""How long there was a load in a set while the angle said the same."""
FAULT_N = 80

NOWHEN = -(1 << 62)
"""No time."""


def begin(n: NDArray[np.int64], fault: int, at_ns: int) -> int:
    """A fault begins, unless it runs: its bit, or 0."""
    if n[N_ACTIVE] >> fault & 1:
        return 0
    n[N_ACTIVE] += 1 << fault
    n[N_AT + fault] = at_ns
    return 1 << fault


def end(n: NDArray[np.int64], fault: int, at_ns: int) -> int:
    """A fault ends, if it runs: its bit, or 0."""
    if not n[N_ACTIVE] >> fault & 1:
        return 0
    n[N_ACTIVE] -= 1 << fault
    n[N_END + fault] = at_ns
    return 1 << (ENDED + fault)


def runs(n: NDArray[np.int64], fault: int) -> bool:
    """Whether a fault runs."""
    return bool(n[N_ACTIVE] >> fault & 1 == 1)


def toggle(n: NDArray[np.int64], fault: int, at_ns: int) -> int:
    """A fault that undoes itself by happening once more: its bit."""
    if runs(n, fault):
        return end(n, fault, at_ns)
    return begin(n, fault, at_ns)
