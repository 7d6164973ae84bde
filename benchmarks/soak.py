"""A long run of real processes, hurt at random: what became of every sample, and how long it took to come back (robustness F27).

    scripts/soak --minutes 30
    scripts/soak --hours 72 --machines 30 --seed 7
    scripts/soak --minutes 5 --broker mosquitto --only service_killed --only partition

Agents with simulated patients, a therapist who gives them plans and sets, a wall that notes everything, and every so often a fault
(benchmarks/faults/strike.py), sometimes two at once. At the end everything sampled is looked for in the finished recordings. Prints a
table and writes `benchmarks/results/soak.json`. Exit code 1 when a sample is lost or stands in a recording twice, a statement of the
service was untrue, or a recording is left unfinished. The seed fixes which faults come when; what they hit depends on the computer.
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks import figures
from benchmarks.faults.account import event_faults
from benchmarks.faults.outcome import Reading, each_minute, growth, page, summary, verdict
from benchmarks.faults.rig import Rig, fleet
from benchmarks.faults.strike import KINDS, Fault, Recovery, draw, recover
from benchmarks.faults.strike import strike as strike_one
from benchmarks.faults.treatment import REST_S, Treatment
from service.recordings.names import PART

CALM_S = 15.0
"""Before the first fault: everybody has sat down, sessions are open."""
EVERY_S = 15.0
"""From one recovery to the next fault, on average."""
PAIRS = 0.2
"""Share of faults that don't come alone."""
RATE_HZ = 50.0
"""Half of what machines sample at: thirty agents share the computer with what they are to test, and shall leave it some room."""
COMMIT_S = 0.05
"""One group commit: what kill -9 of an agent may cost of the samples it took (F05)."""
SETTLED_S = 15.0
"""So long after everything was live again, what a fault has left to bring back no longer takes the computer's time."""
READ_S = 5.0
SWITCH_S = 0.001
"""The wires share this process with screen and judge: they must not wait for each other's turn."""
MIB = 1024 * 1024


@dataclass
class Run:
    """What is gathered while it runs."""

    recoveries: list[Recovery] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    windows: list[tuple[float, float]] = field(default_factory=list)
    """From the beginning of each fault to its recovery, s."""


def main() -> int:
    """The exit code."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, prog="scripts/soak", formatter_class=layout)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--hours", type=float, help="instead of minutes")
    parser.add_argument("--machines", type=int, default=30)
    parser.add_argument("--processes", type=int, default=6, help="of agents: those in one die together")
    parser.add_argument("--rate", type=float, default=RATE_HZ, metavar="HZ", help="at which every machine samples")
    parser.add_argument("--broker", choices=("embedded", "nats", "mosquitto"), default="embedded")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=EVERY_S, metavar="S", help="from one recovery to the next fault, on average")
    parser.add_argument(
        "--rest", type=float, default=REST_S, metavar="S", help="of a machine from one set to the next, on average; a clinic's: 600"
    )
    parser.add_argument("--only", action="append", choices=sorted(KINDS), help="faults of this kind alone; may be repeated")
    parser.add_argument("--save", default="soak", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args()
    minutes = options.hours * 60 if options.hours else options.minutes
    kinds = options.only or sorted(KINDS)
    sys.setswitchinterval(SWITCH_S)
    facts = figures.computer()
    print(f"seed {options.seed}: {options.machines} machines, {minutes:g} min, broker {options.broker}", flush=True)
    with Rig(fleet(options.machines, options.processes, rate_hz=options.rate), options.broker) as rig:
        outcome = soak(rig, minutes * 60, options.seed, kinds, options.every, options.rest)
        if outcome["faults"]:
            rig.keep()
    content = {
        "seed": options.seed,
        "minutes": minutes,
        "machines": options.machines,
        "processes": options.processes,
        "rate_hz": options.rate,
        "broker": options.broker,
        "every_s": options.every,
        "rest_s": options.rest,
    }
    content |= outcome
    print(page(content))
    if options.save != "no":
        print(f"written to {figures.write(options.save, facts, figures.rounded(content))}", file=sys.stderr)
    for words in outcome["faults"]:
        print(f"FAULT: {words}", file=sys.stderr)
    if outcome["faults"]:
        print(f"everything is kept in {rig.folder}", file=sys.stderr)
    return 1 if outcome["faults"] else 0


def soak(rig: Rig, seconds: float, seed: int, kinds: list[str], every_s: float, rest_s: float) -> dict[str, Any]:
    """All of it; what goes into the JSON."""
    run, over, chance = Run(), threading.Event(), random.Random(f"{seed}")  # noqa: S311 - no secret
    began_s = time.monotonic()
    with ThreadPoolExecutor() as pool:
        watching = pool.submit(watch, rig, run, over)
        try:
            with Treatment(rig, seed, rest_s) as treatment:
                time.sleep(CALM_S)
                while time.monotonic() - began_s < seconds:
                    one_fault(rig, run, chance, kinds)
                    pause_s = min(chance.expovariate(1 / every_s), 4 * every_s)
                    time.sleep(max(0.0, min(pause_s, began_s + seconds - time.monotonic())))
                hurt_s = time.monotonic()
            ledger = rig.finish(COMMIT_S)
        finally:
            over.set()
        watching.result()
    calm = [
        (a, b) for a, b in zip([began_s, *(end for _, end in run.windows)], [*(begin for begin, _ in run.windows), hurt_s], strict=True)
    ]
    frames = [rig.screen.frames[name] for name in rig.names]
    backwards = [words for each in frames for words in each.backwards]
    sessions = rig.sessions()
    said = Counter[str]()
    for session in sessions:
        said.update(session["completeness"])
    shown = event_faults(ledger.recordings, rig.screen.events)
    events = {**rig.screen.event_counts(), "differences": len(shown)}
    return {
        "samples": ledger.total._asdict(),
        "longest_tail_ms": ledger.longest_tail_s * 1e3,
        "sessions": len(sessions),
        "sets": treatment.sets,
        "service_says": dict(said),
        "recoveries": summary(run.recoveries),
        "strikes": len(run.recoveries),
        "live_percent_outside_faults": live_percent(rig, calm),
        "live_percent_settled": live_percent(rig, [(begin + SETTLED_S, end) for begin, end in calm]),
        "frames": {
            "shown": sum(len(each.received_s) for each in frames),
            "backwards": len(backwards),
            "called_live_and_old": sum(each.lies for each in frames),
        },
        "events": events,
        "service": {**growth(run.readings), "starts": len(rig.service.starts), "rss_mib_each_minute": each_minute(run.readings)},
        "part_files": len(rig.unfinished()),
        "faults": verdict(ledger.total, ledger.faults, len(rig.unfinished()), run.recoveries, backwards, events)
        + [f"events: {words[:300]}" for words in (*shown, *rig.screen.contradicted, *rig.screen.skipped_ids)],
        "lost_ranges": {boot: ranges[:20] for boot, ranges in ledger.lost.items()},
    }


def live_percent(rig: Rig, windows: Sequence[tuple[float, float]]) -> float | None:
    """Share of these times, over all machines, in which the screen's newest sample was fresh; None = there was no such time."""
    some = [(begin, end) for begin, end in windows if end > begin]
    asked_s = sum(end - begin for begin, end in some) * len(rig.names)
    live_s = sum(rig.screen.frames[name].live_s(begin, end) for name in rig.names for begin, end in some)
    return 100 * live_s / asked_s if asked_s else None


