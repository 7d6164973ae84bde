"""The gravity curve: what a relaxed body weighs on the torque sensor by angle, fitted to a slow passive sweep (detection 7).

Angles in deg (0 = full extension), torques in Nm less the tare, times in s. All acceptance limits and their sources stand below;
what was measured is told whether the sweep is accepted or refused.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KNOT_DEG = 5.0
"""The curve's knots (detection 7)."""
LEAST_RANGE_DEG = 15.0
SPEED_DEG_S = 3.0
SPEED_SLACK = 1.1
"""At most 3 deg/s (detection 7); nobody moves a lever more evenly than by a tenth."""
WAYS = 4
"""Two cycles there and back (detection 7)."""
TURN_DEG = 3.0
GAP_NM = 8.0
RESIDUAL_NM = 3.0
"""Accept when up and down differ by <= 8 Nm and the residual RMS is <= 3 Nm (detection 7)."""
DRIFT_NM_S = 5.0
"""A relaxed body's torque doesn't drift faster about the curve (detection 7)."""
DRIFT_S = 1.0
STATIC_NM = 5.0
STATIC_S = 1.0
STATIC_CHECKS = 3
"""Where the sweep pauses on its way: the three longest pauses, each at least 1 s, must lie within 5 Nm of the curve (detection 7)."""
LOCKED_NM = 5.0
"""With the counterweight locked the net torque at three angles (detection 7)."""
MOVING_DEG_S = 0.3
SEPARABLE_DEG = 30.0
"""Over less range A, B and C can't be told apart: C is what the tare says, 0 (detection 7)."""
SINUSOID_NM = 10.0
HEAVIEST_NM = 400.0
"""Plausible: within 10 Nm RMS of a sinusoid, whose amplitude is below that of a body of 200 kg (detection 7: 143 Nm for 75 kg)."""


class Static(msgspec.Struct, frozen=True):
    """A pause of the sweep: where, and its torque less the curve's."""

    angle_deg: float
    residual_nm: float


class Sinusoid(msgspec.Struct, frozen=True):
    """A sin(angle) + B cos(angle) + C through the curve, and how far the curve is from it."""

    a_nm: float
    b_nm: float
    c_nm: float
    rms_nm: float
    plausible: bool


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep measured, each beside its limit in this module's constants; None = it didn't come so far, or wasn't asked for.

    `gap_nm` and `friction_nm`: greatest difference of up and down, half their median difference; `net_nm`: the curve at its least, middle
    and greatest angle; `static`: the pauses; `locked`: whether the counterweight was said to be locked.
    """

    range_deg: float | None = None
    cycles: float | None = None
    speed_deg_s: float | None = None
    gap_nm: float | None = None
    friction_nm: float | None = None
    residual_rms_nm: float | None = None
    drift_nm_s: float | None = None
    static: tuple[Static, ...] = ()
    net_nm: tuple[float, ...] = ()
    sinusoid: Sinusoid | None = None
    locked: bool = False


class GravityCurve(msgspec.Struct, frozen=True):
    """Torque of the relaxed body by angle, as a sweep measured it: knots with rising angle, straight lines between.

    Beyond the outermost knots their torque holds. Source: detection 7 (the measured curve, not a sinusoid).
    """

    id: str
    angle_deg: tuple[float, ...]
    torque_nm: tuple[float, ...]
    friction_nm: float
    figures: Figures | None = None

    def at(self, angle_deg: NDArray[np.floating]) -> Floats:
        """Torque at these angles, Nm, shape (n,)."""
        return np.asarray(np.interp(angle_deg, self.angle_deg, self.torque_nm), np.float64)


class Refused(Exception):
    """A tare or a sweep that can't be used: why, what to do, and what was measured."""

    def __init__(self, why: str, figures: Figures | None = None) -> None:
        super().__init__(why)
        self.figures = figures


class _Way(NamedTuple):
    """The samples of the sweep: angle deg, torque Nm, speed deg/s (over half a second), all of shape (n,)."""

    t_s: Floats
    angle: Floats
    torque: Floats
    speed: Floats


def turns(angle: NDArray[np.floating], within_deg: float = TURN_DEG) -> int:
    """How often the movement has come from one end of its range to the other, an end being `within_deg` wide."""
    high, low = float(angle.max()) - within_deg, float(angle.min()) + within_deg
    ends = np.sign((angle > high).astype(int) - (angle < low).astype(int))
    ends = ends[ends != 0]
    return int(np.count_nonzero(np.diff(ends)))


