"""A disk that takes its time over a recording that is written anew."""

from collections.abc import Callable
from pathlib import Path

from disk import File
from service.recordings.names import REWRITTEN
from tests.faults.twin import Twin


class Slow(Twin):
    """The twin; `during` is called before each `write` and `sync` of a file that is to take a recording's place, with that name."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.during: Callable[[str], None] = lambda _: None

    def create(self, path: Path) -> File:
        file = super().create(path)
        return _Slow(self, file) if path.name.endswith(REWRITTEN) else file


class _Slow:
    def __init__(self, disk: Slow, file: File) -> None:
        self._disk, self._file = disk, file
        self.write_at, self.truncate, self.close = file.write_at, file.truncate, file.close

    @property
    def size(self) -> int:
        return self._file.size

    @size.setter
    def size(self, size: int) -> None:
        self._file.size = size

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._disk.during("write")
        self._file.write(data)

    def sync(self) -> None:
        self._disk.during("sync")
        self._file.sync()
