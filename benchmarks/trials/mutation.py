"""F14: messages of every kind, whole, mutated and made up, through the parsers and what stands behind them, in one process."""

import asyncio
import contextlib
import random
import struct
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import numpy as np
import psutil
import structlog

from benchmarks.motion import PLAN, movement
from benchmarks.trials.figure import Figure, none
from edge_agent.agent import Agent, Boot
from edge_agent.anchors import Anchors
from edge_agent.configuration import Configuration
from edge_agent.drivers.simulator import SimulatorSettings
from edge_agent.previous import Previous
from service.ingest import packets
from service.ingest.intake import Intake
from service.live.floor import Floor
from service.store import Index
from wire.messages import Button, ClockAnchor, Command, Reply, Spool, Status, Stored
from wire.samples import SampleBatch, encode, encode_text
from wire.topics import Leaf, topic

MESSAGES = 1_000_000
SHORT = 20_000
MACHINES = 4
GENERATION = 8_000
"""After so many messages others are on: of a machine whose numbers have jumped nothing is live any more."""
N = 2
RATE_HZ = 100
BURST = 32
TOLD = 50_000
"""Progress is told after so many."""
WHOLE, MUTATED, REBUILT = 0.25, 0.75, 0.95
"""Shares, one after the other: left as they are, mutated as bytes, rebuilt with other values; the rest is random bytes."""
INTERESTING: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**400, -(2**63), 0.5, -0.0, 1e308,
    float("nan"), float("inf"), float("-inf"), "", "x", "\x00", "../../etc", "x" * 300, "\U0001f9d8", b"", b"\x00" * 3, b"\xff" * 8,
    [], {}, [[]], {"": {}}, [None] * 50,
)  # fmt: skip
"""Values at the edges of types."""


