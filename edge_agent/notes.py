"""Small files of a spool's folder, each replaced as a whole."""

from pathlib import Path

from disk import Disk
from disk.saving import save


class Notes:
    """Of one folder: put by anybody, written by the disk's thread."""

    def __init__(self, disk: Disk, folder: Path) -> None:
        self._disk = disk
        self._folder = folder
        self._waiting: dict[str, bytes] = {}

    def put(self, name: str, content: bytes) -> None:
        """A file of this name is to hold that."""
        self._waiting[name] = content

    def read(self, name: str) -> bytes | None:
        """What such a file holds; None without one, or where it can't be read."""
        try:
            return self._disk.read(self._folder / name)
        except OSError:
            return None

    def write(self) -> None:
        """What was put is on the medium on return. Raises OSError; then it can be tried again."""
        while self._waiting:
            name, content = next(iter(self._waiting.items()))
            save(self._disk, self._folder / name, content)
            if self._waiting.get(name) is content:
                del self._waiting[name]
