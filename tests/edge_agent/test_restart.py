"""robustness F05, decision 0262: an agent that is started again is its machine's, however little of the run before waits on its disk."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from edge_agent.agent import Agent
from edge_agent.configuration import load
from edge_agent.drivers import Host, Samples
from edge_agent.drivers.recording import RecordingDriver
from edge_agent.drivers.simulator import SimulatorDriver
from edge_agent.previous import PREVIOUS, Previous
from edge_agent.spool import Spool
from tests.brokers import BrokerProcess
from tests.service.live.clinic import WAIT_S, Clinic, clinic
from wire.plan import Plan, Range, Tempo

NAME = "clinic/lex1"
PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(2.0, 1.0, 2.0, 1.0))


def breaks_off(driver: SimulatorDriver | RecordingDriver, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """From when it is set on the sensor gives no more samples, as one that is unplugged."""
    read, silent = driver.read, asyncio.Event()

    async def until_silent(host: Host) -> AsyncIterator[Samples]:
        async for samples in read(host):
            if silent.is_set():
                await asyncio.Event().wait()
            yield samples

    monkeypatch.setattr(driver, "read", until_silent)
    return silent


def configured(broker: BrokerProcess, folder: Path) -> Agent:
    file = folder / "edge.toml"
    folder.mkdir(exist_ok=True)
    file.write_text(f'machine = "{NAME}"\n[broker]\nurl = "{broker.url}"\n[driver]\nname = "simulator"\n')
    return Agent(load(file), folder)


@contextlib.asynccontextmanager
async def running(broker: BrokerProcess, folder: Path) -> AsyncIterator[Agent]:
    """The machine's agent, ended in the way of SIGTERM."""
    agent = configured(broker, folder)
    task = asyncio.create_task(agent.run())
    try:
        yield agent
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def sampled(service: Clinic, agent: Agent) -> str:
    """Until the machine is this agent's run's, by its samples: its name."""
    line = service.floor.line(NAME)
    assert line is not None
    async with asyncio.timeout(WAIT_S):
        while agent.boot is None or agent.boot.name not in line.ledgers or not line.ledgers[agent.boot.name].next:
            await asyncio.sleep(0.01)
    return agent.boot.name


async def all_stored(agent: Agent) -> None:
    async with asyncio.timeout(WAIT_S):
        while agent.spool.level().waiting:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("same", [True, False], ids=["the same machine", "another one of its name"])
async def test_a_set_goes_on_over_a_restart_with_nothing_left_to_store(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, same: bool
) -> None:
    """The sensor broke off, everything is stored, and staff start the agent again; hazard H11: another device continues nothing."""
    async with clinic(nats.url, tmp_path) as service:
        async with running(nats, tmp_path / "edge") as agent:
            silent = breaks_off(agent.driver, monkeypatch)
            plan = await service.floor.put_plan(NAME, PLAN)
            line = service.floor.lines[NAME]
            first = await sampled(service, agent)
            session = line.running
            assert session is not None
            await service.until(lambda: session.in_set)
            silent.set()
            await all_stored(agent)
        assert not list((tmp_path / "edge").rglob("*.spool"))
        async with running(nats, tmp_path / ("edge" if same else "other")) as agent:
            second = await sampled(service, agent)
            assert second != first
            assert (line.running is session) is same
            if same:
                assert session.in_set
                assert list(session.begins) == [first, second]
        events = [json.loads(text) for text in await service.floor.events(plan.session or "")]
        faults = [event["fault"] for event in events if event["kind"] == "signal_faulted"]
        assert ("clock" in faults) is same  # the gap
        assert any(event["kind"] == "set_ended" for event in events) is not same


def test_a_run_is_named_once_a_service_has_spoken_of_it(tmp_path: Path) -> None:
    """One that nobody heard of can't be who owns the machine: the next one is known by the one before it."""
    spool = Spool(tmp_path)
    spool.open()
    previous = Previous(spool)
    assert previous.boot is None
    previous.heard("first")
    spool.round()
    spool.close()
    spool.open()
    assert Previous(spool).boot == "first"
    spool.close()


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b'"a b"', b'"' + b"x" * 65 + b'"', msgspec.json.encode(7)])
def test_a_name_that_cannot_be_read_keeps_no_agent_from_starting(tmp_path: Path, content: bytes) -> None:
    """F06; and no status with such a name goes out."""
    (tmp_path / PREVIOUS).write_bytes(content)
    spool = Spool(tmp_path)
    spool.open()
    assert Previous(spool).boot is None
    spool.close()
