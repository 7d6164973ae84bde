"""docs/validation.md and its pictures, from the results in benchmarks/results: generated, never typed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.score import plots, reach, words
from benchmarks.score.metrics import METRICS, TIERS
from benchmarks.score.table import metric_rows, problem_table, target, tier_table, value
from benchmarks.score.totals import KEYS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "validation.md"
PICTURES = "validation"
UNITS = {metric.key: metric.unit for metric in METRICS}
NAMES = {metric.key: metric.name for metric in METRICS}
SHORT = {
    "exact": "exact number",
    "extent": "extent F1",
    "geometric": "boundaries p95",
    "recall": "failure recall",
    "precision": "precision",
    "latency_95": "latency p95",
    "false_alarms": "false alarms",
}

Result = dict[str, Any]


def write(folder: Path = figures.RESULTS, to: Path = PAGE) -> Path:
    """Draws the pictures and writes the page from the results that there are; returns its path."""
    results = read(folder)
    tiers = {tier: results[f"accuracy-{tier}"] for tier in TIERS if f"accuracy-{tier}" in results}
    drawn = plots.draw(tiers, to.parent / PICTURES) if tiers else []
    to.write_text(text(tiers, results.get("recordings"), results.get("core"), drawn, results.get("bounds")), encoding="utf-8")
    return to


def read(folder: Path) -> dict[str, Result]:
    """The results that the page is made of, by name."""
    names = [*(f"accuracy-{tier}" for tier in TIERS), "bounds", "recordings", "core"]
    paths = {name: folder / f"{name}.json" for name in names}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def text(tiers: dict[str, Result], recorded: Result | None, core: Result | None, drawn: list[str], bounds: Result | None = None) -> str:
    """The page."""
    parts = [words.INTRODUCTION]
    if tiers:
        parts += [in_short(tiers), tested(tiers), *found(tiers, drawn), bands(tiers), baselines(tiers, drawn)]
        parts += [confused(tiers, drawn), not_working(tiers)]
        parts += [reach.chapter(bounds)] if bounds else []
        parts.append(worst(tiers))
    if recorded:
        parts.append(recordings(recorded))
    if core:
        parts.append(speed(core))
    parts.append(words.AGAIN)
    return "\n".join(parts)


def in_short(tiers: dict[str, Result]) -> str:
    """Every target of every tier in one table: what is to be reached, what was, met or not."""
    rows = []
    for metric in METRICS:
        if not metric.targets:
            continue
        cells = []
        for result in tiers.values():
            row = next(each for each in result["metrics"] if each["key"] == metric.key)
            if row["target"] is None or not row["of"]:
                cells.append("")
            else:
                mark = "" if row["met"] else " **missed**"
                cells.append(f"{value(row['value'], metric.unit)} ({target(row['target'], metric.unit)}){mark}")
        if any(cells):
            rows.append([metric.name, *cells])
    judged = [row for result in tiers.values() for row in result["metrics"] if row["met"] is not None]
    met = sum(row["met"] for row in judged)
    head = ["metric", *tiers]
    verdict = f"{met} of {len(judged)} targets are met, **in simulation**. In brackets the target."
    return f"## In short\n\n{verdict}\n\n{figures.table(head, rows)}\n"


def tested(tiers: dict[str, Result]) -> str:
    """What was tested."""
    head = ["", *tiers]
    rows = [
        ["sets", *(result["sets"] for result in tiers.values())],
        ["hours", *(f"{result['hours']:.1f}" for result in tiers.values())],
        ["repetitions", *(result["repetitions"] for result in tiers.values())],
        ["failures", *(result["failures"] for result in tiers.values())],
        ["- above 0.91 of the range", *(result["failures_near_top"] for result in tiers.values())],
        ["sets without torque", *(result["without_torque"] for result in tiers.values())],
        ["sets without a plan", *(result["kinds"].get("unplanned", 0) for result in tiers.values())],
        ["sets with a plan that the patient does not do", *(result["kinds"].get("wrong_plan", 0) for result in tiers.values())],
        ["sets with a lasting fault of the angle", *(result["kinds"].get("blind", 0) for result in tiers.values())],
        ["seeds", *(f"{result['seeds'][0]} to {result['seeds'][1]}" for result in tiers.values())],
    ]
    codes = {tuple(sorted(result["code"].items())) for result in tiers.values()}
    state = ", ".join(f"{name} `{digest}`" for name, digest in min(codes)) if len(codes) == 1 else "**not the same for all tiers**"
    first = next(iter(tiers.values()))
    seeds = words.FROZEN if first["seeds"][0] >= 1_000_000 else words.DEVELOPMENT
    return f"## What was tested\n\n{words.TESTED}\n\n{figures.table(head, rows)}\n\n{seeds} State of the code: {state}.\n\n{words.TRUTH}\n"


def found(tiers: dict[str, Result], drawn: list[str]) -> Iterator[str]:
    """The whole table of each tier."""
    yield f"## What was found\n\n{words.FOUND}\n"
    for tier, result in tiers.items():
        facts = result["computer"]
        yield f"### {tier.capitalize()}\n\n{words.TIERS[tier]}\n\n{tier_table(result)}\n<sub>{facts['date']}, `{facts['command']}`</sub>\n"
    yield picture("boundaries", "Errors of the geometric boundaries, reported minus true", drawn)
    yield picture("latency", "From the reversal to the report of failure", drawn)
    yield picture("reserve", "Repetitions in reserve: estimated against true, and how often the 80 % interval held the truth", drawn)
    yield words.KINEMATIC


def bands(tiers: dict[str, Result]) -> str:
    """The main metrics by sampling rate, range and load."""
    head = ["", "sets", *(SHORT[key] for key in KEYS)]
    rows = []
    for tier, result in tiers.items():
        for groups in result["bands"].values() if result["repetitions"] else ():
            for group, figures_ in groups.items():
                cells = [_with_interval(figures_[key], UNITS[key]) for key in KEYS]
                rows.append([f"{tier}, {group}", figures_["sets"], *cells])
    tenth = [
        [tier, _with_interval(result["worst_tenth"]["boundary_ms"], "ms"), _with_interval(result["worst_tenth"]["latency_s"], "s")]
        for tier, result in tiers.items()
        if result["repetitions"]
    ]
    worst_head = ["the worst tenth of the sets, mean", "worst boundary of the set", "latest failure of the set"]
    return f"## By sampling rate, range and load\n\n{figures.table(head, rows)}\n\n{figures.table(worst_head, tenth)}\n"


def baselines(tiers: dict[str, Result], drawn: list[str]) -> str:
    """Ilex beside three plain methods."""
    head = ["exact number of full repetitions", *tiers]
    first = next(iter(tiers.values()))["baselines"]
    rows = [
        [each["words"], *(_with_interval(result["baselines"][name]["exact"], "share") for result in tiers.values())]
        for name, each in first.items()
    ]
    image = picture("counts", "Share of sets with a wrong number of full repetitions", drawn)
    return f"## Beside plain methods\n\n{words.BASELINES}\n\n{figures.table(head, rows)}\n\n{image}"


def confused(tiers: dict[str, Result], drawn: list[str]) -> str:
    """What was taken for what."""
    parts = ["## What was taken for what\n", picture("findings", "What happened, and the heaviest claim that was made of it", drawn)]
    for tier, result in tiers.items():
        classes = result["extents"]["classes"]
        if result["extents"]["table"] and result["repetitions"]:
            rows = [[name, *row] for name, row in zip(classes, result["extents"]["table"], strict=True)]
            parts.append(figures.table([f"{tier}: truly | reported", *classes], rows).replace("truly |", "truly /") + "\n")
    for tier, result in tiers.items():
        named = result["faults"]["named"]
        if named:
            rows = [
                [fault, sum(cells.values()), ", ".join(f"{name} {times}" for name, times in cells.items())]
                for fault, cells in named.items()
            ]
            parts.append(figures.table([f"{tier}: signal fault", "times", "reported as"], rows) + "\n")
        false = _listed(result["faults"]["false"])
        if false:
            parts.append(f"{tier}: reported without cause: {false}.\n")
    return "\n".join(parts)


def not_working(tiers: dict[str, Result]) -> str:
    """Every missed target, and what is known beyond them."""
    missed = [[tier, *metric_rows([row])[0][:4]] for tier, result in tiers.items() for row in result["metrics"] if row["met"] is False]
    head = ["tier", "metric", "target", "reached", "95 % interval"]
    table = figures.table(head, missed) if missed else "Every target with something to take it from is met."
    return f"## What is known not to work\n\n{table}\n\n{words.LIMITS}\n"


def worst(tiers: dict[str, Result]) -> str:
    """Seeds to replay, by what was wrong."""
    parts = [f"## The worst sets\n\n{words.WORST}\n"]
    parts += [f"### {tier.capitalize()}\n\n{problem_table(result)}\n" for tier, result in tiers.items() if result["problems"]]
    return "\n".join(parts)


def recordings(result: Result) -> str:
    """Real movements: counts, misses by name, and claims of failure."""
    rows = result["rows"]
    head = ["folder", "files", "repetitions", "exact, with plan", "absolute error", "exact, without", "absolute error", "failures reported"]
    lines = []
    for folder in sorted({row["file"].partition("/")[0] for row in rows}):
        own = [row for row in rows if row["file"].startswith(f"{folder}/")]
        line: list[object] = [folder, len(own), sum(row["truth"] for row in own)]
        for name in ("planned", "unplanned"):
            errors = [abs(row[name] - row["truth"]) for row in own]
            line += [errors.count(0), sum(errors)]
        lines.append([*line, sum(row["failures"] for row in own)])
    missed = [
        [Path(row["file"]).stem, row["truth"], row["planned"], row["unplanned"], row["notes"]]
        for row in rows
        if (row["planned"], row["unplanned"]) != (row["truth"], row["truth"])
    ]
    others = [
        [Path(row["file"]).stem, row["failures"], row["abrupt_stops"], _listed(row["faults"]), "yes" if row["unable"] else ""]
        for row in rows
        if row["failures"] or row["abrupt_stops"] or row["faults"]
    ]
    parts = [f"## On recorded movements\n\n{words.RECORDINGS}\n", figures.table(head, lines) + "\n"]
    if missed:
        parts += [
            "Not counted exactly:\n",
            figures.table(["recording", "by eye", "with plan", "without", "what is known of it"], missed) + "\n",
        ]
    if others:
        head = ["recording", "failures", "abrupt stops", "signal faults", "`unable` said"]
        parts += ["What else was reported, with the plan:\n", figures.table(head, others) + "\n"]
    return "\n".join(parts)


def speed(result: Result) -> str:
    """What the analysis costs, as `scripts/bench core` measured it."""
    from benchmarks import core

    facts = result["computer"]
    tables = "\n\n".join(
        (
            core.bulk_table(result["bulk"]),
            core.live_table(result["live"]),
            core.once_table(result["hour"], result["shell"], result["start"]),
        )
    )
    where = f"{facts['date']}: {facts['cores']} cores ({facts['processor']}), Python {facts['python']}"
    return f"## What it costs\n\n{words.SPEED}\n\n{tables}\n\n<sub>{where}</sub>\n"


def picture(name: str, caption: str, drawn: list[str]) -> str:
    """A picture with what it shows, where it was drawn."""
    return f"![{caption}]({PICTURES}/{name}.svg)\n\n*{caption}.*\n" if name in drawn else ""


def _listed(times: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in times.items())


def _with_interval(figure: dict[str, Any], unit: str) -> str:
    if not figure["of"]:
        return "-"
    if figure["low"] is None:
        return value(figure["value"], unit)
    return f"{value(figure['value'], unit)} ({_bare(figure['low'], unit)}-{_bare(figure['high'], unit)})"


def _bare(number: float | None, unit: str) -> str:
    """Without its unit, for an interval in brackets."""
    return value(number, unit).removesuffix(f" {unit}").removesuffix(" %")
