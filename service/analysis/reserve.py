"""Repetitions in reserve: how many full repetitions are left before failure, with an 80 % interval, from what is known so far.

The repetitions to failure N are lognormal: their centre comes from earlier sets to failure, from strength and load, or from the plan;
their spread from how much of that is known. After each repetition the distribution is cut at what has been done and weighted by the
signs of that repetition. Nothing is kept between repetitions. Sources: detection.md 4.6, decision 0104, `Parameters.reserve_*`.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.analysis.parameters import Parameters
from wire.plan import Plan

Floats = NDArray[np.float64]
MOST = 160
"""More repetitions than this are not told apart."""
LEAST_CYCLE_S = 1.0
"""Nobody repeats faster: an earlier set that says so is left out."""
FAT_SHARE, FAT_SIGMA = 0.05, 2.0
"""Share and widening of a second, wider lognormal: whoever goes far beyond what was expected leaves something to estimate."""


class PastSet(NamedTuple):
    """An earlier set to failure of the same patient: mean load in Nm (None = unknown), full repetitions, seconds a repetition."""

    load_nm: float | None
    repetitions: int
    cycle_s: float


class Signs(NamedTuple):
    """What a completed repetition showed; None = not known.

    `lag_s` behind the cue late in the extension, with mean and SD of the set's first repetitions; `extension_ratio` and `tremor_ratio`
    over those; `hold_sag` in shares of the range; `stall_s` stood in the extension before it was overcome.
    """

    lag_s: float | None = None
    lag_baseline_s: float | None = None
    lag_sd_s: float | None = None
    extension_ratio: float | None = None
    hold_sag: float | None = None
    tremor_ratio: float | None = None
    stall_s: float | None = None


class Estimate(NamedTuple):
    """Full repetitions left: the median, and the interval that holds the truth in 80 % of cases."""

    left: float
    low: float
    high: float


class Prior(NamedTuple):
    """ln of the repetitions to failure: centre and standard deviation."""

    centre: float
    sigma: float


class Reserve:
    """The estimator of one set. `isometric_nm` is the patient's mean isometric torque over the plan's range.

    With endpoint `repetitions` it says nothing: there the reserve is the distance to pain, not to failure (detection.md 4.6).
    """

    def __init__(self, parameters: Parameters, plan: Plan | None, past: Sequence[PastSet] = (), isometric_nm: float | None = None) -> None:
        self._parameters = parameters
        self._silent = plan is not None and plan.endpoint == "repetitions"
        self.prior = prior(parameters, plan, past, isometric_nm)
        self._weights = _weights(self.prior)
        self._left = np.arange(MOST + 1, dtype=np.float64)

    def after(self, done: int, signs: Signs) -> Estimate | None:
        """The estimate once `done` full repetitions are complete; None while nothing can be said."""
        p = self._parameters
        if self._silent or not p.reserve_from <= done < MOST:
            return None
        weights = self._weights[done:] * _likelihood(p, self._left[: MOST + 1 - done], moved(p, signs))
        sums = np.cumsum(weights)
        tail = (1.0 - p.reserve_share) / 2.0
        total = float(sums[-1])
        if total <= 0.0:
            return None
        return Estimate(*(_quantile(sums, share * total) for share in (0.5, tail, 1.0 - tail)))


def prior(parameters: Parameters, plan: Plan | None, past: Sequence[PastSet] = (), isometric_nm: float | None = None) -> Prior:
    """What is known before the set: earlier sets to failure, else strength and load, else the plan's repetitions, else the usual load."""
    p = parameters
    load_nm = None if plan is None else plan.load_nm
    usable = [one for one in past if one.repetitions >= 1 and one.cycle_s >= LEAST_CYCLE_S][-round(p.reserve_many) :]
    if plan is not None:
        tempo = plan.tempo
        cycle_s = tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s
    else:
        cycle_s = usable[-1].cycle_s if usable else p.reserve_cycle_s
    if usable:
        logs, corrected = zip(*(_corrected(p, one, load_nm, isometric_nm) for one in usable), strict=True)
        sigma = _experienced(p, len(usable))
        extra = p.reserve_sigma_load * sum(corrected) / len(corrected)
        return Prior(sum(logs) / len(logs) - math.log(cycle_s), min(p.reserve_sigma_new, math.hypot(sigma, extra)))
    if load_nm is not None and isometric_nm is not None and isometric_nm > 0.0:
        return Prior(_endurance(p, 100.0 * load_nm / isometric_nm) - math.log(cycle_s), p.reserve_sigma_new)
    if plan is not None:
        return Prior(math.log(math.sqrt(plan.repetitions.least * plan.repetitions.most)), p.reserve_sigma_new)
    return Prior(_endurance(p, p.reserve_mvc) - math.log(cycle_s), p.reserve_sigma_new)


