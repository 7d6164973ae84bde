"""The scores of a tier summed: the table of metrics, by band, what was confused with what, and the worst sets by their seeds."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.score import intervals
from benchmarks.score.baselines import NAMES
from benchmarks.score.boundaries import GEOMETRIC, PHASES
from benchmarks.score.counting import CLASSES, Counting
from benchmarks.score.intervals import Figure
from benchmarks.score.metrics import METRICS
from benchmarks.score.scoring import Score
from benchmarks.score.takes import Scores, planned, rate_band, seeing

WORST = 12
"""Seeds named of each kind of problem."""
KEYS = ("exact", "extent", "geometric", "recall", "precision", "latency_95", "false_alarms")
"""Metrics that are also told by band."""
TENTH = 0.1
QUANTILES = (5, 25, 50, 75, 95, 99)


def _range_band(score: Score) -> str:
    return "20-30 deg" if score.range_deg < 30 else "30-50 deg" if score.range_deg < 50 else "50-72 deg"


def _load_band(score: Score) -> str:
    if score.load_share < 0.5:
        return "load under 50 %"
    return "load 50-60 %" if score.load_share < 0.6 else "load over 60 %"


def _rate_band(score: Score) -> str:
    return f"{rate_band(score.rate_hz)} Hz"


BANDS: dict[str, Callable[[Score], str]] = {"rate": _rate_band, "range": _range_band, "load": _load_band}


def total(tier: str, scores: Scores) -> dict[str, Any]:
    """Everything that is published of a tier, as JSON can hold it (NaN becomes null on writing)."""
    return {
        "tier": tier,
        "sets": len(scores),
        "seeds": [min(score.seed for score in scores), max(score.seed for score in scores)] if scores else [],
        "hours": sum(score.hours for score in scores),
        "kinds": dict(Counter(score.kind for score in scores)),
        "without_torque": sum(not score.torque for score in scores),
        "repetitions": sum(score.counting.count for score in scores),
        "failures": sum(score.findings.failed for score in scores),
        "failures_near_top": sum(score.findings.failed_near_top for score in scores),
        "simulated_s": sum(score.simulated_s for score in scores),
        "analysed_s": sum(score.analysed_s for score in scores),
        "metrics": metrics(tier, scores),
        "bands": bands(scores),
        "worst_tenth": worst_tenth(scores),
        "findings": _table(scores),
        "extents": {"classes": [name or "none" for name in CLASSES], "table": _extents(scores)},
        "faults": _faults(scores),
        "boundaries": _boundaries(scores),
        "latency_s": _quantiles([value for score in scores for value in score.findings.latency_s]),
        "reserve": _reserve(scores),
        "baselines": _baselines(scores),
        "problems": problems(scores),
    }


def metrics(tier: str, scores: Scores) -> list[dict[str, Any]]:
    """One row a metric: the figure, what it is to reach, and whether it does (None: no target, or nothing to take it from)."""
    rows = []
    for metric in METRICS:
        figure = metric.take(scores)
        target = metric.targets.get(tier)
        met = None if target is None or not figure.of else target.met(figure.value)
        row = {"key": metric.key, "name": metric.name, "unit": metric.unit, **figure._asdict()}
        rows.append({**row, "target": str(target) if target else None, "met": met})
    return rows


def bands(scores: Scores) -> dict[str, dict[str, dict[str, Any]]]:
    """The metrics of KEYS by sampling rate, range and load."""
    chosen = [metric for metric in METRICS if metric.key in KEYS]
    result: dict[str, dict[str, dict[str, Any]]] = {}
    for name, band in BANDS.items():
        groups: dict[str, list[Score]] = defaultdict(list)
        for score in scores:
            groups[band(score)].append(score)
        ordered = sorted(groups, key=lambda each: [int(word) for word in each.replace("-", " ").split() if word.isdigit()] + [len(each)])
        result[name] = {
            group: {"sets": len(groups[group]), **{metric.key: metric.take(groups[group])._asdict() for metric in chosen}}
            for group in ordered
        }
    return result


def worst_tenth(scores: Scores) -> dict[str, Any]:
    """The tenth of the sets with the greatest errors: of boundaries, of the latency of failure."""
    by_boundary = [max((abs(e) for errors in s.boundaries.geometric_ms.values() for e in errors), default=0.0) for s in planned(scores)]
    by_latency = [max(score.findings.latency_s) for score in scores if score.findings.latency_s]
    return {"boundary_ms": _tenth(by_boundary)._asdict(), "latency_s": _tenth(by_latency)._asdict()}


def _tenth(values: list[float]) -> Figure:
    """The mean of the greatest tenth."""
    return intervals.mean(sorted(values, reverse=True)[: max(1, round(TENTH * len(values)))] if values else [])


def problems(scores: Scores) -> dict[str, Any]:
    """By kind: how many, in how many sets, and the first seeds, those with the most of them first."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for score in scores:
        for problem in score.problems:
            found[problem.kind][score.seed].append(f"{problem.at_s:.1f} s: {problem.detail}")
    result = {}
    for kind in sorted(found):
        seeds = sorted(found[kind], key=lambda seed: (-len(found[kind][seed]), seed))
        worst = [{"seed": seed, "what": found[kind][seed][0], "times": len(found[kind][seed])} for seed in seeds[:WORST]]
        result[kind] = {"times": sum(map(len, found[kind].values())), "sets": len(seeds), "worst": worst}
    return result


