"""detection.md 2.3, 4.3-4.5; contract 1, 4: failure, what only looks like it, and what a repetition is flagged with."""

import msgspec
import numpy as np
import pytest

from tests.service.analysis.invariants import check
from tests.service.analysis.motion import PLAN, Samples, events, loaded, of, path, repetitions
from wire.events import (
    AbruptStop,
    Assisted,
    CadenceDeviated,
    EndStop,
    Event,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    PhaseEntered,
    RepetitionCompleted,
    RepetitionStarted,
    SetEnded,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
    Unsure,
)
from wire.plan import Plan

LOADED = msgspec.structs.replace(PLAN, load_nm=100.0)
MOTOR = msgspec.structs.replace(PLAN, resistance="motor")
Points = list[tuple[float, float]]


def then(points: Points, *steps: tuple[float, float]) -> Points:
    """More points, each (seconds later, progress)."""
    points = list(points)
    for seconds, place in steps:
        points.append((points[-1][0] + seconds, place))
    return points


def ending(points: Points, seconds: float = 3.0) -> Points:
    """And stays there."""
    return then(points, (seconds, points[-1][1]))


GOOD = repetitions(4)
TIRED = then(GOOD, (4.0, 0.7), (2.5, 1.0), (1.5, 1.0), (3.0, 0.0), (1.0, 0.0))
"""Four good repetitions and a slow one."""
GRIND = ((2.0, 0.4), (2.0, 0.6), (2.0, 0.68), (3.5, 0.70))
"""Slower and slower, until it stands."""


def told_of(points: Points, plan: Plan | None = PLAN, *nm: tuple[float, float]) -> list[Event]:
    samples = path(*points, rate_hz=100.0, noise_deg=0.02)
    told = events(loaded(samples, *nm) if nm else samples, plan)
    check(told)
    return told


