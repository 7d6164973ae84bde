"""What the analysis costs, beside the cheapest filter there is: in bulk, live, over an hour, and from the shell.

    scripts/bench core
    scripts/bench core --runs 9

Compiled, and as the plain Python that it falls back to. One process; the sets are simulated (steady, hurried, one who tires). What runs
in one thread and never waits is measured in processor time, so that others on the computer change it little.
"""

import argparse
import gc
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from benchmarks import figures
from edge_agent.simulator import simulate
from service import kernels
from service.analysis import Session, engine
from service.analysis.engine import PLAIN, Engine
from service.analysis.run import analyse
from service.recordings import Recorder
from wire import samples
from wire.messages import Input
from wire.plan import Plan, Range, Repetitions, Tempo
from wire.recorded import Block, open_recorded
from wire.samples import SampleBatch

CHARACTERS = ("steady", "hurried", "tires")
PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), repetitions=Repetitions(8, 12), load_nm=120.0)
REST_S = 15.0
"""Before and after each set."""
HOUR_S = 3600.0
MINUTES_S = 180.0
BATCH_S = 0.02
BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"
FIRST_NS = 1_000_000_000_000
PROCESS = """\
import sys, time
began = time.perf_counter()
from service import kernels
from service.analysis.engine import PLAIN
kernels.compiled()
print(time.perf_counter() - began, "numba" in sys.modules)
"""


def bulk(rate_hz: float, compiled: Engine, runs: int) -> dict[str, Any]:
    """Whole sets through fresh sessions, against one `sosfilt` call (one biquad) over the same two channels: ns a sample."""
    sets = [simulated(name, rate_hz) for name in CHARACTERS]
    both = [np.vstack([each.angle_deg, each.torque_nm]).astype(np.float64) for each in sets]
    sos = butter(2, 6.0, fs=rate_hz, output="sos")
    total = sum(len(each.t_ns) for each in sets)

    def filtered() -> None:
        for each in both:
            sosfilt(sos, each)

    events = 0

    def analysed(chosen: Engine) -> Callable[[], None]:
        def run() -> None:
            nonlocal events
            engine.use(chosen)
            events = sum(len(list(analyse([each], PLAN))) for each in sets)

        return run

    # In turns, so that all of them see the same computer.
    took = in_turns([filtered, analysed(compiled), analysed(PLAIN)], runs)
    floor_ns, compiled_ns, plain_ns = (one / total * 1e9 for one in took)
    spent: list[int] = []
    task = analysed(metered(compiled, spent))
    kernels_ns = median(kernel_time(task, spent) for _ in range(runs)) / total
    return {
        "rate_hz": rate_hz,
        "samples": total,
        "events": events,
        "sosfilt_ns": floor_ns,
        "compiled_ns": compiled_ns,
        "kernels_ns": kernels_ns,
        "ratio": compiled_ns / floor_ns,
        "plain_ns": plain_ns,
        "plain_ratio": plain_ns / floor_ns,
    }


def metered(chosen: Engine, spent: list[int]) -> Engine:
    """The engine, its kernels' processor time (ns) put on a list call by call."""

    def meter(kernel: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*given: Any) -> Any:
            began = time.thread_time_ns()
            result = kernel(*given)
            spent.append(time.thread_time_ns() - began)
            return result

        return measured

    meters: dict[str, Any] = {name: meter(kernel) for name, kernel in chosen._asdict().items() if name not in ("name", "view")}
    return chosen._replace(**meters)


def kernel_time(task: Callable[[], None], spent: list[int]) -> int:
    """What a task spends in metered kernels, ns."""
    spent.clear()
    task()
    return sum(spent)


class Live(NamedTuple):
    """Batches without an event, us each; `processor` is time of this process alone."""

    batches: int
    median_us: float
    p99_us: float
    max_us: float
    processor_p99_us: float


def live(chosen: Engine, passes: int) -> Live:
    """Batches of two samples at 100 Hz, each from its bytes to the values of a frame; those that make an event known are left out."""
    payloads = [[samples.encode(batch) for batch in batches(simulated(name, 100.0), 100.0)] for name in CHARACTERS]
    engine.use(chosen)
    took: list[tuple[int, int]] = []
    for _ in range(passes):
        for each in payloads:
            session = Session(PLAN)
            for payload in each:
                began = time.thread_time_ns(), time.perf_counter_ns()
                batch = samples.decode(payload)
                t_ns = batch.times_ns()
                events = session.feed(t_ns, batch.angle_deg(), batch.torque_nm())
                _ = (session.angle_deg, session.torque_nm, session.speed_deg_s, session.phase, session.repetition, session.cue)
                session.cue_at(int(t_ns[-1]))
                if not events:
                    took.append(since(*began))
    return _live(took)


