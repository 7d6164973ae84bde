"""A handful of recorded sessions analysed again, otherwise: a task (`service.replay.tasks`), of the many that `crew` hands out."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from service.replay.whatif import Answer, Otherwise, RerunDifference, answers


class Recording(NamedTuple):
    """A session's finished recording."""

    session: str
    path: str


class Order(msgspec.Struct):
    """Which recordings, and what is to be otherwise in all of them."""

    recordings: list[Recording]
    otherwise: Otherwise


class Line(RerunDifference, frozen=True, omit_defaults=True, kw_only=True):
    """What is answered of one of many sessions: what a rerun answers of one, or in its place `fault`, why there is nothing."""

    session: str
    fault: str | None = None


def faulty(session: str, words: str) -> bytes:
    """The line of a session of which there is nothing but the reason."""
    return msgspec.json.encode(Line([], [], [], session=session, fault=words)) + b"\n"


def obey(order: bytes) -> bytes:
    """One order, a line for each recording, in order."""
    wanted = msgspec.json.decode(order, type=Order)
    found = answers(wanted.otherwise, [one.path for one in wanted.recordings])
    return b"".join(_line(one, answer) for one, answer in zip(wanted.recordings, found, strict=True))


def _line(recording: Recording, answer: Answer) -> bytes:
    if (found := answer.difference) is None:
        faults = "; ".join(f"{fault.pointer}: {fault.message}" for fault in answer.faults)
        return faulty(recording.session, faults or f"{Path(recording.path).name}: {answer.unreadable}")
    told = Line(
        found.only_before, found.only_after, found.changed, labels=found.labels, damage=found.damage, session=recording.session
    )  # fmt: skip
    return msgspec.json.encode(told) + b"\n"
