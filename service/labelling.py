"""Labels of sessions on their way to where they stay: first beside the recording, then in the index (decision 0140)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from service import recordings
from service.live.errors import NoSession
from service.live.floor import Floor
from service.recordings import labels
from service.recordings.labels import Label, Said
from service.recordings.placed import PlacedLabel, Shown, with_spans
from service.store import Index, StoreGoneError
from wire.names import is_safe_id
from wire.recorded import RecordedError


class Labelling:
    """Takes what therapists say, one after the other. What was answered survives a power cut, also while the database is away."""

    def __init__(self, index: Index, floor: Floor) -> None:
        self._index = index
        self._floor = floor
        self._turn = asyncio.Lock()

    async def add(self, session: str, said: Said, by: str) -> list[PlacedLabel]:
        """Keeps a label, once for each id. The session's labels then. Raises NoSession, RecordedError, OSError, TooManyLabelsError."""
        fields = msgspec.structs.asdict(said) | {
            "id": said.id.lower(),
            "at_s": said.at_s if said.at_s is not None else self._now_s(session),
        }
        label = Label(**fields, made_utc=datetime.now(UTC), by=by)
        async with self._turn:
            recording = await self._recording(session)
            return await self._listed(session, recording, await asyncio.to_thread(labels.add, recording, label))

    async def withdraw(self, session: str, label: str) -> list[PlacedLabel]:
        """Takes a label back. The session's labels then. Raises as `add`."""
        async with self._turn:
            recording = await self._recording(session)
            found = await asyncio.to_thread(labels.withdraw, recording, label.lower(), datetime.now(UTC))
            return await self._listed(session, recording, found)

    async def _recording(self, session: str) -> Path:
        """Where a session's recording is, or will be. The database is asked first, and the disk where that can't be asked."""
        for machine, line in self._floor.lines.items():
            if line.running is not None and line.running.session == session:
                return self._floor.folder(machine) / f"{session}.mcap"
        try:
            row = await self._index.get(session)
        except StoreGoneError:
            found = await asyncio.to_thread(_find, self._floor.recordings, session)
        else:
            found = Path(row.path) if row is not None else None
        if found is None:
            raise NoSession(f"no session has the id {session[:64]}")
        return found

    async def _listed(self, session: str, recording: Path, found: list[Label]) -> list[PlacedLabel]:
        """Into the index as well; where the database is away, the row waits in its journal."""
        shown = await asyncio.to_thread(_shown, recording)
        try:
            await self._index.amend(session, lambda row: recordings.with_labels(row, found, shown))
        except StoreGoneError:
            if await asyncio.to_thread(recording.is_file):
                await self._index.put(await asyncio.to_thread(recordings.summary, recording))
        return with_spans(found, shown)

    def _now_s(self, session: str) -> float | None:
        """The newest sample's time in a running session, s since its first; None elsewhere."""
        for line in self._floor.lines.values():
            running = line.running
            if running is not None and running.session == session and running.analysis.first_ns is not None:
                return round((running.newest_ns - running.analysis.first_ns) / 1e9, 3)
        return None


def _shown(recording: Path) -> Shown:
    """Of a session that runs, or can't be read, nothing: what is said of it is about what its numbers say."""
    try:
        return recordings.account(recording).shown
    except RecordedError:
        return Shown()


def _find(folder: Path, session: str) -> Path | None:
    if not is_safe_id(session):
        return None
    return next((path for path in folder.glob(f"*/*/{session}.mcap*") if path.suffix in (".mcap", ".part")), None)
