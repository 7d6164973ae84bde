"""What a soak found, in figures and as tables."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks import figures
from benchmarks.faults.account import Account
from benchmarks.faults.strike import Recovery

WARM_S = 600.0
"""The first ten minutes say nothing about growth: until then what a service remembers of each machine fills up."""
BEGUN_S = 2.0
"""A process that has just been forked still counts the memory of who started it."""
LEAST_READINGS = 12


class Reading(NamedTuple):
    """The service at one moment. `life`: its process; `age_s`: for how long that has run, by the process itself.

    `files`: open ones and sockets, without the recordings: of those there are as many as machines in a session.
    """

    at_s: float
    life: int
    age_s: float
    rss_mib: float
    files: int


def each_minute(readings: Sequence[Reading]) -> list[float]:
    """Memory of the service, one reading a minute, MiB: whether it grows, or fills up and stays."""
    found: dict[int, float] = {}
    for each in readings:
        if each.age_s > BEGUN_S:
            found.setdefault(int(each.at_s // 60), round(each.rss_mib, 1))
    return list(found.values())


def growth(readings: Sequence[Reading]) -> dict[str, float | None]:
    """Memory and files of the service: the most, and the slope within one process' life once it is warm, over all lives together."""
    lives: dict[int, list[Reading]] = {}
    for each in readings:
        if each.age_s > WARM_S:
            lives.setdefault(each.life, []).append(each)
    long = [life for life in lives.values() if len(life) >= LEAST_READINGS]
    begun = [each for each in readings if each.age_s > BEGUN_S]
    top = {"rss_mib_most": max(each.rss_mib for each in begun), "files_most": float(max(each.files for each in begun))}
    if not long:
        return {**top, "rss_mib_per_hour": None, "files_per_hour": None, "measured_min": 0.0}
    slopes = {}
    for name in ("rss_mib", "files"):
        # Every life starts anew: slopes within, none between.
        times = np.concatenate([np.array([each.at_s for each in life]) - np.mean([each.at_s for each in life]) for life in long])
        values = np.concatenate(
            [np.array([getattr(each, name) for each in life]) - np.mean([getattr(each, name) for each in life]) for life in long]
        )
        slopes[f"{name}_per_hour"] = float((times * values).sum() / (times**2).sum() * 3600)
    return {**top, **slopes, "measured_min": sum(life[-1].at_s - life[0].at_s for life in long) / 60}


def summary(recoveries: Sequence[Recovery]) -> dict[str, dict[str, Any]]:
    """By kind: how many, and the median, 95th percentile and most of each time; `never` = how many did not come back."""
    found: dict[str, dict[str, Any]] = {}
    for kind in sorted({each.kind for each in recoveries}):
        some = [each for each in recoveries if each.kind == kind]
        entry: dict[str, Any] = {"count": len(some), "never": sum(each.live_s is None or each.whole_s is None for each in some)}
        for name in ("away_s", "live_s", "whole_s", "ready_s"):
            values = sorted(value for each in some if (value := getattr(each, name)) is not None)
            p95 = min(len(values) - 1, int(0.95 * len(values)))
            entry[name] = {"p50": median(values), "p95": values[p95], "most": values[-1]} if values else None
        found[kind] = entry
    return found


def event_verdict(events: Mapping[str, int]) -> list[str]:
    """What must not be of the events that a screen was shown, across all its reconnections: each id once, in order (contract 5)."""
    words = {
        "repeated": "events were shown again",
        "contradicted": "events were shown again with another content",
        "out_of_order": "events did not follow the one before",
        "differences": "differences between the events shown and those recorded",
    }
    return [f"{events[name]} {said}" for name, said in words.items() if events[name]]


def verdict(
    total: Account, wrong: list[str], parts: int, recoveries: Sequence[Recovery], backwards: list[str], events: Mapping[str, int]
) -> list[str]:
    """What must not be."""
    counted = [
        (getattr(total, name), words)
        for name, words in (
            ("lost", "samples are lost"),
            ("duplicated", "samples stand in recordings twice"),
            ("withdrawn", "samples were called stored and are not"),
            ("unfounded", "samples were refused though the patient moved"),
            ("altered", "samples stand otherwise than they were sampled"),
            ("invented", "samples were never sampled"),
        )
    ]
    counted.append((parts, "recordings were left unfinished"))
    counted.append((sum(each.live_s is None for each in recoveries), "faults from which not every machine came back live"))
    counted.append((sum(each.whole_s is None for each in recoveries), "faults after which not everything was called stored in time"))
    counted.append((len(backwards), "frames showed the past as live"))
    return [f"{count} {words}" for count, words in counted if count] + event_verdict(events) + wrong[:50] + backwards[:50]


def page(content: dict[str, Any]) -> str:
    """The tables."""
    samples, service, events, frames = (content[name] for name in ("samples", "service", "events", "frames"))
    percent, settled = content["live_percent_outside_faults"], content.get("live_percent_settled")
    rows = [
        *((name.replace("_", " "), value) for name, value in samples.items()),
        ("longest time that kill -9 cost an agent", f"{content['longest_tail_ms']:.0f} ms"),
        ("recordings, sets started", f"{content['sessions']}, {content['sets']}"),
        ("missing, by the service's own account", content["service_says"].get("missing", 0)),
        ("`.part` files left", content["part_files"]),
        (
            "events shown / repeated / contradicted / differing from the recording",
            f"{events['shown']} / {events['repeated']} / {events['contradicted']} / {events['differences']}",
        ),
        (
            "frames shown / going backwards / called live and old",
            f"{frames['shown']} / {frames['backwards']} / {frames['called_live_and_old']}",
        ),
        ("LIVE outside fault windows", "-" if percent is None else f"{percent:.2f} %"),
        ("the same from 15 s after each recovery on", "-" if settled is None else f"{settled:.2f} %"),
        ("service: starts, most memory", f"{service['starts']}, {service['rss_mib_most']:.0f} MiB"),
        (
            "memory, files an hour within a life",
            "-"
            if service["rss_mib_per_hour"] is None
            else f"{service['rss_mib_per_hour']:+.1f} MiB, {service['files_per_hour']:+.1f} (over {service['measured_min']:.0f} min)",
        ),
    ]
    faults = [
        [kind, each["count"], *(pair(each[name]) for name in ("away_s", "live_s", "whole_s", "ready_s")), each["never"]]
        for kind, each in content["recoveries"].items()
    ]
    head = ["fault", "count", "away s", "live s", "whole s", "ready s", "never"]
    return "\n\n".join([figures.table(["what", "count"], rows), figures.table(head, faults)])


def pair(value: dict[str, float] | None) -> str:
    """p50 / p95."""
    return "-" if value is None else f"{value['p50']:.1f} / {value['p95']:.1f}"
