"""One case's score: everything that is counted of it, ready to be summed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from benchmarks.score import alarms, baselines, boundaries, counting, findings, reserve, signals
from benchmarks.score.analysis import BLOCK, events_of
from benchmarks.score.matching import Matched, match
from benchmarks.score.problem import Problem
from edge_agent.simulator.cases import Case, case
from service.analysis import Parameters
from wire.events import Event

CHUNKS = (1, 7, 25, 50, 499)
"""Sizes of block at which the same events must come out."""
Kind = Literal["planned", "unplanned", "wrong_plan", "blind"]
BLINDING = {"fault:swapped", "fault:inverted", "fault:scaled", "fault:wrapped"}
"""Faults that last and leave no angle to count by."""


@dataclass(slots=True)
class Score:
    """Of one set."""

    tier: str
    seed: int
    rate_hz: float
    range_deg: float
    load_share: float
    hours: float
    kind: Kind
    """`planned`; `unplanned` where the analysis was given no plan; `wrong_plan` where the patient does another range than the plan's;
    `blind` where a lasting fault of the angle leaves nothing to count by."""
    torque: bool
    counting: counting.Counting
    boundaries: boundaries.Boundaries
    findings: findings.Findings
    alarms: alarms.Alarms
    signals: signals.Signals
    reserve: reserve.Reserve
    baseline: baselines.Baseline
    problems: list[Problem] = field(default_factory=list)
    same: dict[int, bool] = field(default_factory=dict)
    """By size of block: whether the events were the same, byte for byte. Empty where it was not tried."""
    simulated_s: float = 0.0
    analysed_s: float = 0.0

    @property
    def same_everywhere(self) -> bool:
        """The same events at every size of block that was tried."""
        return all(self.same.values())


def score_seed(tier: str, seed: int, *, chunks: bool = False, made: Case | None = None, parameters: Parameters | None = None) -> Score:
    """Makes the case of a seed (unless it is handed in), analyses and scores it."""
    began = time.perf_counter()
    subject = made if made is not None else case(tier, seed)  # type: ignore[arg-type]
    simulated = time.perf_counter()
    events = events_of(subject, parameters=parameters)
    analysed = time.perf_counter()
    result = score(subject, events)
    result.simulated_s, result.analysed_s = simulated - began, analysed - simulated
    if chunks:
        result.same = same_at(subject, events, parameters)
        result.problems += [Problem("chunking", 0.0, f"other events in blocks of {size}") for size, same in result.same.items() if not same]
    return result


def score(subject: Case, events: Sequence[Event], matched: Matched | None = None) -> Score:
    """The score of a case whose events are known."""
    matched = matched or match(subject, events)
    problems: list[Problem] = []
    duration_s = float(subject.t_ns.max() - subject.t_ns.min()) * 1e-9
    return Score(
        tier=subject.tier,
        seed=subject.seed,
        rate_hz=subject.rate_hz,
        range_deg=subject.range_deg,
        load_share=subject.load_share,
        hours=min(duration_s, len(subject.t_ns) / subject.rate_hz * 2) / 3600.0,
        kind=kind_of(subject),
        torque=has_torque(subject),
        counting=counting.score(events, matched, problems, classes=kind_of(subject) != "unplanned"),
        # A range that was learnt has other boundaries: not compared, so no mistakes.
        boundaries=boundaries.score(matched, problems if kind_of(subject) in {"planned", "wrong_plan"} else []),
        findings=findings.score(subject, events, matched, problems, judged=has_torque(subject) and kind_of(subject) != "blind"),
        alarms=alarms.score(subject, events, matched, problems),
        signals=signals.score(subject, events, problems),
        reserve=reserve.score(subject, events),
        baseline=baselines.score(subject),
        problems=problems,
    )


def kind_of(subject: Case) -> Kind:
    """See Score.kind."""
    if any(incident.kind in BLINDING and incident.channel == "angle" for incident in subject.incidents):
        return "blind"
    if subject.plan is None:
        return "unplanned"
    return "wrong_plan" if any(incident.kind == "wrong_plan" for incident in subject.incidents) else "planned"


def has_torque(subject: Case) -> bool:
    """Whether there is a torque to judge by: a sensor, the right way round."""
    inverted = any(incident.kind == "fault:inverted" and incident.channel == "torque" for incident in subject.incidents)
    return not inverted and not bool(np.isnan(subject.torque_nm).all())


def digest_lines(events: Sequence[Event]) -> list[bytes]:
    """Events as they go over the wire, to the last bit."""
    return [msgspec.json.encode(event) for event in events]


def same_at(subject: Case, events: Sequence[Event], parameters: Parameters | None = None) -> dict[int, bool]:
    """For each size of block: the same events as in blocks of BLOCK."""
    expected = digest_lines(events)
    return {size: size == BLOCK or digest_lines(events_of(subject, size, parameters)) == expected for size in CHUNKS}
