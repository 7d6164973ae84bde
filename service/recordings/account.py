"""What came of a session's samples and events, for whoever looks at its record: coverage, notes, completeness, sets."""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from service.recordings.placed import Shown
from service.recordings.reading import difference_in, labelled, sets, shown_in, summary_of, with_labels
from service.recordings.survey import survey, surveyed
from service.store.row import SessionRow
from wire import bulk
from wire.capture import Capture
from wire.channels import EVENTS, NOTES
from wire.places import Coverage
from wire.recorded import RecordedError

_KEPT = 32
"""Accounts at hand: an hour's recording takes a second to read."""


class Account(NamedTuple):
    """`difference` as `reading.difference` has it; `row` is the session as its recording tells of it now.

    `shown`: when repetitions were, by the numbers that screens have shown. `imported`: from a table.
    """

    coverage: list[Coverage]
    notes: list[dict[str, Any]]
    difference: dict[str, Any] | None
    row: SessionRow
    shown: Shown
    imported: bool = False


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
    return kept._replace(row=with_labels(kept.row, labelled(path), kept.shown))


@lru_cache(maxsize=_KEPT)
def _account(path: Path, _: int, __: int) -> Account:
    found = surveyed(path)
    row = summary_of(path, found)
    if row.damage is not None:
        return Account([], [], None, row, shown_in(found))
    notes = [msgspec.json.decode(text) for text in found.events[NOTES]]
    return Account(coverage(path), notes, difference_in(found), row, shown_in(found), imported="imported" in found.metadata["ilex"])


def coverage(path: Path) -> list[Coverage]:
    """What of a whole recording was shown live, came later, never came (`Capture.coverage`). Blocks. Raises RecordedError."""
    try:
        found = bulk.read(path)
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    if found is None or not _on_time(found.batches):
        return Capture(path).coverage()
    return _live(found.batches)


def _on_time(batches: bulk.Batches) -> bool:
    """Each came when it was due, and takes some time."""
    late = (batches.publish_ns > batches.log_ns).any() or (batches.seq[1:] < (batches.seq + batches.n)[:-1]).any()
    return not late and bool((batches.stop_ns > batches.start_ns).all())


def _live(batches: bulk.Batches) -> list[Coverage]:
    """Of batches on time: all that is there was live."""
    breaks = (np.flatnonzero(batches.seq[1:] != (batches.seq + batches.n)[:-1]) + 1).tolist()
    stretches: list[Coverage] = []
    origin_ns, reached_s = int(batches.start_ns[0]), 0.0
    for first, end in pairwise([0, *breaks, len(batches.seq)]):
        from_s, to_s = ((int(time_ns) - origin_ns) / 1e9 for time_ns in (batches.start_ns[first], batches.stop_ns[end - 1]))
        if from_s > reached_s:
            stretches.append(Coverage("gap", reached_s, from_s))
        if stretches and stretches[-1].kind == "live":
            stretches[-1] = stretches[-1]._replace(to_s=to_s)
        else:
            stretches.append(Coverage("live", from_s, to_s))
        reached_s = to_s
    return stretches


def unfinished(part: Path) -> Unfinished:
    """Of a `.mcap.part`, as far as it is on disk. Blocks. Raises RecordedError."""
    try:
        capture, found = Capture(part), survey(part)
        ended = found.metadata.get("ended")
        return Unfinished(ended, sets(found.events[EVENTS]), capture.stored(), capture.coverage(), capture.notes())
    except OSError as error:
        # Also where it gets its last name while it is being read.
        raise RecordedError(part, "", error.strerror or str(error)) from error
