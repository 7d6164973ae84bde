"""`ilex analyze`: recordings through the analysis that also runs live (contract 7)."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.console import Console

from service.analysis.run import analyse
from service.cli.plans import plan_from
from service.cli.progress import Bar
from service.cli.sheet import files_table, session_sheet
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import Block, Recorded, RecordedError, open_recorded

WIDTH_UNWATCHED = 150
"""Columns where nobody's terminal sets them: wide enough that no table has to be squeezed into a file."""


class Analysed(NamedTuple):
    """One file's outcome: its plan, its events, how long it is in seconds."""

    path: Path
    plan: Plan | None
    events: list[Event]
    lasts_s: float


def analyze(
    files: Annotated[list[Path], typer.Argument(help="Recordings: .mcap, .csv or .parquet.", metavar="FILE...")],
    plan: Annotated[Path | None, typer.Option(help="A plan as JSON: range and tempo to judge by.", metavar="PLAN.json")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The events as JSON, one a line, for programs.")] = False,
) -> None:
    """Recordings through the same analysis as live: repetitions, phases, cadence.

    A recorded session brings its own plan and inputs. With `--plan`, its samples alone are judged, by that plan.

    ilex analyze session.mcap

    ilex analyze monday/*.csv --plan plan.json

    ilex analyze session.mcap --json | jq 'select(.kind == "repetition_completed")'
    """
    given = plan_from(plan) if plan is not None else None
    several = len(files) > 1
    outcomes, faulty = [], False
    with Bar("Analysing", len(files) if several else None) as bar:
        for path in files:
            try:
                recorded = open_recorded(path)
                lasting = _Lasting(recorded, bar, several=several)
                events = analyse(_told(lasting, given), recorded.plan if given is None else given)
                if as_json:
                    _print_json(events, path if several else None)
                else:
                    outcomes.append(Analysed(path, recorded.plan if given is None else given, list(events), lasting.lasts_s))
                if recorded.damage:
                    bar.say(f"ilex: {path}:{recorded.damage}: the recording ends here, unfinished; what lies before was analysed")
            except RecordedError as error:
                bar.say(f"ilex: {error}")
                faulty = True
            bar.file_done()
    if not as_json:
        _print_tables(outcomes, several=several)
    if faulty:
        raise typer.Exit(1)


class _Lasting:
    """The entries of a recording; moves the bar, and knows afterwards how long it lasts."""

    def __init__(self, recorded: Recorded, bar: Bar, *, several: bool) -> None:
        self._recorded, self._bar, self._several = recorded, bar, several
        self._first_ns = self._last_ns = 0

    @property
    def lasts_s(self) -> float:
        return (self._last_ns - self._first_ns) / 1e9

    def __iter__(self) -> Iterator[Block | Input]:
        done = 0
        for entry in self._recorded.entries():
            yield entry
            if isinstance(entry, Block):
                if not done:
                    self._first_ns = int(entry.t_ns[0])
                self._last_ns = int(entry.t_ns[-1])
                done += len(entry.t_ns)
                if not self._several:
                    self._bar.at(done, self._recorded.total)


def _told(entries: Iterable[Block | Input], given: Plan | None) -> Iterable[Block | Input]:
    """What the analysis is told: everything, or, under another plan, the samples alone (decision 0042)."""
    return entries if given is None else (entry for entry in entries if isinstance(entry, Block))


def _print_json(events: Iterable[Event], path: Path | None) -> None:
    head = b"" if path is None else b'{"file":' + msgspec.json.encode(str(path)) + b","
    for event in events:
        text = msgspec.json.encode(event)
        sys.stdout.write((text if path is None else head + text[1:]).decode() + "\n")
    sys.stdout.flush()


def _print_tables(outcomes: list[Analysed], *, several: bool) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_UNWATCHED)
    if several and outcomes:
        # What all names begin with says nothing in a table.
        shared = Path(os.path.commonpath([one.path.absolute().parent for one in outcomes]))
        rows = [(str(one.path.absolute().relative_to(shared)), one.lasts_s, one.events) for one in outcomes]
        console.print(files_table(rows))
        return
    for one in outcomes:
        console.print(*session_sheet(one.path.name, one.lasts_s, one.plan, one.events), sep="\n")
