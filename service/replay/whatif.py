"""A recorded session analysed again, otherwise (contract 6 `rerun`): a task (`service.replay.tasks`).

Its process is behind all others: analysing an hour takes seconds that the live event loop doesn't have.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from service.analysis import Parameters
from service.analysis.difference import Difference, Event, difference
from service.analysis.overrides import numbers, override_faults
from service.bench.task import by_another
from service.bench.truth import score, truth_of
from service.recordings.placed import placed, shown
from service.recordings.rerun import changed, recorded_parameters, rerun
from service.recordings.salvage import open_capture
from service.recordings.survey import survey
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL
from wire.errors import Fault
from wire.plan import Plan
from wire.recorded import RecordedError, damage_in

Base = Literal["recorded", "defaults"]
"""The parameters that a rerun starts from: those that the recording keeps, or this version's (decision 0206)."""


class Otherwise(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be otherwise: another plan, other parameters (name -> number or `{value, unit}`).

    `base` says what those are that aren't named: the recording's, or this version's. Or another version, by its `command`, which judges
    by its own parameters and the recording's plan.
    """

    plan: Plan | None = None
    parameters: dict[str, Any] = {}
    base: Base = "recorded"
    command: str | None = None


class Order(msgspec.Struct):
    """Which recording, and what is to be otherwise."""

    path: str
    otherwise: Otherwise = Otherwise()


class Judged(msgspec.Struct, frozen=True):
    """Of how many statements of therapists and counts by eye how many were right before, and after."""

    before: int
    after: int
    of: int


class RerunDifference(Difference, frozen=True, omit_defaults=True):
    """What a rerun answers: events that only one analysis has, and those that both tell, but otherwise (decision 0160).

    `labels`: whether it is better, where something is known to be true of the session (decision 0209). `damage`: what is wrong with the
    recording, the rest of which was compared (decision 0201).
    """

    labels: Judged | None = None
    damage: str | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """One of the three: what has changed; what is wrong with the parameters for this recording; why it can't be read, without its name."""

    difference: RerunDifference | None = None
    faults: list[Fault] = []
    unreadable: str | None = None


def differing(
    path: Path, plan: Plan | None = None, parameters: Mapping[str, Any] | None = None, base: Base = "recorded"
) -> RerunDifference | list[Fault]:
    """What the analysis says otherwise than the session's result: the final one, else the live one.

    `parameters` replace those of the `base`; what is wrong with them for this recording is returned. Raises RecordedError.
    """
    capture = open_capture(path)
    start = recorded_parameters(capture) if base == "recorded" else Parameters()
    if faults := override_faults(parameters or {}, start):
        return faults
    after = rerun(capture, plan, changed(start, numbers(parameters or {})))
    return _compared(path, capture, [msgspec.to_builtins(event) for event in after], replanned=plan is not None)


def differing_by(path: Path, told: list[Event] | str) -> RerunDifference:
    """What another installed version says otherwise than the session's result: `told` by it (`bench.task.by_another`).

    Raises RecordedError, also where that says why it can't.
    """
    if isinstance(told, str):
        raise RecordedError(path, "", told.removeprefix(f"{path}: ").replace(f"{path.parent}{os.sep}", ""))
    return _compared(path, open_capture(path), told)


def _compared(path: Path, capture: Capture, after: list[Event], *, replanned: bool = False) -> RerunDifference:
    """With the session's result: the final one, else the live one."""
    # Of a cut one as far as they were told.
    told = survey(capture.path).events[EVENTS if capture.final is None else EVENTS_FINAL]
    before = [msgspec.json.decode(text) for text in told]
    found = difference(before, after, replanned=replanned)
    return RerunDifference(
        found.only_before, found.only_after, found.changed, _judged(path, capture, before, after), damage_in(capture, path)
    )


def _judged(path: Path, capture: Capture, before: list[Event], after: list[Event]) -> Judged | None:
    try:
        truth = truth_of(path)
    except RecordedError:
        # Labels that can't be read are told where labels are; what differs does not depend on them.
        return None
    verdicts = placed(truth.findings, shown(capture, instead=before)) if truth.findings else []
    then, now = (score(events, truth.repetitions, verdicts) for events in (before, after))
    return Judged(then.right, now.right, then.of) if then.of else None


def answers(otherwise: Otherwise, paths: Sequence[str]) -> Iterator[Answer]:
    """What comes of each recording, in order. Never raises for a recording's fault."""
    told = by_another(otherwise.command, paths) if otherwise.command is not None else {}
    for path in paths:
        try:
            yield _answer(otherwise, Path(path), told.get(path))
        except RecordedError as error:
            yield Answer(unreadable=error.words)
        except OSError as error:
            # Salvaging copies: a disk that takes nothing, a file that went away meanwhile.
            yield Answer(unreadable=error.strerror or str(error))


def _answer(otherwise: Otherwise, path: Path, told: list[Event] | str | None) -> Answer:
    if told is not None:
        return Answer(difference=differing_by(path, told))
    found = differing(path, otherwise.plan, otherwise.parameters, otherwise.base)
    return Answer(difference=found) if isinstance(found, RerunDifference) else Answer(faults=found)


def obey(order: bytes) -> bytes:
    """One order, one answer."""
    wanted = msgspec.json.decode(order, type=Order)
    return msgspec.json.encode(next(answers(wanted.otherwise, [wanted.path])))
