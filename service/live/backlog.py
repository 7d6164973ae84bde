"""What comes late of a machine's samples, each to the recording that it belongs to; never shown as live (contract 2, `backfill`)."""

from time import monotonic_ns
from typing import TYPE_CHECKING

from service.ingest.order import payload_of
from service.live.gate import Gate
from service.live.record import Record
from service.live.running import Arrival
from service.live.settling import CUT_OFF_NS, SETTLE_NS, Settling
from wire.pieces import part_of
from wire.samples import SampleBatch

if TYPE_CHECKING:
    from service.live.line import Line

RATE_NS = 5_000_000_000
"""The pace at which a backlog comes in is taken over so long."""


class Backlog:
    """To the open session, to one that has ended, to a finished recording, to a session of its own; or let go, where nothing moved."""

    def __init__(self, line: "Line", settling: Settling) -> None:
        self._line = line
        self._settling = settling
        self._gates: dict[str, Gate] = {}
        self.taken = 0
        """Late samples that came since the machine last said how many wait."""
        self._window: tuple[int, int] = (0, 0)
        self.samples_s = 0.0
        """How many came a second, over the last seconds."""
        self._came = 0

    def late(self, batch: SampleBatch, payload: bytes, now_ns: int) -> None:
        """Samples behind the live lane's, in any order, any number of times."""
        line, counts = self._line, self._line.counts
        if not line.ledgers.takes(batch.boot):
            return
        ledger = line.ledger(batch.boot)
        first, last = batch.seq, batch.seq + batch.n - 1
        # What waits for movement is neither recorded nor refused yet, and here already.
        below = last if ledger.unsettled is None else min(last, ledger.unsettled - 1)
        parts = ledger.seen.gaps(first, below)
        fresh = sum(b - a + 1 for a, b in parts)
        counts.duplicate_samples += batch.n - fresh
        counts.late_samples += fresh
        self.came(fresh)
        for a, b in parts:
            part = part_of(batch, a, b)
            self._place(_arrival(part, payload if part is batch else payload_of(part), now_ns), now_ns)
        line.unsaid.add(batch.boot)

    def came(self, fresh: int) -> None:
        """So many of what waited at the machine are here: no longer a backlog, and a part of its pace."""
        self._came += fresh
        self.taken += fresh

    def _place(self, arrival: Arrival, now_ns: int) -> None:
        line, batch = self._line, arrival.batch
        boot, seq = batch.boot, batch.seq
        record: Record | None = line.running
        if record is None or not record.covers(boot, seq):
            record = self._settling.covering(boot, seq, now_ns)
        if record is not None:
            self.record(record, arrival)
            return
        gate = self._gate(boot)
        known = gate.within(boot, seq) or line.ledger(boot).sessions.around(seq)
        if known is None:
            gate.take(arrival)
            return
        session, last = known
        inside, beyond = _split(arrival, last)
        if isinstance(session, Record):
            self.record(session, inside)
        else:
            self._settling.reopen(session, inside)
        if beyond is not None:
            self._place(beyond, now_ns)

    def record(self, record: Record, arrival: Arrival) -> None:
        """Late samples into a recording, those that nobody has yet."""
        line, batch = self._line, arrival.batch
        ledger = line.ledger(batch.boot)
        for a, b in ledger.seen.gaps(batch.seq, batch.seq + batch.n - 1):
            part = part_of(batch, a, b)
            payload = arrival.payload if part is batch else payload_of(part)
            if record.batch(batch.boot, a, b, payload, part.t0, line.labels.of(batch.boot, part.t0, arrival.now_ns), late=True):
                ledger.record(record.session, a, b)
        line.unsaid.add(batch.boot)

    def tick(self, now_ns: int) -> None:
        """What time does to samples that wait for others."""
        for boot, gate in list(self._gates.items()):
            gate.tick(now_ns)
            if gate.record is not None and gate.rests(now_ns) and self._whole(boot, gate, now_ns):
                gate.close()
            if gate.idle:
                del self._gates[boot]
        since_ns, came = self._window
        if now_ns - since_ns >= RATE_NS / 5:
            pace = (self._came - came) / max((now_ns - since_ns) * 1e-9, 1e-9) if since_ns else 0.0
            self.samples_s += (pace - self.samples_s) * 0.5
            self._window = (now_ns, self._came)

    def close(self) -> None:
        """The service ends."""
        for gate in self._gates.values():
            gate.close()
        self._gates.clear()

    def go_on(self, record: Record, boot: str, after: int) -> None:
        """What follows that number of the boot is still this session's: it ended only for silence, or at a kill of the service."""
        self._gate(boot).go_on(record, after, monotonic_ns())

    def go_on_after(self, record: Record) -> None:
        """The same of a session that has ended, where its machine was cut off then."""
        if record.goes_on is not None and (last := record.ends.get(record.goes_on)) is not None:
            self.go_on(record, record.goes_on, last)
            if self._gate(record.goes_on).record is not record:
                record.goes_on = None

    def let_go(self, record: Record) -> None:
        """Nothing more goes into that recording."""
        self._gates = {boot: gate for boot, gate in self._gates.items() if gate.record is not record}

    def _whole(self, boot: str, gate: Gate, now_ns: int) -> bool:
        """True where nothing more will come for the session of its own."""
        boots = self._line.boots_to_come(gate.fed_ns)
        most_ns = SETTLE_NS if gate.record is None or gate.record.goes_on is None else CUT_OFF_NS
        return gate.reached() or (boots is not None and boot not in boots) or now_ns - gate.fed_ns > most_ns

    @property
    def boots(self) -> set[str]:
        """Of which samples wait for others."""
        return set(self._gates)

    @property
    def records(self) -> list[Record]:
        """Recordings of its own that are open."""
        return [gate.record for gate in self._gates.values() if gate.record is not None]

    def _gate(self, boot: str) -> Gate:
        gate = self._gates.get(boot)
        if gate is None:
            gate = self._gates[boot] = Gate(self._line.ledger(boot), self._line.sessions.open_aside, self.record, self._refuse, self._end)
        return gate

    def _refuse(self, arrival: Arrival) -> None:
        self._line.refuse_batch(arrival.batch)

    def _end(self, record: Record) -> None:
        record.goes_on = None
        record.end("idle", {boot: held.last for boot, held in record.recorded.items()})
        if record not in self._settling.records:
            self._line.sessions.settle(record, "idle")


def _split(arrival: Arrival, last: int) -> tuple[Arrival, Arrival | None]:
    """The samples up to `last`, and those after it."""
    batch = arrival.batch
    end = batch.seq + batch.n - 1
    if end <= last:
        return arrival, None
    parts = part_of(batch, batch.seq, last), part_of(batch, last + 1, end)
    inside, beyond = (_arrival(part, payload_of(part), arrival.now_ns) for part in parts)
    return inside, beyond


def _arrival(batch: SampleBatch, payload: bytes, now_ns: int) -> Arrival:
    return Arrival(batch, payload, batch.times_ns(), batch.angle_deg(), batch.torque_nm(), now_ns)
