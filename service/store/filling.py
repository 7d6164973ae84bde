"""A new database gets the sessions of the recordings; what of them can't be read now is tried again (robustness F19, F24)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import structlog

from service.store.row import SessionRow
from service.store.summaries import summaries
from service.store.writing import StoreGoneError

AGAIN_S = 1.0, 60.0
"""What could not be read is tried again after the first, at most after the last."""

_log = structlog.get_logger(__name__)

List = Callable[[SessionRow], Awaitable[None]]
"""Lists a session, unless it is listed; returns when the next one may come. Raises StoreGoneError."""


def news(row: SessionRow, known: SessionRow | None) -> SessionRow | None:
    """What is to be put when a recording, or what ran at the start, says `row` of a session; None where what is known says as much."""
    if known is None:
        return row
    if known.ended_utc is None:
        return known if row.ended_utc is None else row
    # The last row of one that has ended may be lost, too. Of two recordings of one session the one that is listed stays.
    more = row.completeness.get("stored", 0) > known.completeness.get("stored", 0) or (row.final and not known.final)
    return row if more and row.ended_utc is not None and row.path == known.path else None


class Filling:
    """One task at most; it ends when all that is there is listed."""

    def __init__(self, list_it: List) -> None:
        self.whole = True
        """False while recordings are known to be missing in the list, since they can't be read."""
        self._list = list_it
        self._task: asyncio.Task[None] | None = None

    def start(self, recordings: Iterable[Path], running: Iterable[SessionRow] = ()) -> None:
        """Begins with these folders or files, instead of what was under way; returns at once. `running`: listed too."""
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._fill(list(recordings), list(running)), name="index made anew")

    async def close(self) -> None:
        """Nothing more is listed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _fill(self, places: list[Path], rows: list[SessionRow]) -> None:
        wait_s = AGAIN_S[0]
        told: set[Path] = set()
        while places or rows:
            try:
                found = await asyncio.to_thread(summaries, *places)
                self._tell(found.unread, told)
                self.whole, places = not found.unread, list(found.unread)
                rows += found.rows
                while rows:
                    await self._list(rows[-1])
                    rows.pop()
            except StoreGoneError:  # it is told elsewhere; what is put blindly might be older than what the database has
                wait_s = AGAIN_S[0]
            except Exception:  # noqa: BLE001 - whatever it is: without this task the list would lack what it has not come to
                _log.exception("the list of sessions is not whole yet; trying again")
                self.whole = False
            if places or rows:
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, AGAIN_S[1])
        self.whole = True
        if told:
            _log.warning("all recordings could be read after all, and are listed")

    def _tell(self, unread: dict[Path, str], told: set[Path]) -> None:
        for place, reason in unread.items():
            if place not in told:
                told.add(place)
                _log.error("recordings not listed until they can be read", place=str(place), reason=reason)
