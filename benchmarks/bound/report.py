"""From the rows of many sets to bounds: what trees reach beside what the rules reach, by metric and tier; as JSON and as text."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import figures
from benchmarks.bound.boost import Floats, cross_validated
from benchmarks.bound.left import Left
from benchmarks.bound.sight import told
from benchmarks.bound.turns import Turn
from benchmarks.score.metrics import METRICS
from benchmarks.score.reserve import MARKS

if TYPE_CHECKING:
    from benchmarks.bounds import Row

TARGETS = {metric.key: metric.targets for metric in METRICS}
CALLED = ("pause_lowered", "voluntary_partial", "assist")
WAY_BACK = "down_"
"""Features of the first 0.8 s after the turn: how the load is lowered."""
ERRORS = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0)
SLOPES = {"angle": (0.2, 0.4, 0.8, 1.2, 1.8, 2.5), "torque": (0.5, 1.0, 2.0, 3.0, 5.0, 8.0)}
"""Thresholds that are tried: standard errors, and deg or Nm a minute."""
EVEN = 0.5
"""Even odds: one threshold for all sets, as a detector has it that is not told which tier a patient is of."""
SCALES = tuple(round(0.2 + 0.1 * k, 1) for k in range(12))

Result = dict[str, Any]


def result(rows: Sequence["Row"]) -> Result:
    """Every bound."""
    return {"failure": failure(rows), "abrupt": abrupt(rows), "reserve": reserve(rows), "sight": sight(rows), "creep": creeping(rows)}


def matrix(features: Sequence[dict[str, float]]) -> Floats:
    """Rows of features as an array; what a row has not is missing."""
    names = sorted({name for each in features for name in each})
    return np.array([[each.get(name, math.nan) for name in names] for each in features], np.float64)


def failure(rows: Sequence["Row"]) -> Result:
    """Recall and precision of failure by tier, and what looks like it."""
    owners, turns = _spread(rows)
    true_of = [turn.failed for turn in turns]
    scores = _trees([turn.features for turn in turns], true_of, owners)
    at_turn = _trees([{n: v for n, v in turn.features.items() if not n.startswith(WAY_BACK)} for turn in turns], true_of, owners)
    found: Result = {}
    for tier in _tiers(rows):
        own = np.array([rows[owner].tier == tier for owner in owners])
        p, mine = scores[own], [turn for turn, is_own in zip(turns, own, strict=True) if is_own]
        true = np.array([turn.failed for turn in mine])
        claimed = np.array([turn.claimed for turn in mine])
        failed = sum(row.failed for row in rows if row.tier == tier)
        if not failed:
            continue
        curve = _curve(p, true, failed)
        least, precise = TARGETS["recall"][tier].low, TARGETS["precision"][tier].low
        recall = float((claimed & true).sum()) / failed
        same = next((threshold for threshold, share, _ in curve if share >= recall), 0.0)
        found[tier] = {
            "turns": len(mine),
            "failed": failed,
            "rules": _called(claimed, true, failed),
            "recall_at_precision": max((share for _, share, precision in curve if precision >= precise), default=0.0),
            "precision_at_recall": max((precision for _, share, precision in curve if share >= least), default=None),
            "at_even_odds": _called(p >= EVEN, true, failed),
            "recall_at_the_turn": max((share for _, share, q in _curve(at_turn[own], true, failed) if q >= precise), default=0.0),
            "precision_at_rules_recall": max((precision for _, share, precision in curve if share >= recall), default=None),
            "curve": [[round(value, 4) for value in each] for each in curve[:: max(1, len(curve) // 40)]],
            "lookalikes": {kind: _lookalike(kind, mine, p, curve, same, tier) for kind in CALLED},
        }
    return found


def _called(called: NDArray[np.bool_], true: NDArray[np.bool_], of: int) -> dict[str, float]:
    hits = int((called & true).sum())
    return {"recall": hits / of, "precision": hits / max(1, int(called.sum()))}


def _lookalike(kind: str, turns: list[Turn], p: Floats, curve: list[tuple[float, float, float]], same: float, tier: str) -> Result:
    """How much of a look-alike is called failure: by the rules, by trees of the same recall; and the recall that the target leaves."""
    of = np.array([kind in turn.kinds and not turn.failed for turn in turns])
    claimed = np.array([turn.claimed for turn in turns])
    target = TARGETS[f"called_failure:{kind}"].get(tier)
    number = int(of.sum())
    if not number:
        return {"of": 0}
    called = {"of": number, "rules": float(claimed[of].mean()), "trees": float((p[of] >= same).mean())}
    if target is not None:
        allowed = [share for threshold, share, _ in curve if (p[of] >= threshold).mean() <= target.high]
        called["recall_at_target"] = max(allowed, default=0.0)
    return called


def abrupt(rows: Sequence["Row"]) -> Result:
    """How many lettings-go are found while healthy people are left alone."""
    owners, turns = _spread(rows)
    scores = _trees([turn.letting for turn in turns], [turn.pain for turn in turns], owners)
    found: Result = {}
    for tier in _tiers(rows):
        most = TARGETS["false_alarms"][tier].high
        let_go = sum(row.let_go for row in rows if row.tier == tier)
        hours = sum(row.healthy_hours for row in rows if row.tier == tier)
        if not let_go or not hours:
            continue
        own = np.array([rows[owner].tier == tier for owner in owners])
        healthy = np.array([rows[owner].healthy_hours > 0.0 for owner in owners])[own]
        mine = [turn for turn, is_own in zip(turns, own, strict=True) if is_own]
        true, stopped = np.array([turn.pain for turn in mine]), np.array([turn.stopped for turn in mine])
        p = scores[own]
        least = TARGETS["abrupt"][tier].low
        order = np.sort(p[true])[::-1]
        needed = order[math.ceil(least * let_go) - 1] if math.ceil(least * let_go) <= len(order) else 0.0
        quiet = [t for t in order if (p[healthy & ~true] >= t).sum() <= most * hours]
        found[tier] = {
            "of": let_go,
            "healthy_hours": hours,
            "rules": {"recall": float((stopped & true).sum()) / let_go, "false_per_hour": float((stopped & ~true & healthy).sum()) / hours},
            "recall_at_alarms": len(quiet) / let_go,
            "alarms_at_recall": float((p[healthy & ~true] >= needed).sum()) / hours,
            "precision_at_recall": float((true & (p >= needed)).sum()) / max(1, int((p >= needed).sum())),
        }
    return found


def reserve(rows: Sequence["Row"]) -> Result:
    """Errors of new patients' reserve: trees that estimate its median, scaled from short to long."""
    flat = [(owner, left) for owner, row in enumerate(rows) for left in row.lefts]
    owners = np.array([owner for owner, _ in flat])
    true = np.array([float(left.left) for _, left in flat])
    estimate = cross_validated(matrix([left.features for _, left in flat]), true, owners, "absolute")
    found: Result = {}
    for tier in _tiers(rows):
        own = [(value, left) for value, (owner, left) in zip(estimate, flat, strict=True) if rows[owner].tier == tier and left.new]
        errors = {
            "rules": [_error(own, k, lambda left, _: left.said) for k in range(len(MARKS))],
            "trees": [_error(own, k, lambda _, value: max(0.0, value)) for k in range(len(MARKS))],
            "scaled": {str(scale): [_error(own, k, _scaled(scale)) for k in range(len(MARKS))] for scale in SCALES},
        }
        targets = [TARGETS[f"reserve:new:{mark:.0%}"][tier].high for mark in MARKS]
        sets = sum(0 in left.marks for _, left in own)
        found[tier] = {"sets": sets, "targets": targets, **errors}
    return found


