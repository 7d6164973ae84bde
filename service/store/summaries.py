"""The list of sessions as the recordings tell it."""

from collections.abc import Iterator
from os import walk
from pathlib import Path
from typing import NamedTuple

import structlog

from service.recordings.reading import summary
from service.store.row import SessionRow
from wire.recorded import RecordedError

NOT_OURS = "lost+found"
"""A file system's own folder, which it lets nobody read."""

_log = structlog.get_logger(__name__)


class Summaries(NamedTuple):
    """The sessions, one each, and why the system let some folders and files not be read: those may be readable later."""

    rows: list[SessionRow]
    unread: dict[Path, str]


def summaries(*places: Path) -> Summaries:
    """Of the finished recordings that these are, or that lie under these folders. Blocks. Never raises.

    One that is none, or of which nothing can be had, is left out, and logged; what the system does not let read hides nothing else.
    """
    rows: dict[str, SessionRow] = {}
    unread: dict[Path, str] = {}
    for path in _files(places, unread):
        try:
            str(path).encode()  # as the list keeps it
            row = summary(path)
        except UnicodeEncodeError:
            name = str(path).encode(errors="backslashreplace").decode()
            _log.warning("recording left out of the index", recording=name, reason="its path is no text in UTF-8: rename it")
        except (RecordedError, OSError) as error:
            found = error if isinstance(error, OSError) else error.__cause__
            if isinstance(found, OSError) and not _gone(found):
                unread[path] = found.strerror or str(found)
            else:
                _log.warning("recording left out of the index", error=str(error))
        except Exception:  # noqa: BLE001 - whatever it is, it hides no other recording
            _log.exception("recording left out of the index", recording=str(path))
        else:
            # Of several files of a session the one that has its name: others are copies (decision 0286).
            if row.session not in rows or path.stem == row.session:
                rows[row.session] = row
    return Summaries(list(rows.values()), unread)


def _files(places: tuple[Path, ...], unread: dict[Path, str]) -> Iterator[Path]:
    def tell(error: OSError) -> None:
        if not _gone(error) and Path(error.filename).name != NOT_OURS:
            unread[Path(error.filename)] = error.strerror or str(error)

    for place in places:
        if place.suffix == ".mcap":
            yield place
            continue
        for folder, folders, names in walk(place, onerror=tell):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names) if name.endswith(".mcap"))


def _gone(error: OSError) -> bool:
    return isinstance(error, FileNotFoundError | NotADirectoryError)