def fit(t_s: Floats, angle: Floats, torque: Floats, *, name: str, locked: bool = False) -> GravityCurve:
    """The curve called `name` from a sweep's readings, shape (n,), none missing; `locked`: the counterweight is said to carry the body.

    Up and down are averaged, which removes friction; half their difference is the friction. Raises Refused with the reason, what to do,
    and every figure measured so far.
    """
    if angle.size < 100:
        raise Refused(f"the sweep has {angle.size} readings with angle and torque; check the sensors and sweep again")
    low, high = float(angle.min()), float(angle.max())
    figures = Figures(range_deg=high - low, locked=locked)
    if high - low < LEAST_RANGE_DEG:
        raise Refused(f"the sweep covered {high - low:.0f} deg; at least {LEAST_RANGE_DEG:.0f} are needed: sweep the whole range", figures)
    way = _Way(t_s, angle, torque, _speed(t_s, angle))
    moving = np.flatnonzero(np.abs(way.speed) > MOVING_DEG_S)
    # Who waits for the last turn sees fewer samples, and so a little less of the range.
    ways = turns(angle, TURN_DEG + 1.0)
    figures = msgspec.structs.replace(figures, cycles=ways / 2)
    if ways < WAYS or not moving.size:
        raise Refused(f"the sweep must go there and back twice; it went through its range {ways} times", figures)
    speed = float(np.percentile(np.abs(way.speed[moving]), 90))
    figures = msgspec.structs.replace(figures, speed_deg_s=speed)
    if speed > SPEED_DEG_S * SPEED_SLACK:
        raise Refused(f"the sweep ran at {speed:.1f} deg/s (at most {SPEED_DEG_S:.0f}); sweep more slowly", figures)

    way = _Way(*(column[moving[0] : moving[-1] + 1] for column in way))
    knots = np.linspace(low, high, max(3, round((high - low) / KNOT_DEG) + 1))
    up, down = (_smooth(knots, way.angle[going], way.torque[going]) for going in (way.speed < -MOVING_DEG_S, way.speed > MOVING_DEG_S))
    both = ~(np.isnan(up) | np.isnan(down))
    if both.sum() < 3 or not both[1:-1].all():
        raise Refused("the sweep must go there and back without leaving out angles; sweep steadily through the whole range", figures)
    knots, up, down = knots[both], up[both], down[both]
    mean = (up + down) / 2
    figures = _measure(figures, way, knots, up, down)
    _accept(figures)
    return GravityCurve(name, tuple(map(float, knots)), tuple(map(float, mean)), figures.friction_nm or 0.0, figures)


def _measure(figures: Figures, way: _Way, knots: Floats, up: Floats, down: Floats) -> Figures:
    mean = (up + down) / 2
    rising, falling = way.speed < -MOVING_DEG_S, way.speed > MOVING_DEG_S
    residual = way.torque - np.where(rising, np.interp(way.angle, knots, up), np.interp(way.angle, knots, down))
    moving = rising | falling
    at_rest = way.torque - np.interp(way.angle, knots, mean)
    static, drifts = [], [0.0]
    for start, end in _runs(np.where(rising, -1, np.where(falling, 1, 0))):
        still = not moving[start]
        drifts.append(_drift(way.t_s[start:end], (at_rest if still else residual)[start:end]))
        angle = float(np.mean(way.angle[start:end]))
        if still and way.t_s[end - 1] - way.t_s[start] >= STATIC_S and knots[0] + TURN_DEG < angle < knots[-1] - TURN_DEG:
            static.append((float(way.t_s[end - 1] - way.t_s[start]), Static(angle, float(np.mean(at_rest[start:end])))))
    static.sort(key=lambda one: -one[0])
    return msgspec.structs.replace(
        figures,
        gap_nm=float(np.abs(up - down).max()),
        friction_nm=float(np.median(up - down)) / 2,
        residual_rms_nm=float(np.sqrt(np.mean(residual[moving] ** 2))),
        drift_nm_s=max(drifts),
        static=tuple(one for _, one in static[:STATIC_CHECKS]),
        net_nm=tuple(float(value) for value in np.interp([knots[0], (knots[0] + knots[-1]) / 2, knots[-1]], knots, mean)),
        sinusoid=sinusoid(knots, mean),
    )


