"""From a machine on the bus to a screen (contract 2, 4, 5): a real broker, a real socket."""

import asyncio
import json
from pathlib import Path

import msgspec

from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, Machine, clinic, repetition
from wire.plan import Plan

NAME = "praxis/ilex1"


async def test_a_planned_session_reaches_the_screen_the_bus_and_the_disk(broker: BrokerProcess, tmp_path: Path) -> None:
    async with clinic(broker.url, tmp_path) as service, Machine(broker.url) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        async with service.watching([NAME], rate_hz=60) as screen:
            plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
            assert (await machine.hear("plan"))["session"] == plan.session
            await machine.send([60.0] * 100 + repetition() * 2)
            await screen.event("set_started")
            done = [await screen.event("repetition_completed") for _ in range(1)]
            assert done[0]["machine"] == NAME
            assert done[0]["session"] == plan.session
            assert done[0]["extent"] == "full"
            assert (await machine.hear("events", lambda event: event["kind"] == "repetition_completed"))["id"] == done[0]["id"]
            stored = await machine.hear("stored", lambda stored: stored["upto"] == machine.seq - 1)
            assert stored["boot"] == machine.boot
            assert stored.get("missing", []) == []
            assert stored.get("refused", []) == []
            frame = await screen.until("frame", lambda _: True) if not screen.all("frame") else screen.all("frame")[-1]
            assert set(frame) == {
                "type", "machine", "t_ns", "sent_ns", "age_ms", "angle_deg", "torque_nm", "speed_deg_s",
                "phase", "repetition", "cue_deg", "trace", "skipped",
            }  # fmt: skip
            await service.floor.act(NAME, "stop", "id-1", "stopped")
            ended = await screen.event("set_ended")
            assert ended["reason"] == "stopped"
            snapshot = await screen.until("snapshot", lambda message: message["session"] is None)
            assert snapshot["plan"]["session"] == plan.session
        path = tmp_path / "recordings" / NAME / f"{plan.session}.mcap"
        await service.until(path.exists)
        async with asyncio.timeout(15):
            while (row := await service.floor.index.get(plan.session)) is None:  # type: ignore[attr-defined]  # the real index
                await asyncio.sleep(0.02)
        assert row.completeness == {"expected": machine.seq, "stored": machine.seq, "missing": 0, "refused": 0}
        ids = [json.loads(json.dumps(message))["id"] for message in screen.all("event")]
        assert ids == list(range(1, len(ids) + 1))
