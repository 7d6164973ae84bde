"""Where the chunks of a recording lie, read from the file itself, whole or still being written: the file is its own index.

The writer puts the message indexes of a chunk right behind it (https://mcap.dev/spec), so that a walk from head to head unpacks nothing.
"""

import struct
from collections.abc import Container, Iterator
from io import SEEK_END, BytesIO
from typing import BinaryIO, NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.records import Channel

from wire import framing

MESSAGE_INDEX = 0x07
_ENTRY = struct.Struct("<QQ")
_CHANNEL = struct.Struct("<HI")
_PACKED = struct.Struct("<Q")


class Chunk(NamedTuple):
    """One chunk: where its record starts and how long it is, and where each channel's message index starts, by channel number."""

    offset: int
    length: int
    first_ns: int
    last_ns: int
    size: int
    packed: int
    compression: str
    indexes: dict[int, int]
    end: int
    """Where the last of its message indexes ends."""


def channels(file: BinaryIO) -> Iterator[Channel]:
    """The channels: they stand before the first chunk."""
    for frame in framing.frames(file):
        if frame.opcode == framing.CHUNK:
            return
        if frame.opcode == framing.CHANNEL and frame.whole:
            yield Channel.read(ReadDataStream(BytesIO(frame.content)))


def chunks(file: BinaryIO, start: int = len(framing.MAGIC)) -> Iterator[Chunk]:
    """The whole chunks in order; one that is being written, or was cut, ends it. `start`: where a record begins; from there on.

    Raises framing.DamageError.
    """
    end = file.seek(0, SEEK_END)
    chunk: Chunk | None = None
    for offset, opcode, length in heads(file, start, end):
        if opcode == MESSAGE_INDEX and chunk is not None:
            file.seek(offset + framing.HEAD.size)
            channel, _ = _CHANNEL.unpack(file.read(_CHANNEL.size))
            chunk.indexes[channel] = offset
            chunk = chunk._replace(end=offset + length)
            continue
        if chunk is not None:
            yield chunk
        chunk = _chunk(file, offset, length) if opcode == framing.CHUNK else None
    if chunk is not None:
        yield chunk


def messages(file: BinaryIO, chunk: Chunk, channel: int) -> Iterator[framing.Message]:
    """The messages of one channel within a chunk, in the order in which they were added. Raises framing.DamageError."""
    index = framing.read_frame(file, chunk.indexes[channel])
    packed = framing.read_frame(file, chunk.offset)
    if index is None or packed is None or not index.whole:
        raise framing.DamageError(chunk.offset, "the file has become shorter while it was read")
    data = framing.unpack_chunk(packed)
    for _, at in _ENTRY.iter_unpack(index.content[_CHANNEL.size :]):
        _, length = framing.HEAD.unpack_from(data, at)
        start = at + framing.HEAD.size
        yield framing.message(data[start : start + length])


def messages_of(file: BinaryIO, chunk: Chunk, wanted: Container[int]) -> Iterator[framing.Message]:
    """The messages of some channels within a chunk, in the order in which they were added. Raises framing.DamageError."""
    packed = framing.read_frame(file, chunk.offset)
    if packed is None:
        raise framing.DamageError(chunk.offset, "the file has become shorter while it was read")
    for opcode, content in framing.records_within(framing.unpack_chunk(packed)):
        if opcode == framing.MESSAGE and (message := framing.message(content)).channel in wanted:
            yield message


def heads(file: BinaryIO, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Offset, kind and length (its head included) of each whole record up to the footer."""
    file.seek(0)
    if file.read(len(framing.MAGIC)) != framing.MAGIC:
        raise framing.DamageError(0, "is not an MCAP file")
    offset = start
    while offset + framing.HEAD.size <= end:
        file.seek(offset)
        opcode, length = framing.HEAD.unpack(file.read(framing.HEAD.size))
        if opcode == 0 or length > framing.LARGEST_RECORD:
            raise framing.DamageError(offset, f"no record can be of kind {opcode} and {length} bytes")
        length += framing.HEAD.size
        if offset + length > end or opcode == framing.FOOTER:
            return
        yield offset, opcode, length
        offset += length


def _chunk(file: BinaryIO, offset: int, length: int) -> Chunk:
    file.seek(offset + framing.HEAD.size)
    first_ns, last_ns, size, _, name_length = framing.CHUNK_HEAD.unpack(file.read(framing.CHUNK_HEAD.size))
    compression = file.read(name_length).decode()
    (packed,) = _PACKED.unpack(file.read(_PACKED.size))
    return Chunk(offset, length, first_ns, last_ns, size, packed, compression, {}, offset + length)
