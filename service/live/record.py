"""A session's recording while samples may still come for it, and what of them it holds."""

import asyncio
import errno
import shutil
import time
from collections.abc import Container
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import structlog

from service.analysis import Parameters
from service.analysis.parameters import described
from service.metrics import Counts
from service.recordings import Recorder
from wire.capture import Capture
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan
from wire.ranges import Ranges

LEAST_FREE_BYTES = 4 * 1024 * 1024
"""A recording is begun only where so much is free: what a set of 3 min takes, three times over (measured: 1.2 MB at 100 Hz)."""
MOST_WAITING_BYTES = 1024 * 1024
"""While so much waits for a disk that takes nothing, samples are left to the machine's spool; inputs and events are still kept."""
AGAIN_NS = 1_000_000_000
"""A recording that could not be begun is tried again so often: recording goes on within 10 s of there being space (robustness F11)."""
MOST_REMARKS = 1_000
"""Notes in one recording: a machine that sends rubbish does not fill a disk with them."""
MOST_OUTAGES = 100
"""Notes of a disk that took nothing for a while: one that comes and goes must leave room for the others."""
MOST_KEPT = 20_000
"""Inputs and events that wait for such a recording."""

_PARAMETERS = msgspec.json.encode(described(Parameters())).decode()

log = structlog.get_logger()


class Trouble(NamedTuple):
    """Why a session is not being recorded: `disk_full` or `disk_failed`, and the reason in words."""

    code: Literal["disk_full", "disk_failed"]
    words: str


