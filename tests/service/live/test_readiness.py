"""What comes for a machine while its session is taken up again waits (robustness F03)."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from service.live import readiness
from service.live.readiness import Readiness
from service.metrics import Counts
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, Machine, clinic
from wire.plan import Plan


async def test_a_message_that_fails_lets_those_behind_it_through(nats: BrokerProcess, tmp_path: Path) -> None:
    async with clinic(nats.url, tmp_path) as service, Machine(nats.url) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        line = service.floor.lines[NAME]
        line.ready.hold()
        # By the contract nothing that is decoded can fail here: a message without columns stands for what nobody thought of.
        line.samples(msgspec.structs.replace(machine.batch([60.0]), angle=b""), b"", time.monotonic_ns())
        await machine.send([60.0] * 10)
        await service.until(lambda: line.ready.held == 6)
        asked = asyncio.create_task(service.floor.put_plan(NAME, msgspec.convert(PLAN, Plan)))
        line.ready.go_on()
        assert line.ready.is_set()
        assert line.ledgers["boot-1"].next == machine.seq
        assert service.floor.counts.quarantined == {"internal": 1}
        assert (await asyncio.wait_for(asked, 5)).session is not None


async def test_what_waited_is_taken_in_order_and_of_too_much_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contract 2: what is dropped was not acknowledged, and comes again."""
    monkeypatch.setattr(readiness, "MOST_HELD", 3)
    ready, taken = Readiness(NAME, Counts()), list[int]()
    ready.deliver(taken.append, 0)
    ready.hold()
    for number in range(1, 6):
        ready.deliver(taken.append, number)
    assert (taken, ready.held, ready.is_set()) == ([0], 3, False)
    ready.go_on()
    ready.deliver(taken.append, 6)
    assert (taken, ready.held, ready.is_set()) == ([0, 3, 4, 5, 6], 0, True)
