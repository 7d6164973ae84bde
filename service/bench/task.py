"""One recording analysed again, otherwise, and compared: what a process of many does with each."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from service.analysis import Parameters
from service.analysis.difference import Difference, Event, difference
from service.analysis.kept import kept_by
from service.bench.truth import Score, counted, score, truth_of
from service.recordings.placed import placed, shown
from service.recordings.rerun import changed, recorded_parameters, rerun
from service.recordings.salvage import open_whole
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL
from wire.plan import Plan
from wire.recorded import Recorded, RecordedError, is_part

OTHER_S = 600.0
"""So long another installed version may take for a handful of recordings."""
FAULTY = 1
"""The exit code of a command that could not take every recording, and says of which on a line each (contract 7)."""
WRONG_USE = 2
"""The exit code of a command that doesn't know an option (contract 7)."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise: a plan, a whole record of parameters, some of them (`values`), or another installed version (`command`).

    `before`: `recorded`, the recording's own events (final, else live), or `now`, what this version finds with its own parameters.
    """

    plan: Plan | None = None
    parameters: Parameters | None = None
    values: Mapping[str, float] = {}
    command: str | None = None
    before: Literal["recorded", "now"] = "recorded"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one recording.

    `fault` says why nothing did; `damage` what is wrong with a cut or damaged recording, of which the rest was analysed; `faulty`: it was
    damaged, not merely cut, as one is that nobody has ended yet (decision 0201). `counts`:
    repetitions before and after; `right`: how many statements of what is known to be true were right before and after, and of how many;
    None where nothing is known. `other`: it was judged by recorded parameters that are not this version's.
    """

    path: str
    difference: Difference = Difference([], [], [])
    counts: tuple[int, int] = (0, 0)
    right: tuple[int, int, int] | None = None
    fault: str | None = None
    damage: str | None = None
    faulty: bool = False
    other: bool = False


def outcomes(task: Task, paths: Sequence[str]) -> list[Outcome]:
    """What comes of some recordings, one after the other. Never raises for a recording's fault."""
    others = by_another(task.command, paths) if task.command is not None else {}
    return [_outcome(task, Path(path), others.get(path)) for path in paths]


def _outcome(task: Task, path: Path, other: list[Event] | str | None) -> Outcome:
    try:
        recorded = open_whole(path)
        truth = truth_of(path)
        if recorded.plan is None and truth.plan is not None:
            recorded.plan = truth.plan
        before = _recorded(recorded) if task.before == "recorded" else None
        before = before if before is not None else _plain(recorded)
        if isinstance(other, str):
            return Outcome(path=str(path), fault=other)
        after = other if other is not None else _plain(recorded, task)
        judged = placed(truth.findings, shown(recorded, instead=before)) if truth.findings else []
        right: Sequence[Score] = [score(events, truth.repetitions, judged) for events in (before, after)] if truth.known else ()
        return Outcome(
            path=str(path),
            difference=difference(before, after, replanned=task.plan is not None),
            counts=(counted(before), counted(after)),
            right=(right[0].right, right[1].right, right[0].of) if right and right[0].of else None,
            damage=recorded.damage,
            faulty=recorded.damage is not None and is_part(recorded, path),
            other=other is None and task.parameters is None and not kept_by(recorded).own,
        )
    except (RecordedError, ValueError) as error:
        return Outcome(path=str(path), fault=str(error))
    except OSError as error:
        return Outcome(path=str(path), fault=f"{path}: {error.strerror or error}")


def _plain(recorded: Recorded, task: Task | None = None) -> list[Event]:
    """This version's events: as it was, or as the task wants it."""
    if task is None:
        return [msgspec.to_builtins(event) for event in rerun(recorded)]
    base = task.parameters or recorded_parameters(recorded)
    return [msgspec.to_builtins(event) for event in rerun(recorded, task.plan, changed(base, task.values))]


def _recorded(recorded: Recorded) -> list[Event] | None:
    """The events that the recording holds, the final ones where it has them; None where it holds none."""
    if not isinstance(recorded, Capture):
        return None
    texts = [message.data for message in recorded.messages(EVENTS_FINAL if recorded.final else EVENTS)]
    return [msgspec.json.decode(text) for text in texts] if texts or recorded.final else None


def by_another(command: str, paths: Sequence[str]) -> dict[str, list[Event] | str]:
    """The events that another installed version (its `ilex`) finds by its own parameters, or the one line that it says instead.

    By recording. Where it ended otherwise than it says of itself, what it told of several is nothing to go by: each is asked for alone.
    """
    try:
        done = _told(command, "--defaults", *paths)
        if done.returncode == WRONG_USE:
            # A version before decision 0206: it knows no other parameters than its own.
            done = _told(command, *paths)
    except (OSError, subprocess.TimeoutExpired) as error:
        return dict.fromkeys(paths, f"{command}: {error}")
    events = _events(done.stdout, paths)
    if done.returncode == 0 and events is not None:
        return dict(events)
    said = done.stderr.strip().splitlines()
    own: dict[str, list[Event] | str] = {
        path: f"{path}: {command} says: {line}" for path in paths if (line := _line_of(path, said, paths)) is not None
    }
    if done.returncode == FAULTY and events is not None and all(events[path] or path in own for path in paths):
        return events | own
    if len(paths) > 1:
        for path in paths:
            if path not in own:
                own |= by_another(command, [path])
        return own
    return own or {paths[0]: f"{paths[0]}: {command} {f'says: {said[-1]}' if said else _ended(done.returncode)}"}


def _events(stdout: str, paths: Sequence[str]) -> dict[str, list[Event] | str] | None:
    """By recording; None where it breaks off or is no list of events."""
    found: dict[str, list[Event]] = {path: [] for path in paths}
    try:
        for line in stdout.splitlines():
            event = msgspec.json.decode(line, type=dict)
            found[event.pop("file", paths[0])].append(event)
    except (ValueError, KeyError):
        return None
    return dict(found)


def _line_of(path: str, said: Sequence[str], paths: Sequence[str]) -> str | None:
    """The first line that names this recording and none of the others."""
    return next((line for line in said if [each for each in paths if _names(line, each)] == [path]), None)


def _names(line: str, path: str) -> bool:
    """Whole: `a/1.mcap` is not named by `b/a/1.mcap`."""
    return re.search(rf"(?<![^\s'\"(]){re.escape(path)}(?![^\s'\"):,;])", line) is not None


def _ended(code: int) -> str:
    return f"ended by signal {-code} and said nothing" if code < 0 else f"ended with code {code} and said nothing"


def _told(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, "analyze", "--json", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=OTHER_S,
        check=False,
    )
