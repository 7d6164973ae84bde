"""What looks like failure, or like a repetition, and is not: each by its own signature in angle and torque (detection.md 2.3, 4.5)."""

import math
from statistics import median

import numpy as np

from service.analysis import state as s
from service.analysis.demand import Demand
from service.analysis.engine import current
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape


class Ascent:
    """The rows of one extension on the display path, and what the load asks for there."""

    def __init__(self, tape: Tape, demand: Demand, from_ns: int, to_ns: int) -> None:
        self._tape = tape
        self._demand = demand
        self._from_ns = from_ns
        self._first, self._last = tape.between(s.SEEN_NS, from_ns, to_ns)

    def lasts_s(
        self, *, effort: tuple[float, float], speed: tuple[float, float] = (-math.inf, math.inf), above: float = -math.inf
    ) -> float:
        """The longest unbroken stretch with effort and speed (deg/s, up positive) between limits, above a place, s."""
        engine, tape, demand = current(), self._tape, self._demand
        view = engine.view
        times, signals, table = view(tape.times), view(tape.signals), view(demand.table)
        rows, ends = (tape.size, self._first, self._last), (demand.bins, demand.flexion_deg, demand.span_deg)
        return engine.lasting(times, signals, *rows, table, *ends, self._from_ns, *effort, *speed, above)

    def heaves(self, until: float, effort: float, speed: float) -> bool:
        """Whether effort and speed were above these before a place."""
        engine, tape, demand = current(), self._tape, self._demand
        view = engine.view
        signals, table = view(tape.signals), view(demand.table)
        rows, ends = (tape.size, self._first, self._last), (demand.bins, demand.flexion_deg, demand.span_deg)
        return engine.heaves(signals, *rows, table, *ends, until, effort, speed)


def assisted(ascent: Ascent, p: Parameters, v_nom: float) -> bool:
    """The load rises while the patient gives less than it asks for: somebody helps (effort < 0.85 with v > 0)."""
    helped_s = ascent.lasts_s(effort=(-math.inf, p.assist_effort), speed=(p.assist_speed * v_nom, math.inf), above=p.stall_low)
    return helped_s >= p.assist_s


def momentum(ascent: Ascent, p: Parameters, v_nom: float) -> bool:
    """A heave: torque above 1.3 of the demand and twice the speed in the first 30 % of the range."""
    return ascent.heaves(p.momentum_until, p.momentum_effort, p.momentum_speed * v_nom)


def end_stop(ascent: Ascent, p: Parameters, stall_speed: float) -> bool:
    """The load stands while the torque rises above 1.15 of the demand: the machine's stop, not the muscle."""
    return ascent.lasts_s(effort=(p.end_stop_effort, math.inf), speed=(-stall_speed, stall_speed)) >= p.end_stop_s


def bounced(tape: Tape, demand: Demand, p: Parameters, from_ns: int, to_ns: int) -> bool:
    """A bounce at the flexed end: torque above 1.3 of the demand while the turn takes less than 0.15 s."""
    first, last = tape.between(s.SEEN_NS, from_ns, to_ns)
    slow = (np.abs(tape.column(s.DEG_S)[first:last]) < p.bounce_speed_deg_s).nonzero()[0]
    if len(slow):
        seen = tape.stamps(s.SEEN_NS)
        if int(seen[first + slow[-1]]) * 1e-9 - int(seen[first + slow[0]]) * 1e-9 >= p.bounce_s:
            return False
    torque = tape.column(s.NM)[first:last]
    torque = torque[np.isfinite(torque)]
    return bool(len(torque)) and float(torque.max()) > p.momentum_effort * demand.at_place(0.0)


class Anchors:
    """The flexed and the extended end of each repetition: both shifted the same way over three in a row is a patient who has slid."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._ends: list[tuple[float, float]] = []
        self._usual = (0.0, 0.0)

    def shifted(self, flexed_deg: float | None, extended_deg: float | None) -> bool:
        """One more full repetition; True where the last three all lie off the first ones by more than 3 deg, both ends the same way."""
        if flexed_deg is None or extended_deg is None:
            return False
        ends, most = self._ends, self._p.shift_deg
        ends.append((flexed_deg, extended_deg))
        several = round(self._p.shift_repetitions)
        if len(ends) == several:
            self._usual = (median(one for one, _ in ends), median(one for _, one in ends))
        if len(ends) < 2 * several:
            return False
        off = [one - usual for pair in ends[-several:] for one, usual in zip(pair, self._usual, strict=True)]
        return min(off) > most or max(off) < -most
