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
    except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
        # What it says of itself is none of what a session says: no later look will find otherwise.
        answer = Answer(unreadable=f"what it says of itself can't be understood ({type(error).__name__}: {error})")
    return msgspec.json.encode(answer)
