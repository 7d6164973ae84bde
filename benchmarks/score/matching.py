"""What really happened beside what was found: each repetition in truth with the one that was reported for it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.simulator.cases import Case
from edge_agent.simulator.truth import Attempt
from wire.events import (
    AbruptStop,
    Assisted,
    EndStop,
    Event,
    Extent,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    Phase,
    PhaseEntered,
    RepetitionCompleted,
    SetEnded,
    Unsure,
)

LADDER: tuple[tuple[Extent, float], ...] = (("full", 0.93), ("short", 0.90), ("partial", 0.50), ("attempt", 0.25))
"""Least progress of each extent (contract 4)."""
RESTART = 0.40
"""Turned above it, an extension goes on as the same repetition (detection 2.3)."""
BORDER_DEG = 0.4
"""Nearer to a border than a sensor of this tier can tell, either side of it is right: half the coarsest quantum (0.5 deg), and noise."""
BORDER_SHARE = 0.004
"""The same, where it grows with the range."""
LEAST_OVERLAP = 0.3
"""Of the shorter of two spans of time, for them to be the same repetition."""
LATE_S = 1.5
SMOOTH_S = 0.04
EARLIER_S = 0.5
Finding = Failure | FailureLikely | AbruptStop | Halted | EndStop | Assisted | Momentum | Unsure
"""The events that say what became of a repetition."""


class Truth(NamedTuple):
    """One repetition in truth: an attempt, or several where the patient turned up again before having come down."""

    attempts: tuple[Attempt, ...]
    reached: float
    margin: float

    @property
    def first(self) -> Attempt:
        return self.attempts[0]

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]

    @property
    def begin_s(self) -> float:
        return next(s for s in (self.extension_start_s, self.first.onset_s, self.first.begun_s) if s is not None)

    @property
    def extension_start_s(self) -> float | None:
        """The crossing of 5 %; None for who began above it."""
        crossed = self.first.extension_start_s
        # Who turned up again midway bears the crossing of the attempt before.
        return crossed if crossed is not None and crossed >= self.first.begun_s - EARLIER_S else None

    @property
    def end_s(self) -> float:
        last = self.last
        known = [s for s in (last.end_s, last.bottom_s, last.flexion_start_s, last.turned_s, last.hold_start_s) if s is not None]
        return max(known, default=last.begun_s + 1.0)

    @property
    def extent(self) -> Extent | None:
        """By the greatest progress; None for a blip."""
        return extent(self.reached)

    @property
    def extents(self) -> set[Extent | None]:
        """Every extent that its progress may be read as."""
        return {extent(self.reached - self.margin), extent(self.reached), extent(self.reached + self.margin)}

    @property
    def bordering(self) -> bool:
        """Whether the upper geometric boundary was reached cannot be told."""
        return abs(self.reached - 0.95) <= self.margin


@dataclass(slots=True)
class Found:
    """One reported repetition with the phases that were announced of it."""

    completed: RepetitionCompleted
    entered: dict[Phase, float] = field(default_factory=dict)

    @property
    def begin_s(self) -> float:
        start = self.completed.extension_start_s
        return start if start is not None else self.completed.at_s

    @property
    def end_s(self) -> float:
        completed = self.completed
        return completed.end_s if completed.end_s is not None else completed.known_s


class Places(NamedTuple):
    """Times (s) and progress there, each of shape (n,)."""

    t_s: NDArray[np.float64]
    place: NDArray[np.float64]

    def least(self, begin_s: float, end_s: float) -> float:
        """The least progress between two times; NaN where nothing is known of them."""
        first, last = np.searchsorted(self.t_s, (begin_s, end_s))
        return float(self.place[first:last].min()) if last > first else math.nan

    def greatest(self, begin_s: float, end_s: float) -> float:
        """The greatest progress between two times; NaN where nothing is known of them."""
        first, last = np.searchsorted(self.t_s, (begin_s, end_s))
        return float(self.place[first:last].max()) if last > first else math.nan


class Matched(NamedTuple):
    """Pairs in order of time; what is alone on either side stands in `missed` and `extra`."""

    pairs: list[tuple[Truth, Found]]
    missed: list[Truth]
    extra: list[Found]
    truths: list[Truth]
    place: Places

    def attempt_at(self, at_s: float) -> Attempt | None:
        """The attempt under way at a time, or that ended shortly before it."""
        best = None
        for truth in self.truths:
            for attempt in truth.attempts:
                if attempt.begun_s - 0.3 <= at_s <= end_of(attempt) + LATE_S:
                    best = attempt
        return best


def extent(reached: float) -> Extent | None:
    """The class of a repetition by its greatest progress; None below an attempt."""
    return next((name for name, least in LADDER if reached >= least), None)


def end_of(attempt: Attempt) -> float:
    """When an attempt was over."""
    known = [attempt.end_s, attempt.bottom_s, attempt.turned_s, attempt.flexion_start_s, attempt.hold_start_s, attempt.begun_s]
    return max(s for s in known if s is not None)


def truths(case: Case, place: Places, *, lenient: bool = False) -> list[Truth]:
    """The repetitions in truth, blips included. `lenient`: who turned up again at the border of RESTART goes on."""
    margin = BORDER_SHARE + BORDER_DEG / case.range_deg
    least = RESTART - margin if lenient else RESTART + margin
    joined: list[list[Attempt]] = []
    for attempt in case.attempts:
        if joined and _goes_on(place, joined[-1][-1], attempt, least):
            joined[-1].append(attempt)
        else:
            joined.append([attempt])
    return [Truth(tuple(group), max(_reached(case, place, attempt) for attempt in group), margin) for group in joined]


def match(case: Case, events: Sequence[Event]) -> Matched:
    """One to one. Where it cannot be told whether a repetition went on or a new one began, the reading that fits is right."""
    reported = found(events)
    place = places(case)
    strict, lenient = truths(case, place), truths(case, place, lenient=True)
    matched = _paired(strict, reported, place)
    if len(lenient) == len(strict):
        return matched
    other = _paired(lenient, reported, place)
    return min(matched, other, key=lambda each: len(each.missed) + len(each.extra))


def _paired(real: list[Truth], reported: list[Found], place: Places) -> Matched:
    """The greatest overlap in time first."""
    overlaps = []
    for i, truth in enumerate(real):
        for k, each in enumerate(reported):
            overlap = min(truth.end_s, each.end_s) - max(truth.begin_s, each.begin_s)
            shorter = min(truth.end_s - truth.begin_s, each.end_s - each.begin_s)
            if overlap > 0.0 and overlap >= LEAST_OVERLAP * shorter:
                overlaps.append((overlap, i, k))
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, k in sorted(overlaps, reverse=True):
        if i not in partner and k not in taken:
            partner[i] = k
            taken.add(k)
    return Matched(
        [(truth, reported[partner[i]]) for i, truth in enumerate(real) if i in partner],
        [truth for i, truth in enumerate(real) if i not in partner],
        [each for k, each in enumerate(reported) if k not in taken],
        real,
        place,
    )


def found(events: Iterable[Event]) -> list[Found]:
    """The reported repetitions, each with its announced phases (the first of each kind)."""
    entered: dict[tuple[int | None, int], dict[Phase, float]] = defaultdict(dict)
    running: dict[Phase, float] = {}
    reported = []
    for event in events:
        if isinstance(event, PhaseEntered):
            if event.phase == "extension":
                running = entered[event.set, event.repetition]
            # The turn bears the number of the repetition that it comes before (contract 4); here it closes the one before it.
            running.setdefault(event.phase, event.at_s)
        elif isinstance(event, RepetitionCompleted):
            reported.append(Found(event))
    for each in reported:
        each.entered = entered[each.completed.set, each.completed.repetition]
    return reported


def repetition_at(matched: Matched, event: Finding) -> Truth | None:
    """The repetition in truth that a finding is about: the one that was matched to the repetition it names, else by its time."""
    for truth, each in matched.pairs:
        if (each.completed.set, each.completed.repetition) == (event.set, event.repetition):
            return truth
    for truth in matched.truths:
        if truth.begin_s - 0.3 <= event.at_s <= truth.end_s + LATE_S:
            return truth
    return None


def reported_counts(events: Iterable[Event]) -> dict[str, int]:
    """What the sets said of themselves at their end, summed."""
    total = {"full": 0, "short": 0, "partial": 0, "attempt": 0}
    for event in events:
        if isinstance(event, SetEnded):
            for name in total:
                total[name] += getattr(event, name)
    return total


def places(case: Case) -> Places:
    """Progress by the measured angle, smoothed; samples without a reading, with a fault of the angle or out of order left out."""
    t_s = (case.t_ns - case.t_ns[0]) * 1e-9
    good = np.isfinite(case.angle_deg) & np.concatenate(([True], np.diff(np.maximum.accumulate(case.t_ns)) > 0))
    for incident in case.incidents:
        if incident.kind.startswith("fault:") and incident.channel == "angle":
            good &= (t_s < incident.start_s - 0.1) | (t_s > incident.end_s + 0.1)
    span = case.prescribed.range
    place = (span.flexion_deg - case.angle_deg[good].astype(np.float64)) / (span.flexion_deg - span.extension_deg)
    width = max(1, round(SMOOTH_S * case.rate_hz)) | 1
    if place.size < width:
        return Places(t_s[:0], place[:0])
    padded = np.pad(place, width // 2, mode="edge")
    return Places(t_s[good], np.convolve(padded, np.full(width, 1 / width), mode="valid"))


def _reached(case: Case, place: Places, attempt: Attempt) -> float:
    """The greatest progress while the set ran: a button or a stop ends it, though the lever may go on."""
    ends = [told.at_s for told in case.told if told.kind in {"stop", "pain"} and attempt.begun_s < told.at_s < end_of(attempt)]
    if not ends:
        return attempt.reached
    return min(attempt.reached, max(0.0, place.greatest(attempt.begun_s, min(ends))))


def _goes_on(place: Places, before: Attempt, after: Attempt, least: float) -> bool:
    """Whether `after` began without a return below `least` of the range."""
    since_s = before.turned_s if before.turned_s is not None else before.begun_s
    if before.end_s is not None or (after.extension_start_s is not None and after.extension_start_s > since_s):
        return False
    return place.least(since_s, after.begun_s + 0.5) > least
