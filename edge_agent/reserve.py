"""Space for samples that is prepared ahead: files as large as a segment, written full, that become segments by their names."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from disk import Disk, File

MIB = 1024 * 1024
RESERVE_BYTES = 64 * MIB
RESERVE_SHARE = 0.05
"""Space prepared ahead, so that a disk that somebody else fills up leaves a running set this much (robustness F10): the smaller of both."""
PREPARE_BYTES = 256 * 1024
"""Prepared in one round: a slow card takes it in a few ms, so that the group commit is not late."""
AGAIN_S = 10.0
"""Where the disk has no room for more."""


def wanted(whole: int, size: int) -> int:
    """How many files of that size are to be held ready, of so many bytes that the spool may take in all."""
    return max(1, int(min(RESERVE_BYTES, whole * RESERVE_SHARE)) // size)


class Reserve:
    """The files of one spool's folder."""

    def __init__(self, disk: Disk, folder: Path, now_s: Callable[[], float]) -> None:
        self._disk = disk
        self._folder = folder
        self._now_s = now_s
        self._spares: list[Path] = []
        self._growing: tuple[Path, File] | None = None
        self._again_at_s = 0.0

    @property
    def count(self) -> int:
        """Files that are ready."""
        return len(self._spares)

    def find(self, paths: Iterable[Path]) -> None:
        """Takes on what an earlier run left in the folder; what that had not prepared to the end is removed, if it can be."""
        paths = list(paths)
        self._spares = [path for path in paths if path.suffix == ".spare"]
        for path in paths:
            if path.suffix == ".new":
                with contextlib.suppress(OSError):
                    self._disk.remove(path)

    def fit(self, size: int) -> None:
        """Files of another size are removed, if they can be; none is used of which the disk doesn't tell it."""
        for path in list(self._spares):
            with contextlib.suppress(OSError):
                if path.stat().st_size == size:
                    continue
                self._disk.remove(path)
            self._spares.remove(path)

    def take(self) -> Path | None:
        """The oldest, which is the taker's from now on."""
        return self._spares.pop(0) if self._spares else None

    def grow(self, size: int, most: Callable[[], int]) -> None:
        """A little more, up to `most` files. A disk that has no room is tried again later. Raises OSError where it can't even remove."""
        if self._now_s() < self._again_at_s:
            return
        try:
            if self._growing is None:
                if self.count >= most():
                    return
                path = self._folder / f"{time.time_ns():020d}.new"
                self._growing = path, self._disk.create(path)
            path, file = self._growing
            file.write(bytes(min(PREPARE_BYTES, size - file.size)))
            file.sync()  # a little at a time, or else the first commit in it would wait for all of it
            if file.size == size:
                file.close()
                self._growing = None
                spare = path.with_suffix(".spare")
                self._disk.rename(path, spare)
                self._spares.append(spare)
        except OSError:
            self._again_at_s = self._now_s() + AGAIN_S
            if self._growing is not None:
                path, file = self._growing
                self._growing = None
                file.close()
                if os.path.lexists(path):
                    self._disk.remove(path)

    def close(self) -> None:
        """What is being prepared is left for `find`."""
        if self._growing is not None:
            self._growing[1].close()
            self._growing = None
