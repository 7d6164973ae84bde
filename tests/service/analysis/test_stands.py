"""detection.md 4.3-4.5: a stand or a let-go that is no failure, or that torque alone can't tell, by its own name."""

import numpy as np
import pytest

from tests.service.analysis.motion import PLAN, Samples, events, loaded, of, path, repetitions
from tests.service.analysis.test_findings import GOOD, GRIND, MOTOR, TIRED, ending, then, told_of
from wire.events import (
    AbruptStop,
    Failure,
    FailureLikely,
    Halted,
    PhaseEntered,
    RepetitionCompleted,
    RepetitionStarted,
    SetEnded,
    SignalFaulted,
    Struggle,
    Unsure,
)
from wire.plan import Plan, Range, Tempo


class TestUnsure:
    def test_a_short_stand_that_ends_in_lowering_without_any_struggle_before_is_neither_called_failure_nor_a_pause(self) -> None:
        """4.3: without context `unsure`: ask the patient. A stand of seconds is itself a sign (decision 0005): this one lasts 1.2 s."""
        told = told_of(ending(then(GOOD, (2.8, 0.7), (1.2, 0.7), (2.5, 0.0))))
        (unsure,) = of(told, Unsure)
        assert unsure.repetition == 5
        assert unsure.at_s == pytest.approx(GOOD[-1][0] + 4.0, abs=0.1)
        assert not of(told, Failure) + of(told, FailureLikely) + of(told, Halted)
        assert of(told, RepetitionCompleted)[-1].extent == "partial"
        assert of(told, SetEnded)[0].reason == "recording_ended"

    def test_a_rest_with_the_load_half_put_down_is_a_halt_though_it_is_lowered(self) -> None:
        """4.5, pause: the torque says that nobody tries."""
        points = then(GOOD, (2.8, 0.7), (2.0, 0.7), (2.5, 0.0))
        stand = points[-3][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (stand, 100.0), (stand + 0.5, 80.0), (stand + 20.0, 80.0))
        assert [each.repetition for each in of(told, Halted)] == [5]
        assert not of(told, Failure) + of(told, FailureLikely) + of(told, Unsure)


def test_an_extension_that_ends_ever_slower_has_failed_without_a_stand() -> None:
    """Decision 0191: it never stood for half a second, but it was slow to where it turned, and short of every other."""
    told = told_of(ending(then(TIRED, (3.0, 0.45), (3.0, 0.68), (1.4, 0.73), (0.3, 0.70), (2.0, 0.0))))
    (failure,) = of(told, Failure)
    assert (failure.repetition, failure.reason) == (6, "stall")


