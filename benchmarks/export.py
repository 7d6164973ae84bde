"""An hour at 500 Hz as Parquet and as CSV: from the shell, start included, and the reading of its samples alone.

    scripts/bench export

Seconds on the clock, the least of some runs, the file read before.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures
from service.recordings import Recorder
from wire import bulk, samples
from wire.capture import Capture
from wire.samples import SampleBatch

RATE_HZ = 500
BATCH = 10
LIMITS_S = {"parquet": 1.0, "csv": 6.0}
BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"
FIRST_NS = 1_000_000_000_000


def recorded(folder: Path, seconds: int) -> Path:
    """A machine's recording as the service writes it: batches of 20 ms with the noise of its sensors, a row of /signals with each."""
    n = seconds * RATE_HZ
    random = np.random.default_rng(1)
    t_s = np.arange(n) / RATE_HZ
    angle = (33 + 27 * np.cos(2 * np.pi * t_s / 10) + random.normal(0, 0.05, n)).astype("<f4")
    torque = (80 + 20 * np.sin(2 * np.pi * t_s / 10) + random.normal(0, 0.5, n)).astype("<f4")
    recorder = Recorder(folder, machine="bench/export", session="hour", plan=None, metadata={})
    recorder.utc_offset_ns = 0
    for seq in range(0, n, BATCH):
        rows = slice(seq, seq + BATCH)
        t0 = FIRST_NS + seq * (1_000_000_000 // RATE_HZ)
        batch = SampleBatch(
            boot=BOOT, seq=seq, t0=t0, dt=1_000_000_000 // RATE_HZ, angle=angle[rows].tobytes(), torque=torque[rows].tobytes()
        )
        recorder.batch(samples.encode(batch), t0)
        recorder.signals(t0, 33.25, 80.5, -12.5, "extension", 3, 33.5)
        if seq % RATE_HZ == 0:
            recorder.cut()
            recorder.sync()
    return recorder.finish({"expected": n, "stored": n, "missing": 0, "refused": 0}, {"reason": "stopped"})


def least(task: Callable[[], object], runs: int) -> float:
    """Seconds on the clock, the least of some runs."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        task()
        took.append(time.perf_counter() - began)
    return min(took)


def shell(path: Path, to: str) -> None:
    """The command as it is typed."""
    subprocess.run(
        [sys.executable, "-m", "service.cli", "export", str(path), "--to", to, "--force"], check=True, capture_output=True, text=True
    )


def measure(folder: Path, seconds: int, runs: int) -> dict[str, Any]:
    """The recording written as either, and read."""
    path = recorded(folder, seconds)
    took = {to: least(lambda to=to: shell(path, to), runs) for to in LIMITS_S}  # type: ignore[misc]
    return {
        "samples": seconds * RATE_HZ,
        "megabytes": path.stat().st_size / 1e6,
        "read_s": least(lambda: bulk.read(path), runs),
        "thorough_read_s": least(lambda: list(Capture(path).entries()), 1),
        **{f"{to}_s": seconds_ for to, seconds_ in took.items()},
        **{f"{to}_mb": path.with_suffix(f".{to}").stat().st_size / 1e6 for to in LIMITS_S},
        "within": all(took[to] <= limit for to, limit in LIMITS_S.items()),
    }


def table(row: dict[str, Any]) -> str:
    """What it took."""
    return figures.table(
        ["", "s", "at most", "MB"],
        [
            ["its samples read", f"{row['read_s']:.2f}", "", f"{row['megabytes']:.1f}"],
            ["read thoroughly, as a damaged or late one is", f"{row['thorough_read_s']:.2f}", "", ""],
            *[
                [f"to {to}, from the shell", f"{row[f'{to}_s']:.2f}", f"{limit:g}", f"{row[f'{to}_mb']:.1f}"]
                for to, limit in LIMITS_S.items()
            ],
        ],
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    facts = figures.computer()
    with tempfile.TemporaryDirectory() as name:
        row = measure(Path(name), arguments.seconds, arguments.runs)
    print(table(row))
    print(figures.write("export", facts, {"export": row}))


if __name__ == "__main__":
    main()
