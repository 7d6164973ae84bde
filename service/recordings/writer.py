"""MCAP, written so that a cut file keeps everything before the cut and the event loop never waits for the disk (decision 0040)."""

import errno
import struct
import threading
import zlib
from collections import deque
from io import FileIO
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

from disk import DISK, Disk, File
from service.recordings.chunks import MESSAGE_INDEX, chunks
from service.recordings.names import REWRITTEN, whole_name
from wire import framing

CHUNK_BYTES = 16 * 1024
"""A chunk ends here (robustness-and-screens.md M1): what a crash can cost beside the second between two cuts."""
MOST_WAITING = 8 * 1024 * 1024
"""Bytes that may wait for a disk that doesn't take them: minutes of one machine. Beyond, no samples are taken: the edge keeps them."""
MOST_LOST = 2 * MOST_WAITING
"""Bytes beyond which inputs and events are not taken either: hours of them."""

_MESSAGE = struct.Struct("<BQHIQQ")
_INDEX = struct.Struct("<QQ")
_INDEX_HEAD = struct.Struct("<BQHI")
_CHUNK = struct.Struct("<BQQQQII4sQ")
_CHUNK_INDEX_OPCODE = 0x08
_DATA_END_BYTES = 13
_PIECE_BYTES = 1024 * 1024


class WriterError(OSError):
    """The disk has taken nothing for so long that no more samples are taken. They may not be acknowledged."""


class _Chunk(NamedTuple):
    first_ns: int
    last_ns: int
    records: bytes
    indexes: dict[int, bytearray]


