"""A recording as a table, for a download: a task (`service.replay.tasks`)."""

from pathlib import Path
from typing import Literal

import msgspec

from service.exporting import export
from wire.bulk import open_samples
from wire.recorded import Recorded, RecordedError, damage_in


class Order(msgspec.Struct):
    """Which recording, and the file to make."""

    path: str
    into: str
    to: Literal["csv", "parquet"]


class Answer(msgspec.Struct, omit_defaults=True):
    """Why the recording can't be read; null once the file stands. `damage`: what is wrong with the recording that it was made of."""

    unreadable: str | None = None
    damage: str | None = None


def obey(order: bytes) -> bytes:
    """One order, one file; of a damaged recording what is whole."""
    wanted = msgspec.json.decode(order, type=Order)
    path, answer = Path(wanted.path), Answer()
    try:
        recorded = _opened(path)
        answer.damage = damage_in(recorded, path)
        export(recorded, Path(wanted.into), wanted.to, damage=answer.damage)
    except RecordedError as error:
        answer = Answer(error.words)
    return msgspec.json.encode(answer)


def _opened(path: Path) -> Recorded:
    try:
        return open_samples(path)
    except RecordedError as error:
        from service.recordings.salvage import salvaged

        return salvaged(path, error)