def _scaled(scale: float) -> Callable[[Left, float], float]:
    return lambda _, value: scale * max(0.0, value)


def _error(own: list[tuple[float, Left]], mark: int, say: Callable[[Left, float], float | None]) -> float | None:
    """Mean absolute error at a mark, where the analysis said something."""
    errors = [abs((say(left, value) or 0.0) - left.left) for value, left in own if mark in left.marks and left.said is not None]
    return float(np.mean(errors)) if errors else None


def sight(rows: Sequence["Row"]) -> Result:
    """Mistakes of hostile sets by what the angle's sensor did then."""
    own = [row.seen for row in rows if row.seen is not None]
    healthy = sum(row.hours for row in own)
    found: Result = {"sets": {}, "boundaries": {}, "cues": {}}
    everything = [each for row in own for each in row.boundaries]
    for name in ("true", "gone", "creeping"):
        sets = [row.exact for row in own if row.sight == name and row.exact is not None]
        found["sets"][name] = {"of": len(sets), "exact": float(np.mean(sets)) if sets else None}
        errors = {band: [abs(e) for s, b, e in everything if s == name and band in (0, b)] for band in (0, 100, 1000)}
        p95 = {str(band): float(np.percentile(values, 95)) if values else None for band, values in errors.items()}
        late = sum(e > 80.0 for e in errors[0])
        found["boundaries"][name] = {"of": len(errors[0]), "p95_ms": p95, "over_80_ms": late}
    for name in ("true", "gone", "creeping", "lasting"):
        found["cues"][name] = sum(row.cues[name] for row in own) / healthy if healthy else None
    found["healthy_hours"] = healthy
    return found


