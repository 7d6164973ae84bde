"""The repetitions of a set as columns of words, for any kind of table: times against targets, range, torque, work, reserve, notes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from service.reports.account import Account
from service.reports.findings import Weight, findings
from service.reports.phrases import PHASES
from wire.events import RepetitionCompleted

UNKNOWN = "-"


class Cell(NamedTuple):
    """Words, how grave they are, and how far a time is off its target, s (None = in time, or without a target)."""

    words: str
    weight: Weight = "note"
    off_s: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: a cell a repetition and the mean. `goes`: who goes first where there is no room (the greatest; 0 = never)."""

    name: str
    unit: str
    cells: list[Cell]
    mean: str = ""
    left: bool = False
    goes: int = 0


def grid(account: Account) -> list[Column]:
    """The columns of a set's repetitions; those that nothing is known of are left out. Means are over what counts (contract 1)."""
    done = account.repetitions
    columns = [
        Column("rep", "", [Cell(str(one.repetition)) for one in done], "mean"),
        Column("extent", "", [Cell(one.extent, "note" if one.extent == "full" else "caution") for one in done], left=True),
        *_phases(account),
        *_measured(done, "range", "deg", lambda one: one.range_deg, 1),
        *_measured(done, "peak", "Nm", lambda one: one.peak_torque_nm, 0),
        *_measured(done, "work", "J", lambda one: one.work_j, 0, goes=2),
        *_measured(done, "in band", "%", lambda one: None if one.time_in_band is None else 100 * one.time_in_band, 0, goes=1),
    ]
    if account.reserve:
        columns.append(Column("reserve", "reps", [Cell(_reserve(account, one.repetition)) for one in done], goes=3))
    notes = _notes(account)
    if any(cell.words for cell in notes):
        columns.append(Column("notes", "", notes, left=True))
    return columns


def _phases(account: Account) -> Iterable[Column]:
    for phase in PHASES:
        target = f"{getattr(account.plan.tempo, f'{phase}_s'):g} s" if account.plan else "s"
        lasted = [getattr(one, f"{phase}_s") for one in account.repetitions]
        cells = []
        for one, seconds in zip(account.repetitions, lasted, strict=True):
            off_s = account.off_s(one, phase)
            cells.append(Cell(_number(seconds, 1), "note" if off_s is None else "caution", off_s))
        yield Column(phase, target, cells, _mean(account.repetitions, lasted, 1))


def _measured(
    done: list[RepetitionCompleted],
    name: str,
    unit: str,
    value: Callable[[RepetitionCompleted], float | None],
    decimals: int,
    goes: int = 0,
) -> list[Column]:
    values = [value(one) for one in done]
    if all(one is None for one in values):
        return []
    return [Column(name, unit, [Cell(_number(one, decimals)) for one in values], _mean(done, values, decimals), goes=goes)]


def _notes(account: Account) -> list[Cell]:
    """What was found in each repetition, by name, and its flags; what is flagged on every one of several says nothing of any."""
    done = account.repetitions
    everywhere = set[str].intersection(*(set[str](one.flags) for one in done)) if len(done) > 1 else set[str]()
    named = [one for one in findings(account) if one.name != "cadence"]
    weights: tuple[Weight, ...] = ("note", "caution", "grave")
    cells = []
    for one in done:
        found = {each.name: each.weight for each in named if one.repetition in each.repetitions}
        flags = {flag.replace("_", " "): weights[0] for flag in one.flags if flag not in everywhere}
        cells.append(Cell(", ".join(flags | found), max(found.values(), key=weights.index, default="note")))
    return cells


def _reserve(account: Account, repetition: int) -> str:
    event = account.reserve.get(repetition)
    return "" if event is None else f"{event.repetitions_left:.0f} ({event.low:.0f}-{event.high:.0f})"


def _number(value: float | None, decimals: int) -> str:
    return UNKNOWN if value is None else f"{value:.{decimals}f}"


def _mean(done: Iterable[RepetitionCompleted], values: Iterable[float | None], decimals: int) -> str:
    known = [value for one, value in zip(done, values, strict=True) if value is not None and one.extent != "attempt"]
    return f"{sum(known) / len(known):.{decimals}f}" if known else ""
