"""The service's memory while machines run: every 10 s over 10 min, and the slope of the line through it.

    scripts/bench memory
    scripts/bench memory --minutes 60 --machines 30

Each machine: 100 Hz in batches of 20 ms, recorded, one viewer, and a wall; one session all the time, in sets of 15 repetitions.
The slope is taken after the first fifth, when caches are full.
"""

import argparse
import contextlib
import sys
import time
from typing import Any, NamedTuple

import msgspec
import numpy as np

from benchmarks import figures, load, viewers
from benchmarks.cell import VIEWER_HZ, WALL_HZ, await_machines, give_plans
from benchmarks.load import Load
from benchmarks.motion import PLAN
from benchmarks.subject import HOST, Subject, SubjectError
from benchmarks.usage import rss_mib
from benchmarks.viewers import Watcher
from benchmarks.worker import Worker, WorkerError
from wire.plan import Repetitions

SETS = msgspec.structs.replace(PLAN, repetitions=Repetitions(12, 15), endpoint="repetitions")


class Reading(NamedTuple):
    """Resident memory at a time since the first sample."""

    at_s: float
    service_mib: float
    broker_mib: float


def slope(readings: list[Reading]) -> float:
    """MiB a minute: least squares over the readings after the first fifth."""
    end_s = readings[-1].at_s
    settled = [each for each in readings if each.at_s >= end_s / 5] or readings
    if len(settled) < 2:
        return 0.0
    return float(np.polyfit([each.at_s / 60 for each in settled], [each.service_mib for each in settled], 1)[0])


def table(readings: list[dict[str, Any]], most: int = 12) -> str:
    """At most so many readings, evenly chosen."""
    chosen = [readings[k] for k in sorted({round(k) for k in np.linspace(0, len(readings) - 1, min(most, len(readings)))})]
    rows = [[f"{each['at_s']:.0f} s", f"{each['service_mib']:.1f}", f"{each['broker_mib']:.1f}"] for each in chosen]
    return figures.table(["after", "service MiB", "broker MiB"], rows)


def observe(subject: Subject, machines: int, minutes: float, every_s: float) -> list[Reading]:
    """Machines and viewers for so long; the readings. Raises SubjectError, WorkerError."""
    source = Load(machines, HOST, subject.mqtt_port)
    give_plans(subject, source.names, SETS)
    watchers = [*(Watcher([name], VIEWER_HZ) for name in source.names), Watcher("*", WALL_HZ)]
    readings: list[Reading] = []
    with contextlib.ExitStack() as stack:
        generator = stack.enter_context(Worker("load", load.run, source))
        generator.ready()
        await_machines(subject, source.names)
        audience = stack.enter_context(Worker("viewers", viewers.run, HOST, subject.port, subject.token, watchers, False))
        audience.ready()
        pids = subject.pids()
        start_ns = time.monotonic_ns() + 500_000_000
        generator.tell((start_ns, round(minutes * 60_000 / source.batch_ms)))
        for k in range(1, round(minutes * 60 / every_s) + 1):
            time.sleep(max(0.0, start_ns / 1e9 + k * every_s - 0.2 - time.monotonic()))
            audience.alive()
            readings.append(Reading(k * every_s, rss_mib(pids["service"]), rss_mib(pids["broker"])))
            print(f"{readings[-1].at_s:6.0f} s  service {readings[-1].service_mib:7.1f} MiB", file=sys.stderr, flush=True)
        generator.hear("done", 60.0)
    return readings


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__, formatter_class=layout)
    parser.add_argument("--machines", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two readings")
    parser.add_argument("--save", default="memory", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    facts = figures.computer()
    try:
        with Subject() as subject:
            readings = observe(subject, options.machines, options.minutes, options.every)
    except (SubjectError, WorkerError) as error:
        print(error, file=sys.stderr)
        return 1
    rows = [figures.rounded(each, 2) for each in readings]
    rate, most = slope(readings), max(each.service_mib for each in readings)
    print(table(rows))
    print(f"\n{options.machines} machines: at most {most:.0f} MiB, {rate:+.2f} MiB a minute")
    if options.save != "no":
        content = {"machines": options.machines, "minutes": options.minutes, "most_mib": round(most, 1)}
        content |= {"slope_mib_per_min": round(rate, 3), "rows": rows}
        print(f"written to {figures.write(options.save, facts, content)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
