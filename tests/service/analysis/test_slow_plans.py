"""Plans that are slow, or slow on the way down: what is told of whoever does as they order (detection.md 2.2, 2.3, 4.2, 4.3)."""

import msgspec
import numpy as np
import pytest

from tests.service.analysis.invariants import check
from tests.service.analysis.motion import PLAN, events, of, path, repetitions
from tests.service.analysis.test_findings import GRIND, TIRED, Points, ending, then
from wire.events import Event, Failure, FailureLikely, Halted, RepetitionCompleted, SetEnded, Struggle, Unable, Unsure
from wire.plan import Plan, Tempo


def smoothly(points: Points, *steps: tuple[float, float]) -> Points:
    """More points, each (seconds later, progress), by movements of least jerk."""
    points = list(points)
    for seconds, place in steps:
        begin, before = points[-1]
        u = np.linspace(0.05, 1.0, 20)
        points += [(begin + seconds * each, before + (place - before) * (each**3 * (10.0 - 15.0 * each + 6.0 * each**2))) for each in u]
    return points


def followed(plan: Plan, repetitions: int) -> Points:
    """A plan done as it says."""
    tempo = plan.tempo
    points: Points = [(0.0, 0.0), (3.0, 0.0)]
    for _ in range(repetitions):
        points = smoothly(points, (tempo.extension_s, 1.0), (tempo.hold_s, 1.0), (tempo.flexion_s, 0.0), (tempo.turn_s, 0.0))
    return points


def told_of(points: Points, plan: Plan, noise_deg: float = 0.02) -> list[Event]:
    told = events(path(*points, rate_hz=100.0, noise_deg=noise_deg), plan)
    check(told)
    return told


def test_a_lowering_that_the_plan_orders_slow_is_no_hold_that_sags() -> None:
    """4.2: what is slow for the extension may be the lowering itself."""
    plan = msgspec.structs.replace(PLAN, tempo=Tempo(2.0, 1.0, 8.0, 1.0))
    told = told_of(ending(followed(plan, 5)), plan)
    assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 5
    assert not of(told, Struggle) + of(told, Unable) + of(told, Unsure)


def test_the_noise_of_a_single_reading_makes_no_lowering_a_sag() -> None:
    """2.3: near a threshold what counts has lasted for 0.15 s."""
    plan = msgspec.structs.replace(PLAN, tempo=Tempo(15.0, 2.0, 15.0, 1.0))
    told = told_of(ending(followed(plan, 4)), plan, noise_deg=0.5)
    assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 4
    assert not of(told, Struggle) + of(told, Unable) + of(told, Unsure)
    assert [each.reason for each in of(told, SetEnded)] == ["recording_ended"]


def test_a_hold_that_is_lost_slowly_is_told_under_a_slow_plan_too() -> None:
    plan = msgspec.structs.replace(PLAN, tempo=Tempo(2.0, 3.0, 8.0, 1.0))
    points = smoothly([(0.0, 0.0), (3.0, 0.0)], (2.0, 1.0))
    told = told_of(ending(smoothly(then(points, (0.5, 1.0), (3.0, 0.92), (0.5, 0.92)), (6.0, 0.0))), plan)
    assert [(each.repetition, each.reasons) for each in of(told, Struggle)] == [(1, ["hold_sag"])]


def test_a_grind_that_arrives_and_holds_as_long_as_asked_has_not_failed() -> None:
    """1, 4.3: failure is an extension that can't be completed, or at its end a hold that is none or sags."""
    points = TIRED
    for _ in range(3):
        points = then(points, (2.5, 0.55), (1.5, 0.72), (1.5, 0.80), (3.5, 0.85), (2.0, 1.0), (2.0, 1.0), (1.5, 0.0), (1.0, 0.0))
    told = told_of(ending(points), PLAN)
    assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 8
    assert of(told, FailureLikely)
    assert not of(told, Failure) + of(told, Unsure)


def test_whoever_stands_at_his_usual_top_short_of_where_a_hold_begins_has_held() -> None:
    """Contract 4: full from 0.93 of the range, a hold from 0.95. Between them the hold is a stand."""
    points = repetitions(4, top=0.955)
    for _ in range(3):
        points = then(smoothly(points, (4.0, 0.94)), (2.2, 0.943), (1.5, 0.0), (1.0, 0.0))
    told = told_of(ending(points), PLAN)
    assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 7
    assert not of(told, Failure) + of(told, Unsure)


def test_at_the_first_full_top_nothing_is_missing_to_judge_it() -> None:
    told = told_of(ending(then(smoothly([(0.0, 0.0), (3.0, 0.0)], (4.0, 0.94)), (2.2, 0.943), (3.0, 0.0))), PLAN)
    assert not of(told, Unable)


def test_whoever_comes_to_the_end_of_the_range_in_two_goes_has_not_halted_midway() -> None:
    """4.5: a pause is one in mid-range."""
    points = then(smoothly(repetitions(4), (3.6, 0.93)), (1.2, 0.93), (0.4, 1.0), (1.5, 1.0), (3.0, 0.0))
    told = told_of(ending(points), PLAN)
    assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 5
    assert not of(told, Halted)


@pytest.mark.parametrize(("rest_s", "sets"), [(6.9, 1), (9.0, 2)])
def test_an_extension_that_begins_in_time_keeps_a_failed_set_open(rest_s: float, sets: int) -> None:
    """Contract 1: it counts from its start, though it is known as one at a quarter of the range."""
    points = then(TIRED, *GRIND, (2.0, 0.0), (rest_s, 0.0), (8.0, 1.0), (2.0, 1.0), (3.0, 0.0))
    told = told_of(ending(points), PLAN)
    assert [each.repetition for each in of(told, Failure)][:1] == [6]
    assert len(of(told, SetEnded)) == sets
    last = of(told, RepetitionCompleted)[-1]
    assert last.extension_start_s == pytest.approx(points[-4][0] + 0.4, abs=0.1)


def test_who_stays_a_little_above_the_flexed_end_is_not_on_his_way() -> None:
    points = then(TIRED, *GRIND, (2.0, 0.0), (6.9, 0.0), (1.0, 0.1), (8.0, 0.1))
    (ended,) = of(told_of(ending(points), PLAN), SetEnded)
    assert ended.reason == "failure"
