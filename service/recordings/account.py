"""What came of a session's samples and events, for whoever looks at its record: coverage, notes, completeness, sets."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from service.recordings.reading import difference, labelled, sets, summary, with_labels
from service.recordings.survey import survey
from service.store.row import SessionRow
from wire.capture import EVENTS, Capture, Coverage
from wire.recorded import RecordedError

_KEPT = 32
"""Accounts at hand: an hour's recording takes a second to read."""


class Account(NamedTuple):
    """`difference` as `reading.difference` has it; `row` is the session as its recording tells of it now."""

    coverage: list[Coverage]
    notes: list[dict[str, Any]]
    difference: dict[str, Any] | None
    row: SessionRow


class Unfinished(NamedTuple):
    """A recording that is still open: when and why its session ended, if it has; its sets and samples so far."""

    ended: dict[str, str] | None
    sets: list[dict[str, Any]]
    completeness: dict[str, int]
    coverage: list[Coverage]
    notes: list[dict[str, Any]]


def account(path: Path) -> Account:
    """Of a finished recording; a damaged one has none of it but its row, marked. Blocks. Raises RecordedError."""
    try:
        found = path.stat()
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    kept = _account(path, found.st_mtime_ns, found.st_ino)
    # Labels have a file of their own: what is at hand of the recording says nothing of them.
    return kept._replace(row=with_labels(kept.row, labelled(path)))


@lru_cache(maxsize=_KEPT)
def _account(path: Path, _: int, __: int) -> Account:
    row = summary(path)
    if row.damage is not None:
        return Account([], [], None, row)
    capture = Capture(path)
    return Account(capture.coverage(), capture.notes(), difference(path), row)


def unfinished(part: Path) -> Unfinished:
    """Of a `.mcap.part`, as far as it is on disk. Blocks. Raises RecordedError."""
    try:
        capture, found = Capture(part), survey(part)
    except OSError as error:
        raise RecordedError(part, "", error.strerror or str(error)) from error
    ended = found.metadata.get("ended")
    return Unfinished(ended, sets(found.events[EVENTS]), capture.stored(), capture.coverage(), capture.notes())
