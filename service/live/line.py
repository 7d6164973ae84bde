"""One machine in the clinic: its samples on the way into recording, analysis and screens; its session; what it is told."""

import random
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.analysis import Movement, Parameters
from service.ingest.order import Ledger, part_of, payload_of
from service.ingest.ranges import Ranges
from service.live.clock import DeviceClock
from service.live.errors import NoSession, NoSignal, SetRunning
from service.live.history import History
from service.live.hub import Channel, Columns
from service.live.running import Running
from wire import encoding
from wire.events import ButtonPressed, Event
from wire.live import ClockPair, CueState, Feed, FeedState, Frame, Snapshot, Trace, event_text
from wire.messages import Button, Input, Status
from wire.names import is_safe_id
from wire.plan import Plan
from wire.samples import SampleBatch
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.floor import Floor

LIVE_NS, LATE_NS, STALE_NS = 250_000_000, 1_000_000_000, 5_000_000_000
"""Feed states by the age of the newest sample (contract 5)."""
COUNTDOWN_NS = 3_000_000_000
IDLE_S = 600.0
"""A session ends after so long without movement (contract 1)."""
QUIET_NS = 500_000_000
"""A source that has reached its end is believed once its samples have been quiet for so long."""
STORE_NS = 1_000_000_000
TRACE_NS = 10_000_000
"""A trace holds at most a sample every 10 ms: of faster ones those whose seq divides by the ratio, rounded up."""
MOST_BOOTS = 64
MOST_IDS = 256
"""Ids of actions and button presses remembered, to do each once."""

Verb = Literal["start", "pause", "resume", "stop"]
Times = NDArray[np.int64]
Values = NDArray[np.float32]


