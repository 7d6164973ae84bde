"""The records of an MCAP file, read in order without its index: all that is whole, also of a file that was cut or damaged.

The `mcap` package's own readers either need the footer that a cut file lacks, or hand out a cut record as if it were whole.
Format: https://mcap.dev/spec, version 0.
"""

import errno
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

MAGIC = b"\x89MCAP0\r\n"
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, METADATA, DATA_END = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x0F
LARGEST_RECORD = 64 * 1024 * 1024
"""Bytes of one record, and of one unpacked chunk; a greater length is damage, not a recording of ours or of any common tool."""

MOST_TIMES, HARMLESS_BYTES = 200, 1024 * 1024
"""A chunk that would unpack to more than so many times its size, and to more than a little, is a bomb: readings don't pack so well."""

SEAL = 0x80
"""A record of ours (the specification leaves 0x80 and up to applications; readers skip what they don't know, decision 0121): a word that
can be found again behind damage, and the CRC-32 of everything since the seal before."""
SEAL_WORD = b"ILEXSEAL"

HEAD = struct.Struct("<BQ")
SEAL_BODY = struct.Struct("<8sI")
_DATA_END_BODY = struct.Struct("<I")
_FOOTER_BODY = struct.Struct("<QQI")
MESSAGE_HEAD = struct.Struct("<HIQQ")
CHUNK_HEAD = struct.Struct("<QQQII")
_LENGTH = struct.Struct("<Q")
_SEARCH_BYTES = 64 * 1024
_BUFFER_BYTES = 1024 * 1024
_own = threading.local()
"""A thread's own decompressor: making one takes longer than unpacking a chunk."""


class Frame(NamedTuple):
    """One record: where it starts, its content, and whether all of it is there.

    Not `sound`: it holds a checksum that doesn't fit what lies before it. Only `frames` looks at that.
    """

    offset: int
    opcode: int
    content: bytes
    whole: bool
    sound: bool = True


class Message(NamedTuple):
    """One message: its channel, its log time in ns, its data, and when it was published in ns."""

    channel: int
    log_time: int
    data: bytes
    publish_time: int


ADVICE = " (ilex recover gives what is whole)"
"""What is said of a damaged recording where that may help."""


class DamageError(ValueError):
    """A record that is not what it should be, at this byte of the file."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset

    @property
    def advised(self) -> str:
        """What is wrong and what helps; where the file doesn't even begin as one, nothing does."""
        return f"{self}{ADVICE}" if self.offset else str(self)


def frames(file: BinaryIO, offset: int = 0) -> Iterator[Frame]:
    """The records from the start of the file, or from the end of a seal, to its footer, each with whether its checksums fit.

    The last one is not whole where the file was cut within it.

    Raises DamageError where no record can be: no MCAP file at all, or a length beyond all reason.
    """
    if offset == 0:
        file.seek(0)
        magic = file.read(len(MAGIC))
        if magic != MAGIC:
            what = "is empty" if not magic else "is cut within its first bytes" if MAGIC.startswith(magic) else "is not an MCAP file"
            raise DamageError(0, what)
    sums = _Sums(from_start=offset == 0)
    offset = offset or len(MAGIC)
    while (frame := read_frame(file, offset)) is not None:
        offset += HEAD.size + len(frame.content)
        if frame.opcode == FOOTER and frame.whole:
            magic = file.read(len(MAGIC))
            yield frame._replace(whole=len(magic) == len(MAGIC), sound=sums.fit(frame) and MAGIC.startswith(magic))
            return
        if not frame.whole:
            yield frame
            return
        yield frame if sums.fit(frame) else frame._replace(sound=False)


class _Sums:
    """The checksums of what was read: of all data, since the last seal, and of the summary."""

    def __init__(self, *, from_start: bool) -> None:
        self._data = self._sealed = zlib.crc32(MAGIC) if from_start else 0
        self._good = from_start

    def fit(self, frame: Frame) -> bool:
        """Takes a whole record; False where the checksum in it is another."""
        opcode, content = frame.opcode, frame.content
        fits = True
        if opcode == SEAL:
            fits = content == SEAL_BODY.pack(SEAL_WORD, self._sealed)
            self._good &= fits
        elif opcode == DATA_END and len(content) == _DATA_END_BODY.size:
            (stated,) = _DATA_END_BODY.unpack(content)
            # One damaged place is told once: a seal has found it before.
            fits = stated in (0, self._data) or not self._good
        elif opcode == FOOTER and len(content) == _FOOTER_BODY.size:
            *_, stated = _FOOTER_BODY.unpack(content)
            before = zlib.crc32(HEAD.pack(opcode, len(content)) + content[:-4], self._sealed)
            fits = stated in (0, before)
        head = HEAD.pack(opcode, len(content))
        self._data = zlib.crc32(content, zlib.crc32(head, self._data))
        self._sealed = 0 if opcode in (SEAL, DATA_END) else zlib.crc32(content, zlib.crc32(head, self._sealed))
        return fits


def declared(file: BinaryIO) -> list[Frame]:
    """The schemas and channels as the summary of a finished file repeats them; none where it has no summary whose checksum fits.

    What stands once before the first message may be damaged there, and without it no message can be told from another.
    """
    begin = file.seek(0, os.SEEK_END) - len(MAGIC) - HEAD.size - _FOOTER_BODY.size
    if begin < len(MAGIC):
        return []
    file.seek(begin)
    head, body, magic = file.read(HEAD.size), file.read(_FOOTER_BODY.size), file.read()
    start, _, stated = _FOOTER_BODY.unpack(body)
    if head != HEAD.pack(FOOTER, len(body)) or magic != MAGIC or not stated or not len(MAGIC) <= start < begin:
        return []
    found: list[Frame] = []
    at, total = start, 0
    try:
        while at < begin and (frame := read_frame(file, at)) is not None and frame.whole:
            total = zlib.crc32(frame.content, zlib.crc32(HEAD.pack(frame.opcode, len(frame.content)), total))
            at += HEAD.size + len(frame.content)
            if frame.opcode in (SCHEMA, CHANNEL):
                found.append(frame)
    except DamageError:
        return []
    return found if at == begin and zlib.crc32(head + body[:-4], total) == stated else []


