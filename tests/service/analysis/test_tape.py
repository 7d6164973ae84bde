"""What of a set is kept, and what is measured of it (contract 4, decision 0006)."""

import math
import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

from service.analysis import state as s
from service.analysis.cue import Cue
from service.analysis.parameters import Parameters
from service.analysis.tape import (
    IN_BAND,
    KNOWN,
    LEAST_DEG,
    MEAN_NM,
    MEASURES,
    MOST_DEG,
    PEAK_NM,
    RMSE_DEG,
    WORK_J,
    Tape,
    measure,
)
from wire.plan import Plan, Range, Tempo

Floats = NDArray[np.float64]
MS = 1_000_000
NO_CUE = np.zeros(1)


def tape(rows: int, size: int = 16) -> Tape:
    """Rows 10 ms apart, angle and torque their numbers."""
    made = Tape(s.State(Parameters(), None), size)
    write(made, rows)
    return made


def write(made: Tape, rows: int) -> None:
    n = made._state.n
    first = n[s.KEPT]
    number = round(made.times[first - 1] / 10 / MS) + 1 if first else 0
    numbers = np.arange(number, number + rows)
    made.times.reshape(s.TIMES, -1)[:, first : first + rows] = numbers * 10 * MS - np.array([[0], [3 * MS], [2 * MS]])
    made.signals.reshape(s.SIGNALS, -1)[:, first : first + rows] = numbers
    n[s.KEPT] = n[s.HEAD] = n[s.SMOOTHED] = first + rows


class TestKeeping:
    def test_rows_that_are_not_yet_followed_are_not_seen(self) -> None:
        made = tape(10)
        made._state.n[s.HEAD] = 4
        assert made.column(s.DEG).tolist() == [0.0, 1.0, 2.0, 3.0]
        assert made.stamps(s.T_NS).tolist() == [0, 10 * MS, 20 * MS, 30 * MS]
        assert made.between(s.T_NS, 20 * MS, 90 * MS) == (2, 4)

    def test_both_ends_of_a_time_belong_to_it(self) -> None:
        made = tape(10)
        assert made.between(s.T_NS, 20 * MS, 40 * MS) == (2, 5)
        assert made.between(s.AT_NS, 20 * MS, 40 * MS) == (3, 5)
        assert made.between(s.SEEN_NS, 500 * MS, 600 * MS) == (10, 10)

    def test_while_there_is_room_nothing_moves(self) -> None:
        made = tape(10)
        times = made.times
        made.room(6, 50 * MS)
        assert made.times is times
        assert len(made.column(s.DEG)) == 10

    def test_what_nobody_may_ask_for_again_makes_room(self) -> None:
        made = tape(14)
        made._state.n[s.BACK] = 13
        made.room(4, 120 * MS)
        assert made.size == 16
        assert made.column(s.NM).tolist() == [12.0, 13.0]
        assert made.stamps(s.SEEN_NS).tolist() == [118 * MS, 128 * MS]
        assert made._state.n[s.BACK] == 1
        write(made, 4)
        assert made.column(s.DEG).tolist() == [12.0, 13.0, 14.0, 15.0, 16.0, 17.0]

    def test_it_grows_where_too_much_is_needed(self) -> None:
        made = tape(14)
        made.room(10, 20 * MS)
        assert made.size == 64
        assert made.column(s.BAND_NM).tolist() == [float(k) for k in range(2, 14)]
        assert made.stamps(s.AT_NS)[0] == 17 * MS

    def test_rows_that_wait_for_a_range_stay(self) -> None:
        made = tape(14)
        made._state.n[s.CATCHING], made._state.n[s.CURSOR] = 1, 5
        made.room(4, 120 * MS)
        assert made.column(s.DEG)[0] == 5.0
        assert made._state.n[s.CURSOR] == 0

    def test_it_is_handed_on_with_the_state_that_it_belongs_to(self) -> None:
        made = tape(5)
        state, again = pickle.loads(pickle.dumps((made._state, made)))
        assert again.column(s.DEG).tolist() == made.column(s.DEG).tolist()
        state.n[s.HEAD] = 2
        assert len(again.column(s.DEG)) == 2


