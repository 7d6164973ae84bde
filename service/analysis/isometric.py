"""The score of one isometric test at one angle, and the curve over the angles of a test.

Columns are s, deg and Nm, shape (n,), NaN = no reading; torque is positive while the patient pushes. What can't be scored is None with
its reason, never zero and never an exception. Rules and limits: detection.md 8, decision 0105, `Parameters.isometric_*`.
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from service.analysis.parameters import Parameters

Floats = NDArray[np.float64]
Reason = Literal[
    "pain", "let_go", "no_torque", "too_short", "gap", "no_rest", "no_effort", "ramp_fast", "ramp_slow", "unsteady", "sloping", "moved",
    "no_angle", "jerk",
]  # fmt: skip
LIMIT_NM = 10_000.0
LIMIT_DEG = 360.0
LIMIT_S = 1e9
"""Beyond these a reading is none: no machine of the contract goes there."""
QUIET_SHARE = 0.25
"""Rest lies in the lowest quarter between the least and the most torque, so that an earlier push is not taken for it."""
STEADY_SHARE = 0.90
"""A steady second counts before an unsteady one that is higher by no more than a jerk (detection.md 8: peak over plateau 1.10)."""
HELD_SHARE = 0.80
"""Of the peak: from here on the torque is held and no longer raised, for telling what was let go too soon."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One test at one angle; torques are net of the rest torque, None = could not be had.

    `plateau_nm` is the best mean over 1 s, None where the angle counts as missing (pain, let go, no effort, nothing to measure);
    `peak_nm` the highest mean over 0.1 s; `onset_s` on the columns' time; `cv` and `slope` (1/s) of the plateau over its mean;
    `max_rate_nm_s` the steepest rise over 0.1 s: fidelity and safety, no rate of force development. `valid` unless a reason other than
    `jerk` stands in `reasons`.
    """

    angle_deg: float | None = None
    plateau_nm: float | None = None
    peak_nm: float | None = None
    rest_nm: float | None = None
    onset_s: float | None = None
    ramp_s: float | None = None
    max_rate_nm_s: float | None = None
    cv: float | None = None
    slope: float | None = None
    angle_drift_deg: float | None = None
    valid: bool = False
    reasons: list[Reason] = []


class _Windows(NamedTuple):
    """Windows of one length, one from each sample up to sample `last`: mean, SD and slope (per s); `whole` = full and without gap."""

    last: NDArray[np.int_]
    mean: Floats
    sd: Floats
    slope: Floats
    whole: NDArray[np.bool_]


def score(t_s: ArrayLike, angle_deg: ArrayLike, torque_nm: ArrayLike, parameters: Parameters | None = None, *, pain: bool = False) -> Score:
    """The score of one test. `pain`: it was stopped for pain, so the angle is missing. Raises ValueError for columns of unequal length."""
    p = parameters or Parameters()
    t, angle, torque = (np.asarray(column, np.float64) for column in (t_s, angle_deg, torque_nm))
    if not t.shape == angle.shape == torque.shape or t.ndim != 1:
        raise ValueError(f"expected three columns of one length, got shapes {t.shape}, {angle.shape} and {torque.shape}")
    good = np.abs(t) <= LIMIT_S
    t, angle, torque = t[good], angle[good], torque[good]
    rising = np.diff(np.maximum.accumulate(t), prepend=-np.inf) > 0.0
    t, angle, torque = t[rising], angle[rising], torque[rising]
    read = np.abs(torque) <= LIMIT_NM
    found = _torque(t[read], torque[read], p)
    if found.onset_s is not None:
        found = _angle(found, t, angle, p)
    if pain:
        found = msgspec.structs.replace(found, plateau_nm=None, cv=None, slope=None, reasons=["pain"])
    return msgspec.structs.replace(found, valid=set(found.reasons) <= {"jerk"})


def _torque(t: Floats, torque: Floats, p: Parameters) -> Score:
    """Everything but the angle, whose drift is judged from `onset_s` on."""
    if t.size < 2:
        return Score(reasons=["no_torque"])
    windows = _windows(t, torque, p.isometric_plateau_s, p.isometric_gap_s)
    if not windows.whole.any():
        return Score(reasons=["too_short" if t[-1] - t[0] < p.isometric_plateau_s else "gap"])
    best = int(np.argmax(np.where(windows.whole, windows.mean, -np.inf)))
    top = float(windows.mean[best])

    quiet = _windows(t, torque, p.isometric_rest_s, p.isometric_gap_s)
    before = quiet.whole & (quiet.last < best)
    if not before.any():
        return Score(reasons=["no_rest"])
    least = float(quiet.mean[before].min())
    still = before & (quiet.mean <= least + QUIET_SHARE * (top - least))
    # The half second just before the onset already holds the foot of the ramp: the quietest one does not.
    at = int(np.argmin(np.where(still, quiet.sd, np.inf)))
    rest, sd = float(quiet.mean[at]), float(quiet.sd[at])
    if sd > p.isometric_onset_nm:
        return Score(reasons=["no_rest"])
    level = rest + max(p.isometric_onset_nm, p.isometric_onset_sd * sd)
    if top <= level:
        return Score(rest_nm=rest, reasons=["no_effort"])
    onset = _onset(t, torque <= level, best, p.isometric_onset_held_s)

    brief = _windows(t, torque, p.isometric_peak_s, p.isometric_gap_s)
    after = brief.whole & (np.arange(t.size) >= onset)
    peak = float(np.max(np.where(after, brief.mean, -np.inf))) - rest
    best, steady = _plateau(windows, best, rest, peak, onset, p)
    net = float(windows.mean[best]) - rest
    ramped = _first(after & (brief.mean - rest >= p.isometric_ramped * net), best)
    rate = _steepest(t, brief, onset, ramped, p.isometric_peak_s)
    found = Score(
        peak_nm=peak,
        rest_nm=rest,
        onset_s=float(t[onset]),
        ramp_s=max(0.0, float(t[ramped]) + p.isometric_peak_s / 2 - float(t[onset])),
        max_rate_nm_s=rate,
    )
    cv, slope = float(windows.sd[best]) / net, float(windows.slope[best]) / net
    if not steady and _let_go(t, brief, after, rest, peak, p):
        return msgspec.structs.replace(found, reasons=["let_go"])
    assert found.ramp_s is not None
    judged: list[tuple[Reason, bool]] = [
        ("ramp_fast", found.ramp_s < p.isometric_ramp_least_s),
        ("ramp_slow", found.ramp_s > p.isometric_ramp_most_s),
        ("unsteady", cv > p.isometric_cv),
        ("sloping", abs(slope) > p.isometric_slope),
        ("jerk", peak > p.isometric_jerk * net),
    ]
    return msgspec.structs.replace(found, plateau_nm=net, cv=cv, slope=slope, reasons=[reason for reason, true in judged if true])


def _plateau(windows: _Windows, best: int, rest: float, peak: float, onset: int, p: Parameters) -> tuple[int, bool]:
    """Where the plateau's window begins, and whether it is steady: the best one, or a steady one beside a jerk that the best one holds."""
    net = windows.mean - rest
    steady = windows.whole & (windows.sd <= p.isometric_cv * net) & (np.abs(windows.slope) <= p.isometric_slope * net)
    if not steady[best]:
        beside = steady & (net >= STEADY_SHARE * net[best]) & (peak > p.isometric_jerk * net) & (np.arange(net.size) >= onset)
        best = int(np.argmax(np.where(beside, net, -np.inf))) if beside.any() else best
    return best, bool(steady[best])


