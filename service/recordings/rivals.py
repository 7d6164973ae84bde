"""A part beside a whole recording of its name: which of the two goes on (decision 0286)."""

import struct
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import msgspec
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata

from disk import DISK, Disk
from service.recordings.names import aside_name, whole_name
from service.recordings.sections import Section, sections
from service.recordings.tally import numbers
from wire import framing
from wire.channels import EVENTS_FINAL, SAMPLES, SIGNALS
from wire.ranges import Ranges
from wire.room import MIB, Room

MOST_KEPT = 256 * MIB
"""Of what is known of one file: where its samples have gaps, and a number for each thing that is said in it."""

NOT_COMPARED = (EVENTS_FINAL, SIGNALS)
"""Computed from the rest: again when it is finished, or for the screens alone."""


class Contents:
    """What is whole of a recording: its samples by boot and number, and what else was said in it. Raises RecordedError, OSError.

    Damaged, cut or none at all: it holds what can be had of it, as `copying.copy` takes it.
    """

    def __init__(self, path: Path) -> None:
        self.held: dict[str, Ranges] = {}
        self.said: set[int] = set()
        self._topics: dict[int, str] = {}
        self._room = Room(path, MOST_KEPT)
        with framing.opened(path) as file:
            try:
                for section in sections(file, []):
                    self._take(section)
            except framing.DamageError:
                return  # nothing of an MCAP file

    def beyond(self, other: "Contents") -> int:
        """How many samples it holds that the other one lacks."""
        nothing = Ranges()
        return sum(
            last - first + 1
            for boot, ranges in self.held.items()
            for span in ranges
            for first, last in other.held.get(boot, nothing).gaps(*span)
        )

    def _take(self, section: Section) -> None:
        for frame in section.frames:
            if frame.opcode != framing.CHUNK:
                self._record(frame.opcode, frame.content)
                continue
            try:
                for opcode, content in framing.records_within(framing.unpack_chunk(frame)):
                    self._record(opcode, content)
            except framing.DamageError:
                continue

    def _record(self, opcode: int, content: bytes) -> None:
        try:
            if opcode == framing.MESSAGE:
                message = framing.message(content)
                self._message(self._topics.get(message.channel, ""), message.data)
            elif opcode == framing.CHANNEL:
                channel = Channel.read(ReadDataStream(BytesIO(content)))
                self._room.take(len(content))
                self._topics[channel.id] = channel.topic
            elif opcode == framing.METADATA and (record := Metadata.read(ReadDataStream(BytesIO(content)))).name == "ended":
                # Who has ended must not run again; of the other records a copy has its own.
                self._say("ended", msgspec.json.encode(record.metadata))
        except (struct.error, UnicodeDecodeError, McapError):
            return

    def _message(self, topic: str, data: bytes) -> None:
        if topic in NOT_COMPARED:
            return
        if topic == SAMPLES:
            try:
                boot, first, last = numbers(data)
            except msgspec.DecodeError:
                pass
            else:
                if first <= last:
                    held = self.held.get(boot)
                    if held is None or held.last + 1 != first:
                        self._room.take()
                    self.held.setdefault(boot, Ranges()).add(first, last)
                return
        self._say(topic, data)

    def _say(self, topic: str, data: bytes) -> None:
        self._room.take()
        self.said.add(hash((topic, data)))


def goes_on(part: Path, disk: Disk = DISK) -> bool:
    """Whether a `.mcap.part` that was left is to be gone on with; else it was set aside, since the whole recording beside it stays.

    The part goes on if it holds everything of the other, as one does that was opened again. If it holds all of its samples and more, but
    not all that was said, the other one is set aside for it: so is whatever would be lost. Blocks. Raises RecordedError, OSError; then
    both are as they were.
    """
    whole = whole_name(part)
    if not whole.is_file():
        return True
    one, other = Contents(part), Contents(whole)
    more, missing = one.beyond(other), other.beyond(one)
    if not missing and other.said <= one.said:
        return True
    keeps, goes = (part, whole) if more and not missing else (whole, part)
    kept = aside_name(goes, datetime.now(UTC))
    disk.rename(goes, kept)
    disk.sync_folder(part.parent)
    _tell(keeps, kept, only_here=missing if goes is whole else more, only_there=more if goes is whole else missing)
    return keeps is part


def _tell(keeps: Path, kept: Path, *, only_here: int, only_there: int) -> None:
    # Imported where there is something to say, as in `recovery`.
    import structlog

    structlog.get_logger(__name__).error(
        "two files of one recording: one is set aside",
        recording=keeps.name,
        aside=kept.name,
        samples_only_in_recording=only_there,
        samples_only_in_aside=only_here,
    )
