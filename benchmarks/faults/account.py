"""The account of every sample: what was sampled against what stands in the finished recordings and what was refused (robustness 1.4)."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.statements import Statements
from benchmarks.faults.truth import Sampled, Truth
from service.analysis import Movement, Parameters
from service.recordings import events
from wire import samples
from wire.capture import Capture
from wire.channels import SAMPLES
from wire.ranges import Range, Ranges
from wire.recorded import RecordedError


class Account(NamedTuple):
    """Samples, Jepsen's way. `attempted` were sampled; all of them are `stored`, `refused` (at rest, in no session) or `lost`.

    `acknowledged`: called stored (not refused) at some time. `withdrawn`: of those, how many are nowhere. `in_flight`: lost ones that lay
    in the last `forgiven_s` before their agent was killed, of which nothing is promised. `unfounded`: refused though the patient moved.
    `altered`: other values or times than were sampled. `invented`: recorded and never sampled.
    """

    boots: int
    attempted: int
    acknowledged: int
    stored: int
    refused: int
    lost: int
    in_flight: int
    duplicated: int
    withdrawn: int
    unfounded: int
    altered: int
    invented: int


class Ledger(NamedTuple):
    """The account, and what stands behind it."""

    total: Account
    lost: dict[str, list[Range]]
    """By boot."""
    faults: list[str]
    """Recordings that can't be read, and the like."""
    recordings: list[Path]
    longest_tail_s: float
    """The longest time at the end of a killed agent's boot of which nothing is left."""


def account(truth: Truth, recordings: Path, said: Statements, kills: Iterable[tuple[str, float]] = (), forgiven_s: float = 0.0) -> Ledger:
    """Adds up. `kills`: boots whose agent was killed, and when (device time, s): the last `forgiven_s` before are `in_flight`."""
    truth.refresh()
    counts: dict[str, NDArray[np.uint8]] = {boot: np.zeros(n, np.uint8) for boot, n in truth.counts.items()}
    sums: dict[str, int] = defaultdict(int)
    faults = list(said.faults)
    files = sorted(recordings.rglob("*.mcap"))
    for file in files:
        try:
            capture = Capture(file)
            if capture.damage:
                faults.append(f"{file}: damaged at {capture.damage}")
            for message in capture.messages(SAMPLES):
                _count(samples.decode(message.data), truth, counts, sums)
        except RecordedError as error:
            faults.append(str(error))
    last_s = dict(kills)
    lost: dict[str, list[Range]] = {}
    longest_tail_s = 0.0
    for boot, found in counts.items():
        sampled = truth.boot(boot)
        refused = _mask(said.refused[boot], len(found))
        acknowledged = _mask(said.stored[boot], len(found))
        sums["attempted"] += len(found)
        sums["acknowledged"] += int(acknowledged.sum())
        sums["stored"] += int((found > 0).sum())
        sums["refused"] += int((refused & (found == 0)).sum())
        sums["duplicated"] += int((found.astype(np.int64) - 1).clip(0).sum())
        for first, last in _ranges(found > 1):
            faults.append(f"{boot}: {first}..{last} stand twice: {', '.join(_holders(files, boot, first, last))}")
        sums["withdrawn"] += int((acknowledged & ~refused & (found == 0)).sum())
        nowhere = (found == 0) & ~refused
        if boot in last_s:
            if nowhere.any() and nowhere[-1]:
                first = _ranges(nowhere)[-1][0]
                longest_tail_s = max(longest_tail_s, float(sampled.t_ns[-1] - sampled.t_ns[first - 1 if first else 0]) * 1e-9)
            late = sampled.t_ns > (last_s[boot] - forgiven_s) * 1e9
            sums["in_flight"] += int((nowhere & late).sum())
            nowhere &= ~late
        sums["lost"] += int(nowhere.sum())
        if nowhere.any():
            lost[boot] = _ranges(nowhere)
        sums["unfounded"] += sum(last - first + 1 for first, last in said.refused[boot] if _moves(sampled, first, last))
    total = Account(boots=len(counts), **{name: sums[name] for name in Account._fields if name != "boots"})
    return Ledger(total, lost, faults, files, longest_tail_s)


def _count(batch: samples.SampleBatch, truth: Truth, counts: dict[str, NDArray[np.uint8]], sums: dict[str, int]) -> None:
    found = counts.get(batch.boot)
    first, following = batch.seq, batch.seq + batch.n
    if found is None or following > len(found):
        sums["invented"] += batch.n
        return
    found[first:following] += 1
    sampled = truth.boot(batch.boot)
    same = (
        (sampled.t_ns[first:following] == batch.times_ns())
        & (sampled.angle[first:following] == np.frombuffer(batch.angle, "<u4"))
        & (sampled.torque[first:following] == np.frombuffer(batch.torque, "<u4"))
    )
    sums["altered"] += int((~same).sum())


def event_faults(recordings: Iterable[Path], screen: dict[str, dict[int, dict[str, object]]]) -> list[str]:
    """What is wrong with the live events: ids that aren't 1, 2, ..., and recordings that hold others than the screen was shown."""
    faults = []
    for path in recordings:
        session = path.name.removesuffix(".mcap")
        kept = [msgspec.json.decode(text) for text in events(path, "live")]
        if [event["id"] for event in kept] != list(range(1, len(kept) + 1)):
            faults.append(f"{session}: the recording holds the ids {[event['id'] for event in kept]}")
        shown = {number: {name: value for name, value in event.items() if name != "type"} for number, event in screen[session].items()}
        held = {event["id"]: event for event in kept}
        missed = sorted(held.keys() - shown.keys())
        extra = sorted(shown.keys() - held.keys())
        other = sorted(number for number in held.keys() & shown.keys() if held[number] != shown[number])
        faults += [
            f"{session}: {what} {numbers}"
            for what, numbers in (("not shown:", missed), ("shown, not recorded:", extra), ("recorded otherwise than shown:", other))
            if numbers
        ]
    return faults


def _holders(files: Iterable[Path], boot: str, first: int, last: int) -> list[str]:
    return [str(file) for file in files for a, b in Capture(file).ranges().get(boot, []) if a <= last and b >= first]


def _mask(ranges: Ranges, n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, np.bool_)
    for first, last in ranges:
        mask[first : last + 1] = True
    return mask


def _ranges(mask: NDArray[np.bool_]) -> list[Range]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    return [(int(first), int(following) - 1) for first, following in edges.reshape(-1, 2)]


def _moves(sampled: Sampled, first: int, last: int) -> bool:
    """True where these samples alone would have opened a session."""
    rows = slice(first, last + 1)
    return Movement(Parameters()).feed(sampled.t_ns[rows], sampled.angle[rows].view(np.float32))