class TestFailure:
    def test_a_stall_that_ends_in_lowering_is_one_and_was_likely_before(self) -> None:
        start = TIRED[-1][0]
        told = told_of(ending(then(TIRED, *GRIND, (2.0, 0.0))))
        (failure,) = of(told, Failure)
        assert (failure.repetition, failure.reason) == (6, "stall")
        assert failure.angle_deg == pytest.approx(60.0 - 0.70 * 54.0, abs=1.0)
        assert failure.at_s == pytest.approx(start + 9.5, abs=0.6)
        assert 0.5 <= failure.confidence <= 1.0
        assert 1 <= len(failure.evidence) <= 3
        assert all(each.name and each.unit for each in failure.evidence)
        (likely,) = of(told, FailureLikely)
        assert likely.repetition == 6
        assert likely.at_s < likely.known_s < failure.at_s
        assert not of(told, Halted) + of(told, Unsure)

    def test_short_of_the_end_of_the_range_it_says_so(self) -> None:
        told = told_of(ending(then(TIRED, (3.0, 0.6), (3.0, 0.86), (2.0, 0.91), (3.5, 0.915), (2.0, 0.0))))
        (failure,) = of(told, Failure)
        assert (failure.repetition, failure.reason) == (6, "short_of_range")

    def test_a_hold_that_sags_at_once_after_a_struggle_is_one_at_the_end_of_the_range(self) -> None:
        told = told_of(ending(then(TIRED, (3.0, 0.5), (3.5, 0.85), (2.5, 0.93), (1.6, 0.955), (0.1, 0.955), (1.5, 0.0))))
        (failure,) = of(told, Failure)
        assert (failure.repetition, failure.reason) == (6, "hold_lost")

    def test_it_stands_for_the_motor_where_torque_is_lost(self) -> None:
        points = ending(repetitions(7))
        lost = 3.0 + 5 * 10.0
        told = told_of(points, MOTOR, (0.0, 100.0), (lost, 100.0), (lost + 0.1, 40.0), (100.0, 40.0))
        (first, *_) = of(told, Failure)
        assert (first.repetition, first.reason) == (7, "torque_lost")
        # Contract 4: three, of which the first is what the others come to.
        assert [(each.name, each.unit) for each in first.evidence] == [("torque_share", "1"), ("mean_torque_nm", "Nm"), ("demand_nm", "Nm")]
        share, mean_nm, demand_nm = (each.value for each in first.evidence)
        assert (mean_nm, demand_nm) == pytest.approx((40.0, 85.0), abs=0.5)
        assert share == pytest.approx(mean_nm / demand_nm, abs=0.001)

    def test_the_motor_carries_whoever_does_not_push(self) -> None:
        points = ending(repetitions(7))
        told = told_of(points, MOTOR, (0.0, 100.0), (53.0, 100.0), (53.1, 2.0), (100.0, 2.0))
        assert not of(told, Failure)

    def test_a_stop_that_is_there_from_the_first_repetition_is_no_demand(self) -> None:
        """detection.md 4.1, 4.5: the demand is the torque while moving up, so the push against a pin is not in it, however sudden it is."""
        against = [(0.0, 100.0)]
        for begin in np.arange(6) * 10.0 + 3.0:
            against += [(begin + 3.98, 100.0), (begin + 4.02, 140.0), (begin + 5.8, 140.0), (begin + 6.0, 100.0)]
        told = told_of(ending(repetitions(6, top=0.88)), PLAN, *against)
        assert [each.repetition for each in of(told, EndStop)] == [3, 4, 5, 6]
        assert not of(told, Failure)

    @pytest.mark.parametrize("plan", [PLAN, MOTOR, None], ids=["stack", "motor", "no plan"])
    @pytest.mark.parametrize("seed", range(1, 5))
    def test_of_a_torque_about_zero_no_load_is_learnt(self, plan: Plan | None, seed: int) -> None:
        """Contract 3: without `load_nm` the rules that need a load learn it or are off; about zero there is none to learn."""
        samples = path(*ending(repetitions(8)), noise_deg=0.03, seed=seed)
        samples.torque_nm[:] = np.random.default_rng(seed).normal(0.0, 1.0, len(samples.t_ns))
        told = events(samples, plan)
        check(told)
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 8
        assert not of(told, Failure)

    def test_the_motor_is_judged_by_the_prescribed_torque_where_there_is_one(self) -> None:
        plan = msgspec.structs.replace(MOTOR, load_nm=100.0)
        told = told_of(ending(repetitions(6)), plan, (0.0, 110.0), (33.0, 110.0), (33.1, 80.0), (100.0, 80.0))
        assert [each.repetition for each in of(told, Failure)][:1] == [5]
        assert not of(told_of(ending(repetitions(4)), plan, (0.0, 110.0), (1.0, 110.0)), Failure)

    def test_without_torque_the_motor_is_not_judged(self) -> None:
        samples = path(*ending(repetitions(5)))
        samples.torque_nm[:] = np.nan
        told = events(samples, MOTOR)
        assert not of(told, Failure)
        assert [each.reason for each in of(told, Unable)] == ["no_torque"]

    def test_without_torque_it_is_never_said(self) -> None:
        samples = path(*ending(then(TIRED, *GRIND, (2.0, 0.0))))
        samples.torque_nm[:] = np.nan
        told = events(samples)
        assert not of(told, Failure) + of(told, FailureLikely)
        assert [each.reason for each in of(told, Unable)] == ["no_torque"]

    def test_before_the_demand_is_known_it_is_too_early(self) -> None:
        told = told_of(ending(then([(0.0, 0.0), (3.0, 0.0)], *GRIND, (2.0, 0.0))))
        assert not of(told, Failure)
        assert [each.reason for each in of(told, Unable)] == ["too_early"]

    def test_its_set_ends_when_no_extension_follows_for_ten_seconds(self) -> None:
        told = told_of(ending(then(TIRED, *GRIND, (2.0, 0.0)), 14.0))
        (failure,) = of(told, Failure)
        (ended,) = of(told, SetEnded)
        assert ended.reason == "failure"
        assert ended.known_s == pytest.approx(failure.at_s + 10.0, abs=0.3)

    def test_or_when_the_patient_has_unloaded(self) -> None:
        points = then(TIRED, *GRIND, (2.0, 0.0))
        down = points[-1][0]
        told = told_of(ending(points, 9.0), PLAN, (0.0, 100.0), (down, 100.0), (down + 0.3, 3.0), (down + 10.0, 3.0))
        (ended,) = of(told, SetEnded)
        assert ended.reason == "failure"
        assert ended.known_s == pytest.approx(down + 5.5, abs=0.7)

    def test_a_further_repetition_keeps_the_set_open(self) -> None:
        points = then(TIRED, *GRIND, (2.0, 0.0), (3.0, 0.0), (4.0, 1.0), (2.0, 1.0), (3.0, 0.0))
        told = told_of(ending(points, 5.0))
        (ended,) = of(told, SetEnded)
        assert (ended.reason, ended.full) == ("recording_ended", 6)


