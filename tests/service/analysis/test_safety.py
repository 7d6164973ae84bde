"""Range and speed on the safety path (contract 4, detection 6)."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis import safety
from service.analysis.parameters import Parameters
from service.analysis.safety import EXTENSION_CAUTION, EXTENSION_STOP, FLEXION_CAUTION, FLEXION_STOP, SPEED_CAUTION, SPEED_STOP
from tests.service.analysis.raw import PLAN, RATES, Raw, guarded, plain, repetitions
from wire.plan import Plan, Range, Tempo


def still(*places: tuple[float, float], rate_hz: float = 100.0, end_s: float = 6.0) -> Raw:
    """An angle that rests at places (from s, deg)."""
    t = np.arange(round(end_s * rate_hz)) / rate_hz
    angle = np.full(len(t), places[0][1])
    for start_s, deg in places:
        angle[t >= start_s] = deg
    return Raw(t, angle, np.full(len(t), math.nan))


def bits(told: list[tuple[float, int, float, float]], wanted: int) -> list[float]:
    """When certain levels were told."""
    return [at for at, what, _, _ in told if what & wanted]


class TestRange:
    def test_a_repetition_within_the_plan_tells_nothing(self) -> None:
        for rate_hz in RATES:
            assert guarded(repetitions(rate_hz)) == []

    def test_flexion_is_cautioned_beyond_one_degree_that_lasts_50_ms(self) -> None:
        told = guarded(still((0.0, 59.0), (2.0, 61.5)))
        assert [what for _, what, *_ in told if what & 3] == [FLEXION_CAUTION]
        at = bits(told, FLEXION_CAUTION)[0]
        assert 2.05 <= at <= 2.08
        excess = next(excess for _, what, excess, _ in told if what & FLEXION_CAUTION)
        assert excess == pytest.approx(1.5, abs=1e-3)

    def test_flexion_beyond_one_degree_for_less_is_nothing(self) -> None:
        assert bits(guarded(still((0.0, 59.5), (2.0, 61.2), (2.04, 59.5))), FLEXION_CAUTION | FLEXION_STOP) == []

    def test_flexion_beyond_two_degrees_stops_at_the_second_sample(self) -> None:
        at = bits(guarded(still((0.0, 59.5), (2.0, 62.5))), FLEXION_STOP)
        assert at == pytest.approx([2.01])

    def test_one_sample_beyond_four_degrees_stops(self) -> None:
        told = guarded(still((0.0, 59.5), (2.0, 64.5), (2.01, 59.5)))
        assert bits(told, FLEXION_STOP) == pytest.approx([2.0])
        assert told[0][2] == pytest.approx(4.5, abs=1e-3)

    def test_extension_is_cautioned_beyond_two_and_stopped_beyond_four_degrees(self) -> None:
        told = guarded(still((0.0, 6.5), (2.0, 3.8), (4.0, 1.5)))
        assert bits(told, EXTENSION_CAUTION) == pytest.approx([2.01])
        assert bits(told, EXTENSION_STOP) == pytest.approx([4.01])

    def test_an_excursion_is_told_once_and_once_more_on_reaching_stop(self) -> None:
        told = guarded(still((0.0, 59.5), (1.0, 61.5), (2.0, 60.8), (3.0, 61.5), (4.0, 62.5), (5.0, 61.5)))
        assert [what & 3 for _, what, *_ in told if what & 3] == [FLEXION_CAUTION, FLEXION_STOP]

    def test_an_excursion_is_over_after_a_fifth_of_a_second_within_half_a_degree(self) -> None:
        short = guarded(still((0.0, 59.5), (1.0, 61.5), (2.0, 60.2), (2.15, 61.5)))
        assert len(bits(short, FLEXION_CAUTION)) == 1
        long = guarded(still((0.0, 59.5), (1.0, 61.5), (2.0, 60.2), (2.3, 61.5)))
        assert len(bits(long, FLEXION_CAUTION)) == 2

    def test_a_running_excursion_is_told_again_where_a_set_starts(self) -> None:
        assert len(bits(guarded(still((0.0, 61.5))), FLEXION_CAUTION)) == 1
        assert len(bits(guarded(still((0.0, 61.5)), rearmed_s=3.0), FLEXION_CAUTION)) == 2

    def test_without_a_plan_there_is_no_range(self) -> None:
        assert guarded(still((0.0, 100.0)), None) == []


def swing(speed_deg_s: float, rate_hz: float, *, start_s: float = 2.0, acceleration: float = 400.0, noise: float = 0.0) -> Raw:
    """A movement from 6 deg towards flexion that comes to a speed, at a constant acceleration, and stays there; the range is never left."""
    t = np.arange(round(4.0 * rate_hz)) / rate_hz
    since = np.maximum(0.0, t - start_s)
    ramp_s = abs(speed_deg_s) / acceleration
    way = np.where(since < ramp_s, 0.5 * acceleration * since**2, abs(speed_deg_s) * (since - 0.5 * ramp_s))
    angle = (6.0 + way if speed_deg_s > 0 else 60.0 - way) + np.random.default_rng(3).normal(0.0, noise, len(t))
    return Raw(t, angle, np.full(len(t), math.nan))


FLEXING_PEAK = 1.875 * 54.0 / 3.0
EXTENDING_PEAK = 1.875 * 54.0 / 4.0


class TestSpeed:
    @pytest.mark.parametrize(("speed", "sign"), [(1.8 * EXTENDING_PEAK, -1.0), (1.7 * FLEXING_PEAK, 1.0)])
    def test_caution_is_told_after_100_ms_by_the_direction(self, speed: float, sign: float) -> None:
        plan = Plan(range=PLAN.range, tempo=PLAN.tempo)
        told = guarded(swing(sign * speed, 100.0), plan)
        assert next(what & 48 for _, what, *_ in told if what & 48) == SPEED_CAUTION
        ratio = speed / (EXTENDING_PEAK if sign < 0 else FLEXING_PEAK)
        at_limit = 2.0 + speed * 1.6 / ratio / 400.0
        assert at_limit + 0.1 <= bits(told, SPEED_CAUTION)[0] <= at_limit + 0.22
        assert math.copysign(1.0, told[0][3]) == sign

    @pytest.mark.parametrize("rate_hz", [100.0, 250.0, 500.0, 1000.0])
    @pytest.mark.parametrize("noise", [0.0, 0.1])
    def test_stop_is_told_within_60_ms(self, rate_hz: float, noise: float) -> None:
        """Detection 11: latency p95 60 ms."""
        told = guarded(swing(-90.0, rate_hz, noise=noise))
        crossed = 2.0 + max(60.0, 1.6 * EXTENDING_PEAK) / 400.0
        assert 0.0 < bits(told, SPEED_STOP)[0] - crossed <= 0.0605

    def test_stop_never_stands_below_the_caution(self) -> None:
        c = safety.constants(Parameters(), Plan(range=Range(72.0, 0.0), tempo=Tempo(3.0, 1.0, 2.0, 1.0)))
        assert c[safety.C_FLEXING_STOP] == c[safety.C_FLEXING_CAUTION] == pytest.approx(1.6 * 1.875 * 72.0 / 2.0)
        assert c[safety.C_EXTENDING_STOP] == c[safety.C_EXTENDING_CAUTION] == pytest.approx(1.6 * 1.875 * 72.0 / 3.0)

    def test_without_a_plan_only_60_deg_s_stops(self) -> None:
        assert guarded(swing(55.0, 100.0), None) == []
        assert [what for _, what, *_ in guarded(swing(80.0, 100.0), None)] == [SPEED_STOP]

    def test_the_speed_of_a_ramp_is_exact_at_any_rate_and_under_jitter(self) -> None:
        for rate_hz in RATES:
            f, n = np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64)
            safety.fresh(f, n)
            c = safety.constants(Parameters(), None)
            random = np.random.default_rng(2)
            t_s = np.cumsum(random.uniform(0.5, 1.5, 200) / rate_hz)
            for before, t in pairwise(t_s.tolist()):
                safety.guard(f, n, c, round(t * 1e9), t - before, 30.0 - 12.0 * before, 30.0 - 12.0 * t)
            assert f[safety.F_SPEED] == pytest.approx(-12.0, abs=0.02)

    def test_the_noise_of_the_worst_sensor_is_no_speed(self) -> None:
        """Quantum 0.5 deg, noise 0.2 deg: detection 11."""
        narrow = Plan(range=Range(60.0, 40.0), tempo=PLAN.tempo)
        slow = Plan(range=Range(60.0, 40.0), tempo=Tempo(15.0, 2.0, 15.0, 1.0))
        for rate_hz in (100.0, 1000.0):
            raw = repetitions(rate_hz, 3, quantum_deg=0.5, noise_deg=0.2)
            raw.angle_deg = 60.0 - (60.0 - raw.angle_deg) * 20.0 / 54.0
            assert bits(guarded(raw, narrow), SPEED_STOP) == []
            assert bits(guarded(raw, slow), SPEED_STOP) == []

    def test_a_slow_plan_is_guarded_as_the_slowest_of_the_study(self) -> None:
        c = safety.constants(Parameters(), Plan(range=Range(30.0, 10.0), tempo=Tempo(10.0, 4.0, 2.0, 2.0)))
        assert c[safety.C_EXTENDING_CAUTION] == pytest.approx(1.6 * 1.875 * 20.0 / 4.0)
        assert c[safety.C_FLEXING_CAUTION] == pytest.approx(1.6 * 1.875 * 20.0 / 2.0)

    def test_a_gap_is_no_speed(self) -> None:
        raw = still((0.0, 10.0), (2.0, 50.0))
        keep = (raw.t_s < 1.7) | (raw.t_s >= 2.0)
        assert bits(guarded(Raw(raw.t_s[keep], raw.angle_deg[keep], raw.torque_nm[keep])), SPEED_CAUTION | SPEED_STOP) == []

    @pytest.mark.parametrize("lost_s", [0.03, 0.06, 0.15, 0.24, 0.3])
    @pytest.mark.parametrize("told", [True, False], ids=["no reading", "no sample"])
    def test_nor_is_one_in_a_movement(self, lost_s: float, told: bool) -> None:
        """detection 6: below 500 ms a dropout is a mark, and stops nobody; whatever the movement did meanwhile, it took its time for it."""
        for rate_hz in RATES:
            raw = repetitions(rate_hz)
            for begin_s in np.arange(3.0, raw.t_s[-1] - 1.0, 0.5).tolist():
                lost = (raw.t_s >= begin_s) & (raw.t_s < begin_s + lost_s)
                angle = np.where(lost, math.nan, raw.angle_deg)
                kept = np.ones(len(lost), bool) if told else ~lost
                assert bits(guarded(Raw(raw.t_s[kept], angle[kept], raw.torque_nm[kept])), SPEED_CAUTION | SPEED_STOP) == []

    def test_missing_readings_only_make_the_time_longer(self) -> None:
        raw = swing(-90.0, 1000.0)
        raw.angle_deg[2100:2110] = math.nan
        assert len(bits(guarded(raw), SPEED_STOP)) == 1


@given(st.lists(st.tuples(st.floats(0.0, 10.0), st.floats(), st.floats()), max_size=40), st.booleans())
def test_no_input_raises_and_a_level_is_told_once(samples: list[tuple[float, float, float]], planned: bool) -> None:
    f, n = np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64)
    safety.fresh(f, n)
    c = safety.constants(Parameters(), PLAN if planned else None)
    t = 0
    for dt_s, middle, raw in samples:
        t += round(dt_s * 1e9) + 1
        told = safety.guard(*plain(f, n, c), t, dt_s, middle, raw)
        assert 0 <= told < 64
        assert not (told & FLEXION_CAUTION and told & FLEXION_STOP)
