"""`ilex diff`: what differs between two recordings, or two lists of events (contract 7)."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from service.analysis.difference import difference
from service.cli.damage import opened, told
from service.cli.fault import CommandFault
from service.recordings.rerun import rerun
from service.reports.differences import lines
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL
from wire.recorded import RecordedError

LISTS = (".jsonl", ".ndjson", ".json")


def diff(
    before: Annotated[Path, typer.Argument(help="A recording, or events as JSON, one a line (.jsonl).", metavar="A")],
    after: Annotated[Path, typer.Argument(help="What it is compared with.", metavar="B")],
    recorded: Annotated[
        bool, typer.Option("--recorded", help="The events that recordings hold, not what this version finds in them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="{only_before, only_after, changed} as JSON, for programs.")] = False,
) -> None:
    """What differs between two recordings' events: those that only one has, and those that both tell otherwise.

    Exit codes: 0 equal, 1 different (or an input at fault, which stderr says; of a damaged one what is whole is compared), 2 wrong use. Of
    many recordings: `ilex rerun`.

    ilex diff monday.mcap monday.recovered.mcap

    ilex analyze s.mcap --json > old.jsonl; ilex-new analyze s.mcap --json > new.jsonl; ilex diff old.jsonl new.jsonl
    """
    (earlier, one_at_fault), (later, other_at_fault) = (_events(path, recorded=recorded) for path in (before, after))
    found = difference(earlier, later)
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        for line in lines(found):
            of = f" of repetition {line.repetition}" if line.repetition is not None else ""
            print(f"{line.at_s:10.3f} s  {line.what:<11}  {line.about}{of}" + (f": {line.words}" if line.words else ""))
    if not found.equal or one_at_fault or other_at_fault:
        raise typer.Exit(1)


def _events(path: Path, *, recorded: bool) -> tuple[list[dict[str, Any]], bool]:
    """Its events, and whether it is a damaged recording, which has been said then."""
    if path.suffix.lower() in LISTS:
        return _list(path), False
    try:
        found = opened(path)
        at_fault = told(found, path, "is compared")
        if recorded:
            if not isinstance(found, Capture):
                raise CommandFault(f"{path}: a table holds no events; leave out --recorded")
            topic = EVENTS_FINAL if found.final else EVENTS
            return [msgspec.json.decode(message.data) for message in found.messages(topic)], at_fault
        return [msgspec.to_builtins(event) for event in rerun(found)], at_fault
    except RecordedError as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{path}: {error.strerror or error}") from error


def _list(path: Path) -> list[dict[str, Any]]:
    try:
        rows = path.read_bytes().splitlines()
    except OSError as error:
        raise CommandFault(f"{path}: {error.strerror or error}") from error
    events = []
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        try:
            event = msgspec.json.decode(row, type=dict[str, Any])
        except (ValueError, RecursionError) as error:
            raise CommandFault(f"{path}:{number}: is no event: {error}") from error
        if not isinstance(event.get("kind"), str) or not isinstance(event.get("at_s"), int | float):
            raise CommandFault(f"{path}:{number}: is no event: expected at least kind and at_s")
        events.append(event)
    return events
