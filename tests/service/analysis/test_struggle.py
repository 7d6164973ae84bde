"""detection.md 4.2, 4.3: signs of struggle against the patient's own first repetitions."""

import math

import pytest

from service.analysis import Parameters
from service.analysis.lookalikes import Anchors
from service.analysis.struggle import Signs, Struggle

GOOD = Signs(lag_s=0.1, rise_s=3.6, sag=0.0, tremor=0.02, stall_s=0.0, top=1.0, hold_s=2.0)


def settled(*lags: float) -> Struggle:
    """After good repetitions with these lags."""
    struggle = Struggle(Parameters())
    for lag in lags:
        struggle.add(GOOD._replace(lag_s=lag), good=True)
    return struggle


def test_before_there_is_a_baseline_nothing_is_known() -> None:
    struggle = Struggle(Parameters())
    for value in (struggle.lag_s, struggle.lag_sd_s, struggle.rise_s, struggle.hold_s, struggle.top, struggle.tremor_ratio(0.1)):
        assert math.isnan(value)
    assert struggle.reasons(GOOD) == {}
    assert struggle.reasons(GOOD._replace(lag_s=2.0)) == {"lag_s": 2.0}


def test_a_baseline_is_the_median_of_the_good_ones_after_the_first() -> None:
    struggle = settled(0.9, 0.1, 0.3, 0.2, 5.0, 5.0)
    assert struggle.lag_s == pytest.approx(0.2)
    assert struggle.lag_sd_s == pytest.approx(0.1)
    assert struggle.tremor_ratio(0.04) == pytest.approx(2.0)
    assert (struggle.top, struggle.hold_s, struggle.rise_s) == (1.0, 2.0, 3.6)


def test_the_first_serves_until_there_is_another_and_bad_ones_never() -> None:
    struggle = settled(0.4)
    struggle.add(GOOD._replace(lag_s=3.0), good=False)
    assert struggle.lag_s == 0.4
    assert math.isnan(struggle.lag_sd_s)


def test_a_sign_that_no_repetition_showed_stays_unknown() -> None:
    struggle = Struggle(Parameters())
    struggle.add(GOOD._replace(tremor=math.nan), good=True)
    struggle.add(GOOD._replace(tremor=math.nan), good=True)
    assert math.isnan(struggle.tremor_ratio(0.1))


def test_each_sign_has_its_threshold() -> None:
    struggle = settled(0.1, 0.1, 0.1)
    assert set(struggle.reasons(GOOD._replace(lag_s=0.9))) == {"lag_s"}
    assert struggle.reasons(GOOD._replace(lag_s=0.75)) == {}
    assert set(struggle.reasons(GOOD._replace(rise_s=3.6 * 1.3))) == {"extension_ratio"}
    assert struggle.reasons(GOOD._replace(rise_s=3.6 * 1.2)) == {}
    assert set(struggle.reasons(GOOD._replace(sag=0.06))) == {"hold_sag"}


def test_whoever_always_lags_does_not_struggle_by_it() -> None:
    assert settled(1.0, 1.0, 1.0).reasons(GOOD._replace(lag_s=1.2)) == {}


def test_a_struggle_is_recent_for_two_repetitions() -> None:
    struggle = Struggle(Parameters())
    struggle.struggled.append(5)
    assert [struggle.recently(number) for number in (4, 5, 6, 7, 8)] == [False, True, True, True, False]


def test_both_ends_shifted_the_same_way_over_three_repetitions_is_a_shift() -> None:
    anchors = Anchors(Parameters())
    assert not any(anchors.shifted(60.0, 6.0) for _ in range(3))
    assert [anchors.shifted(56.0, 2.0) for _ in range(3)] == [False, False, True]
    assert not anchors.shifted(None, 2.0)
    assert not anchors.shifted(60.0, None)


@pytest.mark.parametrize("ends", [(64.0, 6.0), (64.0, 2.0), (62.0, 8.0)])
def test_one_end_or_opposite_ones_or_a_little_is_none(ends: tuple[float, float]) -> None:
    anchors = Anchors(Parameters())
    told = [anchors.shifted(60.0, 6.0) for _ in range(3)] + [anchors.shifted(*ends) for _ in range(5)]
    assert not any(told)


def test_haste_is_no_measure_of_the_usual_pace() -> None:
    struggle = Struggle(Parameters())
    hasty = GOOD._replace(lag_s=-1.6, rise_s=2.0)
    struggle.add(hasty, good=True, hurried=True)
    struggle.add(hasty, good=True, hurried=True)
    assert struggle.reasons(GOOD) == {}, "with the cue, after nothing but haste"
    assert set(struggle.reasons(GOOD._replace(lag_s=0.7))) == {"extension_ratio"}, "behind it"
    struggle.add(GOOD, good=True)
    struggle.add(hasty, good=True, hurried=True)
    assert struggle.rise_s == GOOD.rise_s


def test_a_part_of_the_way_is_no_measure_of_the_usual_time() -> None:
    """Detection 4.2: baselines are of full repetitions; from part-way up there is less way to go."""
    struggle = Struggle(Parameters())
    struggle.add(GOOD._replace(rise_s=2.4), good=True, whole=False)
    assert struggle.reasons(GOOD) == {}, "the first one"
    assert (struggle.lag_s, struggle.hold_s) == (GOOD.lag_s, GOOD.hold_s)
    struggle.add(GOOD._replace(rise_s=2.4), good=True, whole=False)
    assert struggle.reasons(GOOD) == {}, "one after an incomplete return"
    struggle.add(GOOD, good=True)
    assert struggle.rise_s == GOOD.rise_s