def _angle(found: Score, t: Floats, angle: Floats, p: Parameters) -> Score:
    """The test's angle and its drift, from the onset to the end of ramp and plateau."""
    assert found.onset_s is not None
    assert found.ramp_s is not None
    until = found.onset_s + found.ramp_s + p.isometric_plateau_s
    read = (np.abs(angle) <= LIMIT_DEG) & (t >= found.onset_s) & (t <= until)
    if not read.any():
        return msgspec.structs.replace(found, reasons=[*found.reasons, "no_angle"])
    smooth = _windows(t[read], angle[read], p.isometric_peak_s, p.isometric_gap_s).mean
    drift = float(np.ptp(smooth))
    reasons: list[Reason] = [*found.reasons, "moved"] if drift > p.isometric_drift_deg else found.reasons
    return msgspec.structs.replace(found, angle_deg=float(np.mean(angle[read])), angle_drift_deg=drift, reasons=reasons)


def _windows(t: Floats, values: Floats, width_s: float, gap_s: float) -> _Windows:
    """From each sample on, the samples less than `width_s` later."""
    period = float(np.median(np.diff(t))) if t.size > 1 else 0.0
    first = np.arange(t.size)
    # A sample stands for the time up to the next one; half a period guards against rounding.
    last = np.searchsorted(t, t + width_s - period / 2, "left") - 1
    last = np.maximum(last, first)
    n = (last - first + 1).astype(np.float64)
    x, y = t - float(np.mean(t)), values - float(np.mean(values))

    def over(column: Floats) -> Floats:
        sums = np.concatenate(([0.0], np.cumsum(column)))
        return np.asarray((sums[last + 1] - sums[first]) / n, np.float64)

    mean_x, mean_y = over(x), over(y)
    spread = np.maximum(over(x * x) - mean_x**2, 0.0)
    slope = np.where(spread > 0.0, over(x * y) - mean_x * mean_y, 0.0) / np.where(spread > 0.0, spread, 1.0)
    sd = np.sqrt(np.maximum(over(y * y) - mean_y**2, 0.0))
    gaps = np.concatenate(([0], np.cumsum(np.diff(t) > gap_s)))
    full = (t + width_s <= t[-1] + 1.5 * period) & (t + width_s - t[last] <= gap_s + period)
    return _Windows(last, mean_y + float(np.mean(values)), sd, slope, full & (gaps[last] == gaps[first]))


