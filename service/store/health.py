"""Whether a SQLite file is as it was written, and where it goes when it isn't (robustness F24)."""

import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.dialects import sqlite

from service.store.tables import unsealed

_DAMAGED = ("malformed", "not a database", "disk image")
"""What SQLite says of a file that it can't make sense of; anything else (locked, no space) is no damage."""


def seal(*values: bytes | str | None) -> int:
    """CRC-32 of a row's values, each with its length; SQLite has no function for it, and knows a row by none (decision 0282)."""
    checksum = 0
    for value in values:
        data = value.encode() if isinstance(value, str) else value
        checksum = zlib.crc32(b"-" if data is None else b"%d:%b" % (len(data), data), checksum)
    return checksum


def damage(file: Path) -> str | None:
    """What is wrong with a database: its structure, by SQLite's own check, or a row that is not as it was written.

    None where nothing is, or where it can't be asked now. Blocks: about 30 MB a second.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=1.0)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                return str(found)
            database.create_function("seal", -1, seal, deterministic=True)
            database.text_factory = bytes
            changed = database.execute(f"{unsealed().compile(dialect=sqlite.dialect())} LIMIT 1").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if any(word in str(error) for word in _DAMAGED) else None
    if changed is None:
        return None
    (session,) = changed  # whatever a flipped bit has made of it
    return f"the row of {session.decode(errors='replace') if isinstance(session, bytes) else session} is not as it was written"


def set_aside(file: Path, why: str) -> Path:
    """Gives a database, and its write-ahead log, another name, with `why` in it; nothing is deleted. Returns it. Raises OSError."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    kept = file.with_name(f"{file.name}.{why}-{stamp}")
    for end in ("-wal", "-shm"):
        beside = file.with_name(file.name + end)
        if beside.exists():
            beside.rename(kept.with_name(kept.name + end))
    return file.rename(kept)
