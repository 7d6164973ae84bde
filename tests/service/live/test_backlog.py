"""What comes late goes to the recording that it belongs to, once, and never to a screen (contract 2; robustness F08, F09, F13)."""

import asyncio
import json
import math
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from time import monotonic_ns
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from service import recordings
from service.ingest.order import Ledger
from service.live import gate, ledgers, settling
from service.live import record as record_module
from service.live.line import Line
from service.live.running import Arrival
from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, PLAN, Clinic, Machine, clinic, repetition, row_of
from tests.service.live.test_resuming import killed
from wire import samples
from wire.capture import Capture
from wire.messages import ClockAnchor, Spool
from wire.plan import Plan
from wire.recorded import Block, open_recorded
from wire.samples import SampleBatch

FULL = Spool(used=1000, quota=10_000, waiting=5000)


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


async def cut_off(service: Clinic, machine: Machine) -> tuple[str, Line]:
    """A session of 100 samples, all stored, that ended for silence: its machine's line broke."""
    session, line = await planned(service), service.floor.lines[NAME]
    await machine.send([60.0] * 100)
    await machine.hear("stored", lambda stored: stored["upto"] == 99)
    await machine.status(online=False)
    await service.until(lambda: not line.presence.online)
    line.tick(monotonic_ns() + 601 * 1_000_000_000)
    return session, line


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


async def test_the_rest_of_an_earlier_boot_is_waited_for(service: Clinic, machine: Machine) -> None:
    """F05: what the agent had taken before its kill and still has on its disk is this session's, also where nobody knows how much it is."""
    session = await planned(service)
    await machine.send([60.0] * 100)
    rest = machine.batch([59.0] * 400)
    await restarted(machine)
    await machine.send([58.0] * 100)
    line = service.floor.lines[NAME]
    await service.until(lambda: line.ledger("boot-2").next == 100)
    await service.floor.remove_plan(NAME)
    await machine.hear("stored", lambda stored: stored["boot"] == "boot-2" and stored["upto"] == 99)
    assert [record.session for record in line.settling.records] == [session]
    await backfill(machine, rest)
    await machine.hear("stored", lambda stored: stored["boot"] == "boot-1" and stored["upto"] == 499)
    await machine.status(spool=FULL)
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 600, "stored": 600, "missing": 0, "refused": 0}
    assert angles(row.path) == [60.0] * 100 + [59.0] * 400 + [58.0] * 100


async def test_what_nobody_knows_is_not_called_complete(service: Clinic, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0264, hazard H12: an earlier boot's rest that did not come may be none, or half of the session."""
    session = await planned(service)
    await machine.send([60.0] * 100)
    machine.batch([59.0] * 100)
    await restarted(machine)
    await machine.send([58.0] * 100)
    line = service.floor.lines[NAME]
    await service.until(lambda: line.ledger("boot-2").next == 100)
    await service.floor.remove_plan(NAME)
    monkeypatch.setattr(settling, "SETTLE_NS", 0)
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 200, "stored": 200, "missing": 0, "refused": 0, "open_ended": 1}
    assert row.flags is not None
    assert "incomplete" in row.flags
    assert Capture(Path(row.path)).ranges() == {"boot-1": [(0, 99)], "boot-2": [(0, 99)]}


async def test_a_machine_that_is_gone_is_not_waited_for_where_it_had_nothing_more(service: Clinic, machine: Machine) -> None:
    """F05: of an earlier boot it had said that everything was brought back."""
    session = await planned(service)
    await machine.send([60.0] * 100)
    await service.until(lambda: "boot-1" in service.floor.lines[NAME].ledgers)
    await restarted(machine)
    await machine.send([58.0] * 100)
    line = service.floor.lines[NAME]
    await service.until(lambda: line.ledger("boot-2").next == 100)
    await machine.status(spool=FULL)
    await service.until(lambda: line.presence.named == {"boot-2"})
    await machine.status(online=False)
    await service.until(lambda: not line.presence.online)
    await service.floor.remove_plan(NAME)
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 200, "stored": 200, "missing": 0, "refused": 0}


async def restarted(machine: Machine) -> None:
    """The agent is killed with samples on its disk, and is back as another boot."""
    before, clock = machine.boot, ClockAnchor(mono_ns=0, utc_ns=time.time_ns() - machine.t_ns)
    machine.boot, machine.seq = "boot-2", 0
    machine.t_ns += 1_000_000_000
    await machine.status(spool=FULL, pending=[before], clocks={before: clock})


