"""Signal faults on the raw path (detection 6): which channel lies, how, since when; and the readings that the filters may see.

`examine` takes every sample whose time rises; faults are told by the bits of `FAULTS`. State: `fresh`; constants: `constants`.
A fault that needs the whole of a repetition is judged by `service.analysis.habits`.
"""

import math

import numpy as np
from numpy.typing import NDArray

from service.analysis import jumps
from service.analysis.constancy import look, set_constants
from service.analysis.jumps import C_ANGLE_SPEED, C_ANGLE_STEP, C_TORQUE_SPEED, C_TORQUE_STEP, doubt
from service.analysis.parameters import Parameters
from service.analysis.readings import (
    ANGLE,
    BACK_NS,
    ENDED,
    F_ANGLE,
    F_HIGH_BEFORE,
    F_HIGH_NOW,
    F_LOW_BEFORE,
    F_LOW_NOW,
    F_TORQUE,
    F_UNWRAP,
    FAULT_F,
    FAULT_N,
    FAULTS,
    GOOD,
    HIGH,
    LOW,
    MOVED_NS,
    N_ACTIVE,
    N_AT,
    N_BUSY,
    N_COUNT,
    N_END,
    N_IN_SET,
    N_LATE_NS,
    N_NEXT_NS,
    N_RADIANS_POSSIBLE,
    N_SWAP_POSSIBLE,
    NEVER,
    NOWHEN,
    PEAK,
    PENDING_NS,
    QUANTUM,
    REVERSED,
    RUN,
    SPIKE_NS,
    STEP,
    SUM,
    TORQUE,
)
from wire.plan import Plan

__all__ = [
    "ENDED",
    "FAULTS",
    "FAULT_C",
    "FAULT_F",
    "FAULT_N",
    "F_ANGLE",
    "F_TORQUE",
    "N_ACTIVE",
    "N_AT",
    "N_END",
    "N_IN_SET",
    "constants",
    "examine",
    "fresh",
]

FAULT_C = 40
TWO_CODES = 1.5
"""A step beyond so many quanta is one of two codes at least."""


def constants(parameters: Parameters, plan: Plan | None) -> NDArray[np.float64]:
    """What the kernels need of the thresholds and the plan; NaN where there is no plan."""
    c = np.full(FAULT_C, math.nan)
    p = parameters
    c[C_ANGLE_STEP], c[C_ANGLE_SPEED], c[jumps.C_ANGLE_MOST] = p.spike_least_deg, p.spike_deg_s, p.angle_most_deg
    c[C_TORQUE_STEP], c[C_TORQUE_SPEED], c[jumps.C_TORQUE_MOST] = p.spike_least_nm, p.spike_nm_s, p.torque_most_nm
    c[jumps.C_PENDING_NS], c[jumps.C_BACK_NS], c[jumps.C_SPIKE_NS] = p.spike_s * 1e9, p.reading_back_s * 1e9, p.spike_over_s * 1e9
    c[jumps.C_UNKNOWN_S], c[jumps.C_BODY_SPEED], c[jumps.C_BODY_STEP] = p.spike_unknown_s, p.jump_deg_s, p.jump_least_deg
    c[jumps.C_WRAP], c[jumps.C_FIRST_NS], c[jumps.C_SHOOK] = p.jump_wrap_deg, p.jump_first_s * 1e9, p.spike_shook
    if plan is not None:
        c[jumps.C_MIRROR] = plan.range.flexion_deg + plan.range.extension_deg
    set_constants(c, p, plan)
    return c


def fresh(f: NDArray[np.float64], n: NDArray[np.int64]) -> None:
    """The state before the first sample, written into `f` and `n` (lengths `FAULT_F`, `FAULT_N`)."""
    f[:FAULT_F] = 0.0
    n[:FAULT_N] = 0
    for b in (ANGLE, TORQUE):
        f[b + GOOD] = math.nan
        f[b + QUANTUM] = math.inf
        f[b + HIGH], f[b + LOW] = -math.inf, math.inf
        n[b + PENDING_NS] = n[b + BACK_NS] = n[b + SPIKE_NS] = n[b + MOVED_NS] = NOWHEN
        n[b + NEVER] = 1
    f[F_ANGLE] = f[F_TORQUE] = math.nan
    f[F_HIGH_NOW] = f[F_HIGH_BEFORE] = -math.inf
    f[F_LOW_NOW] = f[F_LOW_BEFORE] = math.inf
    n[N_NEXT_NS] = n[N_LATE_NS] = NOWHEN
    n[N_RADIANS_POSSIBLE] = n[N_SWAP_POSSIBLE] = 1


def examine(
    f: NDArray[np.float64], n: NDArray[np.int64], c: NDArray[np.float64], t_ns: int, dt_s: float, angle: float, torque: float
) -> int:
    """One more sample: 0, or what began (bit k) and ended (bit `ENDED + k`). Leaves the cleaned readings in `f`, times in `n`.

    `dt_s` is the time since the sample before (0 for the first); `angle` and `torque` may be NaN or infinite.
    """
    turned = angle + f[F_UNWRAP]
    a = turned - f[ANGLE + GOOD]
    q = torque - f[TORQUE + GOOD]
    far, sharp = abs(a), abs(q)
    plain = (far <= max(c[C_ANGLE_STEP], c[C_ANGLE_SPEED] * dt_s)) & (
        (sharp <= max(c[C_TORQUE_STEP], c[C_TORQUE_SPEED] * dt_s)) | (math.isnan(torque) & (n[TORQUE + NEVER] == 1))
    )
    if not plain or n[N_BUSY] != 0:
        told = doubt(f, n, c, t_ns, dt_s, angle, torque)
    else:
        told = 0
        n[ANGLE + REVERSED] += int((a * f[ANGLE + STEP] < 0.0) & (far > TWO_CODES * f[ANGLE + QUANTUM]))
        n[TORQUE + REVERSED] += int((q * f[TORQUE + STEP] < 0.0) & (sharp > TWO_CODES * f[TORQUE + QUANTUM]))
        n[ANGLE + RUN] = (n[ANGLE + RUN] + 1) * int(a == 0.0)
        n[TORQUE + RUN] = (n[TORQUE + RUN] + 1) * int(q == 0.0)
        n[ANGLE + PEAK] = max(n[ANGLE + PEAK], n[ANGLE + RUN])
        n[TORQUE + PEAK] = max(n[TORQUE + PEAK], n[TORQUE + RUN])
        f[ANGLE + GOOD] = f[F_ANGLE] = turned
        f[TORQUE + GOOD] = f[F_TORQUE] = torque
        f[ANGLE + STEP] = a
        f[TORQUE + STEP] = q
        f[ANGLE + SUM] += turned
        f[TORQUE + SUM] += torque
        n[N_COUNT] += 1
    if t_ns >= n[N_NEXT_NS]:
        told |= look(f, n, c, t_ns)
    return told
