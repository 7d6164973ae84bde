"""Tasks that lose a cancellation end all the same."""

import asyncio
import contextlib

from edge_agent.ending import end


async def test_ends_what_has_swallowed_a_cancellation() -> None:
    """As asyncio.wait_for does when its answer comes in the same moment (Python 3.11)."""
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 3:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
            swallowed += 1

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(asyncio.sleep(60))]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end(tasks)
    assert (swallowed, tasks[1].cancelled()) == (3, True)


async def test_what_failed_is_left_to_its_owner() -> None:
    async def failing() -> None:
        raise OSError

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await end([task])
    assert isinstance(task.exception(), OSError)
