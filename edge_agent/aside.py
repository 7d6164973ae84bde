"""Samples that no broker takes, in a file for people (robustness F15): the records of `disk.records`, each an encoded batch."""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import structlog

from disk import Disk
from disk.records import record, records
from disk.saving import save

ASIDE = "aside.records"
MOST_BYTES = 16 * 1024 * 1024
"""Robustness F14's bound for a quarantine."""


log = structlog.get_logger(__name__)


class _Parted(NamedTuple):
    """Samples first..last of a boot that the broker doesn't take, as a batch."""

    boot: str
    first: int
    last: int
    payload: bytes


class Aside:
    """One such file, and what is still to be written into it."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._size: int | None = None
        """What of the file is known to be whole and on the medium; None where nobody has looked yet."""
        self._sure = False
        """There is nothing in the file but that."""
        self._failed = False
        """It could not be read, the last time."""
        self._waiting: deque[_Parted] = deque()

    def put(self, boot: str, first: int, last: int, payload: bytes) -> None:
        """The samples first..last of a boot, as an encoded batch, are to be written."""
        self._waiting.append(_Parted(boot, first, last, payload))

    def write(self, settled: Callable[[str, int, int, bool], None]) -> None:
        """Writes what waits; `settled` is told of each once it is durable, or (False) there is no room for it. Raises OSError."""
        while self._waiting:
            boot, first, last, payload = self._waiting[0]
            kept = self.add(payload)
            if not kept:
                log.error("samples lost: there is no room aside for them", file=ASIDE, boot=boot, first=first, last=last)
            settled(boot, first, last, kept)
            self._waiting.popleft()

    def add(self, payload: bytes) -> bool:
        """It is on the medium on return; False where there is no room for it. Raises OSError; then it can be tried again."""
        entry = record(payload)
        size = self._begin()
        if size + len(entry) > MOST_BYTES:
            return False
        self._sure = False
        with contextlib.closing(self._disk.reopen(self._path)) as file:
            file.write(entry)
            file.sync()
        self._size, self._sure = size + len(entry), True
        return True

    def _begin(self) -> int:
        """A torn end is cut off, or nobody could read on behind it; after a failed sync only another file is sure."""
        if self._size is not None and self._sure:
            return self._size
        content = self._content()
        if self._size is None:
            self._size = max((end for end, _ in records(content)), default=0)
        save(self._disk, self._path, content[: self._size])
        self._sure = True
        return self._size

    def _content(self) -> bytes:
        """What is in it; one that can't be read twice is kept under another name."""
        if not self._path.exists():
            return b""
        try:
            content = self._disk.read(self._path)
        except OSError:
            if not self._failed:
                self._failed = True
                raise
            kept = self._path.with_name(f"{time.time_ns():020d}-{self._path.name}")
            log.error("samples that were set aside can't be read; others go into another file", file=str(kept))  # noqa: TRY400
            self._disk.rename(self._path, kept)
            self._disk.sync_folder(kept.parent)
            self._size = 0
            content = b""
        self._failed = False
        return content