def one_fault(rig: Rig, run: Run, chance: random.Random, kinds: list[str]) -> None:
    """The next fault or two, and the way back."""
    faults = [draw(chance, len(rig.agents), kinds)]
    if chance.random() < PAIRS:
        faults.append(draw(chance, len(rig.agents), kinds))
    begun_s = time.monotonic()
    print(
        f"{time.strftime('%H:%M:%S')} {' and '.join(f'{each.kind}({each.target}, {each.length_s} s)' for each in faults)}",
        end=" ",
        flush=True,
    )
    try:
        came = strike_one(rig, faults[0]) if len(faults) == 1 else both(rig, faults, begun_s)
    except AssertionError as error:
        print(error)
        came = Recovery(faults[0].kind, begun_s, None, None, None, None)
    ended_s = time.monotonic() if came.away_s is None else begun_s + came.away_s
    run.recoveries.append(came)
    run.windows.append((begun_s, max(ended_s, begun_s)))
    memory = f", service {run.readings[-1].rss_mib:.0f} MiB" if run.readings else ""
    print(f"{came.words()}{memory}", flush=True)


def both(rig: Rig, faults: list[Fault], begun_s: float) -> Recovery:
    """Two at once."""
    with ThreadPoolExecutor() as pool:
        healed_s = max(pool.map(lambda fault: KINDS[fault.kind](rig, fault), faults))
    return recover(rig, faults, begun_s, healed_s)._replace(kind="two at once")


def watch(rig: Rig, run: Run, over: threading.Event) -> None:
    """A reading of the service every few seconds."""
    began_s, own = time.monotonic(), psutil.Process().cmdline()
    while not over.wait(READ_S):
        try:
            process = psutil.Process(rig.service.pid)
            if process.cmdline() == own:
                continue  # forked by its supervisor, and not yet the service
            rss_mib, age_s = process.memory_info().rss / MIB, time.time() - process.create_time()
            files = process.num_fds() - sum(file.path.endswith(PART) for file in process.open_files())
        except (psutil.Error, ValueError):
            continue
        run.readings.append(Reading(time.monotonic() - began_s, process.pid, age_s, rss_mib, files))


if __name__ == "__main__":
    sys.exit(main())
