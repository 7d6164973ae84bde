"""What the list of sessions, the interface and returning screens read from recordings."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.reader import McapReader, make_reader
from mcap.records import Channel

from service.recordings.chunks import chunks, messages
from service.store.row import SessionRow
from wire import framing
from wire.capture import EVENTS, EVENTS_FINAL, Capture
from wire.recorded import RecordedError

COUNTS = ("expected", "stored", "missing", "refused")


class _Numbered(msgspec.Struct):
    """As much of an event as says which it is."""

    id: int


_id = msgspec.json.Decoder(_Numbered).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def events(path: Path, version: Literal["live", "final"]) -> list[bytes]:
    """The events of a recording as JSON texts, in order, as shown live or as computed from the whole. Raises RecordedError."""
    with _reader(path) as reader:
        return _events(reader, EVENTS if version == "live" else EVENTS_FINAL)


def events_after(path: Path, number: int) -> list[bytes]:
    """The live events after that number, as `events` gives them, of a session that is over or runs: then those on disk so far.

    `path` is the recording's name once it is whole; until then its `.part` is read. Blocks. Raises RecordedError.
    """
    with _open_or_part(path) as file:
        try:
            return list(_numbered(file, number))
        except (framing.DamageError, struct.error, UnicodeDecodeError, msgspec.DecodeError) as error:
            raise RecordedError(path, "", f"is damaged: {error} (ilex recover gives what is whole)") from error


def summary(path: Path) -> SessionRow:
    """What the list of sessions says of a finished recording. Raises RecordedError."""
    with _reader(path) as reader:
        records: dict[str, dict[str, str]] = {record.name: record.metadata for record in reader.iter_metadata()}
        about = records.get("ilex")
        if about is None:
            raise RecordedError(path, "", "holds no record `ilex`: not a session's recording")
        found = reader.get_summary()
        times = found.statistics if found else None
        final = "final" in records
        sets = _sets(_events(reader, EVENTS_FINAL if final else EVENTS))
        ended = records.get("ended", {}).get("ended_utc")
        plan = about.get("plan")
        return SessionRow(
            session=about["session"],
            machine=about["machine"],
            started_utc=_utc(about.get("started_utc")) or _at(times.message_start_time if times else 0),
            ended_utc=_utc(ended) or _at(times.message_end_time if times else 0),
            plan=msgspec.json.decode(plan) if plan else None,
            sets=sets,
            completeness=_completeness(path, records.get("completeness")),
            final=final,
            path=str(path),
        )


def _open_or_part(path: Path) -> BinaryIO:
    """It may get its name in between: then the name is tried once more."""
    for name in (path, path.with_name(f"{path.name}.part"), path):
        try:
            return name.open("rb")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RecordedError(path, "", error.strerror or str(error)) from error
    raise RecordedError(path, "", "is not on disk")


def _numbered(file: BinaryIO, number: int) -> Iterator[bytes]:
    channel = next((channel.id for channel in _channels(file) if channel.topic == EVENTS), None)
    for chunk in chunks(file):
        if channel in chunk.indexes:
            for message in messages(file, chunk, channel):
                if _id(message.data).id > number:
                    yield message.data


def _channels(file: BinaryIO) -> Iterator[Channel]:
    """The channels: they stand before the first chunk."""
    for frame in framing.frames(file):
        if frame.opcode == framing.CHUNK:
            return
        if frame.opcode == framing.CHANNEL and frame.whole:
            yield Channel.read(ReadDataStream(BytesIO(frame.content)))


def _sets(texts: list[bytes]) -> list[dict[str, Any]]:
    """One object a set: its `set_ended`, and `started_s` from its `set_started`."""
    started: dict[int, float] = {}
    sets = []
    for text in texts:
        if b'"set_started"' in text or b'"set_ended"' in text:
            event = msgspec.json.decode(text)
            if event["kind"] == "set_started":
                started[event["set"]] = event["at_s"]
            elif event["kind"] == "set_ended":
                sets.append(
                    {name: value for name, value in event.items() if name not in ("kind", "machine", "session")}
                    | {"started_s": started.get(event["set"])}
                )
    return sets


def _completeness(path: Path, record: dict[str, str] | None) -> dict[str, int]:
    """As the recorder said it, or, of a recording that was never finished, what its own numbers say."""
    try:
        return {name: int((record or {})[name]) for name in COUNTS}
    except (KeyError, ValueError):
        return Capture(path).stored()


def _events(reader: McapReader, topic: str) -> list[bytes]:
    return [message.data for _, _, message in reader.iter_messages(topics=[topic], log_time_order=False)]


@contextmanager
def _reader(path: Path) -> Iterator[McapReader]:
    try:
        with path.open("rb") as file:
            yield make_reader(file, validate_crcs=True)
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    except RecordedError:
        raise
    except (McapError, ValueError, KeyError, struct.error, zstandard.ZstdError) as error:
        why = str(error).splitlines()[0] if str(error) else "it ends too early"
        raise RecordedError(path, "", f"is damaged: {why} (ilex recover gives what is whole)") from error


def _utc(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _at(utc_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=utc_ns // 1000)
