"""robustness F12: wall clocks that step while a set is on; what is judged comes from the device's monotonic clock."""

import json
import time
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
STEPS = {"an hour forward": HOUR_NS, "an hour back": -HOUR_NS, "a reset to 1970": -(2**62)}


async def lived(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, step_ns: int) -> list[dict[str, Any]]:
    """The events of a set in the midst of which service's and machine's wall clocks step."""
    real = time.time_ns
    async with clinic(url, folder) as service, Machine(url, boot=f"boot-{abs(step_ns)}-{step_ns > 0}") as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN | {"session": "clock"}, Plan))
        await machine.send([60.0] * 100 + repetition())
        monkeypatch.setattr(time, "time_ns", lambda: max(0, real() + step_ns))
        await machine.status()
        await machine.send(repetition() * 2)
        await machine.hear("stored", lambda stored: stored["boot"] == machine.boot and stored["upto"] == machine.seq - 1)
        await service.floor.remove_plan(NAME)
        path = folder / "recordings" / NAME / f"{plan.session}.mcap"
        await service.until(path.exists)
        monkeypatch.setattr(time, "time_ns", real)
    return [json.loads(text) for text in recordings.events(path, "live")]


async def test_a_step_changes_labels_alone(nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steady = await lived(nats.url, tmp_path / "steady", monkeypatch, 0)
    assert [event["kind"] for event in steady].count("repetition_completed") >= 2
    for words, step_ns in STEPS.items():
        assert await lived(nats.url, tmp_path / words, monkeypatch, step_ns) == steady, words
