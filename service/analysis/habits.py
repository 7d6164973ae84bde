"""Faults that only whole repetitions show: a torque in another unit, a zero that creeps (detection 6, decision 0102).

`Habits` is one set's; the set tells it every full repetition. Faults are numbered as in `readings.FAULTS`.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from service.analysis.parameters import Parameters
from service.analysis.readings import DRIFT, OF_TORQUE, TORQUE_SCALED
from wire.plan import Plan

UNITS = (1.0 / 1.355818, 8.850746, 0.1019716, 0.001, 100.0, 1000.0)
"""What a torque of 1 Nm reads in ft-lb, in-lb, kgf m, kNm, N cm and N mm (NIST SP 811 for the first three)."""


class Change(NamedTuple):
    """A fault begins or ends."""

    fault: int
    began: bool
    at_ns: int


class Habits:
    """What the repetitions of one set have in common.

    `completed` takes a repetition's end (ns), its mean torque over extension and flexion (Nm; None where there is none, or it was no full
    one) and its turning points (deg; the flexed one before it, None before the first), and answers with the faults that begin or end by
    it. Never raises.
    """

    __slots__ = ("_ends", "_p", "_plan", "_rows", "_running")

    def __init__(self, parameters: Parameters, plan: Plan | None) -> None:
        self._p = parameters
        self._plan = plan
        self._rows: list[tuple[int, float, float]] = []
        self._ends: list[tuple[int, float, float]] = []
        self._running: set[int] = set()

    def completed(
        self, end_ns: int, extension_nm: float | None, flexion_nm: float | None, flexed_deg: float | None, extended_deg: float
    ) -> list[Change]:
        """One more repetition. Returns what begins or ends by it."""
        up, down = (math.nan if each is None else each for each in (extension_nm, flexion_nm))
        self._rows.append((end_ns, up, down))
        if flexed_deg is not None:
            self._ends.append((end_ns, flexed_deg, extended_deg))
        return [*self._unit(), *self._drifts()]

    def over(self, at_ns: int) -> list[Change]:
        """The set is over: what is known of its repetitions says nothing of the next one's."""
        return [change for fault in sorted(self._running) for change in self._change(fault, False, at_ns)]

    def _unit(self) -> list[Change]:
        """`scaled`: for some repetitions in a row the torque is the plan's load in another unit, up and down.

        Friction adds to the one and takes from the other, so their mean is the load.
        """
        load = self._plan.load_nm if self._plan is not None and self._plan.resistance == "stack" else None
        few = round(self._p.scaled_repetitions)
        last = self._rows[-few:]
        if load is None or len(last) < few:
            return []
        shares = [0.5 * (row[1] + row[2]) / load for row in last]
        if any(all(abs(share / unit - 1.0) <= self._p.scaled_near for share in shares) for unit in UNITS):
            return self._change(TORQUE_SCALED, True, last[0][0])
        if all(abs(share - 1.0) <= 2.0 * self._p.scaled_near for share in shares):
            self._rows = last if TORQUE_SCALED in self._running else self._rows
            return self._change(TORQUE_SCALED, False, last[0][0])
        return []

    def _drifts(self) -> list[Change]:
        """`drift`: the torque of the repetitions, or both turning points alike, move steadily, beyond what chance explains."""
        told: list[Change] = []
        known = [row for row in self._rows if math.isfinite(row[1] + row[2])]
        means = [(row[0], 0.5 * (row[1] + row[2])) for row in known]
        # Four repetitions that happen to lie on a line have no scatter of their own: what repetitions usually have counts with it.
        usual = self._p.drift_scatter * abs(sum(mean for _, mean in means)) / max(1, len(means))
        torque = _trend(means, round(self._p.drift_repetitions), usual, self._p.drift_scatter_weight)
        if torque is not None and self._plan is not None and self._plan.resistance == "stack" and not _step([nm for _, nm in means]):
            slope, error = torque
            if abs(slope) - self._p.drift_sd * error > self._p.drift_nm_min:
                told += self._change(OF_TORQUE + DRIFT, True, known[0][0])
        flexed, extended = (_trend([(row[0], row[k]) for row in self._ends], round(self._p.drift_repetitions)) for k in (1, 2))
        if flexed is not None and extended is not None and not _step([0.5 * (row[1] + row[2]) for row in self._ends]):
            # The flexed end is the machine's: neither fatigue nor care moves it.
            slope, error = flexed
            alike = extended[0] * math.copysign(1.0, slope) > 0.5 * abs(slope)
            if alike and abs(slope) - self._p.drift_sd * error > self._p.drift_deg_min:
                told += self._change(DRIFT, True, self._ends[0][0])
        return told

    def _change(self, fault: int, began: bool, at_ns: int) -> list[Change]:
        if began == (fault in self._running):
            return []
        if began:
            self._running.add(fault)
        else:
            self._running.remove(fault)
        return [Change(fault, began, at_ns)]


def _step(values: list[float]) -> bool:
    """Whether most of their way was made between two repetitions: the patient shifted, the load was changed; no sensor creeps so."""
    steps = [abs(after - before) for before, after in pairwise(values)]
    return max(steps) > 0.6 * abs(values[-1] - values[0])


def _trend(points: list[tuple[int, float]], least: int, usual: float = 0.0, weight: float = 0.0) -> tuple[float, float] | None:
    """Slope of the least-squares line a minute and its standard error; None for fewer points, or for points that are not finite.

    `usual`: standard deviation about a line that is known beforehand, with the `weight` of so many points.
    """
    n = len(points)
    if n < least:
        return None
    minutes = [(t - points[0][0]) / 60e9 for t, _ in points]
    values = [value for _, value in points]
    t_mean, mean = sum(minutes) / n, sum(values) / n
    spread = sum((t - t_mean) * (t - t_mean) for t in minutes)
    if not spread > 0.0 or not math.isfinite(mean):
        return None
    slope = sum((t - t_mean) * (value - mean) for t, value in zip(minutes, values, strict=True)) / spread
    off = [value - mean - slope * (t - t_mean) for t, value in zip(minutes, values, strict=True)]
    left = sum(each * each for each in off)
    return slope, math.sqrt((left + weight * usual * usual) / (n - 2 + weight) / spread)
