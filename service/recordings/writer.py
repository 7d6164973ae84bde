"""MCAP, written so that a cut file keeps everything before the cut and the event loop never waits for the disk (decision 0040)."""

import errno
import struct
import threading
import zlib
from collections import deque
from pathlib import Path
from typing import NamedTuple

import zstandard
from mcap.data_stream import RecordBuilder
from mcap.records import (
    Channel,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    McapRecord,
    Metadata,
    MetadataIndex,
    Schema,
    Statistics,
    SummaryOffset,
)

from disk import DISK, Disk
from service.recordings.chunks import MESSAGE_INDEX, chunks
from wire import framing

CHUNK_BYTES = 16 * 1024
"""A chunk ends here (robustness-and-screens.md M1): what a crash can cost beside the second between two cuts."""
MOST_WAITING = 8 * 1024 * 1024
"""Bytes that may wait for a disk that doesn't take them: minutes of one machine."""

_MESSAGE = struct.Struct("<BQHIQQ")
_INDEX = struct.Struct("<QQ")
_INDEX_HEAD = struct.Struct("<BQHI")
_CHUNK = struct.Struct("<BQQQQII4sQ")
_CHUNK_INDEX_OPCODE = 0x08
_DATA_END_BYTES = 13


class WriterError(OSError):
    """The recording couldn't be kept up: the disk took nothing for too long. Nothing later may be acknowledged."""


class _Chunk(NamedTuple):
    first_ns: int
    last_ns: int
    records: bytes
    indexes: dict[int, bytearray]


