"""How far a boot's samples are settled, kept over a restart in two slots that are written in turn: a torn one leaves the other."""

import contextlib
import struct
import zlib
from pathlib import Path

import structlog

from disk import Disk, File

_SLOT = struct.Struct("<QQI")
_APART = 512
"""Bytes from slot to slot: a sector, so that a torn write can't reach both."""

log = structlog.get_logger(__name__)


class Position:
    """The first sample of a boot that is still to be stored; 0 where nobody knows."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._file: File | None = None
        self._turn = 0
        self._unread = False
        self.at = 0
        try:
            if path.exists():
                self.at, self._turn = _newest(disk.read(path))
        except OSError as error:  # no reason not to start: what is stored already is sent again, and no more
            log.error("how far a boot is stored can't be read; it is sent again", file=str(path), reason=str(error))  # noqa: TRY400 - the reason says it all
            self._unread = True

    def keep(self, at: int) -> None:
        """It is on the medium on return. Raises OSError."""
        if at == self.at:
            return
        file = self._open()
        self._turn += 1
        words = struct.pack("<QQ", self._turn, at)
        try:
            file.write_at(self._turn % 2 * _APART, words + zlib.crc32(words).to_bytes(4, "little"))
            file.sync()
        except OSError:  # nobody knows what of it is there, and whether it can be written: the next time it is another file
            self._unread = True
            with contextlib.suppress(OSError):
                self.close()
            raise
        self.at = at

    def close(self) -> None:
        """Lets go of the file, also where it raises OSError."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def remove(self) -> None:
        """The boot is settled. Raises OSError."""
        self.close()
        if self._path.exists():
            self._disk.remove(self._path)

    def _open(self) -> File:
        if self._file is None:
            if self._unread:  # nobody knows its turn: a place of before must not win over those that follow
                if self._path.exists():
                    self._disk.remove(self._path)
                self._unread = False
            if self._path.exists():
                self._file = self._disk.reopen(self._path)
            else:
                self._file = self._disk.create(self._path)
                self._disk.sync_folder(self._path.parent)
        if self._file.size < 2 * _APART:
            self._file.write(bytes(2 * _APART - self._file.size))
        return self._file


def _newest(data: bytes) -> tuple[int, int]:
    """Position and turn of the newer whole slot; 0, 0 without one."""
    found = (0, 0)
    for offset in (0, _APART):
        slot = data[offset : offset + _SLOT.size]
        if len(slot) == _SLOT.size:
            turn, at, checksum = _SLOT.unpack(slot)
            if turn > found[1] and zlib.crc32(slot[:16]) == checksum:
                found = (at, turn)
    return found
