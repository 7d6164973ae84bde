"""What speaks against the units of a mapping: an import that can't be right is told, and made all the same (decision 0208)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from service.recordings.mapping import ColumnMapping, Columns

PERIOD_S = (50e-6, 0.2)
"""Between two samples; movement isn't sampled faster than 20 kHz, and not seen in fewer than 5 Hz."""
TURN_DEG = (10.0, 400.0)
"""How far the angle goes from its least to its greatest: below, nothing would be a repetition (contract 3: 15 deg)."""
FAR_DEG = 400.0
TORQUE_NM = (1.0, 3000.0)
"""The greatest torque of a patient's; isolated lumbar extension reaches some hundred."""


def doubts(found: Columns, mapping: ColumnMapping) -> Iterator[str]:
    """In one line each, what is hard to believe of the samples of an import."""
    period_s = float(np.median(np.diff(found.t_ns))) / 1e9
    if not PERIOD_S[0] <= period_s <= PERIOD_S[1] and mapping.time.column is not None:
        yield f"{mapping.time.column}: a sample every {period_s:.3g} s; is {mapping.time.unit} its unit?"
    if (reach := _reach(found.angle_deg)) is None:
        yield f"{mapping.angle.column}: holds no reading"
    else:
        low, high = reach
        if not TURN_DEG[0] <= high - low <= TURN_DEG[1] or max(abs(low), abs(high)) > FAR_DEG:
            yield f"{mapping.angle.column}: lies between {low:.3g} and {high:.3g} deg; is {mapping.angle.unit} its unit?"
    if mapping.torque is not None:
        if (reach := _reach(found.torque_nm)) is None:
            yield f"{mapping.torque.column}: holds no reading"
        elif not TORQUE_NM[0] <= (most := max(abs(reach[0]), abs(reach[1]))) <= TORQUE_NM[1]:
            yield f"{mapping.torque.column}: goes to {most:.3g} Nm; is {mapping.torque.unit} its unit?"


def _reach(values: NDArray[np.float32]) -> tuple[float, float] | None:
    """Where all but the outermost hundredths lie; None where there is no reading."""
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    low, high = np.percentile(known, (1, 99))
    return float(low), float(high)
