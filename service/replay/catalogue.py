"""What a recording holds beside its messages, and where those lie: heads and indexes are read, nothing unpacked (decision 0235)."""

import struct
from collections.abc import Iterator
from functools import lru_cache
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
import numpy as np
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Header, Metadata, Schema
from numpy.typing import NDArray

from service.recordings.chunks import MESSAGE_INDEX, heads
from service.recordings.sections import tell
from wire import framing
from wire.channels import SAMPLES
from wire.recorded import RecordedError
from wire.room import MIB, Room

MOST_MESSAGES = 10_000_000
"""Of all channels: an hour at 1 kHz has 0.4 million. Each takes 20 bytes while the recording is looked at."""
MOST_KEPT = 16 * MIB
"""Of schemas, channels, metadata: ours take some tens of kB."""
MOST_TEXT = 32 * 1024
"""Characters of one schema, or of one value in a metadata record, that are given; how long it is, is said."""
ATTACHMENT = 0x09
_ATTACHMENT_BYTES = 4096
"""Of an attachment its names are read, not what is attached."""
_PLACE = np.dtype([("log_ns", "<u8"), ("at", "<u8")])
_INDEX_HEAD = struct.Struct("<HI")
_KEPT = 2

FILE_OF_AN_IMPORT = "file"
"""A table that was imported may be called after whose it is: its name isn't given (robustness-and-screens 3.5)."""


class Attachment(msgspec.Struct, frozen=True):
    """Something that another program has put into the file: its name, what it is, how long it is in bytes."""

    name: str
    media_type: str
    size: int


class Text(msgspec.Struct, frozen=True):
    """A text, cut where it is longer than anybody would read; `length` is that of the whole one, in characters."""

    text: str
    length: int


class SchemaText(msgspec.Struct, frozen=True):
    """A schema as it stands in the recording."""

    name: str
    encoding: str
    content: Text


class ChannelOf(msgspec.Struct, frozen=True):
    """A channel: how its messages are encoded, the name of their schema, how many there are, and from when to when."""

    topic: str
    encoding: str
    schema: str | None
    messages: int
    first_s: float | None
    last_s: float | None


