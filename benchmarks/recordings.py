"""How many of the recorded sets are counted exactly, and whether failure is claimed where there was none.

A table, benchmarks/results/recordings.json and docs/validation.md.

Run with the folder of recordings in ILEX_RECORDINGS: `scripts/bench recordings`.
"""

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import figures
from benchmarks.score import page
from service.analysis.run import analyse
from wire.events import AbruptStop, Event, Failure, RepetitionCompleted, SignalFaulted, Unable
from wire.plan import Plan, Range, Tempo
from wire.recorded import open_recorded


class Row(NamedTuple):
    """One recording: repetitions by eye, counted with its plan, counted without any; what else was reported with the plan."""

    file: str
    truth: int
    planned: int
    unplanned: int
    extents: dict[str, int]
    failures: int
    abrupt_stops: int
    unable: bool
    faults: dict[str, int]
    notes: str


def plan_of(label: dict[str, str]) -> Plan:
    """The plan that a row of labels.csv describes."""
    return Plan(
        range=Range(float(label["flexion_deg"]), float(label["extension_deg"])),
        tempo=Tempo(*(float(label[f"{phase}_s"]) for phase in ("extension", "hold", "flexion", "turn"))),
    )


def analysed(file: Path, plan: Plan | None) -> list[Event]:
    """The events of a recording."""
    return list(analyse(open_recorded(file).entries(), plan))


def extents(events: list[Event]) -> Counter[str]:
    """Repetitions by extent."""
    return Counter(event.extent for event in events if isinstance(event, RepetitionCompleted))


def count(found: Counter[str]) -> int:
    """The count of contract 1: full + short + partial."""
    return found["full"] + found["short"] + found["partial"]


def rows(folder: Path) -> Iterator[Row]:
    """Every labelled recording of a folder."""
    with (folder / "labels.csv").open(newline="") as labels:
        for label in csv.DictReader(labels):
            events = analysed(folder / label["file"], plan_of(label))
            planned = extents(events)
            yield Row(
                file=label["file"],
                truth=int(label["repetitions"]),
                planned=count(planned),
                unplanned=count(extents(analysed(folder / label["file"], None))),
                extents=dict(planned),
                failures=sum(isinstance(event, Failure) for event in events),
                abrupt_stops=sum(isinstance(event, AbruptStop) for event in events),
                unable=any(isinstance(event, Unable) for event in events),
                faults=dict(Counter(event.fault for event in events if isinstance(event, SignalFaulted))),
                notes=label["notes"],
            )


def measure(folder: Path) -> dict[str, Any]:
    """The result as it is kept."""
    return {"rows": [row._asdict() for row in rows(folder)]}


def main() -> int:
    """Prints the chapter, writes JSON and the page."""
    folder = os.environ.get("ILEX_RECORDINGS")
    if not folder:
        print("ILEX_RECORDINGS names no folder of recordings: nothing to count", file=sys.stderr)
        return 1
    result = measure(Path(folder))
    figures.write("recordings", figures.computer(), result)
    print(page.recordings(result))
    print(page.write(), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
