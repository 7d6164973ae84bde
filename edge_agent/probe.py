"""Whether a folder takes what is written into it, found out by writing: nobody else can tell of a mounted, full or foreign disk."""

import contextlib
import tempfile
from pathlib import Path


def attempt(folder: Path) -> None:
    """Makes the folder and a file in it as an agent would, and takes away again whatever was not there. Raises OSError."""
    made: list[Path] = []
    try:
        for each in (*reversed(folder.parents), folder):
            if not each.is_dir():
                each.mkdir(exist_ok=True)
                made.append(each)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    finally:
        for each in reversed(made):
            with contextlib.suppress(OSError):  # an agent that has been started meanwhile needs it
                each.rmdir()
