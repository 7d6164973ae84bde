"""How the patient moved before a stand: measured on the tape, judged elsewhere (detection.md 3.2, 4.3)."""

import math
from typing import Any

import numpy as np

from service.analysis import state as s
from service.analysis.parameters import Parameters
from service.analysis.repetition import Repetition
from service.analysis.tape import Tape


def tremor(tape: Tape, parameters: Parameters, repetition: Repetition) -> float:
    """RMS of the torque between 4 and 12 Hz over its mean, in the extension; NaN below 50 Hz sampling (detection.md 3.2)."""
    first, last = tape.between(s.T_NS, repetition.start_ns, repetition.extension_end_ns() or repetition.peak_ns)
    if last == first or tape.column(s.PACE_S)[last - 1] > 1.0 / parameters.tremor_rate_hz:
        return math.nan
    band, torque = tape.column(s.BAND_NM)[first:last], tape.column(s.NM)[first:last]
    total = float(torque.sum())
    if not math.isfinite(total):
        return math.nan
    # Summed by numpy: a library for linear algebra sums by as many threads as there are cores, and to other bits.
    return math.sqrt(float(np.square(band).sum()) / len(band)) / max(abs(total / len(torque)), 1.0)


def pace(tape: Tape, parameters: Parameters, c: Any, repetition: Repetition, began_ns: int, usual_rise_s: float) -> float:
    """Time from the start to where a stall began, over the usual time to there; NaN until that is known. `c`: see `state`."""
    first, last = tape.between(s.AT_NS, began_ns, began_ns)
    if last <= first:
        return math.nan
    travel = (c[s.FLEXION_DEG] - float(tape.column(s.DEG)[first])) / c[s.SPAN_DEG] - repetition.begin
    usual_s = usual_rise_s * travel / (parameters.near - repetition.begin)
    return (began_ns - repetition.start_ns) * 1e-9 / usual_s if travel > parameters.pace_from else math.nan


def speed_deg_s(tape: Tape, parameters: Parameters, repetition: Repetition, began_ns: int) -> float:
    """Mean speed of the last `pace_s` before a stand began, positive in extension; NaN where there is none."""
    first, last = tape.between(s.AT_NS, max(repetition.start_ns, began_ns - round(parameters.pace_s * 1e9)), began_ns)
    speed = -tape.column(s.DEG_S)[first:last]
    return float(speed.mean()) if len(speed) else math.nan


def slowing_s(tape: Tape, parameters: Parameters, repetition: Repetition, began_ns: int) -> float:
    """From the last time at `slowing_from` of the repetition's greatest speed until the stall began, s."""
    first, last = tape.between(s.AT_NS, repetition.start_ns, began_ns)
    speed = -tape.column(s.DEG_S)[first:last]
    # Who never rose (the angle fell, or lied) did not slow down.
    if not len(speed) or not speed.max() > 0.0:
        return math.nan
    fast = np.flatnonzero(speed >= parameters.slowing_from * speed.max())
    return float(began_ns - tape.stamps(s.AT_NS)[first + fast[-1]]) * 1e-9


def lowering(tape: Tape, c: Any) -> float:
    """The newest speed on the way back, over the plan's (decision 0217). `c`: see `state`."""
    newest: float = tape.column(s.DEG_S)[-1].item()
    planned: float = c[s.V_FLEX]
    return newest / planned
