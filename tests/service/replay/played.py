"""A whole session to look at again: a simulated set through the live analysis into a recording, as the service writes one."""

from pathlib import Path

import msgspec
import numpy as np

from service.analysis import Parameters, Session
from service.recordings import Recorder
from service.recordings.finalise import finalise
from wire import samples
from wire.plan import Plan
from wire.samples import SampleBatch

CASES = Path(__file__).parents[2] / "conformance" / "detection"
UTC_OFFSET_NS = 1_790_000_000_000_000_000
BATCH = 2
BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"


def play(
    folder: Path,
    session: str,
    case: str = "fails",
    *,
    gap: range = range(0),
    finish: bool = True,
    until_s: float = 1e9,
    kept: dict[str, float] | None = None,
) -> Path:
    """A conformance case as a session; batches `gap` never come. Not finished, it is what a running session has on disk.

    `kept`: the parameters that it was analysed with, and keeps.
    """
    plan = msgspec.json.decode((CASES / f"{case}.json").read_bytes())["plan"]
    the_plan = msgspec.convert({**plan, "session": session, "label": "Blau 7"}, Plan)
    about = {"started_utc": "2026-01-15T09:30:00Z"} | ({"parameters": msgspec.json.encode(kept).decode()} if kept else {})
    recorder = Recorder(folder, machine="clinic/one", session=session, plan=the_plan, metadata=about)
    recorder.utc_offset_ns = UTC_OFFSET_NS
    live = Session(the_plan, Parameters(**(kept or {})))
    stored = 0
    table = np.genfromtxt(CASES / f"{case}.csv", delimiter=",", skip_header=1)
    times_ns, angles, torques = table[:, 0].astype(np.int64), table[:, 1].astype("<f4"), table[:, 2].astype("<f4")
    dt = int(times_ns[1] - times_ns[0])
    for first in range(0, len(table) - BATCH, BATCH):
        rows = slice(first, first + BATCH)
        t_ns = int(times_ns[first])
        if t_ns - int(times_ns[0]) > until_s * 1e9:
            break
        if first // BATCH in gap:
            if first // BATCH == gap[0]:
                recorder.note("gap", {"boot": BOOT, "first": first, "last": BATCH * gap[-1] + BATCH - 1})
            continue
        batch = SampleBatch(boot=BOOT, seq=first, t0=t_ns, dt=dt, angle=angles[rows].tobytes(), torque=torques[rows].tobytes())
        recorder.batch(samples.encode(batch), t_ns)
        stored += batch.n
        events = live.feed(times_ns[rows], angles[rows], torques[rows])
        recorder.signals(t_ns, live.angle_deg, live.torque_nm, live.speed_deg_s, live.phase, live.repetition, live.cue_at(t_ns))
        for event in events:
            recorder.event(event, t_ns)
    if not finish:
        recorder.flush()
        recorder.close()
        return recorder.path
    missing = len(gap) * BATCH
    numbers = {"expected": stored + missing, "stored": stored, "missing": missing, "refused": 0}
    path = recorder.finish(numbers, {"reason": "stopped", "ended_utc": "2026-01-15T09:33:00Z"})
    finalise(path)
    return path
