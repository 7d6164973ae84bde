"""How many machines one service process takes: more and more, until frames come late or samples get lost.

    scripts/bench throughput
    scripts/bench throughput --machines 60 80 100 120 --seconds 30

Each machine: 100 Hz in batches of 20 ms (50 a second), recorded, one viewer. No bare subscriber beside it, which would take CPU too.
A step that fails (p99 above 100 ms, or a sample lost) is tried once more; failing twice ends the run. Every try stands in the table.
"""

import argparse
import sys
from typing import Any

from benchmarks import figures
from benchmarks.cell import Setting, measure
from benchmarks.latency import row
from benchmarks.subject import Subject, SubjectError
from benchmarks.worker import WorkerError

LATE_MS = 100.0


def holds(cell: dict[str, Any]) -> bool:
    """True where every sample arrived, and 99 of 100 within 100 ms."""
    return bool(cell["whole"]) and cell["frame"]["p99_ms"] is not None and cell["frame"]["p99_ms"] <= LATE_MS


def table(rows: list[dict[str, Any]]) -> str:
    head = [
        "machines",
        "batches/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "max ms",
        "lost",
        "overtaken",
        "service cores",
        "us/batch",
        "all cores",
        "MiB",
        "",
    ]
    lines: list[list[object]] = []
    for cell in rows:
        service = cell["usage"]["service"]
        delays = [f"{cell['frame'][name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
        lost = max(0, cell["samples"]["lost"] - cell["hidden"]) + cell["recording"]["missing"] + cell["recording"]["refused"]
        each_us = f"{service['cores'] / cell['batches_per_s'] * 1e6:.0f}"
        took = [f"{service['cores']:.2f}", each_us, f"{cell['cores']:.2f}", f"{service['rss_mib']:.0f}"]
        verdict = "holds" if holds(cell) else "too much"
        lines.append([cell["machines"], f"{cell['batches_per_s']:.0f}", *delays, lost, cell["hidden"], *took, verdict])
    return figures.table(head, lines)


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench throughput", description=__doc__, formatter_class=layout)
    parser.add_argument("--machines", type=int, nargs="+", default=[20, 40, 60, 80, 100, 120, 140, 160, 180, 200])
    parser.add_argument("--seconds", type=float, default=12.0, help="measured in each step, after the warm-up")
    parser.add_argument("--warm", type=float, default=3.0)
    parser.add_argument("--broker", choices=["embedded", "mosquitto"], default="embedded")
    parser.add_argument("--save", default="throughput", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    facts = figures.computer()
    rows: list[dict[str, Any]] = []
    tries = [machines for machines in options.machines for _ in range(2)]
    for machines in tries:
        if rows and rows[-1]["machines"] == machines and holds(rows[-1]):
            continue
        print(f"{machines} machines, {machines * 50} batches a second ...", file=sys.stderr, flush=True)
        setting = Setting(machines, options.seconds, options.warm, wall=False, floor=False)
        try:
            with Subject(options.broker) as subject:
                rows.append(row(measure(subject, setting)))
        except (SubjectError, WorkerError) as error:
            print(f"{machines} machines: {error}", file=sys.stderr)
            break
        if len(rows) > 1 and rows[-2]["machines"] == machines and not holds(rows[-1]):
            break
    if not rows:
        return 1
    print(table(rows))
    most = max((cell["machines"] for cell in rows if holds(cell)), default=0)
    print(f"\n{most} machines ({most * 50} batches a second): every sample in a frame and in a recording, p99 within {LATE_MS:.0f} ms")
    if options.save != "no":
        content = {"broker": options.broker, "seconds": options.seconds, "late_ms": LATE_MS, "most_machines": most, "rows": rows}
        print(f"written to {figures.write(options.save, facts, content)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
