"""Everything that is whole of a recording, into another one that is being written."""

import struct
from collections import deque
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata, Schema

from service.recordings.chunks import MESSAGE_INDEX
from service.recordings.sections import Section, sections, tell
from service.recordings.writer import Writer
from wire import framing
from wire.channels import SAMPLES
from wire.recorded import RecordedError
from wire.room import MIB, Room

WRITE_BYTES = 256 * 1024
"""So much may wait in memory while a recording is copied."""
MOST_KEPT = 256 * MIB
"""Of what is kept of it meanwhile: channels, metadata, and words on what was left out."""


class NothingWholeError(RecordedError):
    """A file that was looked through, and nothing of a session in it can be had."""


class Copied(NamedTuple):
    """What was copied: the number of messages, each topic's new channel, the last metadata of each name, the newest samples' log time."""

    messages: int
    topics: dict[str, int]
    metadata: dict[str, dict[str, str]]
    newest_ns: int


def copy(
    path: Path,
    writer: Writer,
    faults: list[str],
    without: Collection[str] = (),
    only: Collection[str] | None = None,
    most: int | None = None,
) -> Copied:
    """Copies every whole message and metadata record but those `without`: topics, and names of metadata. What is wrong goes to `faults`.

    `only`: of no other topics; `most`: about so many bytes at most. Memory is bounded. Raises RecordedError if it holds no samples that
    can be had, or more than that; OSError. Schemas and channels are those of the summary, where there is a whole one.
    """
    copying = _Copying(path, writer, faults, without, only, most)
    with framing.opened(path) as file:
        for frame in framing.declared(file):
            copying.declare(frame)
        try:
            for section in sections(file, faults):
                copying.take(section)
        except framing.DamageError as error:
            raise NothingWholeError(path, "", str(error)) from error
    if SAMPLES not in copying.topics:
        raise NothingWholeError(path, "", f"nothing can be had: {'; '.join(faults) or f'it holds no channel {SAMPLES}'}")
    return Copied(copying.messages, copying.topics, copying.metadata, copying.newest_ns)


class _Copying:
    def __init__(
        self, path: Path, writer: Writer, faults: list[str], without: Collection[str], only: Collection[str] | None, most: int | None
    ) -> None:
        self.messages = self.newest_ns = 0
        self.topics: dict[str, int] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self._writer = writer
        self._faults = faults
        self._path, self._most = path, most
        self._without, self._only = without, only
        self._room = Room(path, MOST_KEPT)
        self._schemas: dict[int, int] = {0: 0}
        self._channels: dict[int, int] = {}
        self._left_out: set[int] = set()

    def declare(self, frame: framing.Frame) -> None:
        """A schema or channel that is known to be as it was written: one of the same number that is met later counts no more."""
        self._record(frame.opcode, frame.content)

    def take(self, section: Section) -> None:
        """The records of a section: a sealed chunk as it is, anything else one by one."""
        rest, told = deque(section.frames), len(self._faults)
        while rest:
            frame = rest.popleft()
            if frame.opcode != framing.CHUNK:
                self._record(frame.opcode, frame.content)
                continue
            indexes: list[framing.Frame] = []
            while rest and rest[0].opcode == MESSAGE_INDEX:
                indexes.append(rest.popleft())
            if not (section.sealed and self._as_it_is(frame, indexes)):
                try:
                    data = framing.unpack_chunk(frame)
                except framing.DamageError as error:
                    tell(self._faults, f"byte {error.offset}: {error}")
                    continue
                for opcode, content in framing.records_within(data):
                    self._record(opcode, content)
            self._write_some()
        if section.sealed is False and len(self._faults) == told:
            tell(self._faults, f"byte {section.offset}: a checksum doesn't fit what follows")

    def _write_some(self) -> None:
        if self._writer.waiting_bytes > WRITE_BYTES:
            self._writer.write()
            if self._most is not None and self._writer.size > self._most:
                raise RecordedError(self._path, "", f"what is whole of it takes more than {self._most} bytes")

    def _as_it_is(self, frame: framing.Frame, indexes: list[framing.Frame]) -> bool:
        """True if the whole chunk could be taken: all its channels stay, under their numbers."""
        counts = {}
        for index in indexes:
            channel, length = struct.unpack_from("<HI", index.content)
            counts[channel] = length // 16
            if self._channels.get(channel) != channel or channel in self._left_out:
                return False
        if not counts:
            return False
        last_ns = self._writer.take(frame, indexes, counts)
        self.messages += sum(counts.values())
        if self.topics.get(SAMPLES) in counts:
            self.newest_ns = last_ns
        return True

    def _record(self, opcode: int, content: bytes) -> None:
        writer = self._writer
        try:
            if opcode == framing.MESSAGE:
                message = framing.message(content)
                if message.channel in self._left_out:
                    return
                channel_id = self._channels[message.channel]
                writer.message(channel_id, message.log_time, message.data, message.publish_time)
                # However many lie in one chunk, or in none: what waits for too long the writer loses.
                self._write_some()
                self.messages += 1
                if channel_id == self.topics.get(SAMPLES):
                    self.newest_ns = message.log_time
            elif opcode == framing.METADATA:
                self._room.take(len(content))
                record = Metadata.read(_stream(content))
                if record.name not in self._without:
                    writer.metadata(record.name, record.metadata)
                    self.metadata[record.name] = record.metadata
            elif opcode == framing.SCHEMA:
                self._room.take(len(content))
                schema = Schema.read(_stream(content))
                if schema.id not in self._schemas:
                    self._schemas[schema.id] = writer.schema(schema.name, schema.data)
            elif opcode == framing.CHANNEL:
                self._room.take(len(content))
                channel = Channel.read(_stream(content))
                if channel.id not in self._channels:
                    number = writer.channel(channel.topic, channel.message_encoding, self._schemas[channel.schema_id], channel.metadata)
                    self._channels[channel.id] = self.topics[channel.topic] = number
                    if channel.topic in self._without or (self._only is not None and channel.topic not in self._only):
                        self._left_out.add(channel.id)
        except (KeyError, struct.error, UnicodeDecodeError, McapError) as error:
            tell(self._faults, f"a record of kind {opcode} was left out: {error or 'it is too short'}")


def _stream(content: bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(content))