class TestLetGo:
    """4.5, pain stop: the torque falls while the load comes down, with no stall before."""

    def test_it_is_told_in_the_first_repetition_too_before_the_demand_is_known(self) -> None:
        points = then([(0.0, 0.0), (3.0, 0.0)], (2.8, 0.7), (0.8, 0.0))
        turn = points[-2][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (turn - 0.05, 100.0), (turn + 0.15, 15.0), (turn + 1.0, 15.0))
        assert [each.repetition for each in of(told, AbruptStop)] == [1]

    def test_whoever_gives_way_and_still_bears_most_of_the_load_has_not_let_go(self) -> None:
        points = then(GOOD, (2.8, 0.7), (0.8, 0.0))
        turn = points[-2][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (turn - 0.05, 100.0), (turn + 0.15, 68.0), (turn + 1.0, 68.0))
        assert not of(told, AbruptStop)

    def test_after_a_stall_it_is_how_a_failure_ends_and_no_suspected_pain(self) -> None:
        points = then(TIRED, *GRIND, (0.8, 0.0))
        turn = points[-2][0]
        told = told_of(ending(points), PLAN, (0.0, 100.0), (turn, 100.0), (turn + 0.15, 15.0), (turn + 1.0, 15.0))
        assert not of(told, AbruptStop)
        assert [each.repetition for each in of(told, Failure)] == [6]

    # Decision 0193: where it tells a suspected pain, and where the same has another reason.

    def dropped(
        self, *steps: tuple[float, float], before: list[tuple[float, float]] = GOOD, plan: Plan = PLAN, nm: float = 100.0
    ) -> list[int]:
        """The repetitions of which an abrupt stop is told, when the torque goes with the last of these steps."""
        points = then(before, *steps)
        gone = points[-2][0]
        told = told_of(ending(points), plan, (0.0, nm), (gone - 0.05, nm), (gone + 0.15, 0.1 * nm), (gone + 9.0, 0.1 * nm))
        return [each.repetition for each in of(told, AbruptStop)]

    def test_half_way_down_it_is_told(self) -> None:
        assert self.dropped((4.0, 1.0), (2.0, 1.0), (1.2, 0.6), (0.5, 0.0)) == [5]

    def test_but_not_before_the_demand_is_known_nor_where_it_is_a_bounce(self) -> None:
        assert self.dropped((4.0, 1.0), (2.0, 1.0), (1.2, 0.6), (0.5, 0.0), before=[(0.0, 0.0), (3.0, 0.0)]) == []
        assert self.dropped((4.0, 1.0), (2.0, 1.0), (2.1, 0.3), (0.2, 0.0)) == []

    def test_a_hold_that_is_cut_short_by_it_is_told(self) -> None:
        assert self.dropped((4.0, 1.0), (0.8, 1.0), (0.8, 0.0)) == [5]

    def test_haste_after_a_whole_hold_looks_the_same_and_is_not_told(self) -> None:
        assert self.dropped((4.0, 1.0), (2.2, 1.0), (0.8, 0.0)) == []

    @pytest.mark.parametrize(("rate_hz", "stood_s"), [(25.0, 0.6), (50.0, 0.5), (50.0, 0.6), (50.0, 0.7)])
    def test_a_turn_and_a_let_go_that_one_sample_shows_are_no_failure(self, rate_hz: float, stood_s: float) -> None:
        """Contract 4: an abrupt stop is never called failure (decision 0296)."""
        points = ending(then(TIRED, (2.8, 0.57), (0.3, 0.6), (stood_s, 0.6), (0.3, 0.0)))
        turn = points[-3][0]
        samples = loaded(path(*points, rate_hz=rate_hz), (0.0, 100.0), (turn - 0.02, 100.0), (turn + 0.13, 10.0), (turn + 20.0, 10.0))
        told = events(samples)
        assert [each.repetition for each in of(told, AbruptStop)] == [6]
        assert not of(told, Failure) + of(told, Unsure)

    def test_nobody_lets_go_of_a_load_that_he_does_not_bear(self) -> None:
        """A warm-up with less than the plan's load."""
        heavy = Plan(range=PLAN.range, tempo=PLAN.tempo, load_nm=200.0)
        assert self.dropped((2.8, 0.7), (0.8, 0.0), plan=heavy) == []

    def test_a_failed_extension_may_be_dropped_on_its_way_down(self) -> None:
        assert self.dropped(*GRIND, (0.7, 0.5), (0.4, 0.0), before=TIRED) == []


class TestAMotor:
    """4.4: it moves whatever the patient does."""

    def test_torque_let_go_on_its_way_up_is_an_abrupt_stop(self) -> None:
        begin = GOOD[-1][0]
        told = told_of(ending(repetitions(5)), MOTOR, (0.0, 100.0), (begin + 1.4, 100.0), (begin + 1.6, 3.0), (begin + 9.0, 3.0))
        assert [each.repetition for each in of(told, AbruptStop)] == [5]
        assert not of(told, Failure)

    def test_whoever_is_carried_without_pushing_has_not_failed(self) -> None:
        """Decision 0005: below a tenth of the demand nobody pushes."""
        begin = GOOD[-1][0]
        light = ((begin - 1.0, 100.0), (begin - 0.9, 30.0), (begin + 1.0, 30.0), (begin + 1.1, 3.0), (begin + 30.0, 3.0))
        told = told_of(ending(repetitions(5)), MOTOR, (0.0, 100.0), *light)
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 5
        assert not of(told, Failure)

    def test_nobody_loses_a_torque_that_he_never_gave(self) -> None:
        """Decision 0191: hands on the pad of a machine that is tried out come to a fifth of the load."""
        plan = Plan(range=PLAN.range, tempo=PLAN.tempo, load_nm=100.0, resistance="motor")
        assert not of(told_of(ending(repetitions(5)), plan, (0.0, 22.0), (60.0, 22.0)), Failure)

    def test_before_its_load_is_known_nothing_is_let_go(self) -> None:
        points = then([(0.0, 0.0), (3.0, 0.0)], (4.0, 1.0), (2.0, 1.0), (3.0, 0.0))
        assert not of(told_of(ending(points), MOTOR, (0.0, 100.0), (4.4, 100.0), (4.6, 3.0), (9.0, 3.0)), AbruptStop)


