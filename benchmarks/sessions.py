"""Recorded sessions as a clinic has them: simulated sets, each recorded as the live service records it, made final."""

import shutil
from itertools import cycle
from pathlib import Path

import msgspec
import numpy as np

from edge_agent.simulator import simulate
from service import kernels
from service.analysis import Parameters, Session, engine
from service.analysis.parameters import described
from service.recordings import Recorder
from service.recordings.finalise import finalise
from wire import samples
from wire.messages import Input
from wire.plan import Plan, Range, Repetitions, Tempo
from wire.samples import SampleBatch

CHARACTERS = ("steady", "hurried", "tires", "strong")
PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), repetitions=Repetitions(12, 15), load_nm=120.0)
BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"
FIRST_NS = 1_000_000_000_000
UTC_OFFSET_NS = 1_790_000_000_000_000_000
RATE_HZ = 100
STARTED_UTC = "2026-03-01T09:30:00.000Z"
BATCHES_S = 50


def folder_of(folder: Path, sessions: int, seconds: int, different: int = 100) -> int:
    """Writes so many sessions, of which so many are different and the others copies of these. Returns the bytes of all."""
    folder.mkdir(parents=True, exist_ok=True)
    first = [recorded(folder, f"s{number:04d}", number, seconds) for number in range(min(different, sessions))]
    for number, path in zip(range(len(first), sessions), cycle(first), strict=False):
        shutil.copyfile(path, folder / f"s{number:04d}.mcap")
    return sum(path.stat().st_size for path in folder.glob("*.mcap"))


def recorded(folder: Path, session: str, seed: int, seconds: int, rate_hz: int = RATE_HZ, started_utc: str = STARTED_UTC) -> Path:
    """One of them: batches of 20 ms, a row of /signals with each, its events, final."""
    angle_deg, torque_nm = _signals(seed, seconds, rate_hz)
    kernel = kernels.compiled()
    engine.use(kernel)
    about = {"started_utc": started_utc, "parameters": msgspec.json.encode(described(Parameters())).decode()}
    recorder = Recorder(folder, machine=f"bench/m{seed % 8}", session=session, plan=PLAN, metadata=about)
    recorder.utc_offset_ns = UTC_OFFSET_NS
    analysis = Session(PLAN)
    dt, total, n = 1_000_000_000 // rate_hz, len(angle_deg), rate_hz // BATCHES_S
    newest_ns = FIRST_NS
    for seq in range(0, total, n):
        rows = slice(seq, seq + n)
        t0 = FIRST_NS + seq * dt
        batch = SampleBatch(boot=BOOT, seq=seq, t0=t0, dt=dt, angle=angle_deg[rows].tobytes(), torque=torque_nm[rows].tobytes())
        newest_ns = t0 + (batch.n - 1) * dt
        recorder.batch(samples.encode(batch), t0)
        for event in analysis.feed(batch.times_ns(), batch.angle_deg(), batch.torque_nm()):
            recorder.event(event, newest_ns)
        seen = analysis
        recorder.signals(newest_ns, seen.angle_deg, seen.torque_nm, seen.speed_deg_s, seen.phase, seen.repetition, seen.cue_at(newest_ns))
        if seq // n % BATCHES_S == BATCHES_S - 1:
            recorder.cut()
            recorder.flush()
    entry = Input(kind="end", boot=BOOT, seq=total - 1, reason="stopped")
    recorder.entry(entry, newest_ns)
    for event in analysis.apply(entry):
        recorder.event(event, newest_ns)
    path = recorder.finish({"expected": total, "stored": total, "missing": 0, "refused": 0}, {"reason": "stopped"})
    assert finalise(path)
    return path


def _signals(seed: int, seconds: int, rate_hz: int) -> tuple[np.ndarray, np.ndarray]:
    """So many seconds of a patient's sets, one after another."""
    blocks = list(simulate(CHARACTERS[seed % len(CHARACTERS)], PLAN, seed, rate_hz, rest_s=15.0))
    angle_deg, torque_nm = (np.concatenate([block[column] for block in blocks]).astype("<f4") for column in (1, 2))
    times = -(-seconds * rate_hz // len(angle_deg))
    return np.tile(angle_deg, times)[: seconds * rate_hz], np.tile(torque_nm, times)[: seconds * rate_hz]
