"""What the list of sessions, the interface and returning screens read from recordings."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from service.analysis.difference import apart as told_apart
from service.recordings.chunks import channels, chunks, messages
from service.recordings.labels import Label, labels
from service.recordings.placed import Shown, differ, told
from service.recordings.survey import Survey, survey, surveyed
from service.store.flags import flags_of, marked
from service.store.row import SessionRow
from wire import framing
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL, NOTES
from wire.recorded import RecordedError

COUNTS = ("expected", "stored", "missing", "refused")


class _Numbered(msgspec.Struct):
    """As much of an event as says which it is."""

    id: int


_id = msgspec.json.Decoder(_Numbered).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def events(path: Path, version: Literal["live", "final"]) -> list[bytes]:
    """The events of a recording as JSON texts, in order, as shown live or as computed from the whole.

    Raises RecordedError also where anything else in the file is damaged: then it is no whole recording (`ilex recover` makes one).
    """
    return _sound(path).events[EVENTS if version == "live" else EVENTS_FINAL]


def difference(path: Path) -> dict[str, Any] | None:
    """What the final result has changed of what was shown live (contract 2); None where there is no final result. Raises RecordedError.

    `only_live` and `only_final` are events that stand in one version only; when they became known is no difference. Then the record
    `final`: `version`, `computed_utc`.
    """
    return difference_in(_sound(path))


def difference_in(found: Survey) -> dict[str, Any] | None:
    """The same of a recording that has been read through and is whole."""
    if (final := found.metadata.get("final")) is None:
        return None
    about = {name: final[name] for name in ("version", "computed_utc") if name in final}
    return dict(apart(found.events[EVENTS], found.events[EVENTS_FINAL]), **about)


def apart(live: list[bytes], final: list[bytes]) -> dict[str, list[Any]]:
    """The events of either version that the other hasn't got, in their order."""
    only_live, only_final = told_apart(map(msgspec.json.decode, live), map(msgspec.json.decode, final))
    return {"only_live": only_live, "only_final": only_final}


def events_after(path: Path, number: int) -> list[bytes]:
    """The live events after that number, as `events` gives them, of a session that is over or runs: then those on disk so far.

    `path` is the recording's name once it is whole; until then its `.part` is read. Blocks. Raises RecordedError.
    """
    with _open_or_part(path) as file:
        try:
            return list(_numbered(file, number))
        except framing.DamageError as error:
            raise RecordedError(path, "", f"is damaged: {error.advised}") from error
        except (struct.error, UnicodeDecodeError, msgspec.DecodeError) as error:
            raise RecordedError(path, "", f"is damaged: {error}{framing.ADVICE}") from error


def summary(path: Path) -> SessionRow:
    """What the list of sessions says of a finished recording; of a damaged one what can be read, with `damage`.

    Raises RecordedError where nothing can be.
    """
    return summary_of(path, survey(path))


def summary_of(path: Path, found: Survey) -> SessionRow:
    """The same of a recording that has been read through."""
    about = found.metadata.get("ilex")
    if about is None or "session" not in about or "machine" not in about:
        why = f"is damaged: {found.damage.reason}{framing.ADVICE}" if found.damage else "holds no record `ilex`: not a session's recording"
        raise RecordedError(path, "", why)
    final = "final" in found.metadata and found.damage is None
    ended = found.metadata.get("ended", {}).get("ended_utc")
    plan = about.get("plan")
    result, completeness = found.events[EVENTS_FINAL if final else EVENTS], _completeness(path, found)
    row = SessionRow(
        session=about["session"],
        machine=about["machine"],
        started_utc=_utc(about.get("started_utc")) or _at(found.first_ns or 0),
        ended_utc=_utc(ended) or _at(found.last_ns),
        plan=msgspec.json.decode(plan) if plan else None,
        sets=sets(result),
        completeness=completeness,
        final=final,
        path=str(path),
        damage=None if found.damage is None else {"from_s": found.damage.from_s, "reason": found.damage.reason},
        flags=flags_of(
            *([msgspec.json.decode(text) for text in texts] for texts in (found.events[EVENTS], result, found.events[NOTES])),
            incomplete=found.damage is not None or any(completeness.get(name) for name in ("missing", "refused", "open_ended")),
        ),
    )
    return with_labels(row, labelled(path), shown_in(found))


def shown_in(found: Survey) -> Shown:
    """When repetitions were in the results that screens have shown."""
    return told(found.events[EVENTS], found.events[EVENTS_FINAL], found.metadata.get("final"))


def labelled(path: Path) -> list[Label]:
    """The labels that stand of a recording's session; none where they can't be read (`labels.labels` says why)."""
    try:
        return labels(path)
    except RecordedError:
        return []


def with_labels(row: SessionRow, found: list[Label], shown: Shown) -> SessionRow:
    """The session as listed with these labels, and flagged where one of them is not what was detected."""
    return replace(row, labels=[msgspec.to_builtins(label) for label in found], flags=marked(row.flags, differs=differ(found, shown)))


def _sound(path: Path) -> Survey:
    found = surveyed(path)
    if found.damage is not None:
        raise RecordedError(path, "", f"is damaged: {found.damage.reason}{framing.ADVICE}")
    return found


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
    channel = next((channel.id for channel in channels(file) if channel.topic == EVENTS), None)
    for chunk in chunks(file):
        if channel in chunk.indexes:
            for message in messages(file, chunk, channel):
                if _id(message.data).id > number:
                    yield message.data


def of_sets(texts: list[bytes]) -> list[bytes]:
    """Of a session's events those from which `sets` is told."""
    return [text for text in texts if b'"set_started"' in text or b'"set_ended"' in text]


def sets(texts: list[bytes]) -> list[dict[str, Any]]:
    """One object a set: its `set_ended`, and `started_s` from its `set_started`."""
    started: dict[int, float] = {}
    sets = []
    for text in of_sets(texts):
        event = msgspec.json.decode(text)
        if event["kind"] == "set_started":
            started[event["set"]] = event["at_s"]
        elif event["kind"] == "set_ended":
            sets.append(
                {name: value for name, value in event.items() if name not in ("kind", "machine", "session")}
                | {"started_s": started.get(event["set"])}
            )
    return sets


def _completeness(path: Path, found: Survey) -> dict[str, int]:
    """As the recorder said it, or, of a recording that was never finished, what its own numbers say."""
    said = found.metadata.get("completeness", {})
    try:
        return {name: int(said[name]) for name in (*COUNTS, *(("open_ended",) if "open_ended" in said else ()))}
    except (KeyError, ValueError):
        return Capture(path).stored() if found.damage is None else dict.fromkeys(COUNTS, 0)


def _utc(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _at(utc_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=utc_ns // 1000)
