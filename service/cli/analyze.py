"""`ilex analyze`: recordings through the analysis that also runs live (contract 7)."""

import io
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer
from rich.console import Console

from service import kernels
from service.analysis import Parameters, engine
from service.analysis.kept import Kept, kept_by
from service.analysis.run import analyse
from service.cli.damage import opened, words
from service.cli.plans import plan_from
from service.cli.plots import Plots
from service.cli.progress import Bar
from service.cli.sheet import Taken, files_table, session_sheet
from service.reports.extremes import Extremes
from service.reports.phrases import many
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import Block, Recorded, RecordedError, is_part

WIDTH_UNWATCHED = 150
"""Columns where nobody's terminal sets them: wide enough that no table has to be squeezed into a file."""

MOST_NAMED = 3
"""Parameters whose values are told."""


class Analysed(NamedTuple):
    """One file's outcome: what it is, and its events."""

    path: Path
    taken: Taken
    events: list[Event]


def analyze(
    files: Annotated[list[Path], typer.Argument(help="Recordings: .mcap, .csv or .parquet.", metavar="FILE...")],
    plan: Annotated[Path | None, typer.Option(help="A plan as JSON: range and tempo to judge by.", metavar="PLAN.json")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="By this version's parameters, not the recorded ones.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The events as JSON, one a line, for programs.")] = False,
    plot: Annotated[
        str | None,
        typer.Option(help="Draw each recording: OUT.png, OUT.svg or OUT.html; a folder, or {} for the recording's name.", metavar="OUT"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace plots that are there already.")] = False,
) -> None:
    """Recordings through the same analysis as live: repetitions, phases, cadence, failure, safety.

    A recorded session brings its own plan, inputs and parameters. With `--plan`, its samples alone are judged, by that plan.

    ilex analyze session.mcap

    ilex analyze session.mcap --plot session.html

    ilex analyze monday/*.csv --plan plan.json --plot 'plots/{}.png'

    ilex analyze session.mcap --json | jq 'select(.kind == "failure")'
    """
    plots = Plots(plot, files, force=force) if plot is not None else None
    given = plan_from(plan) if plan is not None else None
    several = len(files) > 1
    outcomes, faulty, otherwise = [], False, list[tuple[Path, Kept]]()
    with Bar("Analysing", len(files) if several else None) as bar:
        for path in files:
            try:
                recorded = opened(path)
                engine.use(kernels.for_samples(recorded.total))
                told = _Told(recorded, bar, under=given, several=several, keep=plots is not None)
                known = Kept(Parameters()) if defaults else kept_by(recorded)
                if not known.own:
                    otherwise.append((path, known))
                events = list(analyse(told, told.plan, known.parameters))
                if as_json:
                    _print_json(events, path if several else None)
                outcomes.append(Analysed(path, Taken(path.name, told.lasts_s, told.rate_hz, told.plan, told.extremes), events))
                if plots is not None:
                    plots.draw(path, outcomes[-1].taken, told.blocks, events, known.parameters)
                if wrong := words(recorded, path, "was analysed"):
                    bar.say(f"ilex: {wrong}")
                    faulty = faulty or is_part(recorded, path)
            except RecordedError as error:
                bar.say(f"ilex: {error}")
                faulty = True
            bar.file_done()
        if otherwise:
            bar.say(f"ilex: {_words(otherwise)}; --defaults judges by this version's")
    if not as_json:
        _print_tables(outcomes, several=several)
    if faulty:
        raise typer.Exit(1)


def _words(otherwise: list[tuple[Path, Kept]]) -> str:
    """Which recordings were judged by other parameters than this version's, in a line."""
    first, found = otherwise[0]
    if len(otherwise) > 1:
        return (
            f"{first} and {many(len(otherwise) - 1, 'other recording')}: judged by the parameters that they were recorded with, "
            "which are not this version's; what they lack by this version's"
        )
    pairs = [f"{name} {was:g}, now {now:g}" for name, (was, now) in found.otherwise().items()]
    said = [
        f"{'; '.join(pairs[:MOST_NAMED])}{f'; and {len(pairs) - MOST_NAMED} more' if len(pairs) > MOST_NAMED else ''}" if pairs else "",
        f"{len(found.lacking)} that it lacks by this version's" if found.lacking else "",
        f"{len(found.gone)} that this version doesn't have left out" if found.gone else "",
    ]
    return f"{first}: judged by the parameters that it was recorded with ({', '.join(each for each in said if each)})"


class _Told:
    """What the analysis is told of a recording: everything, or, under another plan, the samples alone (decision 0042).

    Moves the bar, and knows afterwards how long the recording lasts; keeps the samples where they are to be drawn.
    """

    def __init__(self, recorded: Recorded, bar: Bar, *, under: Plan | None, several: bool, keep: bool) -> None:
        self.plan = recorded.plan if under is None else under
        self.blocks: list[Block] = []
        self.extremes = Extremes()
        self._recorded, self._bar = recorded, bar
        self._inputs, self._several, self._keep = under is None, several, keep
        self._first_ns = self._last_ns = self._samples = 0

    @property
    def lasts_s(self) -> float:
        return (self._last_ns - self._first_ns) / 1e9

    @property
    def rate_hz(self) -> float | None:
        """On average; None where one sample or none says nothing of it."""
        return (self._samples - 1) / self.lasts_s if self.lasts_s > 0 else None

    def __iter__(self) -> Iterator[Block | Input]:
        for entry in self._recorded.entries():
            if isinstance(entry, Block):
                yield entry
                if not self._samples:
                    self._first_ns = int(entry.t_ns[0])
                self._last_ns = int(entry.t_ns[-1])
                self._samples += len(entry.t_ns)
                self.extremes = self.extremes.over(entry.angle_deg, entry.torque_nm)
                if self._keep:
                    self.blocks.append(entry)
                if not self._several:
                    self._bar.at(self._samples, self._recorded.total)
            elif self._inputs:
                yield entry


def _print_json(events: Iterable[Event], path: Path | None) -> None:
    head = b"" if path is None else b'{"file":' + msgspec.json.encode(str(path)) + b","
    for event in events:
        text = msgspec.json.encode(event)
        sys.stdout.write((text if path is None else head + text[1:]).decode() + "\n")
    sys.stdout.flush()


def _print_tables(outcomes: list[Analysed], *, several: bool) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where a terminal has no letter for a degree or an arrow, the rest is told all the same
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_UNWATCHED)
    if several and outcomes:
        # What all names begin with says nothing in a table.
        shared = Path(os.path.commonpath([one.path.absolute().parent for one in outcomes]))
        rows = [(str(one.path.absolute().relative_to(shared)), one.taken.lasts_s, one.events) for one in outcomes]
        console.print(files_table(rows))
        return
    for one in outcomes:
        console.print(*session_sheet(one.taken, one.events, console.width), sep="\n")
