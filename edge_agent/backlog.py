"""The durable lane: what `stored` doesn't cover goes out on `backfill`, oldest first, beside the live lane and behind it (contract 2)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from edge_agent.clock import Clock
from edge_agent.sent import Sent
from edge_agent.spool import Spool
from wire.messages import Stored
from wire.pieces import follows, joined, part_of, size_of
from wire.samples import MOST_BYTES, SampleBatch, encode

RATE_HZ = 200.0
"""Messages a second (robustness 1.2, 4)."""
MOST_IN_FLIGHT = 8
MOST_IN_FLIGHT_BYTES = 64 * 1024
"""What the live lane may find before it in the socket: 8 messages of 1 s at 1 kHz."""
SPAN_NS = 1_000_000_000
MOST_SAMPLES = 1000
LOOK_S = 0.25
"""How often it looks for samples that have become due."""
LEAST_BYTES = 1024
"""No message is kept shorter than this for what a line broke with: 32 samples, so that 8 h at 100 Hz still take less than 10 min (F09)."""
PATIENCE_S = 300.0
"""So long after a message was too long for the broker, or seemed so, longer ones are tried again; each time in vain, twice as long."""
BLAMED_S = 2.0
"""A line that broke within this of a message may have broken because of it (robustness F15)."""

Say = Callable[[bytes], Awaitable[bool]]


class Piece(NamedTuple):
    """The samples first..last of a boot as one message."""

    boot: str
    first: int
    last: int
    payload: bytes


@dataclass
class Suspect:
    """Samples of a message with which the line broke: they go alone; `split` once it broke with them alone, in the smallest pieces."""

    boot: str
    first: int
    last: int
    split: bool = False


class Backlog:
    """One machine's backlog, connection after connection."""

    def __init__(self, spool: Spool, clock: Clock, rate_hz: float = RATE_HZ) -> None:
        self._spool = spool
        self._clock = clock
        self._period_ns = round(1e9 / rate_hz)
        self._sent: dict[str, Sent] = {}
        self._news = asyncio.Event()
        self._reader = _Reader(spool)
        self._in_flight: dict[Piece, float] = {}
        self._suspects: list[Suspect] = []
        self._lengths = _Lengths()
        self.messages = 0
        """Acknowledged by the broker."""

    def live(self, boot: str, first: int, n: int) -> None:
        """These were offered to the live lane of a line that is up."""
        self._of(boot).live(first, first + n - 1, self._now_s())

    def stored(self, message: Stored) -> None:
        """What the service says it has."""
        self._spool.stored(message)
        self._of(message.boot).stored(message.upto, self._now_s())
        self._news.set()

    def unheard(self) -> bool:
        """Whether the service is to be asked for a statement: it has nothing to say of its own of a boot whose last message got lost."""
        now_s = self._now_s()
        return any(self._of(holding.boot).unheard(holding.for_broker(), now_s) for holding in self._spool.holdings())

    async def serve(self, say: Say, clear: Callable[[], Awaitable[None]]) -> None:
        """One connection, until cancelled. `say` sends a message and tells whether the broker has it; `clear` returns when live is out."""
        self._sent.clear()
        self._reader = _Reader(self._spool)  # another one: the one before may still wait for the disk
        due_ns = self._clock.now_ns()
        tasks: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._news.clear()
                piece = await self._next()
                if piece is None:
                    await self._wait(LOOK_S)
                    continue
                await clear()
                due_ns = max(due_ns + self._period_ns, self._clock.now_ns())
                await self._clock.sleep_until(due_ns)
                self._in_flight[piece] = self._now_s()
                self._of(piece.boot).backfilled(piece.first, piece.last, self._now_s())
                task = asyncio.create_task(self._send(piece, say))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                while self._full(alone=self._suspect(piece.boot, piece.first) is not None):
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def broke(self) -> None:
        """The line broke by itself: whatever was in flight for a moment only may be why."""
        recent = [piece for piece, at_s in self._in_flight.items() if self._now_s() - at_s < BLAMED_S]
        alone = len(self._in_flight) == 1
        self._in_flight.clear()
        for piece in recent:
            suspect = self._suspect(piece.boot, piece.first)
            if suspect is None:
                self._suspects.append(Suspect(piece.boot, piece.first, piece.last))
            elif alone and suspect.split:
                self._spool.set_aside(piece.boot, piece.first, piece.last, piece.payload)
            elif alone:
                suspect.split = True
                self._lengths.too_long(len(piece.payload), self._now_s())

    def gone(self) -> None:
        """The line was ended on purpose."""
        self._in_flight.clear()

    async def _send(self, piece: Piece, say: Say) -> None:
        acknowledged = await say(piece.payload)
        self._in_flight.pop(piece, None)
        if acknowledged:
            self.messages += 1
            self._lengths.fine(len(piece.payload))
            suspect = self._suspect(piece.boot, piece.first)
            if suspect is not None and piece.last >= suspect.last:
                self._suspects.remove(suspect)

    def _full(self, *, alone: bool) -> bool:
        flying = len(self._in_flight)
        return flying > 0 and (
            alone or flying >= MOST_IN_FLIGHT or sum(len(piece.payload) for piece in self._in_flight) >= MOST_IN_FLIGHT_BYTES
        )

    async def _next(self) -> Piece | None:
        """The oldest samples that are due, as a message; None where there are none."""
        now_s = self._now_s()
        for holding in self._spool.holdings():
            span = self._of(holding.boot).unsent(holding.for_broker(), now_s)
            if span is None:
                continue
            first, last = span
            suspect = self._suspect(holding.boot, first)
            if suspect is not None:
                while self._in_flight:  # alone, so that it is clear whom to blame
                    self._news.clear()  # a wait for news that is there already would never let anybody else have a turn
                    await self._wait(LOOK_S)
                last = min(last, suspect.last)
            most = 1 if suspect is not None and suspect.split else self._lengths.most(now_s)
            return await asyncio.to_thread(self._reader.piece, holding.boot, first, last, most)
        self._spool.read_again()
        return None

    async def _wait(self, most_s: float) -> None:
        try:
            async with asyncio.timeout(most_s):
                await self._news.wait()
        except TimeoutError:
            pass

    def _suspect(self, boot: str, first: int) -> Suspect | None:
        return next((s for s in self._suspects if s.boot == boot and s.first <= first <= s.last), None)

    def _of(self, boot: str) -> Sent:
        return self._sent.setdefault(boot, Sent())

    def _now_s(self) -> float:
        return self._clock.now_ns() / 1e9