def next_seal(file: BinaryIO, offset: int) -> int | None:
    """Where the first seal at or after a byte starts, or None: where reading may begin again behind damage."""
    wanted = HEAD.pack(SEAL, SEAL_BODY.size) + SEAL_WORD
    file.seek(offset)
    kept = b""
    while data := file.read(_SEARCH_BYTES):
        found = (kept + data).find(wanted)
        if found >= 0:
            return offset - len(kept) + found
        offset += len(data)
        kept = (kept + data)[1 - len(wanted) :]
    return None


def opened(path: Path) -> BinaryIO:
    """A file to read frame by frame; most of them without a call to the system, after which a busy process' thread waits for its turn.

    Raises OSError, also for what is there and no file: a pipe would keep its reader waiting for ever.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "is not a file", str(path))
    return path.open("rb", buffering=_BUFFER_BYTES)


def followed(file: BinaryIO, footer: Frame) -> int | None:
    """Where another recording begins behind the end of a whole one: two were put together. None where anything else follows, or nothing."""
    end = footer.offset + HEAD.size + len(footer.content) + len(MAGIC)
    file.seek(end)
    return end if file.read(len(MAGIC)) == MAGIC else None


def identity(file: BinaryIO) -> tuple[int, int]:
    """Which file it is, whatever its name: one that has taken that name since is another."""
    about = os.fstat(file.fileno())
    return about.st_dev, about.st_ino


def read_frame(file: BinaryIO, offset: int) -> Frame | None:
    """The record that starts at a byte, or None where the file ends there. Raises DamageError."""
    file.seek(offset)
    head = file.read(HEAD.size)
    if not head:
        return None
    if len(head) < HEAD.size:
        return Frame(offset, head[0], b"", whole=False)
    opcode, length = HEAD.unpack(head)
    if opcode == 0 or length > LARGEST_RECORD:
        raise DamageError(offset, f"no record can be of kind {opcode} and {length} bytes")
    content = file.read(length)
    return Frame(offset, opcode, content, whole=len(content) == length)


def unpack_chunk(frame: Frame) -> bytes:
    """The records within a chunk. Of a cut chunk what can be had: all whole records where it is not compressed, else nothing.

    Raises DamageError if the chunk doesn't unpack to what its checksum says.
    """
    content = frame.content
    try:
        _, _, size, checksum, name_length = CHUNK_HEAD.unpack_from(content)
        start = CHUNK_HEAD.size + name_length
        compression = content[CHUNK_HEAD.size : start].decode()
        (length,) = _LENGTH.unpack_from(content, start)
    except (struct.error, UnicodeDecodeError):
        if frame.whole:
            raise DamageError(frame.offset, "a chunk's head is damaged") from None
        return b""
    data = content[start + _LENGTH.size : start + _LENGTH.size + length]
    if not frame.whole:
        return data if not compression else b""
    if size > LARGEST_RECORD or size > max(HARMLESS_BYTES, MOST_TIMES * len(data)):
        raise DamageError(frame.offset, f"a chunk of {len(data)} bytes claims to unpack to {size}")
    data = _unpacked(frame.offset, compression, data, size)
    if len(data) != size or (checksum and zlib.crc32(data) != checksum):
        raise DamageError(frame.offset, "a chunk's checksum doesn't fit its content")
    return data


def summed(frame: Frame) -> bool:
    """Whether a chunk that unpacks has a checksum; 0 says that it has none."""
    checksum: int = CHUNK_HEAD.unpack_from(frame.content)[3]
    return checksum != 0


def _unpacked(offset: int, compression: str, data: bytes, size: int) -> bytes:
    if compression == "lz4":
        import lz4.frame

        try:
            return bytes(lz4.frame.LZ4FrameDecompressor().decompress(data, max_length=size + 1))
        except (RuntimeError, EOFError) as error:
            raise DamageError(offset, f"a chunk doesn't unpack: {error}") from error
    if compression == "zstd":
        import zstandard

        try:
            if zstandard.frame_content_size(data) > size:
                raise DamageError(offset, "a chunk would unpack to more than it says")
            if not hasattr(_own, "zstd"):
                _own.zstd = zstandard.ZstdDecompressor()
            unpacked: bytes = _own.zstd.decompress(data, max_output_size=size)
            return unpacked
        except zstandard.ZstdError as error:
            raise DamageError(offset, f"a chunk doesn't unpack: {error}") from error
    if compression:
        raise DamageError(offset, f"a chunk is compressed by {compression[:20]!r}; known are lz4 and zstd")
    return data


def records_within(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind and content of each whole record in unpacked chunk data."""
    at = 0
    while at + HEAD.size <= len(data):
        opcode, length = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + length > len(data):
            return
        yield opcode, data[at : at + length]
        at += length


def message(content: bytes) -> Message:
    """A message record's content, taken apart. Raises struct.error."""
    channel, _, log_time, publish_time = MESSAGE_HEAD.unpack_from(content)
    return Message(channel, log_time, content[MESSAGE_HEAD.size :], publish_time)
