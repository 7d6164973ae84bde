"""Sessions to record: what a machine sends of a patient who repeats a movement, and what a recording of it must hold."""

from pathlib import Path

import numpy as np

from disk import DISK, Disk
from service.recordings import Recorder, leftovers, make_whole
from wire import samples
from wire.events import SetEnded, SetStarted
from wire.messages import Input
from wire.plan import Plan, Range, Tempo

BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"
FIRST_NS = 1_000_000_000_000
DT_NS = 10_000_000
UTC_OFFSET_NS = 1_790_000_000_000_000_000
PLAN = Plan(range=Range(flexion_deg=60.0, extension_deg=6.0), tempo=Tempo(extension_s=2.0, hold_s=1.0, flexion_s=2.0, turn_s=0.5))
WHOLE = {"expected": 4400, "stored": 4400, "missing": 0, "refused": 0}
ENDED = {"ended_utc": "2026-03-01T09:31:00Z", "reason": "stopped"}


def movement(repetitions: int = 8) -> np.ndarray:
    """Angles of even repetitions at 100 Hz, 5.5 s each, degrees."""
    up, down = np.linspace(60, 6, 200), np.linspace(6, 60, 200)
    cycle = np.concatenate([up, np.full(100, 6.0), down, np.full(50, 60.0)])
    return np.tile(cycle, repetitions).astype("<f4")


def batches(angles: np.ndarray, n: int = 2) -> list[samples.SampleBatch]:
    """The angles as batches of n, with a torque beside each."""
    made = []
    for seq in range(0, len(angles), n):
        angle = angles[seq : seq + n]
        torque = (angle * 2 + 40).astype("<f4")
        t0 = FIRST_NS + seq * DT_NS
        made.append(samples.SampleBatch(boot=BOOT, seq=seq, t0=t0, dt=DT_NS, angle=angle.tobytes(), torque=torque.tobytes()))
    return made


def record(
    folder: Path,
    *,
    session: str = "s1",
    finish: bool = True,
    sync_every: int = 50,
    repetitions: int = 8,
    about: dict[str, str] | None = None,
) -> Path:
    """A recorded session, ended by staff; not finished, it is what a crash leaves behind. `about`: what it says of itself besides."""
    angles = movement(repetitions)
    metadata = {"started_utc": "2026-03-01T09:30:00Z", **(about or {})}
    recorder = Recorder(folder, machine="clinic/one", session=session, plan=PLAN, metadata=metadata)
    recorder.utc_offset_ns = UTC_OFFSET_NS
    t_ns = FIRST_NS
    for number, batch in enumerate(batches(angles)):
        t_ns = batch.t0
        recorder.batch(samples.encode(batch), batch.t0)
        recorder.signals(t_ns, float(batch.angle_deg()[0]), None, -1.5, "extension", 1, None)
        if number == 10:
            recorder.event(SetStarted(id=1, set=1, at_s=0.1, known_s=0.2, plan=PLAN, machine="clinic/one", session=session), t_ns)
        if number % sync_every == sync_every - 1:
            recorder.cut()
            recorder.sync()
    recorder.entry(Input(kind="stop", boot=BOOT, seq=len(angles) - 1, reason="stopped"), t_ns)
    recorder.event(
        SetEnded(
            id=2,
            set=1,
            at_s=5.5 * repetitions - 0.1,
            known_s=5.5 * repetitions - 0.01,
            reason="stopped",
            full=repetitions,
            short=0,
            partial=0,
            attempt=0,
            duration_s=5.5 * repetitions - 0.2,
            work_j=None,
            time_under_tension_s=None,
        ),
        t_ns,
    )
    if not finish:
        recorder.cut()
        recorder.sync()
        recorder.close()
        return recorder.path
    return recorder.finish(WHOLE | {"expected": len(angles), "stored": len(angles)}, ENDED)


def made_whole(folder: Path, disk: Disk = DISK) -> list[Path]:
    """Every recording under a folder that was left open, ended as the service does when it starts; the new files."""
    return [path for part in leftovers(folder, disk) if (path := make_whole(part, disk)) is not None]


def flip(path: Path) -> Path:
    """A byte in the midst of the file becomes another one."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    return path


def truncate(path: Path) -> Path:
    """The file keeps its first two thirds."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    return path
