"""The list of sessions as the recordings tell it."""

from pathlib import Path

import structlog

from service.recordings.reading import summary
from service.store.row import SessionRow
from wire.recorded import RecordedError

_log = structlog.get_logger(__name__)


def summaries(recordings: Path) -> list[SessionRow]:
    """The sessions of the finished recordings under a folder, one each. One that can't be read is left out, and logged. Blocks."""
    rows: dict[str, SessionRow] = {}
    for path in sorted(recordings.rglob("*.mcap")):
        try:
            row = summary(path)
        except RecordedError as error:
            _log.warning("recording left out of the index", error=str(error))
            continue
        rows[row.session] = row
    return list(rows.values())
