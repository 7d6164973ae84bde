"""What the analysis has in mind at the newest sample, in numbers: what an engineer looks at who asks why (decision 0186)."""

import math
from typing import NamedTuple

from service.analysis import state as s
from service.analysis.findings import Findings
from service.analysis.tape import Tape


class Inside(NamedTuple):
    """NaN = not known, or nothing that it looks at. Places are progress: 0 at the flexed end, 1 at the extended one (contract 1)."""

    angle_shown_deg: float = math.nan
    """The angle of the display path: the patient's dot."""
    detection_deg: float = math.nan
    """The angle that phases are told by (detection path); it lags behind the display path."""
    progress: float = math.nan
    """Its place in the range, which the boundaries are laid on."""
    torque_shown_nm: float = math.nan
    """The torque of the display path."""
    asked_nm: float = math.nan
    """What the load asks for at that place, learnt from repetitions that went well."""
    tremor_nm: float = math.nan
    """The torque between 4 and 12 Hz."""
    stall_deg_s: float = math.nan
    """An extension that is slower than this stands."""
    stalled_s: float = math.nan
    """For how long it has stood now; 0 in an extension that moves."""
    reserve: float = math.nan
    """Repetitions left, as estimated after the last one, with the interval that holds the truth in 80 % of cases."""
    reserve_low: float = math.nan
    reserve_high: float = math.nan


UNITS = {
    "angle_shown_deg": "deg", "detection_deg": "deg", "progress": "share", "torque_shown_nm": "Nm", "asked_nm": "Nm", "tremor_nm": "Nm",
    "stall_deg_s": "deg/s", "stalled_s": "s", "reserve": "repetitions", "reserve_low": "repetitions", "reserve_high": "repetitions",
}  # fmt: skip
LEVELS = (
    "boundary_low",
    "attempt",
    "partial",
    "short",
    "full",
    "boundary_high",
    "stall_low",
    "stall_high",
    "stall_least_s",
    "brief_stall_s",
)
"""The parameters that these are held against."""


def inside(state: s.State, tape: Tape, findings: Findings | None) -> Inside:
    """Of a set's arrays and detectors; `findings` None before its range is known."""
    n, c, row = state.n, state.c, state.n[s.HEAD] - 1
    if row < 0:
        return Inside()
    of = [tape.signals[column * tape.size + row].item() for column in range(s.SIGNALS)]
    plain = Inside(of[s.SHOWN], of[s.DEG], torque_shown_nm=of[s.NM], tremor_nm=of[s.BAND_NM])
    if findings is None:
        return plain
    demand, estimate = findings.demand, findings.estimate
    stalled_s = math.nan
    if n[s.MODE] == s.EXTENSION:
        began = n[s.STALL_NS]
        stalled_s = 0.0 if began == s.NEVER else (tape.times[tape.size + row].item() - began) * 1e-9
    return plain._replace(
        progress=(c[s.FLEXION_DEG] - of[s.DEG]) / c[s.SPAN_DEG],
        asked_nm=demand.at_place((demand.flexion_deg - of[s.SHOWN]) / demand.span_deg) if demand.known else math.nan,
        stall_deg_s=c[s.STALL_SPEED],
        stalled_s=stalled_s,
        reserve=math.nan if estimate is None else estimate.left,
        reserve_low=math.nan if estimate is None else estimate.low,
        reserve_high=math.nan if estimate is None else estimate.high,
    )
