"""A machine's sessions: how one is opened and ended, what goes into it, what it makes known (contract 1 and 4)."""

from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from service.ingest.order import Ledger, payload_of
from service.live.record import Record
from service.live.running import Arrival, Running, new_id
from wire.events import Event
from wire.losses import SIGNAL_LOST
from wire.messages import Input
from wire.pieces import part_of
from wire.plan import Plan
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.floor import Floor
    from service.live.line import Line

IDLE_S = 600.0
"""A session ends after so long without movement (contract 1)."""
QUIET_NS = 500_000_000
"""A source that has reached its end is believed once its samples have been quiet for so long."""

Kind = Literal["start", "pause", "resume", "stop", "button", "end"]


class Sessions:
    """One machine's: at most one is open. What has ended is settled, in the background."""

    def __init__(self, line: "Line", floor: "Floor") -> None:
        self._line = line
        self._floor = floor
        self.running: Running | None = None
        """The open one."""

    # Opening.

    def open(self, now_ns: int, wanted: str | None, *, moved: bool = False) -> Running:
        """Begins a session under the plan, if there is one, with the id wanted, if it is free; `moved`: by movement alone."""
        line = self._line
        line.lane.clear_waiting()
        session = self._floor.free_session(wanted)
        plan = self._plan_of(session)
        running = Running(line.folder, line.machine, session, plan, line.presence.metadata(), line.counts, now_ns)
        running.begin(now_ns)
        self.running = running
        line.answers.clear(unseen=not moved)
        line.history.open(session)
        self._floor.opened(running)
        if plan is not None:
            line.plan = plan
            line.say_plan()
        line.show()
        return running

    def open_aside(self, arrival: Arrival) -> Record:
        """A recording for movement in a time without a session, under the plan that the machine has; never live."""
        line = self._line
        began_ns = int(arrival.t_ns[0]) + line.labels.of(arrival.batch.boot, arrival.batch.t0, arrival.now_ns)
        session = new_id(began_ns)
        began = datetime.fromtimestamp(began_ns / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        metadata = {**line.presence.metadata(), "started_utc": began, "lane": Leaf.BACKFILL}
        record = Record(line.folder, line.machine, session, self._plan_of(session), metadata, line.counts)
        record.begin(arrival.now_ns)
        return record

    def _plan_of(self, session: str) -> Plan | None:
        plan = self._line.plan
        return msgspec.structs.replace(plan, session=session) if plan is not None else None

    def take_up(self, running: Running, recorded_id: int, now_ns: int) -> None:
        """A session that ran before a restart is open again; its events up to that number are in its recording."""
        self.running = running
        running.opened_ns = now_ns
        self._line.history.resume(running.session, recorded_id)

    # While it runs.

    def take(self, running: Running, arrival: Arrival, ledger: Ledger) -> None:
        """The next live samples, into recording and analysis; after long rest the session ends."""
        line, boot = self._line, arrival.batch.boot
        if running.base_utc_ns is None:
            running.base_utc_ns = line.labels[boot]
        first, last = arrival.batch.seq, arrival.batch.seq + arrival.batch.n - 1
        # What was refused is in no recording: the final result has no sample of it, so the live one takes none either.
        for part in [arrival.part(a, b) for a, b in ledger.refused.gaps(first, last)] if first <= ledger.refused.last else [arrival]:
            self._record(running, part, ledger, line.labels[boot])
            self.announce(running.feed(part))
        line.show_cue(running.analysis.cue)
        if running.analysis.still_s >= IDLE_S:
            self.end("idle")

    def _record(self, running: Running, arrival: Arrival, ledger: Ledger, utc_offset_ns: int) -> None:
        batch, payload = arrival.batch, arrival.payload
        first, last, boot = batch.seq, batch.seq + batch.n - 1, batch.boot
        parts = [(first, last)] if first > ledger.seen.last else ledger.seen.gaps(first, last)
        for a, b in parts:
            if b - a != last - first:
                batch = part_of(arrival.batch, a, b)
                payload = payload_of(batch)
            if running.batch(boot, a, b, payload, batch.t0, utc_offset_ns):
                ledger.record(running.session, a, b)

    def apply(self, kind: Kind, **fields: Any) -> None:
        """Tells the open session something, after the newest sample; its events go out."""
        line, running, boot = self._line, self.running, self._line.lane.boot
        assert running is not None
        ledger = line.ledgers.get(boot or "")
        if ledger is not None and ledger.next is not None:
            fields |= {"boot": boot, "seq": ledger.next - 1}
        self.announce(running.apply(Input(kind=kind, **fields), self._device_ns(running)))
        running.flush()
        line.show_cue(running.analysis.cue)

    def announce(self, events: list[Event]) -> None:
        """Events of the open session, given to the kernel before anybody sees them: after a kill they are the same (decision 0119)."""
        running = self.running
        if running is None or not events:
            return
        device_ns = self._device_ns(running)
        named = [running.named(event) for event in events]
        for event in named:
            running.note(event, device_ns)
        running.flush()
        for event in named:
            self._line.history.put(running.session, self._line.send_event(event))

    def _device_ns(self, running: Running) -> int:
        """The newest sample's time on its boot's own clock."""
        return (running.newest_ns or self._line.presence.newest_ns or 0) - running.shift_ns

    def tick(self, now_ns: int) -> None:
        """What time does to the open one: the end of a source, of a set without a signal, of an idle session."""
        line, running = self._line, self.running
        if running is None:
            return
        quiet_ns = now_ns - max(line.presence.arrived_ns or 0, running.opened_ns)
        if quiet_ns > QUIET_NS and running.analysis.first_ns is not None and line.presence.ended(line.lane.boot):
            self.end("recording_ended")
        elif quiet_ns > IDLE_S * 1e9:
            self.end("idle")
        # Without a reading for so long a set ends, whether or not samples come again (decisions 0003, 0170).
        elif quiet_ns > running.parameters.lost_s * 1e9 and running.in_set and not line.lane.holds_back:
            self.apply("end", reason=SIGNAL_LOST)

    # Ending.

    def end(self, reason: str) -> None:
        """Ends the set and the session, if one is open; its recording is finished in the background, once nothing of it is missing."""
        line, lane, presence = self._line, self._line.lane, self._line.presence
        if self.running is not None:
            lane.stop_catching_up()  # what it held back goes on first, and may itself end the session
        running, boot = self.running, lane.boot
        if running is None:
            return
        self.apply("end", reason=reason)
        self.running = None
        ends: dict[str, int | None] = dict.fromkeys(running.begins)
        if boot in running.begins:
            ends[boot] = (line.ledgers[boot].next or 0) - 1
            if reason == "idle" and presence.feed not in ("live", "late"):
                running.goes_on = boot
        running.end(reason, ends)
        if running.shift_ns:
            presence.newest_ns = running.newest_ns - running.shift_ns
            presence.clock.forget()
        lane.clear_waiting()
        self.settle(running, reason)
        line.show()

    def settle(self, record: Record, reason: str) -> None:
        """A session is over; what is missing of it may still come."""
        self._line.backlog.go_on_after(record)
        self._line.settling.take(record, reason, monotonic_ns())

    def finish(self, record: Record, reason: str, waited_for: set[str]) -> None:
        """Nothing more comes of it, though the machine may still have samples of the boots that were waited for."""
        self._floor.finish(self._line, record, record.completeness(self._line.refused(), waited_for), reason)

    def let_go(self, record: Record) -> None:
        """A recording that could not be gone on with: where it is the open session's, none is open."""
        if record is self.running:
            self.running = None
            self._line.lane.stop_catching_up()