class Fuzz:
    """Messages from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._columns = movement(RATE_HZ, 1, seed)
        self._made = 0
        self._seq: defaultdict[int, int] = defaultdict(int)
        self._next: dict[int, int] = {}
        """Where a machine goes on once its newest batch was sent whole."""

    def to_service(self) -> packets.Publication:
        """What a client of the broker might publish under a machine's name, or under another topic."""
        pick = self.random
        k = self._made // GENERATION * MACHINES + pick.randrange(MACHINES)
        self._made += 1
        leaf = pick.choice((Leaf.SAMPLES,) * 6 + (Leaf.BACKFILL,) * 3 + (Leaf.STATUS, Leaf.BUTTON, Leaf.REPLY, Leaf.PLAN))
        name = topic(f"fuzz/m{k}", leaf)
        if pick.random() < 0.02:
            name = self._bytes(name.encode()).decode(errors="replace")
        payload = self._changed(self._service_seed(leaf, k))
        return packets.Publication(name, payload, retained=leaf is Leaf.PLAN or pick.random() < 0.1, packet_id=0)

    def to_edge(self) -> tuple[Leaf, bytes]:
        """What the same might send a machine."""
        leaf = self.random.choice((Leaf.STORED, Leaf.STORED, Leaf.PLAN, Leaf.COMMAND, Leaf.EVENTS))
        return leaf, self._changed(self._edge_seed(leaf))

    def stream(self) -> bytes:
        """MQTT as a broker that has lost its mind might send it."""
        pick = self.random
        packet = pick.choice((
            packets.publish("ilex/1/fuzz/m0/samples", pick.randbytes(60)), packets.publish("a/b", b"x", packet_id=7, retain=True),
            packets.puback(9), b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x00", b"\xd0\x00",
        ))  # fmt: skip
        return self._bytes(packet) if pick.random() < 0.8 else pick.randbytes(pick.randint(0, 64))

    def _changed(self, whole: bytes) -> bytes:
        share, goes_on, self._next = self.random.random(), self._next, {}
        if share < WHOLE:
            self._seq.update(goes_on)
            return whole
        if share < MUTATED:
            return self._bytes(whole)
        if share < REBUILT:
            return self._rebuilt(whole)
        size = 40 * 1024 if self.random.random() < 0.01 else self.random.randint(0, 300)
        return self.random.randbytes(size)

    def _bytes(self, data: bytes) -> bytes:
        """A few bytes flipped, cut out, put in, doubled, or the end cut off."""
        pick, changed = self.random, bytearray(data)
        for _ in range(pick.randint(1, 6)):
            at = pick.randint(0, len(changed))
            until = min(len(changed), at + pick.randint(0, 12))
            how = pick.randrange(7)
            if how == 0 and changed:
                changed[at % len(changed)] ^= 1 << pick.randrange(8)
            elif how == 1:
                del changed[at:until]
            elif how == 2:
                changed[at:at] = pick.randbytes(pick.randint(1, 12))
            elif how == 3:
                changed[at:at] = changed[at:until] * pick.randint(1, 40)
            elif how == 4:
                del changed[at:]
            elif how == 5:
                changed[at:until] = struct.pack("<f", pick.choice((float("nan"), float("inf"), -1e38, 1e-45)))
            else:
                changed[at:until] = pick.choice((b"[", b'{"a":', b"\x81\xa1x", b"\x91", b'"', b"\xff")) * pick.choice((1, 1, 50, 3000))
        return bytes(changed)

    def _rebuilt(self, whole: bytes) -> bytes:
        """The same message with a value, a key or a type that is another."""
        pick, as_json = self.random, whole[:1] == b"{"
        raw = msgspec.json.decode(whole) if as_json else msgspec.msgpack.decode(whole)
        place: Any = raw
        while True:
            keys: Sequence[Any] = list(place) if isinstance(place, dict) else range(len(place))
            if not keys:
                break
            key = pick.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and pick.random() < 0.6:
                place = place[key]
                continue
            how = pick.random()
            if how < 0.15 and isinstance(place, dict):
                del place[key]
            elif how < 0.25 and isinstance(place, dict):
                place[pick.choice(("", "x", "boot", "\x00", "extra", "t"))] = place.pop(key)
            else:
                place[key] = pick.choice(INTERESTING)
            break
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            return msgspec.json.encode(raw) if as_json else msgspec.msgpack.encode(raw)
        return msgspec.msgpack.encode(None)

    def _service_seed(self, leaf: Leaf, k: int) -> bytes:
        pick, now_ns = self.random, time.monotonic_ns()
        if leaf in (Leaf.SAMPLES, Leaf.BACKFILL):
            return self._batch(leaf, k)
        if leaf is Leaf.STATUS:
            clock = ClockAnchor(now_ns, time.time_ns(), "system")
            spool = Spool(used=pick.randrange(10**6), quota=10**6, waiting=pick.randrange(1000), refuses=pick.random() < 0.1)
            status = Status(
                online=pick.random() < 0.9, boot=f"boot{k}", pending=["earlier"], sample_rate_hz=100.0, clock=clock, spool=spool
            )
            return msgspec.json.encode(status)
        if leaf is Leaf.BUTTON:
            press = Button(id=f"p{pick.randrange(10**6)}", boot=f"boot{k}", at_ns=now_ns, button=pick.choice(("pain", "pause", "stop")))
            return msgspec.json.encode(press)
        if leaf is Leaf.REPLY:
            return msgspec.json.encode(Reply(id="r1", ok=True, result={"torque_nm": 1.0}))
        return msgspec.json.encode(msgspec.structs.replace(PLAN, session=f"s{pick.randrange(50)}", label="A"))

    def _batch(self, leaf: Leaf, k: int) -> bytes:
        """The next ones of a patient who moves, or earlier ones; as MessagePack or JSON, evenly in time or not."""
        pick = self.random
        if leaf is Leaf.SAMPLES:
            seq = self._seq[k]
            self._next = {k: seq + N}
        else:
            seq = max(0, self._seq[k] - N * pick.randint(1, 200))
        rows = slice(seq % (len(self._columns.angle_deg) - N), None)
        angle, torque = (column[rows][:N].tobytes() for column in self._columns)
        batch = SampleBatch(boot=f"boot{k}", seq=seq, t0=seq * 10_000_000, dt=10_000_000, angle=angle, torque=torque)
        if pick.random() < 0.2:
            batch = msgspec.structs.replace(batch, t=np.arange(seq, seq + N, dtype="<i8").tobytes(), extra={"emg_uv": angle})
        return encode_text(batch) if pick.random() < 0.2 else encode(batch)

    def _edge_seed(self, leaf: Leaf) -> bytes:
        pick = self.random
        if leaf is Leaf.STORED:
            return msgspec.json.encode(Stored(boot="boot", upto=pick.randrange(-1, 5000), missing=[(3, 9)], refused=[(20, 30)]))
        if leaf is Leaf.PLAN:
            return msgspec.json.encode(PLAN)
        if leaf is Leaf.COMMAND:
            return msgspec.json.encode(Command(id=f"c{pick.randrange(1000)}", verb=pick.choice(("identify", "tare", "sweep"))))
        common = {"v": 1, "id": pick.randint(1, 99), "machine": "fuzz/m0", "session": "s1", "set": 1, "at_s": 1.0, "known_s": 1.2}
        kind = pick.choice(("set_started", "paused", "resumed", "set_ended", "button_pressed"))
        return msgspec.json.encode(common | {"kind": kind, "reason": "done", "button": "pain", "press": "p1", "origin_s": 1.0})


