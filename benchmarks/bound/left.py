"""Repetitions in reserve of patients without a history: every full repetition of a set to failure, as rows to learn from."""

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.bound.turns import Turn
from benchmarks.score.reserve import MARKS, Reserve
from edge_agent.simulator.cases import Case

FROM = 4
"""Nothing is told before it (detection 4.6)."""


class Left(NamedTuple):
    """After a repetition: what is known, what was truly left, what the analysis said (None: nothing), and at which marks that counts."""

    features: dict[str, float]
    left: int
    said: float | None
    marks: tuple[int, ...]
    new: bool


def lefts(case: Case, turns: Sequence[Turn], said: Reserve) -> list[Left]:
    """The rows of one set; none where it would not have come to failure, or where the plan asks for no reserve."""
    after = case.failed_after
    if after is None or after < 1 or (case.plan is not None and case.plan.endpoint == "repetitions"):
        return []
    estimates = {each.repetition: each.left for each in said.estimates}
    at = [max(1, round(mark * after)) for mark in MARKS]
    rows = []
    full = 0
    for turn in turns:
        full += turn.features["top"] >= 0.93
        if turn.failed or full > after:
            break
        if full < FROM:
            continue
        features = {name: value for name, value in turn.features.items() if name != "left_by_past"}
        marks = tuple(k for k, mark in enumerate(at) if mark == full)
        rows.append(Left(features | {"full": float(full)}, after - full, estimates.get(full), marks, not case.past))
    return rows
