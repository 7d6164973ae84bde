"""Signal faults on the raw path (contract 4, detection 6): each injected, at several rates; and none in a healthy signal."""

import csv
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis import faults
from service.analysis.parameters import Parameters
from tests.service.analysis.raw import PLAN, RATES, Answer, Raw, examined, plain, repetitions
from wire.plan import Plan, Range, Tempo

FAST = (100.0, 250.0)


def only(answer: Answer, channel: str, kind: str) -> tuple[float, float]:
    """The one fault that began: when it was known and when it began."""
    assert answer.kinds == {f"{channel} {kind}"}
    return answer.began(channel, kind)[0]


class TestHealthySignals:
    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize(("quantum", "noise"), [(0.02, 0.01), (0.02, 0.2), (0.2, 0.09), (0.5, 0.01), (0.5, 0.2)])
    def test_no_sensor_is_faulty_by_its_noise_alone(self, rate_hz: float, quantum: float, noise: float) -> None:
        """Detection 11: quantum .02-.5 deg, noise .01-.2 deg, torque noise .2-3 Nm, jitter up to 20 %."""
        raw = repetitions(rate_hz, 2, quantum_deg=quantum, noise_deg=noise, noise_nm=3.0, jitter=0.2, seed=int(100 * noise))
        answer = examined(raw)
        assert answer.told == []
        assert np.array_equal(answer.angle_deg, raw.angle_deg.astype(np.float32))
        assert np.array_equal(answer.torque_nm, raw.torque_nm.astype(np.float32))

    def test_no_plan_and_no_torque_sensor_are_no_fault(self) -> None:
        raw = repetitions(100.0, 3)
        raw.torque_nm[:] = math.nan
        answer = examined(raw, None)
        assert answer.told == []
        assert np.isnan(answer.torque_nm).all()

    def test_a_rest_on_the_stack_says_the_same_code_for_as_long_as_it_likes(self) -> None:
        raw = repetitions(100.0, 3, quantum_deg=0.5, noise_deg=0.01)
        raw.angle_deg[raw.during(22.8, 34.0)] = 60.0
        raw.torque_nm[raw.during(22.8, 34.0)] = 0.0
        assert examined(raw).told == []

    def test_real_recordings_of_other_machines_have_none(self) -> None:
        folder = Path(os.environ.get("ILEX_RECORDINGS", "../shared/data"))
        if not (folder / "labels.csv").exists():
            pytest.skip(f"no recordings in {folder}: set ILEX_RECORDINGS")
        plan = Plan(range=Range(60.0, 6.0), tempo=Tempo(1.6, 0.0, 2.0, 0.4))
        for path in sorted((folder / "strength-machines").glob("*.csv")):
            with path.open() as file:
                rows = list(csv.DictReader(file))
            t_s, angle, torque = ([float(row[name] or "nan") for row in rows] for name in ("t_s", "angle_deg", "torque_nm"))
            raw = Raw(np.array(t_s), np.array(angle), np.array(torque))
            assert examined(raw, plan).told == [], path.name
            assert examined(raw, None).told == [], path.name


class TestDropout:
    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf, 1e30])
    def test_no_reading_is_told_at_once_and_restored(self, rate_hz: float, nothing: float) -> None:
        raw = repetitions(rate_hz)
        gone = raw.during(8.0, 8.5)
        raw.angle_deg[gone] = nothing
        answer = examined(raw)
        known, at = only(answer, "angle", "dropout")
        assert known == at == pytest.approx(8.0, abs=1.1 / rate_hz)
        known, at = answer.ended("angle", "dropout")[0]
        assert at == pytest.approx(8.5, abs=1.1 / rate_hz)
        assert known - at == pytest.approx(0.25, abs=1.1 / rate_hz)
        assert np.isnan(answer.angle_deg[gone]).all()
        assert np.isfinite(answer.angle_deg[~gone]).all()

    def test_readings_that_come_and_go_are_one_fault(self) -> None:
        raw = repetitions(100.0)
        raw.torque_nm[raw.during(8.0, 9.0)][::3] = math.nan
        raw.torque_nm[np.flatnonzero(raw.during(8.0, 9.0))[::3]] = math.nan
        answer = examined(raw)
        assert len(answer.began("torque", "dropout")) == len(answer.ended("torque", "dropout")) == 1

    def test_an_infinite_torque_is_a_fault_even_as_the_first(self) -> None:
        raw = repetitions(100.0, 1)
        raw.torque_nm[:100] = math.inf
        assert examined(raw).began("torque", "dropout")[0][1] == 0.0

    def test_a_torque_that_begins_late_is_no_fault(self) -> None:
        raw = repetitions(100.0, 1)
        raw.torque_nm[:300] = math.nan
        answer = examined(raw)
        assert answer.told == []
        assert np.isnan(answer.torque_nm[:300]).all()


