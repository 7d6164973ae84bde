"""A recording as a table, for a download: a task (`service.replay.tasks`)."""

from pathlib import Path
from typing import Literal

import msgspec

from service.exporting import export
from service.replay.gathering import Answer
from wire.bulk import open_samples
from wire.recorded import RecordedError


class Order(msgspec.Struct):
    """Which recording, and the file to make."""

    path: str
    into: str
    to: Literal["csv", "parquet"]


def obey(order: bytes) -> bytes:
    """One order, one file."""
    wanted = msgspec.json.decode(order, type=Order)
    answer = Answer()
    try:
        export(open_samples(Path(wanted.path)), Path(wanted.into), wanted.to)
    except RecordedError as error:
        answer = Answer(str(error))
    return msgspec.json.encode(answer)
