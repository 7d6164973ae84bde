"""Where the per-sample path keeps what it knows: plain arrays, indexed by name, so that compiled and plain kernels share them.

`f` holds places, angles, speeds and torques (float64), `n` times in ns, counters and modes (int64), `c` what does not change within a set
(float64). Progress runs from 0 at the flexed end to 1 at the extended end (contract 1).
"""

from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from service.analysis.parameters import Parameters
from wire.plan import Plan, Range

NEVER: Final = -(2**62)
"""A time that has not come; also before every other time."""
FAR: Final = 2**62
"""A time that never comes."""

# Stages of a sample on its way to the tape (`ENTRY`), and of a row of the tape that is followed (`STAGE`).
NEW: Final = 0
TIMED: Final = 1
ADMITTED: Final = 2
LATE: Final = 3
STILL_NEXT: Final = 4
DONE: Final = 5

# Modes of tracking.
OFF: Final = 0
"""No set is followed: a countdown runs."""
LEARN: Final = 1
"""No plan: the range is being learnt."""
FIRST: Final = 3
WAIT: Final = 4
EXTENSION: Final = 5
HOLD: Final = 6
FLEXION: Final = 7

# Happenings: why `advance` stopped.
NOTHING: Final = 0
RANG: Final = 1
CLOCK: Final = 2
GAP: Final = 3
LOST: Final = 4
LEARNT: Final = 5
CATCH: Final = 6
TELL: Final = 7
ONSET: Final = 8
REACHED: Final = 9
LOWERED: Final = 10
RETURNED: Final = 11
RESUMED: Final = 12
RESTARTED: Final = 13
OVERDUE: Final = 14
STALLED: Final = 15
LET_GO: Final = 16
NEARING: Final = 17
SAGGED: Final = 18
IDLE: Final = 19
UNLOADED: Final = 20
SIGNAL: Final = 21
CLOSES: Final = 22
REVIVED: Final = 23

# n: times and counters of the session.
STAGE: Final = 0
CODE: Final = 1
MODE: Final = 2
ALARM: Final = 3
LAST: Final = 4
BEFORE_LAST: Final = 5
GOOD: Final = 6
MARK: Final = 7
DELAY_SEEN: Final = 8
DELAY_AT: Final = 9
MOVED: Final = 10
BITS: Final = 11
GUARDED: Final = 12
HEAD: Final = 13
CURSOR: Final = 14
RUNNING: Final = 15
"""When the set that runs began to count as still: its start; FAR outside a set or in a pause."""
UNLOADED_NS: Final = 16
LOST_NS: Final = 17
IDLE_NS: Final = 18
UNLOADED_FOR_NS: Final = 19
STARTED: Final = 20
# n: of the set and the repetition.
BEFORE_NS: Final = 21
LOW_LAST_NS: Final = 22
UP_NS: Final = 23
TELLS: Final = 24
START_NS: Final = 25
PEAK_NS: Final = 26
HOLD_NS: Final = 27
FALL_NS: Final = 28
END_NS: Final = 29
LOW_FIRST_NS: Final = 30
DUE_NS: Final = 31
HALF_NS: Final = 32
NEAR_NS: Final = 33
STALL_NS: Final = 34
STALL_NEXT_NS: Final = 35
"""How long a stall must last to be told of (next)."""
STALL_LONGEST_NS: Final = 36
STALL_BEGAN_NS: Final = 37
BACK: Final = 38
LET_TOLD: Final = 39
SAG_TOLD: Final = 40
TOP_NS: Final = 41
"""Time spent standing in the last tenth of the range, on the way up."""
CATCHING: Final = 46
"""1 while a range has just been learnt and what was kept is being analysed, back-dated."""
# n: learning.
L_STATE: Final = 42
L_BOTTOM_NS: Final = 43
L_TOP_NS: Final = 44
L_FIRST_NS: Final = 45
CLOSE_NS: Final = 47
"""When a set that has failed is over, unless an extension begins before; FAR without a failure."""
ENTRY: Final = 48
KEPT: Final = 49
"""Rows written; `HEAD` are those that were followed or are being."""
SMOOTHED: Final = 50
"""Rows filtered."""
SMOOTHED_NS: Final = 51
"""Time of the last one."""
PENDING: Final = 52
"""Why samples are no longer taken in, to be told once all rows before are followed."""
NOW: Final = 53
"""Time of the sample or row that something has happened at."""
TORQUE_BAD: Final = 54
"""How many faults the torque has: while there are any nothing is judged by it."""
TORQUE_FALSE: Final = 55
"""How many of these say something that isn't so, rather than nothing."""
DEAD: Final = 56
"""1 while the torque is taken for dead: it said `DEAD_NM` through a whole movement, and has said nothing else since."""
SLOW_NS: Final = 57
"""Since when a hold is lost, if at all, no faster than `SAG_SPEED`."""
N_SIZE: Final = 58

