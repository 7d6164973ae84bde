"""One client of the live feed: its bounded queues and the one task that writes to it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic_ns
from typing import NamedTuple

from service.metrics import Counts, Queue

MOST_MESSAGES = 1024
"""Events, snapshots and the like that may wait for a client; one more and it is closed with 1013 (contract 5)."""
DEADLINE_NS = 2_000_000_000
"""A client that takes longer over one message is closed with 1013 and may resume (robustness 1.2(8))."""

MOST_IN_A_WRITE = 64

Write = Callable[[list[bytes]], Awaitable[None]]
"""Sends text messages in order; returns when the system has taken them. Raises OSError when the client is gone."""


class Ending(NamedTuple):
    """Why a client is let go: the WebSocket close code, our word for it, a sentence."""

    close: int
    code: str
    message: str


SLOW = Ending(1013, "too_slow", "this client reads too slowly; come again and resume")
PARTED = Ending(1008, "parted", "this screen is no longer paired with its machine")


class Viewer:
    """Two fan-out policies: `say` loses nothing, `frame` keeps the latest of each machine and counts what it skipped."""

    def __init__(self, write: Write, counts: Counts, *, staff: bool = False, pairing: str | None = None) -> None:
        self.staff = staff
        """Told also what is kept of a machine's samples (contract 5, `keeping`), and what patients have said."""
        self.pairing = pairing
        """The id of a paired screen (decision 0177)."""
        self.heard_ns = monotonic_ns()
        """When it said something last: our own pages do every 2 s."""
        self._write = write
        self._counts = counts
        self._loop = asyncio.get_running_loop()
        self._messages: deque[bytes] = deque()
        self._replay: deque[bytes] = deque()
        self._frames: dict[str, tuple[bytes, int]] = {}
        self._skipped: dict[str, int] = {}
        self._wake: asyncio.Future[None] | None = None
        self.sending_since_ns: int | None = None
        self.queue = Queue("viewer", MOST_MESSAGES)
        self.ended: asyncio.Future[Ending] = self._loop.create_future()

    def say(self, text: bytes) -> None:
        """A message that must arrive, in order."""
        if len(self._messages) >= MOST_MESSAGES:
            self.end(SLOW)
            return
        self._messages.append(text)
        self.queue.now(len(self._messages))
        if self._wake is not None:
            self._rouse()

    def replay(self, texts: list[bytes]) -> None:
        """What a returning client has missed, before anything that is said from now on; bounded by the sessions themselves."""
        self._replay.extend(self._messages)
        self._messages.clear()
        self._replay.extend(texts)
        if self._wake is not None:
            self._rouse()

    def frame(self, machine: str, text: bytes, made_ns: int) -> None:
        """A machine's newest frame; one that still waits is skipped."""
        if machine in self._frames:
            self._skipped[machine] = self._skipped.get(machine, 0) + 1
            self._counts.frames_skipped += 1
        self._frames[machine] = (text, made_ns)
        if self._wake is not None:
            self._rouse()

    def forget_frames(self) -> None:
        """Another watch has begun."""
        self._frames.clear()
        self._skipped.clear()

    def _rouse(self) -> None:
        assert self._wake is not None
        if not self._wake.done():  # cancelled with the task of a client that is just leaving
            self._wake.set_result(None)
        self._wake = None

    def end(self, ending: Ending) -> None:
        """Let this client go; the gateway does it."""
        if not self.ended.done():
            self.ended.set_result(ending)

    def overdue(self, now_ns: int) -> bool:
        """True when it has been at one message for longer than the deadline."""
        return self.sending_since_ns is not None and now_ns - self.sending_since_ns > DEADLINE_NS

    async def run(self) -> None:
        """Writes until cancelled, whatever waits in one go. Raises OSError when the client is gone."""
        while True:
            texts, made_ns = self._take()
            if texts:
                self.sending_since_ns = monotonic_ns()
                await self._write(texts)
                self.sending_since_ns = None
                counts, now_ns = self._counts, monotonic_ns()
                counts.frames_sent += len(made_ns)
                for at_ns in made_ns:
                    counts.sending.add((now_ns - at_ns) * 1e-9)
            else:
                self._wake = self._loop.create_future()
                await self._wake

    def _take(self) -> tuple[list[bytes], list[int]]:
        """What leaves next: what must arrive, then frames; and when those frames were made."""
        texts: list[bytes] = []
        for waiting in (self._replay, self._messages):
            while waiting and len(texts) < MOST_IN_A_WRITE:
                texts.append(waiting.popleft())
        made_ns: list[int] = []
        frames, skipped = self._frames, self._skipped
        while frames and len(texts) < MOST_IN_A_WRITE:
            machine = next(iter(frames))
            text, at_ns = frames.pop(machine)
            if skipped:
                missed = skipped.pop(machine, 0)
                if missed:
                    text = b"%s%d}" % (text[:-2], missed)  # a frame ends with `"skipped":0}`
            texts.append(text)
            made_ns.append(at_ns)
        return texts, made_ns