def moved(parameters: Parameters, signs: Signs) -> int | None:
    """How many signs of a repetition have moved; None where none of them is known."""
    p = parameters
    found: list[bool] = []
    if signs.lag_s is not None and signs.lag_baseline_s is not None and signs.lag_sd_s is not None:
        found.append(signs.lag_s - signs.lag_baseline_s > p.reserve_lag_sd * max(signs.lag_sd_s, p.reserve_lag_least_s))
    for value, limit in (
        (signs.extension_ratio, p.reserve_ratio),
        (signs.hold_sag, p.reserve_sag),
        (signs.tremor_ratio, p.reserve_tremor),
        (signs.stall_s, p.reserve_stall_s),
    ):
        if value is not None:
            found.append(value > limit)
    return sum(found) if found else None


def _likelihood(p: Parameters, left: Floats, signs: int | None) -> Floats | float:
    """How much likelier these signs are with so many repetitions left than far from failure, up to a factor."""
    if signs is None:
        return 1.0
    gain = (1.0 - p.reserve_quiet, p.reserve_gain_one, p.reserve_gain_more)[min(signs, 2)]
    return 1.0 + (gain - 1.0) * np.exp(-left / p.reserve_reach)


def _corrected(p: Parameters, one: PastSet, load_nm: float | None, isometric_nm: float | None) -> tuple[float, float]:
    """ln of the seconds to failure at this load, and by how many %MVC that was corrected."""
    log_s = math.log(one.repetitions * one.cycle_s)
    if load_nm is None or one.load_nm is None or one.load_nm <= 0.0:
        return log_s, 0.0
    if isometric_nm is not None and isometric_nm > 0.0:
        then = 100.0 * one.load_nm / isometric_nm
    else:
        # The strength that this set shows, by the line itself.
        then = (p.reserve_line - log_s) / p.reserve_slope
    then = min(max(then, p.reserve_mvc_least), p.reserve_mvc_most)
    now = min(max(then * load_nm / one.load_nm, p.reserve_mvc_least), p.reserve_mvc_most)
    return log_s - p.reserve_slope * (now - then), abs(now - then)


def _endurance(p: Parameters, mvc: float) -> float:
    """ln of the seconds to failure at a share of the isometric strength in %: ln T = 6.97 - 0.0381 x %MVC (detection.md 4.6)."""
    return p.reserve_line - p.reserve_slope * min(max(mvc, p.reserve_mvc_least), p.reserve_mvc_most)


def _experienced(p: Parameters, sets: int) -> float:
    """Spread after so many sets to failure: from one to `reserve_many` in even ratios."""
    share = min(1.0, (sets - 1) / max(p.reserve_many - 1.0, 1.0))
    return float(p.reserve_sigma_one ** (1.0 - share) * p.reserve_sigma_many**share)


@lru_cache(maxsize=16)
def _weights(prior: Prior) -> Floats:
    """Probability of 0, 1, ... `MOST` repetitions to failure."""
    edges = [math.log(k + 0.5) for k in range(MOST + 1)]
    total = np.zeros(MOST + 1)
    for share, sigma in ((1.0 - FAT_SHARE, prior.sigma), (FAT_SHARE, prior.sigma * FAT_SIGMA)):
        # Upper tails, which stay exact far out.
        above = np.array([1.0, *(0.5 * math.erfc((edge - prior.centre) / sigma / math.sqrt(2.0)) for edge in edges)])
        total += share * -np.diff(above)
    return total


def _quantile(sums: Floats, target: float) -> float:
    """Where a running sum of weights reaches the target, each weight spread over half a repetition to both sides; never below 0."""
    index = int(np.searchsorted(sums, target))
    before = float(sums[index - 1]) if index else 0.0
    return max(0.0, index - 0.5 + (target - before) / float(sums[index] - before))
