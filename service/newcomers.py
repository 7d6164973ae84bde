"""Recordings that no machine has sent: imported, copied, put back. They are listed while the service runs (decision 0231)."""

import asyncio
import os
import stat
import time
from collections.abc import Container
from pathlib import Path

import structlog

from service.replay.resident import WorkError
from service.replay.shelf import Shelf
from service.replay.worker import BusyError
from service.store import Index, SessionRow, StoreGoneError
from wire.recorded import RecordedError

EVERY_S = 5.0
"""How often the folder is looked through: two looks see a file that has come whole."""

LOOKS_AFTERWARDS = 60
"""So often, for five minutes, a file that seemed whole is looked at again: a copy may have paused, and its folder does not tell."""

MOMENT_NS = 1_000_000_000

_log = structlog.get_logger("newcomers")


class _Folder:
    """One folder as it was seen last."""

    def __init__(self) -> None:
        self.changed_ns = -1
        self.folders: list[str] = []
        self.files: set[int] = set()
        """Marks of its files: a number each, since a clinic has a hundred thousand."""


class Watch:
    """The finished recordings under a folder: which of them are new, or another file than before.

    Cheap to ask again: one question a folder to the system, and one a recording where something came, went or was replaced. Those in
    `known`, by their paths, are not new when they are first seen.
    """

    def __init__(self, top: Path, known: Container[str]) -> None:
        self._top = str(top)
        self._known = known
        self._seen: dict[str, _Folder] = {}
        self._coming: dict[str, int] = {}
        self._fresh: dict[str, int] = {}
        """Those that came lately, and how often they are looked at yet."""
        self._unread: set[str] = set()
        """Folders that could not be read the last time."""

    def look(self) -> list[Path]:
        """Those that have come since the last look and are the same since the one before: nobody is writing them any more. Blocks."""
        self._look_afterwards()
        coming: dict[str, int] = {}
        seen: dict[str, _Folder] = {}
        waiting = [self._top]
        while waiting:
            at = waiting.pop()
            folder = self._seen.get(at) or _Folder()
            try:
                coming |= self._update(at, folder)
                self._unread.discard(at)
            except (FileNotFoundError, NotADirectoryError):
                continue  # gone since
            except OSError as error:
                self._tell(at, error)
                if at not in self._seen:
                    continue
                folder.changed_ns = -1
            seen[at] = folder
            waiting += folder.folders
        self._seen = seen
        settled = [path for path, mark in coming.items() if self._coming.get(path) == mark]
        for path in settled:
            seen[_folder(path)].files.add(coming.pop(path))
            self._fresh[path] = LOOKS_AFTERWARDS
        self._coming = coming
        return [Path(path) for path in sorted(settled)]

    def forget(self, path: Path) -> None:
        """It is new once more."""
        if (folder := self._seen.get(str(path.parent))) is not None:
            folder.files.discard(_mark(str(path)) or 0)
            folder.changed_ns = -1

    def _look_afterwards(self) -> None:
        for path, left in list(self._fresh.items()):
            folder = self._seen.get(_folder(path))
            if folder is None or left == 0:
                del self._fresh[path]
            elif _mark(path) in folder.files:
                self._fresh[path] = left - 1
            else:
                del self._fresh[path]
                folder.changed_ns = -1

    def _tell(self, at: str, error: OSError) -> None:
        if at not in self._unread:
            self._unread.add(at)
            _log.warning("folder of recordings not readable; what comes into it is not listed", folder=_plain(at), reason=error.strerror)

    def _update(self, at: str, folder: _Folder) -> dict[str, int]:
        """Those that come, by their paths. Raises OSError; then the folder is as it was."""
        first = at not in self._seen
        changed_ns = Path(at).stat().st_mtime_ns
        coming: dict[str, int] = {}
        if changed_ns == folder.changed_ns and not any(_folder(path) == at for path in self._coming):
            return coming
        files: set[int] = set()
        folders: list[str] = []
        with os.scandir(at) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue  # where something is being made
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith(".mcap") and (mark := _mark(entry.path)) is not None:
                    if mark in folder.files or (first and entry.path in self._known):
                        files.add(mark)
                    else:
                        coming[entry.path] = mark
        # Of what changes a moment after another change the time says nothing.
        folder.changed_ns = changed_ns if time.time_ns() - changed_ns > MOMENT_NS else -1
        folder.folders, folder.files = folders, files
        return coming