class TestLookAlikes:
    def test_a_halt_that_goes_on_is_a_halt(self) -> None:
        told = told_of(ending(then(GOOD, (2.0, 0.5), (2.0, 0.5), (2.0, 1.0), (2.0, 1.0), (3.0, 0.0))))
        assert [each.repetition for each in of(told, Halted)] == [5]
        assert not of(told, Failure) + of(told, FailureLikely)
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 5

    def test_a_reversal_at_ordinary_speed_is_a_partial_repetition_and_nothing_else(self) -> None:
        told = told_of(ending(then(GOOD, (2.6, 0.65), (2.0, 0.0), (1.0, 0.0))))
        assert of(told, RepetitionCompleted)[-1].extent == "partial"
        assert not of(told, Failure) + of(told, Halted) + of(told, Unsure) + of(told, AbruptStop) + of(told, FailureLikely)

    def test_a_torque_that_is_let_go_is_an_abrupt_stop_and_never_failure(self) -> None:
        points = then(GOOD, (2.8, 0.7), (0.8, 0.0))
        turn = points[-2][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (turn - 0.05, 100.0), (turn + 0.15, 15.0), (turn + 1.0, 15.0))
        (stop,) = of(told, AbruptStop)
        assert stop.repetition == 5
        assert stop.known_s - turn < 0.5
        assert not of(told, Failure)

    def test_a_lever_that_springs_off_a_stop_is_not_let_go(self) -> None:
        """Decision 0268: the torque falls away, and is back at once."""
        points = then(GOOD, (2.8, 0.7), (0.6, 0.69), (2.5, 0.0))
        turn = points[-3][0]
        pressed = ((0.0, 100.0), (turn - 0.1, 100.0), (turn, 170.0), (turn + 0.5, 170.0), (turn + 0.52, 0.0))
        sprung = told_of(ending(points), PLAN, *pressed, (turn + 0.56, 0.0), (turn + 0.66, 55.0), (turn + 0.76, 100.0))
        assert not of(sprung, AbruptStop)
        gone = told_of(ending(points), PLAN, *pressed, (turn + 3.0, 0.0))
        assert [each.repetition for each in of(gone, AbruptStop)] == [5]

    def test_whoever_rises_with_too_little_torque_is_assisted(self) -> None:
        points = then(GOOD, (4.0, 1.0), (2.0, 1.0), (3.0, 0.0))
        begin = GOOD[-1][0]
        told = told_of(
            ending(points), PLAN, (0.0, 100.0), (begin + 1.2, 100.0), (begin + 1.4, 70.0), (begin + 3.0, 70.0), (begin + 3.2, 100.0)
        )
        assert [each.repetition for each in of(told, Assisted)] == [5]
        assert "assisted" in of(told, RepetitionCompleted)[-1].flags

    def test_a_heave_is_momentum(self) -> None:
        points = then(GOOD, (0.5, 0.35), (1.5, 1.0), (2.0, 1.0), (3.0, 0.0))
        begin = GOOD[-1][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (begin, 100.0), (begin + 0.1, 160.0), (begin + 0.5, 160.0), (begin + 0.7, 100.0))
        assert [each.repetition for each in of(told, Momentum)] == [5]
        last = of(told, RepetitionCompleted)[-1]
        assert (last.extent, "momentum" in last.flags) == ("full", True)

    def test_a_stand_against_rising_torque_is_the_machines_stop(self) -> None:
        points = then(GOOD, (3.2, 0.8), (1.5, 0.8), (2.6, 0.0))
        stand = points[-3][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (stand, 100.0), (stand + 0.2, 135.0), (stand + 1.4, 135.0), (stand + 1.5, 100.0))
        assert [each.repetition for each in of(told, EndStop)] == [5]
        assert not of(told, Failure)

    def test_a_quick_turn_with_a_blow_is_a_bounce(self) -> None:
        points = repetitions(4, turn_s=0.0)
        turn = points[-1][0]
        points = then(points, (4.0, 1.0), (2.0, 1.0), (3.0, 0.0))
        told = told_of(ending(points), PLAN, (0.0, 100.0), (turn - 0.2, 100.0), (turn, 150.0), (turn + 0.2, 100.0))
        flags = [each.flags for each in of(told, RepetitionCompleted)]
        assert "bounced" in flags[4]
        assert all("bounced" not in each for each in flags[:4])

    def test_a_dip_of_the_hold_stays_one_repetition(self) -> None:
        told = told_of(ending(then(GOOD, (4.0, 1.0), (0.7, 1.0), (0.3, 0.89), (0.4, 1.0), (0.6, 1.0), (3.0, 0.0))))
        last = of(told, RepetitionCompleted)[-1]
        assert (len(of(told, RepetitionCompleted)), last.extent, "hold_dip" in last.flags) == (5, "full", True)

    def test_coming_down_half_way_only_is_an_incomplete_return(self) -> None:
        told = told_of(ending(then(GOOD, (4.0, 1.0), (2.0, 1.0), (2.4, 0.2), (3.2, 1.0), (2.0, 1.0), (3.0, 0.0))))
        assert ["incomplete_return" in each.flags for each in of(told, RepetitionCompleted)] == [False] * 4 + [True, False]

    def test_a_patient_who_slides_up_the_seat_has_shifted(self) -> None:
        points = repetitions(4, bottom=-0.08)
        for _ in range(4):
            points = then(points, (4.0, 1.08), (2.0, 1.08), (3.0, 0.0), (1.0, 0.0))
        told = told_of(ending(points))
        flags = ["setup_shift" in each.flags for each in of(told, RepetitionCompleted)]
        assert not any(flags[:5])
        assert any(flags)

    def test_movement_without_the_load_is_no_repetition(self) -> None:
        told = told_of(
            ending(then(GOOD, (4.0, 1.0), (2.0, 1.0), (3.0, 0.0))), LOADED, (0.0, 100.0), (43.0, 100.0), (43.2, 5.0), (90.0, 5.0)
        )
        assert len(of(told, RepetitionStarted)) == 4
        assert not of(told_of(ending(repetitions(2)), LOADED, (0.0, 4.0), (1.0, 4.0)), RepetitionStarted)

    @pytest.mark.parametrize("ripple_nm", [0.0, 1.0])
    def test_a_stand_of_a_sensor_without_noise_is_no_fault(self, ripple_nm: float) -> None:
        """Detection 6: the same code is `stuck` while the other channel moves; both still is rest (F21)."""
        samples = path(*ending(then(repetitions(6), (5.0, 0.65), (3.0, 0.65), (2.5, 0.0)), 12.0))
        told = events(loaded(samples, (0.0, 100.0), (1.0, 100.0), ripple_nm=ripple_nm))
        assert not of(told, SignalFaulted)
        assert [failure.repetition for failure in of(told, Failure)] == [7]