class MetadataOf(msgspec.Struct, frozen=True):
    """A metadata record, in the order of the file: of several with one name the last one holds."""

    name: str
    pairs: dict[str, Text]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording holds, without its messages. `size` and `packed` in bytes, `unpacked` what the chunks' heads say of it.

    `first_utc_ns`: the time of the session's first sample, as text, which no browser rounds. `damage`: why there may be more than that.
    """

    size: int
    library: str
    profile: str
    first_utc_ns: str | None
    channels: list[ChannelOf]
    schemas: list[SchemaText]
    metadata: list[MetadataOf]
    attachments: list[Attachment]
    chunks: int
    packed: int
    unpacked: int
    compressions: list[str]
    open: bool
    damage: str | None


class Places(NamedTuple):
    """Where the messages of one channel lie, in the order of their log times: when, ns; in which chunk, starting where; where in that."""

    log_ns: NDArray[np.int64]
    chunk: NDArray[np.int64]
    at: NDArray[np.int64]


class Catalogue:
    """One recording, as far as it is whole. Raises RecordedError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.channels: dict[int, Channel] = {}
        self.schemas: dict[int, Schema] = {}
        self.metadata: list[Metadata] = []
        self.attachments: list[Attachment] = []
        self.header = Header("", "")
        self.chunks = self.packed = self.unpacked = 0
        self.compressions: set[str] = set()
        self.faults: list[str] = []
        self.size = 0
        self._room = Room(path, MOST_KEPT)
        self._count = 0
        self._found: dict[int, list[tuple[int, NDArray[np.void]]]] = {}
        self._places: dict[int, Places] = {}
        try:
            with framing.opened(path) as file:
                self._read(file)
        except framing.DamageError as error:
            raise RecordedError(path, "", str(error)) from error
        except OSError as error:
            raise RecordedError(path, "", error.strerror or str(error)) from error

    @property
    def origin_ns(self) -> int | None:
        """The log time of the session's first sample; None before there is one."""
        places = self.places(SAMPLES)
        return None if places is None else int(places.log_ns[0])

    def channel(self, topic: str) -> Channel | None:
        """The first channel of that name."""
        return next((each for each in self.channels.values() if each.topic == topic), None)

    def places(self, topic: str) -> Places | None:
        """Where the messages of a topic lie; None where it has none."""
        channel = self.channel(topic)
        if channel is None or channel.id not in self._found:
            return None
        if channel.id not in self._places:
            pieces = self._found[channel.id]
            entries = np.concatenate([entries for _, entries in pieces])
            chunk = np.repeat(np.array([offset for offset, _ in pieces], np.int64), [len(entries) for _, entries in pieces])
            log_ns = entries["log_ns"].astype(np.int64)
            order = np.argsort(log_ns, kind="stable")
            self._places[channel.id] = Places(log_ns[order], chunk[order], entries["at"].astype(np.int64)[order])
        return self._places[channel.id]

    def contents(self) -> Contents:
        """All of it but the messages."""
        origin_ns = self.origin_ns
        return Contents(
            size=self.size,
            library=self.header.library,
            profile=self.header.profile,
            first_utc_ns=None if origin_ns is None else str(origin_ns),
            channels=[self._described(channel, origin_ns) for channel in self.channels.values()],
            schemas=[SchemaText(each.name, each.encoding, _text(each.data.decode("utf-8", "replace"))) for each in self.schemas.values()],
            metadata=[
                MetadataOf(each.name, {name: _text(_public(name, value)) for name, value in each.metadata.items()})
                for each in self.metadata
            ],
            attachments=self.attachments,
            chunks=self.chunks,
            packed=self.packed,
            unpacked=self.unpacked,
            compressions=sorted(self.compressions),
            open=self.path.suffix == ".part",
            damage=self.faults[0] if self.faults else None,
        )

    def _described(self, channel: Channel, origin_ns: int | None) -> ChannelOf:
        schema, places = self.schemas.get(channel.schema_id), self.places(channel.topic)
        first_s = last_s = None
        if places is not None and origin_ns is not None:
            first_s, last_s = ((int(each) - origin_ns) / 1e9 for each in (places.log_ns[0], places.log_ns[-1]))
        count = 0 if places is None else len(places.log_ns)
        return ChannelOf(channel.topic, channel.message_encoding, None if schema is None else schema.name, count, first_s, last_s)

    def _read(self, file: BinaryIO) -> None:
        self.size = file.seek(0, SEEK_END)
        chunk: int | None = None
        # To its end: other programs have schemas and channels within their chunks, and once more behind all data.
        for offset, opcode, length in _whole(file, self.size, self.faults):
            try:
                if opcode == framing.CHUNK:
                    chunk = offset
                    self._chunk(file, offset, length)
                elif opcode == MESSAGE_INDEX and chunk is not None:
                    self._index(file, offset, chunk)
                elif opcode == ATTACHMENT:
                    self._attachment(file, offset, length)
                elif opcode in (framing.HEADER, framing.SCHEMA, framing.CHANNEL, framing.METADATA):
                    self._record(file, offset, opcode)
            except (struct.error, UnicodeDecodeError, McapError, ValueError) as error:
                if isinstance(error, RecordedError):
                    raise
                tell(self.faults, f"byte {offset}: a record can't be read: {error}")

    def _chunk(self, file: BinaryIO, offset: int, length: int) -> None:
        file.seek(offset + framing.HEAD.size)
        *_, size, _, name_length = framing.CHUNK_HEAD.unpack(file.read(framing.CHUNK_HEAD.size))
        self.compressions.add(file.read(min(name_length, 16)).decode() or "none")
        self.chunks += 1
        self.packed += length
        self.unpacked += size

    def _index(self, file: BinaryIO, offset: int, chunk: int) -> None:
        frame = framing.read_frame(file, offset)
        if frame is None or not frame.whole:
            return
        channel, size = _INDEX_HEAD.unpack_from(frame.content)
        entries = np.frombuffer(frame.content, _PLACE, size // _PLACE.itemsize, _INDEX_HEAD.size)
        self._count += len(entries)
        if self._count > MOST_MESSAGES:
            raise RecordedError(self.path, "", f"holds more than {MOST_MESSAGES} messages")
        if len(entries):
            self._found.setdefault(channel, []).append((chunk, entries))

    def _attachment(self, file: BinaryIO, offset: int, length: int) -> None:
        file.seek(offset + framing.HEAD.size)
        stream = ReadDataStream(BytesIO(file.read(min(length - framing.HEAD.size, _ATTACHMENT_BYTES))))
        stream.read8()
        stream.read8()
        name, media_type = stream.read_prefixed_string(), stream.read_prefixed_string()
        self._room.take(len(name) + len(media_type))
        self.attachments.append(Attachment(name, media_type, stream.read8()))

    def _record(self, file: BinaryIO, offset: int, opcode: int) -> None:
        frame = framing.read_frame(file, offset)
        if frame is None or not frame.whole:
            return
        self._room.take(len(frame.content))
        stream = ReadDataStream(BytesIO(frame.content))
        if opcode == framing.HEADER:
            self.header = Header.read(stream)
        elif opcode == framing.SCHEMA:
            schema = Schema.read(stream)
            self.schemas[schema.id] = schema
        elif opcode == framing.CHANNEL:
            channel = Channel.read(stream)
            self.channels[channel.id] = channel
        else:
            self.metadata.append(Metadata.read(stream))


def _whole(file: BinaryIO, end: int, faults: list[str]) -> Iterator[tuple[int, int, int]]:
    """The heads of all records that are whole; where one is damaged, reading begins again behind the next seal."""
    start: int | None = len(framing.MAGIC)
    while start is not None:
        try:
            yield from heads(file, start, end)
        except framing.DamageError as error:
            if error.offset == 0:
                raise
            tell(faults, f"byte {error.offset}: {error}")
            start = framing.next_seal(file, error.offset + 1)
        else:
            return


def _text(whole: str) -> Text:
    return Text(whole[:MOST_TEXT], len(whole))


def _public(name: str, value: str) -> str:
    if name != "imported":
        return value
    try:
        about = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return ""
    return msgspec.json.encode({key: each for key, each in about.items() if key != FILE_OF_AN_IMPORT}).decode()


def catalogued(path: Path) -> Catalogue:
    """The catalogue of a recording: as long as it is the same file, read once. Blocks. Raises RecordedError."""
    try:
        found = path.stat()
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    return _catalogued(path, found.st_mtime_ns, found.st_ino, found.st_size)


@lru_cache(maxsize=_KEPT)
def _catalogued(path: Path, _: int, __: int, ___: int) -> Catalogue:
    return Catalogue(path)
