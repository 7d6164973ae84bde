"""What the load asks for at each place of the range, learnt from repetitions that went well (detection.md 4.1), and effort against it."""

import math

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s
from service.analysis.ascent import asked_nm
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape
from wire.plan import Range

Floats = NDArray[np.float64]


class Demand:
    """Torque by progress while moving up, in bins of the range: medians of the repetitions learnt from. Nm."""

    def __init__(self, parameters: Parameters, range_: Range) -> None:
        self._p = parameters
        self.bins = round(parameters.demand_bins)
        self.flexion_deg = range_.flexion_deg
        self.span_deg = range_.flexion_deg - range_.extension_deg
        self._up: list[Floats] = []
        self._centres = (np.arange(self.bins) + 0.5) / self.bins
        self.curve: Floats | None = None
        self.table: Floats = np.zeros(1)
        """What the kernels of `ascent` need of the curve, once it is known: places, torques, slopes."""

    @property
    def known(self) -> bool:
        """Whether a repetition has been learnt from."""
        return self.curve is not None

    @property
    def mean_nm(self) -> float:
        """Its mean over the range, Nm; NaN until known."""
        return float(self.curve.mean()) if self.curve is not None else math.nan

    def learn(self, tape: Tape, from_ns: int, turned_ns: int) -> None:
        """One repetition that went well: up from `from_ns` to `turned_ns`. Bins it never moved through are filled.

        Nothing is learnt where nothing was lifted: of a torque about zero neither a demand nor a load is known.
        """
        if len(self._up) == round(self._p.demand_repetitions):
            return
        up = self._medians(tape, from_ns, turned_ns)
        if up is None or up.mean() < self._p.demand_least_nm:
            return
        self._up.append(up)
        self.curve = np.median(self._up, axis=0)
        self.table = np.concatenate((self._centres, self.curve, np.diff(self.curve) / np.diff(self._centres)))

    def _medians(self, tape: Tape, from_ns: int, to_ns: int) -> Floats | None:
        first, last = tape.between(s.SEEN_NS, from_ns, to_ns)
        rows = slice(first, last)
        torque = tape.column(s.NM)[rows]
        shown = tape.column(s.SHOWN)[rows]
        moving = -tape.column(s.DEG_S)[rows] > self._p.demand_speed_deg_s
        # The speed lags: what has come to its end still seems to move, and the push against a stop there is none that the load asks for.
        moving &= shown > np.fmin.reduce(shown, initial=math.inf) + self._p.bottom_band_deg
        moving &= np.isfinite(torque)
        if moving.sum() < self.bins / 4:
            return None
        place = self.progress(shown[moving])
        torque = torque[moving]
        which = np.clip(place * self.bins, 0, self.bins - 1).astype(np.int16)
        # By bin, within it by torque.
        order = torque.argsort()
        torque = torque[order[which[order].argsort(kind="stable")]]
        counts = np.bincount(which)
        bins = counts.nonzero()[0]
        starts, counts = (counts.cumsum() - counts)[bins], counts[bins]
        medians = 0.5 * (torque[starts + (counts - 1) // 2] + torque[starts + counts // 2])
        found: Floats = np.interp(self._centres, self._centres[bins], medians)
        return found

    def progress(self, angle_deg: Floats) -> Floats:
        """Shares of the range covered from its flexed end (contract 1)."""
        return (self.flexion_deg - angle_deg) / self.span_deg

    def at(self, place: Floats) -> Floats:
        """Torque that the load asks for at these places, Nm; only once known."""
        assert self.curve is not None
        return np.interp(place, self._centres, self.curve)

    def at_place(self, place: float) -> float:
        """The same at one place."""
        return float(asked_nm(place, self.table, self.bins))

    def effort(self, tape: Tape, from_ns: int, to_ns: int) -> Floats:
        """Torque over what the place asks for, for each row of a time (display path) that has one; NaN of nothing asked."""
        first, last = tape.between(s.SEEN_NS, from_ns, to_ns)
        torque = tape.column(s.NM)[first:last]
        known = np.isfinite(torque)
        asked = self.at(self.progress(tape.column(s.SHOWN)[first:last][known]))
        found: Floats = np.divide(torque[known], asked, out=np.full(len(asked), math.nan), where=asked != 0.0)
        return found


def middle(values: Floats) -> float:
    """The median; NaN of nothing, or where one is NaN."""
    if not len(values):
        return math.nan
    ordered = np.sort(values)
    half = len(ordered) // 2
    if math.isnan(ordered[-1]):
        return math.nan
    return float(ordered[half]) if len(ordered) % 2 else 0.5 * float(ordered[half - 1] + ordered[half])
