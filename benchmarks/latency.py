"""Delay from a sample's time in the agent to the frame that first carries it in a client, beside the broker alone in the same run.

    scripts/bench latency                                  1, 10, 30 and 100 machines, 15 s each
    scripts/bench latency --machines 30 --seconds 60
    scripts/bench latency --broker mosquitto --save no
    scripts/bench latency --machines 30 --agents           real edge agents as the load

Counted for every sample, batching included: the first of two samples waits 10 ms for the second. All processes share one monotonic clock.
"""

import argparse
import sys
from typing import Any

from benchmarks import figures
from benchmarks.cell import VIEWER_HZ, WALL_HZ, Measured, Setting, measure
from benchmarks.figures import Delay
from benchmarks.subject import Subject, SubjectError
from benchmarks.worker import WorkerError

DELAYS = {
    "sample to frame": "frame",
    "floor: to a bare subscriber of the broker": "floor",
    "frame later than floor, sample by sample": "over",
    "newest sample to frame": "frame_newest",
    "newest sample to floor": "floor_newest",
    "wall, all machines at 30 Hz": "wall",
}


def row(cell: Measured) -> dict[str, Any]:
    """A cell as JSON, with what the figures of the issue are about: what the service adds to the floor."""
    extra = {f"over_floor_{name}": getattr(cell.frame, name) - getattr(cell.floor, name) for name in ("p50_ms", "p95_ms", "p99_ms")}
    found: dict[str, Any] = figures.rounded({**cell._asdict(), **extra, "whole": cell.whole, "cores": cell.cores})
    return found


def tables(rows: list[dict[str, Any]]) -> str:
    """Three tables: delay, completeness, what it took."""
    return "\n\n".join((delays(rows), completeness(rows), resources(rows)))


def delays(rows: list[dict[str, Any]]) -> str:
    head = ["machines, what", "samples", "p50 ms", "p95 ms", "p99 ms", "max ms"]
    lines: list[list[object]] = []
    for cell in rows:
        n = cell["machines"]
        for words, name in DELAYS.items():
            if cell[name] is not None and cell[name]["samples"]:
                d = Delay(**cell[name])
                lines.append([f"{n}: {words}", d.samples, *(_ms(value) for value in d[1:])])
        over = [_ms(cell[f"over_floor_{name}"], sign=True) for name in ("p50_ms", "p95_ms", "p99_ms")]
        lines.append([f"{n}: frame over floor, of the percentiles", "", *over, ""])
    return figures.table(head, lines)


def completeness(rows: list[dict[str, Any]]) -> str:
    head = [
        "machines",
        "samples",
        "once",
        "twice",
        "overtaken",
        "lost",
        "frames",
        "skipped",
        "events",
        "sessions",
        "recorded",
        "missing",
        "refused",
    ]
    lines: list[list[object]] = []
    for cell in rows:
        samples, recording = cell["samples"], cell["recording"]
        total = samples["once"] + samples["again"] + samples["lost"]
        kept = [recording[name] for name in ("sessions", "stored", "missing", "refused")]
        shown = [cell["frames"], cell["skipped"], cell["events"]]
        lines.append(
            [
                cell["machines"],
                total,
                samples["once"],
                samples["again"],
                cell["hidden"],
                max(0, samples["lost"] - cell["hidden"]),
                *shown,
                *kept,
            ]
        )
    return figures.table(head, lines)


def resources(rows: list[dict[str, Any]]) -> str:
    parts = list(rows[0]["usage"])
    head = ["machines", *(f"{part} cores" for part in parts), "all cores", "service MiB", "broker MiB", "us/batch", "load late p99 ms"]
    lines: list[list[object]] = []
    for cell in rows:
        usage = cell["usage"]
        cores = [f"{usage[part]['cores']:.2f}" for part in parts]
        memory = [f"{usage[part]['rss_mib']:.0f}" for part in ("service", "broker")]
        late = "" if cell["generator"] is None else _ms(cell["generator"]["p99_ms"])
        each_us = f"{usage['service']['cores'] / cell['batches_per_s'] * 1e6:.0f}"
        lines.append([cell["machines"], *cores, f"{cell['cores']:.2f}", *memory, each_us, late])
    return figures.table(head, lines)


def _ms(value: float | None, *, sign: bool = False) -> str:
    return "" if value is None else f"{value:+.2f}" if sign else f"{value:.2f}"


def main(arguments: list[str]) -> int:
    """Exit code 1 where a sample was lost or a process failed."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench latency", description=__doc__, formatter_class=layout)
    parser.add_argument("--machines", type=int, nargs="+", default=[1, 10, 30, 100])
    parser.add_argument("--seconds", type=float, default=15.0, help="measured, after the warm-up")
    parser.add_argument("--warm", type=float, default=3.0, help="seconds before; losses are counted there too")
    parser.add_argument("--broker", choices=["embedded", "mosquitto"], default="embedded")
    parser.add_argument("--agents", action="store_true", help="real edge agents instead of the lean generator")
    parser.add_argument("--no-wall", action="store_true", help="without the viewer of all machines")
    parser.add_argument("--save", default="latency", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    facts = figures.computer()
    rows = []
    for machines in options.machines:
        print(f"{machines} machine{'s' * (machines > 1)} for {options.warm + options.seconds:g} s ...", file=sys.stderr, flush=True)
        setting = Setting(machines, options.seconds, options.warm, wall=not options.no_wall, agents=options.agents)
        try:
            with Subject(options.broker) as subject:
                rows.append(row(measure(subject, setting)))
        except (SubjectError, WorkerError) as error:
            print(f"{machines} machines: {error}", file=sys.stderr)
            return 1
    print(tables(rows))
    if options.save != "no":
        content = {"broker": options.broker, "load": "agents" if options.agents else "generator", "seconds": options.seconds}
        content |= {"warm_s": options.warm, "viewer_hz": VIEWER_HZ, "wall_hz": WALL_HZ, "rows": rows}
        print(f"\nwritten to {figures.write(options.save, facts, content)}", file=sys.stderr)
    return 0 if all(each["whole"] for each in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
