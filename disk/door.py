"""What may be done to a file that must survive, and what each call promises (decision 0110).

The tests have a twin of it that keeps what was not synced apart, and rebuilds the states that a power cut may leave behind.
"""

import contextlib
import os
from pathlib import Path
from typing import Protocol


class File(Protocol):
    """A file open for writing. Every method raises OSError; after a failed `write` nothing of it is in the file."""

    size: int
    """Where the next `write` goes: the end of what was written."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Puts all of `data` at the end. The kernel has it on return, so that a killed process loses nothing; a power cut may."""

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Replaces bytes in the midst of the file; `size` stays."""

    def truncate(self, size: int) -> None:
        """Cuts the file; the next `write` goes there."""

    def sync(self) -> None:
        """The file's bytes and its length are on the medium on return (fdatasync). Its name may not be: `Disk.sync_folder`."""

    def close(self) -> None:
        """Lets go of it; nothing is synced by this. Harmless when repeated."""


class Disk(Protocol):
    """Folders and names. Every method raises OSError."""

    def create(self, path: Path) -> File:
        """A new file. Raises FileExistsError."""

    def reopen(self, path: Path) -> File:
        """A file that is there, to go on at its end."""

    def read(self, path: Path) -> bytes:
        """Everything in it."""

    def rename(self, path: Path, to: Path) -> None:
        """Gives a file another name, replacing what has it; on the medium only after `sync_folder`."""

    def remove(self, path: Path) -> None:
        """Deletes a file; on the medium only after `sync_folder`."""

    def make_folder(self, path: Path) -> None:
        """The folder and its parents, each durably in its own."""

    def sync_folder(self, path: Path) -> None:
        """What was created, renamed or removed in it is on the medium on return."""


class _File:
    def __init__(self, path: Path, flags: int) -> None:
        self._fd = os.open(path, os.O_WRONLY | flags | getattr(os, "O_BINARY", 0), 0o640)
        self.size = os.lseek(self._fd, 0, os.SEEK_END)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        start, view = self.size, memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            self.truncate(start)
            raise
        self.size = start + len(data)

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        view = memoryview(data)
        os.lseek(self._fd, offset, os.SEEK_SET)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        finally:
            os.lseek(self._fd, self.size, os.SEEK_SET)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._fd, size)
        self.size = os.lseek(self._fd, size, os.SEEK_SET)

    def sync(self) -> None:
        getattr(os, "fdatasync", os.fsync)(self._fd)

    def close(self) -> None:
        fd, self._fd = self._fd, -1  # first: after a failed close too the number may be another file's
        if fd >= 0:
            os.close(fd)


class _Disk:
    def create(self, path: Path) -> File:
        return _File(path, os.O_CREAT | os.O_EXCL)

    def reopen(self, path: Path) -> File:
        return _File(path, 0)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def rename(self, path: Path, to: Path) -> None:
        path.replace(to)

    def remove(self, path: Path) -> None:
        path.unlink()

    def make_folder(self, path: Path) -> None:
        if path.is_dir():
            return
        self.make_folder(path.parent)
        path.mkdir(exist_ok=True)
        try:
            self.sync_folder(path.parent)
        except OSError:
            with contextlib.suppress(OSError):
                path.rmdir()  # or the next attempt would take it for durable
            raise

    def sync_folder(self, path: Path) -> None:
        if os.name == "nt":
            return  # Windows has no way to
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


DISK: Disk = _Disk()
"""The real one."""
