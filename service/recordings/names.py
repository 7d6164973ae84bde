"""The names that a session's files have, beside its `S.mcap`."""

from datetime import datetime
from pathlib import Path

PART = ".mcap.part"
"""While it is written."""
RESUMED = ".resumed" + PART
"""A copy that is to become the part."""
RECOVERED = ".recovered" + PART
"""A copy that is to become whole under a name of its own."""
FINAL = ".final" + PART
"""A copy with the final result that is to take the recording's place."""
REWRITTEN = ".rewritten" + PART
"""A copy that is to take the part's place, because the part's last sync failed."""
COPIES = (RESUMED, RECOVERED, FINAL, REWRITTEN)
LABELS = "labels.csv"
"""What is known to be true of the recordings in a folder (decision 0162); none itself."""


def whole_name(path: Path) -> Path:
    """`X.mcap` of `X.mcap` or `X.mcap.part`."""
    return path.with_name(path.name.removesuffix(".part"))


def aside_name(path: Path, now: datetime) -> Path:
    """A name for a file that is kept for people beside the recording of its name; nothing takes it for one."""
    return path.with_name(f"{whole_name(path).name}.aside-{now:%Y%m%dT%H%M%S%f}")


def session_name(part: Path) -> str:
    """The session whose `.mcap.part` this is, by its name."""
    return whole_name(part).name.removesuffix(".mcap")


def recordings_under(folder: Path) -> list[Path]:
    """The recordings under a folder, one a session, by name: whole ones, then unfinished ones, then tables where nothing else has the name.

    A table beside a recording of its name is its export. Raises NotADirectoryError.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: {'is not a folder' if folder.exists() else 'no such folder'}")
    found: dict[Path, Path] = {}
    there = [path for path in folder.rglob("*") if not path.name.lower().endswith(COPIES) and path.name != LABELS]
    for suffix in (".mcap", PART, ".parquet", ".csv"):
        for path in sorted(path for path in there if path.name.lower().endswith(suffix) and path.is_file()):
            found.setdefault(path.with_name(path.name[: -len(suffix)]), path)
    return sorted(found.values())
