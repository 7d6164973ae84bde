"""Repetitions in reserve: the estimate after each repetition against how many there really were."""

from collections.abc import Sequence
from typing import NamedTuple

from edge_agent.simulator.cases import Case
from wire.events import Event, ReserveEstimated

MARKS = (0.33, 0.66, 0.90)
"""Shares of the set at which estimates are compared (detection 4.6)."""


class Estimate(NamedTuple):
    """One estimate: after `repetition` of a set that failed after `failed_after`; `known` where the patient had a history."""

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
    first = next((e.set for e in events if isinstance(e, ReserveEstimated)), None)
    estimates = [
        Estimate(e.repetition, after, e.repetitions_left, e.low, e.high, bool(case.past))
        for e in events
        if isinstance(e, ReserveEstimated) and e.set == first and e.repetition <= after
    ]
    at = {estimate.repetition: estimate for estimate in estimates}
    return Reserve(estimates, tuple(at.get(max(1, round(mark * after))) for mark in MARKS))
