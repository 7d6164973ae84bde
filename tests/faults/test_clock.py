"""robustness F12: wall clocks that step while a set is on; what is judged comes from the device's monotonic clock."""

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service import recordings
from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, Machine, clinic, repetition
from wire.plan import Plan

NAME = "praxis/ilex1"
HOUR_NS = 3_600_000_000_000
STEPS_NS = (HOUR_NS, -HOUR_NS, -(2**62))
"""An hour forward, an hour back, a reset to 1970."""


async def lived(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, steps_ns: Sequence[int]) -> list[dict[str, Any]]:
    """The events of a set in the midst of which service's and machine's wall clocks step, again and again."""
    real = time.time_ns
    async with clinic(url, folder) as service, Machine(url, boot=folder.name) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN | {"session": "clock"}, Plan))
        await machine.send([60.0] * 100 + repetition())
        for step_ns in steps_ns:
            monkeypatch.setattr(time, "time_ns", partial(stepped, real, step_ns))
            await machine.status()
            await machine.send(repetition())
            await machine.hear("stored", lambda stored: stored["boot"] == machine.boot and stored["upto"] == machine.seq - 1)
        await service.floor.remove_plan(NAME)
        path = folder / "recordings" / NAME / f"{plan.session}.mcap"
        await service.until(path.exists)
        monkeypatch.setattr(time, "time_ns", real)
    return [json.loads(text) for text in recordings.events(path, "live")]


def stepped(real: Callable[[], int], step_ns: int) -> int:
    return max(0, real() + step_ns)


async def test_a_step_changes_labels_alone(nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steady = await lived(nats.url, tmp_path / "steady", monkeypatch, [0] * len(STEPS_NS))
    assert [event["kind"] for event in steady].count("repetition_completed") >= len(STEPS_NS)
    assert await lived(nats.url, tmp_path / "stepping", monkeypatch, STEPS_NS) == steady
