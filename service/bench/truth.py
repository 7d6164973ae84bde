"""What is known to be true of a recording, beside what the analysis says: repetitions counted by eye, and what therapists have judged."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from service.analysis.difference import Event
from service.recordings.labels import Label, labels
from service.recordings.names import LABELS
from service.recordings.placed import NOTHING, Verdict
from wire.plan import Plan, Range, Tempo
from wire.recorded import RecordedError

JUDGED = frozenset(("failure", "abrupt_stop", "halted", "end_stop", "assisted", "momentum"))
"""Detections that can be right or wrong, by the kind of their event."""
_LEVELS = 3


class Truth(NamedTuple):
    """`repetitions`: so many were done, None = not counted; `plan`: what was asked for; `findings`: what therapists said of repetitions."""

    repetitions: int | None = None
    plan: Plan | None = None
    findings: Sequence[Label] = ()

    @property
    def known(self) -> bool:
        """Whether there is anything to be right about."""
        return self.repetitions is not None or bool(self.findings)


class Score(NamedTuple):
    """How often the analysis was right, of how many; a count of repetitions is one statement, each judged repetition another."""

    right: int
    of: int


def truth_of(path: Path) -> Truth:
    """What is known of a recording. Raises RecordedError for a table, or for therapists' labels, that can't be read.

    `labels.csv` lies beside the recordings or above them: `file` and `repetitions`; range and tempo (`flexion_deg`, `extension_s`, ...)
    where they are known.
    """
    known = Truth()
    for folder in list(path.absolute().parents)[:_LEVELS]:
        row = _table(folder).get(path.absolute().relative_to(folder).as_posix())
        if row is not None:
            known = _from_row(folder / LABELS, row)
            break
    return known._replace(findings=_findings(path))


def _findings(path: Path) -> tuple[Label, ...]:
    """What therapists have said of repetitions and not taken back (decision 0140), in order; empty where nobody has."""
    return tuple(one for one in labels(path) if one.kind == "finding")


def score(events: Sequence[Event], repetitions: int | None, judged: Sequence[Verdict]) -> Score:
    """How often the events are right: about the count by eye, where there is one, and about each repetition that was judged."""
    right = of = 0
    if repetitions is not None:
        of += 1
        right += counted(events) == repetitions
    for one in judged:
        of += 1
        told = {event["kind"] for event in events if event["kind"] in JUDGED and one.holds(event["at_s"])}
        right += one.finding in told if one.finding != NOTHING else not told
    return Score(right, of)


def counted(events: Sequence[Event]) -> int:
    """The count of contract 1 over all sets: full + short + partial."""
    return sum(event["full"] + event["short"] + event["partial"] for event in events if event["kind"] == "set_ended")


@cache
def _table(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / LABELS
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["file"]: row for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise RecordedError(path, "", f"is no table of labels with a column file: {error}") from error


def _from_row(path: Path, row: Mapping[str, str]) -> Truth:
    try:
        repetitions = int(row["repetitions"]) if row.get("repetitions") else None
        plan = None
        if row.get("flexion_deg"):
            tempo = Tempo(*(float(row[f"{phase}_s"]) for phase in ("extension", "hold", "flexion", "turn")))
            plan = Plan(range=Range(float(row["flexion_deg"]), float(row["extension_deg"])), tempo=tempo)
    except (KeyError, ValueError) as error:
        raise RecordedError(path, "", f"the row of {row['file']} can't be read: {error}") from error
    return Truth(repetitions, plan)
