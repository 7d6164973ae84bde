"""One file of the spool: batches of one boot, in order, as checksummed records in space that was prepared before."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from disk import Disk, File
from disk.records import HEAD_BYTES, records
from disk.saving import save
from wire.errors import WireError
from wire.samples import SampleBatch, decode

MARK_BYTES = 64 * 1024
"""A segment knows where its samples stand about this closely, so that reading one of them reads little more."""
_NAME = re.compile(r"([A-Za-z0-9_-]{1,64})-(\d{12,20})\.spool")
_KEY_BOOT = b"\xa4boot"


class Segment:
    """The samples `first` to `end` (exclusive) of a boot, in the first `size` of the file's `length` bytes."""

    def __init__(self, path: Path, boot: str, first: int, length: int) -> None:
        self.path = path
        self.boot = boot
        self.first = first
        self.end = first
        self.size = 0
        self.length = length
        self.unread = False
        """There is something in it that the disk didn't read, or that another version of this program wrote: it is not to be forgotten."""
        self._file: File | None = None
        self._marks: list[tuple[int, int]] = [(first, 0)]

    @classmethod
    def named(cls, path: Path) -> Self | None:
        """The segment in a file, as its name tells; None for any other file. Raises OSError."""
        found = _NAME.fullmatch(path.name)
        return cls(path, found[1], int(found[2]), path.stat().st_size) if found else None

    @classmethod
    def begin(cls, disk: Disk, folder: Path, boot: str, first: int, spare: Path | None) -> Self:
        """A new one, in the space of `spare` where there is one. Its name is on the medium on return. Raises OSError."""
        path = folder / f"{boot}-{first:012d}.spool"
        if spare is not None:
            disk.rename(spare, path)
            file = disk.reopen(path)
        else:
            try:
                file = disk.create(path)
            except FileExistsError:  # a failed attempt has left it
                disk.remove(path)
                file = disk.create(path)
        segment = cls(path, boot, first, file.size)
        segment._file = file
        disk.sync_folder(folder)
        return segment

    @property
    def writable(self) -> bool:
        """True for the one that is written."""
        return self._file is not None

    def add(self, data: bytes, end: int) -> None:
        """Records that reach up to sample `end`; on the medium on return. After an OSError it is not to be written any more."""
        assert self._file is not None
        if self.size + len(data) <= self._file.size:
            self._file.write_at(self.size, data)
        else:
            if self._file.size != self.size:
                self._file.truncate(self.size)
            self._file.write(data)
        self._file.sync()
        self._mark(self.end, self.size)
        self.size += len(data)
        self.length = max(self.length, self.size)
        self.end = end

    def close(self) -> None:
        """No more comes; the prepared space that is left over is given back. Raises OSError."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.truncate(self.size)
                self.length = self.size
            finally:
                file.close()

    def abandon(self) -> None:
        """Writing has failed: let go of the file as it is."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def recover(self, disk: Disk) -> bytes:
        """Find out what is in the last file of a boot that has ended; what is torn comes back, and is cut off.

        Raises OSError; then it is unread, and can be tried again.
        """
        self.unread = True
        data = disk.read(self.path)
        payloads: list[bytes] = []
        for _, end, payload in _walk(data, self.boot):
            self.size = end
            payloads.append(payload)
        self.end = next((end for end in map(_end_of, reversed(payloads)) if end is not None), self.first)
        torn = data[self.size :].rstrip(b"\0")
        if torn:
            beside = self.path.with_suffix(".torn")
            if not beside.exists():
                save(disk, beside, torn)
        if self.size < self.length:
            file = disk.reopen(self.path)
            file.truncate(self.size)
            file.close()
            self.length = self.size
        self.unread = bool(payloads) and _end_of(payloads[-1]) is None
        return torn

    def assume(self, end: int) -> None:
        """It reaches as far as the next one begins."""
        self.end = end
        self.size = self.length

    def batches(self, first: int) -> Iterator[SampleBatch]:
        """What it holds from sample `first` on, up to its end, in order; what is damaged is left out. Raises OSError."""
        _, offset = self._marks[bisect_right(self._marks, first, key=lambda mark: mark[0]) - 1]
        with self.path.open("rb") as file:
            file.seek(offset)
            data = file.read(self.size - offset)
        for start, _, payload in _walk(data, self.boot):
            try:
                batch = decode(payload)
            except WireError:
                self.unread = True
                continue
            if batch.seq >= self.end:
                return
            self._mark(batch.seq, offset + start)
            if batch.seq + batch.n > first:
                yield batch

    def _mark(self, seq: int, offset: int) -> None:
        if offset >= self._marks[-1][1] + MARK_BYTES:
            self._marks.append((seq, offset))


def _end_of(payload: bytes) -> int | None:
    """Behind a batch's last sample; None where another version of this program has written it."""
    try:
        batch = decode(payload)
    except WireError:
        return None
    return batch.seq + batch.n


def _walk(data: bytes, boot: str) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and payload of each whole record that holds a batch; behind a damaged place it goes on with the next whole one."""
    name = boot.encode()
    # How the boot stands in a batch's MessagePack map, whose first field it is: the search for the next record looks for it.
    key = _KEY_BOOT + (b"\xd9" + bytes([len(name)]) if len(name) > 31 else bytes([0xA0 | len(name)])) + name
    at = 0
    while True:
        for end, payload in records(data, at):
            yield at, end, payload
            at = end
        found = data.find(key, at + HEAD_BYTES + 2)
        if found < 0:
            return
        at = found - 1 - HEAD_BYTES