class _Packed(NamedTuple):
    """A chunk from another file, as it lies there with its message indexes."""

    first_ns: int
    last_ns: int
    data: bytes


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
        self._suspect = False
        self._ended = False
        self._crc = self._unsealed = 0
        self._disk = threading.Lock()
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._waiting: deque[bytes | Metadata | _Chunk | _Packed] = deque([framing.MAGIC + _bytes(Header("", library))])
        self.waiting_bytes = 0
        self.lost = 0
        """Messages that the disk left no room for."""
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

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._file.size

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

        What can't wait for the disk any more is lost and counted in `lost`; who must know asks `check` before.
        """
        if self.waiting_bytes > MOST_LOST:
            self.lost += 1
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

    def take(self, chunk: framing.Frame, indexes: list[framing.Frame], counts: dict[int, int]) -> int:
        """A whole chunk of another file that numbers its channels likewise, with its message indexes. Returns its last log time."""
        self.cut()
        first_ns, last_ns, *_ = framing.CHUNK_HEAD.unpack_from(chunk.content)
        data = b"".join(framing.HEAD.pack(frame.opcode, len(frame.content)) + frame.content for frame in (chunk, *indexes))
        self._span(first_ns, last_ns)
        for channel, count in counts.items():
            self._counts[channel] += count
        self._waiting.append(_Packed(first_ns, last_ns, data))
        self.waiting_bytes += len(data)
        return int(last_ns)

    def _span(self, first_ns: int, last_ns: int) -> None:
        self._first_ns = first_ns if self._first_ns is None else min(self._first_ns, first_ns)
        self._last_ns = max(self._last_ns, last_ns)

    def metadata(self, name: str, pairs: dict[str, str]) -> None:
        """A metadata record, after everything added so far."""
        self.cut()
        self._waiting.append(Metadata(name=name, metadata=pairs))

    def cut(self) -> None:
        """Ends the chunk, so that the next `sync` makes it durable."""
        if self._chunk_first_ns is None:
            return
        chunk = _Chunk(self._chunk_first_ns, self._chunk_last_ns, bytes(self._records), self._index)
        self._span(chunk.first_ns, chunk.last_ns)
        self._fresh()
        self._waiting.append(chunk)
        self.waiting_bytes += len(chunk.records)

    def check(self) -> None:
        """Raises WriterError while too much waits for the disk; it ends by itself when the disk takes it."""
        if self.waiting_bytes > MOST_WAITING:
            raise WriterError(errno.ENOSPC, f"more than {MOST_WAITING} bytes wait for the disk", str(self.path))

    def write(self) -> None:
        """Puts everything that was cut into the file. Raises OSError; what isn't written waits for the next call."""
        with self._disk:
            while self._waiting:
                item = self._waiting[0]
                if isinstance(item, _Chunk):
                    self._write_chunk(item)
                    self.waiting_bytes -= len(item.records)
                elif isinstance(item, _Packed):
                    self._append_sealed(item.data)
                    self.waiting_bytes -= len(item.data)
                elif isinstance(item, Metadata):
                    data = _bytes(item)
                    self._metadata_index.append(MetadataIndex(offset=self._append_sealed(data), length=len(data), name=item.name))
                else:
                    self._append(item)
                    self._unsealed = zlib.crc32(item, self._unsealed)
                self._waiting.popleft()

    def sync(self) -> None:
        """Makes everything that was cut durable: written, and fdatasynced. Raises OSError; then the next one tries again."""
        self.write()
        if self._suspect:
            self._write_anew()
        try:
            # Not under the lock: whoever writes an event meanwhile must not wait for the medium.
            self._file.sync()
        except OSError:
            # The kernel counts what it couldn't save as saved (fsync errors are told once): only another file is sure.
            self._suspect = True
            raise
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
        with self.path.open("rb", buffering=0) as file:
            if _sum_of(file, self._file.size) != self._crc:
                raise OSError(errno.EIO, "what was written doesn't read back", str(self.path))

    def finish(self) -> None:
        """Ends the file with its index, durably; nothing can be added any more. Raises OSError; then it can be tried again."""
        self.cut()
        self.write()
        with self._disk:
            if not self._ended:
                self._append(_bytes(DataEnd(self._crc)) + self._summary(self._file.size + _DATA_END_BYTES))
                self._ended = True
        self.sync()

    def close(self) -> None:
        """Closes the file as it is. Harmless when repeated."""
        self._file.close()

    def _append(self, data: bytes) -> int:
        """Writes all of it, or, on an error, nothing. Returns where it starts."""
        start = self._file.size
        self._file.write(data)
        self._crc = zlib.crc32(data, self._crc)
        return start

    def _append_sealed(self, data: bytes) -> int:
        """The same, and a seal over it and whatever lies between it and the seal before."""
        seal = framing.SEAL_BODY.pack(framing.SEAL_WORD, zlib.crc32(data, self._unsealed))
        start = self._append(data + framing.HEAD.pack(framing.SEAL, len(seal)) + seal)
        self._unsealed = 0
        return start

    def _write_anew(self) -> None:
        """All of the file into another one that takes its name: for when a sync has failed. Others write on meanwhile."""
        to = self.path.with_name(whole_name(self.path).name.removesuffix(".mcap") + REWRITTEN)
        if to.exists():
            self._door.remove(to)
        file = self._door.create(to)
        try:
            with self.path.open("rb", buffering=0) as old:
                with self._disk:
                    size, checksum = self._file.size, self._crc
                # Not under the lock: a bad disk may take its time over it, and the event loop must not wait for that.
                self._copy(old, file, size, checksum)
                file.sync()
                with self._disk:
                    # What came meanwhile is little, and no sync has promised it; the one that comes next covers it.
                    self._copy(old, file, self._file.size - size, self._crc, checksum)
                    self._door.rename(to, self.path)
                    replaced, self._file = self._file, file
                    self._suspect = self._named = False
        except OSError:
            file.close()
            raise
        replaced.close()

    def _copy(self, old: FileIO, to: File, size: int, checksum: int, before: int = 0) -> None:
        """The next so many bytes. Raises OSError where their CRC-32, which goes on from that `before` them, is another one."""
        if _sum_of(old, size, before, to) != checksum:
            raise OSError(errno.EIO, "what was written doesn't read back", str(self.path))

    def _write_chunk(self, chunk: _Chunk) -> None:
        packed = self._compressor.compress(chunk.records)
        size = _CHUNK.size - framing.HEAD.size + len(packed)
        head = _CHUNK.pack(
            framing.CHUNK, size, chunk.first_ns, chunk.last_ns, len(chunk.records), zlib.crc32(chunk.records), 4, b"zstd", len(packed)
        )
        parts = [head, packed]
        for channel, index in chunk.indexes.items():
            parts += (_INDEX_HEAD.pack(MESSAGE_INDEX, 6 + len(index), channel, len(index)), bytes(index))
        self._append_sealed(b"".join(parts))

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


def _sum_of(file: FileIO, size: int, checksum: int = 0, to: File | None = None) -> int:
    """The CRC-32 of the next `size` bytes of a file, going on from `checksum`; they are written to another one on the way."""
    while size and (data := file.read(min(size, _PIECE_BYTES))):
        checksum = zlib.crc32(data, checksum)
        size -= len(data)
        if to is not None:
            to.write(data)
    return checksum


def _bytes(record: McapRecord) -> bytes:
    builder = RecordBuilder()
    record.write(builder)
    data: bytes = builder.end()  # type: ignore[no-untyped-call]  # the package is only half typed
    return data
