"""Everything that is whole of a recording, into another one that is being written."""

import os
import struct
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata, Schema

from service.recordings.writer import Writer
from wire import framing
from wire.capture import SAMPLES
from wire.recorded import RecordedError

WRITE_BYTES = 256 * 1024
"""So much may wait in memory while a recording is copied."""


class Copied(NamedTuple):
    """What was copied: the number of messages, each topic's new channel, the names of the metadata, the newest batch's log time."""

    messages: int
    topics: dict[str, int]
    metadata: set[str]
    newest_ns: int


def copy(path: Path, writer: Writer, faults: list[str], without: Collection[str] = ()) -> Copied:
    """Copies every whole message and metadata record but those `without`: topics, and names of metadata. What is wrong goes to `faults`."""
    schemas: dict[int, int] = {0: 0}
    channels: dict[int, int] = {}
    left_out: set[int] = set()
    topics: dict[str, int] = {}
    names: set[str] = set()
    messages = newest_ns = 0
    with path.open("rb") as file:
        for opcode, content in _records(file, path, faults):
            try:
                if opcode == framing.MESSAGE:
                    message = framing.message(content)
                    if message.channel in left_out:
                        continue
                    channel_id = channels[message.channel]
                    writer.message(channel_id, message.log_time, message.data, message.publish_time)
                    messages += 1
                    if channel_id == topics.get(SAMPLES):
                        newest_ns = message.log_time
                    if writer.waiting_bytes > WRITE_BYTES:
                        writer.write()
                elif opcode == framing.METADATA:
                    record = Metadata.read(_stream(content))
                    if record.name not in without:
                        writer.metadata(record.name, record.metadata)
                        names.add(record.name)
                elif opcode == framing.SCHEMA:
                    schema = Schema.read(_stream(content))
                    if schema.id not in schemas:
                        schemas[schema.id] = writer.schema(schema.name, schema.data)
                elif opcode == framing.CHANNEL:
                    channel = Channel.read(_stream(content))
                    if channel.id not in channels:
                        channels[channel.id] = topics[channel.topic] = writer.channel(
                            channel.topic, channel.message_encoding, schemas[channel.schema_id], channel.metadata
                        )
                        if channel.topic in without:
                            left_out.add(channel.id)
            except (KeyError, struct.error, UnicodeDecodeError, McapError) as error:
                faults.append(f"a record of kind {opcode} was left out: {error or 'it is too short'}")
    if SAMPLES not in topics:
        raise RecordedError(path, "", f"nothing can be had: {'; '.join(faults) or f'it holds no channel {SAMPLES}'}")
    return Copied(messages, topics, names, newest_ns)


def _records(file: BinaryIO, path: Path, faults: list[str]) -> Iterator[tuple[int, bytes]]:
    footer = False
    try:
        for frame in framing.frames(file):
            if not frame.whole:
                faults.append(f"cut at byte {file.seek(0, os.SEEK_END)}")
            footer = frame.whole and frame.opcode == framing.FOOTER
            # The summary repeats schemas and channels; both are known by then.
            if frame.opcode == framing.CHUNK:
                try:
                    data = framing.unpack_chunk(frame)
                except framing.DamageError as error:
                    faults.append(f"byte {error.offset}: {error}")
                    continue
                yield from framing.records_within(data)
            elif frame.whole:
                yield frame.opcode, frame.content
    except framing.DamageError as error:
        if error.offset == 0:
            raise RecordedError(path, "", str(error)) from error
        faults.append(f"byte {error.offset}: {error}")
    if not footer and not faults:
        faults.append(f"cut at byte {file.seek(0, os.SEEK_END)}")


def _stream(content: bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(content))
