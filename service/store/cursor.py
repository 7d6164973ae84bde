"""Where a page of the list ends: opaque to whoever asks for the next one."""

import base64
import binascii
from datetime import UTC, datetime


class CursorError(ValueError):
    """An `after` that no page gave."""


def encode(started_utc: datetime, session: str) -> str:
    """The place after a session, as text that is safe in a URL."""
    text = f"{started_utc.astimezone(UTC).isoformat()} {session}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str) -> tuple[datetime, str]:
    """The session's start and id. Raises CursorError."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, session = text.partition(" ")
        started_utc = datetime.fromisoformat(moment)
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise CursorError(f"expected the `next` of a page, got {cursor[:60]!r}") from error
    if started_utc.tzinfo is None or not session:
        raise CursorError(f"expected the `next` of a page, got {cursor[:60]!r}")
    return started_utc, session
