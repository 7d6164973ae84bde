"""One file of the spool: batches of one boot, in order, as checksummed records in space that was prepared before."""

import contextlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import structlog

from disk import Disk, File
from disk.records import HEAD_BYTES, records
from disk.saving import save
from wire.errors import WireError
from wire.samples import SampleBatch, decode

MARK_BYTES = 64 * 1024
"""A segment knows where its samples stand about this closely, so that reading one of them reads little more."""
BLOCK_BYTES = 4096
"""What a file can't be read in one go for is looked for by so much: a page, of which a bad sector takes no less."""
_NAME = re.compile(r"([A-Za-z0-9_-]{1,64})-(\d{12,20})\.spool")
_KEY_BOOT = b"\xa4boot"

log = structlog.get_logger(__name__)


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
        """Nobody knows how far it reaches, or another version of this program wrote some of it: it is not to be forgotten."""
        self.foreign = False
        """Another version of this program wrote some of it."""
        self._file: File | None = None
        self._marks: list[tuple[int, int]] = [(first, 0)]
        self.gap: object = None
        """Another one after each reading from which the disk left something out."""
        self._bad: frozenset[int] = frozenset()
        """Where the blocks begin that the disk didn't give."""
        self._told = False
        self._measured = True

    @classmethod
    def named(cls, path: Path) -> Self | None:
        """The segment in a file, as its name tells; None for any other file."""
        found = _NAME.fullmatch(path.name)
        if found is None:
            return None
        segment = cls(path, found[1], int(found[2]), 0)
        segment._measured = False
        with contextlib.suppress(OSError):  # whoever reads it tries again
            segment._measure()
        return segment

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
    def failed(self) -> bool:
        """True when there is something in it that the disk didn't read, the last time it was asked."""
        return bool(self._bad)

    def forgive(self) -> None:
        """The disk is asked for all of it again."""
        self._bad = frozenset()

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
            with contextlib.suppress(OSError):  # the caller tells why writing failed
                file.close()

    def recover(self, disk: Disk) -> bytes:
        """Find out what is in the last file of a boot that has ended; what is torn comes back, and is cut off.

        Raises OSError; then it is unread, nothing is cut off, and it can be tried again. What of it can be read is known all the same.
        """
        self.unread = True
        try:
            self._measure()
            data = disk.read(self.path)
        except OSError as error:
            self.forgive()
            self._survey(self._salvaged(0, self.length, error), self.end)
            raise
        last = self._survey(data)
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
        self.unread = self.foreign = last is not None and _end_of(last) is None
        self._read_again()
        return torn

    def _survey(self, data: bytes, least: int = 0) -> bytes | None:
        """How far it reaches, `least` where that is known already; the last whole record."""
        size = 0
        payloads: list[bytes] = []
        for _, size, payload in _walk(data, self.boot):  # noqa: B007 - the last one counts
            payloads.append(payload)
        end = next((end for end in map(_end_of, reversed(payloads)) if end is not None), self.first)
        if end >= least:
            self.size, self.end = size, end
        return payloads[-1] if payloads else None

    def assume(self, end: int) -> None:
        """It reaches as far as the next one begins."""
        self.end = end
        self.size = self.length

    def batches(self, first: int) -> Iterator[SampleBatch]:
        """What it holds from sample `first` on, up to its end, in order; what is damaged, and what the disk doesn't give, is left out."""
        _, offset = self._marks[bisect_right(self._marks, first, key=lambda mark: mark[0]) - 1]
        data = self._read(offset)
        for start, _, payload in _walk(data, self.boot):
            try:
                batch = decode(payload)
            except WireError:
                self.unread = self.foreign = True
                continue
            if batch.seq >= self.end:
                return
            self._mark(batch.seq, offset + start)
            if batch.seq + batch.n > first:
                yield batch

    def _read(self, offset: int) -> bytes:
        """Its bytes from there on; zeros for what the disk doesn't give, which is not asked for again until `forgive`."""
        if self._bad:
            return self._salvaged(offset, self.size)
        try:
            self._measure()
            data = read(self.path, offset, self.size)
        except OSError as error:
            return self._salvaged(offset, self.size, error)
        self._read_again()
        return data

    def _measure(self) -> None:
        """How long the file is, where the disk hadn't told it. Raises OSError."""
        if not self._measured:
            self.length = self.path.stat().st_size
            self._measured = True
            if self.end > self.first:  # as with `assume`
                self.size = self.length

    def _salvaged(self, offset: int, size: int, reason: OSError | None = None) -> bytes:
        first = offset // BLOCK_BYTES * BLOCK_BYTES
        data = bytearray(max(0, size - first))
        bad = set(self._bad) if self._measured else {0}

        def gives(start: int) -> bool:
            nonlocal reason
            end = min(start + BLOCK_BYTES, size)
            try:
                block = read(self.path, start, end)
            except OSError as error:
                reason = error
                bad.add(start)
                return False
            data[start - first : end - first] = block.ljust(end - start, b"\0")
            bad.discard(start)
            return True

        passes, failed = 0, 0
        passed: list[int] = []
        for start in range(first, size, BLOCK_BYTES):
            if start in bad:
                continue
            if passes:
                passes -= 1
                bad.add(start)
                passed.append(start)
            elif gives(start):
                all(map(gives, reversed(passed)))  # back to one that the disk doesn't give either
                passed, failed = [], 0
            else:  # a worn card may take seconds to fail: each time in vain it passes over more
                passes, failed = failed, 2 * failed + 1
        all(map(gives, reversed(passed)))
        self._bad = frozenset(bad)
        if bad:
            self.gap = object()
            self.trouble(str(reason))
        return bytes(data[offset - first :])

    def trouble(self, reason: str) -> None:
        """Says once that the disk doesn't give it."""
        if not self._told:
            self._told = True
            log.error("part of the spool can't be read; it is kept and tried again", file=str(self.path), reason=reason)

    def _read_again(self) -> None:
        """The disk gave all that it was asked for."""
        self._bad = frozenset()
        if self._told:
            self._told = False
            log.warning("part of the spool is read again", file=str(self.path))

    def _mark(self, seq: int, offset: int) -> None:
        if offset >= self._marks[-1][1] + MARK_BYTES:
            self._marks.append((seq, offset))


def read(path: Path, start: int, end: int) -> bytes:
    """Bytes `start` to `end` (exclusive) of a file, as far as it reaches. Raises OSError."""
    data = b""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        while piece := file.read(end - start - len(data)):  # what ends before a bad sector comes without an error
            data += piece
    return data


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
