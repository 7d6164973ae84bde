"""The end of a recording: finished, listed, and its result computed once more, all beside the event loop."""

import asyncio
import contextlib
import errno
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog

from service import aside, recordings
from service.metrics import Counts, Queue
from service.recordings import Recorder
from service.recordings.names import whole_name
from service.recordings.placed import Shown
from service.store import SessionRow
from wire.plan import Plan
from wire.recorded import RecordedError

if TYPE_CHECKING:
    from service.live.floor import SessionIndex

MOST_AT_ONCE = 1_000
FINALISE_S = 600.0
AGAIN_S = 5.0
"""A recording that the disk did not let end is tried again so often: done within 10 s of there being space (robustness F11)."""

log = structlog.get_logger()


class Open(Protocol):
    """What is to be known of a session that is listed or ends: `service.live.running.Running` is one."""

    session: str
    machine: str
    plan: Plan | None
    recorder: Recorder | None
    disk: asyncio.Lock
    finished: bool
    durable: bool


class Closing:
    """Sessions that have ended, on their way into the list. One at a time is computed again, by a process behind all others."""

    def __init__(self, index: "SessionIndex", counts: Counts, closed: Sequence[Callable[[Path], None]] = ()) -> None:
        self.queue = Queue("closing", MOST_AT_ONCE)
        self._index = index
        self._counts = counts
        self._closed = closed
        self._turn = asyncio.Lock()
        self._leaving = asyncio.Event()
        self._finishing: set[asyncio.Task[None]] = set()
        self._finalising: dict[Path, asyncio.Task[None]] = {}
        self._computing: Path | None = None
        self._again = False
        """True when the recording has become more while its result was being computed."""

    def list_open(self, running: Open, folder: Path, started_utc: datetime | None = None) -> None:
        """A session that runs, into the list. `started_utc`: of one that began before (default: now)."""
        path = folder / f"{running.session}.mcap"
        row = SessionRow(
            session=running.session,
            machine=running.machine,
            started_utc=started_utc or datetime.now(UTC),
            plan=None if running.plan is None else msgspec.to_builtins(running.plan),
            path=str(path),
        )
        row = recordings.with_labels(row, recordings.labelled(path), Shown())
        task = asyncio.create_task(self._index.put(row), name=f"list {running.session}")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    def start(self, running: Open, completeness: dict[str, int], reason: str, done: Callable[[], None]) -> None:
        """Finish a session's recording, list it, and have its result computed again if nothing is missing.

        `done` is called once it is on disk, or, when the service ends, can't be: then it stays as it is for the next start. While the
        disk doesn't let it end it is tried again every AGAIN_S.
        """
        task = asyncio.create_task(self._finish(running, completeness, reason, done), name=f"finish {running.session}")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        self._count()

    def finalise(self, path: Path) -> None:
        """Have the result of a finished recording computed again, when it is its turn; nothing happens if samples are missing."""
        if self._leaving.is_set():
            return
        if path in self._finalising:
            self._again |= path == self._computing
            return
        task = asyncio.create_task(self._finalise(path), name=f"finalise {path.name}")
        self._finalising[path] = task
        self._count()

    async def close(self) -> None:
        """Waits for the recordings; results not yet computed again are left for another time."""
        self._leaving.set()
        while self._finishing:
            await asyncio.gather(*self._finishing, return_exceptions=True)
        finalising = list(self._finalising.values())
        for task in finalising:
            task.cancel()
        await asyncio.gather(*finalising, return_exceptions=True)

    def _count(self) -> None:
        self.queue.now(len(self._finishing) + len(self._finalising))

    async def _finish(self, running: Open, completeness: dict[str, int], reason: str, done: Callable[[], None]) -> None:
        try:
            path = await self._finished(running, completeness, reason)
        finally:
            done()
        if path is not None:
            await self._list(path)
            self.finalise(path)

    async def _finished(self, running: Open, completeness: dict[str, int], reason: str) -> Path | None:
        """The finished file; None where there is none, or the service ends before the disk lets it be."""
        recorder = running.recorder
        if recorder is None:
            running.finished = True
            return None
        await self._let_be(whole_name(recorder.path))
        failed = damaged = False
        while True:
            leaving = self._leaving.is_set()
            # Not held until the next try: a round of storing waits for it, and all machines for that round.
            async with running.disk:
                running.finished = True
                try:
                    path = await asyncio.to_thread(_whole, recorder, completeness, reason, damaged)
                except RecordedError as error:
                    log.error("recording is damaged; what is whole of it is kept", session=running.session, reason=str(error))  # noqa: TRY400 - the reason says it all
                    damaged = True
                    continue
                except OSError as error:
                    self._counts.recording_faults += 1
                    if not failed or leaving:
                        log.error("recording not finished", session=running.session, reason=str(error), again=not leaving)  # noqa: TRY400 - likewise
                    failed = True
                else:
                    running.durable = path is not None
                    if failed:
                        log.warning("recording finished after all", session=running.session)
                    return path
            if leaving:
                recorder.close()
                return None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._leaving.wait()

    async def _let_be(self, path: Path) -> None:
        """Nothing computes that recording's result any more: held up before it renames its copy, it would replace the one that comes."""
        computing = self._finalising.get(path)
        if computing is not None:
            computing.cancel()
            await asyncio.wait({computing})

    async def _list(self, path: Path) -> None:
        """Into the index; a live line never waits for it."""
        try:
            row = await asyncio.to_thread(recordings.summary, path)
        except RecordedError as error:
            log.error("recording not listed", recording=path.name, reason=str(error))  # noqa: TRY400 - likewise
            return
        await self._index.put(row)

    async def _finalise(self, path: Path) -> None:
        try:
            async with self._turn:
                self._computing, self._again = path, True
                while self._again:
                    self._again = False
                    try:
                        done = await aside.run(aside.python("service.recordings.finalise", path), FINALISE_S)
                    except TimeoutError:
                        log.warning("result not computed again", recording=path.name, reason=f"it took longer than {FINALISE_S:.0f} s")
                        continue
                    if done.code == 0:
                        await self._list(path)
                    else:
                        log.warning("result not computed again", recording=path.name, reason=done.words.decode(errors="replace").strip())
            for told in self._closed:
                told(path)
        finally:
            if self._computing == path:
                self._computing = None
            del self._finalising[path]


def _whole(recorder: Recorder, completeness: dict[str, int], reason: str, damaged: bool) -> Path | None:
    """The finished file; None where nothing could be had of a damaged one. Blocks. Raises OSError; RecordedError of the damage."""
    if not damaged:
        return recorder.finish(completeness, {"reason": reason})
    recorder.close()
    path = recordings.make_whole(recorder.path, counted=completeness)
    if path is None and recorder.path.exists():
        raise OSError(errno.EIO, "what is whole of it can't be copied", str(recorder.path))
    return path