class TestSpike:
    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize(("channel", "size"), [("angle", 8.0), ("angle", -60.0), ("torque", 300.0)])
    def test_a_wild_sample_never_reaches_the_filters(self, rate_hz: float, channel: str, size: float) -> None:
        raw = repetitions(rate_hz)
        column, cleaned = (raw.angle_deg, "angle_deg") if channel == "angle" else (raw.torque_nm, "torque_nm")
        at = int(np.searchsorted(raw.t_s, 9.0))
        before = float(column[at - 1])
        column[at] += size
        answer = examined(raw)
        known, began = only(answer, channel, "spike")
        assert began == pytest.approx(float(raw.t_s[at]))
        assert known - began <= 0.05
        assert getattr(answer, cleaned)[at] == pytest.approx(before, rel=1e-5)
        assert answer.ended(channel, "spike")[0][1] == pytest.approx(known)

    def test_spikes_in_a_row_are_one_fault(self) -> None:
        raw = repetitions(100.0)
        for k in range(5):
            raw.angle_deg[900 + 20 * k : 902 + 20 * k] += 30.0
        answer = examined(raw)
        assert len(answer.began("angle", "spike")) == len(answer.ended("angle", "spike")) == 1
        assert np.abs(np.diff(answer.angle_deg)).max() < 2.0

    def test_a_torque_that_shakes_before_it_jumps_has_no_spike(self) -> None:
        """Decision 0269: a stack that sets down with a blow, as 100 Hz show it."""
        raw = repetitions(100.0)
        at = int(np.searchsorted(raw.t_s, 12.7))
        raw.torque_nm[at : at + 6] = (110.0, 130.0, 105.0, 230.0, 115.0, 60.0)
        assert examined(raw).told == []
        raw.torque_nm[at : at + 3] = raw.torque_nm[at - 1]
        assert only(examined(raw), "torque", "spike")[1] == pytest.approx(float(raw.t_s[at + 3]))

    def test_a_step_that_stays_is_taken_and_told(self) -> None:
        raw = repetitions(100.0)
        raw.angle_deg[raw.during(7.0, 99.0)] -= 12.0
        answer = examined(raw, None)
        assert only(answer, "angle", "spike")[1] == pytest.approx(7.0, abs=0.02)
        assert answer.angle_deg[-1] == pytest.approx(raw.angle_deg[-1], rel=1e-6)

    def test_a_quick_fall_is_no_spike(self) -> None:
        """A stack that drops: 175 deg/s were measured on a chest press."""
        raw = repetitions(50.0, 1)
        place = int(np.searchsorted(raw.t_s, 11.0))
        fall = np.minimum(60.0, raw.angle_deg[place] + np.maximum(0.0, raw.t_s[place:] - 11.0) * 175.0)
        raw.angle_deg[place:] = fall
        answer = examined(raw)
        assert answer.told == []
        raw.torque_nm[place:] += 60.0
        assert examined(raw).told == []