def chunked(passes: int) -> Live:
    """Beside it: `sosfilt` alone on the same batches, its state handed on."""
    took: list[tuple[int, int]] = []
    sos = butter(2, 6.0, fs=100.0, output="sos")
    for _ in range(passes):
        for name in CHARACTERS:
            one = simulated(name, 100.0)
            both = np.vstack([one.angle_deg, one.torque_nm]).astype(np.float64)
            state = np.zeros((1, 2, 2))
            for at in range(0, both.shape[1] - 1, 2):
                began = time.thread_time_ns(), time.perf_counter_ns()
                _, state = sosfilt(sos, both[:, at : at + 2], zi=state)
                took.append(since(*began))
    return _live(took)


def since(processor_ns: int, elapsed_ns: int) -> tuple[int, int]:
    """Elapsed and processor time since both clocks were read, ns."""
    now = time.perf_counter_ns()
    return now - elapsed_ns, time.thread_time_ns() - processor_ns


def _live(took: list[tuple[int, int]]) -> Live:
    elapsed, processor = np.array(took).T * 1e-3
    p99_us, processor_us = (float(np.percentile(one, 99, method="higher")) for one in (elapsed, processor))
    return Live(len(took), float(np.median(elapsed)), p99_us, float(elapsed.max()), processor_us)


def hour(compiled: Engine, runs: int, folder: Path) -> dict[str, Any]:
    """A recorded session of an hour at 500 Hz: read, and analysed once it is in memory. Seconds."""
    path = recorded(folder, "hour", tiled(500.0, HOUR_S), 500.0)
    entries: list[Block | Input] = []

    def read() -> None:
        entries[:] = open_recorded(path).entries()

    events = 0

    def again(chosen: Engine) -> Callable[[], None]:
        def run() -> None:
            nonlocal events
            engine.use(chosen)
            events = sum(1 for _ in analyse(entries, PLAN))

        return run

    (reading_s,) = in_turns([read], runs, time.perf_counter)
    (compiled_s,) = in_turns([again(compiled)], runs)
    (plain_s,) = in_turns([again(PLAIN)], 1)
    total = sum(len(entry.t_ns) for entry in entries if isinstance(entry, Block))
    return {
        "samples": total,
        "events": events,
        "mib": path.stat().st_size / 2**20,
        "reading_s": reading_s,
        "compiled_s": compiled_s,
        "plain_s": plain_s,
    }


def shell(runs: int, folder: Path) -> dict[str, Any]:
    """`ilex analyze` of three minutes at 100 Hz as a person runs it, start included; the first run stands alone. Seconds."""
    path = recorded(folder, "minutes", tiled(100.0, MINUTES_S), 100.0)
    program = Path(sysconfig.get_path("scripts")) / "ilex"

    def timed(**settings: str) -> float:
        began = time.perf_counter()
        subprocess.run(
            [program, "analyze", path], env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )
        return time.perf_counter() - began

    first_s = timed()
    later = [timed() for _ in range(runs)]
    plain = [timed(ILEX_KERNELS="plain") for _ in range(runs)]
    return {"first_s": first_s, "later_s": median(later), "worst_s": max(later), "plain_s": median(plain)}


