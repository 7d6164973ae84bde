"""detection.md 3.2: three causal paths, known delay, exact under jitter."""

import math

import numpy as np
import pytest
from scipy import signal

from service.analysis.filters import OnePole, Paths, TwoPole, delay_s, median3
from service.analysis.parameters import Parameters


class TestTwoPole:
    @pytest.mark.parametrize("rate_hz", [100, 250, 1000])
    def test_it_is_the_critically_damped_filter_that_scipy_computes(self, rate_hz: int) -> None:
        cutoff, dt = 6.0, 1.0 / rate_hz
        pole = math.exp(-2 * math.pi * cutoff / math.sqrt(math.sqrt(2) - 1) * dt)
        x = np.random.default_rng(3).normal(size=500)
        x[0] = 0.0
        expected = signal.lfilter([(1 - pole) ** 2], [1, -2 * pole, pole * pole], x)
        filtered = TwoPole(cutoff)
        assert np.allclose([filtered.step(float(v), dt) for v in x], expected, atol=1e-12)

    def test_a_step_does_not_overshoot(self) -> None:
        filtered = TwoPole(10.0)
        answer = [filtered.step(0.0, 0.01), *(filtered.step(1.0, 0.01) for _ in range(200))]
        assert max(answer) <= 1.0
        assert answer == sorted(answer)

    @pytest.mark.parametrize("rate_hz", [50, 100, 250, 1000])
    def test_the_delay_of_a_ramp_is_known_and_its_slope_exact(self, rate_hz: int) -> None:
        filtered, dt = TwoPole(6.0), 1.0 / rate_hz
        for k in range(5 * rate_hz):
            filtered.step(10.0 * k * dt, dt)
        lag = (10.0 * (5 * rate_hz - 1) * dt - filtered.y2) / 10.0
        assert lag == pytest.approx(delay_s(6.0, dt), rel=1e-6)
        assert filtered.slope == pytest.approx(10.0)

    def test_the_table_of_delays(self) -> None:
        # detection.md 3.1: exact-exponential form, 6 Hz: 30-33 ms at 250 Hz and more, 25 at 100 Hz; 10 Hz: 17-20 and 12.
        assert delay_s(6.0, 0.01) == pytest.approx(0.025, abs=0.001)
        assert delay_s(10.0, 0.01) == pytest.approx(0.012, abs=0.001)
        assert 0.030 <= delay_s(6.0, 0.004) <= delay_s(6.0, 0.001) <= 0.0335

    def test_two_half_steps_of_one_value_are_one_whole_step(self) -> None:
        whole, halves = OnePole(2.0), OnePole(2.0)
        whole.step(0.0, 0.0)
        halves.step(0.0, 0.0)
        halves.step(1.0, 0.005)
        assert whole.step(1.0, 0.01) == pytest.approx(halves.step(1.0, 0.005), abs=1e-15)


class TestPaths:
    def test_the_safety_path_is_the_median_of_three(self) -> None:
        assert [median3(*v) for v in ((1, 2, 3), (3, 1, 2), (2, 3, 1), (5, 5, 1))] == [2, 2, 2, 5]
        paths = Paths(Parameters())
        seen = []
        for angle in (10.0, 10.0, 90.0, 10.0, 10.0):
            paths.step(angle, 0.0, 0.01)
            seen.append(paths.safety_deg)
        assert seen == [10.0] * 5

    def test_speed_is_the_derivative_of_the_angle(self) -> None:
        paths = Paths(Parameters())
        for k in range(300):
            paths.step(60.0 - 10.5 * k * 0.01, 0.0, 0.01)
        assert paths.speed_deg_s == pytest.approx(-10.5, rel=1e-9)

    def test_a_missing_torque_is_unknown_and_leaves_the_rest(self) -> None:
        paths = Paths(Parameters())
        paths.step(10.0, 50.0, 0.01)
        paths.step(10.0, math.nan, 0.01)
        assert math.isnan(paths.shown_nm)
        paths.step(10.0, 50.0, 0.01)
        assert paths.shown_nm == 50.0

    def test_the_delay_follows_the_rate_and_not_a_gap(self) -> None:
        paths = Paths(Parameters())
        assert paths.detection_delay_ns == 0
        for k in range(200):
            paths.step(10.0, 50.0, 0.01 if k != 100 else 3.0)
        assert paths.detection_delay_ns == round(delay_s(6.0, 0.01) * 1e9)
        assert paths.display_delay_ns == round(delay_s(10.0, 0.01) * 1e9)
