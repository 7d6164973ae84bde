"""What the machines of a benchmark measure: a patient who follows a cue, with the noise of a sensor."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.analysis.cue import Cue
from wire.plan import Plan, Range, Tempo

PLAN = Plan(range=Range(flexion_deg=60.0, extension_deg=6.0), tempo=Tempo(extension_s=4.0, hold_s=2.0, flexion_s=3.0, turn_s=1.0))
ANGLE_NOISE_DEG = 0.05
TORQUE_NOISE_NM = 1.0


class Columns(NamedTuple):
    """One movement that may be repeated for ever: float32, each of shape (n,)."""

    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]


def movement(rate_hz: float, cycles: int = 3, seed: int = 1) -> Columns:
    """`cycles` repetitions of PLAN at a sample rate: angle as the cue, torque of a stack of 80 Nm lifted, held and lowered."""
    cue = Cue(PLAN)
    n = round(cue.cycle_s * rate_hz)
    progress = np.array([cue.progress(k / rate_hz) for k in range(n)])
    angle = PLAN.range.flexion_deg - progress * (PLAN.range.flexion_deg - PLAN.range.extension_deg)
    torque = 80.0 + 8.0 * np.gradient(progress) * rate_hz
    random = np.random.default_rng(seed)
    size = n * cycles
    return Columns(
        (np.tile(angle, cycles) + random.normal(0.0, ANGLE_NOISE_DEG, size)).astype("<f4"),
        (np.tile(torque, cycles) + random.normal(0.0, TORQUE_NOISE_NM, size)).astype("<f4"),
    )