class Crashes:
    """What must not be: exceptions that nobody expected, by what they say."""

    def __init__(self) -> None:
        self.count = 0
        self.kinds: dict[str, int] = {}

    def note(self, where: str, error: BaseException | None) -> None:
        """One more."""
        self.count += 1
        words = f"{where}: {type(error).__name__}"
        if words not in self.kinds:
            print(f"CRASH: {words}", file=sys.stderr)
            traceback.print_exception(error)
        self.kinds[words] = self.kinds.get(words, 0) + 1

    def log(self, _: Any, __: str, entry: MutableMapping[str, Any]) -> NoReturn:
        """A processor of structlog: whatever was logged with an exception."""
        if entry.get("exc_info"):
            self.note(str(entry.get("event")), sys.exc_info()[1])
        raise structlog.DropEvent


async def service(number: int, seed: int, crashes: Crashes, folder: Path) -> dict[str, int]:
    """So many messages as the broker would deliver them, into a floor that records and analyses. Counts by what became of them."""
    fuzz = Fuzz(seed)
    index = await Index.open(f"sqlite+aiosqlite:///{folder / 'index.sqlite'}")
    floor = Floor(folder / "recordings", lambda *_, **__: None, index)
    floor.start()
    intake = Intake("mqtt://127.0.0.1:1", floor, folder)  # never started: what it would hear is given to it
    for count in _progress(number, "service"):
        intake.deliver([fuzz.to_service() for _ in range(min(BURST, number - count))])
        await asyncio.sleep(0)
    counts = floor.counts
    await intake.close()
    await floor.close()
    await index.close()
    if counts.timer_faults:
        crashes.note("what is done by the clock failed", None)
    return dict(counts.quarantined) | {"taken": counts.batches}


async def edge(number: int, seed: int, crashes: Crashes, folder: Path) -> None:
    """So many messages as the broker would deliver them to an agent that samples."""
    fuzz = Fuzz(seed)
    agent = Agent(Configuration(machine="fuzz/m0", driver=SimulatorSettings()), folder)
    agent.spool.open()
    boot = agent.boot = Boot(agent, "boot", [], Anchors(agent.spool), Previous(agent.spool))
    for _ in _progress(number, "edge"):
        for _ in range(BURST):
            leaf, payload = fuzz.to_edge()
            try:
                boot._hear(leaf, payload)  # noqa: SLF001 - what its line calls
                if leaf is Leaf.STORED:
                    boot.link._watch_will(payload)  # noqa: SLF001 - the same
            except Exception as error:  # noqa: BLE001 - all of them are crashes
                crashes.note(f"edge, {leaf}", error)
        await asyncio.sleep(0)
    agent.spool.close()


def streams(number: int, seed: int, crashes: Crashes) -> None:
    """So many MQTT packets, mutated, in pieces of any length."""
    fuzz, reader = Fuzz(seed), packets.Reader()
    for _ in _progress(number, "packets"):
        for _ in range(BURST):
            try:
                reader.feed(fuzz.stream())
            except packets.MqttError:
                reader = packets.Reader()
            except Exception as error:  # noqa: BLE001 - all of them are crashes
                crashes.note("packets", error)
                reader = packets.Reader()


def _progress(number: int, words: str) -> Iterator[int]:
    began_s = time.monotonic()
    for count in range(0, number, BURST):
        if count and count % TOLD < BURST:
            print(f"{words}: {count:,} of {number:,}, {count / (time.monotonic() - began_s):,.0f} a second", file=sys.stderr, flush=True)
        yield count


def hunt(number: int, seed: int) -> tuple[Crashes, dict[str, int]]:
    """So many messages to the service, a quarter as many each to the edge and as MQTT; what crashed, and what became of the service's."""
    crashes = Crashes()
    structlog.configure(processors=[crashes.log])
    try:
        with tempfile.TemporaryDirectory(prefix="ilex-mutation-") as folder:
            found = asyncio.run(_all(number, seed, crashes, Path(folder)))
        streams(number // 4, seed, crashes)
    finally:
        structlog.reset_defaults()
    return crashes, found


async def _all(number: int, seed: int, crashes: Crashes, folder: Path) -> dict[str, int]:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: crashes.note(str(context["message"]), context.get("exception")))
    found = await service(number, seed, crashes, folder)
    await edge(number // 4, seed, crashes, folder)
    return found


def run(*, short: bool) -> list[Figure]:
    """What crashed."""
    number = SHORT if short else MESSAGES
    before = psutil.Process().memory_info().rss
    crashes, found = hunt(number, 1)
    grown = (psutil.Process().memory_info().rss - before) / 2**20
    for words, count in sorted(crashes.kinds.items()):
        print(f"{count} x {words}", file=sys.stderr)
    print(f"by what became of them: {dict(sorted(found.items()))}; memory {grown:+.0f} MiB", file=sys.stderr)
    total = number + 2 * (number // 4)
    return [
        none("F14", "crashes of parsers and what stands behind them, by messages whole, mutated and made up", crashes.count, f"{total:,}")
    ]
