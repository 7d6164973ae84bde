"""Recordings that are opened as far as they are good, and how a command says what is wrong with them (decision 0201)."""

import sys
from collections.abc import Callable
from pathlib import Path

from wire.recorded import Recorded, RecordedError, is_part, open_recorded


def opened(path: Path, open_: Callable[[Path], Recorded] = open_recorded) -> Recorded:
    """As far as it is good; what that takes is imported for a damaged one alone. Raises RecordedError, OSError."""
    try:
        return open_(path)
    except RecordedError as error:
        from service.recordings.salvage import salvaged

        return salvaged(path, error)


def words(recorded: Recorded, path: Path, done: str) -> str | None:
    """What is wrong with a recording opened by this path, the rest of which was `done`; None where nothing is."""
    if not recorded.damage:
        return None
    if is_part(recorded, path):
        return f"{path}: {recorded.damage}; the rest {done}"
    return f"{path}:{recorded.damage}: the recording ends here, unfinished; what lies before {done}"


def told(recorded: Recorded, path: Path, done: str) -> bool:
    """Says so on stderr. True where the file is at fault: one that only ends too early may be a session that nobody has ended."""
    if wrong := words(recorded, path, done):
        print(f"ilex: {wrong}", file=sys.stderr)
    return is_part(recorded, path)
