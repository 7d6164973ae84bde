"""How far a recording's channels reach: what a wrong unit shows by where nothing was counted."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.floating[Any]]


class Extremes(NamedTuple):
    """The least and the greatest angle, deg, and the greatest torque either way, Nm; NaN without a reading."""

    low_deg: float = math.nan
    high_deg: float = math.nan
    most_nm: float = math.nan

    def over(self, angle_deg: Column, torque_nm: Column) -> "Extremes":
        """The same with more samples."""
        return Extremes(
            float(np.fmin.reduce(angle_deg, initial=self.low_deg)),
            float(np.fmax.reduce(angle_deg, initial=self.high_deg)),
            float(np.fmax.reduce(np.abs(torque_nm), initial=self.most_nm)),
        )

    @property
    def span_deg(self) -> float:
        """From end to end."""
        return self.high_deg - self.low_deg