class _Waiting(NamedTuple):
    """A batch that waits for movement."""

    batch: SampleBatch
    payload: bytes
    t_ns: Times
    angle_deg: Values
    torque_nm: Values


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
        self.status: Status | None = None
        self.feed: FeedState = "offline"
        self.online = False
        self.history = History()
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
        self._clock = DeviceClock()
        self._newest_ns: int | None = None
        self._arrived_ns: int | None = None
        self._angle_deg: float | None = None
        self._torque_nm: float | None = None
        self._movement = Movement(Parameters())
        self._waiting: deque[_Waiting] = deque()
        self._cue = CueState(origin_ns=None, running=False)
        self._done: OrderedDict[str, bytes] = OrderedDict()
        self._pressed: OrderedDict[str, bytes] = OrderedDict()

    # Samples.

    def samples(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """A batch of the live lane: what is new goes to recording, analysis and screens; a jump ahead is recorded as missing."""
        boot = batch.boot
        if boot != self._boot:
            if boot in self.ledgers and self._boot is not None:
                self.late(batch, payload)
                return
            self._begin_boot(boot)
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
        if boot not in self._utc_offset_ns:
            self._utc_offset_ns[boot] = time.time_ns() - batch.t0
        t_ns, angle_deg, torque_nm = batch.times_ns(), batch.angle_deg(), batch.torque_nm()
        running = self.running
        if running is not None:
            if running.base_utc_ns is None:
                running.base_utc_ns = self._utc_offset_ns[boot] - self._shift_ns
            if self._shift_ns:
                t_ns = t_ns + self._shift_ns
        newest_ns = int(t_ns[-1])
        self._newest_ns = newest_ns
        self._arrived_ns = now_ns
        self._clock.heard(newest_ns, now_ns)
        self._angle_deg, self._torque_nm = float(angle_deg[-1]), float(torque_nm[-1])
        if self.feed != "live" or not self.online:
            self.online = True
            self._judge_feed(now_ns)
        if running is None:
            self._wait(_Waiting(batch, payload, t_ns, angle_deg, torque_nm), ledger, now_ns)
        else:
            if running.batch(boot, batch.seq, last, payload, batch.t0, self._utc_offset_ns[boot]):
                ledger.seen.add(batch.seq, last)
            self._analyse(running, t_ns, angle_deg, torque_nm)
        self.unsaid.add(boot)
        channel = self.channel
        if channel.paces:
            channel.batch(_trace(batch, t_ns, angle_deg, torque_nm))

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
        running, status = self.running, self.status
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

    def _begin_boot(self, boot: str) -> None:
        self._let_waiting_go(0)
        self._movement = Movement(Parameters())
        before = self._boot
        self._ledger(boot)
        self._boot = boot
        self._clock.forget()
        status = self.status
        if status is not None and status.boot == boot and status.clock is not None:
            self._utc_offset_ns[boot] = status.clock.utc_ns - status.clock.mono_ns
        running = self.running
        if running is None or before is None or running.base_utc_ns is None:
            self._shift_ns = 0
            return
        if boot not in self._utc_offset_ns:
            # No anchor: the wall clock of now, which is when the first sample is taken, stands in.
            self._utc_offset_ns[boot] = self._utc_offset_ns[before]
        self._shift_ns = self._utc_offset_ns[boot] - running.base_utc_ns
        self._announce(running.analysis.continue_boot())

    # Waiting for movement, without a session.

    def _wait(self, waiting: _Waiting, ledger: Ledger, now_ns: int) -> None:
        self._waiting.append(waiting)
        newest_ns = int(waiting.t_ns[-1])
        if self._movement.feed(waiting.t_ns, waiting.angle_deg):
            held = list(self._waiting)
            self._waiting.clear()
            ledger.unsettled = None
            running = self._open_session(now_ns, None)
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

    def _open_session(self, now_ns: int, wanted: str | None) -> Running:
        self._let_waiting_go(0)
        session = self._floor.free_session(self.machine, wanted)
        plan = msgspec.structs.replace(self.plan, session=session) if self.plan is not None else None
        self._shift_ns = 0
        folder = self._floor.folder(self.machine)
        running = Running(folder, self.machine, session, plan, self._metadata(), self._counts, now_ns)
        self.running = running
        self.history.open(session)
        if plan is not None:
            self.plan = plan
            self._say_plan()
        self.show()
        return running

    def _metadata(self) -> dict[str, str]:
        status = self.status
        if status is None:
            return {}
        found: dict[str, Any] = {"edge": status.software, "sample_rate_hz": status.sample_rate_hz, "calibration": status.calibration}
        return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()}

    def end_session(self, reason: str) -> None:
        """Ends the set and the session, if one is open; its recording is finished in the background."""
        running = self.running
        if running is None:
            return
        self._announce(running.apply(self._input("end", reason=reason), self._device_ns()))
        self.running = None
        if self._shift_ns:
            self._newest_ns = self._device_ns()
            self._shift_ns = 0
            self._clock.forget()
        self._movement = Movement(Parameters())
        refused: dict[str, Ranges] = {boot: self.ledgers[boot].refused for boot in running.recorded if boot in self.ledgers}
        self._floor.finish(self, running, running.completeness(refused), reason)
        self.show()

    def _input(self, kind: Literal["start", "pause", "resume", "stop", "button", "end"], **fields: Any) -> Input:
        """An input with the sample after which it takes effect."""
        ledger = self.ledgers.get(self._boot or "")
        if ledger is None or ledger.next is None:
            return Input(kind=kind, **fields)
        return Input(kind=kind, boot=self._boot, seq=ledger.next - 1, **fields)

    def _device_ns(self) -> int:
        """The newest sample's time on its boot's own clock."""
        return (self._newest_ns or 0) - self._shift_ns

    def _announce(self, events: list[Event]) -> None:
        running = self.running
        if running is None:
            return
        device_ns = self._device_ns()
        for event in events:
            running.note(event, device_ns)
            named = msgspec.structs.replace(event, machine=self.machine, session=running.session)
            text = event_text(named).decode()
            self.history.put(running.session, named, text)
            self._send_event(named, text)

    def _send_event(self, event: Event, text: str) -> None:
        self._counts.events += 1
        self.channel.say(text)
        payload = encoding.encode(event)
        if isinstance(event, ButtonPressed):
            self._pressed[event.press] = payload
            if len(self._pressed) > MOST_IDS:
                self._pressed.popitem(last=False)
        self._floor.send(self.machine, Leaf.EVENTS, payload, qos=1)

    # What the machine is told.

    def put_plan(self, plan: Plan, now_ns: int) -> Plan:
        """Takes a plan: an open session ends, another begins. Raises SetRunning."""
        if self.running is not None and (self.running.analysis.set is not None or self.running.by_start):
            raise SetRunning(f"{self.machine}: a set is running; stop it first")
        self.end_session("replaced")
        self.plan_known = True
        self.plan = plan
        self._open_session(now_ns, plan.session)
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
        self._floor.send(self.machine, Leaf.PLAN, encoding.encode(self.plan) if self.plan else b"", qos=1, retain=True)

    def say_plan_again(self) -> None:
        """A broker that was wiped learns the plan anew."""
        if self.plan is not None:
            self._say_plan()

    def act(self, verb: Verb, action: str, reason: str | None, now_ns: int) -> None:
        """Start, pause, resume or stop, once for each `action` id. Raises NoSignal, NoSession, SetRunning."""
        if action in self._done:
            return
        if verb == "start":
            if self.feed not in ("live", "late") or self._newest_ns is None:
                raise NoSignal(f"{self.machine} sends no live signal: it is {self.feed}")
            if self.running is not None and self.running.by_start:
                raise SetRunning(f"{self.machine}: a set is running already")
            running = self.running or self._open_session(now_ns, None)
        elif self.running is None:
            raise NoSession(f"{self.machine} has no open session")
        else:
            running = self.running
        self._done[action] = b""
        if len(self._done) > MOST_IDS:
            self._done.popitem(last=False)
        fields: dict[str, Any] = {"id": action}
        if verb in ("start", "resume"):
            fields["origin_ns"] = (self._newest_ns or 0) + COUNTDOWN_NS
        if verb == "stop":
            fields["reason"] = reason or "stopped"
        self._announce(running.apply(self._input(verb, **fields), self._device_ns()))
        if verb == "stop":
            running.by_start = False
            if fields["reason"] == "stopped":
                self.end_session("stopped")
        if self.running is not None and running.analysis.cue != self._cue:
            self.show()

    def button(self, button: Button) -> None:
        """A press, acted on once, answered every time (contract 2)."""
        again = self._pressed.get(button.id)
        if again is not None:
            self._floor.send(self.machine, Leaf.EVENTS, again, qos=1)
            return
        running = self.running
        if running is None:
            event = ButtonPressed(
                id=0, set=None, at_s=0.0, known_s=0.0, machine=self.machine, session=None, button=button.button, press=button.id
            )
            self._send_event(event, event_text(event).decode())
            return
        entry = self._input("button", id=button.id, button=button.button, press=button.id)
        self._announce(running.apply(entry, self._device_ns()))
        if button.button != "pause":
            running.by_start = False
        if button.button == "stop":
            self.end_session("stopped")
        if self.running is not None and running.analysis.cue != self._cue:
            self.show()

    # Status and feed.

    def take_status(self, status: Status, now_ns: int) -> None:
        """Birth, change or will. A will of another boot than the one whose samples come is late and changes nothing."""
        known = self.status
        owner = self._boot if known is None else known.boot
        if status.online or owner in (None, status.boot):
            self.status = status
            self.online = status.online
            if status.clock is not None and status.boot not in self._utc_offset_ns:
                self._utc_offset_ns[status.boot] = status.clock.utc_ns - status.clock.mono_ns
        for boot in (status.boot, *status.pending):
            if is_safe_id(boot):
                ledger = self.ledgers.get(boot)
                answer = ledger.answer() if ledger is not None else Ledger(boot).answer()
                self._floor.send(self.machine, Leaf.STORED, encoding.encode(answer))
        self._judge_feed(now_ns)

    def _judge_feed(self, now_ns: int) -> None:
        state: FeedState = "offline"
        if self.online:
            age_ns = self.age_ns(now_ns)
            if age_ns is None or age_ns > STALE_NS:
                state = "lost"
            elif age_ns <= LIVE_NS:
                state = "live"
            else:
                state = "late" if age_ns <= LATE_NS else "stale"
        if state != self.feed:
            self.feed = state
            self.channel.say(encoding.encode(Feed(machine=self.machine, state=state)).decode())

    def age_ns(self, now_ns: int) -> int | None:
        """How old the newest sample is, as well as the device clock is known."""
        if self._newest_ns is None or self._clock.offset_ns is None:
            return None
        return now_ns - self._newest_ns - self._clock.offset_ns

    def tick(self, now_ns: int) -> None:
        """Everything that time does: feed state, the end of a source, the end of an idle session."""
        self._judge_feed(now_ns)
        running = self.running
        if running is None:
            return
        quiet_ns = now_ns - (running.opened_ns if self._arrived_ns is None else max(self._arrived_ns, running.opened_ns))
        status = self.status
        ended = status is not None and status.ended and status.boot == self._boot
        if ended and quiet_ns > QUIET_NS and running.analysis.first_ns is not None:
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
        t_ns = self._newest_ns
        if t_ns is None:
            return None
        running = self.running
        angle_deg, torque_nm, speed_deg_s, phase, repetition, cue_deg = self._angle_deg, self._torque_nm, None, None, None, None
        if running is not None:
            seen = running.analysis
            if seen.angle_deg is not None:
                angle_deg, torque_nm, speed_deg_s = seen.angle_deg, seen.torque_nm, seen.speed_deg_s
            phase, repetition, cue_deg = seen.phase, seen.repetition, seen.cue_at(t_ns)
        return Frame(
            machine=self.machine,
            t_ns=t_ns,
            sent_ns=now_ns,
            age_ms=round((self.age_ns(now_ns) or 0) * 1e-6, 3),
            angle_deg=_short(angle_deg),
            torque_nm=_short(torque_nm),
            speed_deg_s=_short(speed_deg_s),
            phase=phase,
            repetition=repetition,
            cue_deg=_short(cue_deg),
            trace=trace,
        )

    def snapshot(self) -> str:
        """Everything a late joiner needs (contract 5)."""
        running = self.running
        seen = running.analysis if running is not None else None
        offset_ns = self._clock.offset_ns
        known = self._newest_ns is not None and offset_ns is not None
        snapshot = Snapshot(
            machine=self.machine,
            plan=self.plan,
            session=running.session if running is not None else None,
            set=seen.set if seen is not None else None,
            phase=seen.phase if seen is not None else None,
            repetition=seen.repetition if seen is not None else None,
            repetitions=list(seen.repetitions) if seen is not None else [],
            last_event_id=seen.last_event_id if seen is not None else 0,
            cue=seen.cue if seen is not None else CueState(origin_ns=None, running=False),
            clock=ClockPair(self._newest_ns, (self._newest_ns or 0) + (offset_ns or 0)) if known else ClockPair(None, time.monotonic_ns()),
        )
        return encoding.encode(snapshot).decode()

    def show(self) -> None:
        """Plan, session or cue have changed: everybody gets a snapshot."""
        self._cue = self.running.analysis.cue if self.running is not None else CueState(origin_ns=None, running=False)
        if self.channel.viewers:
            self.channel.say(self.snapshot())


def _short(value: float | None) -> float | None:
    """Four decimals are finer than any sensor here and half as long as a float32 written out."""
    return None if value is None else round(value, 4)


def _trace(batch: SampleBatch, t_ns: Times, angle_deg: Values, torque_nm: Values) -> Columns:
    times, angles, torques = t_ns.tolist(), angle_deg.tolist(), torque_nm.tolist()
    spacing_ns = batch.dt if batch.t is None or len(times) == 1 else (times[-1] - times[0]) // (len(times) - 1)
    if 0 < spacing_ns < 0.99 * TRACE_NS:
        every = -(-TRACE_NS // spacing_ns)
        first = -batch.seq % every
        times, angles, torques = times[first::every], angles[first::every], torques[first::every]
    return times, [round(angle, 4) for angle in angles], [round(torque, 4) for torque in torques]