def _accept(figures: Figures) -> None:
    """Raise Refused at the first figure beyond its limit, the plainest fault first."""
    assert figures.gap_nm is not None
    assert figures.drift_nm_s is not None
    assert figures.residual_rms_nm is not None
    if figures.gap_nm > GAP_NM:
        raise Refused(
            f"there and back differ by {figures.gap_nm:.1f} Nm (at most {GAP_NM:.0f}); the patient was not relaxed, "
            "or the machine rubs: let go of the tension and sweep again",
            figures,
        )
    if figures.residual_rms_nm > RESIDUAL_NM:
        raise Refused(
            f"the readings scatter by {figures.residual_rms_nm:.1f} Nm about the curve (at most {RESIDUAL_NM:.0f}); sweep slower, relaxed",
            figures,
        )
    if figures.drift_nm_s > DRIFT_NM_S:
        raise Refused(
            f"the torque drifted by {figures.drift_nm_s:.1f} Nm/s (at most {DRIFT_NM_S:.0f}); the patient was not relaxed: "
            "rest for a moment, breathe out and sweep again",
            figures,
        )
    for one in figures.static:
        if abs(one.residual_nm) > STATIC_NM:
            raise Refused(
                f"at rest at {one.angle_deg:.0f} deg the torque lies {one.residual_nm:+.1f} Nm from the curve (at most {STATIC_NM:.0f}); "
                "the patient was not relaxed: sweep again",
                figures,
            )
    worst = max(figures.net_nm, key=abs)
    if figures.locked and abs(worst) > LOCKED_NM:
        raise Refused(
            f"the locked counterweight leaves {worst:+.1f} Nm (at most {LOCKED_NM:.0f}); trim it until the body neither rises nor falls, "
            "lock it and sweep again",
            figures,
        )


def sinusoid(angle_deg: Floats, torque: Floats) -> Sinusoid:
    """The sinusoid through a curve, by least squares; over less than 30 deg with C = 0, as the tare says (detection 7)."""
    radians = np.radians(angle_deg)
    columns = [np.sin(radians), np.cos(radians)]
    if float(np.ptp(angle_deg)) >= SEPARABLE_DEG:
        columns.append(np.ones(len(radians)))
    matrix = np.stack(columns, axis=1)
    solved = np.linalg.lstsq(matrix, torque, rcond=None)[0]
    rms = float(np.sqrt(np.mean((matrix @ solved - torque) ** 2)))
    a, b, c = (float(value) for value in (*solved, 0.0)[:3])
    return Sinusoid(a, b, c, rms, plausible=rms <= SINUSOID_NM and math.hypot(a, b) <= HEAVIEST_NM)


def _speed(t_s: Floats, angle: Floats) -> Floats:
    """Speed over about half a second, deg/s, shape (n,): noise of the angle must not decide the direction."""
    half = max(1, round(0.25 * len(t_s) / max(float(t_s[-1] - t_s[0]), 1e-9)))
    smooth = angle
    for _ in range(2):
        sums = np.concatenate(([0.0], np.cumsum(np.pad(smooth, half, mode="edge"))))
        smooth = (sums[2 * half + 1 :] - sums[: -2 * half - 1]) / (2 * half + 1)
    return np.asarray(np.gradient(smooth, np.maximum.accumulate(t_s + np.arange(len(t_s)) * 1e-9)), np.float64)


def _smooth(knots: Floats, angle: Floats, torque: Floats) -> Floats:
    """A straight line through the readings around each knot, weighted by nearness within one knot's distance; NaN where there are few."""
    reach = float(knots[1] - knots[0])
    out = np.full(len(knots), np.nan)
    for index, knot in enumerate(knots):
        x = angle - knot
        weight = np.maximum(0.0, 1.0 - np.abs(x) / reach)
        if np.count_nonzero(weight) < 3:
            continue
        total = weight.sum()
        x0, y0 = (weight * x).sum() / total, (weight * torque).sum() / total
        spread = (weight * (x - x0) ** 2).sum()
        # Readings that all lie at one angle say nothing of a slope.
        slope = (weight * (x - x0) * (torque - y0)).sum() / spread if spread > 1e-6 * total else 0.0
        out[index] = y0 - slope * x0
    return out


def _runs(states: NDArray[np.int_]) -> list[tuple[int, int]]:
    """Stretches of equal state as [start, end)."""
    edges = [0, *(np.flatnonzero(np.diff(states)) + 1).tolist(), len(states)]
    return list(pairwise(edges))


def _drift(t_s: Floats, torque: Floats) -> float:
    """The steepest slope of straight lines through each second of a stretch, Nm/s; 0 where it is shorter.

    The first and last half second aren't looked at: there the friction turns round.
    """
    inner = (t_s >= t_s[0] + 0.5) & (t_s <= t_s[-1] - 0.5)
    t, y = t_s[inner], torque[inner]
    if t.size < 3:
        return 0.0
    t = t - t[0]
    steepest = 0.0
    for start_s in np.arange(0.0, t[-1] - DRIFT_S + 1e-9, DRIFT_S / 2):
        part = slice(*np.searchsorted(t, [start_s, start_s + DRIFT_S]))
        if t[part].size < 10:
            continue
        x = t[part] - t[part].mean()
        steepest = max(steepest, abs(float((x * y[part]).sum())) / max(float((x * x).sum()), 1e-9))
    return steepest
