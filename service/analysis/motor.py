"""Failure on a motor-driven machine: it moves whatever the patient does, so failure shows as torque lost (detection.md 4.4)."""

import math

from service.analysis import state as s
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape
from wire.events import Evidence
from wire.plan import Plan


class MotorFailure:
    """Mean torque over the middle 70 % of each extension against the demand line: the load prescribed, else 0.85 of the best of 2-4."""

    def __init__(self, parameters: Parameters, plan: Plan) -> None:
        self._p = parameters
        self._range = plan.range
        self._load_nm = plan.load_nm
        self._best_nm = 0.0
        self._done = 0
        self._below = 0
        self._kept = False
        """An extension has kept the line before: nobody loses what he never gave."""
        self.share = math.nan
        """The last repetition's torque over the demand line; NaN until there is one."""
        self._last_nm = self._line_nm = math.nan

    def mean_nm(self, tape: Tape, from_ns: int, to_ns: int) -> float:
        """Mean torque over the middle of the range in a time, Nm; NaN without torque."""
        first, last = tape.between(s.SEEN_NS, from_ns, to_ns)
        angle, torque = tape.column(s.SHOWN)[first:last], tape.column(s.NM)[first:last]
        place = (self._range.flexion_deg - angle) / (self._range.flexion_deg - self._range.extension_deg)
        edge = (1.0 - self._p.motor_middle) / 2.0
        inside = torque[(place >= edge) & (place <= 1.0 - edge)]
        return float(inside.mean()) if len(inside) and inside[0] == inside[0] else math.nan

    def after(self, mean_nm: float) -> bool | None:
        """One extension is over: whether failure stands (two in a row below the line, or one far below); None before there is a line."""
        self._done += 1
        if math.isnan(mean_nm):
            return None
        line = self._load_nm if self._load_nm is not None else self._p.motor_line * self._best_nm
        judged = line > 0.0 and self._done > 2
        if self._load_nm is None and 2 <= self._done <= 4 and mean_nm >= self._p.demand_least_nm:
            self._best_nm = max(self._best_nm, mean_nm)
        kept, self._kept = self._kept, self._kept or (line > 0.0 and mean_nm >= self._p.motor_clear * line)
        if not judged:
            return None
        self._last_nm, self._line_nm, self.share = mean_nm, line, mean_nm / line
        if self.share < self._p.motor_carried:
            # Nobody pushes: the drive carries the limb (detection.md 1).
            return False
        self._below = self._below + 1 if self.share < 1.0 else 0
        return kept and ((self._below >= 2 and self.share < self._p.motor_clear) or self.share < self._p.motor_lost)

    def evidence(self) -> list[Evidence]:
        """What the last repetition was judged by: its share of the demand line, its own torque, the line (contract 4: three)."""
        return [
            Evidence("torque_share", round(self.share, 3), "1"),
            Evidence("mean_torque_nm", round(self._last_nm, 3), "Nm"),
            Evidence("demand_nm", round(self._line_nm, 3), "Nm"),
        ]