class _Lengths:
    """How long a message may be, by what the broker took and what the line broke with: it may have been for the length, or by chance."""

    def __init__(self) -> None:
        self._most = MOST_BYTES
        self._blamed = 0
        self._patience_s = PATIENCE_S
        self._longer_at_s = 0.0

    def too_long(self, size: int, now_s: float) -> None:
        """The line broke with one of this size, alone."""
        self._blamed = size
        self._most = max(size // 2, LEAST_BYTES)
        self._longer_at_s = now_s + self._patience_s
        self._patience_s *= 2

    def fine(self, size: int) -> None:
        """The broker has one of this size: where it is as long as the one to blame, that one's length was not why."""
        if size >= self._blamed > 0:
            self._most, self._blamed, self._patience_s = MOST_BYTES, 0, PATIENCE_S

    def most(self, now_s: float) -> int:
        """Bytes of a message, as `size_of` has it: about twice what it is for samples at even times."""
        if self._blamed and now_s >= self._longer_at_s:
            self._most = min(2 * self._blamed + LEAST_BYTES, MOST_BYTES)  # so that one that gets through is as long as the one to blame
        return self._most


class _Reader:
    """Reads on where it stopped, as long as what is asked for follows."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._boot: str | None = None
        self._at = 0
        self._batches: Iterator[SampleBatch] = iter(())
        self._next: SampleBatch | None = None

    def piece(self, boot: str, first: int, last: int, most_bytes: int) -> Piece | None:
        """As many of the samples first..last as go into one message; None where the first ones are not here."""
        going_on = boot == self._boot and first == self._at
        parts = self._parts(first, last, most_bytes) if going_on else []
        if not parts:
            before = self._spool.sight(boot, first, last)
            self._boot, self._batches, self._next = boot, self._spool.batches(boot, first), None
            parts = self._parts(first, last, most_bytes)
            if not parts:
                self._spool.lacks(boot, first, min(last, self._next.seq - 1) if self._next else last, before)
                self.forget()
                return None
        one = joined(parts)
        self._at = one.seq + one.n
        return Piece(boot, one.seq, self._at - 1, encode(one))

    def _parts(self, first: int, last: int, most_bytes: int) -> list[SampleBatch]:
        parts: list[SampleBatch] = []
        at = first
        while at <= last:
            if self._next is None:
                self._next = next(self._batches, None)
            batch = self._next
            if batch is None or batch.seq > at:
                break
            part = part_of(batch, at, min(batch.seq + batch.n - 1, last))
            if parts and not _fits(parts, part, most_bytes):
                break
            parts.append(part)
            at = part.seq + part.n
            if at == batch.seq + batch.n:
                self._next = None
        return parts


def _fits(parts: list[SampleBatch], part: SampleBatch, most_bytes: int) -> bool:
    return (
        follows(parts[-1], part)
        and 0 <= part.t0 - parts[0].t0 < SPAN_NS
        and part.seq + part.n - parts[0].seq <= MOST_SAMPLES
        and size_of(part, part.seq + part.n - parts[0].seq) <= most_bytes
    )
