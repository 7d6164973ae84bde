"""A recording leafed through: what it holds, one of its messages, its checksums: a task (`service.replay.tasks`)."""

from pathlib import Path
from typing import Literal

import msgspec

from service.replay.catalogue import catalogued
from service.replay.checksums import checked
from service.replay.messages import Wanted, message
from wire.recorded import RecordedError

What = Literal["contents", "message", "checksums"]


class Order(msgspec.Struct):
    """Which recording, and what of it; `wanted` goes with a message."""

    path: str
    what: What
    wanted: Wanted | None = None


class Answer(msgspec.Struct, omit_defaults=True):
    """What was found, in JSON, null where there is no such message; or why the recording can't be read."""

    found: msgspec.Raw = msgspec.Raw(b"null")
    unreadable: str | None = None


def obey(order: bytes) -> bytes:
    """One order, one answer."""
    asked = msgspec.json.decode(order, type=Order)
    path, answer = Path(asked.path), Answer()
    found: object
    try:
        if asked.what == "checksums":
            found = checked(path)
        elif asked.wanted is None:
            found = catalogued(path).contents()
        else:
            found = message(catalogued(path), asked.wanted)
        answer.found = msgspec.Raw(msgspec.json.encode(found))
    except RecordedError as error:
        answer.unreadable = f"{error.where}: {error.message}" if error.where else error.message
    return msgspec.json.encode(answer)