class TestStuck:
    @pytest.mark.parametrize("rate_hz", FAST)
    @pytest.mark.parametrize("channel", ["angle", "torque"])
    def test_a_code_that_stays_while_the_other_moves(self, rate_hz: float, channel: str) -> None:
        raw = repetitions(rate_hz, 3)
        column = raw.angle_deg if channel == "angle" else raw.torque_nm
        stays = raw.during(25.8, 30.0)
        column[stays] = column[int(np.argmax(stays))]
        answer = examined(raw)
        known, at = only(answer, channel, "stuck")
        assert at == pytest.approx(25.8, abs=0.05)
        assert known - at <= 2.2
        assert answer.ended(channel, "stuck")[0][0] == pytest.approx(30.0, abs=0.2)

    def test_a_still_code_is_stuck_where_the_channel_flickers_otherwise(self) -> None:
        raw = repetitions(100.0, 3)
        raw.torque_nm[:] = math.nan
        raw.angle_deg[raw.during(28.2, 31.0)] = 6.0
        known, at = only(examined(raw), "angle", "stuck")
        assert known - at == pytest.approx(2.0, abs=0.15)

    def test_a_quiet_sensor_is_stuck_where_it_stops_from_its_pace_in_mid_range(self) -> None:
        raw = repetitions(100.0, 3, quantum_deg=0.3, noise_deg=0.01)
        stays = raw.during(31.5, 36.0)
        raw.angle_deg[stays] = raw.angle_deg[int(np.argmax(stays))]
        known, at = only(examined(raw), "angle", "stuck")
        assert at == pytest.approx(31.5, abs=0.15)
        assert known - at <= 2.2

    @pytest.mark.parametrize("plan", [PLAN, None], ids=["with a plan", "without"])
    @pytest.mark.parametrize(("sway_deg", "quantum_deg", "found"), [(0.5, 0.0879, True), (0.0, 0.0879, False), (0.5, 0.2, False)])
    def test_a_fine_code_is_stuck_in_a_hold_unless_a_pin_may_hold_it(
        self, plan: Plan | None, sway_deg: float, quantum_deg: float, found: bool
    ) -> None:
        """Detection 6, decision 0291: where the lever was farther upright of late a body holds it, and none within 0.09 deg."""
        raw = repetitions(100.0, 3, noise_deg=0.01)
        raw.angle_deg -= sway_deg * np.interp((raw.t_s - 4.0) % 10.0, (4.0, 4.5, 5.0), (0.0, 1.0, 0.0))
        raw.angle_deg[:] = np.round(raw.angle_deg / quantum_deg) * quantum_deg
        stays = raw.during(28.9, 31.9)
        raw.angle_deg[stays] = raw.angle_deg[int(np.argmax(stays))]
        raw.torque_nm[raw.during(29.0, 29.4)] += 20.0
        began = examined(raw, plan).began("angle", "stuck")
        in_hold = [(known, at) for known, at in began if known < 30.3]
        assert bool(in_hold) is found
        if found:
            known, at = in_hold[0]
            assert (known, at) == pytest.approx((29.9, 28.9), abs=0.15)

    @pytest.mark.parametrize("rate_hz", [25.0, 100.0])
    @pytest.mark.parametrize("plan", [PLAN, None], ids=["with a plan", "without"])
    @pytest.mark.parametrize("dies_s", [28.9, 32.9], ids=["in a hold", "at the flexed end"])
    def test_a_quiet_sensor_that_died_is_told_after_a_whole_repetition_under_load(
        self, rate_hz: float, plan: Plan | None, dies_s: float
    ) -> None:
        """Detection 6, decision 0292, hazard H05: however still a body can be, and on whatever pin."""
        raw = repetitions(rate_hz, 5, quantum_deg=0.3, noise_deg=0.01)
        stays = raw.during(dies_s, math.inf)
        raw.angle_deg[stays] = raw.angle_deg[int(np.argmax(stays))]
        known, at = only(examined(raw, plan), "angle", "stuck")
        assert dies_s - 1.2 < at < dies_s + 0.1
        assert 10.0 < known - at < 12.5
        assert examined(raw, plan, in_set=False).told == []

    def test_a_hold_that_the_plan_wants_so_long_is_none(self) -> None:
        """Decision 0292: a repetition of the plan's tempo, where that is slower."""
        raw = repetitions(100.0, 4, quantum_deg=0.3, noise_deg=0.01)
        held = raw.during(28.5, math.inf)
        raw.angle_deg[held] = raw.angle_deg[int(np.argmax(held))]
        raw.torque_nm[held] = 110.0 + 15.0 * np.sin(raw.t_s[held])
        slow = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 20.0, 3.0, 1.0), load_nm=120.0)
        assert examined(raw, slow).told == []
        assert examined(raw).kinds == {"angle stuck"}

    @pytest.mark.parametrize("rests", [False, True], ids=["locked for an isometric test", "under a load that rests"])
    def test_pushing_against_what_does_not_give_is_none(self, *, rests: bool) -> None:
        """Detection 8, decision 0292: put in its place without load; or with less torque than lifts."""
        raw = repetitions(100.0, 6, quantum_deg=0.3, noise_deg=0.01)
        place = int(np.argmax(raw.t_s >= (33.2 if rests else 35.2)))
        since_s = raw.t_s[place:] - raw.t_s[place]
        pushes = 0.5 - 0.5 * np.cos(2.0 * np.pi * since_s / 4.0)
        raw.angle_deg[place:] = raw.angle_deg[place]
        raw.torque_nm[place:] = pushes * (70.0 if rests else 160.0)
        if not rests:
            raw.torque_nm[raw.during(34.0, raw.t_s[place])] = 0.0
        assert examined(raw).told == []

    def test_a_quiet_sensor_is_stuck_where_it_jumps_out_of_its_code(self) -> None:
        raw = repetitions(100.0, 3, quantum_deg=0.3, noise_deg=0.01)
        raw.torque_nm[:] = math.nan
        stays = raw.during(26.0, 28.0)
        raw.angle_deg[stays] = raw.angle_deg[int(np.argmax(stays))]
        answer = examined(raw)
        assert only(answer, "angle", "stuck")[1] == pytest.approx(26.0, abs=0.15)
        assert answer.ended("angle", "stuck")[0][1] == pytest.approx(28.0, abs=0.02)


