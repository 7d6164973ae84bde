"""As many processes as there are cores, behind all others, for what goes over many recordings (decision 0230)."""

import asyncio
import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

import msgspec

from service.replay import series
from service.replay.resident import WorkError
from service.replay.series import Order, Recording, faulty
from service.replay.whatif import Otherwise
from service.replay.worker import BusyError, Worker

MOST_PROCESSES = 8
"""Each takes 100 MB; what a clinic's computer has to spare of cores, it has for the live line first."""
MOST_SERIES = 4
"""At a time. They take turns, a handful each."""
AGAIN_S = 0.5
"""A process for which as much waits as may is asked again so often."""
AT_ONCE = 8
"""Recordings that a process takes at a time: enough that handing them out costs nothing, few enough that progress moves."""
BYTES_AT_ONCE = 16 * 1024 * 1024
"""Of such a handful, or a single recording: a minute at the most, half of what an answer may take (`resident.LONGEST_S`)."""


class Crew:
    """Takes series of recordings, some at a time; its processes start with the first, and end when nobody asks (decision 0219)."""

    def __init__(self, processes: int | None = None) -> None:
        self.workers = [Worker() for _ in range(processes or min(os.cpu_count() or 1, MOST_PROCESSES))]
        self.series = 0

    def enter(self) -> None:
        """One more goes over many, and will `leave`. Raises BusyError where as many are at it as may."""
        if self.series >= MOST_SERIES:
            raise BusyError(f"many sessions are being analysed for {self.series} others already")
        self.series += 1

    def leave(self) -> None:
        """Who entered is done, or went away."""
        self.series -= 1

    async def over(self, recordings: Sequence[Recording], otherwise: Otherwise) -> AsyncGenerator[bytes, None]:
        """Lines (`series.Line`) of all of them, some at a time, as they are done. Closed early, it ends what is under way.

        Who reads slowly is waited for: no process goes on before what it did last is taken.
        """
        handfuls = iter(await asyncio.to_thread(lambda: list(_handfuls(recordings))))
        under_way: dict[asyncio.Task[bytes], Worker] = {}

        def hand_out(worker: Worker) -> None:
            if (handful := next(handfuls, None)) is not None:
                under_way[asyncio.create_task(_lines(worker, handful, otherwise), name="many sessions")] = worker

        try:
            for worker in self.workers:
                hand_out(worker)
            while under_way:
                done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    hand_out(under_way.pop(task))
                    yield task.result()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def close(self) -> None:
        """Ends the processes."""
        for worker in self.workers:
            await worker.close()


async def _lines(worker: Worker, handful: list[Recording], otherwise: Otherwise) -> bytes:
    """What fails or takes too long with others is done again alone: then it is told of that one, and the others are there."""
    try:
        return await _run(worker, msgspec.json.encode(Order(handful, otherwise)))
    except WorkError as error:
        if len(handful) == 1:
            return faulty(handful[0].session, f"the analysis came to no end: {error}")
        return b"".join([await _lines(worker, [one], otherwise) for one in handful])


async def _run(worker: Worker, order: bytes) -> bytes:
    """However much waits for the process. Raises WorkError."""
    while True:
        try:
            return await worker.run(series.__name__, order)
        except BusyError:
            await asyncio.sleep(AGAIN_S)


def _handfuls(recordings: Sequence[Recording]) -> Iterator[list[Recording]]:
    handful: list[Recording] = []
    held = 0
    for one in recordings:
        size = _size(one)
        if handful and (len(handful) == AT_ONCE or held + size > BYTES_AT_ONCE):
            yield handful
            handful, held = [], 0
        handful.append(one)
        held += size
    if handful:
        yield handful


def _size(recording: Recording) -> int:
    try:
        return Path(recording.path).stat().st_size
    except OSError:
        return 0  # the process that reads it says why it can't
