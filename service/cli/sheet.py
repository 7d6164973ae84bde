"""Accounts of sets as tables and lines that a person likes to read on a terminal."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.reports.account import Account, accounts
from service.reports.extremes import Extremes
from service.reports.findings import Finding, Weight, faults, findings, findings_outside
from service.reports.grid import UNKNOWN, Column, grid
from service.reports.phrases import clock, degrees, duration, many, plan_words, repetitions
from service.reports.verdict import no_set, totals, verdict
from wire.events import Event
from wire.plan import Plan

STYLES: dict[Weight, str] = {"grave": "bold red", "caution": "yellow", "note": ""}
"""Beside the words, never instead of them."""
NUMBERS = ("count", "full", "short", "partial", "attempt", "off tempo")
ALWAYS = ("count", "full")
"""What a summary of several recordings counts, and what it shows even where it is nought."""
GAP = 2
"""Columns of space between two columns of a table."""
NOTES_WIDE = 18
"""Notes are folded before anything else has to go, but no narrower."""

SLOW_HZ, FAST_HZ = 10.0, 2_000.0
"""No machine samples more slowly or quickly (contract 1: 25 to 1000 Hz), but one whose times are in another unit than they say seems to."""


class Taken(NamedTuple):
    """What stands above everything else about a recording: its name, how long it is, how often sampled, its plan; how far it reaches."""

    name: str
    lasts_s: float
    rate_hz: float | None
    plan: Plan | None
    extremes: Extremes = Extremes()


def session_sheet(taken: Taken, events: Sequence[Event], width: int) -> list[RenderableType]:
    """One recording, `width` characters wide: each set's repetitions, findings and verdict."""
    sets = accounts(events)
    about = [duration(taken.lasts_s), *([f"{taken.rate_hz:.0f} Hz"] if taken.rate_hz is not None else [])]
    flags = [one.flags for account in sets for one in account.repetitions]
    if flags and all("no_torque" in one for one in flags):
        about.append("no torque")
    sheet: list[RenderableType] = [
        Text.assemble((taken.name, "bold"), f"  {', '.join(about)}"),
        Text(plan_words(taken.plan), style="dim"),
    ]
    if taken.rate_hz is not None and (doubt := unit_doubt(taken.rate_hz)):
        sheet.append(Text(doubt, style="dim"))
    for account in sets:
        sheet.append(Text(""))
        if account.repetitions:
            sheet += [repetition_table(account, width), Text("")]
        if found := findings(account):
            sheet += [findings_table(found), Text("")]
        words = Text.assemble((f"Set {account.number}: {verdict(account)}", "bold"))
        sheet.append(words)
        if measured := totals(account):
            sheet.append(Text(measured, style="dim"))
    if not sets:
        sheet += [Text(""), Text(no_set(events, taken.plan, taken.extremes), style="bold")]
    if outside := findings_outside(events, taken.plan):
        sheet += [Text(""), Text("Outside any set", style="dim"), findings_table(outside)]
    return sheet


def unit_doubt(rate_hz: float) -> str | None:
    """What to ask where nothing is sampled at this rate; None where something is."""
    if rate_hz < SLOW_HZ:
        unit = "milliseconds" if rate_hz > 1e-3 * SLOW_HZ else "microseconds" if rate_hz > 1e-6 * SLOW_HZ else "nanoseconds"
        return f"fewer than {SLOW_HZ:.0f} samples a second: are its times in seconds, not in {unit}?"
    if rate_hz > FAST_HZ:
        return f"more than {FAST_HZ:.0f} samples a second: are its times in the unit that their column names?"
    return None


def repetition_table(account: Account, width: int) -> RenderableType:
    """A row a repetition, the targets in the heading, what is off its target beside the time; a mean at the end.

    Where `width` is short, what can be done without goes: first by how much a phase is off (an arrow stays), then columns.
    """
    columns = grid(account)
    exact = _width(columns, exact=True) <= width
    while _width(columns, exact=exact) > width and (least := max(columns, key=lambda column: column.goes)).goes:
        columns.remove(least)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="", padding=(0, 1, 0, 0))
    texts = []
    for column in columns:
        offs, room = _offs(column, exact=exact)
        heading = Text.assemble((column.name, "bold"), "\n", (column.unit, "dim"))
        table.add_column(heading, justify="left" if column.left else "right", overflow="fold", no_wrap=column.name != "notes")
        cells = [
            Text.assemble((cell.words, STYLES[cell.weight]), (off, STYLES["caution"])) for cell, off in zip(column.cells, offs, strict=True)
        ]
        texts.append([*cells, Text(column.mean + " " * room)])
    *rows, means = zip(*texts, strict=True)
    for row in rows:
        table.add_row(*row)
    if len(rows) > 1:
        table.add_section()
        table.add_row(*means, style="dim")
    arrows = not exact and any(cell.off_s is not None for column in columns for cell in column.cells)
    return Group(table, Text("\n▾ faster, ▴ slower than the plan allows", style="dim")) if arrows else table