class TestSaturated:
    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize(("channel", "rail"), [("angle", 90.0), ("angle", -18.0), ("torque", 1000.0)])
    def test_a_jump_to_a_rail_is_no_reading(self, rate_hz: float, channel: str, rail: float) -> None:
        raw = repetitions(rate_hz)
        there = raw.during(9.0, 10.0)
        (raw.angle_deg if channel == "angle" else raw.torque_nm)[there] = rail
        answer = examined(raw)
        known, at = only(answer, channel, "saturated")
        assert at == pytest.approx(9.0, abs=1.1 / rate_hz)
        assert known - at <= 0.3
        cleaned = answer.angle_deg if channel == "angle" else answer.torque_nm
        assert not (cleaned == rail).any()
        assert np.isnan(cleaned[there][-1])
        assert answer.ended(channel, "saturated")[0][0] == pytest.approx(10.0, abs=1.1 / rate_hz)

    def test_a_rail_that_turns_into_no_reading_at_all(self) -> None:
        raw = repetitions(100.0)
        raw.angle_deg[raw.during(9.0, 9.5)] = 90.0
        raw.angle_deg[raw.during(9.5, 10.0)] = math.nan
        answer = examined(raw)
        assert answer.kinds == {"angle saturated", "angle dropout"}
        assert len(answer.ended("angle", "saturated")) == len(answer.ended("angle", "dropout")) == 1

    @pytest.mark.parametrize("rate_hz", FAST)
    def test_a_torque_cut_off_at_the_top_of_its_range(self, rate_hz: float) -> None:
        raw = repetitions(rate_hz, 4)
        raw.torque_nm = np.minimum(raw.torque_nm, 125.0)
        assert examined(raw).began("torque", "saturated") != []

    def test_an_angle_cut_off_where_it_is_not_held(self) -> None:
        raw = repetitions(100.0, 4)
        raw.angle_deg = np.maximum(raw.angle_deg, 14.0)
        answer = examined(raw)
        assert answer.began("angle", "saturated") != []
        assert answer.ended("angle", "saturated") != []


