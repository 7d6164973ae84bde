"""How much of a file may be held in memory: one that is huge, foreign or made on purpose takes no more (decision 0201)."""

from pathlib import Path

from wire.recorded import UnfitError

MIB = 1024 * 1024
OBJECT_BYTES = 300
"""What an object takes beside its bytes, about: where a batch lies takes so much."""


class Room:
    """The memory that what is kept of one file may take, in bytes, by estimate."""

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._most = self._left = most

    def take(self, size: int = 0, objects: int = 1) -> None:
        """Another object of so many bytes is kept, or several. Raises UnfitError where there is no room for it."""
        self._left -= size + objects * OBJECT_BYTES
        if self._left < 0:
            raise UnfitError(self._path, "", f"would take more than {self._most // MIB} MiB of memory to open")