class TestStruggle:
    def test_a_late_slow_extension_is_told_once_with_its_reasons(self) -> None:
        told = told_of(ending(TIRED))
        (struggle,) = of(told, Struggle)
        assert struggle.repetition == 5
        assert {"lag_s", "extension_ratio"} >= set(struggle.reasons) > set()
        assert not of(told, Failure)

    def test_one_hurried_repetition_makes_none_that_is_in_time_look_slow(self) -> None:
        """Detection 4.1: baselines are of repetitions in tempo."""
        hurried = then(repetitions(1), (2.2, 1.0), (2.0, 1.0), (3.0, 0.0), (1.0, 0.0))
        for _ in range(6):
            hurried = then(hurried, (4.0, 1.0), (2.0, 1.0), (3.0, 0.0), (1.0, 0.0))
        told = told_of(ending(hurried))
        assert [(each.repetition, each.direction) for each in of(told, CadenceDeviated) if each.phase == "extension"] == [(2, "fast")]
        assert not of(told, Struggle)

    @pytest.mark.parametrize("place", [0.25, 0.30, 0.39])
    @pytest.mark.parametrize("before", [[], repetitions(1)[:-2]])
    def test_one_that_begins_part_way_up_makes_no_whole_one_look_slow(self, before: Points, place: float) -> None:
        """Detection 4.2: baselines are of full repetitions. The lever rested there, or came down no farther."""
        points = then(before, (3.0 * (1.0 - place), place)) if before else [(0.0, place), (3.0, place)]
        points = then(points, (4.0 * (1.0 - place), 1.0), (2.0, 1.0), (3.0, 0.0), (1.0, 0.0))
        for _ in range(4):
            points = then(points, (4.0, 1.0), (2.0, 1.0), (3.0, 0.0), (1.0, 0.0))
        told = told_of(ending(points))
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * (5 + bool(before))
        assert not of(told, Struggle)
        slow = then(points, (6.0, 1.0), (2.0, 1.0), (3.0, 0.0), (1.0, 0.0))
        assert ["extension_ratio" in each.reasons for each in of(told_of(ending(slow)), Struggle)] == [True], "who is slow is still told"

    def test_good_repetitions_show_nothing(self) -> None:
        told = told_of(ending(repetitions(8)))
        assert {type(each) for each in told}.isdisjoint({Struggle, Failure, FailureLikely, Halted, Unsure, AbruptStop, Assisted, Momentum})


