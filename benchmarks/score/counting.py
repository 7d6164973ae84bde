"""Counts and extents: how many, of which class, and whether a wrong count was at least flagged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.score.matching import LADDER, Matched
from benchmarks.score.problem import Problem
from wire.events import Event, RepetitionCompleted, SignalFaulted

CLASSES = (*(name for name, _ in LADDER), None)
"""Extents, and none at all: not found, or nothing there."""
TELLING = {"gap", "void", "setup_shift"}
"""Flags of a repetition that tell the reader to doubt the count."""
COUNTED = {"full", "short", "partial"}


@dataclass(slots=True)
class Counting:
    """Of one set. `*_low`, `*_high`: what may be counted, repetitions on a border either way; `exact` is within that."""

    full: int
    full_low: int
    full_high: int
    full_found: int
    count: int
    count_low: int
    count_high: int
    count_found: int
    begun: int
    """Repetitions of any extent."""
    flagged: bool
    table: NDArray[np.int64]
    """[truth, found] by CLASSES."""

    @property
    def exact(self) -> bool:
        """The number of full repetitions is right."""
        return self.full_low <= self.full_found <= self.full_high

    @property
    def exact_count(self) -> bool:
        """The count (full + short + partial) is right."""
        return self.count_low <= self.count_found <= self.count_high

    @property
    def honest(self) -> bool:
        """The count is right, or something hints that it may not be."""
        return self.exact_count or self.flagged

    @property
    def refused(self) -> bool:
        """A fault was said, and nothing was counted that was not there."""
        return self.flagged and self.count_found <= self.count_high

    @property
    def strict(self) -> bool:
        """The number of full repetitions is right with no allowance at the border."""
        return self.full == self.full_found

    @property
    def silent(self) -> bool:
        """A wrong number that nothing hints at."""
        return not self.exact and not self.flagged


def score(events: Sequence[Event], matched: Matched, problems: list[Problem], *, classes: bool = True) -> Counting:
    """Numbers and classes of one set; appends what is wrong to `problems`. `classes`: extents mean the same to both sides."""
    extents = [e.extent for e in events if isinstance(e, RepetitionCompleted)]
    flagged = any(isinstance(e, SignalFaulted) or (isinstance(e, RepetitionCompleted) and TELLING.intersection(e.flags)) for e in events)
    real = [truth.extents for truth in matched.truths]
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for truth, each in matched.pairs:
        was = each.completed.extent
        # On a border the reported class is right, and stands on the diagonal.
        meant = was if was in truth.extents else truth.extent
        table[CLASSES.index(meant), CLASSES.index(was)] += 1
        if meant != was and classes:
            problems.append(Problem("extent", truth.begin_s, f"reached {truth.reached:.3f} ({truth.extent}), reported {was}"))
    for truth in matched.missed:
        if None not in truth.extents:
            table[CLASSES.index(truth.extent), CLASSES.index(None)] += 1
            problems.append(Problem("missed", truth.begin_s, f"{truth.extent} ({truth.reached:.3f}) not reported"))
    for each in matched.extra:
        table[CLASSES.index(None), CLASSES.index(each.completed.extent)] += 1
        problems.append(Problem("extra", each.begin_s, f"{each.completed.extent} reported, nothing there"))
    result = Counting(
        full=sum(truth.extent == "full" for truth in matched.truths),
        full_low=sum(names == {"full"} for names in real),
        full_high=sum("full" in names for names in real),
        full_found=extents.count("full"),
        count=sum(truth.extent in COUNTED for truth in matched.truths),
        count_low=sum(names <= COUNTED for names in real),
        count_high=sum(bool(names & COUNTED) for names in real),
        count_found=sum(name in COUNTED for name in extents),
        begun=sum(truth.extent is not None for truth in matched.truths),
        flagged=flagged,
        table=table,
    )
    if not classes:
        if not result.exact_count:
            problems.append(Problem("unplanned", 0.0, f"{result.count_found} counted, {result.count} in truth"))
    elif not result.exact:
        kind = "count" if result.flagged else "silent"
        allowed = f"{result.full_low}" if result.full_low == result.full_high else f"{result.full_low}-{result.full_high}"
        problems.append(Problem(kind, 0.0, f"{result.full_found} full reported, {allowed} in truth"))
    return result
