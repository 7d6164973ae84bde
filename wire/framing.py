"""The records of an MCAP file, read in order without its index: all that is whole, also of a file that was cut or damaged.

The `mcap` package's own readers either need the footer that a cut file lacks, or hand out a cut record as if it were whole.
Format: https://mcap.dev/spec, version 0.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAGIC = b"\x89MCAP0\r\n"
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, METADATA, DATA_END = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x0F
LARGEST_RECORD = 64 * 1024 * 1024
"""Bytes of one record, and of one unpacked chunk; a greater length is damage, not a recording of ours or of any common tool."""

HEAD = struct.Struct("<BQ")
MESSAGE_HEAD = struct.Struct("<HIQQ")
CHUNK_HEAD = struct.Struct("<QQQII")
_LENGTH = struct.Struct("<Q")


class Frame(NamedTuple):
    """One record: where it starts, its content, and whether all of it is there."""

    offset: int
    opcode: int
    content: bytes
    whole: bool


class Message(NamedTuple):
    """One message: its channel, its log time in ns, its data, and when it was published in ns."""

    channel: int
    log_time: int
    data: bytes
    publish_time: int


class DamageError(ValueError):
    """A record that is not what it should be, at this byte of the file."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def frames(file: BinaryIO) -> Iterator[Frame]:
    """The records from the start of the file to its footer. The last one is not whole where the file was cut within it.

    Raises DamageError where no record can be: no MCAP file at all, or a length beyond all reason.
    """
    file.seek(0)
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        what = "is empty" if not magic else "is cut within its first bytes" if MAGIC.startswith(magic) else "is not an MCAP file"
        raise DamageError(0, what)
    offset = len(MAGIC)
    while (frame := read_frame(file, offset)) is not None:
        yield frame
        if not frame.whole or frame.opcode == FOOTER:
            return
        offset += HEAD.size + len(frame.content)


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
    if size > LARGEST_RECORD:
        raise DamageError(frame.offset, f"a chunk claims to unpack to {size} bytes")
    data = _unpacked(frame.offset, compression, data, size)
    if len(data) != size or (checksum and zlib.crc32(data) != checksum):
        raise DamageError(frame.offset, "a chunk's checksum doesn't fit its content")
    return data


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
            return zstandard.ZstdDecompressor().decompress(data, max_output_size=size)
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
