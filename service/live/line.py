"""One machine in the clinic: its samples on the way into recording, analysis and screens; its session; what it is told."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import structlog

from service import recordings
from service.ingest.order import Ledger, Said, payload_of
from service.live import view
from service.live.answers import Answers
from service.live.axis import shift_of
from service.live.backlog import Backlog
from service.live.beside import Beside
from service.live.catching_up import CatchingUp
from service.live.errors import SetRunning, StorageFull
from service.live.fence import Fence
from service.live.gate import REST_NS
from service.live.history import History
from service.live.hub import Channel
from service.live.keeping import Keeper
from service.live.labels import Labels
from service.live.ledgers import Ledgers
from service.live.orders import Orders
from service.live.presence import Presence
from service.live.record import Record
from service.live.resuming import Resumed
from service.live.running import Arrival, Running, new_id
from service.live.settling import Settling
from service.live.unplaced import Unplaced
from service.live.waiting import Waiting
from wire import encoding
from wire.events import Event
from wire.live import Feed, FeedState, Frame, Trace, live_text
from wire.losses import SIGNAL_LOST
from wire.messages import Button, Input, Status
from wire.names import is_safe_id
from wire.pieces import part_of
from wire.plan import Plan
from wire.ranges import Ranges
from wire.samples import SampleBatch
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.floor import Floor

log = structlog.get_logger()

IDLE_S = 600.0
"""A session ends after so long without movement (contract 1)."""
QUIET_NS = 500_000_000
"""A source that has reached its end is believed once its samples have been quiet for so long."""
STORE_NS = 1_000_000_000
MOST_WAITS = 20_000
"""Messages: several minutes of live batches. What is dropped was not acknowledged, and comes again."""


Kind = Literal["start", "pause", "resume", "stop", "button", "end"]


class Line:
    """What the service knows of one machine. Not thread-safe: everything happens on the event loop, nothing waits."""

    def __init__(self, machine: str, floor: "Floor") -> None:
        self.machine = machine
        self.folder = floor.folder(machine)
        self.counts = floor.counts
        self._floor = floor
        self.channel = Channel(machine, floor.hub, self.frame)
        self.plan: Plan | None = None
        self.plan_known = False
        """True once a plan was given or taken away here, so that the broker's memory of one no longer counts."""
        self.presence = Presence()
        self.fence = Fence()
        self.orders = Orders(self)
        self.history = History(lambda session, number: recordings.events_after(self.folder / f"{session}.mcap", number))
        self.running: Running | None = None
        self.settling = Settling(self, self._finish)
        self.backlog = Backlog(self, self.settling)
        self.keeper = Keeper(self, floor)
        self.answers = Answers(self)
        self.beside = Beside(self, floor)
        self.ledgers = Ledgers(machine, self._needed_boots, self._forget_boot)
        self.unsaid: set[str] = set()
        """Boots of which something has changed since the last `stored`."""
        self.forgotten: list[Said] = []
        """Boots that the journal need no longer know."""
        self.urgent = False
        self.store_at_ns = 0
        self.waits: deque[Callable[[], None]] | None = None
        """What came while a session of this machine is being taken up again after a restart."""
        self.ready = asyncio.Event()
        self.ready.set()
        self._catching_up: CatchingUp | None = None
        self._boot: str | None = None
        self.labels = Labels()
        self._shift_ns = 0
        self._raw = (0.0, 0.0)
        self._waiting = Waiting(self.refuse_batch)
        self._unplaced = Unplaced(self.labels, self.samples)
        self._cue = view.NO_CUE

    @property
    def all_lines(self) -> list["Line"]:
        """Every machine of the clinic, this one too."""
        return list(self._floor.lines.values())

    @property
    def feed(self) -> FeedState:
        """Contract 5."""
        return self.presence.feed

    # Samples.

    def samples(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """A batch of the live lane: what is new goes to recording, analysis and screens; a jump ahead is recorded as missing."""
        if self.waits is not None:
            self.waits.append(partial(self.samples, batch, payload, now_ns))
            return
        boot = batch.boot
        if boot != self._boot:
            if self._boot is not None and not self.fence.admits(boot, now_ns):
                return
            if self.running is not None and self.running.base_utc_ns is not None and boot not in self.labels:
                self._unplaced.hold(batch, payload, now_ns)
                return
            self._begin_boot(boot, batch.t0, now_ns)
        self.fence.heard(now_ns)
        catching_up = self._catching_up
        if catching_up is not None:
            if catching_up.live(batch, payload, now_ns):
                self._ask_for_gap(catching_up, now_ns)
                return
            self._catching_up = None
        self._take(batch, payload, now_ns, True)

    def _take(self, batch: SampleBatch, payload: bytes, now_ns: int, live: bool) -> None:
        """Samples in the order in which they are analysed; `live` ones are shown."""
        boot = batch.boot
        ledger = self.ledgers[boot]
        n = batch.n
        expected = ledger.next
        counts = self.counts
        if batch.seq != expected and expected is not None:
            if batch.seq + n <= expected:
                self.backlog.late(batch, payload, now_ns)
                return
            if batch.seq < expected:
                counts.duplicate_samples += expected - batch.seq
                batch = part_of(batch, expected, batch.seq + n - 1)
                payload, n = payload_of(batch), batch.n
            else:
                counts.missing_samples += batch.seq - expected
                if self.running is not None:
                    self.running.remark("gap", boot=boot, first=expected, last=batch.seq - 1)
        counts.batches += 1
        counts.samples += n
        ledger.next = batch.seq + n
        t_ns, angle_deg, torque_nm = batch.times_ns(), batch.angle_deg(), batch.torque_nm()
        running = self.running
        if running is not None:
            if running.base_utc_ns is None:
                running.base_utc_ns = self.labels[boot] - self._shift_ns
            if self._shift_ns:
                t_ns = t_ns + self._shift_ns
        if live:
            self._raw = (float(angle_deg[-1]), float(torque_nm[-1]))
            presence = self.presence
            presence.sampled(int(t_ns[-1]), now_ns)
            if presence.feed != "live":
                self._judge_feed(now_ns)
        arrival = Arrival(batch, payload, t_ns, angle_deg, torque_nm, now_ns)
        if running is None:
            self._wait(arrival, ledger)
        else:
            self._record(running, arrival, ledger)
            self._analyse(running, arrival)
        self.unsaid.add(boot)
        channel = self.channel
        if channel.paces and live:
            channel.batch(view.columns(batch, t_ns.tolist(), angle_deg.tolist(), torque_nm.tolist()))

    def _record(self, running: Running, arrival: Arrival, ledger: Ledger) -> None:
        batch, payload = arrival.batch, arrival.payload
        first, last, boot = batch.seq, batch.seq + batch.n - 1, batch.boot
        parts = [(first, last)] if first > ledger.seen.last else ledger.seen.gaps(first, last)
        for a, b in parts:
            if b - a != last - first:
                batch = part_of(arrival.batch, a, b)
                payload = payload_of(batch)
            if running.batch(boot, a, b, payload, batch.t0, self.labels[boot]):
                ledger.record(running.session, a, b)

    def _analyse(self, running: Running, arrival: Arrival) -> None:
        t_ns = arrival.t_ns
        analysis = running.analysis
        events = analysis.feed(t_ns, arrival.angle_deg, arrival.torque_nm)
        running.newest_ns = newest_ns = int(t_ns[-1])
        running.signals(newest_ns, newest_ns - self._shift_ns)
        if events:
            self._announce(events)
        if analysis.cue != self._cue:
            self.show()
        if analysis.still_s >= IDLE_S:
            self.end_session("idle")

    def late(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """Samples of the lane of late ones: recorded or refused, never shown as live."""
        if self.waits is not None:
            self.waits.append(partial(self.late, batch, payload, now_ns))
        elif self.fence.rejects(batch.boot, self._boot, now_ns):
            if batch.boot in self.ledgers:
                self.unsaid.add(batch.boot)
        elif self._catching_up is None or batch.boot != self._boot or not self._catching_up.late(batch, payload, now_ns):
            self.backlog.late(batch, payload, now_ns)

    def refuse(self, boot: str, seq: int, n: int) -> None:
        """Samples of a payload that can't be used: let go for good, so that the edge need not send them for ever."""
        if not self.ledgers.takes(boot):
            return
        ledger = self.ledger(boot)
        running = self.running
        if running is not None and running.covers(boot, seq) and ledger.seen.gaps(seq, seq + n - 1):
            running.remark("quarantine", boot=boot, first=seq, last=seq + n - 1)
        ledger.refuse(seq, seq + n - 1)
        self.unsaid.add(boot)

    def refuse_batch(self, batch: SampleBatch) -> None:
        """Samples that belong to no session: let go for good (decision 0052)."""
        self.ledger(batch.boot).refuse(batch.seq, batch.seq + batch.n - 1)
        self.counts.unrecorded_samples += batch.n
        self.unsaid.add(batch.boot)

    def refused(self) -> dict[str, Ranges]:
        """By boot, what was let go."""
        return {boot: ledger.refused for boot, ledger in self.ledgers.items()}

    def ledger(self, boot: str) -> Ledger:
        """A boot's numbers."""
        return self.ledgers.of(boot)

    def _needed_boots(self) -> set[str]:
        """Of which something is still to be said, to come, or to be recorded."""
        status = self.presence.status
        named = {self._boot or ""} if status is None else {self._boot or "", status.boot, *status.pending}
        return named.union(self.unsaid, self.backlog.boots, *(record.begins for record in self.records))

    def _forget_boot(self, boot: str) -> None:
        self.labels.forget(boot)
        self.forgotten.append(Said(self.machine, boot, forgotten=True))

    def _begin_boot(self, boot: str, t0_ns: int, now_ns: int) -> None:
        self._stop_catching_up()
        if self.running is not None and self.running.base_utc_ns is not None and not self.fence.follows(boot):
            self.end_session("interrupted")
        self._clear_waiting()
        self._boot = boot
        self.ledger(boot)
        self.presence.clock.forget()
        status = self.fence.owned(boot)
        if status is not None:
            self.presence.told(status, boot, now_ns)
            self._heed(status)
        self.labels.of(boot, t0_ns, now_ns)
        running = self.running
        if running is None or running.base_utc_ns is None:
            self._shift_ns = 0
            return
        self._announce(running.analysis.continue_boot())
        self._shift_ns = shift_of(running, self.labels, boot, t0_ns, now_ns, self.presence.arrived_ns)

    # After a restart.

    def take_up(self, resumed: Resumed, now_ns: int) -> None:
        """A session that ran when the service was killed goes on; what came meanwhile is dealt with by `go_on`."""
        running, boot = resumed.running, resumed.boot
        self.running = running
        running.opened_ns = now_ns
        self.plan, self.plan_known = running.plan, True
        self.history.resume(running.session, resumed.recorded_id)
        self.restore(running, resumed.utc_offsets_ns)
        if boot is not None:
            self._boot = boot
            self.fence.heard(now_ns)
            ledger = self.ledger(boot)
            ledger.next = resumed.next
            self.labels.place(boot, resumed.utc_offsets_ns[boot])
            self._shift_ns = self.labels[boot] - (running.base_utc_ns or 0)
            self._catching_up = CatchingUp(ledger, self._take)
        running.restarted_utc = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        running.remark("restart")
        self.answers.restore(running.told)
        for verb, action in resumed.actions:
            self.orders.remember(verb, action)
        for event in resumed.events:
            self.orders.answered(self._named(running, event))
        self._announce([event for event in resumed.events if event.id > resumed.recorded_id])
        running.flush()
        self.show()

    def take_back(self, record: Record, reason: str | None, utc_offsets_ns: dict[str, int]) -> None:
        """A recording that a kill left open goes on being one of a session that ended, or (None) of one that nobody saw."""
        self.restore(record, utc_offsets_ns)
        last = {boot: held.last for boot, held in record.recorded.items()}
        if reason is None and last:
            boot = next(reversed(last))
            record.ends.clear()
            self.backlog.go_on(record, boot, last[boot])
            return
        record.end(reason or "interrupted", {**last, **record.ends})
        self.settle(record, reason or "interrupted")

    def let_go(self, record: Record) -> None:
        """A recording that could not be gone on with: nothing more comes into it."""
        if record is self.running:
            self.running = self._catching_up = None
            self._shift_ns = 0
        self.settling.let_go(record)
        self.backlog.let_go(record)
        if record.recorder is not None:
            record.recorder.close()

    def restore(self, record: Record, utc_offsets_ns: dict[str, int]) -> None:
        """What a recording from before a restart holds is known to be here."""
        self.labels.restore(utc_offsets_ns)
        for boot, held in record.recorded.items():
            ledger = self.ledger(boot)
            for span in held:
                for first, last in ledger.seen.gaps(*span):
                    ledger.record(record.session, first, last)
            self.unsaid.add(boot)

    def wait_for_session(self) -> None:
        """A session of this machine is being taken up again: until `go_on` whatever comes waits, the newest of it."""
        self.waits = deque(maxlen=MOST_WAITS)
        self.ready.clear()

    def go_on(self) -> None:
        """Everything that waited; whatever one message comes to, those behind it are dealt with and the machine is ready."""
        waits, self.waits = self.waits, None
        try:
            for deliver in waits or ():
                try:
                    deliver()
                except Exception:
                    self.counts.quarantined["internal"] = self.counts.quarantined.get("internal", 0) + 1
                    log.exception("a message that waited could not be handled", machine=self.machine)
        finally:
            self.ready.set()

    def _ask_for_gap(self, catching_up: CatchingUp, now_ns: int) -> None:
        """Says what is missing rather than waiting for the next statement: everything before the first live batch that waits."""
        gap = catching_up.asks(now_ns)
        if gap is not None and self._boot is not None:
            said = self.ledgers[self._boot].answer()
            if said.upto < gap[1]:
                missing = [*said.missing, (said.upto + 1, gap[1])]
                self.send(Leaf.STORED, encoding.encode(msgspec.structs.replace(said, upto=gap[1], missing=missing)))

    def _stop_catching_up(self) -> None:
        catching_up, self._catching_up = self._catching_up, None
        if catching_up is not None:
            catching_up.give_up()

    # Waiting for movement, without a session.

    def _wait(self, arrival: Arrival, ledger: Ledger) -> None:
        held = self._waiting.take(arrival, ledger)
        if not held:
            return
        running = self.open_session(arrival.now_ns, None, moved=True)
        for each in held:
            if running.base_utc_ns is None:
                running.base_utc_ns = self.labels[each.batch.boot]
            self._record(running, each, ledger)
            self._analyse(running, each)

    # The session.

    def _clear_waiting(self) -> None:
        self._waiting.clear(self.ledgers.get(self._boot or ""))

    def open_session(self, now_ns: int, wanted: str | None, *, moved: bool = False) -> Running:
        """Begins a session under the plan, if there is one, with the id wanted, if it is free; `moved`: by movement alone."""
        self._clear_waiting()
        session = self._floor.free_session(self.machine, wanted)
        plan = msgspec.structs.replace(self.plan, session=session) if self.plan is not None else None
        self._shift_ns = 0
        running = Running(self.folder, self.machine, session, plan, self._metadata(), self.counts, now_ns)
        running.begin(now_ns)
        self.running = running
        self.answers.clear(unseen=not moved)
        self.history.open(session)
        self._floor.opened(running)
        if plan is not None:
            self.plan = plan
            self._say_plan()
        self.show()
        return running

    def open_aside(self, arrival: Arrival) -> Record:
        """A recording for movement in a time without a session, under the plan that the machine has; never live."""
        began_ns = int(arrival.t_ns[0]) + self.labels.of(arrival.batch.boot, arrival.batch.t0, arrival.now_ns)
        session = new_id(began_ns)
        plan = msgspec.structs.replace(self.plan, session=session) if self.plan is not None else None
        began = datetime.fromtimestamp(began_ns / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        metadata = {**self._metadata(), "started_utc": began, "lane": Leaf.BACKFILL}
        record = Record(self.folder, self.machine, session, plan, metadata, self.counts)
        record.begin(arrival.now_ns)
        return record

    def _metadata(self) -> dict[str, str]:
        status = self.presence.status
        if status is None:
            return {}
        found: dict[str, Any] = {"edge": status.software, "sample_rate_hz": status.sample_rate_hz, "calibration": status.calibration}
        return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()}

    def end_session(self, reason: str) -> None:
        """Ends the set and the session, if one is open; its recording is finished in the background, once nothing of it is missing."""
        if self.running is None:
            return
        self._stop_catching_up()
        running, boot = self.running, self._boot
        self.apply("end", reason=reason)
        self.running = None
        ends: dict[str, int | None] = dict.fromkeys(running.begins)
        if boot in running.begins:
            ends[boot] = (self.ledgers[boot].next or 0) - 1
            if reason == "idle" and self.feed not in ("live", "late"):
                running.goes_on = boot
        running.end(reason, ends)
        if self._shift_ns:
            self.presence.newest_ns = running.newest_ns - self._shift_ns
            self._shift_ns = 0
            self.presence.clock.forget()
        self._clear_waiting()
        self.settle(running, reason)
        self.show()

    def settle(self, record: Record, reason: str) -> None:
        """A session is over; what is missing of it may still come."""
        self.backlog.go_on_after(record)
        self.settling.take(record, reason, monotonic_ns())

    def _finish(self, record: Record, reason: str, waited_for: set[str]) -> None:
        self._floor.finish(self, record, record.completeness(self.refused(), waited_for), reason)

    def close(self) -> None:
        """The service ends: so does every session. Their recordings are finished by `settling.close`, after one more round of storing."""
        self.end_session("service_stopped")
        self.backlog.close()

    def boots_to_come(self, since_ns: int) -> set[str] | None:
        """Boots of which the machine may still have samples, as it has said since then; None where it keeps none on a disk of its own."""
        presence = self.presence
        if presence.spool is None:
            return None
        status = presence.status
        if status is None or not status.online:
            return set(self.ledgers)
        nothing = presence.spool.waiting == 0 and presence.told_ns > since_ns
        return set(status.pending) | (set() if nothing else {status.boot})

    def apply(self, kind: Kind, **fields: Any) -> None:
        """Tells the open session something, after the newest sample; its events go out."""
        running, ledger = self.running, self.ledgers.get(self._boot or "")
        assert running is not None
        if ledger is not None and ledger.next is not None:
            fields |= {"boot": self._boot, "seq": ledger.next - 1}
        self._announce(running.apply(Input(kind=kind, **fields), self._device_ns(running)))
        running.flush()
        if running.analysis.cue != self._cue:
            self.show()

    def _device_ns(self, running: Running) -> int:
        """The newest sample's time on its boot's own clock."""
        return (running.newest_ns or self.presence.newest_ns or 0) - self._shift_ns

    def _named(self, running: Running, event: Event) -> Event:
        return msgspec.structs.replace(event, machine=self.machine, session=running.session)

    def _announce(self, events: list[Event]) -> None:
        """Events, given to the kernel before anybody sees them: after a kill they are the same (decision 0119)."""
        running = self.running
        if running is None or not events:
            return
        device_ns = self._device_ns(running)
        named = [self._named(running, event) for event in events]
        for event in named:
            running.note(event, device_ns)
        running.flush()
        for event in named:
            self.history.put(running.session, self.send_event(event))

    def send_event(self, event: Event) -> bytes:
        """An event, with machine and session, to screens and bus; its JSON."""
        self.counts.events += 1
        text = encoding.encode(event)
        self.channel.say(live_text(text))
        self.orders.answered(event)
        self.send(Leaf.EVENTS, text, qos=1)
        return text

    def send(self, leaf: Leaf, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """A message of this machine to the broker."""
        self._floor.send(self.machine, leaf, payload, qos=qos, retain=retain)

    # What the machine is told.

    def press(self, button: Button) -> None:
        """A button at the machine."""
        if self.waits is not None:
            self.waits.append(partial(self.press, button))
        else:
            self.orders.button(button)

    def put_plan(self, plan: Plan, now_ns: int) -> Plan:
        """Takes a plan: an open session ends, another begins. Raises SetRunning, StorageFull."""
        if self.running is not None and self.running.in_set:
            raise SetRunning(f"{self.machine}: a set is running; stop it first")
        self.check_storage()
        self.end_session("replaced")
        self.plan_known = True
        self.plan = plan
        self.open_session(now_ns, plan.session)
        assert self.plan is not None
        return self.plan

    def check_storage(self) -> None:
        """Whoever asks for a new session is refused while the machine could not keep it (decision 0220). Raises StorageFull."""
        if self.presence.full:
            raise StorageFull(f"{self.machine}: its storage is full, so no session can be begun until there is space again")

    def remove_plan(self) -> None:
        """Takes the plan away; ends set and session: staff stopped it."""
        if self.running is not None and self.running.analysis.set is not None:
            self.apply("stop", reason="stopped")
        self.plan = None
        self.plan_known = True
        self.end_session("plan_removed")
        self._say_plan()
        self.show()

    def restore_plan(self, plan: Plan) -> None:
        """A plan that the broker kept while the service was away; its next session gets an id of its own."""
        if not self.plan_known and self.plan is None:
            self.plan_known = True
            self.plan = msgspec.structs.replace(plan, session=None)
            self.show()

    def _say_plan(self) -> None:
        self.send(Leaf.PLAN, encoding.encode(self.plan) if self.plan else b"", qos=1, retain=True)

    def say_plan_again(self) -> None:
        """A broker that was wiped learns the plan anew."""
        if self.plan is not None:
            self._say_plan()

    # Status and feed.

    def take_status(self, status: Status, now_ns: int) -> None:
        """Birth, change or will; answered by what is stored of each boot it names."""
        if self.waits is not None:
            self.waits.append(partial(self.take_status, status, now_ns))
            return
        if self.fence.told(status, self._boot, now_ns) and self.presence.told(status, self._boot, now_ns):
            self._heed(status)
            self.backlog.taken = 0
            if status.spool is not None:
                self.keeper.told(status.spool.waiting)
        for boot in (status.boot, *status.pending):
            if is_safe_id(boot):
                self.send(Leaf.STORED, encoding.encode(self.ledgers.get(boot, Ledger(self.machine, boot)).answer()))
        self._unplaced.born(status.boot)
        self._judge_feed(now_ns)

    def _heed(self, status: Status) -> None:
        """What a status says of the clock and of the machine, to the open recording too."""
        if self.running is not None and status.online:
            self.running.describe(self._metadata())
        step_ns = self.labels.anchor(status)
        if step_ns and self.running is not None and status.boot == self._boot:
            self.running.remark("clock_step", boot=status.boot, step_s=step_ns * 1e-9)

    def _judge_feed(self, now_ns: int) -> None:
        if self.presence.judge(now_ns):
            self.channel.say(encoding.encode(Feed(machine=self.machine, state=self.feed)))

    def tick(self, now_ns: int) -> None:
        """Everything that time does: feed state, the end of a source, of a set without a signal, of an idle session, what is waited for."""
        self._judge_feed(now_ns)
        if self._catching_up is not None:
            self._catching_up.tick(now_ns)
        self._unplaced.tick(now_ns)
        running = self.running
        if running is None:
            return
        arrived_ns = self.presence.arrived_ns
        quiet_ns = now_ns - max(arrived_ns or 0, running.opened_ns)
        if quiet_ns > QUIET_NS and running.analysis.first_ns is not None and self.presence.ended(self._boot):
            self.end_session("recording_ended")
        elif quiet_ns > IDLE_S * 1e9:
            self.end_session("idle")
        # Without a reading for so long a set ends, whether or not samples come again (decisions 0003, 0170).
        elif quiet_ns > running.parameters.lost_s * 1e9 and running.in_set and not (self._catching_up and self._catching_up.waits):
            self.apply("end", reason=SIGNAL_LOST)

    def each_second(self, now_ns: int) -> None:
        """What need not be looked at more often."""
        if self.running is not None:
            self.running.begin(now_ns)
        elif self.feed == "offline" and now_ns - (self.presence.arrived_ns or 0) > REST_NS:
            self._clear_waiting()
        self.backlog.tick(now_ns)
        self.settling.tick(now_ns)
        self.keeper.tick(now_ns)
        self.beside.tick(now_ns)

    @property
    def records(self) -> list[Record]:
        """All recordings that are open."""
        open_ones = [*self.settling.records, *self.backlog.records]
        return [self.running, *open_ones] if self.running is not None else open_ones

    def due_to_store(self, now_ns: int) -> bool:
        """True once a second while there is something to say; the first time after a random part of one, so that machines take turns."""
        if not (self.urgent or self.unsaid or (self.running is not None and self.running.dirty) or self.orders.presses.unsynced):
            return False
        if not self.store_at_ns:
            self.store_at_ns = now_ns + round(random.uniform(0.5, 1.0) * STORE_NS)  # noqa: S311 - no secret
        if now_ns < self.store_at_ns:
            return False
        self.store_at_ns = max(self.store_at_ns + STORE_NS, now_ns)
        return True

    def store_now(self, now_ns: int) -> None:
        """A recording that is to be finished waits for the journal: with the next round, whatever the time."""
        self.urgent = True
        self.store_at_ns = now_ns

    # What screens get.

    def frame(self, trace: Trace, now_ns: int) -> Frame | None:
        """The newest sample as a frame (contract 5); None before the first."""
        return view.frame(self.machine, self.presence, self.running, self._raw, trace, now_ns)

    def snapshot(self) -> bytes:
        """Everything a late joiner needs (contract 5)."""
        return encoding.encode(view.snapshot(self.machine, self.plan, self.presence, self.running))

    def show(self) -> None:
        """Plan, session or cue have changed: everybody gets a snapshot."""
        self._cue = self.running.analysis.cue if self.running is not None else view.NO_CUE
        if self.channel.viewers:
            self.channel.say(self.snapshot())
