"""The end of tasks that talk to a broker."""

import asyncio
from collections.abc import Sequence

AGAIN_S = 0.1


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancels tasks until they have ended. What they ended with is the caller's to look at.

    Once is not enough: aiomqtt publishes under `asyncio.wait_for`, which loses a cancellation that comes with the broker's answer
    (Python 3.11; bpo-37658).
    """
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)  # they are heard: no warning comes of those that failed