class TestWrapped:
    @pytest.mark.parametrize("rate_hz", RATES)
    def test_a_turn_is_taken_back(self, rate_hz: float) -> None:
        raw = repetitions(rate_hz)
        true = raw.angle_deg.copy()
        raw.angle_deg[raw.angle_deg < 30.0] += 360.0
        answer = examined(raw)
        known, at = only(answer, "angle", "wrapped")
        assert known == at
        assert np.abs(answer.angle_deg - true).max() < 0.1

    def test_another_code_range_is_taken_back(self) -> None:
        raw = repetitions(100.0)
        true = raw.angle_deg.copy()
        raw.angle_deg[raw.angle_deg < 30.0] += 180.0
        answer = examined(raw)
        only(answer, "angle", "wrapped")
        assert np.abs(answer.angle_deg - true).max() < 2.0

    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize("first", [0.0, 110.0, 180.0])
    def test_of_first_readings_that_jump_those_before_it_were_wrong(self, rate_hz: float, first: float) -> None:
        """Decision 0285: a sensor that wakes says nought, or what it last knew; taken for a wrap it moved the whole session."""
        raw = repetitions(rate_hz)
        true = raw.angle_deg.copy()
        waking = raw.t_s < 0.3
        raw.angle_deg[waking] = first
        answer = examined(raw)
        assert answer.began("angle", "wrapped") == []
        assert len(answer.began("angle", "spike")) == 1
        assert np.abs(answer.angle_deg - true)[raw.t_s > 0.4].max() < 2.0

    def test_a_code_range_that_ends_into_the_plans_range_was_beyond_it_before(self) -> None:
        """Decision 0285: a machine that was switched on beyond the end of its codes."""
        raw = repetitions(100.0)
        true = raw.angle_deg.copy()
        raw.angle_deg[raw.t_s < 6.0] += 180.0
        answer = examined(raw)
        only(answer, "angle", "wrapped")
        assert np.abs(answer.angle_deg - true)[raw.t_s > 6.1].max() < 2.0

    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize("turn", [-360.0, 360.0])
    @pytest.mark.parametrize("edge_deg", [15.0, 30.0, 45.0, 57.0])
    def test_what_turns_into_the_plans_range_was_a_turn_off_before(self, rate_hz: float, turn: float, edge_deg: float) -> None:
        """Decision 0285: an encoder that begins on the far side of its code edge, and crosses it in every repetition."""
        raw = repetitions(rate_hz, 2)
        true = raw.angle_deg.copy()
        far = true > edge_deg
        raw.angle_deg[far] += turn
        came = int(np.argmin(far))
        answer = examined(raw)
        known, at = only(answer, "angle", "wrapped")
        assert len(answer.told) == 1
        assert known == at == pytest.approx(raw.t_s[came], abs=1e-6)
        assert np.abs(answer.angle_deg - raw.angle_deg)[:came].max() < 0.1
        assert np.abs(answer.angle_deg - true)[came:].max() < 0.1

    @pytest.mark.parametrize("turn", [-360.0, 360.0])
    @pytest.mark.parametrize("edge_deg", [15.0, 30.0, 45.0, 57.0])
    def test_without_a_plan_the_far_side_is_where_the_lever_is(self, turn: float, edge_deg: float) -> None:
        """What can't be is judged of what the sensor says, not of where the turns add up to."""
        raw = repetitions(100.0, 2)
        true = raw.angle_deg.copy()
        raw.angle_deg[true > edge_deg] += turn
        answer = examined(raw, None)
        only(answer, "angle", "wrapped")
        assert np.abs(answer.angle_deg - (true + turn)).max() < 0.1

    @pytest.mark.parametrize("turn", [-360.0, 360.0])
    @pytest.mark.parametrize("edge_deg", [15.0, 30.0, 45.0, 57.0])
    def test_what_turns_out_of_the_plans_range_is_still_in_it(self, turn: float, edge_deg: float) -> None:
        raw = repetitions(100.0, 2)
        true = raw.angle_deg.copy()
        raw.angle_deg[true < edge_deg] += turn
        answer = examined(raw)
        only(answer, "angle", "wrapped")
        assert np.abs(answer.angle_deg - true).max() < 0.1

    def test_a_lever_that_goes_beyond_the_end_of_its_codes_and_comes_back_is_where_it_was(self) -> None:
        """Decision 0285: what was in the plan's range before has gone out through that end, and comes in through it."""
        raw = repetitions(100.0, 2, lead_s=10.0)
        raw.angle_deg += np.interp(raw.t_s, (2.0, 4.0, 6.0, 8.0), (0.0, 45.0, 45.0, 0.0))
        true = raw.angle_deg.copy()
        raw.angle_deg[raw.angle_deg > 90.0] -= 90.0
        answer = examined(raw)
        only(answer, "angle", "wrapped")
        assert np.abs(answer.angle_deg - true).max() < 2.0

    def test_a_lever_that_leaves_the_range_through_it_in_the_first_second_is_followed(self) -> None:
        raw = repetitions(100.0, lead_s=0.0)
        true = raw.angle_deg.copy()
        raw.angle_deg[(raw.t_s > 0.8) & (raw.t_s < 8.2)] += 180.0
        answer = examined(raw)
        only(answer, "angle", "wrapped")
        assert np.abs(answer.angle_deg - true).max() < 2.0

    def test_the_fault_is_over_half_a_minute_after_the_last_wrap(self) -> None:
        raw = repetitions(50.0, 5)
        wrapped = (raw.t_s < 14.0) & (raw.angle_deg < 30.0)
        raw.angle_deg[wrapped] += 360.0
        answer = examined(raw)
        known, at = answer.ended("angle", "wrapped")[0]
        assert known - at == pytest.approx(30.0, abs=0.2)