def creeping(rows: Sequence["Row"]) -> Result:
    """How many creeping zeros a threshold on their trend can tell from those that stand: the best of ERRORS and SLOPES."""
    own = [row.creep for row in rows if row.creep is not None]
    hours = sum(row.hours for row in rows)
    found: Result = {}
    for channel in ("angle", "torque"):
        creeps = [getattr(each, channel) for each in own if getattr(each, f"{channel}_creeps")]
        still = [getattr(each, channel) for each in own if not (each.angle_creeps or each.torque_creeps)]
        tried = [
            (sum(told(each, k, least) for each in creeps) / max(1, len(creeps)), sum(told(each, k, least) for each in still) / hours)
            for k in ERRORS
            for least in SLOPES[channel]
        ]
        best = {str(allowed): max((share for share, false in tried if false <= allowed), default=0.0) for allowed in (0.1, 0.2, 1.0)}
        found[channel] = {"of": len(creeps), "told_at_false_per_hour": best}
    return found


def _spread(rows: Sequence["Row"]) -> tuple[list[int], list[Turn]]:
    pairs = [(owner, turn) for owner, row in enumerate(rows) for turn in row.turns]
    return [owner for owner, _ in pairs], [turn for _, turn in pairs]


def _trees(features: list[dict[str, float]], true: list[bool], owners: list[int]) -> Floats:
    return cross_validated(matrix(features), np.array(true, np.float64), np.array(owners))


def _tiers(rows: Sequence["Row"]) -> list[str]:
    return list(dict.fromkeys(row.tier for row in rows))


def _curve(p: Floats, true: Floats, of: int) -> list[tuple[float, float, float]]:
    """(threshold, recall, precision) at every score, the highest first."""
    order = np.argsort(-p)
    hits = np.cumsum(true[order])
    return [(float(p[k]), float(hit) / of, float(hit) / (n + 1)) for n, (k, hit) in enumerate(zip(order, hits, strict=True))]


def text(found: Result) -> str:
    """What a person reads on the terminal."""
    rows: list[list[object]] = []
    for tier, each in found["failure"].items():
        rules = each["rules"]
        recall, precision = _share(rules["recall"]), _share(rules["precision"])
        rows.append([tier, "failure, recall at the precision asked", recall, _share(each["recall_at_precision"])])
        rows.append([tier, "- without the way back", "", _share(each["recall_at_the_turn"])])
        even = each["at_even_odds"]
        rows.append([tier, "failure at even odds, recall and precision", "", f"{_share(even['recall'])}, {_share(even['precision'])}"])
        rows.append([tier, "failure, precision at the recall asked", precision, _share(each["precision_at_recall"])])
        rows.append([tier, "failure, precision at the rules' recall", precision, _share(each["precision_at_rules_recall"])])
        for kind, called in each["lookalikes"].items():
            if called["of"]:
                rows.append([tier, f"called failure: {kind} ({called['of']})", _share(called["rules"]), _share(called["trees"])])
                rows.append([tier, "- recall of failure at its target", "", _share(called.get("recall_at_target"))])
    for tier, each in found["abrupt"].items():
        rows.append([tier, f"abrupt stop ({each['of']}), recall", _share(each["rules"]["recall"]), _share(each["recall_at_alarms"])])
        rows.append([tier, "- false an hour", f"{each['rules']['false_per_hour']:.2f}", f"{each['alarms_at_recall']:.2f} at its recall"])
    for tier, each in found["reserve"].items():
        rows.append([tier, f"reserve of the new ({each['sets']}), error", _errors(each["rules"]), _errors(each["trees"])])
        rows += [[tier, f"- trees times {scale}", "", _errors(errors)] for scale, errors in each["scaled"].items()]
    for name, each in found["sight"]["sets"].items():
        rows.append(["hostile", f"exact number, angle {name} ({each['of']})", _share(each["exact"]), ""])
    for name, each in found["sight"]["boundaries"].items():
        words = f"{each['p95_ms']} over 80 ms: {each['over_80_ms']}"
        rows.append(["hostile", f"boundaries p95, angle {name} ({each['of']})", words, ""])
    rows += [["hostile", f"false cues an hour, angle {name}", f"{each}", ""] for name, each in found["sight"]["cues"].items()]
    for name, each in found["creep"].items():
        rows.append(["all", f"creep of the {name} ({each['of']})", "", str(each["told_at_false_per_hour"])])
    return figures.table(["tier", "metric", "rules", "best found"], rows)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _errors(values: Sequence[float | None]) -> str:
    return " / ".join("-" if value is None else f"{value:.2f}" for value in values)
