"""The chapter of docs/validation.md on what is out of reach: the tables of benchmarks/results/bounds.json and what they say."""

from typing import Any

from benchmarks import figures
from benchmarks.score import words
from benchmarks.score.metrics import METRICS
from benchmarks.score.table import target, value

Result = dict[str, Any]
TARGETS = {metric.key: metric for metric in METRICS}
SIGHT = {
    "true": "told the truth",
    "gone": "stuck, lost, railed or spiking",
    "creeping": "zero creeping",
    "lasting": "another quantity",
}
MARKS = ("33 %", "66 %", "90 %")


def chapter(result: Result) -> str:
    """All of it."""
    facts = result["computer"]
    note = f"; {facts['note']}" if facts.get("note") else ""
    sets = ", ".join(f"{number} {tier}" for tier, number in result["sets"].items())
    parts = [
        f"## What is out of reach\n\n{words.REACH}\n",
        f"{words.REACH_FAILURE}\n\n{failure(result['failure'])}\n",
        f"{words.REACH_LOOKALIKES}\n\n{lookalikes(result['failure'])}\n",
        f"{words.REACH_ABRUPT}\n\n{abrupt(result['abrupt'])}\n",
        f"{words.REACH_RESERVE}\n\n{reserve(result['reserve'])}\n",
        f"{words.REACH_SIGHT}\n\n{sight(result['sight'])}\n",
        *([f"{words.REACH_CREEP}\n\n{creep(result['creep'])}\n"] if result["creep"] else []),
        f"{words.REACH_OTHERS}\n",
        f"<sub>{facts['date']}, `{facts['command']}`: {sets} sets of development{note}</sub>\n",
    ]
    return "\n".join(parts)


def failure(found: Result) -> str:
    """Recall and precision beside what trees with everything reach."""
    head = ["tier", "asked", "the rules", "trees, recall at that precision", "- without the way back", "trees, precision at that recall",
            "at the rules' recall", "trees at even odds"]  # fmt: skip
    rows = []
    for tier, each in found.items():
        asked = f"{_target('recall', tier)}, {_target('precision', tier)}"
        rules, even = (f"{_share(each[name]['recall'])}, {_share(each[name]['precision'])}" for name in ("rules", "at_even_odds"))
        names = ("recall_at_precision", "recall_at_the_turn", "precision_at_recall", "precision_at_rules_recall")
        rows.append([tier, asked, rules, *(_share(each[name]) for name in names), even])
    return figures.table(head, rows)


def lookalikes(found: Result) -> str:
    """What is called failure, and the recall that is left where its target is kept."""
    head = ["tier", "called failure", "of", "target", "the rules", "trees of the same recall", "trees' recall of failure at the target"]
    rows = []
    for tier, each in found.items():
        for kind, called in each["lookalikes"].items():
            if called["of"] and "recall_at_target" in called:
                goal = _target(f"called_failure:{kind}", tier)
                shares = [_share(called[name]) for name in ("rules", "trees", "recall_at_target")]
                rows.append([tier, kind, called["of"], goal, *shares])
    return figures.table(head, rows)


def abrupt(found: Result) -> str:
    """Letting go, against false alarms in healthy sets."""
    head = ["tier", "of", "asked", "the rules", "trees, recall at the alarms asked", "alarms at the recall asked"]
    rows = []
    for tier, each in found.items():
        asked = f"{_target('abrupt', tier)}, {_target('false_alarms', tier)} an hour"
        rules = f"{_share(each['rules']['recall'])}, {each['rules']['false_per_hour']:.2f}"
        rows.append([tier, each["of"], asked, rules, _share(each["recall_at_alarms"]), f"{each['alarms_at_recall']:.2f}"])
    return figures.table(head, rows)


def reserve(found: Result) -> str:
    """Errors of new patients at the marks, of the rules, of trees, and of trees told shorter or longer."""
    head = ["tier", "estimate", *MARKS]
    rows = []
    for tier, each in found.items():
        if not each["sets"]:
            continue
        rows.append([tier, "asked", *(f"<= {goal:g}" for goal in each["targets"])])
        rows.append([tier, "the rules", *map(_error, each["rules"])])
        rows += [[tier, f"trees times {scale}", *map(_error, errors)] for scale, errors in each["scaled"].items() if _telling(scale)]
    return figures.table(head, rows)


def sight(found: Result) -> str:
    """Hostile sets by what the angle's sensor did."""
    head = ["the angle's sensor", "sets", "exact number", "boundaries", "p95", "over 80 ms", "false stop cues an hour"]
    rows = []
    for name, words_ in SIGHT.items():
        sets, boundaries = found["sets"].get(name), found["boundaries"].get(name)
        row: list[object] = [words_, "", "", "", "", ""]
        if sets is not None and boundaries is not None:
            p95 = boundaries["p95_ms"]["0"]
            row = [words_, sets["of"], _share(sets["exact"]), boundaries["of"], value(p95, "ms"), boundaries["over_80_ms"]]
        cues = found["cues"][name]
        rows.append([*row, "-" if cues is None else f"{cues:.2f}"])
    return figures.table(head, rows)


def creep(found: Result) -> str:
    """How many creeping zeros a threshold on their trend can tell."""
    head = ["channel", "creeping", "told at 0.1 false an hour", "at 0.2", "at 1"]
    rows = []
    for name, each in found.items():
        told = each["told_at_false_per_hour"]
        rows.append([name, each["of"], *(_share(told[rate]) for rate in ("0.1", "0.2", "1.0"))])
    return figures.table(head, rows)


def _telling(scale: str) -> bool:
    """Every other scale is enough to see the exchange."""
    return round(10 * float(scale)) % 2 == 0


def _target(key: str, tier: str) -> str:
    metric = TARGETS[key]
    return target(str(metric.targets[tier]), metric.unit)


def _share(number: float | None) -> str:
    return value(number, "share")


def _error(number: float | None) -> str:
    return "-" if number is None else f"{number:.2f}"
