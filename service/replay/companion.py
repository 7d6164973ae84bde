"""A process beside the service that lives one running session again for as long as somebody looks (decision 0207)."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import msgspec

from service.replay import living
from service.replay.stretches import Wanted
from service.replay.worker import LONGEST_S, NICENESS, WorkError
from wire.recorded import RecordedError

IDLE_S = 20.0
"""Nobody has asked for so long: it ends. A page asks every second."""


class Companion:
    """Started by the first question, and again where it has failed."""

    def __init__(self, part: Path) -> None:
        self.part = part
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Somebody looks, or did a moment ago."""
        return self._process is not None or self._turn.locked()

    async def ask(self, wanted: Wanted) -> bytes:
        """A stretch of what the analysis has had in mind so far. Raises RecordedError, WorkError."""
        async with self._turn:
            if self._idle is not None:
                self._idle.cancel()
            try:
                answer, body = await asyncio.wait_for(self._answer(msgspec.json.encode(wanted) + b"\n"), LONGEST_S)
            except (TimeoutError, OSError, asyncio.IncompleteReadError, msgspec.DecodeError) as error:
                await self.end()
                raise WorkError(f"it ended, or took longer than {LONGEST_S:.0f} s") from error
            except BaseException:
                # Who asked went away: half an answer would be taken for the next one.
                await self.end()
                raise
            self._idle = asyncio.create_task(self._rest(), name=f"rest {self.part.stem}")
        if answer.unreadable is not None:
            raise RecordedError(self.part, "", answer.unreadable)
        return body

    async def _answer(self, question: bytes) -> tuple[living.Answer, bytes]:
        process = self._process = self._process or await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(question)
        await process.stdin.drain()
        answer = msgspec.json.decode(await process.stdout.readline(), type=living.Answer)
        return answer, await process.stdout.readexactly(answer.size)

    async def _start(self) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", living.__name__, str(self.part), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        # A sandbox may forbid it, and the process may be over already.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
        return process

    async def _rest(self) -> None:
        await asyncio.sleep(IDLE_S)
        async with self._turn:
            await self.end()

    async def end(self) -> None:
        """Ends the process; the next question starts another one."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def close(self) -> None:
        """Ends for good."""
        if self._idle is not None:
            self._idle.cancel()
        await self.end()
