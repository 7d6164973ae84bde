"""detection.md 4.3 and decision 0005: how likely a stand is a failure, and why."""

import math
from itertools import pairwise

import pytest

from service.analysis import Parameters
from service.analysis.failure import UNITS, Stand, judge, reason

P = Parameters()
STALLED = Stand(
    stall_s=3.0,
    effort=1.0,
    slowing_s=1.2,
    pace=0.5,
    top=0.7,
    usual_top=1.0,
    late_top=1.0,
    arrived=False,
    hold_s=math.nan,
    usual_hold_s=2.0,
    struggle={"lag_s": 1.5},
    recent=True,
    tremor_ratio=1.0,
    reserve_high=math.inf,
    ordered=False,
    again=False,
)


def test_who_tries_and_struggled_before_has_failed() -> None:
    verdict = judge(STALLED, P)
    assert verdict.confidence >= P.failure_confidence
    evidence = verdict.evidence()
    assert 1 <= len(evidence) <= 3
    assert all(UNITS[each.name] == each.unit for each in evidence)


def test_its_evidence_is_the_strongest_first_and_only_what_speaks_for_it() -> None:
    verdict = judge(STALLED._replace(effort=0.5), P)
    weights = [weight for _, _, weight in verdict.signs]
    assert all(before >= after for before, after in pairwise(weights))
    assert "effort" not in {each.name for each in verdict.evidence()}


@pytest.mark.parametrize(
    "less",
    [
        {"effort": 0.75},
        {"stall_s": 0.9},
        {"slowing_s": 0.1},
        {"pace": 0.9},
        {"late_top": 0.7},
        {"struggle": {}, "recent": False},
        {"top": 0.95},
        {"top": 0.99},
    ],
)
def test_each_sign_that_is_missing_makes_it_less_likely(less: dict[str, object]) -> None:
    assert judge(STALLED._replace(**less), P).confidence < judge(STALLED, P).confidence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [{"tremor_ratio": 2.0}, {"reserve_high": 2.0}, {"reserve_high": 8.0}, {"pace": 0.2}, {"ordered": True}, {"again": True}],
)
def test_each_further_sign_makes_it_more_likely(more: dict[str, float]) -> None:
    assert judge(STALLED._replace(**more), P).confidence > judge(STALLED, P).confidence  # type: ignore[arg-type]


def test_what_is_not_known_says_nothing() -> None:
    verdict = judge(STALLED._replace(effort=math.nan, slowing_s=math.nan, pace=math.nan, usual_top=math.nan, tremor_ratio=math.nan), P)
    assert {"effort", "slowing", "tremor_ratio"}.isdisjoint(name for name, _, _ in verdict.signs)
    assert 0.0 < verdict.confidence < 1.0


def test_a_held_pause_without_any_struggle_is_none() -> None:
    calm = STALLED._replace(struggle={}, recent=False, slowing_s=0.2, effort=0.9, stall_s=1.5)
    assert judge(calm, P).confidence < P.failure_confidence


def test_at_the_end_of_the_range_the_hold_decides() -> None:
    there = STALLED._replace(arrived=True, top=0.97, hold_s=0.1, usual_hold_s=2.0)
    held = there._replace(hold_s=2.0)
    assert judge(there, P).confidence > judge(held, P).confidence
    assert judge(there._replace(usual_hold_s=0.0), P).confidence == judge(held, P).confidence


def test_its_reason_is_where_it_stood() -> None:
    assert reason(STALLED, P) == "stall"
    assert reason(STALLED._replace(top=0.92), P) == "short_of_range"
    assert reason(STALLED._replace(arrived=True), P) == "hold_lost"
