"""detection.md 4.3, 4.5 and decision 0217: how likely a turn is a failure, and why."""

import math
from itertools import pairwise

import pytest

from service.analysis import Parameters
from service.analysis.failure import UNITS, Stand, by_choice, judge, reason

P = Parameters()
STALLED = Stand(
    stall_s=1.5,
    effort=0.97,
    push=1.1,
    slowing_s=0.4,
    pace=0.9,
    top=0.85,
    usual_top=1.0,
    late_top=0.87,
    travel_short=0.03,
    hold_s=math.nan,
    hold_lost=False,
    lowering=1.1,
    struggle={"lag_s": 1.5},
    recent=True,
    reserve_high=3.0,
    ordered=False,
    again=False,
)


def test_who_tries_and_struggled_before_has_failed() -> None:
    verdict = judge(STALLED._replace(top=0.7, stall_s=3.0, lowering=1.4), P)
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
        {"effort": 0.8},
        {"stall_s": 0.9},
        {"slowing_s": 0.1},
        {"pace": 1.4},
        {"push": 1.2},
        {"late_top": 0.7},
        {"travel_short": 0.0},
        {"lowering": 0.7},
        {"struggle": {}},
        {"reserve_high": math.inf},
        {"top": 0.95},
        {"top": 0.99},
    ],
)
def test_each_sign_that_is_missing_makes_it_less_likely(less: dict[str, object]) -> None:
    assert judge(STALLED._replace(**less), P).confidence < judge(STALLED, P).confidence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [
        {"effort": 1.0},
        {"stall_s": 2.0},
        {"slowing_s": 0.6},
        {"pace": 0.2},
        {"push": 1.0},
        {"top": 0.8},
        {"travel_short": 0.05},
        {"lowering": 1.4},
        {"hold_lost": True},
        {"reserve_high": 1.0},
        {"ordered": True},
        {"again": True},
    ],
)
def test_each_further_sign_makes_it_more_likely(more: dict[str, object]) -> None:
    assert judge(STALLED._replace(**more), P).confidence > judge(STALLED, P).confidence  # type: ignore[arg-type]


def test_what_is_not_known_says_nothing_and_is_no_evidence() -> None:
    unknown = dict.fromkeys(("effort", "push", "slowing_s", "pace", "usual_top", "travel_short", "hold_s", "lowering"), math.nan)
    verdict = judge(STALLED._replace(**unknown), P)  # type: ignore[arg-type]
    assert 0.0 < verdict.confidence < 1.0
    assert {each.name for each in verdict.evidence()} == {"stall_s", "reserve_high", "lag_s"}


class TestByChoice:
    """4.5, pause: an abrupt end of ordinary movement, and no struggle earlier; 4.3: who gives too little torque does not try."""

    CALM = STALLED._replace(struggle={}, recent=False, reserve_high=math.inf)

    def test_who_stops_at_once_out_of_full_speed_chose_to(self) -> None:
        assert by_choice(self.CALM._replace(slowing_s=0.1, pace=1.0), P)
        assert not by_choice(self.CALM._replace(slowing_s=0.1, pace=0.5), P)
        assert not by_choice(self.CALM._replace(slowing_s=0.6, pace=1.0), P)

    def test_who_gives_less_than_is_asked_does_not_try(self) -> None:
        assert by_choice(self.CALM._replace(effort=0.8), P)
        assert not by_choice(self.CALM._replace(effort=math.nan), P)

    @pytest.mark.parametrize("context", [{"recent": True}, {"struggle": {"lag_s": 1.5}}, {"reserve_high": 2.0}, {"again": True}])
    def test_whoever_struggles_did_not_choose(self, context: dict[str, object]) -> None:
        assert not by_choice(self.CALM._replace(slowing_s=0.1, pace=1.0, effort=0.8, **context), P)  # type: ignore[arg-type]

    def test_a_load_that_is_let_go_is_no_failure(self) -> None:
        """4.5, pain; decision 0218: it turned without having stood, been late or slow, or arrived."""
        let_go = STALLED._replace(stall_s=0.1, struggle={"tremor": 2.5})
        assert by_choice(let_go, P)
        assert not by_choice(let_go._replace(stall_s=P.brief_stall_s), P)
        assert not by_choice(let_go._replace(hold_s=0.1, hold_lost=True), P)
        assert not by_choice(let_go._replace(struggle={"extension_ratio": 1.8}), P)
        assert not by_choice(let_go._replace(struggle={"lag_s": 1.5}), P)


def test_its_reason_is_where_it_ended() -> None:
    assert reason(STALLED, P) == "stall"
    assert reason(STALLED._replace(top=0.92), P) == "short_of_range"
    assert reason(STALLED._replace(top=0.97, hold_s=1.5), P) == "short_of_range"
    assert reason(STALLED._replace(top=0.97, hold_s=0.1, hold_lost=True), P) == "hold_lost"
