"""A process beside the service that answers questions, one after the other, for as long as any come: it starts once, not for each."""

import asyncio

from service import aside
from service.replay.answering import ANSWERED, LENGTH_BYTES, framed

IDLE_S = 20.0
"""Nobody has asked for so long: it ends."""
LONGEST_S = 120.0
"""An answer may take, the start of the process with it."""


class WorkError(Exception):
    """The process failed, or took too long; the text says which."""


class Resident:
    """`python -m module arguments` with this niceness (see `answering`): started by the first question, and again where it has failed."""

    def __init__(self, module: str, *arguments: object, niceness: int) -> None:
        self._command = aside.python(module, *arguments)
        self._niceness = niceness
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Somebody asks, or did a moment ago."""
        return self._process is not None or self._turn.locked()

    async def ask(self, question: bytes) -> bytes:
        """The answer; questions wait for each other. Raises WorkError."""
        async with self._turn:
            if self._idle is not None:
                self._idle.cancel()
            try:
                kind, answer = await asyncio.wait_for(self._answer(framed(question)), LONGEST_S)
            except TimeoutError:
                await self._end()
                raise WorkError(f"it took longer than {LONGEST_S:.0f} s") from None
            except (OSError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise WorkError("its process ended") from error
            except BaseException:
                # Who asked went away: half an answer would be taken for the next one.
                await self._end()
                raise
            if kind != ANSWERED:
                await self._end()
                raise WorkError(answer.decode(errors="replace"))
            self._idle = asyncio.create_task(self._rest(), name=f"rest of {self._command[-1]}")
        return answer

    async def close(self) -> None:
        """Ends for good."""
        if self._idle is not None:
            self._idle.cancel()
        await self._end()

    async def _answer(self, question: bytes) -> tuple[bytes, bytes]:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(question)
        await process.stdin.drain()
        kind = await process.stdout.readexactly(1)
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "little")
        return kind, await process.stdout.readexactly(length)

    async def _start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, env=aside.environment())
        aside.put_behind(process.pid, self._niceness)
        return process

    async def _rest(self) -> None:
        await asyncio.sleep(IDLE_S)
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
