"""detection.md 7: the passive sweep, every figure by which it is accepted, and what is said when it is refused."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.gravity import Figures, GravityCurve, Refused, fit, sinusoid, turns

RATE_HZ = 50.0
Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


def swept(
    *,
    low: float = 6.0,
    high: float = 60.0,
    speed: float = 2.5,
    ways: int = 4,
    friction: float = 2.0,
    noise: float = 0.3,
    weight: float = 80.0,
    pauses: tuple[float, ...] = (),
    seed: int = 1,
) -> Columns:
    """A body of `weight` Nm x sin moved at a steady speed from `high` to `low` and back; it pauses 2 s at `pauses` on the first way."""
    random = np.random.default_rng(seed)
    way = (high - low) / speed
    points: list[tuple[float, float]] = [(0.0, high)]
    for number in range(ways):
        start_s, end_s = points[-1][0], points[-1][0] + way + (2.0 * len(pauses) if number == 0 else 0.0)
        if number == 0:
            for count, angle in enumerate(sorted(pauses, reverse=True)):
                at_s = start_s + (high - angle) / speed + 2.0 * count
                points += [(at_s, angle), (at_s + 2.0, angle)]
        points.append((end_s, low if number % 2 == 0 else high))
    times, places = np.array(points).T
    t = np.arange(round(times[-1] * RATE_HZ)) / RATE_HZ
    angle = np.interp(t, times, places)
    direction = -np.sign(np.gradient(angle, t))
    torque = weight * np.sin(np.radians(angle)) + friction * direction + random.normal(0.0, 1.0, t.size) * noise
    return t, angle + random.normal(0.0, 0.03, t.size), torque


def refused(columns: Columns, *, locked: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        fit(*columns, name="c", locked=locked)
    return caught.value


class TestAnAcceptedSweep:
    def test_gives_the_curve_and_all_figures(self) -> None:
        found = fit(*swept(pauses=(15.0, 30.0, 45.0)), name="c")
        inner = np.linspace(6.0, 60.0, 40)
        assert np.abs(found.at(inner) - 80.0 * np.sin(np.radians(inner))).max() < 0.5
        assert found.id == "c"
        figures = found.figures
        assert figures is not None
        assert figures.range_deg == pytest.approx(54.0, abs=0.5)
        assert figures.cycles == 2.0
        assert figures.speed_deg_s == pytest.approx(2.5, abs=0.1)
        assert figures.friction_nm == found.friction_nm == pytest.approx(2.0, abs=0.1)
        assert figures.gap_nm == pytest.approx(4.0, abs=0.5)
        assert figures.residual_rms_nm == pytest.approx(0.3, abs=0.2)
        assert figures.drift_nm_s is not None
        assert figures.drift_nm_s < 1.0
        assert [round(one.angle_deg) for one in sorted(figures.static, key=lambda one: one.angle_deg)] == [15, 30, 45]
        assert max(abs(one.residual_nm) for one in figures.static) < 0.3
        assert figures.net_nm == pytest.approx((8.4, 43.6, 69.3), abs=0.6)
        assert figures.sinusoid is not None
        assert figures.sinusoid.a_nm == pytest.approx(80.0, abs=3.0)
        assert figures.sinusoid.plausible

    def test_has_knots_about_every_five_degrees(self) -> None:
        found = fit(*swept(), name="c")
        assert np.diff(found.angle_deg) == pytest.approx(5.0, abs=0.3)

    def test_survives_its_file(self) -> None:
        found = fit(*swept(), name="c")
        assert msgspec.json.decode(msgspec.json.encode(found), type=GravityCurve) == found

    def test_a_curve_kept_by_an_earlier_version_has_no_figures(self) -> None:
        kept = b'{"id":"c","angle_deg":[1.0,2.0],"torque_nm":[1.0,2.0],"friction_nm":0.5}'
        assert msgspec.json.decode(kept, type=GravityCurve).figures is None

    def test_stillness_before_and_after_the_sweep_is_not_looked_at(self) -> None:
        t, angle, torque = swept()
        lead = np.arange(200) / RATE_HZ
        t = np.concatenate([lead, t + 4.0, t[-1] + 4.0 + lead + 1 / RATE_HZ])
        restless = 20.0 * np.sin(lead * 3.0)
        torque = np.concatenate([torque[0] + restless, torque, torque[-1] + restless])
        angle = np.concatenate([np.full(200, angle[0]), angle, np.full(200, angle[-1])])
        assert fit(t, angle, torque, name="c").friction_nm == pytest.approx(2.0, abs=0.3)

    def test_a_hole_in_the_readings_does_no_harm(self) -> None:
        t, angle, torque = swept()
        there = (t < 8.0) | (t > 10.2)
        assert fit(t[there], angle[there], torque[there], name="c").friction_nm == pytest.approx(2.0, abs=0.2)


class TestARefusedSweep:
    """Each with what was wrong by how much, and what to do."""

    def test_too_few_readings(self) -> None:
        t, angle, torque = swept()
        assert "check the sensors" in str(refused((t[:50], angle[:50], torque[:50])))

    def test_too_small_a_range(self) -> None:
        found = refused(swept(low=50.0))
        assert "covered 10 deg" in str(found)
        assert found.figures is not None
        assert found.figures.range_deg == pytest.approx(10.0, abs=0.5)

    def test_one_cycle_is_not_two(self) -> None:
        found = refused(swept(ways=2))
        assert "there and back twice" in str(found)
        assert found.figures is not None
        assert found.figures == Figures(range_deg=found.figures.range_deg, cycles=1.0)

    def test_creeping_is_no_sweep(self) -> None:
        assert "there and back twice" in str(refused(swept(low=44.0, speed=0.2)))

    def test_too_fast(self) -> None:
        found = refused(swept(speed=5.0))
        assert "5.0 deg/s (at most 3); sweep more slowly" in str(found)

    def test_three_degrees_a_second_as_a_hand_keeps_them_is_not_too_fast(self) -> None:
        assert fit(*swept(speed=3.0), name="c").figures is not None

    def test_jumps_from_end_to_end_leave_out_the_angles_between(self) -> None:
        t = np.arange(4000) / RATE_HZ
        angle = np.where((t // 16).astype(int) % 2 == 0, 60.0, 30.0) - 0.5 * (t % 16)
        assert "leaving out" in str(refused((t, angle, np.zeros(t.size))))

    def test_friction_beyond_the_gap(self) -> None:
        found = refused(swept(friction=5.0))
        assert "there and back differ by" in str(found)
        assert found.figures is not None
        assert found.figures.gap_nm is not None
        assert found.figures.gap_nm > 8.0

    def test_torque_that_scatters(self) -> None:
        found = refused(swept(noise=3.5))
        assert "scatter by 3" in str(found)

    def test_a_push_on_the_way_is_drift(self) -> None:
        t, angle, torque = swept()
        torque = torque + np.interp(t, [8.0, 9.0, 10.0, 11.0], [0.0, 7.0, 7.0, 0.0])
        found = refused((t, angle, torque))
        assert "drifted" in str(found)
        assert "sweep again" in str(found)
        assert found.figures is not None
        assert found.figures.drift_nm_s == pytest.approx(6.5, abs=1.5)

    def test_a_pause_off_the_curve(self) -> None:
        t, angle, torque = swept(pauses=(30.0,))
        still = (t > 12.0) & (t < 14.0)
        found = refused((t, angle, torque + 6.0 * still))
        assert "at rest at 30 deg" in str(found)
        assert "+5.9 Nm from the curve (at most 5)" in str(found)

    def test_a_locked_counterweight_that_leaves_the_weight(self) -> None:
        found = refused(swept(weight=12.0), locked=True)
        assert "counterweight leaves +10.4 Nm" in str(found)
        assert "trim it" in str(found)
        assert fit(*swept(weight=12.0), name="c").figures is not None

    def test_a_locked_counterweight_that_carries_the_body_is_accepted(self) -> None:
        figures = fit(*swept(weight=4.0), name="c", locked=True).figures
        assert figures is not None
        assert figures.locked
        assert max(abs(value) for value in figures.net_nm) <= 5.0


class TestTheSinusoid:
    def test_over_a_small_range_its_constant_is_what_the_tare_says(self) -> None:
        angle = np.linspace(30.0, 55.0, 6)
        found = sinusoid(angle, 70.0 * np.sin(np.radians(angle)) + 10.0 * np.cos(np.radians(angle)))
        assert [found.a_nm, found.b_nm, found.c_nm] == pytest.approx([70.0, 10.0, 0.0])

    def test_over_a_large_range_all_three_are_found(self) -> None:
        angle = np.linspace(0.0, 72.0, 15)
        found = sinusoid(angle, 70.0 * np.sin(np.radians(angle)) + 10.0 * np.cos(np.radians(angle)) - 5.0)
        assert [found.a_nm, found.b_nm, found.c_nm] == pytest.approx([70.0, 10.0, -5.0])

    def test_a_body_that_no_one_has_is_not_plausible(self) -> None:
        angle = np.linspace(30.0, 55.0, 6)
        assert not sinusoid(angle, 700.0 * np.sin(np.radians(angle))).plausible

    def test_a_curve_that_is_no_weight_is_not_plausible(self) -> None:
        angle = np.linspace(0.0, 72.0, 15)
        assert not sinusoid(angle, 40.0 * np.sin(np.radians(angle * 12.0))).plausible


def test_turns_count_ends_not_wobbles() -> None:
    assert turns(np.array([60, 40, 45, 30, 10, 12, 10, 40, 60.0])) == 2


class TestEverySweep:
    @settings(deadline=None, max_examples=40)
    @given(
        weight=st.floats(-20.0, 160.0),
        friction=st.floats(0.0, 3.4),
        speed=st.floats(1.0, 3.0),
        low=st.floats(0.0, 20.0),
        span=st.floats(20.0, 52.0),
        seed=st.integers(0, 99),
    )
    def test_of_a_relaxed_body_is_accepted_and_within_a_newton_metre(
        self, weight: float, friction: float, speed: float, low: float, span: float, seed: int
    ) -> None:
        found = fit(*swept(weight=weight, friction=friction, speed=speed, low=low, high=low + span, seed=seed), name="c")
        inner = np.linspace(low + 2.0, low + span - 2.0, 20)
        assert np.abs(found.at(inner) - weight * np.sin(np.radians(inner))).max() < 1.0
        assert found.friction_nm == pytest.approx(friction, abs=0.3)

    @settings(deadline=None, max_examples=100)
    @given(st.lists(st.tuples(st.floats(-50, 120), st.floats(-500, 500)), min_size=1, max_size=30), st.floats(0.01, 5.0), st.booleans())
    def test_any_movement_ends_in_a_rising_curve_or_is_refused(
        self, points: list[tuple[float, float]], step_s: float, locked: bool
    ) -> None:
        t = np.arange(0.0, len(points), 0.05)
        angle, torque = (np.interp(t, np.arange(len(points)), column) for column in np.array(points).T)
        try:
            found = fit(t * step_s, angle, torque, name="c", locked=locked)
        except Refused:
            return
        assert all(math.isfinite(value) for value in (*found.angle_deg, *found.torque_nm))
        assert all(low < high for low, high in zip(found.angle_deg[:-1], found.angle_deg[1:], strict=True))