def start(folder: Path) -> dict[str, Any]:
    """What compiling costs a process with an empty cache, and what the next one pays. Seconds, imports of the compiler included."""
    found = []
    for _ in range(2):
        made = subprocess.run(
            [sys.executable, "-c", PROCESS],
            env={**os.environ, "ILEX_CACHE": str(folder / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, compiler = made.stdout.split()
        found.append((float(seconds), compiler))
    kept = max((folder / "cache" / "kernels").glob("*.o"), key=lambda path: path.stat().st_mtime)
    return {"cold_s": found[0][0], "warm_s": found[1][0], "compiler_imported": found[1][1] == "True", "kib": kept.stat().st_size / 1024}


# Material.


_simulated: dict[tuple[str, float], Block] = {}


def simulated(character: str, rate_hz: float) -> Block:
    """One set of a simulated patient under the plan, as one block."""
    if (character, rate_hz) not in _simulated:
        blocks = list(simulate(character, PLAN, 1, rate_hz, rest_s=REST_S))
        t_ns, angle_deg, torque_nm = (np.concatenate([each[k] for each in blocks]) for k in range(3))
        _simulated[character, rate_hz] = Block(None, 0, t_ns + FIRST_NS, angle_deg, torque_nm)
    return _simulated[character, rate_hz]


def tiled(rate_hz: float, seconds: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Angle and torque of so many seconds: sets one after another."""
    sets = [simulated(name, rate_hz) for name in CHARACTERS]
    total = round(seconds * rate_hz)
    times = -(-total // sum(len(each.t_ns) for each in sets))
    angle_deg = np.concatenate([each.angle_deg for each in sets] * times)[:total]
    torque_nm = np.concatenate([each.torque_nm for each in sets] * times)[:total]
    return angle_deg, torque_nm


def batches(one: Block, rate_hz: float) -> Iterable[SampleBatch]:
    """A block as it comes over the wire, 20 ms each."""
    n, dt = round(BATCH_S * rate_hz), round(1e9 / rate_hz)
    for at in range(0, len(one.t_ns) - n + 1, n):
        angle, torque = (column[at : at + n].tobytes() for column in (one.angle_deg, one.torque_nm))
        yield SampleBatch(boot=BOOT, seq=at, t0=int(one.t_ns[at]), dt=dt, angle=angle, torque=torque)


def recorded(folder: Path, session: str, columns: tuple[NDArray[np.float32], NDArray[np.float32]], rate_hz: float) -> Path:
    """A finished recording of a machine that sent these columns."""
    total = len(columns[0])
    t_ns = FIRST_NS + np.arange(total, dtype=np.int64) * round(1e9 / rate_hz)
    recorder = Recorder(folder, machine="bench/core", session=session, plan=PLAN, metadata={})
    for number, batch in enumerate(batches(Block(None, 0, t_ns, *columns), rate_hz)):
        recorder.batch(samples.encode(batch), batch.t0)
        if number % 50 == 49:
            recorder.cut()
        if number % 1000 == 999:
            recorder.sync()
    return recorder.finish({"expected": total, "stored": total, "missing": 0, "refused": 0}, {"reason": "stopped"})


def in_turns(tasks: Sequence[Callable[[], None]], runs: int, clock: Callable[[], float] = time.process_time) -> list[float]:
    """Seconds of each task by a clock, the median of `runs` rounds, after one that does not count."""
    took: list[list[float]] = [[] for _ in tasks]
    for round_ in range(runs + (runs > 1)):
        for task, seconds in zip(tasks, took, strict=True):
            gc.collect()
            began = clock()
            task()
            if round_ or runs == 1:
                seconds.append(clock() - began)
    return [median(seconds) for seconds in took]


# Tables.


def bulk_table(rows: list[dict[str, Any]]) -> str:
    head = ["rate", "samples", "events", "sosfilt ns", "analysis ns", "kernels", "times sosfilt", "plain ns", "times sosfilt"]
    return figures.table(
        head,
        [
            [
                f"{row['rate_hz']:.0f} Hz",
                row["samples"],
                row["events"],
                f"{row['sosfilt_ns']:.1f}",
                f"{row['compiled_ns']:.1f}",
                f"{row['kernels_ns']:.1f}",
                f"{row['ratio']:.2f}",
                f"{row['plain_ns']:.0f}",
                f"{row['plain_ratio']:.0f}",
            ]
            for row in rows
        ],
    )


def live_table(rows: dict[str, dict[str, Any]]) -> str:
    head = ["one batch of 2 samples", "batches", "median us", "p99 us", "max us", "processor p99 us"]
    numbers = ("median_us", "p99_us", "max_us", "processor_p99_us")
    return figures.table(head, [[name, row["batches"], *(f"{row[number]:.1f}" for number in numbers)] for name, row in rows.items()])


def once_table(hour_: dict[str, Any], shell_: dict[str, Any], start_: dict[str, Any]) -> str:
    lines = [
        [f"re-analysis of an hour at 500 Hz ({hour_['samples']} samples, {hour_['events']} events), in memory", hour_["compiled_s"]],
        ["the same, plain", hour_["plain_s"]],
        [f"reading its file ({hour_['mib']:.0f} MiB)", hour_["reading_s"]],
        ["`ilex analyze` of 3 min at 100 Hz, first run", shell_["first_s"]],
        ["later runs", shell_["later_s"]],
        ["the slowest of them", shell_["worst_s"]],
        ["later runs, plain", shell_["plain_s"]],
        ["compiled kernels in a fresh process, nothing kept", start_["cold_s"]],
        [f"the next process (loads {start_['kib']:.0f} KiB)", start_["warm_s"]],
    ]
    return figures.table(["", "s"], [[words, f"{seconds:.2f}"] for words, seconds in lines])


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench core", description=__doc__, formatter_class=layout)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--save", default="core", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    facts = figures.computer()
    facts["packages"] |= {name: version(name) for name in ("llvmlite", "numba", "scipy")}
    with tempfile.TemporaryDirectory(prefix="ilex-bench-") as name:
        folder = Path(name)
        steps: dict[str, Callable[[], Any]] = {
            "start": lambda: start(folder),
            "bulk": lambda: [bulk(rate_hz, compiled, options.runs) for rate_hz in (100.0, 500.0)],
            "live": lambda: {
                "analysis, bytes to the frame's values": live(compiled, options.runs)._asdict(),
                "the same, plain": live(PLAIN, 1)._asdict(),
                "`sosfilt` alone, chunk by chunk": chunked(1)._asdict(),
            },
            "hour": lambda: hour(compiled, options.runs, folder),
            "shell": lambda: shell(options.runs, folder),
        }
        compiled = kernels.compiled()
        found = {}
        for step, run in steps.items():
            print(f"{step} ...", file=sys.stderr, flush=True)
            found[step] = figures.rounded(run())
        engine.use(PLAIN)
    print(bulk_table(found["bulk"]), live_table(found["live"]), once_table(found["hour"], found["shell"], found["start"]), sep="\n\n")
    if options.save != "no":
        print(f"written to {figures.write(options.save, facts, {'runs': options.runs, **found})}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