class TestSwapped:
    @pytest.mark.parametrize("rate_hz", RATES)
    def test_channels_that_change_places_under_way(self, rate_hz: float) -> None:
        raw = repetitions(rate_hz)
        there = raw.during(9.0, 13.5)
        raw.angle_deg[there], raw.torque_nm[there] = raw.torque_nm[there].copy(), raw.angle_deg[there].copy()
        answer = examined(raw)
        known, at = answer.began("angle", "swapped")[0]
        assert at == pytest.approx(9.0, abs=1.1 / rate_hz)
        assert known - at <= 0.3
        assert len(answer.ended("angle", "swapped")) == 1

    def test_channels_swapped_from_the_start_are_told_with_the_first_repetition(self) -> None:
        raw = repetitions(100.0)
        raw.angle_deg, raw.torque_nm = raw.torque_nm, raw.angle_deg
        known, _ = only(examined(raw), "angle", "swapped")
        assert known < 9.0

    def test_channels_swapped_from_the_start_of_who_sits_upright_first(self) -> None:
        raw = repetitions(100.0, lead_s=8.0)
        upright = 60.0 - 54.0 * np.clip((6.0 - raw.t_s) / 3.0, 0.0, 1.0)
        before = raw.t_s < 8.0
        raw.angle_deg[before] = upright[before] + np.random.default_rng(1).normal(0.0, 0.05, int(before.sum()))
        assert examined(raw).told == []
        raw.angle_deg, raw.torque_nm = raw.torque_nm, raw.angle_deg
        assert "angle swapped" in examined(raw).kinds

    def test_a_load_that_is_put_down_is_no_angle_that_comes_up(self) -> None:
        """Of whoever sits upright first, under as many Nm as the flexed end has degrees: nobody moves as fast as a load is put down."""
        raw = repetitions(100.0, 2, lead_s=8.0)
        before = raw.t_s < 8.0
        raw.angle_deg[before] = 60.0 - 54.0 * np.clip((6.0 - raw.t_s[before]) / 3.0, 0.0, 1.0)
        raw.torque_nm *= 0.45
        raw.torque_nm[before] += 60.0 * np.clip((7.0 - raw.t_s[before]) / 0.4, 0.0, 1.0)
        assert examined(raw, Plan(range=PLAN.range, tempo=PLAN.tempo)).told == []

    def test_channels_put_right_again_after_a_rest(self) -> None:
        raw = repetitions(100.0, 3)
        there = raw.t_s < 13.4
        raw.angle_deg[there], raw.torque_nm[there] = raw.torque_nm[there].copy(), raw.angle_deg[there].copy()
        raw.angle_deg[raw.during(13.4, 13.9)] = math.nan
        assert len(examined(raw).ended("angle", "swapped")) == 1


