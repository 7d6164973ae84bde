"""What looks like failure, or like a repetition, and is not: each by its own signature in angle and torque (detection.md 2.3, 4.5)."""

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s
from service.analysis.demand import Demand
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape

Floats = NDArray[np.float64]


class Ascent:
    """The rows of one extension on the display path that have a torque: time s, progress, speed (deg/s, up positive), effort."""

    def __init__(self, tape: Tape, demand: Demand, from_ns: int, to_ns: int) -> None:
        first, last = tape.between(s.SEEN_NS, from_ns, to_ns)
        torque = tape.column(s.NM)[first:last]
        known = np.isfinite(torque)
        self.t_s: Floats = np.multiply(tape.stamps(s.SEEN_NS)[first:last][known] - from_ns, 1e-9, dtype=np.float64)
        self.place = demand.progress(tape.column(s.SHOWN)[first:last][known])
        self.speed: Floats = -tape.column(s.DEG_S)[first:last][known]
        self.effort: Floats = torque[known] / demand.at(self.place) if known.any() else torque[known]

    def lasts_s(self, where: NDArray[np.bool_]) -> float:
        """The longest unbroken stretch where something holds, s."""
        if not where.any():
            return 0.0
        edges = np.flatnonzero(np.diff(np.concatenate(([False], where, [False])).astype(np.int8)))
        begins, ends = edges[::2], np.minimum(edges[1::2], len(self.t_s) - 1)
        return float((self.t_s[ends] - self.t_s[begins]).max())


def assisted(ascent: Ascent, p: Parameters, v_nom: float) -> bool:
    """The load rises while the patient gives less than it asks for: somebody helps (effort < 0.85 with v > 0)."""
    helped = (ascent.effort < p.assist_effort) & (ascent.speed > p.assist_speed * v_nom) & (ascent.place > p.stall_low)
    return ascent.lasts_s(helped) >= p.assist_s


def momentum(ascent: Ascent, p: Parameters, v_nom: float) -> bool:
    """A heave: torque above 1.3 of the demand and twice the speed in the first 30 % of the range."""
    early = ascent.place < p.momentum_until
    spike = ascent.effort[early & (ascent.place > 0.0)]
    return bool(len(spike)) and float(spike.max()) > p.momentum_effort and float(ascent.speed[early].max()) > p.momentum_speed * v_nom


def end_stop(ascent: Ascent, p: Parameters, stall_speed: float) -> bool:
    """The load stands while the torque rises above 1.15 of the demand: the machine's stop, not the muscle."""
    pushed = (ascent.effort > p.end_stop_effort) & (np.abs(ascent.speed) < stall_speed)
    return ascent.lasts_s(pushed) >= p.end_stop_s


def bounced(tape: Tape, demand: Demand, p: Parameters, from_ns: int, to_ns: int) -> bool:
    """A bounce at the flexed end: torque above 1.3 of the demand while the turn takes less than 0.15 s."""
    first, last = tape.between(s.SEEN_NS, from_ns, to_ns)
    torque = tape.column(s.NM)[first:last]
    if not np.isfinite(torque).any():
        return False
    speed = np.abs(tape.column(s.DEG_S)[first:last])
    slow = speed < p.bounce_speed_deg_s
    t_s = tape.stamps(s.SEEN_NS)[first:last] * 1e-9
    dwell = float(t_s[slow][-1] - t_s[slow][0]) if slow.any() else 0.0
    return dwell < p.bounce_s and float(np.nanmax(torque)) > p.momentum_effort * float(demand.at(np.zeros(1))[0])


class Anchors:
    """The flexed and the extended end of each repetition: both shifted the same way over three in a row is a patient who has slid."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._ends: list[tuple[float, float]] = []

    def shifted(self, flexed_deg: float | None, extended_deg: float | None) -> bool:
        """One more full repetition; True where the last three all lie off the first ones by more than 3 deg, both ends the same way."""
        if flexed_deg is None or extended_deg is None:
            return False
        self._ends.append((flexed_deg, extended_deg))
        several = round(self._p.shift_repetitions)
        if len(self._ends) < 2 * several:
            return False
        usual = np.median(self._ends[:several], axis=0)
        off = np.array(self._ends[-several:]) - usual
        return bool((off > self._p.shift_deg).all() or (off < -self._p.shift_deg).all())
