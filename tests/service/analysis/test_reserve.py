"""detection.md 4.6 and 11: repetitions in reserve, their error and the coverage of their interval, for known and for new patients."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.parameters import Parameters
from service.analysis.reserve import MOST, NEAR, Estimate, Reserve, Signs, likelihood, prior
from wire.plan import PastSet, Plan, Range, Repetitions, Tempo

P = Parameters()
PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), load_nm=120.0)
QUIET = Signs(lag_s=0.05, lag_baseline_s=0.0, lag_sd_s=0.1, extension_ratio=1.0, hold_sag=0.0, tremor_ratio=1.0, stall_s=0.0)
FAILING = Signs(lag_s=1.5, lag_baseline_s=0.0, lag_sd_s=0.1, extension_ratio=1.6, hold_sag=0.0, tremor_ratio=1.2, stall_s=0.8)
MARKS = (0.33, 0.66, 0.90)


class TestThePrior:
    def test_is_the_line_through_the_published_points(self) -> None:
        # Fisher 2018: 80 % MVC 50.5 s, 50 % MVC 158.5 s to failure.
        for mvc, seconds in ((80.0, 50.5), (50.0, 158.5)):
            found = prior(P, PLAN, isometric_nm=12_000.0 / mvc)
            assert math.exp(found.centre) * 10.0 == pytest.approx(seconds, rel=0.01)
            assert found.sigma == 0.35

    def test_without_strength_falls_a_little_short_of_the_plans_own_repetitions(self) -> None:
        plan = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), repetitions=Repetitions(18, 22))
        assert math.exp(prior(P, plan).centre) == pytest.approx(0.95 * 19.9, abs=0.1)

    def test_without_anything_is_the_usual_load(self) -> None:
        assert math.exp(prior(P, None).centre) == pytest.approx(0.95 * 13.6, abs=0.1)

    @pytest.mark.parametrize(("sets", "sigma"), [(1, 0.20), (2, 0.161), (3, 0.13), (9, 0.13)])
    def test_grows_narrow_with_earlier_sets(self, sets: int, sigma: float) -> None:
        found = prior(P, PLAN, [PastSet(120.0, 14, 10.0)] * sets)
        assert math.exp(found.centre) == pytest.approx(14.0)
        assert found.sigma == pytest.approx(sigma, abs=0.001)

    def test_stands_on_the_three_latest_sets(self) -> None:
        past = [PastSet(120.0, 40, 10.0), *[PastSet(120.0, 12, 10.0)] * 3]
        assert math.exp(prior(P, PLAN, past).centre) == pytest.approx(12.0)

    def test_corrects_an_earlier_set_for_its_load_by_the_line(self) -> None:
        # 158.5 s are 50 % MVC; a load greater by 80/50 is 80 %: 50.5 s.
        found = prior(P, PLAN, [PastSet(75.0, 16, 9.906)])
        assert math.exp(found.centre) * 10.0 == pytest.approx(50.5, rel=0.01)
        assert found.sigma > 0.3

    def test_corrects_by_the_measured_strength_where_there_is_one(self) -> None:
        found = prior(P, PLAN, [PastSet(108.0, 14, 10.0)], isometric_nm=240.0)
        assert found.centre == pytest.approx(math.log(14.0) - 0.0381 * 5.0)

    def test_leaves_a_set_of_unknown_load_as_it_was(self) -> None:
        for load in (None, 0.0):
            assert math.exp(prior(P, PLAN, [PastSet(load, 14, 10.0)]).centre) == pytest.approx(14.0)

    def test_corrects_for_the_time_of_a_repetition(self) -> None:
        assert math.exp(prior(P, PLAN, [PastSet(120.0, 20, 5.0)]).centre) == pytest.approx(10.0)
        assert math.exp(prior(P, None, [PastSet(120.0, 20, 5.0)]).centre) == pytest.approx(20.0)

    def test_leaves_out_sets_without_a_repetition(self) -> None:
        past = [PastSet(120.0, 0, 10.0), PastSet(120.0, 14, 0.0)]
        assert prior(P, PLAN, past) == prior(P, PLAN)


class TestTheEstimate:
    def test_says_nothing_before_the_fourth_repetition(self) -> None:
        reserve = Reserve(P, PLAN)
        assert [reserve.after(done, QUIET) for done in (0, 1, 2, 3)] == [None] * 4
        assert reserve.after(4, QUIET) is not None

    def test_says_nothing_where_the_plan_ends_by_its_repetitions(self) -> None:
        plan = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), endpoint="repetitions")
        assert Reserve(P, plan).after(8, QUIET) is None

    def test_says_nothing_beyond_what_it_can_tell_apart(self) -> None:
        assert Reserve(P, PLAN).after(MOST, QUIET) is None

    def test_is_what_is_left_of_the_expected_repetitions(self) -> None:
        found = Reserve(P, PLAN, [PastSet(120.0, 14, 10.0)] * 3).after(5, Signs())
        assert found is not None
        assert found.left == pytest.approx(8.3, abs=0.2)
        assert found.low == pytest.approx(6.9, abs=0.3)
        assert found.high == pytest.approx(11.6, abs=0.3)

    def test_a_failing_repetition_leaves_next_to_nothing(self) -> None:
        reserve = Reserve(P, PLAN)
        quiet, failing = reserve.after(12, QUIET), reserve.after(12, FAILING)
        assert quiet is not None
        assert failing is not None
        assert failing.left < 1.0 < quiet.left

    def test_says_nothing_where_nothing_like_it_was_expected(self) -> None:
        narrow = Parameters(reserve_sigma_many=0.001, reserve_sigma_one=0.002)
        assert Reserve(narrow, PLAN, [PastSet(120.0, 12, 10.0)] * 3).after(100, QUIET) is None

    def test_repetitions_beyond_all_expectation_leave_some(self) -> None:
        found = Reserve(P, PLAN, [PastSet(120.0, 12, 10.0)] * 3).after(40, Signs())
        assert found is not None
        assert 0.0 <= found.low <= found.left <= found.high


class TestTheSigns:
    def test_that_are_not_known_weigh_nothing(self) -> None:
        assert likelihood(P, Signs()) == [1.0] * NEAR
        assert likelihood(P, Signs(lag_s=1.0)) == [1.0] * NEAR
        assert likelihood(P, Signs(lag_s=math.nan, lag_baseline_s=0.0, hold_sag=math.nan)) == [1.0] * NEAR

    def test_of_a_late_extension_say_that_the_end_is_near(self) -> None:
        weights = likelihood(P, FAILING)
        assert weights[0] > 10.0
        assert weights[0] > weights[1] > weights[2]
        assert weights[-1] < 1.5

    def test_of_an_even_extension_say_that_it_is_not_the_last(self) -> None:
        weights = likelihood(P, QUIET)
        assert weights[0] < 0.5
        assert weights[0] < weights[1] < weights[2] < 1.05

    def test_of_time_alone_serve_without_a_cue(self) -> None:
        assert likelihood(P, Signs(extension_ratio=1.5))[0] > 3.0

    def test_of_an_uneven_patient_weigh_less(self) -> None:
        even, uneven = (likelihood(P, Signs(lag_s=0.8, lag_baseline_s=0.0, lag_sd_s=sd))[0] for sd in (0.1, 0.8))
        assert even > 3.0 * uneven

    @pytest.mark.parametrize("signs", [Signs(hold_sag=0.06), Signs(tremor_ratio=1.6), Signs(stall_s=0.4)])
    def test_each_moves_by_itself(self, signs: Signs) -> None:
        weights = likelihood(P, signs)
        assert weights[0] == pytest.approx(3.0)
        assert all(more > less for more, less in pairwise(weights))

    @pytest.mark.parametrize("lag", [-1e6, -5.0, 5.0, 1e6])
    def test_of_any_size_stay_weights(self, lag: float) -> None:
        assert all(0.0 < weight < 1e3 for weight in likelihood(P, Signs(lag_s=lag, lag_baseline_s=0.0, lag_sd_s=0.0)))


numbers = st.none() | st.floats(0.0, 10.0) | st.sampled_from([math.nan, math.inf])


class TestEveryEstimate:
    @given(
        st.integers(4, MOST - 1),
        st.lists(st.builds(PastSet, st.none() | st.floats(1.0, 500.0), st.integers(0, 60), st.floats(0.0, 20.0)), max_size=5),
        st.none() | st.floats(1.0, 1000.0),
        st.builds(Signs, numbers, numbers, numbers, numbers, numbers, numbers, numbers),
        st.booleans(),
    )
    def test_is_finite_and_in_order(self, done: int, past: list[PastSet], isometric: float | None, signs: Signs, planned: bool) -> None:
        found = Reserve(P, PLAN if planned else None, past, isometric).after(done, signs)
        if found is None:  # so far beyond the expected that no probability is left
            assert done > 3 * math.exp(prior(P, PLAN if planned else None, past, isometric).centre)
            return
        assert 0.0 <= found.low <= found.left <= found.high <= MOST
        assert all(type(value) is float for value in found)

    @given(st.integers(4, 30), st.integers(4, 30))
    def test_the_end_comes_no_earlier_the_more_is_done(self, one: int, other: int) -> None:
        reserve = Reserve(P, PLAN)
        early, late = reserve.after(min(one, other), Signs()), reserve.after(max(one, other), Signs())
        assert early is not None
        assert late is not None
        assert min(one, other) + early.left <= max(one, other) + late.left + 1e-9

    @given(st.integers(4, 30))
    def test_keeps_nothing_from_one_repetition_to_the_next(self, done: int) -> None:
        reserve = Reserve(P, PLAN)
        first = reserve.after(done, QUIET)
        reserve.after(done, FAILING)
        assert reserve.after(done, QUIET) == first


def study(sets: int, sigma: float, seed: int, past: int) -> tuple[dict[float, float], float]:
    """Mean absolute error at the marks and coverage over made-up sets; no signs. `sigma`: true spread about the centre."""
    random = np.random.default_rng(seed)
    errors: dict[float, list[float]] = {mark: [] for mark in MARKS}
    covered: list[bool] = []
    reserve = Reserve(P, PLAN, [PastSet(120.0, 13, 10.0)] * past)
    for _ in range(sets):
        true = max(1, round(math.exp(random.normal(reserve.prior.centre, sigma))))
        found: dict[int, Estimate] = {done: one for done in range(4, true + 1) if (one := reserve.after(done, Signs()))}
        covered += [one.low <= true - done <= one.high for done, one in found.items()]
        for mark in MARKS:
            if one := found.get(round(mark * true)):
                errors[mark].append(abs(one.left - (true - round(mark * true))))
    return {mark: float(np.mean(values)) for mark, values in errors.items()}, float(np.mean(covered))


@pytest.mark.parametrize(
    ("past", "sigma", "limits"),
    [(0, 0.40, (4.5, 2.6, 2.0)), (1, 0.20, (2.2, 2.1, 1.6)), (3, 0.13, (1.6, 1.5, 1.0))],
)
def test_history_alone_gives_the_error_of_the_design_and_an_honest_interval(
    past: int, sigma: float, limits: tuple[float, float, float]
) -> None:
    # detection.md 4.6: the truncated prior alone, computed.
    errors, coverage = study(300, sigma, 7, past)
    assert all(errors[mark] <= limit for mark, limit in zip(MARKS, limits, strict=True)), errors
    assert 0.75 <= coverage <= 0.90
