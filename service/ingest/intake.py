"""From the broker to the machines' lines: each burst checked, decoded and handed on as one."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING

import structlog

from service.ingest.link import Link
from service.ingest.packets import Publication
from service.ingest.quarantine import Quarantine
from service.live.running import new_id
from wire import encoding, samples, topics
from wire.errors import WireError
from wire.live import Invalid
from wire.messages import Button, Reply, Status
from wire.pieces import messages_of
from wire.plan import Plan
from wire.samples import SampleBatch
from wire.topics import Address, Leaf

if TYPE_CHECKING:
    from service.live.floor import Floor
    from service.live.line import Line

FILTERS = {
    **{f"ilex/+/+/+/{leaf}": 0 for leaf in (Leaf.SAMPLES,)},
    **{f"ilex/+/+/+/{leaf}": 1 for leaf in (Leaf.STATUS, Leaf.BACKFILL, Leaf.BUTTON, Leaf.REPLY, Leaf.PLAN)},
}
"""Any major version, so that a machine that speaks another one is seen and shown (contract 2)."""
RETAINED = [f"ilex/+/+/+/{leaf}" for leaf in (Leaf.STATUS, Leaf.PLAN)]
SAVE_NS = 10_000_000_000
MOST_TOPICS = 8192
NAMELESS = ("machine", "ahead")
"""Reasons by which nothing is refused: there is no line for it, or the numbers are what can't be (decision 0305)."""
NOTE_NS = 60_000_000_000
"""A late joiner is still told of invalid data this old."""

log = structlog.get_logger()


class _Note:
    """What the wall is told of one machine's invalid payloads."""

    __slots__ = ("at_ns", "count", "error", "told")

    def __init__(self) -> None:
        self.count = 0
        self.error = WireError("garbage", "", "")
        self.at_ns = 0
        self.told = True