class Writer:
    """One MCAP file in the making. `message` and `cut` only touch memory; `sync` and `finish` wait for the disk: call them from a thread.

    `write` is as quick as the kernel takes bytes. One thread may add and write while another syncs. Raises OSError, FileExistsError
    among them: a file is never opened twice.
    """

    def __init__(self, path: Path, library: str = "ilex", disk: Disk = DISK) -> None:
        self.path = path
        self._door = disk
        self._file = disk.create(path)
        self._named = False
        self._crc = 0
        self._digest = 0
        self.broken: str | None = None
        """Why nothing more is taken, for good: too much waited for the disk."""
        self._disk = threading.Lock()
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._waiting: deque[bytes | Metadata | _Chunk] = deque([framing.MAGIC + _bytes(Header("", library))])
        self.waiting_bytes = 0
        self._schemas: list[Schema] = []
        self._channels: list[Channel] = []
        self._counts: dict[int, int] = {}
        self._metadata_index: list[MetadataIndex] = []
        self._first_ns: int | None = None
        self._last_ns = 0
        self._fresh()

    def _fresh(self) -> None:
        self._records = bytearray()
        self._index: dict[int, bytearray] = {}
        self._chunk_first_ns: int | None = None
        self._chunk_last_ns = 0

    def schema(self, name: str, data: bytes) -> int:
        """A JSON Schema for channels to name. Returns its number."""
        schema = Schema(id=len(self._schemas) + 1, name=name, encoding="jsonschema", data=data)
        self._schemas.append(schema)
        self._waiting.append(_bytes(schema))
        return schema.id

    def channel(self, topic: str, encoding: str, schema: int, metadata: dict[str, str] | None = None) -> int:
        """A channel of messages; schema 0 = none. Returns its number."""
        channel = Channel(id=len(self._channels) + 1, topic=topic, message_encoding=encoding, schema_id=schema, metadata=metadata or {})
        self._channels.append(channel)
        self._counts[channel.id] = 0
        self._waiting.append(_bytes(channel))
        return channel.id

    def message(self, channel: int, log_ns: int, data: bytes, publish_ns: int | None = None) -> None:
        """A message at a UTC time, into the chunk at hand; `publish_ns`: when it came, where that is another time.

        Does nothing once the recording is `broken`.
        """
        if self.broken:
            return
        log_ns = max(log_ns, 0)
        records = self._records
        index = self._index.get(channel)
        if index is None:
            index = self._index[channel] = bytearray()
        index += _INDEX.pack(log_ns, len(records))
        records += _MESSAGE.pack(
            framing.MESSAGE, framing.MESSAGE_HEAD.size + len(data), channel, 0, log_ns, log_ns if publish_ns is None else publish_ns
        )
        records += data
        self._counts[channel] += 1
        if self._chunk_first_ns is None:
            self._chunk_first_ns = self._chunk_last_ns = log_ns
        elif log_ns > self._chunk_last_ns:
            self._chunk_last_ns = log_ns
        elif log_ns < self._chunk_first_ns:
            self._chunk_first_ns = log_ns
        if len(records) >= CHUNK_BYTES:
            self.cut()

    def metadata(self, name: str, pairs: dict[str, str]) -> None:
        """A metadata record, after everything added so far."""
        self.cut()
        self._waiting.append(Metadata(name=name, metadata=pairs))

    def cut(self) -> None:
        """Ends the chunk, so that the next `sync` makes it durable."""
        if self._chunk_first_ns is None:
            return
        if self.waiting_bytes > MOST_WAITING:
            self.broken = f"{self.path}: more than {MOST_WAITING} bytes wait for the disk"
            self._fresh()
            return
        chunk = _Chunk(self._chunk_first_ns, self._chunk_last_ns, bytes(self._records), self._index)
        self._first_ns = chunk.first_ns if self._first_ns is None else min(self._first_ns, chunk.first_ns)
        self._last_ns = max(self._last_ns, chunk.last_ns)
        self._fresh()
        self._waiting.append(chunk)
        self.waiting_bytes += len(chunk.records)

    def check(self) -> None:
        """Raises WriterError once the recording is broken: something that was added is lost."""
        if self.broken:
            raise WriterError(self.broken)

    def write(self) -> None:
        """Puts everything that was cut into the file. Raises OSError; what isn't written waits for the next call."""
        with self._disk:
            while self._waiting:
                item = self._waiting[0]
                if isinstance(item, _Chunk):
                    self._write_chunk(item)
                    self.waiting_bytes -= len(item.records)
                elif isinstance(item, Metadata):
                    data = _bytes(item)
                    self._metadata_index.append(MetadataIndex(offset=self._append(data), length=len(data), name=item.name))
                else:
                    self._append(item)
                self._waiting.popleft()

    def sync(self) -> None:
        """Makes everything that was cut durable: written, and fdatasynced. Raises OSError, WriterError."""
        self.check()
        self.write()
        # Not under the lock: whoever writes an event meanwhile must not wait for the medium.
        self._file.sync()
        if not self._named:
            self._door.sync_folder(self.path.parent)
            self._named = True

    def rename(self, to: Path) -> None:
        """Gives the file another name, durably, replacing what has it; it stays open. Sync first. Raises OSError."""
        self._door.rename(self.path, to)
        self.path = to
        self._door.sync_folder(to.parent)
        self._named = True

    def verify(self) -> None:
        """Reads back what was written. Raises OSError if it isn't what was added."""
        digest = 0
        try:
            with self.path.open("rb") as file:
                for frame in framing.frames(file):
                    if frame.opcode == framing.CHUNK and frame.whole:
                        digest = _digest(digest, framing.unpack_chunk(frame))
        except framing.DamageError as error:
            raise OSError(errno.EIO, f"what was written doesn't read back: {error}", str(self.path)) from error
        if digest != self._digest:
            raise OSError(errno.EIO, "what was written doesn't read back", str(self.path))

    def finish(self) -> None:
        """Ends the file with its index and closes it, durably. Raises OSError, WriterError."""
        self.cut()
        self.check()
        self.write()
        with self._disk:
            self._append(_bytes(DataEnd(self._crc)) + self._summary(self._file.size + _DATA_END_BYTES))
            self._file.sync()
        self.close()

    def close(self) -> None:
        """Closes the file as it is. Harmless when repeated."""
        self._file.close()

    def _append(self, data: bytes) -> int:
        """Writes all of it, or, on an error, nothing. Returns where it starts."""
        start = self._file.size
        self._file.write(data)
        self._crc = zlib.crc32(data, self._crc)
        return start

    def _write_chunk(self, chunk: _Chunk) -> None:
        packed = self._compressor.compress(chunk.records)
        size = _CHUNK.size - framing.HEAD.size + len(packed)
        head = _CHUNK.pack(
            framing.CHUNK, size, chunk.first_ns, chunk.last_ns, len(chunk.records), zlib.crc32(chunk.records), 4, b"zstd", len(packed)
        )
        parts = [head, packed]
        for channel, index in chunk.indexes.items():
            parts += (_INDEX_HEAD.pack(MESSAGE_INDEX, 6 + len(index), channel, len(index)), bytes(index))
        self._append(b"".join(parts))
        self._digest = _digest(self._digest, chunk.records)

    def _chunk_index(self) -> list[bytes]:
        """Read back from the file: kept in memory it would grow as long as a session is open."""
        with self.path.open("rb") as file:
            return [
                _bytes(
                    ChunkIndex(
                        chunk_length=chunk.length,
                        chunk_start_offset=chunk.offset,
                        compression=chunk.compression,
                        compressed_size=chunk.packed,
                        message_end_time=chunk.last_ns,
                        message_index_length=chunk.end - chunk.offset - chunk.length,
                        message_index_offsets=chunk.indexes,
                        message_start_time=chunk.first_ns,
                        uncompressed_size=chunk.size,
                    )
                )
                for chunk in chunks(file)
            ]

    def _summary(self, start: int) -> bytes:
        chunk_index = self._chunk_index()
        statistics = Statistics(
            attachment_count=0,
            channel_count=len(self._channels),
            channel_message_counts=self._counts,
            chunk_count=len(chunk_index),
            message_count=sum(self._counts.values()),
            message_end_time=self._last_ns,
            message_start_time=self._first_ns or 0,
            metadata_count=len(self._metadata_index),
            schema_count=len(self._schemas),
        )
        groups = [
            (framing.SCHEMA, b"".join(map(_bytes, self._schemas))),
            (framing.CHANNEL, b"".join(map(_bytes, self._channels))),
            (0x0B, _bytes(statistics)),
            (_CHUNK_INDEX_OPCODE, b"".join(chunk_index)),
            (0x0D, b"".join(map(_bytes, self._metadata_index))),
        ]
        summary, offsets = b"", b""
        for opcode, group in groups:
            if group:
                offsets += _bytes(SummaryOffset(group_opcode=opcode, group_start=start + len(summary), group_length=len(group)))
            summary += group
        offset_start = start + len(summary)
        summary += offsets
        footer = struct.pack("<BQQQ", framing.FOOTER, 20, start, offset_start)
        return summary + _bytes(Footer(start, offset_start, zlib.crc32(footer, zlib.crc32(summary)))) + framing.MAGIC


def _digest(before: int, records: bytes) -> int:
    return zlib.crc32(records, before)


def _bytes(record: McapRecord) -> bytes:
    builder = RecordBuilder()
    record.write(builder)
    data: bytes = builder.end()  # type: ignore[no-untyped-call]  # the package is only half typed
    return data
