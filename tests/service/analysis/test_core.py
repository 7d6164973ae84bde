"""From samples to happenings (decision 0006): in which order, at which time, however they are cut."""

import numpy as np
import pytest
from numpy.typing import NDArray

from service.analysis import faults, safety
from service.analysis import state as s
from service.analysis.core import AHEAD, advance
from service.analysis.filters import delay_s
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape
from tests.service.analysis.motion import PLAN, path, repetitions
from tests.service.analysis.motion import events as told

Happening = tuple[int, int, int]
"""Code, how far samples were taken in, time in ms."""
MS = 1_000_000


class Run:
    """`advance` over samples 10 ms apart, each happening passed over; no set is followed."""

    def __init__(self) -> None:
        parameters = Parameters()
        self.state = s.State(parameters, PLAN)
        self.n, self.f = self.state.n, self.state.f
        self.n[s.MODE] = s.OFF
        self.tape = Tape(self.state, 8192)
        self.faults = (np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64), faults.constants(parameters, PLAN))
        self.safety = (np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64), safety.constants(parameters, PLAN))
        faults.fresh(*self.faults[:2])
        safety.fresh(*self.safety[:2])

    def feed(
        self, t_ns: NDArray[np.int64], angle: float | NDArray[np.float64] = 30.0, torque: float | NDArray[np.float64] = 50.0
    ) -> list[Happening]:
        columns = (np.full(len(t_ns), angle, np.float32), np.full(len(t_ns), torque, np.float32))
        arrays = (*self.state.arrays, *self.faults, *self.safety, t_ns, *columns, self.tape.times, self.tape.signals)
        given = tuple(memoryview(each) for each in arrays)  # type: ignore[arg-type]
        found: list[Happening] = []
        at = 0
        while True:
            at = advance(*given, self.tape.size, at, len(t_ns))  # type: ignore[call-arg, arg-type]
            code = self.n[s.CODE]
            if code == s.NOTHING:
                return found
            found.append((code, at, self.n[s.NOW] // MS))
            if code == s.CLOCK:
                at += 1
            elif code == s.RANG:
                self.n[s.ALARM] = s.FAR
            elif code == s.SIGNAL:
                self.n[s.BITS] = self.n[s.GUARDED] = 0
            elif code in (s.IDLE, s.CLOSES, s.UNLOADED):
                self.n[s.RUNNING] = s.FAR


def every_10_ms(count: int, first: int = 0) -> NDArray[np.int64]:
    return np.arange(first, first + count, dtype=np.int64) * 10 * MS


class TestTakingIn:
    def test_all_samples_are_kept_filtered_and_followed(self) -> None:
        run = Run()
        assert run.feed(every_10_ms(2 * AHEAD + 3)) == []
        assert run.n[s.HEAD] == run.n[s.KEPT] == run.n[s.SMOOTHED] == 2 * AHEAD + 3
        assert run.n[s.LAST] == run.n[s.NOW] == (2 * AHEAD + 2) * 10 * MS
        assert run.tape.column(s.SHOWN)[-1] == pytest.approx(30.0)

    @pytest.mark.parametrize(("before_ms", "after_ms"), [(4, 40), (1, 20)])
    def test_a_rate_that_falls_is_followed_after_a_few_gaps(self, before_ms: int, after_ms: int) -> None:
        """Two long steps running are another rate, with jitter too; one is a gap."""
        random = np.random.default_rng(1)
        steps = np.concatenate([np.full(2000, before_ms), np.full(500, after_ms)]) * random.uniform(0.9, 1.1, 2500)
        run = Run()
        found = run.feed(np.round(steps * MS).astype(np.int64).cumsum())
        assert {code for code, _, _ in found} == {s.GAP}
        assert len(found) < 60
        assert run.f[s.PERIOD] == pytest.approx(after_ms * 1e-3, rel=0.05)

    def test_a_time_that_does_not_rise_stops_at_its_sample(self) -> None:
        t_ns = every_10_ms(50)
        t_ns[20] = t_ns[19]
        run = Run()
        assert run.feed(t_ns) == [(s.CLOCK, 20, 190)]
        assert run.n[s.KEPT] == 49

    def test_an_alarm_comes_before_the_sample_that_reaches_it(self) -> None:
        run = Run()
        run.n[s.ALARM] = 95 * MS
        assert run.feed(every_10_ms(50)) == [(s.RANG, 10, 100)]
        assert run.n[s.KEPT] == 50

    def test_a_gap_is_told_of_the_sample_after_it(self) -> None:
        t_ns = every_10_ms(200)
        t_ns[120:] += 300 * MS
        run = Run()
        assert run.feed(t_ns) == [(s.GAP, 120, 1500)]
        assert run.n[s.KEPT] == 200

    @pytest.mark.parametrize(("started", "expected"), [(0, []), (1, [s.LOST])])
    def test_a_signal_is_lost_to_a_set_only(self, started: int, expected: list[int]) -> None:
        angle = np.full(3300, 30.0)
        angle[100:3200] = np.nan
        run = Run()
        run.n[s.STARTED] = started
        found = [code for code, *_ in run.feed(every_10_ms(3300), angle) if code in (s.LOST, s.GAP)]
        assert set(found[:-1]) == set(expected)
        assert found[-1] == s.GAP
        assert run.n[s.KEPT] == 200

    def test_a_limit_is_told_with_the_row_that_exceeded_it_followed(self) -> None:
        angle = np.full(100, 59.0)
        angle[50:] = 65.0
        run = Run()
        found = [each for each in run.feed(every_10_ms(100), angle) if each[0] == s.SIGNAL]
        assert found
        code, at, ms = found[0]
        assert (code, at) == (s.SIGNAL, ms // 10 + 1)

    def test_delays_follow_the_rate_and_not_a_gap(self) -> None:
        t_ns = every_10_ms(200)
        t_ns[100:] += 3_000 * MS
        run = Run()
        assert run.n[s.DELAY_AT] == 0
        run.feed(t_ns)
        assert run.n[s.DELAY_AT] == round(delay_s(run.state.c[s.W_DETECT], 0.01) * 1e9)
        assert run.tape.stamps(s.AT_NS)[-1] == t_ns[-1] - run.n[s.DELAY_AT]
        assert run.tape.column(s.PACE_S)[-1] == 0.01


class TestFollowing:
    def test_what_ended_a_set_is_told_before_what_stopped_later_samples(self) -> None:
        t_ns = every_10_ms(6200)
        t_ns[6100] = 0
        run = Run()
        run.n[s.RUNNING] = 0
        assert run.feed(t_ns) == [(s.IDLE, 6100, 60_000), (s.CLOCK, 6100, 60_990)]

    def test_a_set_that_has_failed_closes_at_its_time(self) -> None:
        run = Run()
        run.n[s.RUNNING], run.n[s.CLOSE_NS] = 0, 805 * MS
        assert [(code, ms) for code, _, ms in run.feed(every_10_ms(200))] == [(s.CLOSES, 810)]

    def test_load_that_was_put_down_for_long_enough_is_told(self) -> None:
        torque = np.full(400, 5.0)
        torque[90:93] = 40.0
        run = Run()
        run.n[s.RUNNING], run.n[s.UNLOADED_FOR_NS] = 0, 1_000 * MS
        run.state.c[s.UNLOADED_NM] = 20.0
        found = run.feed(every_10_ms(400), torque=torque)
        assert [code for code, *_ in found if code == s.UNLOADED] == [s.UNLOADED]
        assert 1_910 < next(ms for code, _, ms in found if code == s.UNLOADED) < 2_300

    def test_readings_of_the_newest_row_are_shown(self) -> None:
        run = Run()
        run.feed(every_10_ms(20), torque=40.0)
        assert run.f[s.SHOWN_NM] == 40.0
        run.feed(every_10_ms(20, 20), torque=np.nan)
        assert np.isnan(run.f[s.SHOWN_NM])
        assert run.f[s.KNOWN_NM] == 40.0


@pytest.mark.no_cover
@pytest.mark.parametrize("plan", [PLAN, None], ids=["plan", "learning"])
def test_the_same_events_come_of_every_chunking(plan: object) -> None:
    samples = path(*repetitions(4, extension_s=1.5, hold_s=0.5, flexion_s=1.5, turn_s=0.5), noise_deg=0.1, jitter=0.5)
    random = np.random.default_rng(7)
    for width, column, value in ((3, samples.angle_deg, np.nan), (9, samples.torque_nm, np.nan), (1, samples.angle_deg, 170.0)):
        for at in random.integers(100, len(column) - 100, 3):
            column[at : at + width] = value
    samples.t_ns[900:] += 200 * MS
    samples.t_ns[1100] = samples.t_ns[1099]
    whole = told(samples, plan, size=100_000)  # type: ignore[arg-type]
    assert len(whole) > 20
    for size in (1, 7, 25, 50, 499):
        assert told(samples, plan, size=size) == whole  # type: ignore[arg-type]