def _folder(path: str) -> str:
    return path.rpartition(os.sep)[0]


def _mark(path: str) -> int | None:
    """Which file it is, as far as that shows from outside; None where it is none: a folder, a link to nothing, gone since."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return hash((path, found.st_mtime_ns, found.st_size, found.st_ino)) if stat.S_ISREG(found.st_mode) else None


def _plain(name: str) -> str:
    """As it can be told: a name on disk need not be text."""
    return name.encode(errors="backslashreplace").decode()


class Newcomers:
    """Lists what comes into the folder of the recordings while it runs, and what came while nothing did."""

    def __init__(self, recordings: Path, index: Index, shelf: Shelf) -> None:
        self._recordings = recordings
        self._index = index
        self._shelf = shelf
        self._watch: Watch | None = None
        self._trouble: str | None = None
        """Why the last look came to nothing."""
        self._delayed: set[Path] = set()
        """Those of which it was logged that they are tried again."""

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Once. Never raises: what can't be listed now is tried again; what is no session's recording is logged, once."""
        try:
            if self._watch is None:
                places = await self._index.places()
                self._watch = Watch(self._recordings, frozenset(place.path for place in places.values()))
            for path in await asyncio.to_thread(self._watch.look):
                await self._list(self._watch, path)
            self._trouble = None
        # Whatever it is, what comes later is listed once it is over.
        except Exception as error:  # noqa: BLE001
            if self._trouble != (words := f"{type(error).__name__}: {error}"):
                _log.warning("recordings that came are not listed yet", reason=_plain(words))
            self._trouble = words

    async def _list(self, watch: Watch, path: Path) -> None:
        try:
            str(path).encode()  # as the list keeps it
            if not await self._is_a_machines(path):
                row = await self._shelf.summary(path)
                known = await self._index.get(row.session)
                if known is None or (known.ended_utc is not None and await asyncio.to_thread(_is_news, row, known)):
                    await self._index.put(row)
                    _log.info("recording listed", recording=path.name, session=row.session)
        except RecordedError as error:
            _log.warning("recording not listed", recording=path.name, reason=error.words)
        except UnicodeEncodeError:
            _log.warning("recording not listed", recording=_plain(path.name), reason="its path is no text in UTF-8: rename it")
        except (BusyError, WorkError, StoreGoneError) as error:
            watch.forget(path)
            if path not in self._delayed:
                _log.warning("recording not listed yet", recording=path.name, reason=str(error))
            self._delayed.add(path)
            return
        # Whatever it is, it hides no other recording.
        except Exception as error:  # noqa: BLE001
            _log.exception("recording not listed", recording=_plain(path.name), reason=str(error))
        self._delayed.discard(path)

    async def _is_a_machines(self, path: Path) -> bool:
        """Recorded here, and listed by who recorded it, or about to be. Raises StoreGoneError."""
        known = await self._index.get(path.stem)
        return known is not None and known.path == str(path) and known.damage is None


def _is_news(row: SessionRow, known: SessionRow) -> bool:
    """Whether a session is to be listed as `row` says; of two recordings of one session the one that is listed stays. Blocks."""
    if row.path != known.path:
        return not Path(known.path).is_file()
    return (row.started_utc, row.ended_utc, row.sets, row.completeness, row.damage) != (
        known.started_utc, known.ended_utc, known.sets, known.completeness, known.damage,
    )  # fmt: skip
