"""What it costs to record: a core's share by rate, what the disk gets, and how long recoveries take.

A table and benchmarks/results/recording.json. Run: `scripts/bench recording [--seconds N] [--parts N]`.
"""

import argparse
import asyncio
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import figures
from service.live.resuming import made_whole
from service.recordings import Recorder, leftovers
from wire import samples
from wire.capture import Capture
from wire.samples import SampleBatch

BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"
FIRST_NS = 1_000_000_000_000
BATCHES_S = 50
SHARE = 0.03
"""Of a core, that recording a machine at 1 kHz may cost."""
RECOVERY_S = 30.0
"""What 1,000 recordings may take after a power cut (robustness F07)."""


def batches(rate_hz: int, seconds: int) -> Iterator[tuple[SampleBatch, bytes]]:
    """A machine's movement with the noise of its sensors, as it comes off the wire: 50 batches a second."""
    random = np.random.default_rng(7)
    n, dt = rate_hz // BATCHES_S, 1_000_000_000 // rate_hz
    for number in range(seconds * BATCHES_S):
        t_s = (number * n + np.arange(n)) / rate_hz
        angle = (33 + 27 * np.cos(2 * np.pi * t_s / 10) + random.normal(0, 0.05, n)).astype("<f4")
        torque = (80 + 20 * np.sin(2 * np.pi * t_s / 10) + random.normal(0, 0.5, n)).astype("<f4")
        t0 = FIRST_NS + number * n * dt
        batch = SampleBatch(boot=BOOT, seq=number * n, t0=t0, dt=dt, angle=angle.tobytes(), torque=torque.tobytes())
        yield batch, samples.encode(batch)


def record(folder: Path, session: str, rate_hz: int, seconds: int) -> Recorder:
    """A machine's recording as the service writes it: each batch, a row of /signals with it, made durable once a second."""
    recorder = Recorder(folder, machine="bench/recording", session=session, plan=None, metadata={})
    recorder.utc_offset_ns = 0
    for number, (batch, payload) in enumerate(batches(rate_hz, seconds)):
        recorder.batch(payload, batch.t0)
        recorder.signals(batch.t0, 33.25, 80.5, -12.5, "extension", 3, 33.5)
        if number % BATCHES_S == BATCHES_S - 1:
            recorder.cut()
            recorder.sync()
    return recorder


def costs(folder: Path, rate_hz: int, seconds: int) -> dict[str, Any]:
    """One machine at a rate: what of a core it takes to record, making the batches not counted."""
    made = list(batches(rate_hz, seconds))
    recorder = Recorder(folder, machine="bench/recording", session=f"r{rate_hz}", plan=None, metadata={})
    recorder.utc_offset_ns = 0
    loop_s = disk_s = 0.0
    slowest_s = 0.0
    for second in range(seconds):
        began = time.process_time()
        for batch, payload in made[second * BATCHES_S : (second + 1) * BATCHES_S]:
            recorder.batch(payload, batch.t0)
            recorder.signals(batch.t0, 33.25, 80.5, -12.5, "extension", 3, 33.5)
        recorder.cut()
        loop_s += time.process_time() - began
        began, wall = time.process_time(), time.perf_counter()
        recorder.sync()
        slowest_s = max(slowest_s, time.perf_counter() - wall)
        disk_s += time.process_time() - began
    path = recorder.finish({"expected": 0, "stored": 0, "missing": 0, "refused": 0}, {"reason": "stopped"})
    size = path.stat().st_size
    assert Capture(path).total == rate_hz * seconds
    return {
        "rate_hz": rate_hz,
        "seconds": seconds,
        "loop_share": loop_s / seconds,
        "thread_share": disk_s / seconds,
        "share": (loop_s + disk_s) / seconds,
        "within": (loop_s + disk_s) / seconds <= SHARE,
        "kb_s": size / seconds / 1000,
        "slowest_sync_ms": slowest_s * 1000,
    }


def recovery(folder: Path, parts: int, seconds: int) -> dict[str, Any]:
    """Recordings of 100 Hz that a power cut left open, all made whole as the service does when it starts."""
    first = record(folder, "s0", 100, seconds)
    first.close()
    size = first.path.stat().st_size
    with first.path.open("rb+") as file:
        file.truncate(size - 11)
    for number in range(1, parts):
        shutil.copyfile(first.path, first.path.with_name(f"s{number}.mcap.part"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, cpu = time.perf_counter(), time.process_time()
    found = asyncio.run(_ended(leftovers(folder)))
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert found == parts
    return {
        "parts": parts,
        "seconds_each": seconds,
        "kb_each": size / 1000,
        "took_s": took,
        "processor_s": time.process_time() - cpu + children_s,
        "within": took <= RECOVERY_S * parts / 1000,
    }


async def _ended(parts: list[Path]) -> int:
    return len([path async for path in made_whole(parts)])


def cost_table(rows: list[dict[str, Any]]) -> str:
    """Shares of a core by rate."""
    return figures.table(
        ["rate", "on the loop", "in a thread", "together", f"<= {SHARE:.0%}", "kB/s on disk", "slowest sync ms"],
        [
            [
                f"{row['rate_hz']} Hz",
                f"{row['loop_share']:.2%}",
                f"{row['thread_share']:.2%}",
                f"{row['share']:.2%}",
                "yes" if row["within"] else "NO",
                f"{row['kb_s']:.1f}",
                f"{row['slowest_sync_ms']:.1f}",
            ]
            for row in rows
        ],
    )


def recovery_table(row: dict[str, Any]) -> str:
    """How long it takes to be whole again."""
    return figures.table(
        ["recordings", "each", "took s", "processor s", f"<= {RECOVERY_S:g} s per 1,000"],
        [
            [
                row["parts"],
                f"{row['seconds_each']} s, {row['kb_each']:.0f} kB",
                f"{row['took_s']:.1f}",
                f"{row['processor_s']:.1f}",
                "yes" if row["within"] else "NO",
            ]
        ],
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long each machine is recorded")
    parser.add_argument("--parts", type=int, default=1000, help="how many recordings are recovered")
    arguments = parser.parse_args()
    facts = figures.computer()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        rows = [costs(folder, rate_hz, arguments.seconds) for rate_hz in (100, 500, 1000)]
        recovered = recovery(folder / "parts", arguments.parts, 180)
    print(cost_table(rows))
    print()
    print(recovery_table(recovered))
    print(figures.write("recording", facts, {"costs": rows, "recovery": recovered}))


if __name__ == "__main__":
    main()