class TestInverted:
    @pytest.mark.parametrize("rate_hz", RATES)
    def test_an_angle_of_the_wrong_sign(self, rate_hz: float) -> None:
        raw = repetitions(rate_hz)
        raw.angle_deg[:] *= -1.0
        known, _ = only(examined(raw), "angle", "inverted")
        # From no single sample, however long the device's clock has run.
        assert 0.25 <= known <= 0.5
        raw = repetitions(rate_hz)
        raw.angle_deg[:] *= -1.0
        assert only(examined(raw, None), "angle", "inverted")[0] <= 0.5

    @pytest.mark.parametrize("rate_hz", RATES)
    def test_an_angle_that_turns_its_sign_and_turns_back(self, rate_hz: float) -> None:
        raw = repetitions(rate_hz)
        raw.angle_deg[raw.during(10.6, 12.2)] *= -1.0
        answer = examined(raw)
        known, at = only(answer, "angle", "inverted")
        assert known - at <= 0.3
        assert len(answer.ended("angle", "inverted")) == 1

    def test_beside_the_upright_end_a_step_of_noise_is_no_other_sign(self) -> None:
        raw = repetitions(100.0)
        raw.angle_deg[:] = np.where(raw.t_s < 5.0, -1.4, 1.4) + np.random.default_rng(1).normal(0.0, 0.05, len(raw.t_s))
        assert "angle inverted" not in examined(raw).kinds

    def test_an_angle_that_was_put_right_while_it_gave_no_reading(self) -> None:
        raw = repetitions(100.0)
        raw.angle_deg[raw.t_s < 3.0] *= -1.0
        raw.angle_deg[raw.during(3.0, 3.5)] = math.nan
        assert len(examined(raw).ended("angle", "inverted")) == 1

    @pytest.mark.parametrize("rate_hz", RATES)
    @pytest.mark.parametrize("load_nm", [120.0, None])
    def test_a_torque_of_the_wrong_sign(self, rate_hz: float, load_nm: float | None) -> None:
        plan = Plan(range=PLAN.range, tempo=PLAN.tempo, load_nm=load_nm)
        raw = repetitions(rate_hz)
        raw.torque_nm[:] *= -1.0
        assert only(examined(raw, plan), "torque", "inverted")[0] < 6.0

    def test_a_torque_that_turns_its_sign_and_turns_back(self) -> None:
        for seconds in (2.0, 4.9):
            raw = repetitions(100.0, 3)
            raw.torque_nm[raw.during(8.0, 8.0 + seconds)] *= -1.0
            answer = examined(raw)
            known, at = only(answer, "torque", "inverted")
            assert known - at <= 0.3
            assert len(answer.ended("torque", "inverted")) == 1

    def test_a_torque_that_was_put_right_while_it_was_nothing(self) -> None:
        raw = repetitions(100.0, 3)
        raw.torque_nm[raw.t_s < 13.6] *= -1.0
        assert len(examined(raw).ended("torque", "inverted")) == 1


