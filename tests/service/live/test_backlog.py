"""What comes late goes to the recording that it belongs to, once, and never to a screen (contract 2; robustness F08, F09, F13)."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from service import recordings
from service.live import gate
from tests.brokers import BrokerProcess
from tests.service.live.clinic import PLAN, Clinic, Machine, clinic, repetition
from tests.service.live.test_line import NAME, row_of
from wire import samples
from wire.capture import Capture
from wire.messages import Spool
from wire.plan import Plan
from wire.recorded import Block, open_recorded
from wire.samples import SampleBatch

FULL = Spool(used=1000, quota=10_000, waiting=5000)


@pytest.fixture
async def service(nats: BrokerProcess, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(nats.url, tmp_path) as started:
        yield started


@pytest.fixture
async def machine(nats: BrokerProcess, service: Clinic) -> AsyncIterator[Machine]:
    async with Machine(nats.url) as started:
        await started.status(spool=FULL)
        await service.until(lambda: NAME in service.floor.lines)
        yield started


async def planned(service: Clinic) -> str:
    plan = await service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan))
    assert plan.session is not None
    return plan.session


async def backfill(machine: Machine, batch: SampleBatch) -> None:
    await machine.publish("backfill", samples.encode(batch), 1)


def angles(path: str) -> list[float]:
    blocks = [entry for entry in open_recorded(Path(path)).entries() if isinstance(entry, Block)]
    return np.concatenate([block.angle_deg for block in blocks]).tolist()  # type: ignore[no-any-return]  # floats


async def test_a_session_that_has_ended_waits_for_what_is_missing(service: Clinic, machine: Machine) -> None:
    session = await planned(service)
    await machine.send([60.0] * 10)
    lost = machine.batch([59.0] * 10)
    await machine.send([58.0] * 10)
    await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 30)
    await service.floor.remove_plan(NAME)
    line = service.floor.lines[NAME]
    assert [record.session for record in line.settling.records] == [session]
    for _ in range(10):
        await backfill(machine, lost)
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 30, "stored": 30, "missing": 0, "refused": 0}
    assert angles(row.path) == [60.0] * 10 + [59.0] * 10 + [58.0] * 10


async def test_a_machine_that_has_nothing_more_is_not_waited_for(service: Clinic, machine: Machine) -> None:
    session = await planned(service)
    await machine.send([60.0] * 10)
    machine.batch([59.0] * 10)
    await machine.send([58.0] * 10)
    await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 30)
    await service.floor.remove_plan(NAME)
    await machine.status(spool=msgspec.structs.replace(FULL, waiting=0))
    assert (await row_of(service, session)).completeness["missing"] == 10
    assert service.floor.lines[NAME].keeper.lost == 10


async def test_a_finished_recording_is_opened_again_for_its_missing_samples(service: Clinic, machine: Machine) -> None:
    session = await planned(service)
    await machine.send([60.0] * 10)
    lost = machine.batch([59.0] * 10)
    await machine.send([58.0] * 10)
    await service.until(lambda: service.floor.lines[NAME].ledger("boot-1").next == 30)
    await service.floor.remove_plan(NAME)
    await machine.status(spool=msgspec.structs.replace(FULL, waiting=0))
    assert not (await row_of(service, session)).final
    await backfill(machine, lost)
    await machine.hear("stored", lambda stored: stored["upto"] == 29 and not stored.get("missing"))
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 30, "stored": 30, "missing": 0, "refused": 0}
    assert angles(row.path) == [60.0] * 10 + [59.0] * 10 + [58.0] * 10


async def test_movement_while_the_machine_was_cut_off_gets_a_session_of_its_own_that_nobody_saw(service: Clinic, machine: Machine) -> None:
    """In any order, any number of times; what moved nothing is refused (decision 0117)."""
    await machine.send([60.0] * 300)
    signal = [60.0] * 500 + repetition() * 2 + [60.0] * 300
    batches = [machine.batch(signal[at : at + 100]) for at in range(0, len(signal), 100)]
    async with service.watching([NAME]) as screen:
        await machine.send([60.0] * 400)
        pieces = [batch for batch in batches for _ in range(3)]
        random.Random(1).shuffle(pieces)
        for batch in pieces:
            await backfill(machine, batch)
        stored = await machine.hear("stored", lambda stored: stored["upto"] > 2800 and not stored.get("missing"))
        async with asyncio.timeout(30):
            while not (rows := (await service.floor.index.list(machine=NAME))[0]) or not rows[0].final:
                await asyncio.sleep(0.02)
        assert screen.all("event") == []
    assert len(rows) == 1
    assert rows[0].completeness["missing"] == 0
    refused = sum(last - first + 1 for first, last in stored["refused"] if last >= 300)
    assert rows[0].completeness["stored"] + refused >= len(signal)
    found = angles(rows[0].path)
    assert len(found) == rows[0].completeness["stored"]
    assert found[-400] in signal
    final = [json.loads(text) for text in recordings.events(Path(rows[0].path), "final")]
    assert [event["extent"] for event in final if event["kind"] == "repetition_completed"] == ["full", "full"]
    assert recordings.events(Path(rows[0].path), "live") == []


async def test_a_hole_in_a_session_that_nobody_saw_is_filled_while_it_is_open(
    service: Clinic, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """robustness F13: it comes after the order was given up; the session of its own does not wait for it in vain."""
    monkeypatch.setattr(gate, "WAIT_NS", 50_000_000)
    await machine.send([60.0] * 300)
    signal = [60.0] * 500 + repetition() * 2 + [60.0] * 300
    batches = [machine.batch(signal[at : at + 100]) for at in range(0, len(signal), 100)]
    await machine.send([60.0] * 400)
    for batch in batches[:12] + batches[13:]:
        await backfill(machine, batch)
    hole = [batches[12].seq, batches[12].seq + batches[12].n - 1]
    await machine.hear("stored", lambda stored: hole in stored.get("missing", []) and stored["upto"] > batches[14].seq)
    await backfill(machine, batches[12])
    await machine.hear("stored", lambda stored: not stored.get("missing"))
    async with asyncio.timeout(30):
        while not (rows := (await service.floor.index.list(machine=NAME))[0]) or not rows[0].final:
            await asyncio.sleep(0.02)
    assert [row.completeness["missing"] for row in rows] == [0]


async def test_a_blip_at_rest_is_refused_so_that_the_edge_may_forget_it(service: Clinic, machine: Machine) -> None:
    await machine.send([60.0] * 300)
    lost = machine.batch([60.0] * 20)
    await machine.send([60.0] * 700)
    await machine.hear("stored", lambda stored: [300, 319] in stored.get("missing", []))
    await backfill(machine, lost)
    await machine.hear("stored", lambda stored: not stored.get("missing") and any(a <= 300 and b >= 319 for a, b in stored["refused"]))


async def test_whatever_comes_in_whatever_order_is_recorded_once(service: Clinic, machine: Machine) -> None:
    """robustness F13: duplicates ten times over, reordered within 5 s, late."""
    session = await planned(service)
    signal = repetition() * 2
    batches = [machine.batch(signal[at : at + 4]) for at in range(0, len(signal), 4)]
    rng = random.Random(2)
    order = sorted((place + rng.uniform(0, 125), place) for place in range(len(batches)) for _ in range(10))
    for _, place in [(0.0, 0), *order]:
        await machine.publish("samples", samples.encode(batches[place]))
    await machine.hear("stored", lambda stored: stored["upto"] == len(signal) - 1)
    await service.floor.remove_plan(NAME)
    for batch in batches:
        await backfill(machine, batch)
    row = await row_of(service, session, final=True)
    assert angles(row.path) == np.array(signal, np.float32).tolist()
    capture = open_recorded(Path(row.path))
    assert isinstance(capture, Capture)
    assert sum(samples.decode(message.data).n for message in capture.messages("/samples")) == len(signal)