# f: filters.
RAW: Final = 0
RAW_BEFORE: Final = 1
DISPLAY_1: Final = 2
DISPLAY_2: Final = 3
TORQUE_1: Final = 4
TORQUE_2: Final = 5
DETECT_1: Final = 6
DETECT_2: Final = 7
SPEED: Final = 8
DT: Final = 9
A_DISPLAY: Final = 10
A_DETECT: Final = 11
A_SPEED: Final = 12
TORQUE_S: Final = 13
TORQUE_DT: Final = 14
A_TORQUE: Final = 15
PERIOD: Final = 16
PACE: Final = 17
"""The sampling period that delays are taken from, at the newest sample."""
SHOWN_NM: Final = 18
KNOWN_NM: Final = 19
STILL: Final = 20
BAND_HIGH: Final = 21
BAND_LOW: Final = 22
A_BAND_HIGH: Final = 23
A_BAND_LOW: Final = 24
# f: of the set and the repetition.
BEFORE: Final = 25
LOW: Final = 26
BEGIN: Final = 27
HIGH: Final = 28
PEAK: Final = 29
R_LOW: Final = 30
R_LOW_REF: Final = 31
BOTTOM: Final = 32
STALL_AT: Final = 33
SPEED_MOST: Final = 36
DIP: Final = 37
# f: learning.
L_BOTTOM: Final = 38
L_TOP: Final = 39
L_FIRST_FLEXION: Final = 40
L_FIRST_EXTENSION: Final = 41
NM_MOST: Final = 42
"""The repetition's greatest torque so far, Nm."""
DT_SMOOTHED: Final = 43
DEAD_NM: Final = 44
L_LOW: Final = 45
L_BACK: Final = 46
"""Where the newest extension of the movement that is learnt from turned, and how far it has come back since, deg."""
L_CAME: Final = 47
"""How far the one before had come back; NaN before that."""
F_SIZE: Final = 48

SAME_NM: Final = 1e-6
"""What the display path may still be off from a reading that no longer changes."""

# c: constants of a session (filters) and of a set (the range).
W_DISPLAY: Final = 0
W_DETECT: Final = 1
W_SPEED: Final = 2
W_BAND_HIGH: Final = 3
W_BAND_LOW: Final = 4
PERIOD_GAP: Final = 5
PERIOD_SHARE: Final = 6
GAP_PERIODS: Final = 7
GAP_LEAST_NS: Final = 8
VOID_NS: Final = 9
STILL_DEG: Final = 10
FLEXION_DEG: Final = 11
SPAN_DEG: Final = 12
REVERSAL: Final = 13
BAND: Final = 14
P_LOW: Final = 15
P_HIGH: Final = 16
P_ATTEMPT: Final = 17
P_RESTART: Final = 18
P_RISE: Final = 19
P_RETURN: Final = 20
DWELL_NS: Final = 21
STALL_SPEED: Final = 22
STALL_LOW: Final = 23
STALL_HIGH: Final = 24
V_NOM: Final = 25
DROP: Final = 26
DROP_NS: Final = 27
DROP_LEAST_NM: Final = 28
P_NEAR: Final = 29
SAG: Final = 30
UNLOADED_NM: Final = 31
L_LEAST: Final = 32
L_SIMILAR: Final = 33
L_RETURN: Final = 34
L_REVERSAL: Final = 35
L_NEAR: Final = 36
L_AGAIN: Final = 37
DROP_ABOVE: Final = 38
DROP_SPEED: Final = 39
DROP_FROM: Final = 40
V_FLEX: Final = 41
DRIVEN: Final = 42
"""Up to which place a let-go shows where a motor moves the load; 0 on a stack."""
SAG_SPEED: Final = 43
"""A hold that is lost faster than this is being lowered, deg/s."""
UNDER_WAY_NS: Final = 44
"""Who has not moved for so long is not on his way."""
C_SIZE: Final = 45

# Columns of the tape: int64 (ns) and float64.
T_NS: Final = 0
AT_NS: Final = 1
SEEN_NS: Final = 2
DEG: Final = 0
DEG_S: Final = 1
SHOWN: Final = 2
NM: Final = 3
BAND_NM: Final = 4
PACE_S: Final = 5
TIMES: Final = 3
SIGNALS: Final = 6

TAU: Final = 2.0 * np.pi
POLE_SHARE: Final = float(np.sqrt(np.sqrt(2.0) - 1.0))
"""-3 dB of two equal poles lies at this share of a pole's own frequency: |H|^2 = (1 + (f/fp)^2)^-2 = 1/2."""


