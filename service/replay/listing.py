"""What the list of sessions says of a recording that no machine has just sent: a task (`service.replay.tasks`)."""

from pathlib import Path

import msgspec

from service.recordings.reading import summary
from service.store.row import SessionRow
from wire.recorded import RecordedError


class Answer(msgspec.Struct, omit_defaults=True):
    """One of the two: the session; why the recording can't be read."""

    row: SessionRow | None = None
    unreadable: str | None = None


def obey(order: bytes) -> bytes:
    """One path, one answer."""
    try:
        answer = Answer(summary(Path(order.decode())))
    except RecordedError as error:
        answer = Answer(unreadable=error.words)
    return msgspec.json.encode(answer)