class Intake:
    """The link to the broker and what becomes of its messages. Whatever comes, it raises nothing and stops nobody else's."""

    def __init__(self, url: str, floor: "Floor", data: Path) -> None:
        self._floor = floor
        self._counts = floor.counts
        self.quarantine = Quarantine(data / "quarantine" / "newest.jsonl", floor.counts)
        self.link = Link(url, FILTERS, self.deliver, self._connected, client_id=f"ilex-{new_id()[-12:]}", retained=RETAINED)
        self._addresses: dict[str, Address | WireError] = {}
        self._notes: dict[str | None, _Note] = {}
        self._saving: asyncio.Task[None] | None = None
        self._save_at_ns = 0
        floor.publish = self._publish
        floor.invalid = self.invalid
        floor.each_second.append(self._each_second)
        floor.metrics.queues.append(lambda: [self.link.outbox, self.quarantine.queue])
        floor.metrics.gauges |= {"broker_connected": lambda: float(self.link.online.is_set())}

    def start(self) -> None:
        """Connect, for ever."""
        self.link.start()

    async def close(self) -> None:
        """Disconnect."""
        await self.link.close()
        if self._saving is not None:
            await asyncio.gather(self._saving, return_exceptions=True)

    def _publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        self.link.publish(topic, payload, qos=qos, retain=retain)

    def _connected(self) -> None:
        for line in self._floor.lines.values():
            line.say_plan_again()

    def deliver(self, burst: list[Publication]) -> None:
        """All messages of one read."""
        now_ns = monotonic_ns()
        counts, lines, addresses, decode = self._counts, self._floor.lines, self._addresses, samples.decode
        counts.bursts += 1
        counts.messages += len(burst)
        for message in burst:
            address = addresses.get(message.topic)
            if address is None:
                address = self._address(message.topic)
            try:
                if type(address) is not Address:
                    raise address if isinstance(address, WireError) else AssertionError
                if address.leaf is Leaf.SAMPLES:
                    batch = decode(message.payload)
                    line = lines.get(address.machine) or self._line(address.machine)
                    line.numbering.check(batch)
                    for part, payload in _as_kept(batch, message.payload):
                        line.samples(part, payload, now_ns)
                else:
                    self._control(address, message, now_ns)
            except WireError as error:
                self._set_aside(message, address, error)
            except Exception:  # one machine's trouble is never another's
                counts.quarantined["internal"] = counts.quarantined.get("internal", 0) + 1
                log.exception("a message could not be handled", topic=message.topic[:300])
        self._floor.hub.flush(monotonic_ns())
        counts.handling.add((monotonic_ns() - now_ns) * 1e-9)

    def _address(self, topic: str) -> Address | WireError:
        found: Address | WireError
        try:
            found = topics.parse(topic)
        except WireError as error:
            found = error
        if len(self._addresses) < MOST_TOPICS:
            self._addresses[topic] = found
        return found

    def _line(self, machine: str) -> "Line":
        line = self._floor.line(machine)
        if line is None:
            raise WireError("machine", "", f"too many machines: {machine} is not taken on")
        return line

    def _control(self, address: Address, message: Publication, now_ns: int) -> None:
        machine, leaf = address
        payload = message.payload
        if leaf is Leaf.STATUS:
            if payload:
                status = encoding.decode(payload, Status)
                self._line(machine).take_status(status, now_ns)
        elif leaf is Leaf.BACKFILL:
            batch = samples.decode(payload)
            line = self._line(machine)
            line.numbering.check(batch)
            for part, kept in _as_kept(batch, payload):
                line.late(part, kept, now_ns)
        elif leaf is Leaf.BUTTON:
            button = encoding.decode(payload, Button)
            self._line(machine).press(button)
        elif leaf is Leaf.REPLY:
            reply = encoding.decode(payload, Reply)
            log.info("reply", machine=machine, command=reply.id, ok=reply.ok, error=reply.error)
        elif leaf is Leaf.PLAN and message.retained and payload:
            plan = encoding.decode(payload, Plan)
            self._line(machine).restore_plan(plan)

    def _set_aside(self, message: Publication, address: Address | WireError, error: WireError) -> None:
        machine = address.machine if isinstance(address, Address) else _machine_of(message.topic)
        self.quarantine.put(message.topic, message.payload, machine, error, time.time_ns())
        note = self._notes.get(machine)
        if note is None:
            if len(self._notes) >= MOST_TOPICS:
                return
            note = self._notes[machine] = _Note()
        note.count += 1
        note.error, note.at_ns, note.told = error, monotonic_ns(), False
        if error.reason == "major" and machine is not None and (line := self._floor.line(machine)) is not None:
            line.keeper.speaks(message.topic.split("/")[1][:20], monotonic_ns())
        if isinstance(address, Address) and address.leaf in (Leaf.SAMPLES, Leaf.BACKFILL) and error.reason not in NAMELESS:
            line = self._line(address.machine)
            identity = samples.identity_of(message.payload)
            if identity is not None:
                boot, seq, n = identity
                # No sample has a number beyond 64 bits: nothing could be written down of it.
                line.refuse(boot, seq, min(n or 1, samples.MOST_BYTES, 2**64 - seq))

    def invalid(self, machine: str | None) -> bytes | None:
        """What a late joiner is told of a machine's invalid data; None where there was none lately."""
        note = self._notes.get(machine)
        if note is None or monotonic_ns() - note.at_ns > NOTE_NS:
            return None
        return _text(machine, note)

    def _each_second(self, _: int) -> None:
        for machine, note in self._notes.items():
            if not note.told:
                note.told = True
                text = _text(machine, note)
                line = self._floor.lines.get(machine) if machine is not None else None
                if line is not None:
                    line.channel.say(text)
                else:
                    self._floor.say_to_all(text)
        now_ns = monotonic_ns()
        if self.quarantine.unsaved and now_ns >= self._save_at_ns and (self._saving is None or self._saving.done()):
            self._save_at_ns = now_ns + SAVE_NS
            self.quarantine.unsaved = False
            self._saving = asyncio.create_task(self._save(), name="save quarantine")

    async def _save(self) -> None:
        try:
            await asyncio.to_thread(self.quarantine.save, list(self.quarantine.held))
        except OSError as error:
            log.error("quarantine not written", reason=str(error))  # noqa: TRY400 - the reason says it all


def _as_kept(batch: SampleBatch, payload: bytes) -> Iterable[tuple[SampleBatch, bytes]]:
    """A batch with its payload in MessagePack, as recordings keep it (contract 8); JSON may make several of it. Raises WireError."""
    return ((batch, payload),) if payload[:1] != b"{" else messages_of(batch)


def _text(machine: str | None, note: _Note) -> bytes:
    words = f"{note.error.pointer}: {note.error.message}" if note.error.pointer else note.error.message
    return encoding.encode(Invalid(machine=machine, count=note.count, reason=note.error.reason, message=words[:500]))


def _machine_of(topic: str) -> str | None:
    """The machine that a refused topic may yet name: another major version's."""
    levels = topic.split("/")
    machine = "/".join(levels[2:4])
    return machine if len(levels) == 5 and topics.is_machine(machine) else None
