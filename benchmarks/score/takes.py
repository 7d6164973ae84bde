"""How a figure is taken from the scores of many sets: shares, percentiles and rates of what each set holds."""

import math
from collections.abc import Callable, Sequence
from operator import attrgetter

import numpy as np

from benchmarks.score import intervals
from benchmarks.score.boundaries import PHASES
from benchmarks.score.intervals import Figure
from benchmarks.score.scoring import Score

Scores = Sequence[Score]
Take = Callable[[Scores], Figure]
Choose = Callable[[Scores], Scores]
RATES = (25, 50, 100, 250, 500, 1000)


def rate_band(rate_hz: float) -> int:
    """The rate of RATES that a sampling rate is nearest to, by their ratio."""
    return min(RATES, key=lambda rate: abs(math.log(rate / rate_hz)))


def everything(scores: Scores) -> Scores:
    """All of them."""
    return scores


def planned(scores: Scores) -> list[Score]:
    """Sets with an angle and a plan: what a full repetition is stands before the first one, whether the patient does it or not."""
    return [score for score in scores if score.kind in {"planned", "wrong_plan"}]


def without_plan(scores: Scores) -> list[Score]:
    """Sets whose analysis was given no plan."""
    return [score for score in scores if score.kind == "unplanned"]


def with_wrong_plan(scores: Scores) -> list[Score]:
    """Sets whose patient does another range than the plan's."""
    return [score for score in scores if score.kind == "wrong_plan"]


def blind(scores: Scores) -> list[Score]:
    """Sets with a lasting fault of the angle."""
    return [score for score in scores if score.kind == "blind"]


def having_torque(scores: Scores) -> list[Score]:
    """Sets with an angle and a torque to judge failure by."""
    return [score for score in scores if score.torque and score.kind != "blind"]


def seeing(scores: Scores) -> list[Score]:
    """Sets with an angle."""
    return [score for score in scores if score.kind != "blind"]


def without_torque(scores: Scores) -> list[Score]:
    """Sets with repetitions and no torque."""
    return [score for score in scores if not score.torque and score.kind != "blind" and score.counting.count]


def chunked(scores: Scores) -> list[Score]:
    """Sets that were analysed at other sizes of block as well."""
    return [score for score in scores if score.same]


def sets(hit: str, choose: Choose = planned) -> Take:
    """The share of the chosen sets for which an attribute, named by its path, is true."""
    true = attrgetter(hit)

    def take(scores: Scores) -> Figure:
        hits = [bool(true(score)) for score in choose(scores)]
        return intervals.share(sum(hits), len(hits))

    return take


def ratio(hits: str, of: str, choose: Choose = everything, key: str | None = None) -> Take:
    """The sum of one attribute over that of another; with `key`, of that entry of two counters."""
    above, below = attrgetter(hits), attrgetter(of)

    def take(scores: Scores) -> Figure:
        chosen = choose(scores)
        if key is None:
            return intervals.share(sum(map(above, chosen)), sum(map(below, chosen)))
        return intervals.share(sum(above(score)[key] for score in chosen), sum(below(score)[key] for score in chosen))

    return take


def percentile(values: str, at: float, choose: Choose = everything) -> Take:
    """A percentile of all values of a list."""
    held = attrgetter(values)

    def take(scores: Scores) -> Figure:
        return intervals.percentile([value for score in choose(scores) for value in held(score)], at)

    return take


def errors(by_name: str, names: Sequence[str], rate: int | None = None) -> Take:
    """p95 of the absolute errors under these names, about one sampling rate or at all."""
    held = attrgetter(by_name)

    def take(scores: Scores) -> Figure:
        chosen = [score for score in planned(scores) if rate is None or rate_band(score.rate_hz) == rate]
        return intervals.percentile([abs(error) for score in chosen for name in names for error in held(score)[name]], 95)

    return take


def bias(scores: Scores) -> Figure:
    """Mean error of the duration of the phase where it is greatest; its absolute value."""
    own = [score.boundaries.duration_ms for score in planned(scores)]
    means = [intervals.mean([error for each in own for error in each[phase]]) for phase in PHASES]
    known = [mean for mean in means if mean.of]
    if not known:
        return intervals.NOTHING
    worst = max(known, key=lambda mean: abs(mean.value))
    low, high = sorted((abs(worst.low), abs(worst.high)))
    return Figure(abs(worst.value), 0.0 if worst.low < 0.0 < worst.high else low, high, worst.of)


def extents(scores: Scores) -> Figure:
    """Macro-F1 of the extents."""
    tables = [score.counting.table for score in planned(scores)]
    return intervals.macro_f1(np.stack(tables)) if tables else intervals.NOTHING


def false_alarms(scores: Scores) -> Figure:
    """Failures, abrupt stops and stop cues without cause, an hour, in sets of people who did nothing wrong."""
    healthy = [score for score in scores if score.alarms.healthy]
    alarms = sum(score.alarms.false_alarms for score in healthy)
    return intervals.rate(alarms, sum(score.hours for score in healthy))


def false_faults(scores: Scores) -> Figure:
    """Signal faults without cause, an hour."""
    return intervals.rate(sum(score.signals.false.total() for score in scores), sum(score.hours for score in scores))


def reserve_error(mark: int, known: bool) -> Take:
    """Mean absolute error of the reserve at a mark of MARKS, of patients with a history or without."""

    def take(scores: Scores) -> Figure:
        found = [score.reserve.marks[mark] for score in seeing(scores)]
        return intervals.mean([abs(each.error) for each in found if each is not None and each.known == known])

    return take


def coverage(scores: Scores) -> Figure:
    """How often the interval of the reserve held the truth."""
    found = [each for score in seeing(scores) for each in score.reserve.estimates]
    return intervals.share(sum(each.covered for each in found), len(found))