def bad(name: str) -> Samples:
    """Six good repetitions through a broken installation."""
    samples = loaded(path(*ending(repetitions(6)), noise_deg=0.02), (0.0, 100.0), (60.0, 100.0))
    t = (samples.t_ns - samples.t_ns[0]) * 1e-9
    place = (60.0 - samples.angle_deg) / 54.0
    samples.torque_nm[:] = np.where((t > 2.5) & (t < 64.0), 80.0 + 40.0 * place, 20.0)
    samples.torque_nm += np.random.default_rng(1).normal(0.0, 0.3, len(t)).astype(np.float32)
    if name == "radians":
        samples.angle_deg *= np.float32(np.pi / 180.0)
    elif name == "angle inverted":
        samples.angle_deg *= -1.0
    elif name == "torque inverted":
        samples.torque_nm *= -1.0
    elif name == "swapped":
        samples.angle_deg, samples.torque_nm = samples.torque_nm, samples.angle_deg
    elif name == "times go back":
        samples.t_ns[3000:] -= 1_500_000_000
    elif name == "angle lost":
        samples.angle_deg[2000:2200] = np.nan
    elif name == "angle stuck":
        samples.angle_deg[1600:1900] = samples.angle_deg[1600]
    elif name == "infinite":
        samples.torque_nm[1000:1100] = np.inf
    return samples


