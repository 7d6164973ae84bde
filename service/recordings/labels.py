"""What therapists say of a session's repetitions: labels, kept beside its recording (decision 0140).

The engine's events stay as they are; labels stand beside them. Which repetition each is about, time tells (`service.recordings.placed`).
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from disk import DISK, Disk
from disk.saving import save
from service.recordings.names import whole_name
from wire.errors import Fault
from wire.recorded import RecordedError

MOST = 1000
"""Labels of one session, those withdrawn included: more is a mistake."""
_VERSION = 1

Found = Literal["failure", "abrupt_stop", "halted", "end_stop", "assisted", "momentum", "unsure"]
"""Detections that are judged, by the kind of their event (contract 4)."""
Finding = Literal["failure", "abrupt_stop", "halted", "end_stop", "assisted", "momentum", "none"]
"""What happened in a repetition; `none`: nothing of the kind."""
Number = Annotated[int, Meta(ge=1, le=100_000)]
Uuid = Annotated[
    str,
    Meta(pattern="^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\\s\\S])", description="a UUID, 8-4-4-4-12 hexadecimal digits"),
]
Words = Annotated[
    str,
    Meta(max_length=2000, pattern=r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*(?![\s\S])", description="text without control characters"),
]


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a therapist says, once for each `id`.

    `finding`: in `repetition` of `set` happened `finding`; `found` is the kind of the event that it answers, left out where the
    therapist saw it unasked. `void`: the repetition is not to count. `note`: `text`, of the session or of what is named. `rating`: the
    patient's `value` of `scale`, 0-10, for `set`. `at_s`: when, on the session's time (contract 1); left out in a running session: now.
    """

    id: Uuid
    kind: Literal["finding", "void", "note", "rating"]
    set: Number | None = None
    repetition: Number | None = None
    at_s: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    finding: Finding | None = None
    found: Found | None = None
    scale: Literal["pain", "effort", "discomfort"] | None = None
    value: Annotated[int, Meta(ge=0, le=10)] | None = None
    text: Words | None = None


class Label(Said, frozen=True, kw_only=True, omit_defaults=True):
    """What was said, when (UTC) and by whom. `withdrawn_utc`: it was taken back then, and is kept for the record."""

    made_utc: datetime
    by: str
    withdrawn_utc: datetime | None = None


class _File(msgspec.Struct, frozen=True):
    version: int
    labels: list[Label]


_NEEDED: dict[str, tuple[str, ...]] = {
    "finding": ("set", "repetition", "finding"),
    "void": ("set", "repetition"),
    "note": ("text",),
    "rating": ("set", "scale", "value"),
}


class TooManyLabelsError(ValueError):
    """A session has as many labels as are taken."""


def faults(said: Said) -> list[Fault]:
    """What its kind needs and it lacks; empty where it may be kept."""
    lacking = [name for name in _NEEDED[said.kind] if getattr(said, name) in (None, "")]
    return [Fault(f"/{name}", f"expected with kind `{said.kind}`, got nothing") for name in lacking]


def path_of(recording: Path) -> Path:
    """Where the labels of `S.mcap` (or its `.part`) are: `S.labels.json`, in the same folder."""
    return whole_name(recording).with_suffix(".labels.json")


def labels(recording: Path) -> list[Label]:
    """The labels that stand of a session, in the order in which they were made; none is an empty list. Blocks.

    Raises RecordedError where the file is there and can't be read.
    """
    return [label for label in _all(recording) if label.withdrawn_utc is None]


def add(recording: Path, label: Label, disk: Disk = DISK) -> list[Label]:
    """Keeps a label, on the medium on return; the first of an id counts. The labels that stand then. Blocks.

    Raises RecordedError where the labels kept can't be read, OSError where the disk does not take it, TooManyLabelsError.
    """
    known = _all(recording)
    if all(one.id != label.id for one in known):
        if len(known) >= MOST:
            raise TooManyLabelsError(f"a session holds at most {MOST} labels")
        known.append(label)
        _keep(recording, known, disk)
    return [one for one in known if one.withdrawn_utc is None]


def withdraw(recording: Path, label: str, now_utc: datetime, disk: Disk = DISK) -> list[Label]:
    """Takes a label back; it stays in the file. The labels that stand then. Blocks. Raises as `add`."""
    known = _all(recording)
    if any(one.id == label and one.withdrawn_utc is None for one in known):
        known = [msgspec.structs.replace(one, withdrawn_utc=one.withdrawn_utc or now_utc) if one.id == label else one for one in known]
        _keep(recording, known, disk)
    return [one for one in known if one.withdrawn_utc is None]


def _all(recording: Path) -> list[Label]:
    path = path_of(recording)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordedError(path, "", f"holds no labels that can be read: {error}") from error
    return found.labels


def _keep(recording: Path, known: list[Label], disk: Disk) -> None:
    path = path_of(recording)
    disk.make_folder(path.parent)
    save(disk, path, msgspec.json.format(msgspec.json.encode(_File(_VERSION, known)), indent=1))
