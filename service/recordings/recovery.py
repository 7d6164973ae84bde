"""What is whole of a cut or damaged recording, as a new recording (contract 8)."""

import os
import struct
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

import structlog
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Channel, Metadata, Schema

from service.recordings.recorder import PART
from service.recordings.writer import Writer, sync_folder
from wire import framing
from wire.capture import SAMPLES, Capture
from wire.recorded import RecordedError

_log = structlog.get_logger(__name__)


class Recovery(NamedTuple):
    """What came of a recovery: the new file, the messages in it, the samples in it, and what was wrong, in words."""

    path: Path
    messages: int
    samples: int
    faults: list[str]


class Copied(NamedTuple):
    """What was copied: the number of messages, and the new number of each topic's channel."""

    messages: int
    topics: dict[str, int]


def recover(path: Path, out: Path) -> Recovery:
    """Copies everything that is whole in `path` into a new recording `out`, and reads that one back before it gets its name.

    A damaged chunk is left out and what follows is kept; the first byte that no record can start with ends it. The source is never
    changed. Raises RecordedError if nothing can be had, FileExistsError if `out` is there already.
    """
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    part = out.with_name(out.name.removesuffix(".mcap") + ".recovered" + PART)
    part.unlink(missing_ok=True)
    faults: list[str] = []
    writer = Writer(part)
    try:
        messages = copy(path, writer, faults).messages
        if faults:
            writer.metadata("recovered", {"source": path.name, "faults": "; ".join(faults)})
        writer.finish()
        copied = Capture(part)
        if copied.damage or copied.total is None:
            raise RecordedError(part, copied.damage or "", "the recovered file doesn't read back")
    except BaseException:
        writer.close()
        part.unlink(missing_ok=True)
        raise
    part.rename(out)
    sync_folder(out.parent)
    return Recovery(out, messages, copied.total, faults)


def recover_all(folder: Path) -> list[Path]:
    """Makes every `*.mcap.part` under a folder whole: called when the service starts, before anything records. Returns the new files.

    What holds no samples that could be had is set aside as `*.mcap.torn`, never deleted.
    """
    recovered = []
    for part in sorted(folder.rglob(f"*{PART}")):
        if part.name.endswith((".recovered" + PART, ".final" + PART)):
            # A copy that was being made when the service ended; its source is still there.
            part.unlink()
            continue
        path = part.with_name(part.name.removesuffix(".part"))
        try:
            if not path.exists():
                recover(part, path)
            part.unlink()
        except RecordedError:
            part.rename(part.with_name(part.name.removesuffix(".part") + ".torn"))
        except OSError as error:
            # A disk without space must not keep the service from starting; the part stays, and is tried again.
            _log.error("recording not recovered", recording=part.name, error=str(error))
        else:
            recovered.append(path)
        sync_folder(path.parent)
    return recovered


def copy(path: Path, writer: Writer, faults: list[str], without: Collection[str] = ()) -> Copied:
    """Copies every whole message and metadata record but those `without`: topics, and names of metadata. What is wrong goes to `faults`."""
    schemas: dict[int, int] = {0: 0}
    channels: dict[int, int] = {}
    left_out: set[int] = set()
    topics: dict[str, int] = {}
    messages = 0
    with path.open("rb") as file:
        for opcode, content in _records(file, path, faults):
            try:
                if opcode == framing.MESSAGE:
                    message = framing.message(content)
                    if message.channel in left_out:
                        continue
                    writer.message(channels[message.channel], message.log_time, message.data)
                    messages += 1
                    if not messages % 4096:
                        writer.write()
                elif opcode == framing.METADATA:
                    record = Metadata.read(_stream(content))
                    if record.name not in without:
                        writer.metadata(record.name, record.metadata)
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
    return Copied(messages, topics)


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
