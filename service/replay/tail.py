"""A recording that is still being written, read as it grows: what has been added since is all that is read (issue 6, point 1)."""

import os
import struct
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata

from service.recordings.chunks import chunks, messages_of
from wire import framing
from wire.recorded import RecordedError

_START = len(framing.MAGIC)


class Fresh(NamedTuple):
    """Messages with their topics, as they were recorded. `anew`: the file is another one than before, and this is all of it."""

    anew: bool
    messages: list[tuple[str, framing.Message]]


class Tail:
    """One `.mcap.part`: its messages of some topics. `about` is its record `ilex`, as it stands before the first message."""

    def __init__(self, part: Path, topics: Collection[str]) -> None:
        self.part = part
        self.about: dict[str, str] = {}
        self._topics = topics
        self._inode = 0
        self._offset = _START

    def fresh(self) -> Fresh:
        """What has come since the last call; nothing before it is there, nor once it has its last name. Blocks.

        Raises RecordedError.
        """
        try:
            with self.part.open("rb") as file:
                return self._look(file)
        except (framing.DamageError, McapError, struct.error, UnicodeDecodeError) as error:
            raise RecordedError(self.part, "", str(error)) from error
        except FileNotFoundError:
            return Fresh(anew=False, messages=[])
        except OSError as error:
            raise RecordedError(self.part, "", error.strerror or str(error)) from error

    def _look(self, file: BinaryIO) -> Fresh:
        found = os.fstat(file.fileno())
        if found.st_size < _START:
            # Its first bytes aren't written yet.
            return Fresh(anew=False, messages=[])
        # Taken up again after a kill, the file is another one; it may have the number of the one before.
        anew = found.st_ino != self._inode or found.st_size < self._offset
        if anew:
            self._inode, self._offset = found.st_ino, _START
        try:
            return Fresh(anew, self._read(file, found.st_size))
        except framing.DamageError:
            if anew:
                raise
            self._offset = _START
            return Fresh(anew=True, messages=self._read(file, found.st_size))

    def _read(self, file: BinaryIO, size: int) -> list[tuple[str, framing.Message]]:
        topics = self._head(file)
        told = []
        for chunk in chunks(file, self._offset):
            if chunk.end >= size:
                # Its seal isn't there yet, so its indexes may not be.
                break
            if not topics.keys().isdisjoint(chunk.indexes):
                told += [(topics[message.channel], message) for message in messages_of(file, chunk, topics)]
            self._offset = chunk.end
        return told

    def _head(self, file: BinaryIO) -> dict[int, str]:
        """The topics wanted by the number of their channel; they stand before the first chunk, as does the record `ilex`."""
        topics = {}
        for frame in framing.frames(file):
            if frame.opcode == framing.CHUNK:
                break
            if frame.opcode == framing.CHANNEL and frame.whole:
                channel = Channel.read(ReadDataStream(BytesIO(frame.content)))
                if channel.topic in self._topics:
                    topics[channel.id] = channel.topic
            elif frame.opcode == framing.METADATA and frame.whole:
                record = Metadata.read(ReadDataStream(BytesIO(frame.content)))
                if record.name == "ilex":
                    self.about = record.metadata
        return topics