async def test_what_belongs_to_a_session_that_has_ended_is_known_after_a_kill(
    nats: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F03 after F11 and F05: the disk took its middle only, and of an earlier boot more may come. All of it is missing until it comes."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status(spool=FULL)
            await service.until(lambda: NAME in service.floor.lines)
            line = service.floor.lines[NAME]
            space, most = record_module.LEAST_FREE_BYTES, record_module.MOST_WAITING_BYTES
            monkeypatch.setattr(record_module, "LEAST_FREE_BYTES", 2**62)
            session = await planned(service)
            first = machine.batch([60.0] * 100)
            await machine.publish("samples", samples.encode(first))
            await service.until(lambda: line.ledger("boot-1").next == 100)
            monkeypatch.setattr(record_module, "LEAST_FREE_BYTES", space)
            await service.until(lambda: line.running is not None and line.running.recorder is not None)
            await machine.send([60.0] * 100)
            rest = machine.batch([59.0] * 100)
            await restarted(machine)
            await machine.send([58.0] * 100)
            await service.until(lambda: line.ledger("boot-2").next == 100)
            monkeypatch.setattr(record_module, "MOST_WAITING_BYTES", -1)
            last = machine.batch([57.0] * 100)
            await machine.publish("samples", samples.encode(last))
            await service.until(lambda: line.ledger("boot-2").next == 200)
            await service.floor.remove_plan(NAME)
            monkeypatch.setattr(record_module, "MOST_WAITING_BYTES", most)
            (before,) = line.settling.records
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            (record,) = line.settling.records
            assert record.completeness({}) == before.completeness({}) == {"expected": 400, "stored": 200, "missing": 200, "refused": 0}
            assert (record.begins, record.ends) == ({"boot-1": 0, "boot-2": 0}, {"boot-1": None, "boot-2": 199})
            await machine.status(spool=FULL, pending=["boot-1"])
            for batch in (first, last, rest):
                await backfill(machine, batch)
            await machine.hear("stored", lambda stored: stored["boot"] == "boot-1" and stored["upto"] == 299 and not stored.get("missing"))
            await machine.status(spool=FULL)
            row = await row_of(service, session, final=True)
            assert row.completeness == {"expected": 500, "stored": 500, "missing": 0, "refused": 0}


@pytest.mark.parametrize("way", ["after its live samples", "before them", "after a kill of the service"])
async def test_what_a_new_boot_sampled_before_it_had_a_line_is_of_the_session_that_it_goes_on_with(
    nats: BrokerProcess, tmp_path: Path, way: str
) -> None:
    """F05: the set continues in the same recording as next epoch, from its first sample, at rest as well (decision 0290)."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status(spool=FULL)
            await service.until(lambda: NAME in service.floor.lines)
            line = service.floor.lines[NAME]
            session = await planned(service)
            await machine.send([60.0] * 100)
            await service.until(lambda: line.ledger("boot-1").next == 100)
            await restarted(machine)
            await service.until(lambda: line.lane.fence.follows("boot-2"))
            head = machine.batch([60.0] * 100)
            if way == "before them":
                await backfill(machine, head)
            await machine.send([59.0] * 100)
            await service.until(lambda: line.ledger("boot-2").next == 200)
            (missing,) = (await machine.hear("stored", lambda stored: stored["boot"] == "boot-2" and stored["upto"] == 199))["missing"]
            assert missing == [0, 99]
            assert line.running is not None
            assert line.running.missing(line.refused()) == 100
            if way != "after a kill of the service":
                await backfill(machine, head)
                await machine.hear("stored", lambda stored: stored["boot"] == "boot-2" and not stored["missing"])
                await machine.status()
                await service.floor.remove_plan(NAME)
                row = await row_of(service, session, final=True)
                assert row.completeness == {"expected": 300, "stored": 300, "missing": 0, "refused": 0}
                return
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            assert line.running is not None
            assert line.running.begins == {"boot-1": 0, "boot-2": 0}
            await backfill(machine, head)
            await service.until(lambda: line.running is not None and line.running.missing(line.refused()) == 0)


async def test_a_session_whose_machine_is_cut_off_goes_on_for_an_hour_also_after_a_kill(nats: BrokerProcess, tmp_path: Path) -> None:
    """F03 and F08 at once; decision 0117: what the machine measured while nobody heard it is the same session's."""
    async with Machine(nats.url) as machine:
        async with clinic(nats.url, tmp_path / "first") as service:
            await machine.status(spool=FULL)
            await service.until(lambda: NAME in service.floor.lines)
            session, line = await cut_off(service, machine)
            rest = machine.batch([59.0] * 100)
            assert line.running is None
            copy = await killed(service, tmp_path / "first", tmp_path / "second")
        async with clinic(nats.url, copy) as service:
            line = service.floor.lines[NAME]
            await line.ready.wait()
            await service.until(lambda: line.presence.status is not None)  # its will, which says nothing of what it keeps
            for after_ns in (5_000_000_000, settling.SETTLE_NS + 5_000_000_000):
                line.backlog.tick(monotonic_ns() + after_ns)
                line.settling.tick(monotonic_ns() + after_ns)
                assert [(record.session, record.goes_on) for record in line.settling.records] == [(session, "boot-1")]
            await machine.status(spool=FULL)
            await backfill(machine, rest)
            await machine.hear("stored", lambda stored: stored["upto"] == 199 and not stored.get("missing"))
            await machine.status(spool=msgspec.structs.replace(FULL, waiting=0))
            row = await row_of(service, session, final=True)
            assert row.completeness == {"expected": 200, "stored": 200, "missing": 0, "refused": 0}


async def test_nothing_waits_for_its_place_in_a_recording_that_is_finished(service: Clinic, machine: Machine) -> None:
    """Decision 0117: a machine that comes back as another boot has no more of the first one, whose late samples would be in no file."""
    session, line = await cut_off(service, machine)
    assert [(record.session, record.goes_on) for record in line.backlog.records] == [(session, "boot-1")]
    machine.boot, machine.seq = "boot-2", 0
    await machine.status(spool=FULL)
    await service.until(lambda: not line.settling.records)
    assert line.backlog.records == []
    row = await row_of(service, session, final=True)
    assert row.completeness == {"expected": 100, "stored": 100, "missing": 0, "refused": 0}


async def test_a_machine_that_keeps_nothing_is_not_waited_for_when_it_is_cut_off(nats: BrokerProcess, service: Clinic) -> None:
    """Contract 2, `spool`: one without a disk of its own has nothing more than what is on its way."""
    async with Machine(nats.url) as machine:
        await machine.status()
        await service.until(lambda: NAME in service.floor.lines)
        session, line = await cut_off(service, machine)
        line.settling.tick(monotonic_ns() + settling.GRACE_NS + 1_000_000_000)
        assert (await row_of(service, session, final=True)).final


def test_a_session_that_goes_on_ends_the_one_before_it() -> None:
    """Decision 0117: what follows in a boot belongs to one session; that of before is finished, and not only at the next start."""
    ended: list[Any] = []

    def never(*_: object) -> Any:
        raise AssertionError

    one: Any = SimpleNamespace(session="one")
    other: Any = SimpleNamespace(session="other")
    waiting = gate.Gate(Ledger("m", "b"), never, never, never, ended.append)
    for record, after in ((one, 99), (one, 149), (other, 199)):
        waiting.go_on(record, after, 0)
    assert ended == [one]
    assert waiting.record is other


def test_what_only_comes_again_keeps_nothing_from_coming_to_rest() -> None:
    """Contract 2: an edge repeats what is not called stored every 2 to 3 s; what moved nothing is let go after 2 s all the same."""
    refused: list[int] = []

    def never(*_: object) -> Any:
        raise AssertionError

    column = np.full(50, 60.0, "<f4").tobytes()
    batch = SampleBatch(boot="b", seq=0, t0=0, dt=10_000_000, angle=column, torque=column)
    waiting = gate.Gate(Ledger("m", "b"), never, never, lambda arrival: refused.append(arrival.batch.seq), never)
    for at_ns in (0, gate.REST_NS):
        waiting.take(Arrival(batch, b"", batch.times_ns(), batch.angle_deg(), batch.torque_nm(), at_ns))
    assert refused == []
    waiting.tick(gate.REST_NS + 1)
    assert refused == [0]
    assert waiting.idle


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


async def test_more_unfinished_boots_than_are_known_at_once_are_recorded_once_each(
    service: Clinic, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """contract 2, `stored`: what comes in when there is no room is not taken, and comes again; nothing that was taken is forgotten."""
    monkeypatch.setattr(ledgers, "MOST_BOOTS", 8)
    line, folder = service.floor.lines[NAME], tmp_path / "recordings" / NAME
    sent: dict[str, list[SampleBatch]] = {}
    for boot in [f"earlier-{k:02d}" for k in range(12)]:
        machine.boot, machine.seq = boot, 0
        sent[boot] = [machine.batch(angles) for angles in (repetition()[:500], repetition()[500:])]
    said: set[str] = set()
    while len(said) < len(sent):
        for boot in sent.keys() - said:
            for batch in sent[boot]:
                line.late(batch, samples.encode(batch), monotonic_ns())
        assert len(line.ledgers) == 8 or len(said) >= 4
        while set(line.ledgers) - said:
            stored = await machine.hear("stored", lambda stored: stored["upto"] == 999)
            assert not stored.get("missing")
            said.add(stored["boot"])
        await service.until(lambda: len(said) == len(sent) or line.ledgers.takes("another"))
    await service.until(lambda: len(list(folder.glob("*.mcap"))) == len(sent))
    found = [Capture(path).ranges() for path in folder.glob("*.mcap")]
    assert sorted(boot for ranges in found for boot in ranges) == sorted(sent)
    assert all(spans == [(0, 999)] for ranges in found for spans in ranges.values())


def packed(boot: str, seq: int, n: int = 6400) -> tuple[bytes, list[float]]:
    """A batch by hand that is short as JSON and, with its columns of four bytes a number, longer than 32 KiB; and its angles."""
    moved = [float(round(35 + 25 * math.cos(at / 160))) for at in range(n)]
    columns = {"angle": [int(angle) for angle in moved], "torque": [5] * n}
    payload = msgspec.json.encode({"boot": boot, "seq": seq, "t0": 5, "dt": 10_000_000, **columns})
    assert len(payload) <= samples.MOST_BYTES < 8 * n
    return payload, moved


class TestLongJson:
    """Contract 2: the same message as JSON is accepted everywhere, 32 KiB of it too, which is more as MessagePack."""

    async def test_late_it_is_recorded_and_every_other_machine_goes_on(
        self, service: Clinic, machine: Machine, nats: BrokerProcess
    ) -> None:
        payload, moved = packed("boot-2", seq=1000)
        async with Machine(nats.url, "praxis/ilex2") as other:
            await other.status()
            await machine.publish("backfill", payload, 1)
            stored = await machine.hear("stored", lambda stored: stored["boot"] == "boot-2" and stored["upto"] == 7399)
            assert (stored["missing"], stored.get("refused", [])) == ([[0, 999]], [])
            await service.floor.put_plan(other.name, msgspec.convert(PLAN, Plan))
            await other.send([60.0] * 10)
            await other.hear("stored", lambda stored: stored["upto"] == 9)
        async with asyncio.timeout(15):
            while not (rows := (await service.floor.index.list(machine=NAME))[0]):
                await asyncio.sleep(0.02)
        row = await row_of(service, rows[0].session, final=True)
        assert angles(row.path) == moved
        assert service.floor.counts.timer_faults == 0

    async def test_live_it_is_recorded(self, service: Clinic, machine: Machine) -> None:
        session = await planned(service)
        payload, moved = packed("boot-1", seq=0)
        await machine.publish("samples", payload)
        stored = await machine.hear("stored", lambda stored: stored["upto"] == 6399)
        assert (stored.get("missing", []), stored.get("refused", [])) == ([], [])
        await service.floor.remove_plan(NAME)
        row = await row_of(service, session, final=True)
        assert angles(row.path) == moved
        capture = open_recorded(Path(row.path))
        assert isinstance(capture, Capture)
        kept = [message.data for message in capture.messages("/samples")]
        assert [data[:1] == b"{" for data in kept] == [False] * len(kept), "contract 8: MessagePack"

    async def test_one_sample_that_is_too_long_alone_is_refused(self, service: Clinic, machine: Machine) -> None:
        extra = {f"{number:032}": [0] for number in range(835)}
        payload = msgspec.json.encode({"boot": "boot-1", "seq": 3, "t0": 5, "dt": 0, "angle": [0], "torque": [0], "extra": extra})
        assert len(payload) <= samples.MOST_BYTES
        await machine.publish("samples", payload)
        await machine.hear("stored", lambda stored: stored.get("refused", []) == [[3, 3]])
        assert service.floor.counts.quarantined == {"oversized": 1}


async def test_a_machine_whose_time_goes_wrong_stops_no_other(
    service: Clinic, machine: Machine, nats: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever one machine's samples, or a listener, come to: feed states, `stored` and the ends of sessions go on for all others."""
    raised: list[object] = []

    def failing(whole: Callable[[Line, int], Any]) -> Callable[[Line, int], Any]:
        def fails(line: Line, now_ns: int) -> Any:
            if line.machine == NAME:
                raised.append(line)
                raise ValueError("one machine's trouble")
            return whole(line, now_ns)

        return fails

    def deaf(_: int) -> None:
        raised.append(deaf)
        raise ValueError("a listener's trouble")

    async with Machine(nats.url, "praxis/ilex2") as other:
        await other.status()
        await service.floor.put_plan(other.name, msgspec.convert(PLAN, Plan))
        service.floor.each_second.insert(0, deaf)
        for name in ("tick", "each_second", "due_to_store"):
            with monkeypatch.context() as patched:
                patched.setattr(Line, name, failing(getattr(Line, name)))
                await service.until(lambda: len({id(one) for one in raised}) == 2)
                await other.send([60.0] * 10)
                await other.hear("stored", lambda stored: stored["upto"] == other.seq - 1)
            raised.clear()
        await machine.send([60.0] * 4)
        async with asyncio.timeout(15):
            while service.floor.lines[NAME].feed != "live":
                await asyncio.sleep(0.01)
    assert service.floor.counts.timer_faults > 3
