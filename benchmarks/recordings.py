"""How many of the recorded sets are counted exactly: a table, JSON, and the page docs/counting.md.

Run with the folder of recordings in ILEX_RECORDINGS: `scripts/bench recordings`.
"""

import csv
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from service.analysis.run import analyse
from wire.events import RepetitionCompleted
from wire.plan import Plan, Range, Tempo
from wire.recorded import open_recorded

ROOT = Path(__file__).parents[1]


class Row(NamedTuple):
    """One recording: repetitions by eye, counted with its plan, counted without any; repetitions by extent with the plan."""

    file: str
    truth: int
    planned: int
    unplanned: int
    extents: dict[str, int]
    notes: str


def plan_of(label: dict[str, str]) -> Plan:
    """The plan that a row of labels.csv describes."""
    return Plan(
        range=Range(float(label["flexion_deg"]), float(label["extension_deg"])),
        tempo=Tempo(*(float(label[f"{phase}_s"]) for phase in ("extension", "hold", "flexion", "turn"))),
    )


def counted(file: Path, plan: Plan | None) -> Counter[str]:
    """Repetitions of a recording by extent."""
    return Counter(e.extent for e in analyse(open_recorded(file).entries(), plan) if isinstance(e, RepetitionCompleted))


def count(extents: Counter[str]) -> int:
    """The count of contract 1: full + short + partial."""
    return extents["full"] + extents["short"] + extents["partial"]


def rows(folder: Path) -> Iterator[Row]:
    """Every labelled recording of a folder."""
    with (folder / "labels.csv").open(newline="") as labels:
        for label in csv.DictReader(labels):
            planned = counted(folder / label["file"], plan_of(label))
            unplanned = counted(folder / label["file"], None)
            yield Row(label["file"], int(label["repetitions"]), count(planned), count(unplanned), dict(planned), label["notes"])


def summary(found: list[Row]) -> list[dict[str, object]]:
    """One row a folder: files, repetitions, exact counts and absolute error, with and without a plan."""
    lines = []
    for folder in sorted({Path(row.file).parent.name for row in found}):
        own = [row for row in found if Path(row.file).parent.name == folder]
        line: dict[str, object] = {"folder": folder, "files": len(own), "repetitions": sum(row.truth for row in own)}
        for name in ("planned", "unplanned"):
            errors = [abs(getattr(row, name) - row.truth) for row in own]
            line |= {f"exact_{name}": errors.count(0), f"error_{name}": sum(errors)}
        lines.append(line)
    return lines


def page(found: list[Row]) -> str:
    """docs/counting.md."""
    text = [
        "# Counting on recorded sets\n",
        "Real movements on strength machines and with free weights (not lumbar extension), counted by eye.",
        "Counted is full + short + partial (contract 1).",
        "No parameter was fitted to these files. Made by `scripts/bench recordings`.\n",
        "| folder | files | repetitions | exact, with plan | absolute error | exact, without plan | absolute error |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    text += ["| " + " | ".join(str(value) for value in line.values()) + " |" for line in summary(found)]
    text += [
        "\nThe recordings that are not counted exactly:\n",
        "| recording | by eye | with plan | without plan | what is known of it |",
        "| --- | --- | --- | --- | --- |",
    ]
    text += [
        f"| {Path(row.file).stem} | {row.truth} | {row.planned} | {row.unplanned} | {row.notes} |"
        for row in found
        if (row.planned, row.unplanned) != (row.truth, row.truth)
    ]
    return "\n".join(text) + "\n"


def main() -> int:
    """Prints the table, writes JSON and the page."""
    folder = os.environ.get("ILEX_RECORDINGS")
    if not folder:
        print("ILEX_RECORDINGS names no folder of recordings: nothing to count", file=sys.stderr)
        return 1
    found = list(rows(Path(folder)))
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "recordings.json").write_text(json.dumps([row._asdict() for row in found], indent=1) + "\n")
    (ROOT / "docs" / "counting.md").write_text(page(found))
    print(page(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
