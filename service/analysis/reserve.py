"""Repetitions in reserve: how many full repetitions are left before failure, with an 80 % interval, from what is known so far.

The repetitions to failure N are lognormal: their centre comes from earlier sets to failure, from strength and load, or from the plan;
their spread from how much of that is known. After each repetition the distribution is cut at what has been done and weighted by the
signs of that repetition. Nothing is kept between repetitions. Sources: detection.md 4.6, decision 0104, `Parameters.reserve_*`.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from service.analysis.parameters import Parameters
from wire.plan import PastSet, Plan

Floats = NDArray[np.float64]
MOST = 160
"""More repetitions than this are not told apart."""
LEAST_CYCLE_S = 1.0
"""Nobody repeats faster: an earlier set that says so is left out."""
LEAST = 1e-200
"""Less probability than this is none."""
NEAR = 5
"""Signs of failing strength are weighed for this many repetitions before failure."""
ODD_S = 4.0
"""Lags of other reasons are spread evenly over this."""


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
    """Full repetitions left: rather fewer than more (the 35 % quantile), and the interval that holds the truth in 80 % of cases."""

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

    def after(self, done: int, signs: Signs) -> Estimate | None:
        """The estimate once `done` full repetitions are complete; None while nothing can be said."""
        p = self._parameters
        if self._silent or not p.reserve_from <= done < MOST:
            return None
        weights = self._weights[done:].copy()
        weights[:NEAR] *= likelihood(p, signs)[: len(weights)]
        sums = np.cumsum(weights).tolist()
        tail, total = (1.0 - p.reserve_share) / 2.0, sums[-1]
        if total < LEAST:
            return None
        return Estimate(*(_quantile(sums, share * total) for share in (p.reserve_middle, tail, 1.0 - tail)))


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
        usual = math.log(math.sqrt(plan.repetitions.least * plan.repetitions.most))
    else:
        usual = _endurance(p, p.reserve_mvc) - math.log(cycle_s)
    return Prior(usual + math.log(p.reserve_first), math.hypot(p.reserve_sigma_new, p.reserve_sigma_guess))


def likelihood(parameters: Parameters, signs: Signs) -> list[float]:
    """How much likelier these signs are with 0, 1, ... `NEAR` - 1 repetitions left than far from failure."""
    p = parameters
    out = [1.0] * NEAR
    lag_s, sd_s = _lag(p, signs)
    if lag_s is not None:
        odd = p.reserve_odd / ODD_S

        def density(added_s: float) -> float:
            return (1.0 - p.reserve_odd) * _delayed(lag_s, sd_s, added_s) + odd

        far = density(0.0)
        out = [density(p.reserve_lag_s * p.reserve_lag_fade**left) / far for left in range(NEAR)]
    limits = ((signs.hold_sag, p.reserve_sag), (signs.tremor_ratio, p.reserve_tremor), (signs.stall_s, p.reserve_stall_s))
    moved = sum(value is not None and value > limit for value, limit in limits)
    if moved:
        out = [weight * (1.0 + (p.reserve_gain - 1.0) * math.exp(-left / p.reserve_reach)) ** moved for left, weight in enumerate(out)]
    return out


def _lag(p: Parameters, signs: Signs) -> tuple[float | None, float]:
    """How much later than usual the extension came near its end, s (None = unknown), and the SD of that when nothing is wrong."""
    lag_s: float | None = None
    if signs.lag_s is not None and signs.lag_baseline_s is not None:
        lag_s = signs.lag_s - signs.lag_baseline_s
    elif signs.extension_ratio is not None:
        lag_s = (signs.extension_ratio - 1.0) * ODD_S
    if lag_s is not None and not math.isfinite(lag_s):
        lag_s = None
    even_s, sd_s, weight = p.reserve_lag_sd_s, signs.lag_sd_s, p.reserve_lag_prior
    if sd_s is None or not math.isfinite(sd_s):
        return lag_s, even_s
    # The set's own SD comes from three repetitions: two degrees of freedom.
    return lag_s, math.sqrt((weight * even_s**2 + 2.0 * sd_s**2) / (weight + 2.0))


def _delayed(lag_s: float, sd_s: float, added_s: float) -> float:
    """Density of a normal lag of that SD to which an exponential one of mean `added_s` is added."""
    if added_s < 0.15 * sd_s:  # as good as a shift
        return math.exp(-0.5 * min(1000.0, ((lag_s - added_s) / sd_s) ** 2)) / (sd_s * math.sqrt(2.0 * math.pi))
    rate = 1.0 / added_s
    exponent = 0.5 * rate * (rate * sd_s**2 - 2.0 * lag_s)
    return 0.5 * rate * math.exp(min(700.0, exponent)) * math.erfc((rate * sd_s**2 - lag_s) / (math.sqrt(2.0) * sd_s))


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
    # Upper tails, which stay exact far out.
    scaled = [(math.log(k + 0.5) - prior.centre) / (prior.sigma * math.sqrt(2.0)) for k in range(MOST + 1)]
    return -np.diff(np.array([1.0, *(0.5 * math.erfc(edge) for edge in scaled)]))


def _quantile(sums: list[float], target: float) -> float:
    """Where a running sum of weights reaches the target, each weight spread over half a repetition to both sides; never below 0."""
    index = bisect_left(sums, target)
    before = sums[index - 1] if index else 0.0
    return max(0.0, index - 0.5 + (target - before) / (sums[index] - before))
