"""An open session: its analysis, its recording, what it has said so far."""

import os
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.analysis import Parameters, Session
from service.ingest.order import payload_of
from service.live.record import Record
from service.metrics import Counts
from wire import encoding
from wire.events import Event, SetEnded, SetStarted
from wire.messages import Input
from wire.pieces import part_of
from wire.plan import Plan
from wire.samples import SampleBatch

Times = NDArray[np.int64]
Values = NDArray[np.float32]

SIGNALS_NS = 19_500_000
"""Rows of /signals come at most 50 times a second (contract 8), give or take a sample."""


def new_id(utc_ns: int | None = None) -> str:
    """A UUIDv7 (RFC 9562, 5.7) of now, or of that time: ids of sessions sort by when they began."""
    value = ((time.time_ns() if utc_ns is None else utc_ns) // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value & (1 << 128) - 1))


class Arrival(NamedTuple):
    """A batch that has arrived, its columns of shape (n,), and when that was on our clock."""

    batch: SampleBatch
    payload: bytes
    t_ns: Times
    angle_deg: Values
    torque_nm: Values
    now_ns: int

    def part(self, first: int, last: int) -> "Arrival":
        """The samples first..last (their numbers) of it."""
        batch = part_of(self.batch, first, last)
        if batch is self.batch:
            return self
        at = slice(first - self.batch.seq, last - self.batch.seq + 1)
        return Arrival(batch, payload_of(batch), self.t_ns[at], self.angle_deg[at], self.torque_nm[at], self.now_ns)


class Running(Record):
    """One session while it runs. A disk that fails never stops the analysis: what it did not take is never called stored."""

    def __init__(
        self,
        folder: Path,
        machine: str,
        session: str,
        plan: Plan | None,
        metadata: dict[str, str],
        counts: Counts,
        now_ns: int,
        parameters: Parameters | None = None,
    ) -> None:
        """`parameters`: those of a session that is gone on with; None = this version's, which a new recording says of itself."""
        super().__init__(folder, machine, session, plan, metadata, counts)
        self.opened_ns = now_ns
        self.parameters = parameters or Parameters()
        self.analysis = Session(plan, self.parameters)
        self.base_utc_ns: int | None = None
        """UTC minus device clock of the session's first boot: later boots are continued on its axis (contract 1)."""
        self.shift_ns = 0
        """That axis less the clock of the boot that samples now."""
        self.newest_ns = 0
        """The newest sample that was analysed, on the session's axis."""
        self.by_start = False
        """True in a set that a start input began, countdown included: another start is refused then."""
        self.set_events: list[bytes] = []
        """Of its events, in JSON, those that begin and end its sets, so that the list of sessions is told of them from memory."""
        self.restarted_utc: str | None = None
        """When the service came back and took this session up again."""
        self._signals_ns = -(2**62)

    @property
    def in_set(self) -> bool:
        """Whether a set runs, its countdown included."""
        return self.analysis.set is not None or self.by_start

    def feed(self, arrival: Arrival) -> list[Event]:
        """The next samples, on the session's axis, into the analysis; the events that they made known."""
        events = self.analysis.feed(arrival.t_ns, arrival.angle_deg, arrival.torque_nm)
        self.newest_ns = int(arrival.t_ns[-1])
        self._signals(self.newest_ns)
        return events

    def _signals(self, t_ns: int) -> None:
        """What the screens see of the newest sample."""
        if self.recorder is None or -SIGNALS_NS < t_ns - self._signals_ns < SIGNALS_NS or self.trouble is not None:
            return
        self._signals_ns = t_ns
        seen = self.analysis
        device_ns = t_ns - self.shift_ns
        self.recorder.signals(device_ns, seen.angle_deg, seen.torque_nm, seen.speed_deg_s, seen.phase, seen.repetition, seen.cue_at(t_ns))

    def apply(self, entry: Input, device_ns: int) -> list[Event]:
        """An input into recording and analysis; the events that it made known. `flush` before it is answered."""
        self.keep(entry, device_ns)
        self.by_start = started_by(entry, self.by_start)
        return self.analysis.apply(entry)

    def named(self, event: Event) -> Event:
        """An event as it is told: with machine and session."""
        return msgspec.structs.replace(event, machine=self.machine, session=self.session)

    def note(self, event: Event, device_ns: int) -> None:
        """An event into the recording. `flush` before it is shown."""
        if isinstance(event, SetEnded):
            self.by_start = False
        if isinstance(event, SetStarted | SetEnded):
            self.set_events.append(encoding.encode(event))
        self.keep(event, device_ns)


def started_by(entry: Input, before: bool) -> bool:
    """Whether after this input a set runs that was begun by a start; pain and stop end it, a pause does not."""
    if entry.kind == "start":
        return True
    ends = entry.kind in ("stop", "end") or (entry.kind == "button" and entry.button != "pause")
    return before and not ends
