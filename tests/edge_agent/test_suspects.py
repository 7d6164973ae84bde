"""robustness F15, F08: after a break the messages that may be to blame go alone, and nobody else waits for that."""

import asyncio
import contextlib
from pathlib import Path

import numpy as np

from edge_agent.backlog import Backlog
from edge_agent.clock import SystemClock
from edge_agent.spool import Spool
from wire.messages import Stored
from wire.samples import SampleBatch, encode

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