class TestBadInput:
    """Issue, bad input: a fault with its channel and its reason, never a wrong count, never an exception."""

    @pytest.mark.parametrize(
        ("name", "channel", "fault"),
        [
            ("radians", "angle", "scaled"),
            ("angle inverted", "angle", "inverted"),
            ("torque inverted", "torque", "inverted"),
            ("times go back", "time", "clock"),
            ("angle lost", "angle", "dropout"),
            ("angle stuck", "angle", "stuck"),
            ("infinite", "torque", "dropout"),
        ],
    )
    def test_it_ends_in_a_fault_with_channel_and_reason(self, name: str, channel: str, fault: str) -> None:
        told = events(bad(name), LOADED)
        check(told)
        assert (channel, fault) in {(each.channel, each.fault) for each in of(told, SignalFaulted)}
        sound = [each for each in of(told, RepetitionCompleted) if "void" not in each.flags]
        assert len(sound) <= 6
        assert not of(told, Failure)

    def test_an_angle_that_comes_back_elsewhere_is_no_movement(self) -> None:
        """Detection 6: a stop for speed is for a patient who moves fast, not for a sensor that was stuck."""
        told = events(bad("angle stuck"), LOADED)
        assert [each.fault for each in of(told, SignalRestored)] == ["stuck"]
        assert not of(told, SpeedExceeded)

    @pytest.mark.parametrize("nm", [0.0, -50.0, 1e-30])
    def test_a_torque_that_says_nothing_of_the_load_raises_nothing(self, nm: float) -> None:
        told = told_of(ending(then(TIRED, *GRIND, (2.0, 0.0))), PLAN, (0.0, nm), (90.0, nm))
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 5 + ["partial"]

    def test_a_plan_without_a_hold_loses_none(self) -> None:
        plan = msgspec.structs.replace(PLAN, tempo=msgspec.structs.replace(PLAN.tempo, hold_s=0.0))
        told = told_of(ending(then(TIRED, (3.0, 0.5), (3.5, 0.85), (2.5, 0.93), (1.6, 0.955), (0.1, 0.955), (1.5, 0.0))), plan)
        assert not of(told, Failure)

    def test_swapped_channels_count_nothing(self) -> None:
        told = events(bad("swapped"), LOADED)
        check(told)
        assert not [each for each in of(told, RepetitionCompleted) if each.extent == "full" and "void" not in each.flags]

    def test_a_load_that_is_changed_in_a_pause_is_no_fault(self) -> None:
        """Detection 6: `drift` is a trend."""
        points = then(repetitions(6), (20.0, 0.0), *[(4.0, 1.0), (2.0, 1.0), (3.0, 0.0), (1.0, 0.0)] * 6)
        told = told_of(ending(points), LOADED, (0.0, 100.0), (75.0, 100.0), (76.0, 110.0), (200.0, 110.0))
        assert (len(of(told, RepetitionCompleted)), of(told, SignalFaulted)) == (12, [])

    def test_the_same_installation_whole_says_nothing_of_faults(self) -> None:
        told = events(bad("whole"), LOADED)
        assert not of(told, SignalFaulted)
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 6

    @pytest.mark.parametrize("rates_hz", [(25.0, 1000.0), (500.0, 50.0), (100.0, 125.0, 80.0)])
    def test_a_rate_that_changes_changes_no_count(self, rates_hz: tuple[float, ...]) -> None:
        points = ending(repetitions(4))
        pieces = [path(*points, rate_hz=rate_hz, noise_deg=0.02) for rate_hz in rates_hz]
        edges = np.linspace(0.0, points[-1][0], len(pieces) + 1)
        t_ns, angle, torque = [], [], []
        for piece, begin, end in zip(pieces, edges[:-1], edges[1:], strict=True):
            t = (piece.t_ns - piece.t_ns[0]) * 1e-9
            inside = (t >= begin) & (t < end)
            t_ns.append(piece.t_ns[inside])
            angle.append(piece.angle_deg[inside])
            torque.append(piece.torque_nm[inside])
        samples = Samples(np.concatenate(t_ns), np.concatenate(angle), np.concatenate(torque))
        told = events(samples, size=33)
        check(told)
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 4
        assert [each.phase for each in of(told, PhaseEntered)] == ["extension", "hold", "flexion", "turn"] * 4
