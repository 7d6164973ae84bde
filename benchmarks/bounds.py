"""What could be reached at best where a target is missed: boosted trees with everything in the signal, and what the sensor let be seen.

    scripts/bench bounds                         development sets: a table, benchmarks/results/bounds.json and docs/validation.md
    scripts/bench bounds --sets 100 --no-save    a quick look
    scripts/bench bounds --keep /tmp/cases       keeps the cases made, for the next run

On development seeds alone. The trees are cross-validated by set, so they are judged on sets they have not seen; the rules' numbers beside
them were fitted on such seeds. Plain numpy; no other tool.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import figures
from benchmarks.bound import report
from benchmarks.bound.left import Left, lefts
from benchmarks.bound.sight import Creep, Seen, creep, seen
from benchmarks.bound.turns import Turn, turns
from benchmarks.score import fleet, page
from benchmarks.score.analysis import events_of, quicken
from benchmarks.score.matching import match
from benchmarks.score.scoring import has_torque, kind_of, score
from benchmarks.score.takes import rate_band
from edge_agent.simulator.cases import case

SETS = {"clean": 300, "varied": 800, "hostile": 300}
"""Of each tier, from seed 0 on."""


class Row(NamedTuple):
    """What one set gives. `failed`, `let_go`: how many there truly were that could be told; hours count where nothing may alarm."""

    tier: str
    seed: int
    turns: list[Turn]
    failed: int
    let_go: int
    healthy_hours: float
    hours: float
    lefts: list[Left]
    seen: Seen | None
    creep: Creep | None


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    options = _options(arguments)
    facts, code = figures.computer(), fleet.state()
    rows = collect({tier: min(sets, options.sets or sets) for tier, sets in SETS.items()}, options.jobs, options.keep)
    result = {"sets": {tier: sum(row.tier == tier for row in rows) for tier in SETS}, "code": code, **report.result(rows)}
    print(report.text(result))
    if options.save:
        figures.write("bounds", facts, figures.rounded(result, 6))
        print(page.write(), file=sys.stderr)
    return 0


def collect(sets: dict[str, int], jobs: int, keep: Path | None) -> list[Row]:
    """The rows of so many sets of each tier, in order."""
    folder = keep / fleet.digest("edge_agent/simulator", "wire/plan.py") if keep else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    work = [(tier, seed) for tier, number in sets.items() for seed in range(number)]
    quicken(fleet.MANY)
    with multiprocessing.Pool(jobs, quicken, (fleet.MANY,)) as pool:
        return pool.map(partial(one, folder), work, chunksize=8)


def one(folder: Path | None, which: tuple[str, int]) -> Row:
    """One set, in whatever process."""
    tier, seed = which
    subject = fleet.made(tier, seed, folder) if folder else case(tier, seed)  # type: ignore[arg-type]
    events = events_of(subject)
    matched = match(subject, events)
    scored = score(subject, events, matched)
    kind, own = kind_of(subject), list[Turn]()
    judged = has_torque(subject) and kind != "blind"
    if kind != "blind":
        own = turns(subject, events, matched)
    sight = seen(subject, matched, scored, rate_band(subject.rate_hz)) if tier == "hostile" and kind != "unplanned" else None
    return Row(
        tier,
        seed,
        own if judged else [],
        scored.findings.failed if judged else 0,
        scored.findings.abrupt if judged else 0,
        scored.hours if scored.alarms.healthy else 0.0,
        scored.hours,
        lefts(subject, own, scored.reserve) if kind != "blind" else [],
        sight,
        creep(subject, events) if kind != "blind" else None,
    )


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench bounds", description=__doc__, formatter_class=layout)
    parser.add_argument("--sets", type=int, metavar="N", help="at most so many sets a tier (300, 800, 300)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (one a core)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep generated cases there")
    parser.add_argument("--no-save", dest="save", action="store_false", help="write nothing")
    options = parser.parse_args(arguments)
    options.save = options.save and not options.sets
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
