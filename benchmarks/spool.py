"""What keeping everything on the edge's disk costs: against SQLite and a plainly growing file, and of the spool as it is.

    scripts/bench spool
    scripts/bench spool --commits 200 --hours 1 --gib 0.25

*Written* counts what reaches the device, of an ext4 of its own in a file behind a loop device; that needs root, without it the column is
empty. Everything else is measured in `--folder`.
"""

import argparse
import contextlib
import math
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from benchmarks import figures
from disk import DISK, File
from disk.records import record
from edge_agent.committer import GROUP_S, Committer
from edge_agent.segments import Segment
from edge_agent.spool import MIB, SEGMENT_BYTES, Spool
from wire.samples import SampleBatch, encode

BATCH_S = 0.02
BATCHES = math.ceil(GROUP_S / BATCH_S)
"""In one commit."""
HOUR_S = 3600.0


class Commit(NamedTuple):
    """One way to keep a group commit: how long it takes, what the device writes in an hour, the CPU it takes, in cores."""

    way: str
    rate_hz: int
    p50_ms: float
    p99_ms: float
    written_mb_h: float | None
    cores: float


class Ways:
    """Each keeps the payloads of one commit durably."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def segments(self) -> Callable[[list[bytes]], None]:
        """As the spool does: into prepared space."""
        spare = DISK.create(self.folder / "spare")
        spare.write(bytes(SEGMENT_BYTES))
        spare.sync()
        spare.close()
        segment = Segment.begin(DISK, self.folder, "boot", 0, self.folder / "spare")
        return lambda payloads: segment.add(b"".join(map(record, payloads)), segment.end + 1)

    def growing(self) -> Callable[[list[bytes]], None]:
        """The same records at the end of a file that grows."""
        file: File = DISK.create(self.folder / "growing")

        def keep(payloads: list[bytes]) -> None:
            file.write(b"".join(map(record, payloads)))
            file.sync()

        return keep

    def sqlite(self) -> Callable[[list[bytes]], None]:
        """A table, WAL, synchronous FULL: what survives a power cut."""
        base = sqlite3.connect(self.folder / "spool.db", isolation_level=None)
        base.execute("pragma journal_mode=wal")
        base.execute("pragma synchronous=full")
        base.execute("create table batch (boot integer, seq integer, payload blob, primary key (boot, seq)) without rowid")
        seq = 0

        def keep(payloads: list[bytes]) -> None:
            nonlocal seq
            base.execute("begin")
            base.executemany("insert into batch values (1, ?, ?)", [(seq + at, payload) for at, payload in enumerate(payloads)])
            base.execute("commit")
            seq += len(payloads)

        return keep


def payload(rate_hz: int, seq: int = 0) -> bytes:
    """One live batch."""
    n = round(rate_hz * BATCH_S)
    column = np.linspace(0, 60, n, dtype="<f4").tobytes()
    boot = "0199e7a1-7c3e-7000-8000-0123456789ab"
    return encode(SampleBatch(boot=boot, seq=seq, t0=seq * 10**9 // rate_hz, dt=10**9 // rate_hz, angle=column, torque=column))


def compare(folder: Path, device: Path | None, commits: int) -> list[Commit]:
    """Each way at 100 Hz and 1 kHz."""
    rows = []
    for rate_hz in (100, 1000):
        for way in ("segments", "growing", "sqlite"):
            with tempfile.TemporaryDirectory(dir=folder) as own:
                keep = getattr(Ways(Path(own)), way)()
                group = [payload(rate_hz)] * BATCHES
                keep(group)
                os.sync()
                before, cpu_s = _written(device), time.process_time()
                times = []
                for _ in range(commits):
                    began = time.perf_counter_ns()
                    keep(group)
                    times.append(time.perf_counter_ns() - began)
                cpu_s = (time.process_time() - cpu_s) / commits / (BATCHES * BATCH_S)
                wear = None if device is None else (_written(device) - before) / commits * HOUR_S / (BATCHES * BATCH_S) / 1e6
                taken = figures.delay(np.array(times))
                rows.append(Commit(way, rate_hz, taken.p50_ms, taken.p99_ms, wear, cpu_s))
    return rows


def live_path(folder: Path, rate_hz: int, seconds: float) -> dict[str, Any]:
    """What `put` adds to a batch's way to the line while the thread commits, and the CPU of both, at real pace."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        spool = Spool(Path(own))
        spool.open()
        spool.begin("boot")
        committer = Committer(spool)
        committer.start()
        n, times, cpu_s = round(rate_hz * BATCH_S), [], time.process_time()
        began_s = time.monotonic()
        for at in range(round(seconds / BATCH_S)):
            time.sleep(max(0.0, began_s + at * BATCH_S - time.monotonic()))
            one = payload(rate_hz, at * n)
            began = time.perf_counter_ns()
            spool.put(at * n, n, one)
            times.append(time.perf_counter_ns() - began)
        cores = (time.process_time() - cpu_s) / seconds
        committer.stop()
    taken = figures.delay(np.array(times))
    return {"rate_hz": rate_hz, "p50_us": taken.p50_ms * 1e3, "p99_us": taken.p99_ms * 1e3, "max_us": taken.max_ms * 1e3, "cores": cores}


