"""An open session: its analysis, its recording, what it has said so far."""

import asyncio
import os
import time
import uuid
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import structlog
from numpy.typing import NDArray

from service.analysis import Parameters, Session
from service.analysis.parameters import described
from service.metrics import Counts
from service.recordings import Recorder
from wire.events import Event, SetEnded
from wire.messages import Input
from wire.plan import Plan
from wire.ranges import Ranges
from wire.samples import SampleBatch

Times = NDArray[np.int64]
Values = NDArray[np.float32]

SIGNALS_NS = 19_500_000
"""Rows of /signals come at most 50 times a second (contract 8), give or take a sample."""

_PARAMETERS = msgspec.json.encode(described(Parameters())).decode()

log = structlog.get_logger()


def new_id() -> str:
    """A UUIDv7 (RFC 9562, 5.7): ids of sessions sort by when they began."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


class Arrival(NamedTuple):
    """A batch that has arrived, and its columns: shape (n,)."""

    batch: SampleBatch
    payload: bytes
    t_ns: Times
    angle_deg: Values
    torque_nm: Values


class Running:
    """One session while it runs. A disk that fails never stops the analysis: what it did not take is never called stored."""

    def __init__(
        self, folder: Path, machine: str, session: str, plan: Plan | None, metadata: dict[str, str], counts: Counts, now_ns: int
    ) -> None:
        self.session = session
        self.machine = machine
        self.plan = plan
        self.opened_ns = now_ns
        self.analysis = Session(plan)
        self.base_utc_ns: int | None = None
        """UTC minus device clock of the session's first boot: later boots are continued on its axis (contract 1)."""
        self.recorded: dict[str, Ranges] = {}
        """By boot, the samples that were given to the recording."""
        self.by_start = False
        """True in a set that a start input began, countdown included: another start is refused then."""
        self.disk = asyncio.Lock()
        self.finished = False
        self.durable = False
        """True once a finished recording is whole on disk."""
        self.recorder: Recorder | None = None
        self._counts = counts
        self._signals_ns = -(2**62)
        try:
            self.recorder = Recorder(folder, machine=machine, session=session, plan=plan, metadata={**metadata, "parameters": _PARAMETERS})
        except OSError as error:
            self._fault(error)

    def batch(self, boot: str, first: int, last: int, payload: bytes, t0_ns: int, utc_offset_ns: int) -> bool:
        """Samples first..last of a boot into the recording; False where it did not take them. `t0_ns` on the boot's own clock."""
        recorder = self.recorder
        if recorder is None:
            return False
        recorder.utc_offset_ns = utc_offset_ns
        try:
            recorder.batch(payload, t0_ns)
        except OSError as error:
            self._fault(error)
            return False
        held = self.recorded.get(boot)
        if held is None:
            held = self.recorded[boot] = Ranges()
        held.add(first, last)
        return True

    def signals(self, t_ns: int, device_ns: int) -> None:
        """What the screens see of the newest sample; `t_ns` on the session's axis, `device_ns` on the boot's clock."""
        if self.recorder is None or -SIGNALS_NS < t_ns - self._signals_ns < SIGNALS_NS:
            return
        self._signals_ns = t_ns
        seen = self.analysis
        self.recorder.signals(device_ns, seen.angle_deg, seen.torque_nm, seen.speed_deg_s, seen.phase, seen.repetition, seen.cue_at(t_ns))

    def apply(self, entry: Input, device_ns: int) -> list[Event]:
        """An input into recording and analysis; the events that it made known."""
        if self.recorder is not None:
            self.recorder.entry(entry, device_ns)
        if entry.kind == "start":
            self.by_start = True
        return self.analysis.apply(entry)

    def note(self, event: Event, device_ns: int) -> None:
        """An event into the recording."""
        if isinstance(event, SetEnded):
            self.by_start = False
        if self.recorder is not None:
            self.recorder.event(event, device_ns)

    def covers(self, boot: str, seq: int) -> bool:
        """True where a late sample belongs to this session: its boot was recorded here, from an earlier sample on."""
        held = self.recorded.get(boot)
        return held is not None and held.first is not None and seq >= held.first

    def completeness(self, refused: dict[str, Ranges]) -> dict[str, int]:
        """Samples expected (first to last of each boot), stored, refused and missing."""
        expected = stored = turned_down = 0
        for boot, held in self.recorded.items():
            first, last = held.first or 0, held.last
            expected += last - first + 1
            stored += held.count()
            if boot in refused:
                turned_down += sum(max(0, min(b, last) - max(a, first) + 1) for a, b in refused[boot])
        return {"expected": expected, "stored": stored, "missing": expected - stored - turned_down, "refused": turned_down}

    def _fault(self, error: OSError) -> None:
        self._counts.recording_faults += 1
        if self._counts.recording_faults % 1000 == 1:
            log.error("recording failed; live feedback goes on", machine=self.machine, session=self.session, reason=str(error))