def constants(p: Parameters) -> NDArray[np.float64]:
    """What the filters and rules need of the parameters; the range is set later, by `scale`."""
    c = np.zeros(C_SIZE)
    c[W_DISPLAY] = TAU * p.display_hz / POLE_SHARE
    c[W_DETECT] = TAU * p.detection_hz / POLE_SHARE
    c[W_SPEED] = TAU * p.speed_hz
    c[W_BAND_HIGH], c[W_BAND_LOW] = TAU * p.tremor_high_hz, TAU * p.tremor_low_hz
    c[PERIOD_GAP], c[PERIOD_SHARE] = p.period_gap, p.period_share
    c[GAP_PERIODS], c[GAP_LEAST_NS], c[VOID_NS] = p.gap_periods, p.gap_least_s * 1e9, p.void_gap_s * 1e9
    c[STILL_DEG] = p.still_deg
    c[P_LOW], c[P_HIGH], c[P_ATTEMPT] = p.boundary_low, p.boundary_high, p.attempt
    c[UNDER_WAY_NS] = p.under_way_s * 1e9
    c[P_RESTART], c[P_RISE], c[P_RETURN], c[DWELL_NS] = p.restart_below, p.restart_rise, p.return_below, p.return_dwell_s * 1e9
    c[STALL_LOW], c[STALL_HIGH] = p.stall_low, p.stall_high
    c[DROP], c[DROP_NS], c[DROP_LEAST_NM] = p.drop_share, p.drop_s * 1e9, p.drop_least_nm
    c[DROP_ABOVE], c[DROP_SPEED], c[DROP_FROM] = p.drop_above, p.drop_speed, p.drop_from
    c[P_NEAR], c[SAG] = p.near, p.hold_sag
    c[UNLOADED_NM] = -np.inf
    c[L_LEAST], c[L_SIMILAR], c[L_RETURN] = p.learn_least_deg, p.learn_similar, p.learn_return
    c[L_REVERSAL], c[L_NEAR], c[L_AGAIN] = p.learn_reversal * p.learn_least_deg, p.bottom_band_deg, p.learn_again
    return c


def scale(c: Any, p: Parameters, range_: Range, extension_s: float, flexion_s: float) -> None:
    """Sets the range and the speed that a stall is measured by: `stall_speed` of range over extension time (detection.md 4.2)."""
    span = range_.flexion_deg - range_.extension_deg
    c[FLEXION_DEG], c[SPAN_DEG] = range_.flexion_deg, span
    c[REVERSAL] = max(p.reversal_least_deg / span, p.reversal)
    c[BAND] = p.bottom_band_deg / span
    c[V_NOM], c[V_FLEX] = span / extension_s, span / flexion_s
    c[STALL_SPEED] = p.stall_speed * c[V_NOM]
    # By the extension's speed alone a lowering that the plan orders slow would be a hold that sags.
    c[SAG_SPEED] = p.stall_speed * min(c[V_NOM], c[V_FLEX])


class State:
    """The arrays of one session. `f`, `n`, `c` are views that give plain Python numbers; the kernels get the arrays."""

    def __init__(self, parameters: Parameters, plan: Plan | None) -> None:
        self.arrays = (np.zeros(F_SIZE), np.zeros(N_SIZE, np.int64), constants(parameters))
        self.arrays[1][: L_FIRST_NS + 1] = NEVER
        self._view()
        n, f = self.n, self.f
        for index in (CODE, MODE, BITS, GUARDED, HEAD, CURSOR, STARTED, TELLS, BACK, CATCHING, L_STATE, DELAY_AT, DELAY_SEEN):
            n[index] = 0
        n[TORQUE_BAD] = n[TORQUE_FALSE] = n[DEAD] = 0
        n[STAGE], n[NOW], n[SMOOTHED_NS] = DONE, NEVER, NEVER
        n[ALARM] = n[RUNNING] = n[DUE_NS] = n[MARK] = n[CLOSE_NS] = FAR
        n[LOST_NS], n[IDLE_NS] = round(parameters.lost_s * 1e9), round(parameters.idle_s * 1e9)
        n[UNLOADED_FOR_NS] = round(parameters.unloaded_s * 1e9)
        for index in (STILL, SHOWN_NM, KNOWN_NM, DISPLAY_2, TORQUE_2, RAW):
            f[index] = float("nan")
        if plan is not None:
            self.c[DRIVEN] = parameters.drop_driven if plan.resistance == "motor" else 0.0
            scale(self.c, parameters, plan.range, plan.tempo.extension_s, plan.tempo.flexion_s)

    def _view(self) -> None:
        f, n, c = self.arrays
        self.f = cast("memoryview[float]", memoryview(f))  # type: ignore[arg-type]  # numpy arrays are buffers
        self.n = cast("memoryview[int]", memoryview(n))  # type: ignore[arg-type]
        self.c = cast("memoryview[float]", memoryview(c))  # type: ignore[arg-type]

    def __getstate__(self) -> tuple[NDArray[Any], ...]:
        return self.arrays

    def __setstate__(self, arrays: tuple[NDArray[Any], ...]) -> None:
        self.arrays = arrays  # type: ignore[assignment]
        self._view()
