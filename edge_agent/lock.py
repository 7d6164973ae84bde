"""One agent to a folder: a lock that goes with its process, however that ends."""

import os
import sys
from pathlib import Path


class Taken(Exception):
    """Another agent has the folder."""


class Lock:
    """Held from the start until `release`. Raises Taken, OSError."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            _lock(self._fd)
        except OSError:
            os.close(self._fd)
            raise Taken(f"{file.parent}: another agent keeps its samples here; two must not share a spool's folder") from None

    def release(self) -> None:
        """Harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
