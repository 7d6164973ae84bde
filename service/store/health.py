"""Whether a SQLite file is as it was written, and where it goes when it isn't (robustness F24)."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

_DAMAGED = ("malformed", "not a database", "disk image")
"""What SQLite says of a file that it can't make sense of; anything else (locked, no space) is no damage."""


def damage(file: Path) -> str | None:
    """What SQLite finds wrong with a database, None where nothing, or where it can't be asked now. Blocks: about 50 MB a second."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=1.0)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if any(word in str(error) for word in _DAMAGED) else None
    return None if found == "ok" else str(found)


def set_aside(file: Path, why: str) -> Path:
    """Gives a database, and its write-ahead log, another name, with `why` in it; nothing is deleted. Returns it. Raises OSError."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    kept = file.with_name(f"{file.name}.{why}-{stamp}")
    for end in ("-wal", "-shm"):
        beside = file.with_name(file.name + end)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + end))
    return file.rename(kept)