def measured(
    angle: Floats, torque: Floats, *, extended: int | None = None, cue: Floats = NO_CUE, pieces: int = 0, origin: int = 0, band: float = 3.0
) -> list[float]:
    """`measure` over all rows, 10 ms apart."""
    made = tape(len(angle), len(angle))
    signals = made.signals.reshape(s.SIGNALS, -1)
    signals[s.SHOWN], signals[s.NM] = angle, torque
    out = np.empty(MEASURES)
    last = len(angle)
    arrays = [memoryview(each) for each in (made.times, made.signals, cue, out)]  # type: ignore[arg-type]
    times, columns, table, found = arrays
    measure(times, columns, made.size, 0, last if extended is None else extended, last, table, pieces, origin, band, found)  # type: ignore[arg-type]
    return [float(value) for value in out]


class TestMeasure:
    def test_torque_and_work_are_trapezoids_over_time_and_angle(self) -> None:
        random = np.random.default_rng(1)
        angle, torque = np.linspace(60.0, 6.0, 200), 100.0 + random.normal(0.0, 9.0, 200)
        found = measured(angle, torque, extended=150)
        assert found[PEAK_NM] == torque[:150].max()
        assert found[MEAN_NM] == pytest.approx(np.trapezoid(torque[:150]) / 149)
        assert found[WORK_J] == pytest.approx(-np.trapezoid(torque[:150], np.radians(angle[:150])))
        assert (found[MOST_DEG], found[LEAST_DEG], found[KNOWN]) == (60.0, 6.0, 1.0)

    def test_readings_that_are_missing_are_bridged_and_counted(self) -> None:
        torque = np.full(101, 50.0)
        torque[20:30] = np.nan
        found = measured(np.linspace(60.0, 6.0, 101), torque)
        assert found[KNOWN] == pytest.approx(91 / 101)
        assert found[WORK_J] == pytest.approx(50.0 * math.radians(54.0))
        assert found[MEAN_NM] == pytest.approx(50.0)

    def test_without_torque_there_is_no_mean_and_no_work(self) -> None:
        found = measured(np.linspace(60.0, 6.0, 50), np.full(50, np.nan))
        assert math.isnan(found[MEAN_NM])
        assert (found[WORK_J], found[KNOWN]) == (0.0, 0.0)

    def test_without_an_extension_nothing_is_known_of_it(self) -> None:
        found = measured(np.linspace(60.0, 6.0, 50), np.full(50, 5.0), extended=0)
        assert found[KNOWN] == 0.0
        assert math.isnan(found[IN_BAND])
        assert math.isnan(found[RMSE_DEG])

    def test_work_is_never_negative(self) -> None:
        assert measured(np.linspace(6.0, 60.0, 50), np.full(50, 5.0))[WORK_J] == 0.0

    def test_the_cue_is_followed_within_the_band_or_not(self) -> None:
        cue = Cue(Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0)))
        t_s: Floats = np.arange(1000, dtype=np.float64) * 0.01 - 0.002
        off = np.where(t_s < 5.0, 2.0, -4.0)
        angle = cue.cycle_deg(t_s + 0.5) + off
        found = measured(angle, np.zeros(1000), cue=cue.table, pieces=cue.pieces, origin=-500 * MS)
        assert found[IN_BAND] == pytest.approx(0.5, abs=0.002)
        assert found[RMSE_DEG] == pytest.approx(math.sqrt((4.0 + 16.0) / 2.0), rel=1e-3)

    def test_one_row_says_nothing_of_the_cue(self) -> None:
        cue = Cue(Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0)))
        found = measured(np.array([60.0]), np.zeros(1), cue=cue.table, pieces=cue.pieces)
        assert math.isnan(found[IN_BAND])