def _table(scores: Scores) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = defaultdict(dict)
    summed = sum((score.findings.table for score in scores), Counter[tuple[str, str]]())
    for (what, claim), times in sorted(summed.items()):
        table[what][claim] = times
    return dict(table)


def _extents(scores: Scores) -> list[list[int]]:
    tables = [score.counting.table for score in planned(scores)]
    rows: list[list[int]] = np.sum(tables, axis=0).tolist() if tables else []
    return rows


def _faults(scores: Scores) -> dict[str, Any]:
    named = sum((score.signals.named for score in scores), Counter[tuple[str, str]]())
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for (injected, reported), times in sorted(named.items()):
        table[injected][reported] = times
    latencies: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        for fault, values in score.signals.latency_s.items():
            latencies[fault] += values
    return {
        "named": dict(table),
        "false": dict(sum((score.signals.false for score in scores), Counter[str]())),
        "latency_s": {fault: _quantiles(values) for fault, values in sorted(latencies.items())},
    }


def _boundaries(scores: Scores) -> dict[str, Any]:
    """Quantiles of the signed errors in ms, by sampling rate and boundary; of durations by phase."""
    result: dict[str, Any] = {"geometric_ms": {}, "duration_ms": {}, "bordering": sum(score.boundaries.bordering for score in scores)}
    groups: dict[int, list[Score]] = defaultdict(list)
    for score in planned(scores):
        groups[rate_band(score.rate_hz)].append(score)
    for rate in sorted(groups):
        result["geometric_ms"][str(rate)] = {
            name: _quantiles([error for score in groups[rate] for error in score.boundaries.geometric_ms[name]]) for name in GEOMETRIC
        }
    for phase in PHASES:
        result["duration_ms"][phase] = _quantiles([error for score in planned(scores) for error in score.boundaries.duration_ms[phase]])
    return result


def _reserve(scores: Scores) -> dict[str, Any]:
    """By true repetitions left, for known and new patients: quantiles of the estimate, and how often the interval held the truth."""
    result: dict[str, Any] = {}
    for known in (True, False):
        groups: dict[int, list[Any]] = defaultdict(list)
        for each in (each for score in seeing(scores) for each in score.reserve.estimates):
            if each.known == known:
                groups[each.failed_after - each.repetition].append(each)
        result["known" if known else "new"] = {
            str(left): {
                "left": _quantiles([each.left for each in groups[left]]),
                "covered": intervals.share(sum(each.covered for each in groups[left]), len(groups[left]))._asdict(),
            }
            for left in sorted(groups)
        }
    return result


def _baselines(scores: Scores) -> dict[str, dict[str, Any]]:
    """Sets with the exact number of full repetitions, by each baseline and by the analysis, over the same sets."""
    own = planned(scores)
    result = {}
    for name, words in NAMES.items():
        errors = [_baseline_error(score, name) for score in own]
        result[name] = {
            "words": words,
            "exact": intervals.share(errors.count(0), len(own))._asdict(),
            "error": intervals.mean(errors)._asdict(),
        }
    exact = intervals.share(sum(s.counting.exact for s in own), len(own))._asdict()
    error = intervals.mean([_beyond(s.counting, s.counting.full_found) for s in own])._asdict()
    return {"ilex": {"words": "Ilex, live, back-dated, with its own boundaries", "exact": exact, "error": error}, **result}


def _baseline_error(score: Score, name: str) -> int:
    """By how many a baseline is wrong; the one that cannot tell full ones from others is held against all that were begun."""
    counted: int = getattr(score.baseline, name)
    truth = score.counting
    if name == "autocorrelation":
        return abs(counted - truth.begun)
    return _beyond(truth, counted)


def _beyond(truth: Counting, full: int) -> int:
    """How far a number of full repetitions lies outside what may be counted."""
    return max(0, truth.full_low - full, full - truth.full_high)


def _quantiles(values: list[float]) -> dict[str, float | int]:
    if not values:
        return {"of": 0}
    found = np.percentile(np.asarray(values), QUANTILES)
    return {
        "of": len(values),
        "mean": float(np.mean(values)),
        **{f"p{at}": float(value) for at, value in zip(QUANTILES, found, strict=True)},
    }
