"""What differs between two analyses of one session: events that only one has, and events that both have but tell otherwise.

Events are the JSON objects of contract 4, decoded. Their number (`id`), when they became known (`known_s`) and whose they are (`machine`,
`session`) are no difference: a live analysis knows later of what came late, and one event more shifts every number behind it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec

Event = dict[str, Any]

BESIDE = frozenset(("id", "known_s", "machine", "session"))
"""Fields in which two tellings of one event may differ."""
GIVEN = frozenset(("plan",))
"""A field that tells the plan, no finding: where one analysis was given another plan on purpose, it may differ, too."""
ABOUT = ("kind", "phase", "side", "level", "channel", "fault", "button", "press")
"""Fields that say what an event is about: two that differ in one of them are never tellings of one event."""
NEAR_S = 2.0
"""Two tellings of one event lie no further apart (decision 0160): half an extension, so never two repetitions of a paced set."""
NEAR_OF_SET_S = 60.0
"""The same for the start and the end of a set: the longest rule that ends one waits so long (contract 1)."""


class Change(msgspec.Struct, frozen=True):
    """One event as told before and after, and the names of the fields that differ, in the order in which they stand."""

    before: Event
    after: Event
    fields: list[str]


class Difference(msgspec.Struct, frozen=True):
    """Contract 6, rerun: what only one analysis has, and what both tell but otherwise; each in order of time."""

    only_before: list[Event]
    only_after: list[Event]
    changed: list[Change]

    @property
    def equal(self) -> bool:
        """Whether both tell the same."""
        return not (self.only_before or self.only_after or self.changed)


def difference(before: Iterable[Event], after: Iterable[Event], *, replanned: bool = False) -> Difference:
    """Two lists of events compared: equal ones fall out, of the rest those about the same thing are paired, the nearest in time first.

    `replanned`: `after` was found under another plan on purpose, and that this plan is another is no difference.
    """
    beside = BESIDE | GIVEN if replanned else BESIDE
    only_before, only_after = apart(before, after, beside)
    pairs = _pairs(only_before, only_after)
    earlier, later = {first for first, _ in pairs}, {second for _, second in pairs}
    changes = [
        Change(only_before[first], only_after[second], _fields(only_before[first], only_after[second], beside)) for first, second in pairs
    ]
    return Difference(
        [event for number, event in enumerate(only_before) if number not in earlier],
        [event for number, event in enumerate(only_after) if number not in later],
        sorted((change for change in changes if change.fields), key=lambda change: change.before["at_s"]),
    )


def apart(before: Iterable[Event], after: Iterable[Event], beside: frozenset[str] = BESIDE) -> tuple[list[Event], list[Event]]:
    """The events of each that the other doesn't tell alike, but for the fields `beside`, in their order: nothing is paired."""
    these, those = list(before), list(after)
    return _without(these, those, beside), _without(those, these, beside)


def _without(these: Sequence[Event], those: Iterable[Event], beside: frozenset[str]) -> list[Event]:
    there = Counter(_essence(event, beside) for event in those)
    found = []
    for event in these:
        essence = _essence(event, beside)
        if there[essence]:
            there[essence] -= 1
        else:
            found.append(event)
    return found


def _essence(event: Event, beside: frozenset[str]) -> bytes:
    return msgspec.json.encode({name: event[name] for name in sorted(event) if name not in beside})


def _pairs(before: Sequence[Event], after: Sequence[Event]) -> list[tuple[int, int]]:
    """Which event of the one is which of the other, by their places; each at most once, the nearest in time first."""
    by_subject: defaultdict[Hashable, list[tuple[float, int]]] = defaultdict(list)
    for number, event in enumerate(after):
        by_subject[_subject(event)].append((event["at_s"], number))
    for entries in by_subject.values():
        entries.sort()
    near = []
    for number, event in enumerate(before):
        reach_s = NEAR_OF_SET_S if event["kind"].startswith("set_") else NEAR_S
        entries, at_s = by_subject[_subject(event)], event["at_s"]
        first = bisect_left(entries, at_s - reach_s, key=itemgetter(0))
        last = bisect_right(entries, at_s + reach_s, key=itemgetter(0))
        near += [(abs(other_s - at_s), number, other) for other_s, other in entries[first:last]]
    earlier: set[int] = set()
    later: set[int] = set()
    pairs = []
    for _, first, second in sorted(near):
        if first not in earlier and second not in later:
            earlier.add(first)
            later.add(second)
            pairs.append((first, second))
    return pairs


def _subject(event: Event) -> Hashable:
    return tuple(event.get(name) for name in ABOUT)


def _fields(before: Event, after: Event, beside: frozenset[str]) -> list[str]:
    names = [*before, *(name for name in after if name not in before)]
    return [name for name in names if name not in beside and (name in before, before.get(name)) != (name in after, after.get(name))]
