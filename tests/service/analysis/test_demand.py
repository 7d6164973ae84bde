"""What the load asks for, learnt from repetitions that went well (detection.md 4.1)."""

import math

import numpy as np
import pytest

from service.analysis import state as s
from service.analysis.demand import Demand, middle
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape
from wire.plan import Range

RANGE = Range(60.0, 6.0)
SECOND = 1_000_000_000


def moved(tape: Tape, *, up_nm: float, down_nm: float, slope: float = 20.0, noise: float = 0.0) -> tuple[int, int, int]:
    """Writes one repetition, 4 s up and 3 s down at 100 Hz; returns when it began, turned and ended."""
    n = tape._state.n
    first = n[s.KEPT]
    place = np.concatenate((np.linspace(0.0, 1.0, 400), np.linspace(1.0, 0.0, 300)))
    rows = slice(first, first + 700)
    begin = first * 10_000_000
    tape.times.reshape(s.TIMES, -1)[:, rows] = begin + np.arange(700) * 10_000_000
    signals = tape.signals.reshape(s.SIGNALS, -1)
    signals[s.SHOWN, rows] = 60.0 - 54.0 * place
    signals[s.DEG_S, rows] = np.repeat([-13.5, 18.0], [400, 300])
    torque = np.repeat([up_nm, down_nm], [400, 300]) + slope * place
    signals[s.NM, rows] = torque + np.random.default_rng(first).normal(0.0, 1.0, 700) * noise
    n[s.KEPT] = n[s.HEAD] = first + 700
    return begin, begin + 4 * SECOND, begin + 7 * SECOND


def learnt(**moves: float) -> tuple[Demand, Tape]:
    """After as many such repetitions as it learns from."""
    tape = Tape(s.State(Parameters(), None))
    demand = Demand(Parameters(), RANGE)
    for _ in range(round(Parameters().demand_repetitions)):
        begin, turned, _ = moved(tape, up_nm=100.0, down_nm=90.0, **moves)
        demand.learn(tape, begin, turned)
    return demand, tape


class TestDemand:
    def test_before_a_repetition_nothing_is_known(self) -> None:
        demand = Demand(Parameters(), RANGE)
        assert not demand.known
        assert math.isnan(demand.mean_nm)

    @pytest.mark.parametrize("noise", [0.0, 2.0])
    def test_the_curve_is_the_torque_on_the_way_up(self, noise: float) -> None:
        demand, _ = learnt(noise=noise)
        places = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
        assert demand.at(places) == pytest.approx(100.0 + 20.0 * places, abs=0.4 + noise)
        assert [demand.at_place(place) for place in places.tolist()] == demand.at(places).tolist()
        assert demand.mean_nm == pytest.approx(110.0, abs=0.3 + noise / 2)

    def test_effort_is_the_torque_over_it_where_there_is_one(self) -> None:
        demand, tape = learnt()
        begin, turned, _ = moved(tape, up_nm=50.0, down_nm=0.0, slope=10.0)
        tape.column(s.NM)[-600:-500] = np.nan
        effort = demand.effort(tape, begin, turned)
        assert len(effort) == 401 - 100
        assert effort[:100] == pytest.approx(0.5, abs=0.01)

    def test_once_known_it_stays(self) -> None:
        demand, tape = learnt()
        known = demand.mean_nm
        demand.learn(tape, *moved(tape, up_nm=30.0, down_nm=20.0)[:2])
        assert demand.mean_nm == known

    @pytest.mark.parametrize("left", [-6.0, 0.0, 4.0])
    def test_of_what_gravity_leaves_no_load_is_learnt(self, left: float) -> None:
        """detection.md 7: up to 5 Nm may be left where the patient does nothing."""
        tape = Tape(s.State(Parameters(), None))
        demand = Demand(Parameters(), RANGE)
        demand.learn(tape, *moved(tape, up_nm=left, down_nm=left, slope=0.0, noise=1.0)[:2])
        assert not demand.known
        demand.learn(tape, *moved(tape, up_nm=8.0, down_nm=8.0, slope=0.0, noise=1.0)[:2])
        assert demand.mean_nm == pytest.approx(8.0, abs=1.0)

    def test_a_repetition_without_torque_teaches_nothing(self) -> None:
        tape = Tape(s.State(Parameters(), None))
        demand = Demand(Parameters(), RANGE)
        for _ in range(3):
            begin, turned, _ = moved(tape, up_nm=math.nan, down_nm=math.nan)
            demand.learn(tape, begin, turned)
        assert not demand.known


@pytest.mark.parametrize("values", [[3.0], [2.0, 1.0], [5.0, 1.0, 4.0], [1.0, 7.0, 3.0, 9.0], [1.0, math.inf, 0.0]])
def test_the_middle_is_the_median_that_numpy_finds(values: list[float]) -> None:
    assert middle(np.array(values)) == np.median(values)


@pytest.mark.parametrize("values", [[], [1.0, math.nan, 2.0]])
def test_of_nothing_or_of_the_unknown_there_is_no_middle(values: list[float]) -> None:
    assert math.isnan(middle(np.array(values, np.float64)))
