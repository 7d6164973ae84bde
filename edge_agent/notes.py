"""Small files of a spool's folder, each replaced as a whole, with a checksum in a last line of its own (robustness F24)."""

import zlib
from pathlib import Path

import structlog

from disk import Disk
from disk.saving import save

_MARK = b"\ncrc32 "

log = structlog.get_logger(__name__)


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
        """What such a file holds, one of an earlier version too; None without one, or where it can't be read or is damaged."""
        try:
            found = self._disk.read(self._folder / name)
        except OSError:
            return None
        content, mark, _ = found.rpartition(_MARK)
        if not mark:
            return found
        if found != _marked(content):
            log.error("a note of the spool is damaged, and not used", file=name)
            return None
        return content

    @property
    def waiting(self) -> list[str]:
        """The files that are to be written."""
        return list(self._waiting)

    def write(self, *names: str) -> None:
        """What was put under these of the names that wait, or all, is on the medium on return. Raises OSError; it can be tried again."""
        for name in names or self.waiting:
            content = self._waiting[name]
            save(self._disk, self._folder / name, _marked(content))
            if self._waiting.get(name) is content:
                del self._waiting[name]


def _marked(content: bytes) -> bytes:
    return b"%s%s%08x\n" % (content, _MARK, zlib.crc32(content))
