"""Shares, rates, percentiles and errors, each with its 95 % interval."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, chi2

Z = 1.959963984540054
"""Both sides of 95 % under the normal curve."""
RESAMPLES = 400


class Figure(NamedTuple):
    """A value with its 95 % interval, and of how many it was taken. NaN where there was none."""

    value: float
    low: float
    high: float
    of: int


NOTHING = Figure(math.nan, math.nan, math.nan, 0)


def share(hits: int, of: int) -> Figure:
    """A proportion with Wilson's score interval (Wilson 1927, J Am Stat Assoc 22:209)."""
    if not of:
        return NOTHING
    p, zz = hits / of, Z * Z
    middle = (p + zz / (2 * of)) / (1 + zz / of)
    half = Z / (1 + zz / of) * math.sqrt(p * (1 - p) / of + zz / (4 * of * of))
    # At the ends the closed form is exact, its rounding is not.
    return Figure(p, 0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == of else min(1.0, middle + half), of)


def rate(events: int, hours: float) -> Figure:
    """Events an hour with the exact interval of a Poisson count (Garwood 1936, Biometrika 28:437). `of` = hours, rounded up."""
    if hours <= 0.0:
        return NOTHING
    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return Figure(events / hours, float(low) / hours, float(chi2.ppf(0.975, 2 * events + 2)) / 2 / hours, math.ceil(hours))


def percentile(values: Sequence[float], at: float) -> Figure:
    """A percentile (0-100), its interval from the order statistics: no shape of distribution is assumed."""
    n = len(values)
    if not n:
        return NOTHING
    ordered = np.sort(np.asarray(values, np.float64))
    low, high = binom.ppf((0.025, 0.975), n, at / 100)
    return Figure(
        float(np.percentile(ordered, at, method="higher")),
        float(ordered[int(max(0, low - 1))]),
        float(ordered[int(min(n - 1, high))]),
        n,
    )


def mean(values: Sequence[float]) -> Figure:
    """A mean with its interval by the normal curve."""
    n = len(values)
    if not n:
        return NOTHING
    array = np.asarray(values, np.float64)
    half = Z * float(array.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    middle = float(array.mean())
    return Figure(middle, middle - half, middle + half, n)


def macro_f1(tables: NDArray[np.int64], seed: int = 1) -> Figure:
    """Mean over classes of F1, resampled by set for the interval.

    `tables`: shape (sets, classes + 1, classes + 1), [truth, found], the last class being "none". Classes that neither occur
    nor are found are left out of the mean. `of` = repetitions in truth.
    """
    if not tables.size or not tables[:, :-1].sum():
        return NOTHING
    random = np.random.default_rng(seed)
    flat = tables.reshape(len(tables), -1).astype(np.float64)
    weights = random.multinomial(len(tables), np.full(len(tables), 1 / len(tables)), size=RESAMPLES)
    resampled = (weights @ flat).reshape(RESAMPLES, *tables.shape[1:])
    found = [_f1(table) for table in resampled]
    low, high = np.percentile(found, (2.5, 97.5))
    return Figure(_f1(tables.sum(0).astype(np.float64)), float(low), float(high), int(tables[:, :-1].sum()))


def f1_by_class(table: NDArray[np.int64]) -> list[float]:
    """F1 of each class of one table; NaN where it neither occurs nor is found."""
    return [_f1_of(table.astype(np.float64), k) for k in range(len(table) - 1)]


def _f1(table: NDArray[np.float64]) -> float:
    scores = [_f1_of(table, k) for k in range(len(table) - 1)]
    known = [score for score in scores if not math.isnan(score)]
    return float(np.mean(known)) if known else math.nan


def _f1_of(table: NDArray[np.float64], k: int) -> float:
    both = table[k, :].sum() + table[:, k].sum()
    return float(2 * table[k, k] / both) if both else math.nan
