"""detection.md 8: the score of one isometric test, the curve over its angles, and what changed between two."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis.isometric import Change, Curve, Score, compare, curve, score
from service.analysis.parameters import Parameters

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


def push(
    *points: tuple[float, float],
    rate_hz: float = 100.0,
    angle_deg: float = 24.0,
    noise_nm: float = 0.4,
    drift_deg: float = 0.0,
    seed: int = 1,
) -> Columns:
    """Straight lines between (s, Nm) points, with noise on both channels."""
    random = np.random.default_rng(seed)
    times, torques = np.array(points).T
    t = np.arange(round((times[-1] - times[0]) * rate_hz) + 1) / rate_hz + times[0]
    torque = np.interp(t, times, torques) + random.normal(0.0, 1.0, t.size) * noise_nm
    angle = angle_deg + drift_deg * (t - t[0]) / (t[-1] - t[0]) + random.normal(0.0, 0.05, t.size)
    return t, angle, torque


GOOD = ((0.0, 12.0), (2.0, 12.0), (4.5, 212.0), (6.0, 212.0), (6.4, 12.0), (8.0, 12.0))
"""Rest at 12 Nm, a ramp of 2.5 s to 200 Nm above it, 1.5 s held, let go."""


class TestAGoodTest:
    @pytest.mark.parametrize("rate_hz", [25.0, 100.0, 1000.0])
    def test_is_valid_and_measured_above_rest(self, rate_hz: float) -> None:
        found = score(*push(*GOOD, rate_hz=rate_hz))
        assert found.valid
        assert found.reasons == []
        assert found.plateau_nm == pytest.approx(200.0, abs=1.0)
        assert found.peak_nm == pytest.approx(200.0, abs=2.0)
        assert found.rest_nm == pytest.approx(12.0, abs=0.5)
        assert found.onset_s == pytest.approx(2.0, abs=0.12)
        assert found.ramp_s == pytest.approx(2.5, abs=0.25)
        assert found.max_rate_nm_s == pytest.approx(80.0, abs=20.0)
        assert found.angle_deg == pytest.approx(24.0, abs=0.1)
        assert found.angle_drift_deg is not None
        assert found.angle_drift_deg < 0.3

    def test_a_weak_persons_slow_ramp_is_found_from_its_foot(self) -> None:
        found = score(*push((0, 0), (2, 0), (5.5, 52), (7, 52), (7.3, 0), (8, 0)))
        assert found.valid
        assert found.onset_s == pytest.approx(2.0, abs=0.45)
        assert found.plateau_nm == pytest.approx(52.0, abs=1.0)

    def test_an_earlier_push_is_neither_rest_nor_onset(self) -> None:
        first = ((0, 5), (1, 5), (1.5, 60), (3, 60), (3.3, 5))
        found = score(*push(*first, (5, 5), (7.5, 205), (9, 205), (9.3, 5), (10, 5), noise_nm=0.0))
        assert found.onset_s == pytest.approx(5.0, abs=0.12)
        assert found.plateau_nm == pytest.approx(200.0, abs=0.5)
        assert found.valid

    def test_a_push_without_rest_after_it_is_scored_all_the_same(self) -> None:
        assert score(*push(*GOOD[:4])).valid

    def test_readings_that_are_missing_one_by_one_do_no_harm(self) -> None:
        t, angle, torque = push(*GOOD)
        torque[::7] = np.nan
        angle[::5] = np.inf
        found = score(t, angle, torque)
        assert found.valid
        assert found.plateau_nm == pytest.approx(200.0, abs=1.0)

    def test_rows_whose_time_does_not_rise_are_left_out(self) -> None:
        t, angle, torque = push(*GOOD)
        t[50], torque[50] = t[10], 5000.0
        t[60], torque[60] = np.nan, 5000.0
        found = score(t, angle, torque)
        assert found.valid
        assert found.peak_nm == pytest.approx(200.0, abs=2.0)


class TestWhatIsWrong:
    """Each fault by its own name, the others silent."""

    @pytest.mark.parametrize(
        ("columns", "reasons"),
        [
            (push((0, 0), (2, 0), (2.6, 200), (4.5, 200)), ["ramp_fast"]),
            (push((0, 0), (2, 0), (7.5, 200), (9, 200)), ["ramp_slow"]),
            (push((0, 0), (2, 0), (4.5, 180), (6.0, 212), (6.4, 0)), ["sloping"]),
            (push((0, 0), (2, 0), (4.2, 238), (4.5, 238), (4.7, 200), (6.0, 200), (6.4, 0)), ["jerk"]),
            (push(*GOOD, drift_deg=5.0), ["moved"]),
        ],
    )
    def test_is_told(self, columns: Columns, reasons: list[str]) -> None:
        found = score(*columns)
        assert found.reasons == reasons
        assert found.plateau_nm is not None
        assert found.valid == (reasons == ["jerk"])

    def test_a_shaking_plateau_is_unsteady(self) -> None:
        t, angle, torque = push(*GOOD)
        found = score(t, angle, torque + 25.0 * np.sin(2 * math.pi * 3.0 * t) * (torque > 150))
        assert "unsteady" in found.reasons
        assert "let_go" not in found.reasons
        assert found.cv is not None
        assert found.cv > 0.05

    def test_the_angle_is_missing_from_its_own_column(self) -> None:
        t, _, torque = push(*GOOD)
        found = score(t, np.full(t.size, np.nan), torque)
        assert found.reasons == ["no_angle"]
        assert found.angle_deg is None
        assert found.plateau_nm == pytest.approx(200.0, abs=1.0)


class TestAMissingAngle:
    """detection.md 8: missing, not zero."""

    @pytest.mark.parametrize("let_go_s", [0.1, 0.25, 0.4])
    @pytest.mark.parametrize("held_s", [0.0, 0.3])
    def test_torque_that_was_let_go_leaves_the_angle_out(self, let_go_s: float, held_s: float) -> None:
        end = 3.8 + held_s
        found = score(*push((0, 0), (2, 0), (3.8, 150), (end, 150), (end + let_go_s, 0), (7, 0)))
        assert found.reasons == ["let_go"]
        assert found.plateau_nm is None
        assert found.peak_nm == pytest.approx(150.0, abs=15.0)
        assert not found.valid

    def test_the_pain_button_leaves_the_angle_out_whatever_was_measured(self) -> None:
        found = score(*push(*GOOD), pain=True)
        assert found.reasons == ["pain"]
        assert found.plateau_nm is None
        assert found.peak_nm is not None

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            (push((0, 0), (0.6, 50)), "too_short"),
            (push((0, 0), (5, 0)), "no_effort"),
            (push((0, 200), (3, 200)), "no_effort"),
            (push((0, 0), (1.7, 150), (3, 150)), "no_rest"),
        ],
    )
    def test_what_was_not_measured_is_named(self, columns: Columns, reason: str) -> None:
        found = score(*columns)
        assert found.reasons == [reason]
        assert found.plateau_nm is None

    def test_without_torque_there_is_no_score(self) -> None:
        t, angle, torque = push(*GOOD)
        for none in (np.full(t.size, np.nan), np.full(t.size, np.inf), np.full(t.size, 1e30)):
            assert score(t, angle, none) == Score(reasons=["no_torque"])
        assert score([], [], []).reasons == ["no_torque"]
        assert torque.size

    def test_readings_with_holes_in_every_second_are_a_gap(self) -> None:
        t, angle, torque = push(*GOOD)
        torque[(t % 0.5) < 0.3] = np.nan
        assert score(t, angle, torque).reasons == ["gap"]

    def test_readings_too_far_apart_for_a_peak_have_no_rate(self) -> None:
        parameters = Parameters(isometric_gap_s=0.3)
        found = score(*push(*GOOD, rate_hz=4.0), parameters)
        assert found.plateau_nm == pytest.approx(200.0, abs=2.0)

    def test_columns_of_unequal_length_are_the_callers_mistake(self) -> None:
        with pytest.raises(ValueError, match="one length"):
            score([0.0, 1.0], [0.0], [0.0, 1.0])


reading = st.one_of(st.floats(-300, 300), st.sampled_from([math.nan, math.inf, -math.inf, 1e38, 0.0]))


class TestEveryTest:
    @settings(deadline=None)
    @given(st.lists(st.tuples(st.one_of(st.floats(0, 20), st.just(math.nan)), reading, reading), max_size=200), st.booleans())
    def test_any_columns_end_in_a_score_with_its_reasons(self, rows: list[tuple[float, float, float]], pain: bool) -> None:
        rows.sort(key=lambda row: row[0])
        t, angle, torque = np.array(rows).reshape(-1, 3).T
        found = score(t, angle, torque, pain=pain)
        assert found.valid == (not set(found.reasons) - {"jerk"})
        if found.valid:
            assert found.plateau_nm is not None
            assert found.angle_deg is not None
        numbers = [value for value in msgspec.structs.astuple(found) if isinstance(value, float)]
        assert all(math.isfinite(value) for value in numbers)

    @settings(deadline=None, max_examples=40)
    @given(
        st.floats(60, 350),
        st.floats(2.0, 3.5),
        st.floats(-40, 40),
        st.floats(0, 0.8),
        st.sampled_from([25.0, 100.0, 400.0]),
        st.integers(0, 9),
    )
    def test_a_test_as_ordered_is_valid_and_within_two_percent(
        self, strength: float, ramp_s: float, rest: float, noise: float, rate_hz: float, seed: int
    ) -> None:
        at = 2.0 + ramp_s
        found = score(
            *push(
                (0, rest),
                (2, rest),
                (at, rest + strength),
                (at + 1.6, rest + strength),
                (at + 2, rest),
                rate_hz=rate_hz,
                noise_nm=noise,
                seed=seed,
            )
        )
        assert found.valid, found
        assert found.plateau_nm == pytest.approx(strength, rel=0.02, abs=1.0)

    @settings(deadline=None, max_examples=20)
    @given(st.floats(-100, 100), st.floats(-1e6, 1e6))
    def test_neither_resting_torque_nor_origin_of_time_changes_the_score(self, torque_nm: float, origin_s: float) -> None:
        t, angle, torque = push(*GOOD)
        there, here = score(t + origin_s, angle, torque + torque_nm), score(t, angle, torque)
        assert there.reasons == here.reasons
        assert there.plateau_nm == pytest.approx(here.plateau_nm, abs=1e-6)
        assert there.ramp_s == pytest.approx(here.ramp_s, abs=0.011)


def at(angle_deg: float, plateau_nm: float | None, **more: Any) -> Score:
    return Score(angle_deg=angle_deg, plateau_nm=plateau_nm, valid=plateau_nm is not None, **more)


class TestTheCurve:
    def test_goes_straight_from_angle_to_angle_and_never_beyond(self) -> None:
        strength = curve([at(42.0, 300.0), at(6.0, 180.0), at(24.0, 220.0)])
        assert strength.angle_deg == (6.0, 24.0, 42.0)
        assert strength.at(15.0) == 200.0
        assert strength.at(5.9) is None
        assert strength.at(42.1) is None
        assert Curve().at(10.0) is None

    def test_a_missing_angle_is_left_out_not_zero(self) -> None:
        strength = curve([at(6.0, 180.0), at(24.0, None, reasons=["pain"]), at(42.0, 300.0)])
        assert strength.angle_deg == (6.0, 42.0)
        assert strength.at(24.0) == 240.0

    def test_of_two_tests_at_one_angle_the_stronger_counts(self) -> None:
        assert curve([at(24.4, 200.0), at(24.0, 230.0), at(26.0, 100.0)]) == Curve((24.0, 26.0), (230.0, 100.0))

    def test_the_strength_index_is_the_area(self) -> None:
        strength = Curve((0.0, 20.0, 40.0), (100.0, 200.0, 200.0))
        assert strength.index(0.0, 40.0) == 3000.0 + 4000.0
        assert strength.index(10.0, 30.0) == 1750.0 + 2000.0
        assert strength.index(-1.0, 40.0) is None
        assert strength.index(0.0, 41.0) is None
        assert strength.index(20.0, 20.0) is None

    def test_its_shape_is_the_slope_of_one_straight_line(self) -> None:
        assert Curve((0.0, 10.0, 20.0), (100.0, 120.0, 140.0)).slope_nm_per_deg == pytest.approx(2.0)
        assert Curve((0.0,), (100.0,)).slope_nm_per_deg is None

    def test_angles_that_do_not_rise_are_refused(self) -> None:
        with pytest.raises(ValueError, match="rising"):
            Curve((10.0, 10.0), (1.0, 2.0))
        with pytest.raises(ValueError, match="rising"):
            Curve((10.0,), ())


class TestAComparison:
    def test_stands_on_the_shared_angles_alone(self) -> None:
        found = compare(Curve((6.0, 24.0, 42.0), (100.0, 150.0, 200.0)), Curve((24.0, 42.0, 60.0), (180.0, 240.0, 500.0)), 25.0)
        assert found is not None
        assert (found.low_deg, found.high_deg) == (24.0, 42.0)
        assert found.angles_deg == (24.0, 42.0)
        assert found.torques == (Change(150.0, 180.0, 30.0, 20.0), Change(200.0, 240.0, 40.0, 20.0))
        assert found.mean == Change(175.0, 210.0, 35.0, 20.0)
        assert found.index == Change(3150.0, 3780.0, 630.0, 20.0)

    def test_angles_within_the_drift_are_the_same_angle(self) -> None:
        found = compare(Curve((6.0, 24.0), (100.0, 150.0)), Curve((6.9, 23.2), (110.0, 160.0)), 25.0)
        assert found is not None
        assert found.angles_deg == (6.0, 24.0)
        assert found.mean.change == 10.0

    def test_an_angle_that_would_pass_its_neighbour_stays_where_it_is(self) -> None:
        found = compare(Curve((11.4, 30.0), (100.0, 150.0)), Curve((10.0, 11.0, 30.0), (100.0, 100.0, 160.0)), 25.0)
        assert found is not None
        assert found.angles_deg == (11.4, 30.0)

    @pytest.mark.parametrize(
        ("after", "threshold", "verdict"),
        [
            (131.0, 25.0, "real_change"),
            (131.0, 50.0, "within_test_error"),
            (69.0, 25.0, "real_change"),
            (124.0, 25.0, "within_test_error"),
            (114.0, 10.0, "within_test_error"),
        ],
    )
    def test_a_change_is_real_beyond_the_threshold_and_fifteen_percent(self, after: float, threshold: float, verdict: str) -> None:
        found = compare(Curve((10.0, 40.0), (100.0, 100.0)), Curve((10.0, 40.0), (after, after)), threshold)
        assert found is not None
        assert found.verdict == verdict
        assert found.threshold_nm == threshold

    def test_one_shared_angle_has_no_index_and_none_no_comparison(self) -> None:
        found = compare(Curve((10.0, 20.0), (100.0, 100.0)), Curve((20.0, 40.0), (200.0, 200.0)), 25.0)
        assert found is not None
        assert found.index is None
        assert found.mean == Change(100.0, 200.0, 100.0, 100.0)
        assert compare(Curve((10.0,), (1.0,)), Curve((20.0,), (1.0,)), 25.0) is None
        assert compare(Curve(), Curve((20.0,), (1.0,)), 25.0) is None

    def test_a_torque_that_was_not_above_zero_has_no_percentage(self) -> None:
        found = compare(Curve((10.0, 20.0), (0.0, 0.0)), Curve((10.0, 20.0), (100.0, 100.0)), 25.0)
        assert found is not None
        assert found.mean.percent is None
        assert found.verdict == "within_test_error"

    @given(
        st.dictionaries(st.floats(0, 72), st.floats(5, 500), max_size=6),
        st.dictionaries(st.floats(0, 72), st.floats(5, 500), max_size=6),
    )
    def test_never_goes_beyond_either_test_and_turns_round_with_them(self, one: dict[float, float], two: dict[float, float]) -> None:
        before, after = (Curve(tuple(sorted(points)), tuple(points[a] for a in sorted(points))) for points in (one, two))
        found = compare(before, after, 25.0)
        if found is None:
            return
        assert before.angle_deg[0] <= found.low_deg <= found.high_deg <= before.angle_deg[-1]
        assert after.angle_deg[0] - 1.5 <= found.low_deg <= found.high_deg <= after.angle_deg[-1] + 1.5
        assert min(one.values()) - 1e-9 <= found.mean.before <= max(one.values()) + 1e-9
        assert min(two.values()) - 1e-9 <= found.mean.after <= max(two.values()) + 1e-9


def test_whoever_pushes_before_half_a_second_of_rest_has_shown_none() -> None:
    """The rest is taken before the onset: there is none to subtract."""
    assert score(*push((0.0, 200.0), (1.2, 200.0), (1.5, 0.0), (3.0, 0.0))).reasons == ["no_rest"]


def test_two_samples_a_second_apart_show_no_rate() -> None:
    """Null: a rate needs two windows of a tenth of a second."""
    found = score(np.array([0.0, 1.0]), np.array([24.0, 24.0]), np.array([0.0, 200.0]))
    assert (found.max_rate_nm_s, found.valid) == (None, False)
