"""Faults that whole repetitions show (detection 6): a torque in another unit, zeros that creep."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.habits import Change, Habits
from service.analysis.parameters import Parameters
from service.analysis.readings import FAULTS
from tests.service.analysis.raw import PLAN
from wire.plan import Plan

SCALED, ANGLE_DRIFT, TORQUE_DRIFT = (FAULTS.index(each) for each in (("torque", "scaled"), ("angle", "drift"), ("torque", "drift")))


def told(
    count: int,
    *,
    share: float = 1.0,
    nm_min: float = 0.0,
    flexed_deg_min: float = 0.0,
    extended_deg_min: float = 0.0,
    step_deg: float = 0.0,
    plan: Plan | None = PLAN,
    torque: bool = True,
) -> list[Change]:
    """What `count` repetitions of 10 s tell; the load is 120 Nm times `share`, friction 8 Nm, people are not machines."""
    habits = Habits(Parameters(), plan)
    changes = []
    for k in range(count):
        minutes, wobble = k / 6.0, 0.3 * math.sin(2.4 * k)
        up, down = (share * (load + nm_min * minutes + wobble) for load in (128.0, 112.0))
        shift = step_deg if k >= count // 2 else 0.0
        changes += habits.completed(
            10_000_000_000 * (k + 1),
            up if torque else None,
            down if torque else None,
            60.0 + flexed_deg_min * minutes + shift + wobble,
            6.0 + extended_deg_min * minutes + shift - 0.7 * wobble,
        )
    return changes


class TestUnit:
    @pytest.mark.parametrize("unit", [1.0 / 1.3558, 8.85, 0.102, 0.001, 100.0, 1000.0])
    def test_a_torque_in_another_unit_is_told_with_the_third_repetition(self, unit: float) -> None:
        assert told(3, share=unit) == [Change(SCALED, True, 10_000_000_000)]
        assert told(2, share=unit) == []
        assert told(9, share=unit) == told(3, share=unit)

    @pytest.mark.parametrize("share", [1.0, 0.88, 0.5, 1.2])
    def test_a_patient_who_lifts_something_else_is_no_fault(self, share: float) -> None:
        assert told(6, share=share) == []

    def test_it_is_over_when_the_load_is_right_again(self) -> None:
        habits = Habits(Parameters(), PLAN)
        changes = []
        for k, share in enumerate([0.7376] * 3 + [1.0] * 3):
            changes += habits.completed(10_000_000_000 * k, 128.0 * share, 112.0 * share, 60.0, 6.0)
        assert changes == [Change(SCALED, True, 0), Change(SCALED, False, 30_000_000_000)]

    def test_it_is_over_with_the_set(self) -> None:
        habits = Habits(Parameters(), PLAN)
        for k in range(3):
            habits.completed(10_000_000_000 * k, 128.0 * 0.7376, 112.0 * 0.7376, 60.0, 6.0)
        assert habits.over(25_000_000_000) == [Change(SCALED, False, 25_000_000_000)]
        assert habits.over(25_000_000_000) == []

    def test_nobody_can_tell_without_load_or_torque_or_on_a_motor(self) -> None:
        for plan in (
            None,
            Plan(range=PLAN.range, tempo=PLAN.tempo),
            Plan(range=PLAN.range, tempo=PLAN.tempo, load_nm=120.0, resistance="motor"),
        ):
            assert told(5, share=0.7376, plan=plan) == []
        assert told(5, torque=False) == []


class TestDrift:
    def test_a_torque_that_creeps_is_told(self) -> None:
        assert told(12, nm_min=6.0) == [Change(TORQUE_DRIFT, True, 10_000_000_000)]

    def test_four_repetitions_that_lie_on_a_line_by_chance_are_no_drift(self) -> None:
        """Decision 0192: two degrees of freedom say little of the scatter; what repetitions usually scatter counts with it."""
        habits = Habits(Parameters(), PLAN)
        changes = []
        for k, nm in enumerate((120.0, 121.0, 122.1, 123.0)):
            changes += habits.completed(10_000_000_000 * k, nm + 8.0, nm - 8.0, 60.0, 6.0)
        assert not changes

    def test_a_load_cell_may_drift_by_two_nm_a_minute(self) -> None:
        """Detection 11: tare drift 0-2 Nm/min is a healthy sensor's."""
        assert told(15, nm_min=2.0) == []

    def test_turning_points_that_creep_together_are_told(self) -> None:
        assert told(12, flexed_deg_min=1.5, extended_deg_min=1.5) == [Change(ANGLE_DRIFT, True, 10_000_000_000)]
        assert told(12, flexed_deg_min=-1.5, extended_deg_min=-1.5) == [Change(ANGLE_DRIFT, True, 10_000_000_000)]

    def test_a_range_that_shrinks_is_no_drift(self) -> None:
        assert told(15, extended_deg_min=3.0) == []

    def test_a_patient_who_sits_otherwise_is_no_drift(self) -> None:
        assert told(15, step_deg=5.0) == []

    @pytest.mark.parametrize(("before", "factor"), [(3, 0.8), (3, 1.25), (4, 0.8), (4, 1.25), (6, 0.8), (6, 0.9), (6, 1.25)])
    def test_a_load_that_is_changed_within_a_set_is_no_drift(self, before: int, factor: float) -> None:
        """Detection 6: a zero that creeps, not in one step."""
        habits = Habits(Parameters(), PLAN)
        changes = []
        for k in range(12):
            wobble, share = 0.3 * math.sin(2.4 * k), factor if k >= before else 1.0
            changes += habits.completed(10_000_000_000 * (k + 1), 128.0 * share + wobble, 112.0 * share + wobble, 60.0, 6.0)
        assert changes == []

    def test_nothing_is_said_of_a_few_repetitions(self) -> None:
        assert told(3, nm_min=20.0, flexed_deg_min=9.0, extended_deg_min=9.0) == []

    def test_repetitions_at_one_time_have_no_trend(self) -> None:
        habits = Habits(Parameters(), PLAN)
        assert [habits.completed(5, 128.0, 112.0, 60.0 + k, 6.0 + k) for k in range(6)] == [[]] * 6


@given(st.lists(st.tuples(st.integers(0, 1 << 62), st.floats(), st.floats(), st.floats(), st.floats()), max_size=12))
def test_no_input_raises(rows: list[tuple[int, float, float, float, float]]) -> None:
    habits = Habits(Parameters(), PLAN)
    for end_ns, up, down, flexed, extended in rows:
        habits.completed(end_ns, up, down, flexed, extended)
