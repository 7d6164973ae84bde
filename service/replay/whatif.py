"""A recorded session analysed again, otherwise (contract 6 `rerun`): `python -m` this, an order on standard input, the answer on output.

It runs as a process of its own, behind all others: analysing an hour takes seconds that the live event loop doesn't have.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from service import recordings
from service.analysis.difference import Difference, difference
from service.analysis.overrides import numbers, override_faults
from service.bench.task import by_another
from service.recordings.rerun import changed, recorded_parameters, rerun
from service.replay.worker import bounded
from wire.capture import Capture
from wire.errors import Fault
from wire.plan import Plan
from wire.recorded import RecordedError


class Order(msgspec.Struct):
    """Which recording, and what is to be otherwise: another plan, other parameters (name -> number or `{value, unit}`).

    Or another version, by its `command`, which judges by its own parameters and the recording's plan.
    """

    path: str
    plan: Plan | None = None
    parameters: dict[str, Any] = {}
    command: str | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """One of the three: what has changed; what is wrong with the parameters for this recording; why the recording can't be read."""

    difference: Difference | None = None
    faults: list[Fault] = []
    unreadable: str | None = None


def differing(path: Path, plan: Plan | None = None, parameters: Mapping[str, Any] | None = None) -> Difference | list[Fault]:
    """What the analysis says otherwise than the session's result: the final one, else the live one.

    `parameters` replace those that the recording was made with; what is wrong with them for this recording is returned. Raises
    RecordedError.
    """
    capture = Capture(path)
    base = recorded_parameters(capture)
    if faults := override_faults(parameters or {}, base):
        return faults
    before = recordings.events(path, "live" if capture.final is None else "final")
    after = rerun(capture, plan, changed(base, numbers(parameters or {})))
    return difference(map(msgspec.json.decode, before), [msgspec.to_builtins(event) for event in after])


def differing_by(path: Path, command: str) -> Difference:
    """What another installed version says otherwise than the session's result. Raises RecordedError, also where it says why it can't."""
    capture = Capture(path)
    before = recordings.events(path, "live" if capture.final is None else "final")
    after = by_another(command, [str(path)])[str(path)]
    if isinstance(after, str):
        raise RecordedError(path, "", after.removeprefix(f"{path}: "))
    return difference(map(msgspec.json.decode, before), after)


def main() -> int:
    """One order, one answer."""
    bounded()
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    try:
        if order.command is not None:
            answer = Answer(difference=differing_by(Path(order.path), order.command))
            sys.stdout.buffer.write(msgspec.json.encode(answer))
            return 0
        found = differing(Path(order.path), order.plan, order.parameters)
        answer = Answer(difference=found) if isinstance(found, Difference) else Answer(faults=found)
    except RecordedError as error:
        answer = Answer(unreadable=str(error))
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
