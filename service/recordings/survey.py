"""A recording read through, all its checksums with it: what is said in it, and whether it is as it was written (robustness F24)."""

import struct
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata

from service.recordings.chunks import MESSAGE_INDEX
from service.recordings.sections import Section, sections
from wire import framing
from wire.channels import EVENTS, EVENTS_FINAL, NOTES
from wire.recorded import RecordedError
from wire.room import MIB, Room

_KEPT = 8
"""Surveys at hand: who opens a session asks for its record and then for its events."""


MOST_KEPT = 256 * MIB
"""Of events, notes and metadata: those of a long session take a hundredth of it."""


class Damage(NamedTuple):
    """What is wrong with a recording, and from which time on (seconds since its first message; 0.0 before it)."""

    from_s: float
    reason: str


class Survey:
    """What a recording says beside its samples: metadata by name, the last of each; events and notes by topic; log times in ns."""

    def __init__(self, path: Path) -> None:
        self.metadata: dict[str, dict[str, str]] = {}
        self.events: dict[str, list[bytes]] = {EVENTS: [], EVENTS_FINAL: [], NOTES: []}
        self.first_ns: int | None = None
        self.last_ns = 0
        self.damage: Damage | None = None
        self._channels: dict[int, str] = {}
        self._room = Room(path, MOST_KEPT)

    def take(self, section: Section) -> None:
        """One more section. Of a sealed chunk only the messages of the events are unpacked. Raises DamageError, struct.error, McapError.

        RecordedError where it would hold too much.
        """
        frames = section.frames
        for number, frame in enumerate(frames):
            if frame.opcode == framing.CHUNK:
                self._chunk(frame, frames[number + 1 :] if section.sealed else [])
            elif frame.opcode == framing.CHANNEL:
                self._channel(frame.content)
            elif frame.opcode == framing.METADATA:
                self._room.take(len(frame.content))
                record = Metadata.read(ReadDataStream(BytesIO(frame.content)))
                self.metadata[record.name] = record.metadata
            elif frame.opcode == framing.MESSAGE:
                self._message(frame.content)
        if section.sealed is False:
            raise framing.DamageError(section.offset, "a checksum doesn't fit what follows")

    def _chunk(self, frame: framing.Frame, following: list[framing.Frame]) -> None:
        first_ns, last_ns, *_ = framing.CHUNK_HEAD.unpack_from(frame.content)
        self._span(first_ns, last_ns)
        indexed = [struct.unpack_from("<H", each.content)[0] for each in following if each.opcode == MESSAGE_INDEX]
        if indexed and not any(self._channels.get(channel) in self.events for channel in indexed):
            return
        for opcode, content in framing.records_within(framing.unpack_chunk(frame)):
            if opcode == framing.MESSAGE:
                self._message(content)
            elif opcode == framing.CHANNEL:
                self._channel(content)

    def _channel(self, content: bytes) -> None:
        self._room.take(len(content))
        channel = Channel.read(ReadDataStream(BytesIO(content)))
        self._channels[channel.id] = channel.topic

    def _message(self, content: bytes) -> None:
        message = framing.message(content)
        self._span(message.log_time, message.log_time)
        topic = self._channels.get(message.channel, "")
        if topic in self.events:
            self._room.take(len(message.data))
            self.events[topic].append(message.data)

    def _span(self, first_ns: int, last_ns: int) -> None:
        self.first_ns = first_ns if self.first_ns is None else min(self.first_ns, first_ns)
        self.last_ns = max(self.last_ns, last_ns)

    def damaged(self, reason: str) -> None:
        """Something is wrong behind what was taken so far."""
        if self.damage is None:
            from_s = 0.0 if self.first_ns is None else round((self.last_ns - self.first_ns) / 1e9, 3)
            self.damage = Damage(from_s, reason)


def surveyed(path: Path) -> Survey:
    """The survey of a finished recording: as long as it is the same file, read once. Not to be changed. Raises RecordedError."""
    try:
        found = path.stat()
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    return _surveyed(path, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=_KEPT)
def _surveyed(path: Path, _: int, __: int) -> Survey:
    return survey(path)


def survey(path: Path) -> Survey:
    """Reads a recording through. What is damaged, or a cut end, is told by `damage`. Raises RecordedError if it is none at all."""
    found = Survey(path)
    faults: list[str] = []
    try:
        with path.open("rb") as file:
            for section in sections(file, faults):
                if faults:
                    found.damaged(faults[0])
                try:
                    found.take(section)
                except framing.DamageError as error:
                    found.damaged(f"byte {error.offset}: {error}")
                except (struct.error, UnicodeDecodeError, McapError) as error:
                    found.damaged(f"byte {section.offset}: a record can't be read: {error}")
    except framing.DamageError as error:
        raise RecordedError(path, "", f"is damaged: {error.advised}") from error
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    if faults:
        found.damaged(faults[0])
    return found
