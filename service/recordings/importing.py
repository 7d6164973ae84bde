"""Samples of another machine as a recording of ours: written as if a machine had sent them, and made final."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from service import kernels
from service.analysis import Parameters, Session, engine
from service.analysis.parameters import described
from service.recordings import mapping
from service.recordings.finalise import finalise
from service.recordings.mapping import ColumnMapping, Columns
from service.recordings.recorder import Recorder
from wire import samples
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import RecordedError
from wire.samples import SampleBatch

BATCH_NS = 20_000_000
"""A machine sends a batch every 20 ms (contract 2)."""
SIGNALS_NS = 19_500_000
CUT_NS = 1_000_000_000
MOST_SAMPLES = 500
NAME_BYTES, HEAD_BYTES = 12, 512
"""What a batch holds beside its readings: with the name of each further column, and of its own."""
ROW_BYTES = 16
"""Time, angle and torque of a sample."""


def write(
    columns: Columns,
    target: Path,
    *,
    source: Path,
    by: ColumnMapping,
    session: str,
    machine: str,
    plan: Plan | None,
    started: datetime,
    moved: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Writes the recording `target`, replacing what is there. Returns the number of samples.

    Raises OSError, and RecordedError for more further columns than a message can hold.

    Its batches are as a machine sends them, /signals what the screens would have shown, the final events what the analysis finds. That it
    is an import, from which file and by which mapping, stands in its metadata. `moved(done, total)` tells how far it is.
    """
    most = _most_rows(columns, source)
    engine.use(kernels.for_samples(len(columns.t_ns)))
    about = {
        "started_utc": started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "imported": msgspec.json.encode({"file": source.name, "mapping": mapping.described(by)}).decode(),
        "parameters": msgspec.json.encode(described(Parameters())).decode(),
    }
    with tempfile.TemporaryDirectory(prefix=".import-", dir=target.parent) as folder:
        recorder = Recorder(Path(folder), machine=machine, session=session, plan=plan, metadata=about)
        try:
            _samples(columns, recorder, session, plan, started, moved, most)
            n = len(columns.t_ns)
            path = recorder.finish({"expected": n, "stored": n, "missing": 0, "refused": 0}, {"reason": "recording_ended"})
        finally:
            recorder.close()
        finalise(path)
        shutil.move(path, target)
    return len(columns.t_ns)


def _samples(
    columns: Columns, recorder: Recorder, boot: str, plan: Plan | None, started: datetime, moved: Callable[[int, int], None], most: int
) -> None:
    analysis = Session(plan)
    t_ns = columns.t_ns - columns.t_ns[0]
    recorder.utc_offset_ns = round(started.timestamp() * 1e9)
    shown_ns = cut_ns = -(2**62)
    edges = _edges(t_ns, most)
    for first, last in pairwise(edges):
        rows = slice(first, last)
        batch = _batch(columns, t_ns, rows, boot)
        recorder.batch(samples.encode(batch), batch.t0)
        analysis.feed(t_ns[rows], columns.angle_deg[rows], columns.torque_nm[rows])
        newest_ns = int(t_ns[last - 1])
        if newest_ns - shown_ns >= SIGNALS_NS:
            shown_ns = newest_ns
            seen = analysis
            recorder.signals(
                newest_ns, seen.angle_deg, seen.torque_nm, seen.speed_deg_s, seen.phase, seen.repetition, seen.cue_at(newest_ns)
            )
        if newest_ns - cut_ns >= CUT_NS:
            cut_ns = newest_ns
            recorder.cut()
            recorder.sync()
            moved(last, len(t_ns))
    recorder.entry(Input(kind="end", boot=boot, seq=len(t_ns) - 1, reason="recording_ended"), int(t_ns[-1]))


def _most_rows(columns: Columns, source: Path) -> int:
    """Samples that a batch may have: with many further columns fewer, so that it stays within a message. Raises RecordedError."""
    names = sum(len(name.encode()) + NAME_BYTES for name in columns.extra)
    rows = (samples.MOST_BYTES - HEAD_BYTES - names) // (ROW_BYTES + 4 * len(columns.extra))
    if rows < 1:
        words = f"{len(columns.extra)} further columns are more than a message of {samples.MOST_BYTES // 1024} KiB holds of one sample"
        raise RecordedError(source, "", f"{words}: name those that are wanted under [extra] of a mapping (--map)")
    return min(rows, MOST_SAMPLES)


def _edges(t_ns: np.ndarray, most: int) -> list[int]:
    """Where batches begin, and the end: every 20 ms of the table's own time, and no batch too long."""
    change = np.flatnonzero(np.diff(t_ns // BATCH_NS)) + 1
    edges = [0]
    for edge in [*change.tolist(), len(t_ns)]:
        while edge - edges[-1] > most:
            edges.append(edges[-1] + most)
        edges.append(edge)
    return edges


def _batch(columns: Columns, t_ns: np.ndarray, rows: slice, boot: str) -> SampleBatch:
    times = t_ns[rows]
    steps = np.diff(times)
    even = len(steps) == 0 or (steps[0] >= 0 and bool((steps == steps[0]).all()))
    return SampleBatch(
        boot=boot,
        seq=rows.start,
        t0=int(times[0]),
        dt=int(steps[0]) if even and len(steps) else 0,
        angle=columns.angle_deg[rows].astype("<f4").tobytes(),
        torque=columns.torque_nm[rows].astype("<f4").tobytes(),
        t=None if even else times.astype("<i8").tobytes(),
        extra={name: column[rows].astype("<f4").tobytes() for name, column in columns.extra.items()} or None,
    )
