"""Sessions of the simulated patients of tests/conformance/detection, recorded as the service records them.

`python -m tests.ilex.scenes` writes those of the example notebook anew.
"""

from collections.abc import Callable
from operator import itemgetter
from pathlib import Path

import msgspec
import numpy as np

from service.analysis import Parameters, Session
from service.analysis.parameters import described
from service.recordings import Recorder
from service.recordings.finalise import finalise
from tests.conformance.detection.rewrite import read
from wire import samples
from wire.events import Event
from wire.messages import Input
from wire.samples import SampleBatch

BOOT = "0198a5b2-2222-7abc-8def-0123456789ab"
UTC_OFFSET_NS = 1_790_000_000_000_000_000
BATCH = 10
EXAMPLES = Path(__file__).parents[2] / "docs" / "notebooks" / "sessions"
SHOWN = ("fails", "hurried", "sensor-breaks")
"""What the notebook shows: a set to failure, one out of tempo, one with a sensor that breaks."""


Seen = Callable[[Event], Event | None]
"""An event as it was shown live, None where it was not."""


def late(event: Event) -> Event | None:
    """What was shown where the samples of the first repetition came late: every other one by a number less."""
    repetition = getattr(event, "repetition", None)
    if repetition is None:
        return event
    return None if repetition == 1 else msgspec.structs.replace(event, repetition=repetition - 1)


def recorded(
    folder: Path,
    name: str,
    *,
    final: bool = True,
    raw_torque: bool = False,
    kept: dict[str, float] | None = None,
    seen: Seen | None = None,
) -> Path:
    """The scene as a finished recording `NAME.mcap`: its batches, inputs, signals and live events; with `final` also the final events.

    `kept`: the parameters that it keeps, where another version has made it; by these, and its defaults, were its events found.
    """
    columns, plan, inputs, _ = read(name)
    parameters = Parameters(**{name: value for name, value in (kept or {}).items() if name in Parameters.__struct_fields__})
    about = {
        "started_utc": "2026-03-01T09:30:00.000Z",
        "edge": "simulated",
        "parameters": msgspec.json.encode(described(parameters) if kept is None else kept).decode(),
    }
    recorder = Recorder(folder, machine="demo/one", session=name, plan=plan, metadata=about)
    recorder.utc_offset_ns = UTC_OFFSET_NS
    analysis = Session(plan, parameters)
    seen = seen or _as_found
    n = len(columns.t_ns)
    told = dict(sorted(inputs, key=itemgetter(0)))
    for seq in range(0, n, BATCH):
        rows = slice(seq, seq + BATCH)
        t_ns, angle, torque = columns.t_ns[rows], columns.angle_deg[rows], columns.torque_nm[rows]
        extra = {"torque_raw": (torque + np.float32(10)).tobytes()} if raw_torque else None
        batch = SampleBatch(
            boot=BOOT, seq=seq, t0=int(t_ns[0]), dt=0, angle=angle.tobytes(), torque=torque.tobytes(), t=t_ns.tobytes(), extra=extra
        )
        recorder.batch(samples.encode(batch), batch.t0)
        at = seq
        for edge in [*(edge for edge in told if seq <= edge < seq + BATCH), min(seq + BATCH, n)]:
            part = slice(at, edge)
            for event in analysis.feed(columns.t_ns[part], columns.angle_deg[part], columns.torque_nm[part]):
                _show(recorder, seen(event), int(columns.t_ns[edge - 1]))
            if edge in told and edge < seq + BATCH:
                _tell(recorder, analysis, told[edge], edge - 1, int(columns.t_ns[max(edge - 1, 0)]), seen)
            at = edge
        newest = int(t_ns[-1])
        now = analysis
        recorder.signals(newest, now.angle_deg, now.torque_nm, now.speed_deg_s, now.phase, now.repetition, now.cue_at(newest))
        if seq % 50 == 0:
            recorder.cut()
    _tell(recorder, analysis, Input(kind="end", reason="recording_ended"), n - 1, int(columns.t_ns[-1]), seen)
    counts = {"expected": n, "stored": n, "missing": 0, "refused": 0}
    path = recorder.finish(counts, {"ended_utc": "2026-03-01T09:33:00.000Z", "reason": "stopped"})
    assert not final or finalise(path)
    return path


def _as_found(event: Event) -> Event:
    return event


def _show(recorder: Recorder, event: Event | None, t_ns: int) -> None:
    if event is not None:
        recorder.event(event, t_ns)


def _tell(recorder: Recorder, analysis: Session, entry: Input, seq: int, t_ns: int, seen: Seen) -> None:
    """The input takes effect after the sample `seq`."""
    recorder.entry(msgspec.structs.replace(entry, boot=BOOT, seq=seq), t_ns)
    for event in analysis.apply(entry):
        _show(recorder, seen(event), t_ns)


def main() -> None:
    """Writes the sessions of the notebook."""
    for name in SHOWN:
        (EXAMPLES / f"{name}.mcap").unlink(missing_ok=True)
        print(recorded(EXAMPLES, name))


if __name__ == "__main__":
    main()
