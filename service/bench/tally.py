"""What came of many recordings, together: what changed, by kind, and where most. Pure."""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

import msgspec

from service.bench.task import Outcome

GRAVE = ("failure", "abrupt_stop", "set_ended", "set_started", "signal_faulted")
"""Events that a session is remembered by."""
WEIGHTS = {"count": 100, "right": 50, "grave": 20, "alone": 3, "changed": 1}
"""How much of a difference each makes, for the order alone: a repetition more or less before anything else."""


class ByKind(msgspec.Struct):
    """How many events of one kind stand in one analysis only, how many are told otherwise, and in how many sessions."""

    kind: str
    only_before: int = 0
    only_after: int = 0
    changed: int = 0
    sessions: int = 0
    fields: Counter[str] = msgspec.field(default_factory=Counter)


class Tally(msgspec.Struct):
    """All recordings together. `right`: statements that were right before and after, of how many, where something is known to be true.

    `cut`: so many recordings were cut or damaged, `damaged` of them not merely cut. `other`: so many were judged by recorded parameters
    that are not this version's.
    """

    sessions: int = 0
    different: int = 0
    counts: tuple[int, int] = (0, 0)
    recounted: int = 0
    right: tuple[int, int, int] = (0, 0, 0)
    better: int = 0
    worse: int = 0
    kinds: dict[str, ByKind] = {}
    faults: list[str] = []
    cut: int = 0
    damaged: int = 0
    other: int = 0
    worst: list[Outcome] = []

    def by_kind(self) -> list[ByKind]:
        """The kinds that changed, the most first."""
        return sorted(self.kinds.values(), key=lambda one: (-(one.only_before + one.only_after + one.changed), one.kind))


def tally(outcomes: Iterable[Outcome], keep: int) -> Tally:
    """Adds them up; keeps the `keep` recordings that changed most, the worst first."""
    told = Tally(kinds={}, faults=[], worst=[])
    for one in outcomes:
        if one.fault is not None:
            told.faults.append(one.fault)
            continue
        told.sessions += 1
        told.cut += one.damage is not None
        told.damaged += one.faulty
        told.other += one.other
        told.counts = (told.counts[0] + one.counts[0], told.counts[1] + one.counts[1])
        told.recounted += one.counts[0] != one.counts[1]
        if one.right is not None:
            before, after, of = one.right
            told.right = (told.right[0] + before, told.right[1] + after, told.right[2] + of)
            told.better += after > before
            told.worse += after < before
        if not one.difference.equal:
            told.different += 1
            _add(told.kinds, one)
            told.worst = sorted([*told.worst, one], key=weight, reverse=True)[:keep]
    return told


def weight(one: Outcome) -> int:
    """How much a recording has changed, for the order alone."""
    found = one.difference
    events = [(event, "alone") for event in chain(found.only_before, found.only_after)] + [
        (each.after, "changed") for each in found.changed
    ]
    weighed = sum(WEIGHTS["grave"] if event["kind"] in GRAVE and how == "alone" else WEIGHTS[how] for event, how in events)
    lost = one.right[0] - one.right[1] if one.right is not None else 0
    return WEIGHTS["count"] * abs(one.counts[1] - one.counts[0]) + WEIGHTS["right"] * lost + weighed


def _add(kinds: dict[str, ByKind], one: Outcome) -> None:
    found = one.difference
    seen = set()
    for event, column in chain(
        ((event, "only_before") for event in found.only_before), ((event, "only_after") for event in found.only_after)
    ):
        row = kinds.setdefault(event["kind"], ByKind(event["kind"]))
        setattr(row, column, getattr(row, column) + 1)
        seen.add(event["kind"])
    for change in found.changed:
        row = kinds.setdefault(change.after["kind"], ByKind(change.after["kind"]))
        row.changed += 1
        row.fields.update(change.fields)
        seen.add(change.after["kind"])
    for kind in seen:
        kinds[kind].sessions += 1
