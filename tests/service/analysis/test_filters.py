"""detection.md 3.2: three causal paths, known delay, exact under jitter."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from service.analysis import state as s
from service.analysis.filters import delay_s, median3, pace, pole, smooth
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape

Floats = NDArray[np.float64]
DISPLAY, DETECTION = 2 * math.pi * 10.0 / s.POLE_SHARE, 2 * math.pi * 6.0 / s.POLE_SHARE


@dataclass
class Filtered:
    """Columns of the tape after `smooth`."""

    detection_deg: Floats
    speed_deg_s: Floats
    display_deg: Floats
    torque_nm: Floats
    band_nm: Floats


def filtered(t_s: Floats, angle: Floats | float, torque: Floats | float = 0.0, *, cut: int | None = None) -> Filtered:
    """Readings at times (s) through the paths, in one piece or cut."""
    count = len(t_s)
    state = s.State(Parameters(), None)
    tape = Tape(state, count)
    tape.times[:count] = np.round(t_s * 1e9)
    signals = tape.signals.reshape(s.SIGNALS, -1)
    signals[s.SHOWN], signals[s.NM] = angle, torque
    for edge in range(cut or count, count + 1, cut or count):
        state.n[s.KEPT] = edge
        smooth(state.f, state.n, state.c, memoryview(tape.times), memoryview(tape.signals), tape.size)  # type: ignore[arg-type]
    return Filtered(*signals[[s.DEG, s.DEG_S, s.SHOWN, s.NM, s.BAND_NM]])


def even(rate_hz: float, seconds: float) -> Floats:
    return np.arange(round(rate_hz * seconds)) / rate_hz


def jittered(rate_hz: float, seconds: float, seed: int = 1) -> Floats:
    t_s = even(rate_hz, seconds)
    return t_s + np.random.default_rng(seed).uniform(-0.4, 0.4, len(t_s)) / rate_hz


def held(rate: float, dt_s: float) -> float:
    """The answer of one pole after `dt_s` to a value held at 1."""
    matrices = (np.array([[-rate]]), np.array([[rate]]), np.eye(1), np.zeros((1, 1)))
    return float(signal.cont2discrete(matrices, dt_s, "zoh")[1].item())


class TestPole:
    @pytest.mark.parametrize("dt_s", [0.0007, 0.001, 0.0113, 0.04, 0.7])
    def test_its_weight_is_the_exact_answer_to_a_value_that_is_held(self, dt_s: float) -> None:
        assert pole(DETECTION, dt_s) == pytest.approx(held(DETECTION, dt_s), rel=1e-12)

    def test_steps_of_any_lengths_make_one_whole_step(self) -> None:
        lengths = [0.001, 0.0137, 0.0003, 0.02]
        left = math.prod(1.0 - pole(DISPLAY, length) for length in lengths)
        assert 1.0 - left == pytest.approx(pole(DISPLAY, sum(lengths)), rel=1e-12)

    def test_the_safety_path_is_the_median_of_three(self) -> None:
        assert [median3(*v) for v in ((1, 2, 3), (3, 1, 2), (2, 3, 1), (5, 5, 1))] == [2, 2, 2, 5]


class TestDelay:
    def test_the_table_of_delays(self) -> None:
        # detection.md 3.1: exact-exponential form, 6 Hz: 30-33 ms at 250 Hz and more, 25 at 100 Hz; 10 Hz: 17-20 and 12.
        assert delay_s(DETECTION, 0.01) == pytest.approx(0.025, abs=0.001)
        assert delay_s(DISPLAY, 0.01) == pytest.approx(0.012, abs=0.001)
        assert 0.030 <= delay_s(DETECTION, 0.004) <= delay_s(DETECTION, 0.001) <= 0.0335

    @pytest.mark.parametrize("rate_hz", [50.0, 100.0, 250.0, 1000.0])
    def test_a_ramp_is_late_by_the_known_delay(self, rate_hz: float) -> None:
        t_s = even(rate_hz, 5.0)
        found = filtered(t_s, 10.0 * t_s)
        for path, rate in ((found.detection_deg, DETECTION), (found.display_deg, DISPLAY)):
            assert t_s[-1] - path[-1] / 10.0 == pytest.approx(delay_s(rate, 1.0 / rate_hz), rel=1e-6)

    def test_what_boundaries_are_put_back_by_and_what_is_a_gap_follow_the_sampling_period(self) -> None:
        state = s.State(Parameters(), None)
        for period, gap_ns in ((0.01, 30_000_000), (0.002, 20_000_000)):
            pace(state.f, state.n, state.c, period)
            assert state.n[s.DELAY_AT] == round(delay_s(DETECTION, period) * 1e9)
            assert state.n[s.DELAY_SEEN] == round(delay_s(DISPLAY, period) * 1e9)
            assert state.n[s.MARK] == gap_ns


class TestPaths:
    @pytest.mark.parametrize("rate_hz", [100.0, 250.0, 1000.0])
    def test_they_are_the_critically_damped_filters_that_scipy_computes(self, rate_hz: float) -> None:
        x, y = np.random.default_rng(3).normal(size=(2, 500))
        x[0] = y[0] = 0.0
        found = filtered(even(rate_hz, 500 / rate_hz), x, y)
        for path, rate, given in ((found.detection_deg, DETECTION, x), (found.display_deg, DISPLAY, x), (found.torque_nm, DISPLAY, y)):
            left = math.exp(-rate / rate_hz)
            expected = signal.lfilter([(1 - left) ** 2], [1, -2 * left, left * left], given)
            assert np.allclose(path, expected, atol=1e-8)

    def test_each_is_3_db_down_at_its_own_frequency(self) -> None:
        for rate, cutoff in ((DISPLAY, 10.0), (DETECTION, 6.0)):
            _, gain = signal.freqs([rate * rate], [1.0, 2.0 * rate, rate * rate], worN=[2 * math.pi * cutoff])
            assert abs(gain[0]) == pytest.approx(math.sqrt(0.5), rel=1e-9)

    @pytest.mark.parametrize("times", [even(100.0, 3.0), jittered(100.0, 3.0), jittered(1000.0, 1.0)], ids=["even", "jitter", "fast"])
    def test_a_step_does_not_overshoot(self, times: Floats) -> None:
        step = (np.arange(len(times)) > 5).astype(float)
        found = filtered(times, step, step)
        for path in (found.detection_deg, found.display_deg, found.torque_nm):
            assert path.max() <= 1.0
            assert (np.diff(path) >= 0.0).all()
            assert path[-1] == pytest.approx(1.0)

    def test_under_jitter_every_step_is_weighted_by_its_own_length(self) -> None:
        t_s = np.round(jittered(100.0, 2.0), 9)
        x = np.random.default_rng(5).normal(size=len(t_s))
        found = filtered(t_s, x)
        first = second = x[0]
        for value, dt_s, path in zip(x[1:], np.diff(t_s), found.detection_deg[1:], strict=True):
            weight = held(DETECTION, dt_s)
            first += weight * (value - first)
            second += weight * (first - second)
            assert path == pytest.approx(second, abs=1e-9)

    def test_speed_is_the_derivative_of_the_angle(self) -> None:
        t_s = even(100.0, 5.0)
        assert filtered(t_s, 60.0 - 10.5 * t_s).speed_deg_s[-1] == pytest.approx(-10.5, rel=1e-9)

    def test_speed_stays_right_under_jitter(self) -> None:
        t_s = jittered(100.0, 20.0)
        speed = filtered(t_s, 60.0 - 10.5 * t_s).speed_deg_s[300:]
        assert speed.mean() == pytest.approx(-10.5, rel=1e-3)
        assert speed.std() < 0.2

    @pytest.mark.parametrize("cut", [1, 7, 25])
    def test_it_makes_no_difference_how_the_rows_are_cut(self, cut: int) -> None:
        t_s, x = jittered(250.0, 1.4), np.random.default_rng(2).normal(size=350)
        y = np.where(np.arange(350) % 50 < 4, np.nan, x)
        whole, parts = filtered(t_s, x, y), filtered(t_s, x, y, cut=cut)
        for name in Filtered.__dataclass_fields__:
            assert np.array_equal(getattr(whole, name), getattr(parts, name), equal_nan=True)


class TestTorque:
    def test_where_it_is_missing_it_is_unknown_and_the_angle_goes_on(self) -> None:
        t_s = even(100.0, 1.0)
        torque = np.full(100, 50.0)
        torque[[0, 1, 40, 41, 42]] = np.nan
        found = filtered(t_s, 10.0 * t_s, torque)
        assert np.array_equal(np.isnan(found.torque_nm), np.isnan(torque))
        assert (found.torque_nm[~np.isnan(torque)] == 50.0).all()
        assert np.array_equal(found.display_deg, filtered(t_s, 10.0 * t_s, 50.0).display_deg)

    def test_after_a_hole_the_next_reading_weighs_as_much_as_the_time_says(self) -> None:
        t_s = even(100.0, 0.5)
        torque = np.where(t_s < 0.3, 0.0, 1.0)
        torque[28:31] = np.nan
        weight = pole(DISPLAY, 0.04)
        assert filtered(t_s, 0.0, torque).torque_nm[31] == pytest.approx(weight * weight, rel=1e-6)

    @pytest.mark.parametrize("hz", [0.5, 4.0, 8.0, 12.0, 40.0])
    def test_the_tremor_band_has_the_gain_of_its_two_poles(self, hz: float) -> None:
        t_s = even(1000.0, 6.0)
        band = filtered(t_s, 0.0, np.sin(2 * math.pi * hz * t_s)).band_nm[2000:]
        gains = []
        for cutoff in (12.0, 4.0):
            a = pole(2 * math.pi * cutoff, 0.001)
            gains.append(signal.freqz([a], [1.0, a - 1.0], worN=[hz], fs=1000.0)[1][0])
        assert np.std(band) * math.sqrt(2.0) == pytest.approx(abs(gains[0] - gains[1]), rel=0.01)
