"""robustness F15, F08: after a break the messages that may be to blame go alone, and nobody else waits for that."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge_agent.backlog import PATIENCE_S, Backlog
from edge_agent.clock import SystemClock
from edge_agent.spool import Spool
from tests.edge_agent.clocks import JumpingClock
from wire.messages import Stored
from wire.ranges import Ranges
from wire.samples import SampleBatch, decode, encode

BOOT = "boot"
WAIT_S = 10.0


async def test_news_while_a_suspect_waits_for_its_turn_blocks_nothing(tmp_path: Path) -> None:
    """The loop goes on turning when `stored` comes between a suspect and the messages still in flight."""
    spool = Spool(tmp_path)
    spool.open()
    spool.begin(BOOT)
    column = np.zeros(500, "<f4").tobytes()
    for seq in range(0, 5000, 500):
        spool.put(seq, 500, encode(SampleBatch(boot=BOOT, seq=seq, t0=seq * 10_000_000, dt=10_000_000, angle=column, torque=column)))
    spool.round()
    backlog = Backlog(spool, SystemClock())
    flying, answer = asyncio.Event(), asyncio.Event()
    said = 0

    async def say(_: bytes) -> bool:
        nonlocal said
        said += 1
        if said > 1:  # so the first one is no suspect, and flies before one on the next connection
            flying.set()
            await answer.wait()
        return True

    async def clear() -> None:
        """The live lane is empty."""

    async with asyncio.timeout(WAIT_S):
        serving = asyncio.create_task(backlog.serve(say, clear))
        await flying.wait()
        backlog.broke()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        flying.clear()
        serving = asyncio.create_task(backlog.serve(say, clear))
        await flying.wait()
        for _ in range(20):
            backlog.stored(Stored(boot=BOOT, upto=-1))
            await asyncio.sleep(0.01)
        answer.set()
        while backlog.messages < 3:
            await asyncio.sleep(0.01)
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    spool.close()


class Machine:
    """A spool of batches of 2 samples at 100 Hz, its backlog, and a line that breaks with each message of which `breaks` says so."""

    def __init__(self, folder: Path, breaks: Callable[[bytes], bool]) -> None:
        self.spool = Spool(folder)
        self.spool.open()
        self.spool.begin(BOOT)
        self.clock = JumpingClock()
        self.backlog = Backlog(self.spool, self.clock)
        self.broken = 0
        self.sizes: list[int] = []
        """Of the messages that got through."""
        self._breaks = breaks
        self._held = Ranges()
        self._end = 0

    async def send(self, samples: int) -> list[int]:
        """So many more samples have come to the service; the sizes of their messages."""
        column = np.zeros(2, "<f4").tobytes()
        for seq in range(self._end, self._end + samples, 2):
            self.spool.put(seq, 2, encode(SampleBatch(boot=BOOT, seq=seq, t0=seq * 10_000_000, dt=10_000_000, angle=column, torque=column)))
        self.spool.round()
        self._end += samples
        self.sizes = []
        async with asyncio.timeout(WAIT_S):
            while self._held.gaps(0, self._end - 1):
                await self._connection()
        return self.sizes

    async def _connection(self) -> None:
        over = asyncio.Event()

        async def say(payload: bytes) -> bool:
            if over.is_set():
                return False
            if self._breaks(payload):
                self.broken += 1
                self.backlog.broke()
                over.set()
                return False
            batch = decode(payload)
            self._held.add(batch.seq, batch.seq + batch.n - 1)
            self.sizes.append(len(payload))
            self.backlog.stored(Stored(boot=BOOT, upto=self._held.last, missing=self._held.gaps(0, self._held.last)))
            if not self._held.gaps(0, self._end - 1):
                over.set()
            return True

        async def clear() -> None:
            """The live lane is empty."""

        serving = asyncio.create_task(self.backlog.serve(say, clear))
        await over.wait()
        await asyncio.sleep(0)  # what the last message has changed is noted
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def breaks_twice() -> Callable[[bytes], bool]:
    left = [True, True]
    return lambda _: bool(left) and left.pop()


async def test_a_short_message_that_was_to_blame_for_nothing_holds_nothing_up(tmp_path: Path) -> None:
    """F09: 8 h of backlog take less than 10 min after a line has flapped, too."""
    machine = Machine(tmp_path, breaks_twice())
    assert len(await machine.send(4)) == 2
    assert machine.broken == 2
    sizes = await machine.send(3000)
    assert machine.broken == 2
    assert len(sizes) < 50  # 30 of 1 s each, and some before it was clear
    machine.spool.close()


async def test_a_long_message_that_was_to_blame_for_nothing_is_tried_again_later(tmp_path: Path) -> None:
    machine = Machine(tmp_path, breaks_twice())
    await machine.send(100)
    assert machine.broken == 2
    shorter = await machine.send(3000)
    assert len(shorter) > 60
    machine.clock.jump(PATIENCE_S)
    longer = await machine.send(3000)
    assert len(longer) == 30
    assert max(longer) > 2 * max(shorter)
    assert machine.broken == 2
    machine.spool.close()


async def test_a_broker_that_takes_only_short_messages_hangs_up_twice_and_seldom_again(tmp_path: Path) -> None:
    """F15."""
    machine = Machine(tmp_path, lambda payload: len(payload) > 700)
    await machine.send(3000)
    assert machine.broken == 2
    for _ in range(2):
        machine.clock.jump(PATIENCE_S / 2)
        await machine.send(600)
    assert machine.broken == 4
    for _ in range(3):  # the next trial is twice as long away
        machine.clock.jump(PATIENCE_S / 2)
        await machine.send(600)
    assert machine.broken == 4
    assert not (tmp_path / "aside.records").exists()
    machine.spool.close()
