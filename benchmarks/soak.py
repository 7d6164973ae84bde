"""A long run: real agents with simulated patients, a wall that watches, and what the service takes and loses meanwhile.

`scripts/soak --minutes 10 --machines 30`. Prints a table and writes `benchmarks/results/soak.json`. Exit code 1 when samples are missing, a
recording is left unfinished, memory passes 300 MiB or still grows (issue figures; robustness-and-screens.md F27).
"""

import argparse
import contextlib
import re
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import psutil
from websockets.sync.client import connect

from benchmarks import figures
from benchmarks.agents import Agents
from benchmarks.load import Load
from benchmarks.subject import HOST, Subject
from benchmarks.usage import rss_mib

WARM_UP = 0.3
"""This share of the run is left out of the slope: caches fill, first sets begin."""
MOST_MIB = 300.0
MOST_GROWTH_MIB = 6.0
"""Over ten minutes after the warm-up; the noise of the allocator lies below."""
LEAST_S = 300.0
"""A shorter run says nothing about growth."""
EVERY_S = 5.0
FINISH_S = 60.0


class Reading(NamedTuple):
    """The service at one moment, `at_s` after the start."""

    at_s: float
    service_mib: float
    broker_mib: float
    files: int
    samples: int
    missing: int
    unrecorded: int


class Outcome(NamedTuple):
    """What the sessions say of themselves when they have ended."""

    sessions: int
    stored: int
    missing: int
    refused: int
    unfinished: int


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], prog="scripts/soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--machines", type=int, default=30)
    arguments = parser.parse_args()
    facts = figures.computer()
    with Subject() as subject:
        load = Load(arguments.machines, HOST, subject.mqtt_port)
        ended = threading.Event()
        with Agents(load), ThreadPoolExecutor() as viewers:
            wall = viewers.submit(look_at_wall, subject, ended)
            try:
                readings = watch(subject, arguments.minutes * 60)
            finally:
                ended.set()
            wall.result()
        outcome = finish(subject, load.names)
    growth = growth_mib(readings)
    print(figures.table(Reading._fields, [[round(each, 1) for each in reading] for reading in spread(readings)]))
    print(f"\nGrowth after the warm-up: {growth:+.1f} MiB in ten minutes. Sessions: {outcome}")
    figures.write(
        "soak",
        facts,
        {"minutes": arguments.minutes, "machines": arguments.machines, "growth_mib_per_10_min": round(growth, 2),
         "outcome": figures.rounded(outcome), "readings": figures.rounded(readings)},
    )  # fmt: skip
    faults = [
        words
        for wrong, words in (
            (outcome.missing, f"{outcome.missing} samples are missing from recordings"),
            (outcome.unfinished, f"{outcome.unfinished} recordings were left unfinished"),
            (outcome.sessions < arguments.machines, f"only {outcome.sessions} sessions of {arguments.machines} machines"),
            (max(each.service_mib for each in readings) > MOST_MIB, f"the service took more than {MOST_MIB:.0f} MiB"),
            (arguments.minutes * 60 >= LEAST_S and growth > MOST_GROWTH_MIB, f"memory grows by {growth:.1f} MiB in ten minutes"),
        )
        if wrong
    ]
    for words in faults:
        print(f"FAULT: {words}", file=sys.stderr)
    return 1 if faults else 0


def look_at_wall(subject: Subject, ended: threading.Event) -> None:
    """A viewer of everything, until told to end; it reads as fast as it can."""
    url = f"ws://{HOST}:{subject.port}/api/v1/live"
    with connect(url, additional_headers={"Authorization": f"Bearer {subject.token}"}, compression=None) as wall:
        wall.send('{"type": "watch", "machines": "*", "rate_hz": 30}')
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                wall.recv(timeout=1)


def watch(subject: Subject, seconds: float) -> list[Reading]:
    """A reading every few seconds."""
    start = time.monotonic()
    readings: list[Reading] = []
    while (at := time.monotonic() - start) < seconds:
        readings.append(read(subject, at))
        time.sleep(max(0.0, len(readings) * EVERY_S - (time.monotonic() - start)))
    return readings


def read(subject: Subject, at_s: float) -> Reading:
    """One reading."""
    pids = subject.pids()
    request = urllib.request.Request(f"{subject.url}/metrics", headers={"Authorization": f"Bearer {subject.token}"})  # noqa: S310  # our own service
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # our own service
        text = answer.read().decode()

    def count(name: str) -> int:
        found = re.search(rf"^ilex_{name}_total (\S+)$", text, re.MULTILINE)
        assert found is not None, f"no ilex_{name}_total in /metrics"
        return int(float(found[1]))

    return Reading(
        at_s,
        rss_mib(pids["service"]),
        rss_mib(pids["broker"]),
        psutil.Process(pids["service"][0]).num_fds(),
        count("samples"),
        count("missing_samples"),
        count("unrecorded_samples"),
    )


def finish(subject: Subject, machines: list[str]) -> Outcome:
    """Wait until every session is closed; add up what they say. A plan taken away ends a session (contract 1)."""
    for machine in machines:
        subject.call("DELETE", f"/api/v1/machines/{machine}/plan")
    deadline = time.monotonic() + FINISH_S
    while (unfinished := len(list(subject.data.rglob("*.part")))) and time.monotonic() < deadline:
        time.sleep(0.5)
    counts = [session["completeness"] for session in sessions(subject)]
    stored, missing, refused = (sum(each[key] for each in counts) for key in ("stored", "missing", "refused"))
    return Outcome(len(counts), stored, missing, refused, unfinished)


def sessions(subject: Subject) -> list[dict[str, dict[str, int]]]:
    """Every session of the list, page by page."""
    found: list[dict[str, dict[str, int]]] = []
    after = ""
    while True:
        page = subject.call("GET", f"/api/v1/sessions?limit=100{after}")
        found += page["items"]
        if not page["next"]:
            return found
        after = f"&after={page['next']}"


def growth_mib(readings: list[Reading]) -> float:
    """The slope of the service's memory after the warm-up, MiB in ten minutes."""
    late = readings[int(len(readings) * WARM_UP) :]
    if len(late) < 3:
        return 0.0
    return float(np.polyfit([each.at_s for each in late], [each.service_mib for each in late], 1)[0] * 600)


def spread(readings: list[Reading]) -> list[Reading]:
    """About twelve of the readings, the first and the last among them."""
    return [readings[at] for at in sorted({round(each) for each in np.linspace(0, len(readings) - 1, 12)})]


if __name__ == "__main__":
    sys.exit(main())
