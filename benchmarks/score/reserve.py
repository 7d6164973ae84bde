"""Repetitions in reserve: the estimate after each repetition against how many there really were."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from edge_agent.simulator.cases import Case
from wire.events import Event, RepetitionCompleted, ReserveEstimated

MARKS = (0.33, 0.66, 0.90)
"""Shares of the set at which estimates are compared (detection 4.6)."""


class Estimate(NamedTuple):
    """One estimate: after so many full repetitions of a set that failed after `failed_after`; `known` where there was a history."""

    repetition: int
    failed_after: int
    left: float
    low: float
    high: float
    known: bool

    @property
    def error(self) -> float:
        """Estimated minus true."""
        return self.left - (self.failed_after - self.repetition)

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= self.failed_after - self.repetition <= self.high


class Reserve(NamedTuple):
    """Of one set: every estimate, and the one nearest to each mark (None where there was none by then)."""

    estimates: list[Estimate]
    marks: tuple[Estimate | None, ...]


def score(case: Case, events: Sequence[Event]) -> Reserve:
    """The estimates of a set that ended in failure; of any other nothing can be said."""
    after = case.failed_after
    if after is None or after < 1:
        return Reserve([], (None,) * len(MARKS))
    said = Counter(event.set for event in events if isinstance(event, ReserveEstimated))
    number = said.most_common(1)[0][0] if said else None
    full = 0
    estimates = []
    for event in events:
        if isinstance(event, RepetitionCompleted) and event.set == number:
            full += event.extent == "full"
        elif isinstance(event, ReserveEstimated) and event.set == number and full <= after:
            estimates.append(Estimate(full, after, event.repetitions_left, event.low, event.high, bool(case.past)))
    at = {estimate.repetition: estimate for estimate in estimates}
    return Reserve(estimates, tuple(at.get(max(1, round(mark * after))) for mark in MARKS))