def trouble(error: OSError) -> Trouble:
    """What to tell of it."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return Trouble("disk_full" if full else "disk_failed", error.strerror or str(error))


class Record:
    """One session's recording. A disk that fails never stops anybody: what it did not take is never called stored, and comes again."""

    def __init__(self, folder: Path, machine: str, session: str, plan: Plan | None, metadata: dict[str, str], counts: Counts) -> None:
        self.folder = folder
        self.machine = machine
        self.session = session
        self.plan = plan
        self.recorded: dict[str, Ranges] = {}
        """By boot, the samples that were given to the recording."""
        self.begins: dict[str, int] = {}
        """By boot, the first sample that is this session's, whether it was recorded yet or not."""
        self.ends: dict[str, int | None] = {}
        """By boot, the last one; None = whatever comes of that boot."""
        self.disk = asyncio.Lock()
        self.finished = False
        self.durable = False
        """True once a finished recording is whole on disk."""
        self.recorder: Recorder | None = None
        self.trouble: Trouble | None = None
        self.dirty = False
        """True while something was added that no sync covers."""
        self.added = 0
        """Goes up with whatever brings samples."""
        self.known = 0
        """What `added` was at the last round that is in the journal of what was stored."""
        self.told: list[dict[str, Any]] = []
        """What `tell` has put into the recording, as notes."""
        self.goes_on: str | None = None
        """The boot whose later samples are still this session's: it ended for silence while its machine was cut off."""
        self._metadata = {**metadata, "parameters": _PARAMETERS}
        self._counts = counts
        self._kept: list[tuple[Input | Event, int]] = []
        self._unkept = 0
        self._reason: str | None = None
        self._untold: list[dict[str, Any]] = []
        """Notes that wait for a recording that could not be begun: room for all remarks, and for as much that somebody tells."""
        self._again_ns = 0
        self._remarks = 0
        self._outage_utc = ""
        self._outages = 0

    def take_over(self, recorder: Recorder, capture: Capture) -> None:
        """Goes on with a recording that holds samples already."""
        self.recorder, self.dirty = recorder, True
        self.added += 1
        self.told = [note for note in capture.notes() if "id" in note]
        self.holds(capture)
        if recorder.damage:
            self.remark("recovered", faults=recorder.damage)

    def holds(self, capture: Capture) -> None:
        """These samples are in it."""
        for boot, spans in capture.ranges().items():
            held = self.recorded[boot] = Ranges()
            for first, last in spans:
                held.add(first, last)
            self.begins[boot], self.ends[boot] = spans[0][0], spans[-1][1]
        self._reach(capture.ended or {})

    def _reach(self, ended: dict[str, str]) -> None:
        """What was the session's when it ended, though the recording may hold less of it: what is missing is still known after a kill."""
        self.goes_on = ended.get("goes_on")
        spans = msgspec.json.decode(ended.get("samples", "{}"), type=dict[str, tuple[int, int | None]])
        for boot, (first, last) in spans.items():
            self.begins[boot] = min(first, self.begins.get(boot, first))
            held = self.recorded.get(boot)
            self.ends[boot] = last if last is None or held is None else max(last, held.last)

    def begin(self, now_ns: int) -> None:
        """Opens the file, so that a kill leaves it readable; where that can't be done, inputs and events are kept until it can."""
        if self.recorder is not None or now_ns < self._again_ns:
            return
        self._again_ns = now_ns + AGAIN_NS
        try:
            _check_space(self.folder)
            recorder = Recorder(self.folder, machine=self.machine, session=self.session, plan=self.plan, metadata=self._metadata)
        except OSError as error:
            self.failed(error)
            return
        self.recorder, self.dirty = recorder, True
        kept, self._kept = self._kept, []
        for entry, device_ns in kept:
            self.keep(entry, device_ns)
        untold, self._untold = self._untold, []
        for note in untold:
            self._note(note)
        if self._unkept:
            self.remark("not_kept", entries=self._unkept)
        self._went_on()
        self._say_end()
        self.flush()

    def batch(self, boot: str, first: int, last: int, payload: bytes, t0_ns: int, utc_offset_ns: int, *, late: bool = False) -> bool:
        """Samples first..last of a boot; False where they were not taken. `t0_ns` on the boot's own clock; `late`: never shown as live."""
        if first < self.begins.setdefault(boot, first):
            self.begins[boot] = first
        recorder = self.recorder
        if recorder is None or recorder.waiting_bytes > MOST_WAITING_BYTES:
            return False
        recorder.utc_offset_ns = utc_offset_ns
        try:
            recorder.batch(payload, t0_ns, late=late)
        except OSError as error:
            self.failed(error)
            return False
        self.dirty = True
        self.added += 1
        held = self.recorded.get(boot)
        if held is None:
            held = self.recorded[boot] = Ranges()
        held.add(first, last)
        return True

    def keep(self, entry: Input | Event, device_ns: int) -> None:
        """An input of the analysis, or an event of it."""
        recorder = self.recorder
        if recorder is None:
            if len(self._kept) < MOST_KEPT:
                self._kept.append((entry, device_ns))
            else:
                self._unkept += 1
            return
        self.dirty = True
        if isinstance(entry, Input):
            recorder.entry(entry, device_ns)
        else:
            recorder.event(entry, device_ns)

    def describe(self, metadata: dict[str, str]) -> None:
        """What has become known of the machine, or has changed: its software, rate, calibration."""
        self._metadata |= metadata
        if self.recorder is not None and self._remarks < MOST_REMARKS and self.recorder.describe(metadata):
            self._remarks += 1
            self.dirty = True

    def remark(self, kind: str, **fields: Any) -> None:
        """What befell the recording: a gap, a clock that stepped, a restart. One that could not be begun yet has it later."""
        if self._remarks < MOST_REMARKS:
            self._remarks += 1
            self._note({"kind": kind, "noted_utc": _now(), **fields})

    def tell(self, kind: str, **fields: Any) -> bool:
        """What somebody said of the session, once for each `id`; `flush` before it is answered.

        False where it can't be kept now: then it waits, with inputs and events, and is lost if the disk takes nothing before the end.
        """
        if not any(note["kind"] == kind and note.get("id") == fields["id"] for note in (*self.told, *self._untold)):
            self._note({"kind": kind, "noted_utc": _now(), **fields})
        return self.recorder is not None and self.trouble is None

    def _note(self, note: dict[str, Any]) -> None:
        if self.recorder is None:
            if len(self._untold) < 2 * MOST_REMARKS:
                self._untold.append(note)
            return
        self.dirty = True
        if "id" in note:
            self.told.append(note)
        self.recorder.note(note["kind"], note)

    def end(self, reason: str, ends: dict[str, int | None]) -> None:
        """The session is over; samples up to these, by boot, may still come (None: all that come of it)."""
        self.ends |= ends
        self._reason = reason
        self._say_end()
        self.flush()

    def _say_end(self) -> None:
        if self.recorder is not None and self._reason is not None:
            self.dirty = True
            samples = {boot: (first, self.ends.get(boot)) for boot, first in self.begins.items()}
            goes_on = {} if self.goes_on is None else {"goes_on": self.goes_on}
            self.recorder.end({"reason": self._reason, "samples": samples, **goes_on})

    def flush(self) -> None:
        """What was added so far outlives a kill of this process."""
        if self.recorder is None:
            return
        try:
            self.recorder.flush()
        except OSError as error:
            self.failed(error)

    @property
    def journaled(self) -> bool:
        """True while the journal knows all its samples: a file that is finished before would be taken for new ones after a kill."""
        return self.known == self.added

    async def sync(self) -> bool:
        """Makes durable what was cut; False where the disk did not."""
        if self.recorder is None:
            return True
        async with self.disk:
            if self.finished:
                return self.durable
            began_ns = time.monotonic_ns()
            try:
                await asyncio.to_thread(self.recorder.sync)
            except OSError as error:
                self.dirty = True
                self.failed(error)
                return False
            self._went_on()
            self._counts.storing.add((time.monotonic_ns() - began_ns) * 1e-9)
            return True

    def cut(self) -> None:
        """Everything so far belongs to the next sync."""
        self.dirty = False
        if self.recorder is not None:
            self.recorder.cut()

    def covers(self, boot: str, seq: int) -> bool:
        """True where a sample belongs to this session."""
        begin = self.begins.get(boot)
        if begin is None or seq < begin:
            return False
        end = self.ends.get(boot)
        return end is None or seq <= end

    def completeness(self, refused: dict[str, Ranges], waited_for: Container[str] = ()) -> dict[str, int]:
        """Samples expected (first to last of each boot), stored, refused and missing.

        `waited_for`: the boots of which the machine may still have samples. `open_ended`, where it is not 0: of how many of these nobody
        knows the last one; what is expected and missing is that many at least.
        """
        expected = stored = turned_down = 0
        for boot, first in self.begins.items():
            held = self.recorded.get(boot)
            last = max(held.last if held is not None else first - 1, self.ends.get(boot) or 0)
            expected += last - first + 1
            stored += held.count() if held is not None else 0
            if boot in refused:
                turned_down += sum(max(0, min(b, last) - max(a, first) + 1) for a, b in refused[boot])
        found = {"expected": expected, "stored": stored, "missing": expected - stored - turned_down, "refused": turned_down}
        open_ended = sum(boot in waited_for and self.ends.get(boot) is None for boot in self.begins)
        return found | {"open_ended": open_ended} if open_ended else found

    def open_ended(self, boots: set[str]) -> bool:
        """Whether one of these has an end that is not known: it is over, and all it still brings is this session's."""
        return any(boot in boots and self.ends.get(boot) is None for boot in self.begins)

    def missing(self, refused: dict[str, Ranges]) -> int:
        """How many of the session's samples have neither come nor been refused."""
        return self.completeness(refused)["missing"]

    def failed(self, error: OSError) -> None:
        """The disk did not do what it was asked."""
        if self.trouble is None:
            self._outage_utc = _now()
        self.trouble = trouble(error)
        self._counts.recording_faults += 1
        if self._counts.recording_faults % 1000 == 1:
            log.error("recording failed; live feedback goes on", machine=self.machine, session=self.session, reason=str(error))

    def _went_on(self) -> None:
        """The disk takes the recording: for how long it did not is a note in it."""
        over, self.trouble = self.trouble, None
        if over is not None and self._outages < MOST_OUTAGES:
            self._outages += 1
            self.remark(over.code, from_utc=self._outage_utc, to_utc=_now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _check_space(folder: Path) -> None:
    there = folder
    while not there.exists():
        there = there.parent
    if shutil.disk_usage(there).free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, f"less than {LEAST_FREE_BYTES} bytes are free", str(there))
