"""Recordings that no machine has sent: imported, copied, put back. They are listed while the service runs (decision 0231)."""

import asyncio
import os
import stat
import time
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

import structlog

from service.replay.resident import WorkError
from service.replay.shelf import Shelf
from service.replay.worker import BusyError
from service.store import Index, SessionRow, StoreGoneError
from wire.recorded import RecordedError

EVERY_S = 5.0
"""How often the folder is looked through: two looks see a file that has come whole."""

MOMENT_NS = 1_000_000_000

_log = structlog.get_logger("newcomers")


class _Version(NamedTuple):
    """Which file it is, as far as that shows from outside."""

    mtime_ns: int
    size: int
    inode: int


class _Folder:
    """One folder as it was seen last."""

    def __init__(self) -> None:
        self.changed_ns = -1
        self.folders: list[str] = []
        self.files: dict[str, _Version] = {}


class Watch:
    """The finished recordings under a folder: which of them are new, or another file than before.

    Cheap to ask again: one question a folder to the system, and one a recording where something came, went or was replaced. Those in
    `known`, by their paths, are not new when they are first seen.
    """

    def __init__(self, top: Path, known: Container[str]) -> None:
        self._top = str(top)
        self._known = known
        self._seen: dict[str, _Folder] = {}
        self._coming: dict[str, _Version] = {}

    def look(self) -> list[Path]:
        """Those that have come since the last look and are the same since the one before: nobody is writing them any more. Blocks."""
        coming: dict[str, _Version] = {}
        seen: dict[str, _Folder] = {}
        waiting = [self._top]
        while waiting:
            at = waiting.pop()
            folder = self._seen.get(at) or _Folder()
            try:
                self._update(at, folder, coming)
            except OSError:
                continue  # gone since, or not ours to read
            seen[at] = folder
            waiting += folder.folders
        self._seen = seen
        settled = [path for path, version in coming.items() if self._coming.get(path) == version]
        for path in settled:
            head, _, name = path.rpartition(os.sep)
            seen[head].files[name] = coming.pop(path)
        self._coming = coming
        return [Path(path) for path in sorted(settled)]

    def forget(self, path: Path) -> None:
        """It is new once more."""
        if (folder := self._seen.get(str(path.parent))) is not None:
            folder.files.pop(path.name, None)
            folder.changed_ns = -1

    def _update(self, at: str, folder: _Folder, coming: dict[str, _Version]) -> None:
        first = at not in self._seen
        changed_ns = Path(at).stat().st_mtime_ns
        if changed_ns == folder.changed_ns and not any(path.rpartition(os.sep)[0] == at for path in self._coming):
            return
        files: dict[str, _Version] = {}
        folder.folders = []
        with os.scandir(at) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue  # where something is being made
                if entry.is_dir(follow_symlinks=False):
                    folder.folders.append(entry.path)
                elif entry.name.endswith(".mcap") and stat.S_ISREG((found := entry.stat()).st_mode):
                    version = _Version(found.st_mtime_ns, found.st_size, found.st_ino)
                    before = folder.files.get(entry.name)
                    if before == version or (before is None and first and entry.path in self._known):
                        files[entry.name] = version
                    else:
                        coming[entry.path] = version
                        if before is not None:
                            files[entry.name] = before
        # Of what changes a moment after another change the time says nothing.
        folder.changed_ns = changed_ns if time.time_ns() - changed_ns > MOMENT_NS else -1
        folder.files = files


class Newcomers:
    """Lists what comes into the folder of the recordings while it runs, and what came while nothing did."""

    def __init__(self, recordings: Path, index: Index, shelf: Shelf) -> None:
        self._recordings = recordings
        self._index = index
        self._shelf = shelf
        self._watch: Watch | None = None

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Once. What can't be listed now is tried again; what is no session's recording is logged, once."""
        try:
            if self._watch is None:
                places = await self._index.places()
                self._watch = Watch(self._recordings, frozenset(place.path for place in places.values()))
            for path in await asyncio.to_thread(self._watch.look):
                await self._list(self._watch, path)
        except StoreGoneError as error:
            _log.warning("recordings that came are not listed yet", reason=str(error))

    async def _list(self, watch: Watch, path: Path) -> None:
        try:
            if await self._is_a_machines(path):
                return
            row = await self._shelf.summary(path)
            known = await self._index.get(row.session)
            if known is None or (known.ended_utc is not None and await asyncio.to_thread(_is_news, row, known)):
                await self._index.put(row)
                _log.info("recording listed", recording=path.name, session=row.session)
        except RecordedError as error:
            _log.warning("recording not listed", recording=path.name, reason=error.words)
        except (BusyError, WorkError, StoreGoneError) as error:
            watch.forget(path)
            _log.warning("recording not listed yet", recording=path.name, reason=str(error))

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
