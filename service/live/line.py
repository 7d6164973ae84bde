"""One machine in the clinic: what comes from it goes to who takes it; what it, its screens and the bus are told."""

import random
from typing import TYPE_CHECKING

import msgspec

from service import recordings
from service.ingest.numbering import Numbering
from service.ingest.order import Ledger, Said
from service.live import view
from service.live.answers import Answers
from service.live.backlog import Backlog
from service.live.beside import Beside
from service.live.errors import SetRunning, StorageFull
from service.live.gate import REST_NS
from service.live.history import History
from service.live.hub import Channel
from service.live.keeping import Keeper
from service.live.labels import Labels
from service.live.lane import Lane
from service.live.ledgers import Ledgers
from service.live.orders import Orders
from service.live.presence import Presence
from service.live.readiness import Readiness
from service.live.record import Record
from service.live.running import Running
from service.live.sessions import Sessions
from service.live.settling import Settling
from wire import encoding
from wire.events import Event
from wire.live import CueState, Feed, FeedState, Frame, Trace, live_text
from wire.messages import Button, Status
from wire.names import is_safe_id
from wire.plan import Plan
from wire.ranges import Ranges
from wire.samples import SampleBatch
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.floor import Floor

STORE_NS = 1_000_000_000


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
        self.numbering = Numbering()
        self.presence = Presence()
        self.orders = Orders(self)
        self.history = History(lambda session, number: recordings.events_after(self.folder / f"{session}.mcap", number))
        self.sessions = Sessions(self, floor)
        self.settling = Settling(self, self.sessions.finish)
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
        self.labels = Labels()
        self.lane = Lane(self)
        self.ready = Readiness(machine, floor.counts)
        self._cue = view.NO_CUE

    @property
    def all_lines(self) -> list["Line"]:
        """Every machine of the clinic, this one too."""
        return list(self._floor.lines.values())

    @property
    def feed(self) -> FeedState:
        """Contract 5."""
        return self.presence.feed

    @property
    def running(self) -> Running | None:
        """The open session."""
        return self.sessions.running

    # What comes from the machine.

    def samples(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """A batch of the live lane."""
        self.ready.deliver(self.lane.live, batch, payload, now_ns)

    def late(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """A batch of the lane of late ones."""
        self.ready.deliver(self.lane.late, batch, payload, now_ns)

    def press(self, button: Button) -> None:
        """A button at the machine."""
        self.ready.deliver(self.orders.button, button)

    def take_status(self, status: Status, now_ns: int) -> None:
        """Birth, change or will; answered by what is stored of each boot it names."""
        self.ready.deliver(self._take_status, status, now_ns)

    def _take_status(self, status: Status, now_ns: int) -> None:
        if self.lane.told(status, now_ns):
            self.backlog.taken = 0
            if status.spool is not None:
                self.keeper.told(status.spool.waiting)
        for boot in (status.boot, *status.pending):
            if is_safe_id(boot):
                self.send(Leaf.STORED, encoding.encode(self.ledgers.get(boot, Ledger(self.machine, boot)).answer()))
        self.lane.born(status.boot)
        self.judge_feed(now_ns)

    # What became of its samples.

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
        owner = self.lane.boot or ""
        named = {owner} if status is None else {owner, status.boot, *status.pending}
        return named.union(self.unsaid, self.backlog.boots, *(record.begins for record in self.records))

    def _forget_boot(self, boot: str) -> None:
        self.labels.forget(boot)
        self.forgotten.append(Said(self.machine, boot, forgotten=True))

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

    # What it says.

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

    def put_plan(self, plan: Plan, now_ns: int) -> Plan:
        """Takes a plan: an open session ends, another begins. Raises SetRunning, StorageFull."""
        if self.running is not None and self.running.in_set:
            raise SetRunning(f"{self.machine}: a set is running; stop it first")
        self.check_storage()
        self.sessions.end("replaced")
        self.plan_known = True
        self.plan = plan
        self.sessions.open(now_ns, plan.session)
        assert self.plan is not None
        return self.plan

    def check_storage(self) -> None:
        """Whoever asks for a new session is refused while the machine could not keep it (decision 0220). Raises StorageFull."""
        if self.presence.full:
            raise StorageFull(f"{self.machine}: its storage is full, so no session can be begun until there is space again")

    def remove_plan(self) -> None:
        """Takes the plan away; ends set and session: staff stopped it."""
        if self.running is not None and self.running.analysis.set is not None:
            self.sessions.apply("stop", reason="stopped")
        self.plan = None
        self.plan_known = True
        self.sessions.end("plan_removed")
        self.say_plan()
        self.show()

    def restore_plan(self, plan: Plan) -> None:
        """A plan that the broker kept while the service was away; its next session gets an id of its own."""
        if not self.plan_known and self.plan is None:
            self.plan_known = True
            self.plan = msgspec.structs.replace(plan, session=None)
            self.show()

    def say_plan(self) -> None:
        """The plan as it is, to the machine; the broker keeps it."""
        self.send(Leaf.PLAN, encoding.encode(self.plan) if self.plan else b"", qos=1, retain=True)

    def say_plan_again(self) -> None:
        """A broker that was wiped learns the plan anew."""
        if self.plan is not None:
            self.say_plan()

    # What time does.

    def judge_feed(self, now_ns: int) -> None:
        """The feed's state as it is now: where it has changed, everybody is told."""
        if self.presence.judge(now_ns):
            self.channel.say(encoding.encode(Feed(machine=self.machine, state=self.feed)))

    def tick(self, now_ns: int) -> None:
        """Everything that time does: feed state, what is waited for, the end of a source, of a set without a signal, of an idle session."""
        self.judge_feed(now_ns)
        self.lane.tick(now_ns)
        self.sessions.tick(now_ns)

    def each_second(self, now_ns: int) -> None:
        """What need not be looked at more often."""
        if self.running is not None:
            self.running.begin(now_ns)
        elif self.feed == "offline" and now_ns - (self.presence.arrived_ns or 0) > REST_NS:
            self.lane.clear_waiting()
        self.backlog.tick(now_ns)
        self.settling.tick(now_ns)
        self.keeper.tick(now_ns)
        self.beside.tick(now_ns)

    def close(self) -> None:
        """The service ends: so does every session. Their recordings are finished by `settling.close`, after one more round of storing."""
        self.sessions.end("service_stopped")
        self.backlog.close()

    # What screens get.

    def frame(self, trace: Trace, now_ns: int) -> Frame | None:
        """The newest sample as a frame (contract 5); None before the first."""
        return view.frame(self.machine, self.presence, self.running, self.lane.newest, trace, now_ns)

    def snapshot(self) -> bytes:
        """Everything a late joiner needs (contract 5)."""
        return encoding.encode(view.snapshot(self.machine, self.plan, self.presence, self.running))

    def show(self) -> None:
        """Plan, session or cue have changed: everybody gets a snapshot."""
        self._cue = self.running.analysis.cue if self.running is not None else view.NO_CUE
        if self.channel.viewers:
            self.channel.say(self.snapshot())

    def show_cue(self, cue: CueState) -> None:
        """The session's cue as it is now: where it has changed, everybody gets a snapshot."""
        if cue != self._cue:
            self.show()