class TestStruggle:
    def test_a_late_top_and_a_lost_hold_are_told_as_one(self) -> None:
        """contract 4: each finding once a repetition."""
        points = then(GOOD, (4.0, 0.7), (2.5, 1.0), (0.6, 1.0), (2.4, 0.91), (3.0, 0.0))
        told = told_of(ending(points))
        assert [each.repetition for each in of(told, Struggle)] == [5]

    def test_an_attempt_after_a_failure_does_not_keep_the_set_open(self) -> None:
        """contract 1: only a later full repetition leaves it open; else it ends 10 s after the last try."""
        points = then(TIRED, *GRIND, (2.0, 0.0), (1.0, 0.0), (1.2, 0.3), (1.0, 0.0))
        told = told_of(ending(points, 14.0))
        (ended,) = of(told, SetEnded)
        assert (ended.reason, ended.attempt) == ("failure", 1)
        assert ended.known_s == pytest.approx(points[-2][0] + 10.0, abs=0.3)


def test_a_failed_set_whose_next_extension_is_lost_to_a_fault_is_over_ten_seconds_later() -> None:
    """contract 1: that one was not completed, and none follows."""
    points = then(TIRED, *GRIND, (2.0, 0.0), (1.0, 0.0), (4.0, 1.0))
    samples = path(*ending(points, 14.0), noise_deg=0.02)
    turned = round((points[-1][0] - 1.0) * 100.0)
    samples.angle_deg[turned:] *= -1.0
    told = events(samples)
    assert ("angle", "inverted") in {(each.channel, each.fault) for each in of(told, SignalFaulted)}
    (ended,) = of(told, SetEnded)
    assert (ended.reason, ended.full, ended.attempt) == ("failure", 5, 1)
    assert ended.known_s == pytest.approx(points[-1][0] - 1.0 + 10.0, abs=0.3)


def test_whoever_was_flung_up_and_stands_did_not_slow_down_into_it() -> None:
    """4.3: a slow decay of the speed before a stall speaks for failure; here the angle fell, was flung back, and never rose by itself."""
    plan = Plan(range=Range(20.0, 8.0), tempo=Tempo(2.0, 1.0, 2.0, 1.0))
    points = repetitions(4, extension_s=2.0, hold_s=1.0, flexion_s=2.0)
    points = then(points, (2.0, 1.0), (1.0, 1.0), (0.11, 0.0), (0.05, 0.33), (2.5, 0.33), (1.0, 0.0))
    told = events(path(*ending(points), rate_hz=250.0, flexion=20.0, extension=8.0), plan)
    assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 5 + ["attempt"]
    (failure,) = of(told, Failure)
    assert "slowing" not in [each.name for each in failure.evidence]


def test_a_recording_that_ends_with_an_announcement_knows_nothing_of_the_repetition_but_its_start() -> None:
    """contract 4: an unfinished last one is reported just before `set_ended`, its phase before it, null for what was not measured."""
    rest = path((0.0, 0.0), (3.0, 0.0))
    angle, torque = np.append(rest.angle_deg, np.float32(44.0)), np.append(rest.torque_nm, np.float32(100.0))
    told = events(Samples(np.append(rest.t_ns, rest.t_ns[-1] + 300_000_000), angle, torque))
    (only,) = of(told, RepetitionCompleted)
    assert (only.extent, only.flags) == ("attempt", ["no_torque"])
    assert (only.hold_start_s, only.flexion_start_s, only.end_s, only.range_deg, only.rmse_deg, only.time_in_band) == (None,) * 6
    assert [type(each) for each in told[-4:]] == [RepetitionStarted, PhaseEntered, RepetitionCompleted, SetEnded]