def _first(true: NDArray[np.bool_], otherwise: int) -> int:
    """Index of the first true value."""
    return int(np.argmax(true)) if true.any() else otherwise


def _onset(t: Floats, low: NDArray[np.bool_], best: int, held_s: float) -> int:
    """The first sample after the last stretch of low torque before the plateau; stretches shorter than `held_s` don't count."""
    onset, start = 0, -1
    for index in range(best + 1):
        if index < best and low[index]:
            start = index if start < 0 else start
        elif start >= 0:
            if t[index] - t[start] >= held_s:
                onset = index
            start = -1
    return onset


def _steepest(t: Floats, brief: _Windows, onset: int, ramped: int, width_s: float) -> float | None:
    """The steepest rise between means over neighbouring windows up to the end of the ramp, Nm/s."""
    after = np.minimum(np.searchsorted(t, t + width_s, "left"), t.size - 1)
    good = brief.whole & brief.whole[after] & (t >= t[onset] - width_s) & (t <= t[ramped]) & (after > np.arange(t.size))
    if not good.any():
        return None
    return float(np.max((brief.mean[after] - brief.mean)[good] / (t[after] - t)[good]))


def _let_go(t: Floats, brief: _Windows, after: NDArray[np.bool_], rest: float, peak: float, p: Parameters) -> bool:
    """True when the torque was let go before a plateau could be held, detection.md 4.5: down by 30 % within 0.3 s.

    Every test ends with letting go; it counts while the torque was held for less than the plateau's time.
    """
    net = brief.mean - rest
    held = _first(after & (net >= HELD_SHARE * peak), 0)
    later = np.minimum(np.searchsorted(t, t + p.isometric_let_go_s, "left"), t.size - 1)
    fell = after & (net >= peak / 2) & (net[later] < (1.0 - p.isometric_let_go) * net)
    return bool((fell & (t < t[held] + p.isometric_plateau_s - p.isometric_let_go_s)).any())


class Curve(msgspec.Struct, frozen=True):
    """Strength over the tested angles: rising angles in deg, net torques in Nm, straight lines between, nothing beyond.

    Raises ValueError for columns of unequal length or angles that don't rise.
    """

    angle_deg: tuple[float, ...] = ()
    torque_nm: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.angle_deg) != len(self.torque_nm) or any(low >= high for low, high in pairwise(self.angle_deg)):
            raise ValueError("expected as many torques as angles, and rising angles")

    def at(self, angle_deg: float) -> float | None:
        """Torque at an angle, Nm; None outside the tested range."""
        if not self.angle_deg or not self.angle_deg[0] <= angle_deg <= self.angle_deg[-1]:
            return None
        return float(np.interp(angle_deg, self.angle_deg, self.torque_nm))

    def index(self, low_deg: float, high_deg: float) -> float | None:
        """Strength index: the area under the curve between two angles, Nm deg; None where the curve doesn't cover them."""
        ends = self.at(low_deg), self.at(high_deg)
        if ends[0] is None or ends[1] is None or low_deg >= high_deg:
            return None
        inner = [(a, m) for a, m in zip(self.angle_deg, self.torque_nm, strict=True) if low_deg < a < high_deg]
        corners = [(low_deg, ends[0]), *inner, (high_deg, ends[1])]
        return sum((b - a) * (m + n) / 2.0 for (a, m), (b, n) in pairwise(corners))

    @property
    def slope_nm_per_deg(self) -> float | None:
        """Slope of the straight line through the points, the curve's shape: above 0 is strongest flexed. None under two angles."""
        if len(self.angle_deg) < 2:
            return None
        return float(np.polynomial.Polynomial.fit(self.angle_deg, self.torque_nm, 1).convert().coef[1])


