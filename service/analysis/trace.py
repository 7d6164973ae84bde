"""What the detector keeps of a running repetition: columns, and the measures taken from them once it is done."""

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.analysis.cue import Cue

DEG = np.pi / 180.0


class Sample(NamedTuple):
    """One reading after the filters: device time ns, detection path deg, speed deg/s, display path deg and Nm, delays ns."""

    t_ns: int
    detected_deg: float
    speed_deg_s: float
    shown_deg: float
    shown_nm: float
    detection_delay_ns: int
    display_delay_ns: int


class Effort(NamedTuple):
    """Torque over the extension; all None without torque."""

    peak_torque_nm: float | None
    mean_torque_nm: float | None
    work_j: float | None


class Trace:
    """Columns since the bottom before a repetition; `t_ns` of the display path is put back by its delay."""

    def __init__(self) -> None:
        self._t = array("q")
        self._shown = array("d")
        self._torque = array("d")

    def add(self, sample: Sample) -> None:
        """Keeps one more sample."""
        self._t.append(sample.t_ns - sample.display_delay_ns)
        self._shown.append(sample.shown_deg)
        self._torque.append(sample.shown_nm)

    def forget_before(self, t_ns: int) -> None:
        """Lets go of what lies before a time, in steps, so that it costs nothing a sample."""
        if len(self._t) < 64 or self._t[len(self._t) // 2] >= t_ns:
            return
        keep = int(np.searchsorted(np.frombuffer(self._t, np.int64), t_ns))
        for column in (self._t, self._shown, self._torque):
            del column[:keep]

    def _between(self, from_ns: int, to_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        t = np.array(self._t, np.int64)
        first, last = np.searchsorted(t, (from_ns, to_ns + 1))
        return t[first:last], np.array(self._shown, np.float64)[first:last], np.array(self._torque, np.float64)[first:last]

    def extremes_deg(self, from_ns: int, to_ns: int) -> tuple[float, float] | None:
        """Greatest and least angle shown from one time to another; None where there is no sample."""
        _, shown, _ = self._between(from_ns, to_ns)
        return (float(shown.max()), float(shown.min())) if len(shown) else None

    def effort(self, from_ns: int, to_ns: int, torque_known: float) -> Effort:
        """Peak, time mean and work (positive) of the torque over a time; None where no more than `torque_known` of it has any."""
        t, shown, torque = self._between(from_ns, to_ns)
        known = np.isfinite(torque)
        if len(t) < 2 or known.sum() < 2 or known.mean() <= torque_known:
            return Effort(None, None, None)
        t, shown, torque = t[known], shown[known], torque[known]
        seconds = (t - t[0]) * 1e-9
        mean = float(np.trapezoid(torque, seconds) / seconds[-1])
        work = float(np.trapezoid(torque, -shown * DEG))
        return Effort(float(torque.max()), mean, max(work, 0.0))

    def tracking(self, cue: Cue, origin_ns: int, from_ns: int, to_ns: int, tolerance_deg: float) -> tuple[float | None, float | None]:
        """Share of time in the band and RMS deviation (deg) from one cycle of the cue laid at `origin_ns`."""
        t, shown, _ = self._between(from_ns, to_ns)
        if len(t) < 2:
            return None, None
        since_s: NDArray[np.float64] = (t - origin_ns).astype(np.float64) * 1e-9
        off = np.subtract(shown, cue.cycle_deg(since_s))
        weight = np.diff(t, append=2 * t[-1] - t[-2]).astype(np.float64)
        total = weight.sum()
        return float((weight * (np.abs(off) <= tolerance_deg)).sum() / total), float(np.sqrt((weight * off * off).sum() / total))
