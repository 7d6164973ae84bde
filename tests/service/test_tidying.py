"""Free memory goes back to the system (decision 0200)."""

import asyncio
import gc
from typing import Any

import pytest

from service import tidying


async def test_garbage_is_collected_again_and_again_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidying, "EVERY_S", 0.0)
    collected: list[dict[str, Any]] = []
    twice = asyncio.Event()

    def note(phase: str, about: dict[str, Any]) -> None:
        if phase == "stop" and about["generation"] == 2:
            collected.append(about)
            if len(collected) >= 2:
                twice.set()

    gc.callbacks.append(note)
    try:
        async with tidying.tidying():
            await twice.wait()
        tasks = [task for task in asyncio.all_tasks() if task.get_name() == "tidying"]
        assert [task.cancelling() for task in tasks] in ([], [1])
    finally:
        gc.callbacks.remove(note)
