"""One message of a recording as it lies there, and what it says (decision 0235)."""

from pathlib import Path

import msgspec
import numpy as np

from service.replay.catalogue import Catalogue
from wire import framing, samples
from wire.channels import SAMPLES
from wire.errors import WireError
from wire.recorded import RecordedError

MOST_BYTES = 2048
"""Of a message that are given as they are; a batch of 20 ms has some hundred."""
MOST_TEXT = 64 * 1024
"""Characters of what a message says: the longest batch there may be takes as many."""


class Wanted(msgspec.Struct, frozen=True):
    """The message of a topic with a number, counted from 1 in the order of log times; without one the last up to `at_s`, or the first."""

    topic: str
    at_s: float
    number: int | None = None


class RawMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `number` of `count` in its topic, by log time; `at_s` since the session's first sample; times in ns are texts.

    `fields`: what it says, each member of its object in JSON, batches with their columns as numbers (null = no reading); null where it
    can't be read, and `unreadable` says why. `hex`: its first bytes of `size`. `cut`: what it says is longer than is given.
    """

    topic: str
    number: int
    count: int
    at_s: float
    log_time_ns: str
    publish_time_ns: str
    sequence: int
    encoding: str
    schema: str | None
    size: int
    hex: str
    fields: dict[str, str] | None = None
    unreadable: str | None = None
    cut: bool = False


def message(found: Catalogue, wanted: Wanted) -> RawMessage | None:
    """The message that is wanted; None where the topic has none. Raises RecordedError."""
    places, channel = found.places(wanted.topic), found.channel(wanted.topic)
    if places is None or channel is None:
        return None
    origin_ns = found.origin_ns or int(places.log_ns[0])
    count = len(places.log_ns)
    if wanted.number is None:
        # To the microsecond: a time in seconds is no nanosecond.
        until_ns = origin_ns + round(wanted.at_s * 1e9) + 500
        number = max(int(np.searchsorted(places.log_ns, until_ns, side="right")), 1)
    else:
        number = min(max(wanted.number, 1), count)
    log_ns, chunk, at = (int(column[number - 1]) for column in places)
    content = _content(found.path, chunk, at)
    _, sequence, _, published_ns = framing.MESSAGE_HEAD.unpack_from(content)
    data = content[framing.MESSAGE_HEAD.size :]
    fields: dict[str, str] | None = None
    why: str | None = None
    try:
        fields = _fields(channel.message_encoding, wanted.topic, data)
    except (WireError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(error) or type(error).__name__
    schema = found.schemas.get(channel.schema_id)
    cut = fields is not None and sum(map(len, fields.values())) > MOST_TEXT
    return RawMessage(
        topic=wanted.topic,
        number=number,
        count=count,
        at_s=(log_ns - origin_ns) / 1e9,
        log_time_ns=str(log_ns),
        publish_time_ns=str(published_ns),
        sequence=sequence,
        encoding=channel.message_encoding,
        schema=None if schema is None else schema.name,
        size=len(data),
        hex=data[:MOST_BYTES].hex(),
        fields=_bounded(fields) if cut and fields is not None else fields,
        unreadable=why,
        cut=cut,
    )


def _content(path: Path, chunk: int, at: int) -> bytes:
    """The content of the message record at a place of an unpacked chunk. Raises RecordedError."""
    try:
        with path.open("rb") as file:
            frame = framing.read_frame(file, chunk)
        if frame is None or not frame.whole:
            raise framing.DamageError(chunk, "the file has become shorter while it was read")
        data = framing.unpack_chunk(frame)
        opcode, length = framing.HEAD.unpack_from(data, at) if at + framing.HEAD.size <= len(data) else (0, 0)
        start = at + framing.HEAD.size
        if opcode != framing.MESSAGE or length < framing.MESSAGE_HEAD.size or start + length > len(data):
            raise framing.DamageError(chunk, "the index of a chunk leads to no message")
    except framing.DamageError as error:
        raise RecordedError(path, f"byte {error.offset}", str(error)) from error
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    return data[start : start + length]


def _fields(encoding: str, topic: str, data: bytes) -> dict[str, str]:
    """Each member of the object with its value in JSON, its numbers as they were written."""
    if encoding == "json":
        return {name: bytes(value).decode() for name, value in msgspec.json.decode(data, type=dict[str, msgspec.Raw]).items()}
    if encoding == "msgpack" and topic == SAMPLES:
        return _fields("json", topic, msgspec.json.encode(samples.text_of(samples.decode(data))))
    raise msgspec.DecodeError(f"nothing is known here of messages that are encoded by {encoding[:20]!r} on {topic[:64]}")


def _bounded(fields: dict[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    room = MOST_TEXT
    for name, text in fields.items():
        given[name] = text[:room]
        room -= len(given[name])
    return given
