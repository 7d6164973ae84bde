"""The end of a recording: finished, listed, and its result computed once more, all beside the event loop."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from service import recordings
from service.live.running import Running
from service.metrics import Counts, Queue
from service.store import SessionRow

if TYPE_CHECKING:
    from service.live.floor import SessionIndex

NICENESS = 15
MOST_AT_ONCE = 1_000
FINALISE_S = 600.0

log = structlog.get_logger()


class Closing:
    """Sessions that have ended, on their way into the list. One at a time is computed again, by a process behind all others."""

    def __init__(self, index: "SessionIndex", counts: Counts) -> None:
        self.queue = Queue("closing", MOST_AT_ONCE)
        self._index = index
        self._counts = counts
        self._turn = asyncio.Lock()
        self._finishing: set[asyncio.Task[None]] = set()
        self._finalising: set[asyncio.Task[None]] = set()

    def list_open(self, running: Running, folder: Path) -> None:
        """A session that runs, into the list."""
        row = SessionRow(
            session=running.session,
            machine=running.machine,
            started_utc=datetime.now(UTC),
            plan=None if running.plan is None else msgspec.to_builtins(running.plan),
            path=str(folder / f"{running.session}.mcap"),
        )
        task = asyncio.create_task(self._index.put(row), name=f"list {running.session}")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    def start(self, running: Running, completeness: dict[str, int], reason: str, done: Callable[[], None]) -> None:
        """Finish a session's recording; `done` is called once it is on disk, or can't be."""
        task = asyncio.create_task(self._finish(running, completeness, reason, done), name=f"finish {running.session}")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        self.queue.now(len(self._finishing) + len(self._finalising))

    async def close(self) -> None:
        """Waits for the recordings; results not yet computed again are left for another time."""
        while self._finishing:
            await asyncio.gather(*self._finishing, return_exceptions=True)
        for task in list(self._finalising):
            task.cancel()
        await asyncio.gather(*self._finalising, return_exceptions=True)

    async def _finish(self, running: Running, completeness: dict[str, int], reason: str, done: Callable[[], None]) -> None:
        try:
            async with running.disk:
                running.finished = True
                if running.recorder is None:
                    return
                path = await asyncio.to_thread(running.recorder.finish, completeness, {"reason": reason})
                running.durable = True
            await self._list(path)
        except OSError as error:
            self._counts.recording_faults += 1
            log.error("recording not finished", session=running.session, reason=str(error))  # noqa: TRY400 - the reason says it all
            return
        finally:
            done()
        task = asyncio.create_task(self._finalise(path), name=f"finalise {running.session}")
        self._finalising.add(task)
        task.add_done_callback(self._finalising.discard)

    async def _list(self, path: Path) -> None:
        """Into the index; a live line never waits for it."""
        row = await asyncio.to_thread(recordings.summary, path)
        await self._index.put(row)

    async def _finalise(self, path: Path) -> None:
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "service.recordings.finalise", str(path), stdin=asyncio.subprocess.DEVNULL
            )
            try:
                os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
                code = await asyncio.wait_for(process.wait(), FINALISE_S)
            except ProcessLookupError:
                code = await process.wait()
            except TimeoutError:
                code = -1
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if code != 0:
                log.warning("result not computed again", recording=path.name, code=code)
                return
            await self._list(path)
