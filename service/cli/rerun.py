"""`ilex rerun`: recordings analysed again, otherwise, and what that changes (contract 6, decision 0162)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from service.bench.many import over
from service.bench.tally import Tally, tally
from service.bench.task import Outcome, Task
from service.cli.fault import CommandFault
from service.cli.plans import plan_from
from service.cli.progress import Bar
from service.recordings.names import recordings_under
from service.recordings.rerun import changed
from service.reports.differences import lines
from service.reports.phrases import many

WIDTH_UNWATCHED = 150
FIRST = frozenset(("set_ended", "repetition_completed", "failure", "abrupt_stop"))
"""Kinds whose changes are told before others'."""
MOST_WORDS = 3
"""Lines of one session's difference in the summary; `--json` has them all."""


def rerun(
    paths: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.", metavar="FILE|FOLDER...")],
    values: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter's value, e.g. stall_least_s=1.2; may be repeated.", metavar="NAME=VALUE")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="A plan as JSON: judge the samples alone, by it.", metavar="PLAN.json")] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Start from this version's parameters, not the recorded ones.")] = False,
    command: Annotated[
        str | None, typer.Option("--with", help="Another installed version: its `ilex` command.", metavar="/OTHER/bin/ilex")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Compare with what this version finds unchanged, not with what was recorded.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Each recording's difference as JSON, one a line.")] = False,
    worst: Annotated[int, typer.Option(min=0, max=1000, help="How many of the sessions that changed most are shown.")] = 10,
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Processes at work.", show_default="as many as there are cores")] = None,
) -> None:
    """Analyse recordings again, otherwise, and tell what changes: by kind of event, and the sessions that changed most.

    Where something is known to be true of a recording, also whether that is better: therapists' labels beside it (SESSION.labels.json), or
    a `labels.csv` beside or above it (columns file and repetitions). Without an option it tells what this version finds otherwise than was
    recorded. Nothing is written.

    ilex rerun recordings/ --set stall_least_s=1.2

    ilex rerun recordings/ --with /opt/ilex-0.2/bin/ilex

    ilex rerun monday.mcap --plan slower.json --json
    """
    from service.analysis import Parameters

    wanted = dict(_value(text) for text in values or [])
    if command is not None and (wanted or plan or defaults):
        raise typer.BadParameter("another version judges by its own parameters and the recording's plan", param_hint="--with")
    try:
        changed(Parameters(), wanted)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from error
    task = Task(
        plan=plan_from(plan) if plan is not None else None,
        parameters=Parameters() if defaults else None,
        values=wanted,
        command=command,
        before="now" if now else "recorded",
    )
    files = list(_files(paths))
    with Bar("Analysing", len(files)) as bar:
        told = tally(_watched(over(task, files, jobs), bar, as_json=as_json), worst)
    if not as_json:
        _print(told)
    if told.faults or told.damaged:
        raise typer.Exit(1)


def _value(text: str) -> tuple[str, float]:
    name, sign, value = text.partition("=")
    try:
        if not sign:
            raise ValueError
        return name.strip(), float(value)
    except ValueError:
        raise typer.BadParameter(f"expected NAME=VALUE with a number, got {text!r}", param_hint="--set") from None


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = recordings_under(path)
        if not found:
            raise CommandFault(f"{path}: holds no recordings (.mcap, .csv, .parquet)")
        yield from found


def _watched(outcomes: Iterator[Outcome], bar: Bar, *, as_json: bool) -> Iterator[Outcome]:
    for one in outcomes:
        bar.file_done()
        if one.fault is not None:
            bar.say(f"ilex: {one.fault}")
            yield one
            continue
        if one.damage is not None:
            bar.say(f"ilex: {one.path}: {one.damage}; the rest was analysed")
        if as_json:
            print(msgspec.json.encode(_line(one)).decode())
        yield one


def _line(one: Outcome) -> dict[str, Any]:
    before, after, of = one.right or (None, None, None)
    return {
        "file": one.path,
        **msgspec.to_builtins(one.difference),
        "repetitions": {"before": one.counts[0], "after": one.counts[1]},
        "right": None if of is None else {"before": before, "after": after, "of": of},
    }


def _print(told: Tally) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_UNWATCHED)
    before, after = told.counts
    recounted = f", {many(told.recounted, 'session')} counted otherwise" if told.recounted else ""
    console.print(f"{many(told.sessions, 'session')}, {told.different} changed; repetitions {before} → {after}{recounted}")
    if told.right[2]:
        right, now, of = told.right
        console.print(f"Right by labels: {right} → {now} of {of}; better in {many(told.better, 'session')}, worse in {told.worse}")
    if told.cut:
        console.print(f"{many(told.cut, 'recording')} cut or damaged: the rest was analysed")
    if told.other:
        console.print(f"{many(told.other, 'recording')} judged by recorded parameters that are not this version's (--defaults takes those)")
    if told.faults:
        console.print(f"{many(len(told.faults), 'recording')} could not be analysed (see above)")
    if told.kinds:
        console.print("", _kinds(told), sep="\n")
    if told.worst:
        console.print("", "[bold]Changed most[/bold]", *_worst(told.worst), sep="\n", soft_wrap=True)


def _kinds(told: Tally) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in ("event", "only before", "only after", "changed", "sessions"):
        table.add_column(name, justify="left" if name == "event" else "right")
    table.add_column("what changed in them")
    for one in told.by_kind():
        fields = ", ".join(f"{name} {times}" for name, times in one.fields.most_common(5))
        table.add_row(one.kind, *(str(count or "") for count in (one.only_before, one.only_after, one.changed, one.sessions)), fields)
    return table


def _worst(worst: list[Outcome]) -> Iterator[str]:
    shared = os.path.commonpath([os.path.dirname(os.path.abspath(one.path)) for one in worst])  # noqa: PTH100, PTH120 - as text
    for one in worst:
        counts = f"  repetitions {one.counts[0]} → {one.counts[1]}" if one.counts[0] != one.counts[1] else ""
        right = f"  right {one.right[0]} → {one.right[1]} of {one.right[2]}" if one.right else ""
        yield f"{os.path.relpath(one.path, shared)}{counts}{right}"
        found = sorted(lines(one.difference), key=lambda line: line.about.split()[0] not in FIRST)
        for line in found[:MOST_WORDS]:
            of = f" of repetition {line.repetition}" if line.repetition is not None else ""
            yield f"  {line.at_s:8.2f} s  {line.what:<11}  {line.about}{of}" + (f": {line.words}" if line.words else "")
        if len(found) > MOST_WORDS:
            yield f"  {'':8}    and {len(found) - MOST_WORDS} more"
