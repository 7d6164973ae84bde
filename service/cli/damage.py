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


def told(recorded: Recorded, path: Path, done: str) -> bool:
    """Says on stderr, in a line, what is wrong with a recording opened by this path, the rest of which was `done`.

    True where the file is at fault: one that only ends too early may be a session that nobody has ended yet.
    """
    if not recorded.damage:
        return False
    if is_part(recorded, path):
        print(f"ilex: {path}: {recorded.damage}: is damaged; the rest {done}", file=sys.stderr)
        return True
    print(f"ilex: {path}:{recorded.damage}: the recording ends here, unfinished; what lies before {done}", file=sys.stderr)
    return False
