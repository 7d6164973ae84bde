"""detection.md, faults: a torque that is known to be false, or that dies, judges nothing and hides no repetition."""

import msgspec
import numpy as np
import pytest

from tests.service.analysis.invariants import check, encoded
from tests.service.analysis.motion import PLAN, Samples, events, of, path, repetitions
from tests.service.analysis.test_findings import LOADED, bad
from wire.events import (
    AbruptStop,
    Assisted,
    Event,
    Failure,
    RepetitionCompleted,
    SetEnded,
    SignalFaulted,
    SignalRestored,
    Unable,
)
from wire.plan import Plan, Range, Tempo

MOTOR = msgspec.structs.replace(PLAN, resistance="motor", load_nm=80.0)
EXTENDS = 2600
"""Within the third extension of `bad`."""


def told_of(samples: Samples, plan: Plan | None = LOADED) -> list[Event]:
    told = events(samples, plan)
    check(told)
    return told


def faults(told: list[Event], kind: type[SignalFaulted | SignalRestored] = SignalFaulted) -> list[tuple[str, str]]:
    return [(each.channel, each.fault) for each in of(told, kind)]


class TestKnownToBeFalse:
    def test_a_motor_is_not_judged_by_a_torque_that_is_stuck(self) -> None:
        samples = bad("whole")
        samples.torque_nm[4550:] = 30.0
        told = told_of(samples, MOTOR)
        assert faults(told) == [("torque", "stuck")]
        assert not of(told, Failure) + of(told, AbruptStop)[1:]
        assert [each.reason for each in of(told, Unable)] == ["no_torque"]

    @pytest.mark.parametrize("load", [100.0, None])
    def test_a_torque_of_the_wrong_sign_is_no_help_no_work_and_no_drift(self, load: float | None) -> None:
        samples = bad("whole")
        samples.torque_nm[EXTENDS:] *= -1.0
        told = told_of(samples, msgspec.structs.replace(LOADED, load_nm=load))
        assert faults(told) == [("torque", "inverted")]
        assert not of(told, Assisted)
        done = of(told, RepetitionCompleted)
        assert [each.extent for each in done] == ["full"] * 6
        for each in done[2:]:
            assert (each.peak_torque_nm, each.mean_torque_nm, each.work_j) == (None, None, None)
            assert each.flags == ["no_torque"]
        (ended,) = of(told, SetEnded)
        assert ended.work_j == pytest.approx(sum(each.work_j or 0.0 for each in done[:2]))

    def test_what_it_learnt_of_the_load_is_not_learnt_from_it(self) -> None:
        """Turned in the first extensions, right again later: the demand is that of the later ones."""
        samples = bad("whole")
        samples.torque_nm[:EXTENDS] *= -1.0
        told = told_of(samples, msgspec.structs.replace(LOADED, load_nm=None))
        assert faults(told) == faults(told, SignalRestored) == [("torque", "inverted")]
        assert not of(told, Assisted)
        assert [each.extent for each in of(told, RepetitionCompleted)] == ["full"] * 6
        assert [each.peak_torque_nm is None for each in of(told, RepetitionCompleted)] == [True] * 3 + [False] * 3

    def test_a_torque_that_is_gone_is_no_unloading(self) -> None:
        """The cable is lost at the flexed end, where the load is off: the set goes on as long as the patient does."""
        samples = bad("whole")
        samples.torque_nm[:] = np.where(samples.angle_deg > 59.0, 4.0, samples.torque_nm)
        samples.torque_nm[1265:] = np.nan
        told = told_of(samples)
        (ended,) = of(told, SetEnded)
        assert (ended.full, ended.reason) == (6, "recording_ended")


class TestDead:
    @pytest.mark.parametrize("load", [100.0, None])
    def test_a_torque_that_dies_within_a_set_is_told_and_all_is_counted(self, load: float | None) -> None:
        samples = bad("whole")
        samples.torque_nm[2280:] = 0.0
        told = told_of(samples, msgspec.structs.replace(LOADED, load_nm=load))
        assert faults(told) == [("torque", "stuck")]
        assert [(each.full, each.reason) for each in of(told, SetEnded)] == [(6, "recording_ended")]
        assert not of(told, Assisted) + of(told, Failure) + of(told, AbruptStop)
        assert [each.peak_torque_nm is None for each in of(told, RepetitionCompleted)] == [False] * 2 + [True] * 4

    def test_it_is_restored_as_soon_as_it_says_something(self) -> None:
        samples = bad("whole")
        samples.torque_nm[2280:4500] = 0.0
        told = told_of(samples)
        assert faults(told) == faults(told, SignalRestored) == [("torque", "stuck")]
        (back,) = of(told, SignalRestored)
        assert back.at_s == back.known_s == pytest.approx(45.03, abs=0.02)
        assert [each.full for each in of(told, SetEnded)] == [6]

    @pytest.mark.parametrize("size", [1, 7, 600, 10_000])
    def test_that_is_the_same_however_the_samples_are_cut(self, size: int) -> None:
        samples = bad("whole")
        samples.torque_nm[2280:4500] = 0.0
        assert encoded(events(samples, LOADED, size=size)) == encoded(events(samples, LOADED))

    def test_a_column_of_nothing_does_not_end_in_silence(self) -> None:
        samples = bad("whole")
        samples.torque_nm[:] = 0.0
        told = told_of(samples)
        assert faults(told) == [("torque", "stuck")]
        assert [each.full for each in of(told, SetEnded)] == [4]

    def test_movements_without_load_are_none_as_long_as_the_torque_says_anything(self) -> None:
        samples = bad("whole")
        samples.torque_nm[:] = np.random.default_rng(2).normal(0.0, 0.3, len(samples.t_ns))
        assert told_of(samples) == []

    def test_a_sensor_that_says_one_code_for_each_load_is_not_dead_at_the_first_movement_without_any(self) -> None:
        samples = path(*repetitions(6), noise_deg=0.02)
        samples.torque_nm[4200:] = 5.0
        told = told_of(samples)
        assert faults(told) == []
        assert [each.full for each in of(told, SetEnded)] == [4]

    def test_who_stretches_once_on_a_machine_that_rests_at_nothing_opens_no_set(self) -> None:
        samples = path(*repetitions(2), noise_deg=0.02)
        samples.torque_nm[:] = 0.0
        assert told_of(samples, LOADED) == []


class TestSlowPlans:
    @pytest.mark.parametrize(
        ("range_", "tempo"),
        [(Range(40.0, 20.0), Tempo(8.0, 2.0, 6.0, 1.0)), (Range(30.0, 10.0), Tempo(10.0, 2.0, 8.0, 1.0))],
    )
    @pytest.mark.parametrize("load", [80.0, None])
    def test_a_turned_sign_is_told_and_all_is_counted(self, range_: Range, tempo: Tempo, load: float | None) -> None:
        points = repetitions(5, extension_s=tempo.extension_s, hold_s=tempo.hold_s, flexion_s=tempo.flexion_s, turn_s=tempo.turn_s)
        samples = path(*points, (points[-1][0] + 3.0, 0.0), flexion=range_.flexion_deg, extension=range_.extension_deg, noise_deg=0.03)
        samples.torque_nm[:] = -4.0 - 76.0 * np.clip(range_.flexion_deg - samples.angle_deg, 0.0, 1.0)
        samples.torque_nm += np.random.default_rng(1).normal(0.0, 0.5, len(samples.t_ns)).astype(np.float32)
        told = told_of(samples, Plan(range=range_, tempo=tempo, load_nm=load))
        assert faults(told) == [("torque", "inverted")]
        assert [each.full for each in of(told, SetEnded)] == [5]
