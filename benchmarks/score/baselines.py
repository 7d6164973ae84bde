"""Three plain methods beside the analysis: what counting takes no more than a few lines for.

All three see the whole recording at once and are told the plan's range; gaps are bridged by straight lines.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from edge_agent.simulator.cases import Case

FULL, BOTTOM, ATTEMPT = 0.93, 0.10, 0.25
PROMINENCE = 0.5
SHORTEST_S, LONGEST_S = 4.0, 25.0
RATE_HZ = 50.0


class Baseline(NamedTuple):
    """Full repetitions by each method, and the failures that a fixed threshold would claim (extensions that turned short of full)."""

    peaks: int
    threshold: int
    autocorrelation: int
    short_turns_s: tuple[float, ...]


NAMES = {
    "peaks": "peak prominence (scipy.signal.find_peaks: height 0.93, prominence 0.5 of the range, 4 s apart)",
    "threshold": "fixed thresholds (above 0.93, then below 0.10 of the range)",
    "autocorrelation": "autocorrelation (time in motion over the strongest period of 4-25 s), against all repetitions",
}


def score(case: Case) -> Baseline:
    """Each baseline's count of one case."""
    place = _grid(case)
    if place.size < 2:
        return Baseline(0, 0, 0, ())
    # A minimum distance, or every quantum of equal height on the same plateau would be a peak of its own.
    peaks, _ = find_peaks(place, height=FULL, prominence=PROMINENCE, distance=round(SHORTEST_S * RATE_HZ))
    full, short = thresholds(place)
    return Baseline(len(peaks), full, _periods(place), tuple(index / RATE_HZ for index in short))


def thresholds(place: NDArray[np.float64]) -> tuple[int, list[int]]:
    """Full repetitions, and where extensions turned that got beyond 0.25 but not to 0.93."""
    up, high, at, full = False, 0.0, 0, 0
    short: list[int] = []
    for index, value in enumerate(place.tolist()):
        if not up and value > ATTEMPT:
            up, high = True, 0.0
        if up:
            if value > high:
                high, at = value, index
            if value < BOTTOM:
                up = False
                full += high >= FULL
                if high < FULL:
                    short.append(at)
    return full, short


def _grid(case: Case) -> NDArray[np.float64]:
    """Progress at 50 Hz."""
    t_s = (case.t_ns - case.t_ns[0]) * 1e-9
    angle = case.angle_deg.astype(np.float64)
    good = np.isfinite(angle) & np.concatenate(([True], np.diff(np.maximum.accumulate(t_s)) > 0))
    if good.sum() < 2:
        return np.empty(0)
    times = np.arange(0.0, float(t_s[good][-1]), 1 / RATE_HZ)
    even = np.interp(times, t_s[good], angle[good])
    span = case.prescribed.range
    place: NDArray[np.float64] = (span.flexion_deg - even) / (span.flexion_deg - span.extension_deg)
    return place


def _periods(place: NDArray[np.float64]) -> int:
    moving = np.flatnonzero(place > ATTEMPT)
    if moving.size < SHORTEST_S * RATE_HZ:
        return 0
    part = place[moving[0] : moving[-1] + 1]
    part = part - part.mean()
    size = 1 << (2 * part.size - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(part, size)) ** 2
    correlation = np.fft.irfft(spectrum)[: part.size]
    low, high = round(SHORTEST_S * RATE_HZ), min(round(LONGEST_S * RATE_HZ), part.size)
    if high <= low:
        return 1
    # Less overlap at longer lags: divide it out.
    window = correlation[low:high] / (part.size - np.arange(low, high))
    period_s = (low + int(window.argmax())) / RATE_HZ
    return max(1, round(float(moving[-1] - moving[0]) / RATE_HZ / period_s + 0.2))
