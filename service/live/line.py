"""One machine in the clinic: its samples on the way into recording, analysis and screens; its session; what it is told."""

import random
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from service import recordings
from service.analysis import Movement, Parameters
from service.ingest.order import Ledger, part_of, payload_of
from service.live import view
from service.live.errors import SetRunning
from service.live.history import History
from service.live.hub import Channel
from service.live.orders import Orders
from service.live.presence import Presence
from service.live.running import Arrival, Running, Times, Values
from wire import encoding
from wire.events import Event
from wire.live import Feed, FeedState, Frame, Trace, live_text
from wire.messages import Input, Status
from wire.names import is_safe_id
from wire.plan import Plan
from wire.ranges import Ranges
from wire.samples import SampleBatch
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.floor import Floor

IDLE_S = 600.0
"""A session ends after so long without movement (contract 1)."""
QUIET_NS = 500_000_000
"""A source that has reached its end is believed once its samples have been quiet for so long."""
STORE_NS = 1_000_000_000
MOST_BOOTS = 64

Kind = Literal["start", "pause", "resume", "stop", "button", "end"]


class Line:
    """What the service knows of one machine. Not thread-safe: everything happens on the event loop, nothing waits."""

    def __init__(self, machine: str, floor: "Floor") -> None:
        self.machine = machine
        self._floor = floor
        self._counts = floor.counts
        self.channel = Channel(machine, floor.hub, self.frame)
        self.plan: Plan | None = None
        self.plan_known = False
        """True once a plan was given or taken away here, so that the broker's memory of one no longer counts."""
        self.presence = Presence()
        self.orders = Orders(self)
        self.history = History(lambda session, number: recordings.events_after(floor.folder(machine) / f"{session}.mcap", number))
        self.running: Running | None = None
        self.finishing = 0
        """Recordings being ended: until they are on disk nothing new is called stored."""
        self.ledgers: OrderedDict[str, Ledger] = OrderedDict()
        self.unsaid: set[str] = set()
        """Boots of which something has changed since the last `stored`."""
        self.store_at_ns = 0
        self._boot: str | None = None
        self._utc_offset_ns: dict[str, int] = {}
        self._shift_ns = 0
        self._raw = (0.0, 0.0)
        self._movement = Movement(Parameters())
        self._waiting: deque[Arrival] = deque()
        self._cue = view.NO_CUE

    @property
    def feed(self) -> FeedState:
        """Contract 5."""
        return self.presence.feed

    # Samples.

    def samples(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """A batch of the live lane: what is new goes to recording, analysis and screens; a jump ahead is recorded as missing."""
        boot = batch.boot
        if boot != self._boot:
            if boot in self.ledgers and self._boot is not None:
                self.late(batch, payload)
                return
            self._begin_boot(boot, batch.t0)
        ledger = self.ledgers[boot]
        n = batch.n
        expected = ledger.next
        if batch.seq != expected and expected is not None:
            if batch.seq + n <= expected:
                self.late(batch, payload)
                return
            if batch.seq < expected:
                self._counts.duplicate_samples += expected - batch.seq
                batch = part_of(batch, expected, batch.seq + n - 1)
                payload, n = payload_of(batch), batch.n
            else:
                self._counts.missing_samples += batch.seq - expected
        counts = self._counts
        counts.batches += 1
        counts.samples += n
        last = batch.seq + n - 1
        ledger.next = last + 1
        t_ns, angle_deg, torque_nm = batch.times_ns(), batch.angle_deg(), batch.torque_nm()
        running = self.running
        if running is not None:
            if running.base_utc_ns is None:
                running.base_utc_ns = self._utc_offset_ns[boot] - self._shift_ns
            if self._shift_ns:
                t_ns = t_ns + self._shift_ns
        self._raw = (float(angle_deg[-1]), float(torque_nm[-1]))
        presence = self.presence
        presence.sampled(int(t_ns[-1]), now_ns)
        if presence.feed != "live":
            self._judge_feed(now_ns)
        if running is None:
            self._wait(Arrival(batch, payload, t_ns, angle_deg, torque_nm), ledger, now_ns)
        else:
            if running.batch(boot, batch.seq, last, payload, batch.t0, self._utc_offset_ns[boot]):
                ledger.seen.add(batch.seq, last)
            self._analyse(running, t_ns, angle_deg, torque_nm)
        self.unsaid.add(boot)
        channel = self.channel
        if channel.paces:
            channel.batch(view.columns(batch, t_ns.tolist(), angle_deg.tolist(), torque_nm.tolist()))

    def _analyse(self, running: Running, t_ns: Times, angle_deg: Values, torque_nm: Values) -> None:
        analysis = running.analysis
        events = analysis.feed(t_ns, angle_deg, torque_nm)
        newest_ns = int(t_ns[-1])
        running.signals(newest_ns, newest_ns - self._shift_ns)
        if events:
            self._announce(events)
        if analysis.cue != self._cue:
            self.show()
        if analysis.still_s >= IDLE_S:
            self.end_session("idle")

    def late(self, batch: SampleBatch, payload: bytes) -> None:
        """Samples behind the live lane's: recorded where the open session holds their place, never analysed live; else refused."""
        ledger = self._ledger(batch.boot)
        first, last = batch.seq, batch.seq + batch.n - 1
        # What waits for movement is neither recorded nor refused yet, and here already.
        below = last if ledger.unsettled is None else min(last, ledger.unsettled - 1)
        parts = ledger.seen.gaps(first, below)
        fresh = sum(b - a + 1 for a, b in parts)
        self._counts.duplicate_samples += batch.n - fresh
        self._counts.late_samples += fresh
        running, status = self.running, self.presence.status
        current = batch.boot == self._boot or (self._boot is None and status is not None and status.boot == batch.boot)
        for a, b in parts:
            if running is not None and running.covers(batch.boot, a) and (batch.boot != self._boot or b < (ledger.next or 0)):
                part = part_of(batch, a, b)
                if running.batch(
                    batch.boot, a, b, payload if part is batch else payload_of(part), part.t0, self._utc_offset_ns.get(batch.boot, 0)
                ):
                    ledger.seen.add(a, b)
            elif not current or (ledger.next is not None and b < ledger.next):
                ledger.refuse(a, b)
                self._counts.unrecorded_samples += b - a + 1
        self.unsaid.add(batch.boot)

    def refuse(self, boot: str, seq: int, n: int) -> None:
        """Samples of a payload that can't be used: let go for good, so that the edge need not send them for ever."""
        ledger = self._ledger(boot)
        ledger.refuse(seq, seq + n - 1)
        self.unsaid.add(boot)

    def _ledger(self, boot: str) -> Ledger:
        ledger = self.ledgers.get(boot)
        if ledger is None:
            ledger = self.ledgers[boot] = Ledger(boot)
            while len(self.ledgers) > MOST_BOOTS:
                oldest = next(name for name in self.ledgers if name not in (self._boot, boot))
                del self.ledgers[oldest]
                self._utc_offset_ns.pop(oldest, None)
                self.unsaid.discard(oldest)
        return ledger

    def _begin_boot(self, boot: str, t0_ns: int) -> None:
        self._let_waiting_go(0)
        self._movement = Movement(Parameters())
        before, self._boot = self._boot, boot
        self._ledger(boot)
        self.presence.clock.forget()
        # The anchor, which the status gave; without one the wall clock of now stands in.
        self._utc_offset_ns.setdefault(boot, time.time_ns() - t0_ns)
        running = self.running
        if running is None or before is None or running.base_utc_ns is None:
            self._shift_ns = 0
            return
        self._shift_ns = self._utc_offset_ns[boot] - running.base_utc_ns
        self._announce(running.analysis.continue_boot())

    # Waiting for movement, without a session.

    def _wait(self, waiting: Arrival, ledger: Ledger, now_ns: int) -> None:
        self._waiting.append(waiting)
        newest_ns = int(waiting.t_ns[-1])
        if self._movement.feed(waiting.t_ns, waiting.angle_deg):
            held = list(self._waiting)
            self._waiting.clear()
            ledger.unsettled = None
            running = self.open_session(now_ns, None)
            for each in held:
                first, last = each.batch.seq, each.batch.seq + each.batch.n - 1
                if running.base_utc_ns is None:
                    running.base_utc_ns = self._utc_offset_ns[each.batch.boot]
                if running.batch(each.batch.boot, first, last, each.payload, each.batch.t0, self._utc_offset_ns[each.batch.boot]):
                    ledger.seen.add(first, last)
                self._analyse(running, each.t_ns, each.angle_deg, each.torque_nm)
            return
        self._let_waiting_go(newest_ns - self._movement.window_ns)

    def _let_waiting_go(self, before_ns: int) -> None:
        """What moved nothing is not recorded: refused, so that the edge may forget it (decision 0052). 0 = all of it."""
        waiting = self._waiting
        while waiting and (not before_ns or int(waiting[0].t_ns[-1]) < before_ns or int(waiting[0].t_ns[0]) > int(waiting[-1].t_ns[-1])):
            batch = waiting.popleft().batch
            self.ledgers[batch.boot].refuse(batch.seq, batch.seq + batch.n - 1)
            self._counts.unrecorded_samples += batch.n
        if self._boot is not None:
            self.ledgers[self._boot].unsettled = waiting[0].batch.seq if waiting else None

    # The session.

    def open_session(self, now_ns: int, wanted: str | None) -> Running:
        """Begins a session under the plan, if there is one, with the id wanted, if it is free."""
        self._let_waiting_go(0)
        session = self._floor.free_session(self.machine, wanted)
        plan = msgspec.structs.replace(self.plan, session=session) if self.plan is not None else None
        self._shift_ns = 0
        folder = self._floor.folder(self.machine)
        running = Running(folder, self.machine, session, plan, self._metadata(), self._counts, now_ns)
        self.running = running
        self.history.open(session)
        self._floor.opened(running)
        if plan is not None:
            self.plan = plan
            self._say_plan()
        self.show()
        return running

    def _metadata(self) -> dict[str, str]:
        status = self.presence.status
        if status is None:
            return {}
        found: dict[str, Any] = {"edge": status.software, "sample_rate_hz": status.sample_rate_hz, "calibration": status.calibration}
        return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()}

    def end_session(self, reason: str) -> None:
        """Ends the set and the session, if one is open; its recording is finished in the background."""
        running = self.running
        if running is None:
            return
        self.apply("end", reason=reason)
        self.running = None
        if self._shift_ns:
            self.presence.newest_ns = self._device_ns()
            self._shift_ns = 0
            self.presence.clock.forget()
        self._movement = Movement(Parameters())
        refused: dict[str, Ranges] = {boot: self.ledgers[boot].refused for boot in running.recorded if boot in self.ledgers}
        self._floor.finish(self, running, running.completeness(refused), reason)
        self.show()

    def apply(self, kind: Kind, **fields: Any) -> None:
        """Tells the open session something, after the newest sample; its events go out."""
        running, ledger = self.running, self.ledgers.get(self._boot or "")
        assert running is not None
        if ledger is not None and ledger.next is not None:
            fields |= {"boot": self._boot, "seq": ledger.next - 1}
        self._announce(running.apply(Input(kind=kind, **fields), self._device_ns()))
        if running.analysis.cue != self._cue:
            self.show()

    def _device_ns(self) -> int:
        """The newest sample's time on its boot's own clock."""
        return (self.presence.newest_ns or 0) - self._shift_ns

    def _announce(self, events: list[Event]) -> None:
        running = self.running
        if running is None:
            return
        device_ns = self._device_ns()
        for event in events:
            named = msgspec.structs.replace(event, machine=self.machine, session=running.session)
            running.note(named, device_ns)
            self.history.put(running.session, self.send_event(named))

    def send_event(self, event: Event) -> bytes:
        """An event, with machine and session, to screens and bus; its JSON."""
        self._counts.events += 1
        text = encoding.encode(event)
        self.channel.say(live_text(text))
        self.orders.answered(event)
        self.send(Leaf.EVENTS, text, qos=1)
        return text

    def send(self, leaf: Leaf, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """A message of this machine to the broker."""
        self._floor.send(self.machine, leaf, payload, qos=qos, retain=retain)

    # What the machine is told.

    def put_plan(self, plan: Plan, now_ns: int) -> Plan:
        """Takes a plan: an open session ends, another begins. Raises SetRunning."""
        if self.running is not None and (self.running.analysis.set is not None or self.running.by_start):
            raise SetRunning(f"{self.machine}: a set is running; stop it first")
        self.end_session("replaced")
        self.plan_known = True
        self.plan = plan
        self.open_session(now_ns, plan.session)
        assert self.plan is not None
        return self.plan

    def remove_plan(self) -> None:
        """Takes the plan away; ends set and session."""
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
        if self.presence.told(status, self._boot) and status.clock is not None:
            self._utc_offset_ns.setdefault(status.boot, status.clock.utc_ns - status.clock.mono_ns)
        for boot in (status.boot, *status.pending):
            if is_safe_id(boot):
                self.send(Leaf.STORED, encoding.encode(self.ledgers.get(boot, Ledger(boot)).answer()))
        self._judge_feed(now_ns)

    def _judge_feed(self, now_ns: int) -> None:
        if self.presence.judge(now_ns):
            self.channel.say(encoding.encode(Feed(machine=self.machine, state=self.feed)))

    def tick(self, now_ns: int) -> None:
        """Everything that time does: feed state, the end of a source, the end of an idle session."""
        self._judge_feed(now_ns)
        running = self.running
        if running is None:
            return
        arrived_ns = self.presence.arrived_ns
        quiet_ns = now_ns - max(arrived_ns or 0, running.opened_ns)
        if quiet_ns > QUIET_NS and running.analysis.first_ns is not None and self.presence.ended(self._boot):
            self.end_session("recording_ended")
        elif quiet_ns > IDLE_S * 1e9:
            self.end_session("idle")

    def due_to_store(self, now_ns: int) -> bool:
        """True once a second while there is something to say; the first time after a random part of one, so that machines take turns."""
        if not self.unsaid or self.finishing:
            return False
        if not self.store_at_ns:
            self.store_at_ns = now_ns + round(random.uniform(0.5, 1.0) * STORE_NS)  # noqa: S311 - no secret
        if now_ns < self.store_at_ns:
            return False
        self.store_at_ns = max(self.store_at_ns + STORE_NS, now_ns)
        return True

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