def outage(folder: Path, hours: float) -> dict[str, Any]:
    """A line that is cut off for so long, at 100 Hz, as fast as it goes (syncs left out): memory, size, time to open."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        spool = Spool(Path(own), 8192 * MIB, fast())
        spool.open()
        spool.begin("boot")
        n, seq, process = 2, 0, psutil.Process()
        for _ in range(1000):
            spool.put(seq, n, payload(100, seq))
            seq += n
        spool.round()
        before = process.memory_info().rss
        for _ in range(round(hours * HOUR_S)):
            for _ in range(round(1 / BATCH_S)):
                spool.put(seq, n, payload(100, seq))
                seq += n
            spool.round()
        grown = (process.memory_info().rss - before) / MIB
        size = sum(path.stat().st_size for path in Path(own).glob("*.spool"))
        spool.close()
        began_s = time.monotonic()
        again = Spool(Path(own), 8192 * MIB)
        again.open()
        open_s = time.monotonic() - began_s
        again.close()
    return {"hours": hours, "rss_growth_mib": grown, "size_mib": size / MIB, "open_s": open_s}


def opening(folder: Path, gib: float, boots: int) -> dict[str, Any]:
    """To open so much, left behind by so many boots that were killed."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        entries = b"".join(record(payload(100, seq)) for seq in range(0, 60_000, 2))[:SEGMENT_BYTES]
        content = entries.ljust(SEGMENT_BYTES, b"\0")
        number = max(boots, round(gib * 1024 * MIB / SEGMENT_BYTES))
        for at in range(number):
            boot, first = at % boots, at // boots * 60_000
            (Path(own) / f"boot{boot:04d}-{first:012d}.spool").write_bytes(content)
        began_s = time.monotonic()
        spool = Spool(Path(own), 8192 * MIB)
        spool.open()
        open_s = time.monotonic() - began_s
        spool.close()
    return {"gib": number * SEGMENT_BYTES / 1024 / MIB, "boots": boots, "open_s": open_s}


def fast() -> Any:
    """The real disk, whose syncs do nothing."""

    class Fast(type(DISK)):  # type: ignore[misc]
        def create(self, path: Path) -> File:
            return _lazy(super().create(path))

        def reopen(self, path: Path) -> File:
            return _lazy(super().reopen(path))

        def sync_folder(self, path: Path) -> None:
            pass

    def _lazy(file: Any) -> File:
        file.sync = lambda: None
        found: File = file
        return found

    return Fast()


@contextlib.contextmanager
def own_device(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """A folder on an ext4 of its own and the statistics of its device; the given folder and None where that can't be had."""
    image, mounted = folder / "ext4.img", folder / "ext4"
    try:
        mounted.mkdir()
        _run("truncate", "-s", "512M", str(image))
        _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", str(image))
        device = _run("losetup", "-f", "--show", "--direct-io=on", str(image))
        _run("mount", device, str(mounted))
    except (OSError, subprocess.CalledProcessError):
        yield folder, None
        return
    try:
        yield mounted, Path("/sys/block") / Path(device).name / "stat"
    finally:
        _run("umount", "-l", str(mounted))
        _run("losetup", "-d", device)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _written(device: Path | None) -> int:
    """Bytes written to a device so far. Field 7 of its statistics: sectors of 512 bytes (kernel, Documentation/block/stat.rst)."""
    return 0 if device is None else int(device.read_text().split()[6]) * 512


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the live path")
    parser.add_argument("--hours", type=float, default=24.0, help="of the outage")
    parser.add_argument("--gib", type=float, default=2.0, help="to open")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    facts = figures.computer()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="ilex-spool-") as own:
        with own_device(Path(own)) as (folder, device):
            commits = compare(folder, device, given.commits)
        paths = [live_path(Path(own), rate_hz, given.seconds) for rate_hz in (100, 1000)]
        opened = [opening(Path(own), given.gib, boots) for boots in (1, 30)]
        cut_off = outage(Path(own), given.hours)
    print(figures.table(list(Commit._fields), [[_words(value) for value in row] for row in commits]))
    for row in (*paths, *opened, cut_off):
        print(", ".join(f"{name} {_words(value)}" for name, value in row.items()))
    content = {"commits": commits, "live_path": paths, "opening": opened, "outage": cut_off}
    figures.write("spool", facts, figures.rounded(content))
    return 0


def _words(value: object) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main())
