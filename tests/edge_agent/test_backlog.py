"""contract 2, robustness F01, F05, F08, F15 on a real broker: what `stored` doesn't cover comes on `backfill`, once, oldest first."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import msgspec
import pytest

from disk.records import records
from edge_agent.agent import Agent
from edge_agent.configuration import load
from edge_agent.ending import end
from edge_agent.truth import read_truth
from tests.brokers import MOSQUITTO, BrokerProcess, Mosquitto
from wire.messages import Button, Status, Stored
from wire.ranges import Ranges
from wire.samples import MOST_BYTES, SampleBatch, decode
from wire.topics import Leaf, parse, topic

MACHINE = "clinic/lex1"
WAIT_S = 30.0


class Keeper:
    """A small service: remembers samples by boot and number, and says what it has.

    When told to be, it is `deaf` to live samples, `mute`, or `away` when a message of the backlog comes for the first time.
    """

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._changed = asyncio.Condition()
        self.held: dict[str, Ranges] = {}
        self.status: list[Status] = []
        self.backfill: list[SampleBatch] = []
        self.live: list[SampleBatch] = []
        self.presses: list[Button] = []
        self.deaf = False
        self.mute = False
        self.away = False
        self._missed: set[tuple[str, int]] = set()

    async def listen(self) -> None:
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            async with self._changed:
                leaf = parse(str(message.topic)).leaf
                if leaf is Leaf.STATUS:
                    self.status.append(msgspec.json.decode(message.payload, type=Status))
                    for boot in (self.status[-1].boot, *self.status[-1].pending):
                        await self.say(boot)
                elif leaf is Leaf.BUTTON:
                    self.presses.append(msgspec.json.decode(message.payload, type=Button))
                else:
                    batch = decode(message.payload)
                    assert len(message.payload) <= MOST_BYTES
                    if leaf is Leaf.BACKFILL and self.away and (batch.boot, batch.seq) not in self._missed:
                        self._missed.add((batch.boot, batch.seq))
                        continue
                    if leaf is Leaf.BACKFILL:
                        self.backfill.append(batch)
                    else:
                        self.live.append(batch)
                    if leaf is Leaf.BACKFILL or not self.deaf:
                        self.held.setdefault(batch.boot, Ranges()).add(batch.seq, batch.seq + batch.n - 1)
                self._changed.notify_all()

    async def say(self, boot: str) -> None:
        if self.mute:
            return
        held = self.held.get(boot, Ranges())
        stored = Stored(boot=boot, upto=held.last, missing=held.gaps(0, held.last))
        await self._client.publish(topic(MACHINE, Leaf.STORED), msgspec.json.encode(stored))

    async def store(self) -> None:
        while True:
            for boot in list(self.held):
                await self.say(boot)
            await asyncio.sleep(0.1)

    async def wait_for(self, found: Callable[[], object]) -> None:
        """Until it finds something."""
        async with asyncio.timeout(WAIT_S), self._changed:
            while not found():
                await self._changed.wait()


@asynccontextmanager
async def keeping(broker: BrokerProcess) -> AsyncIterator[Keeper]:
    async with aiomqtt.Client(broker.host, broker.port) as client:
        keeper = Keeper(client)
        for leaf in (Leaf.STATUS, Leaf.SAMPLES, Leaf.BACKFILL, Leaf.BUTTON):
            await client.subscribe(topic(MACHINE, leaf), qos=1)
        tasks = [asyncio.create_task(keeper.listen()), asyncio.create_task(keeper.store())]
        try:
            yield keeper
        finally:
            await end(tasks)


def agent(broker: BrokerProcess, folder: Path, driver: str = 'name = "simulator"') -> Agent:
    file = folder / "edge.toml"
    line = f'[broker]\nurl = "{broker.url}"\nkeepalive_s = 1'
    file.write_text(f'machine = "{MACHINE}"\ntruth = "truth"\n{line}\n[spool]\nquota_mb = 8\n[driver]\n{driver}\n')
    return Agent(load(file), folder)


@asynccontextmanager
async def running(agent: Agent) -> AsyncIterator[None]:
    task = asyncio.create_task(agent.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def sampled(folder: Path) -> dict[str, Ranges]:
    found: dict[str, Ranges] = {}
    for batch in read_truth(folder / "truth"):
        found.setdefault(batch.boot, Ranges()).add(batch.seq, batch.seq + batch.n - 1)
    return found


async def enough(folder: Path, samples: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while not (folder / "truth").exists() or sum(held.count() for held in sampled(folder).values()) < samples:
            await asyncio.sleep(0.05)


class TestBackfill:
    async def test_what_was_sampled_while_nobody_was_there_comes_oldest_first(self, nats: BrokerProcess, tmp_path: Path) -> None:
        nats.kill()
        async with running(agent(nats, tmp_path, 'name = "simulator"\nspeed = 10.0')):
            await enough(tmp_path, 1500)
            nats.start()
            async with keeping(nats) as keeper:
                await keeper.wait_for(lambda: keeper.live and sum(held.count() for held in keeper.held.values()) > 2000)
                await keeper.wait_for(lambda: all(len(held) == 1 and held.first == 0 for held in keeper.held.values()))
        numbers = [batch.seq for batch in keeper.backfill]
        # Messages that went out before anybody had subscribed go again: it begins anew, once.
        assert sum(after < before for before, after in itertools.pairwise(numbers)) <= 1
        assert max(batch.n for batch in keeper.backfill) == 100  # 1 s

    async def test_live_samples_that_were_stored_are_not_sent_again(self, nats: BrokerProcess, tmp_path: Path) -> None:
        async with keeping(nats) as keeper, running(agent(nats, tmp_path)):
            began = time.monotonic()
            await keeper.wait_for(lambda: time.monotonic() - began > 4)
        assert keeper.backfill == [] or keeper.backfill[0].seq == 0  # what was sampled before the line was up

    async def test_samples_sent_live_that_nobody_stored_come_after_2_s_and_only_once(self, broker: BrokerProcess, tmp_path: Path) -> None:
        async with keeping(broker) as keeper, running(agent(broker, tmp_path)):
            keeper.deaf = keeper.mute = True
            await keeper.wait_for(lambda: sum(batch.n for batch in keeper.backfill) > 300)
            newest = keeper.live[-1].seq
        sent = [n for batch in keeper.backfill for n in range(batch.seq, batch.seq + batch.n)]
        assert len(sent) == len(set(sent))
        assert newest - max(sent) > 150

    async def test_a_service_that_was_deaf_for_a_while_is_told_all_it_missed(self, nats: BrokerProcess, tmp_path: Path) -> None:
        async with keeping(nats) as keeper, running(agent(nats, tmp_path)):
            await keeper.wait_for(lambda: len(keeper.live) > 20)
            keeper.deaf = True
            heard = len(keeper.live)
            await keeper.wait_for(lambda: len(keeper.live) > heard + 50)
            keeper.deaf = False
            heard = len(keeper.live)
            await keeper.wait_for(lambda: len(keeper.live) > heard + 20 and all(len(held) == 1 for held in keeper.held.values()))
        assert keeper.backfill


class Small(Mosquitto):
    """A broker that hangs up on any packet above 700 bytes."""

    def command(self) -> list[str]:
        command = super().command()
        with Path(command[2]).open("a") as file:
            file.write("max_packet_size 700\n")
        return command


def aside(folder: Path) -> set[str]:
    """The boots of which something was set aside."""
    return {decode(payload).boot for file in folder.rglob("aside.records") for _, payload in records(file.read_bytes())}


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
class TestPoison:
    """robustness F15."""

    async def test_a_message_that_the_broker_hangs_up_on_is_split_after_two_breaks(self, tmp_path: Path) -> None:
        broker = Small(tmp_path / "mosquitto")
        backlogged = agent(broker, tmp_path)
        async with running(backlogged):
            await enough(tmp_path, 400)
            with broker:
                async with keeping(broker) as keeper:
                    await keeper.wait_for(lambda: keeper.held and all(held.first == 0 and len(held) == 1 for held in keeper.held.values()))
                    assert backlogged.boot is not None
                    assert backlogged.boot.link.connections <= 3
        assert aside(tmp_path) == set()

    async def test_one_that_cannot_be_split_is_set_aside_and_the_rest_flows(self, tmp_path: Path) -> None:
        broker = Small(tmp_path / "mosquitto")
        more = 'name = "simulator"\nsample_rate_hz = 1000.0'
        big = agent(broker, tmp_path, more + "\n[live]\nbatch_ms = 100.0")
        async with running(big):
            await enough(tmp_path, 100)
        small = agent(broker, tmp_path)
        async with running(small):
            with broker:
                async with keeping(broker) as keeper:
                    await keeper.wait_for(lambda: len(keeper.live) > 20 and keeper.status and keeper.status[-1].pending == [])
        (old, _) = sampled(tmp_path)
        assert aside(tmp_path) == {old}


class TestRestart:
    async def test_the_next_boot_sends_what_the_killed_one_had_kept(self, nats: BrokerProcess, tmp_path: Path) -> None:
        """robustness F05, on the agent's files; tests/faults kill real processes."""
        nats.kill()
        began_ns = time.time_ns()
        async with running(agent(nats, tmp_path)):
            await enough(tmp_path, 200)
        ended_ns = time.time_ns()
        before = sampled(tmp_path)
        nats.start()
        async with keeping(nats) as keeper, running(agent(nats, tmp_path)):
            (old,) = before
            await keeper.wait_for(lambda: old in keeper.held and list(keeper.held[old]) == list(before[old]))
            await keeper.wait_for(lambda: keeper.status[-1].pending == [])
        birth = next(status for status in keeper.status if status.boot != old)
        assert birth.pending == [old]
        # That boot never had a line: when it was, the next one says.
        assert began_ns <= birth.clocks[old].utc_ns <= ended_ns
        assert birth.spool is not None
        assert birth.spool.waiting >= before[old].count()

    async def test_what_got_lost_of_a_boot_that_is_over_comes_again_unasked(
        self, nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The broker took it before the service had subscribed, and the service has nothing new to say of that boot (decision 0270)."""
        monkeypatch.setattr("edge_agent.sent.UNHEARD_S", 1.0)
        async with running(agent(nats, tmp_path)):
            await enough(tmp_path, 200)
        before = sampled(tmp_path)
        async with keeping(nats) as keeper, running(agent(nats, tmp_path)):
            keeper.away = True
            (old,) = before
            await keeper.wait_for(lambda: old in keeper.held and list(keeper.held[old]) == list(before[old]))

    async def test_a_press_that_nobody_heard_is_said_by_the_next_boot(self, nats: BrokerProcess, tmp_path: Path) -> None:
        nats.kill()
        pressing = agent(nats, tmp_path)
        async with running(pressing):
            await enough(tmp_path, 20)
            assert pressing.boot is not None
            press = pressing.boot.buttons.press("pain", 7)
        nats.start()
        async with keeping(nats) as keeper, running(agent(nats, tmp_path)):
            await keeper.wait_for(lambda: keeper.presses)
        assert keeper.presses[0] == press


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.agent.REPORT_S", 0.2)