def _offs(column: Column, *, exact: bool) -> tuple[list[str], int]:
    """What stands behind each cell of a time that is off its target, all equally wide, and how wide."""
    offs = ["" if cell.off_s is None else f" {cell.off_s:+.1f}" if exact else "▾" if cell.off_s < 0 else "▴" for cell in column.cells]
    room = max(map(len, offs), default=0)
    return [off.ljust(room) for off in offs], room


def _width(columns: Sequence[Column], *, exact: bool) -> int:
    """Of a whole table; notes may be folded into a few words' width."""
    wide = 0
    for column in columns:
        longest = max(len(words) for words in (column.mean, *(cell.words for cell in column.cells))) + _offs(column, exact=exact)[1]
        wide += max(min(longest, NOTES_WIDE) if column.name == "notes" else longest, len(column.name), len(column.unit)) + GAP
    return wide - GAP + 1  # the last column keeps half its gap


def findings_table(found: Iterable[Finding]) -> Table:
    """A line a finding: when, in which repetitions, what, in words."""
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        where = f"rep {repetitions(one.repetitions)}: " if one.repetitions else ""
        table.add_row(clock(one.at_s), Text(one.name, style=STYLES[one.weight]), where + one.words)
    return table


def files_table(files: Iterable[tuple[str, float, Sequence[Event]]]) -> Table:
    """Several recordings, one row a set. What is nought is left blank, a column of nothing else away: the eye finds the rest."""
    rows = [row for name, lasts_s, events in files for row in _file_rows(name, lasts_s, events)]
    sums = {name: sum(row.numbers[name] for row in rows) for name in NUMBERS}
    shown = [name for name in NUMBERS if sums[name] or name in ALWAYS]
    failed = sum("failure in" in row.found.plain for row in rows)
    found = any(row.found.plain for row in rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", padding=(0, 1, 0, 0), show_footer=True)
    table.add_column("file", overflow="fold", footer="together")
    table.add_column("lasts", justify="right", no_wrap=True, footer=duration(sum(row.lasts_s for row in rows)))
    table.add_column("set", justify="right")
    for name in shown:
        table.add_column(name, justify="right", footer=str(sums[name]), style="" if name in ALWAYS else "yellow")
    if found:
        table.add_column("found", overflow="fold", footer=f"failure in {many(failed, 'set')}" if failed else "")
    table.add_column("end", overflow="fold")
    for row in rows:
        cells = [str(row.numbers[name] or ("0" if name == "count" else "")) for name in shown]
        lasts = duration(row.lasts_s) if row.lasts_s else ""
        table.add_row(row.name, lasts, row.set, *cells, *([row.found] if found else []), row.end)
    return table


class _FileRow(NamedTuple):
    name: str
    lasts_s: float
    set: str
    numbers: dict[str, int]
    found: Text
    end: str


def _file_rows(name: str, lasts_s: float, events: Sequence[Event]) -> list[_FileRow]:
    """The file's name and length stand on its first row alone, as its faults do."""
    rows = []
    for index, account in enumerate(accounts(events)):
        words = [*_marks(account), *([] if index else [Text(word, style="yellow") for word in faults(events)])]
        rows.append(
            _FileRow(
                "" if index else name,
                0.0 if index else lasts_s,
                str(account.number),
                {"count": account.count, **account.counts, "off tempo": len(account.cadence)},
                Text(", ").join(words),
                account.ended.reason.replace("_", " ") if account.ended else UNKNOWN,
            )
        )
    return rows or [
        _FileRow(
            name,
            lasts_s,
            UNKNOWN,
            dict.fromkeys(NUMBERS, 0),
            Text(", ").join([Text(word, style="yellow") for word in faults(events)]),
            "no set",
        )
    ]


def _marks(account: Account) -> list[Text]:
    """What a summary names of a set's findings: failure, its look-alikes, safety."""
    marks = []
    for one in findings(account):
        if one.name == "failure":
            failure = next(event for event in account.failures if (event.repetition,) == one.repetitions)
            marks.append(Text(f"failure in {failure.repetition} at {degrees(failure.angle_deg)}", style=STYLES["grave"]))
        elif one.name == "not judged":
            marks.append(Text("failure not judged", style="dim"))
        elif one.name not in ("cadence", "signal", "struggle"):
            where = f" in {repetitions(one.repetitions)}" if one.repetitions else ""
            marks.append(Text(one.name + where, style=STYLES[one.weight]))
    return marks