class TestScaled:
    @pytest.mark.parametrize("rate_hz", RATES)
    def test_an_angle_in_radians_is_told_within_the_first_repetition(self, rate_hz: float) -> None:
        for torque in (True, False):
            raw = repetitions(rate_hz)
            raw.angle_deg *= math.pi / 180.0
            if not torque:
                raw.torque_nm[:] = math.nan
            assert only(examined(raw), "angle", "scaled")[0] < 9.0

    @pytest.mark.parametrize("rate_hz", RATES)
    def test_an_angle_that_becomes_radians_and_degrees_again(self, rate_hz: float) -> None:
        raw = repetitions(rate_hz)
        raw.angle_deg[raw.during(6.0, 12.0)] *= math.pi / 180.0
        answer = examined(raw)
        known, at = only(answer, "angle", "scaled")
        assert known - at <= 0.3
        assert len(answer.ended("angle", "scaled")) == 1

    def test_degrees_that_begin_upright_are_no_radians(self) -> None:
        """An upright end of 0 deg lies within the plan's range in radians, and whoever leaves it has the load up."""
        raw = repetitions(100.0, lead_s=8.0)
        u = np.clip((raw.t_s - 3.0) / 3.0, 0.0, 1.0)
        before = raw.t_s < 8.0
        raw.angle_deg[:] = (raw.angle_deg - 6.0) * 72.0 / 54.0
        raw.angle_deg[before] = np.round(72.0 * (u**3 * (10.0 - 15.0 * u + 6.0 * u**2))[before], 1)
        raw.torque_nm[before] = 80.0 * np.clip(raw.t_s[before] - 1.0, 0.0, 1.0)
        assert examined(raw, Plan(range=Range(72.0, 0.0), tempo=PLAN.tempo)).told == []

    def test_nothing_else_is_made_of_a_jump_while_it_lasts(self) -> None:
        raw = repetitions(100.0)
        raw.angle_deg[raw.during(6.0, 9.0)] *= math.pi / 180.0
        raw.angle_deg[raw.during(9.0, 13.0)] = np.linspace(100.0, 101.0, int(raw.during(9.0, 13.0).sum()))
        assert examined(Raw(raw.t_s[:1300], raw.angle_deg[:1300], raw.torque_nm[:1300])).kinds == {"angle scaled"}


class TestTimes:
    def test_the_least_and_the_greatest_times_are_taken(self) -> None:
        f, n = np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64)
        faults.fresh(f, n)
        views = plain(f, n, faults.constants(Parameters(), PLAN))
        for t in (0, 1, (1 << 62) + 5, (1 << 63) - 1):
            faults.examine(*views, t, 0.01, 30.0, 5.0)


reading = st.one_of(st.floats(), st.floats(-100.0, 200.0), st.sampled_from([0.0, 60.0, -60.0, 30.0, 390.0, 90.0, 1000.0]))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from([1_000_000, 10_000_000, 40_000_000, 400_000_000]), reading, reading), max_size=80), st.booleans())
def test_no_input_raises_and_every_fault_ends_after_it_began(samples: list[tuple[int, float, float]], planned: bool) -> None:
    f, n = np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64)
    faults.fresh(f, n)
    views = plain(f, n, faults.constants(Parameters(), PLAN if planned else None))
    running = t = 0
    for dt_ns, angle, torque in samples:
        t += dt_ns
        bits = faults.examine(*views, t, dt_ns * 1e-9, angle, torque)
        for k in range(len(faults.FAULTS)):
            began, ended = bits >> k & 1, bits >> (faults.ENDED + k) & 1
            # One that begins and ends at the same sample was told late: begin before end.
            assert not (began and running >> k & 1) or ended
            assert not ended or running >> k & 1 or began
            running = running & ~(1 << k) | (running >> k & 1 | began) * (1 - ended) << k
        assert running == n[faults.N_ACTIVE]
        assert not math.isinf(f[faults.F_ANGLE])
        assert not math.isinf(f[faults.F_TORQUE])