def curve(scores: Iterable[Score], parameters: Parameters | None = None) -> Curve:
    """The curve through a test's valid scores. Of repeats at one angle the stronger counts; a missing angle stays missing."""
    p = parameters or Parameters()
    points: list[tuple[float, float]] = []
    for one in sorted((s for s in scores if s.valid), key=lambda s: s.angle_deg or 0.0):
        assert one.angle_deg is not None
        assert one.plateau_nm is not None
        if points and one.angle_deg - points[-1][0] <= p.isometric_drift_deg:
            points[-1] = (points[-1][0], max(points[-1][1], one.plateau_nm))
        else:
            points.append((one.angle_deg, one.plateau_nm))
    return Curve(tuple(a for a, _ in points), tuple(m for _, m in points))


class Change(msgspec.Struct, frozen=True):
    """A figure before and after; `percent` of before, None where that is not above 0."""

    before: float
    after: float
    change: float
    percent: float | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two curves over their shared range: Nm at each angle, their mean, and the strength index in Nm deg (None for one shared angle).

    `verdict` judges the mean: `real_change` above the threshold in Nm and above 15 %, else `within_test_error` (detection.md 8).
    """

    low_deg: float
    high_deg: float
    angles_deg: tuple[float, ...]
    torques: tuple[Change, ...]
    mean: Change
    index: Change | None
    threshold_nm: float
    verdict: Literal["real_change", "within_test_error"]


def compare(before: Curve, after: Curve, threshold_nm: float, parameters: Parameters | None = None) -> Comparison | None:
    """What changed over the angles that both curves cover; None where they share none.

    `threshold_nm` is the test's own error for the patient: 25 Nm for women, 50 Nm for men (detection.md 8, from the standard errors
    of Robinson 1992). Angles nearer than the drift that a test allows are the same angle.
    """
    p = parameters or Parameters()
    after = _aligned(after, before.angle_deg, p.isometric_drift_deg)
    union = sorted({*before.angle_deg, *after.angle_deg})
    rows = [(a, m, n) for a, m, n in ((a, before.at(a), after.at(a)) for a in union) if m is not None and n is not None]
    if not rows:
        return None
    low, high = rows[0][0], rows[-1][0]
    mean = _change(float(np.mean([m for _, m, _ in rows])), float(np.mean([n for _, _, n in rows])))
    areas = before.index(low, high), after.index(low, high)
    real = abs(mean.change) > threshold_nm and mean.percent is not None and abs(mean.percent) > 100.0 * p.isometric_change
    return Comparison(
        low_deg=low,
        high_deg=high,
        angles_deg=tuple(a for a, _, _ in rows),
        torques=tuple(_change(m, n) for _, m, n in rows),
        mean=mean,
        index=None if areas[0] is None or areas[1] is None else _change(areas[0], areas[1]),
        threshold_nm=threshold_nm,
        verdict="real_change" if real else "within_test_error",
    )


def _aligned(curve: Curve, angles: tuple[float, ...], within_deg: float) -> Curve:
    """The curve with its angles moved onto those of the other test where they are the same angle."""
    moved: list[float] = []
    for angle, following in pairwise((*curve.angle_deg, math.inf)):
        near = min(angles, key=lambda other: abs(other - angle), default=angle)
        fits = (moved[-1] if moved else -math.inf) < near < following
        moved.append(near if fits and abs(near - angle) <= within_deg else angle)
    return Curve(tuple(moved), curve.torque_nm)


def _change(before: float, after: float) -> Change:
    percent = 100.0 * (after - before) / before if before > 0.0 else None
    return Change(before, after, after - before, percent)
