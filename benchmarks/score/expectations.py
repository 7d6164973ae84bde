"""A few hundred sets whose whole result is known to the last digit that matters: any change of it is seen, and must be meant.

tests/benchmarks/expected_accuracy.json holds them; `scripts/bench accuracy --expect` writes it anew. They are seeds of development.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.score.analysis import events_of, quicken
from edge_agent.simulator.cases import Case, case
from wire.events import (
    Event,
    PhaseEntered,
    RepetitionCompleted,
    ReserveEstimated,
    SetEnded,
)

FILE = Path(__file__).parents[2] / "tests" / "benchmarks" / "expected_accuracy.json"
SETS = {"clean": 40, "varied": 80, "hostile": 80, "null": 20}
LARGEST = 150_000
"""Samples of a set at most, so that all of them take about a minute of processor time."""
ALL = 10_000_000
"""Samples of all of them together: compiled kernels are worth it."""
DIGITS = 6
"""Of events' numbers: what another processor's last bits do not reach."""
SILENT = (PhaseEntered, ReserveEstimated)

Expected = dict[str, Any]


def expected(tier: str, seed: int) -> Expected | None:
    """What came of one set; None where it is too large for the regression."""
    subject = case(tier, seed)  # type: ignore[arg-type]
    if len(subject.t_ns) > LARGEST:
        return None
    return result(subject, events_of(subject))


def result(subject: Case, events: Sequence[Event]) -> Expected:
    """Counts, findings by kind, and digests of the samples and of the events."""
    sums = Counter[str]()
    for event in events:
        if isinstance(event, SetEnded):
            sums.update({name: getattr(event, name) for name in ("full", "short", "partial", "attempt")})
    kinds = Counter(type(event).__name__ for event in events if not isinstance(event, (*SILENT, RepetitionCompleted)))
    return {
        "counted": "/".join(str(sums[name]) for name in ("full", "short", "partial", "attempt")),
        "events": dict(sorted(kinds.items())),
        "samples": samples_digest(subject),
        "digest": digest(events),
    }


def digest(events: Iterable[Event]) -> str:
    """Of all events, their numbers rounded to DIGITS."""
    known = hashlib.sha256()
    for event in events:
        known.update(json.dumps(_rounded(msgspec.to_builtins(event)), sort_keys=True).encode() + b"\n")
    return known.hexdigest()[:16]


def samples_digest(subject: Case) -> str:
    """Of what the analysis was fed."""
    known = hashlib.sha256()
    for column in (subject.t_ns, subject.angle_deg, subject.torque_nm):
        known.update(column.tobytes())
    return known.hexdigest()[:16]


def read(file: Path = FILE) -> dict[str, dict[str, Expected]]:
    """By tier and seed."""
    kept: dict[str, dict[str, Expected]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return kept


def write(jobs: int, file: Path = FILE) -> str:
    """Makes them anew; returns what changed, in a few lines."""
    before, after = read(file), {}
    quicken(ALL)
    with Pool(jobs, quicken, (ALL,)) as pool:
        for tier, sets in SETS.items():
            found: dict[str, Expected] = {}
            seeds = range(2 * sets)
            for seed, each in zip(seeds, pool.imap(partial(expected, tier), seeds), strict=True):
                if each is not None and len(found) < sets:
                    found[str(seed)] = each
            after[tier] = found
    lines = [
        f' "{tier}": {{\n' + ",\n".join(f'  "{seed}": {json.dumps(each)}' for seed, each in found.items()) + "\n }"
        for tier, found in after.items()
    ]
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return differences(before, after)


def differences(before: dict[str, dict[str, Expected]], after: dict[str, dict[str, Expected]]) -> str:
    """Set by set, what is not as it was."""
    lines = []
    for tier, found in after.items():
        own = before.get(tier, {})
        changed = [line for seed, each in found.items() if seed in own and (line := difference(own[seed], each))]
        lines.append(f"{tier}: {len(found)} sets, {len(changed)} changed, {len(found.keys() - own.keys())} new")
        lines += [f"  {tier} {seed}: {line}" for seed, each in found.items() if seed in own and (line := difference(own[seed], each))]
    return "\n".join(lines)


def difference(was: Expected, now: Expected) -> str:
    """What changed of one set, in words; empty where nothing did."""
    if was == now:
        return ""
    if was["samples"] != now["samples"]:
        return f"the simulator makes other samples; {was['counted']} became {now['counted']}"
    if was["counted"] != now["counted"]:
        return f"counted {was['counted']}, now {now['counted']}"
    kinds = [
        f"{kind} {was['events'].get(kind, 0)} -> {now['events'].get(kind, 0)}"
        for kind in sorted({*was["events"], *now["events"]})
        if was["events"].get(kind, 0) != now["events"].get(kind, 0)
    ]
    return ", ".join(kinds) or "the same events with other fields"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value
