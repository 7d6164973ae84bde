"""F09: a machine that was cut off for a day, eight hours of it sessions, comes back: its whole spool through broker and service.

The spool is filled faster than time, by the edge's own code, as a boot that has ended: what an agent finds that was restarted meanwhile.
The sixteen hours at rest lie in it as well and are sent like all others; the service lets them go, all but ten minutes after each session.
"""

import itertools
import math
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.truth import Truth as Read
from benchmarks.motion import movement
from benchmarks.spool import fast
from benchmarks.trials.audience import Audience, Span, lasting
from benchmarks.trials.figure import Figure, at_most, none
from edge_agent.boot import uuid7
from edge_agent.spool import MIB, Spool
from edge_agent.truth import Truth
from wire.capture import Capture
from wire.channels import SAMPLES
from wire.samples import SampleBatch, decode, encode

HOURS, SHORT_HOURS = 24.0, 0.5
SESSION_S, REST_S = 1800, 3600
RATE_HZ, BATCH = 100, 2
SECOND_NS = 1_000_000_000
QUOTA_MIB = 2048
DRAINED_S = 600.0
GROWTH_MIB = 20.0
LATER_MS = 20.0
OTHERS = 5
CALM_S = 30.0
LONGEST_S, FINISHED_S = 3600.0, 300.0
READ_S = 0.5
NAME = "lab/away"
Column = NDArray[np.float32]


def fill(folder: Path, truth: Path, hours: float) -> str:
    """The spool and the truth of a boot of so many hours that ends now; its name."""
    spool = Spool(folder, QUOTA_MIB * MIB, fast())
    spool.open()
    boot = uuid7()
    spool.begin(boot)
    known, moving = Truth(truth), movement(RATE_HZ)
    seconds = round(hours * 3600)
    first_ns = time.monotonic_ns() - (seconds + 60) * SECOND_NS
    random = np.random.default_rng(9)
    resting = (60.0 + random.normal(0, 0.02, 6000)).astype("<f4"), random.normal(0, 0.3, 6000).astype("<f4")
    for second in range(seconds):
        # A third of the time is movement, in sessions far enough apart not to be one (contract 1: 10 min without any).
        columns = (moving.angle_deg, moving.torque_nm) if second % (SESSION_S + REST_S) < SESSION_S else resting
        at = second * RATE_HZ % len(columns[0])
        angle, torque = (column[at : at + RATE_HZ] for column in columns)
        for k in range(0, RATE_HZ, BATCH):
            one = _batch(boot, first_ns, second * RATE_HZ + k, angle[k : k + BATCH], torque[k : k + BATCH])
            spool.put(one.seq, BATCH, encode(one))
        known.add(encode(_batch(boot, first_ns, second * RATE_HZ, angle, torque)))
        spool.round()
        if second and second % 7200 == 0:
            print(f"F09: {second // 3600} of {hours:g} h", file=sys.stderr, flush=True)
    spool.close()
    known.close()
    return boot


def run(*, short: bool) -> list[Figure]:
    """One day."""
    hours = SHORT_HOURS if short else HOURS
    others = [f"lab/m{number}" for number in range(1, OTHERS + 1)]
    with tempfile.TemporaryDirectory(prefix="ilex-away-") as own:
        folder = Path(own)
        (folder / "truth").mkdir()
        boot = fill(folder / "edge0" / "spool" / NAME.replace("/", "."), folder / "truth" / "lab_away.truth", hours)
        with Rig([Machines([NAME]), Machines(others)], folder=folder, cut=True) as rig:
            wanted = Read(folder / "truth").refresh()[boot]
            with Audience(rig, others) as audience:
                calm = lasting(CALM_S if not short else 5.0)
                sizes = _Sizes(rig)
                begin_ns = time.monotonic_ns()
                rig.wires[0].heal()
                drained_s = rig.until(lambda: rig.said.whole(boot, wanted), "not brought back", LONGEST_S)
                during = Span(begin_ns, time.monotonic_ns())
                grown_mib = sizes.grown_mib()
                audience.leave()
            # Each session of the day becomes a recording once the machine, still there, has nothing more of it.
            sessions, folder = math.ceil(hours * 3600 / (SESSION_S + REST_S)), rig.data / "recordings" / NAME
            rig.until(lambda: len(list(folder.glob("*.mcap"))) >= sessions, "the day's sessions are not finished", FINISHED_S)
            ledger = rig.finish()
            disorder = sum(_disorder(path, boot) for path in ledger.recordings)
            total = ledger.total
    print(f"F09: {hours:g} h in {drained_s:.0f} s, {wanted / drained_s:,.0f} samples a second; {total}", file=sys.stderr)
    quiet, busy = audience.delays(others, [calm]), audience.delays(others, [during])
    later_ms = busy.p99_ms - quiet.p99_ms
    figure = at_most("F09", "others' live p99 meanwhile, later than before (as in F08)", later_ms, LATER_MS, "ms")
    return [
        at_most("F09", f"{hours:g} h, a third of it sessions at 100 Hz, brought back after", drained_s / 60, DRAINED_S / 60, "min"),
        at_most("F09", "memory that the agent grows by meanwhile", grown_mib, GROWTH_MIB, "MiB"),
        none("F09", "samples lost or twice", total.lost + total.duplicated, f"{total.attempted:,}"),
        none("F09", "samples out of order in recordings", disorder, f"{total.stored:,}"),
        figure._replace(reached=f"{later_ms:+.1f} ms ({busy.p99_ms:.1f}, of {busy.samples:,} samples)"),
    ]


class _Sizes:
    """Memory of the agent, from now on."""

    def __init__(self, rig: Rig) -> None:
        self._process = psutil.Process(rig.agents[0].pid)
        self._first = self._most = self._process.memory_info().rss
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def grown_mib(self) -> float:
        """From the first reading to the greatest."""
        self._over.set()
        self._thread.join()
        return (self._most - self._first) / MIB

    def _read(self) -> None:
        while not self._over.wait(READ_S):
            self._most = max(self._most, self._process.memory_info().rss)


def _batch(boot: str, first_ns: int, seq: int, angle: Column, torque: Column) -> SampleBatch:
    dt_ns = SECOND_NS // RATE_HZ
    return SampleBatch(boot=boot, seq=seq, t0=first_ns + seq * dt_ns, dt=dt_ns, angle=angle.tobytes(), torque=torque.tobytes())


def _disorder(path: Path, boot: str) -> int:
    """Samples of a boot that stand behind later ones."""
    spans = [(one.seq, one.n) for one in (decode(message.data) for message in Capture(path).messages(SAMPLES)) if one.boot == boot]
    return sum(after[1] for before, after in itertools.pairwise(spans) if after[0] < before[0] + before[1])
