"""A machine's samples on their way in: which boot's are taken, in which order, on which clock (contract 1 and 2)."""

from typing import TYPE_CHECKING

import msgspec

from service.ingest.order import Ledger, payload_of
from service.live import view
from service.live.axis import shift_of
from service.live.catching_up import CatchingUp
from service.live.fence import Fence
from service.live.running import Arrival, Running
from service.live.unplaced import Unplaced
from service.live.waiting import Waiting
from wire import encoding
from wire.messages import Status
from wire.pieces import part_of
from wire.samples import SampleBatch
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.line import Line


class Lane:
    """One machine's: the boot that owns it, and what of its samples can't go on yet; the others go to session, backlog and screens."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self.boot: str | None = None
        """The owner; None before the first sample."""
        self.fence = Fence()
        self.newest = (0.0, 0.0)
        """Angle (deg) and torque (Nm) of the newest sample that was shown."""
        self._unplaced = Unplaced(line.labels, self.live)
        self._catching_up: CatchingUp | None = None
        self._waiting = Waiting(line.refuse_batch)
        self._older: set[str] | None = None
        """The boots that the owner has named, which ran before it; None = it has said nothing."""

    def live(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """A batch of the live lane: what is new goes to recording, analysis and screens; a jump ahead is recorded as missing."""
        boot = batch.boot
        if boot != self.boot:
            if self.boot is not None and not self.fence.admits(boot, now_ns):
                return
            running = self._line.running
            if running is not None and running.base_utc_ns is not None and boot not in self._line.labels:
                self._unplaced.hold(batch, payload, now_ns)
                return
            self._begin(boot, batch.t0, now_ns)
        self.fence.heard(now_ns)
        catching_up = self._catching_up
        if catching_up is not None:
            if catching_up.live(batch, payload, now_ns):
                self._ask_for_gap(catching_up, now_ns)
                return
            self._catching_up = None
        self._take(batch, payload, now_ns, True)

    def late(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """Samples of the lane of late ones: recorded or refused, never shown as live."""
        line = self._line
        if self.fence.rejects(batch.boot, self.boot, now_ns) or self._is_to_go_on(batch.boot):
            if batch.boot in line.ledgers:
                line.unsaid.add(batch.boot)
        elif self._catching_up is None or batch.boot != self.boot or not self._catching_up.late(batch, payload, now_ns):
            line.backlog.late(batch, payload, now_ns)

    def told(self, status: Status, now_ns: int) -> bool:
        """Birth, change or will; False where it says nothing of this machine: it is another agent's, or a late will."""
        if not (self.fence.told(status, self.boot, now_ns) and self._line.presence.told(status, self.boot, now_ns)):
            return False
        self._heed(status)
        if status.boot == self.boot and status.online:
            self._older = set(status.pending)
        return True

    def born(self, boot: str) -> None:
        """That boot has said something: what waited for its anchor goes on."""
        self._unplaced.born(boot)

    def tick(self, now_ns: int) -> None:
        """Waits have an end."""
        if self._catching_up is not None:
            self._catching_up.tick(now_ns)
        self._unplaced.tick(now_ns)

    # Another boot, or another session.

    def _begin(self, boot: str, t0_ns: int, now_ns: int) -> None:
        line = self._line
        self.stop_catching_up()
        running = line.running
        if running is not None and running.base_utc_ns is not None and not self.fence.follows(boot):
            line.sessions.end("interrupted")
        self.clear_waiting()
        owner, self.boot = self.boot, boot
        line.ledger(boot)
        line.presence.clock.forget()
        status = self.fence.owned(boot)
        if status is not None:
            line.presence.told(status, boot, now_ns)
            self._heed(status)
        line.labels.of(boot, t0_ns, now_ns)
        running = line.running
        if running is not None and running.base_utc_ns is not None:
            line.sessions.announce(running.analysis.continue_boot())
            running.shift_ns = shift_of(running, line.labels, boot, t0_ns, now_ns, line.presence.arrived_ns)
            # It began while the session was open: what it sampled before it had a line is the session's, too (decision 0290).
            running.begins[boot] = line.ledgers[boot].next = 0
            # Nor has one that ran in between and never had a line a session of its own (decision 0306).
            for each in self._between(owner, boot):
                line.ledger(each)
                running.begins[each] = 0
        said = line.presence.status
        self._older = set(said.pending) if said is not None and said.online and said.boot == boot else None

    def _is_to_go_on(self, boot: str) -> bool:
        """Whether a boot is about to be the open session's: what comes late of it before that is left with the machine."""
        running, status = self._line.running, self._line.presence.status
        if boot == self.boot or running is None or running.base_utc_ns is None:
            return False
        return self.fence.follows(boot) or (
            status is not None and self.fence.follows(status.boot) and boot in self._between(self.boot, status.boot)
        )

    def _between(self, owner: str | None, successor: str) -> list[str]:
        """The boots, not yet heard of, that ran after the owner and before its successor: the one names them, the other did not."""
        line, status = self._line, self._line.presence.status
        if owner is None or self._older is None or status is None or status.boot != successor:
            return []
        unheard = [boot for boot in status.pending if boot not in self._older and boot not in line.ledgers and boot in line.labels]
        # A status names 64 at most, so one may be named only now that is older: ids rise (contract 1).
        return [boot for boot in unheard if owner < boot < successor]

    def _heed(self, status: Status) -> None:
        """What a status says of the clock and of the machine, to the open recording too."""
        line, running = self._line, self._line.running
        if running is not None and status.online:
            running.describe(line.presence.metadata())
        step_ns = line.labels.anchor(status)
        if step_ns and running is not None and status.boot == self.boot:
            running.remark("clock_step", boot=status.boot, step_s=step_ns * 1e-9)

    def take_up(self, running: Running, boot: str, following: int, utc_offset_ns: int, now_ns: int) -> None:
        """A session goes on after a restart of the service, with that boot and the number that follows its newest recorded sample."""
        line = self._line
        self.boot = boot
        self.fence.heard(now_ns)
        ledger = line.ledger(boot)
        ledger.next = following
        line.labels.place(boot, utc_offset_ns)
        running.shift_ns = utc_offset_ns - (running.base_utc_ns or 0)
        self._catching_up = CatchingUp(ledger, self._take)

    @property
    def holds_back(self) -> bool:
        """Whether live samples wait for those that came before them."""
        return self._catching_up is not None and self._catching_up.waits

    def stop_catching_up(self) -> None:
        """What waits for the samples before it goes on without them."""
        catching_up, self._catching_up = self._catching_up, None
        if catching_up is not None:
            catching_up.give_up()

    def _ask_for_gap(self, catching_up: CatchingUp, now_ns: int) -> None:
        """Says what is missing rather than waiting for the next statement: everything before the first live batch that waits."""
        gap = catching_up.asks(now_ns)
        if gap is not None and self.boot is not None:
            said = self._line.ledgers[self.boot].answer()
            if said.upto < gap[1]:
                missing = [*said.missing, (said.upto + 1, gap[1])]
                self._line.send(Leaf.STORED, encoding.encode(msgspec.structs.replace(said, upto=gap[1], missing=missing)))

    # In the order in which they are analysed.

    def _take(self, batch: SampleBatch, payload: bytes, now_ns: int, live: bool) -> None:
        """The next samples; `live` ones are shown."""
        line = self._line
        boot = batch.boot
        ledger = line.ledgers[boot]
        n = batch.n
        expected = ledger.next
        counts = line.counts
        running = line.running
        if batch.seq != expected and expected is not None:
            if batch.seq + n <= expected:
                line.backlog.late(batch, payload, now_ns)
                return
            if batch.seq < expected:
                counts.duplicate_samples += expected - batch.seq
                batch = part_of(batch, expected, batch.seq + n - 1)
                payload, n = payload_of(batch), batch.n
            else:
                counts.missing_samples += batch.seq - expected
                if running is not None:
                    running.remark("gap", boot=boot, first=expected, last=batch.seq - 1)
        counts.batches += 1
        counts.samples += n
        ledger.next = batch.seq + n
        t_ns, angle_deg, torque_nm = batch.times_ns(), batch.angle_deg(), batch.torque_nm()
        if running is not None and running.shift_ns:
            t_ns = t_ns + running.shift_ns
        if live:
            self.newest = (float(angle_deg[-1]), float(torque_nm[-1]))
            presence = line.presence
            presence.sampled(int(t_ns[-1]), now_ns)
            if presence.feed != "live":
                line.judge_feed(now_ns)
        else:
            line.backlog.came(n)
        arrival = Arrival(batch, payload, t_ns, angle_deg, torque_nm, now_ns)
        if running is None:
            self._wait(arrival, ledger)
        else:
            line.sessions.take(running, arrival, ledger)
        line.unsaid.add(boot)
        channel = line.channel
        if channel.paces and live:
            channel.batch(view.columns(batch, t_ns.tolist(), angle_deg.tolist(), torque_nm.tolist()))

    def _wait(self, arrival: Arrival, ledger: Ledger) -> None:
        """Without a session: movement opens one."""
        held = self._waiting.take(arrival, ledger)
        if held:
            sessions = self._line.sessions
            running = sessions.open(arrival.now_ns, None, moved=True)
            for each in held:
                sessions.take(running, each, ledger)

    def clear_waiting(self) -> None:
        """What waits for movement is let go of; movement is looked for anew."""
        self._waiting.clear(self._line.ledgers.get(self.boot or ""))
