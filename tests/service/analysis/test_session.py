"""contract 1, 3, 4; detection.md 2.2, 5: sessions, sets, repetitions, phases, cadence."""

import itertools

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.analysis import Session
from service.analysis.run import analyse
from tests.service.analysis.motion import PLAN, Samples, events, loaded, of, path, repetitions
from wire.events import (
    ButtonPressed,
    CadenceDeviated,
    Event,
    Paused,
    PhaseEntered,
    RepetitionCompleted,
    RepetitionStarted,
    Resumed,
    SetEnded,
    SetStarted,
    SignalFaulted,
    SignalRestored,
)
from wire.live import CueState
from wire.messages import Input
from wire.plan import Plan, Range, Repetitions, Tempo
from wire.recorded import Block

ORDER = {"phase_entered": 0, "repetition_completed": 1, "cadence_deviated": 2, "reserve_estimated": 3, "failure": 4, "set_ended": 6}


def kinds(told: list[Event]) -> list[str]:
    return [msgspec.to_builtins(event)["kind"] for event in told]


def after(samples: Samples, seconds: float) -> int:
    """Number of the first sample later than a time on the session's axis."""
    return int(np.searchsorted(samples.t_ns, samples.t_ns[0] + round(seconds * 1e9), side="right"))


def feed(session: Session, samples: Samples, first: int, last: int) -> list[Event]:
    return session.feed(samples.t_ns[first:last], samples.angle_deg[first:last], samples.torque_nm[first:last])


class TestRepetition:
    def test_whoever_follows_the_cue_exactly_reads_the_prescribed_durations(self) -> None:
        told = of(events(path(*repetitions(3))), RepetitionCompleted)
        assert [r.extent for r in told] == ["full"] * 3
        for repetition in told:
            assert repetition.extension_s == pytest.approx(4.0, abs=0.005)
            assert repetition.hold_s == pytest.approx(2.0, abs=0.005)
            assert repetition.flexion_s == pytest.approx(3.0, abs=0.005)
            assert repetition.rmse_deg == pytest.approx(0.0, abs=0.25)
            assert repetition.time_in_band == 1.0
            assert repetition.flags == []
        assert told[0].turn_s is None
        assert told[1].turn_s == pytest.approx(1.0, abs=0.005)

    @pytest.mark.parametrize("rate_hz", [25, 50, 100, 250, 1000])
    def test_boundaries_are_the_crossings_of_5_and_95_percent(self, rate_hz: float) -> None:
        (first,) = of(events(path(*repetitions(1), (15.0, 0.0), rate_hz=rate_hz, jitter=0.3)), RepetitionCompleted)
        found = (first.extension_start_s, first.hold_start_s, first.flexion_start_s, first.end_s)
        assert found == pytest.approx((3.2, 6.8, 9.15, 11.85), abs=0.015)

    @pytest.mark.parametrize(
        ("top", "extent"),
        [(1.0, "full"), (0.935, "full"), (0.915, "short"), (0.88, "partial"), (0.52, "partial"), (0.45, "attempt"), (0.27, "attempt")],
    )
    def test_its_extent_is_the_class_of_its_greatest_progress(self, top: float, extent: str) -> None:
        (only,) = of(events(path(*repetitions(1, top=top), (15.0, 0.0))), RepetitionCompleted)
        assert only.extent == extent

    def test_a_blip_takes_no_number_and_opens_no_set(self) -> None:
        assert events(path((0, 0), (3, 0), (4, 0.22), (5, 0), (15, 0))) == []

    def test_it_is_announced_back_dated_once_progress_passes_a_quarter(self) -> None:
        (started,) = of(events(path(*repetitions(1))), RepetitionStarted)
        assert started.at_s == pytest.approx(3.2, abs=0.01)
        assert started.known_s == pytest.approx(4.0 + 0.025, abs=0.015)

    def test_a_top_below_95_percent_is_a_turning_point_without_a_hold(self) -> None:
        (only,) = of(events(path((0, 0), (3, 0), (6, 0.75), (8.25, 0), (12, 0))), RepetitionCompleted)
        assert only.hold_s is None
        assert only.hold_start_s == only.flexion_start_s == pytest.approx(6.0, abs=0.06)
        # Like with like: the cue covers the same places in the same time.
        assert only.extension_s == pytest.approx(4.0, abs=0.08)
        assert only.flexion_s == pytest.approx(3.0, abs=0.08)

    def test_going_up_again_below_40_percent_closes_one_and_opens_the_next(self) -> None:
        first, second = of(
            events(path((0, 0), (3, 0), (7, 1), (9, 1), (11.25, 0.25), (14, 1), (16, 1), (19, 0), (22, 0))), RepetitionCompleted
        )
        assert first.flags == ["incomplete_return"]
        assert first.end_s == pytest.approx(11.25, abs=0.05)
        assert second.extension_start_s == pytest.approx(11.25, abs=0.05)
        assert second.extent == "full"

    def test_going_up_again_above_40_percent_is_the_same_repetition(self) -> None:
        told = events(path((0, 0), (3, 0), (7, 1), (8, 1), (9.5, 0.5), (11.5, 1), (12, 1), (15, 0), (18, 0)))
        (only,) = of(told, RepetitionCompleted)
        assert "hold_dip" in only.flags
        assert only.flexion_start_s == pytest.approx(12.15, abs=0.03)
        assert [p.phase for p in of(told, PhaseEntered)] == ["extension", "hold", "flexion", "extension", "hold", "flexion", "turn"]

    def test_up_again_without_reaching_the_top_the_flexion_began_at_the_last_fall_from_it(self) -> None:
        told = events(path((0, 0), (3, 0), (7, 1), (8, 1), (9.5, 0.5), (11.0, 0.8), (13.5, 0), (18, 0)))
        (only,) = of(told, RepetitionCompleted)
        assert only.flexion_start_s == pytest.approx(8.15, abs=0.02)

    def test_a_rise_near_the_flexed_end_that_becomes_no_attempt_is_still_the_same_return(self) -> None:
        told = events(path((0, 0), (3, 0), (7, 1), (9, 1), (11.8, 0.06), (12.5, 0.24), (13.2, 0), (16, 0)))
        (only,) = of(told, RepetitionCompleted)
        assert (only.extent, only.flags) == ("full", [])
        assert only.end_s == pytest.approx(13.05, abs=0.05)

    def test_what_went_up_while_samples_were_missing_was_up_at_the_first_one_after_them(self) -> None:
        samples = path((0, 0), (3, 0), (3.3, 1), (5.5, 1), (8.5, 0), (11, 0))
        keep = np.r_[0:301, 340 : len(samples.t_ns)]
        (only,) = of(events(Samples(samples.t_ns[keep], samples.angle_deg[keep], samples.torque_nm[keep])), RepetitionCompleted)
        assert only.extent == "full"
        assert only.hold_start_s == pytest.approx(3.4, abs=0.05)

    def test_phases_are_entered_in_their_order(self) -> None:
        told = of(events(path(*repetitions(2))), PhaseEntered)
        assert [(p.repetition, p.phase) for p in told] == [(n, p) for n in (1, 2) for p in ("extension", "hold", "flexion", "turn")]

    def test_an_unfinished_one_is_reported_before_the_set_ends_with_null_for_what_it_did_not_reach(self) -> None:
        told = events(path((0, 0), (3, 0), (6, 0.75)))
        assert kinds(told)[-2:] == ["repetition_completed", "set_ended"]
        (only,) = of(told, RepetitionCompleted)
        assert only.extension_start_s is not None
        assert (only.hold_start_s, only.flexion_start_s, only.end_s, only.extension_s, only.flexion_s) == (None,) * 5

    def test_torque_measures_are_taken_over_the_extension(self) -> None:
        (only,) = of(events(path(*repetitions(1), torque_nm=120.0)), RepetitionCompleted)
        assert only.peak_torque_nm == pytest.approx(120.0)
        assert only.mean_torque_nm == pytest.approx(120.0)
        assert only.work_j == pytest.approx(120.0 * np.deg2rad(0.9 * 54.0), rel=0.01)

    def test_without_torque_it_counts_and_says_so(self) -> None:
        samples = path(*repetitions(1))
        samples.torque_nm[:] = np.nan
        told = events(samples)
        (only,) = of(told, RepetitionCompleted)
        assert (only.peak_torque_nm, only.mean_torque_nm, only.work_j, only.flags) == (None, None, None, ["no_torque"])
        (ended,) = of(told, SetEnded)
        assert (ended.work_j, ended.time_under_tension_s) == (None, None)

    def test_range_is_from_the_flexed_to_the_extended_end(self) -> None:
        for only in of(events(path(*repetitions(3))), RepetitionCompleted):
            assert (only.flexed_deg, only.extended_deg, only.range_deg) == pytest.approx((60.0, 6.0, 54.0), abs=0.1)


class TestCadence:
    def test_a_fast_extension(self) -> None:
        told = of(events(path(*repetitions(1, extension_s=3.0))), CadenceDeviated)
        assert [(c.phase, c.direction) for c in told] == [("extension", "fast")]
        # 0.9 of the range in 2.7 s instead of 3.6 s.
        assert told[0].deviation_s == pytest.approx(-0.9, abs=0.01)

    def test_a_slow_phase_is_known_as_soon_as_it_is_certain(self) -> None:
        told = of(events(path(*repetitions(1, hold_s=4.0))), CadenceDeviated)
        assert [(c.phase, c.direction, c.deviation_s) for c in told] == [("hold", "slow", 0.5)]
        assert told[0].at_s == pytest.approx(6.8 + 2.35 + 0.5, abs=0.01)
        assert told[0].known_s == pytest.approx(told[0].at_s + 0.025, abs=0.015)

    def test_within_tolerance_nothing_is_said(self) -> None:
        assert of(events(path(*repetitions(3, extension_s=4.4, hold_s=1.7, flexion_s=3.3, turn_s=1.3))), CadenceDeviated) == []

    def test_each_phase_deviates_once_at_most(self) -> None:
        told = of(events(path(*repetitions(4, extension_s=6.0, hold_s=3.5, flexion_s=1.5, turn_s=3.0))), CadenceDeviated)
        assert max(len(list(group)) for _, group in itertools.groupby(sorted((c.repetition, c.phase) for c in told))) == 1

    def test_a_long_turn_is_slow_once_the_next_repetition_shows_that_it_was_a_turn(self) -> None:
        told = of(events(path(*repetitions(2, turn_s=3.0))), CadenceDeviated)
        assert [(c.repetition, c.phase, c.direction) for c in told] == [(2, "turn", "slow")]

    def test_under_follow_the_turn_is_never_judged(self) -> None:
        plan = msgspec.structs.replace(PLAN, pacing="follow")
        assert of(events(path(*repetitions(2, turn_s=4.0)), plan), CadenceDeviated) == []


class TestSet:
    def test_it_starts_with_the_first_back_dated_onset(self) -> None:
        told = events(path(*repetitions(1)))
        (started,) = of(told, SetStarted)
        assert (started.set, started.plan) == (1, PLAN)
        assert started.at_s == pytest.approx(3.2, abs=0.01)

    def test_the_target_ends_it_only_with_endpoint_repetitions(self) -> None:
        most = Repetitions(1, 2)
        samples = path(*repetitions(3))
        ended = of(events(samples, msgspec.structs.replace(PLAN, repetitions=most, endpoint="repetitions")), SetEnded)
        assert [(e.reason, e.full) for e in ended] == [("target_reached", 2), ("recording_ended", 1)]
        ended = of(events(samples, msgspec.structs.replace(PLAN, repetitions=most)), SetEnded)
        assert [(e.reason, e.full) for e in ended] == [("recording_ended", 3)]

    def test_a_minute_without_movement_ends_it(self) -> None:
        (ended,) = of(events(path(*repetitions(1), (100.0, 0.0))), SetEnded)
        assert ended.reason == "idle"
        assert ended.at_s == pytest.approx(12.0 + 60.0, abs=0.5)

    def test_unloading_for_forty_seconds_ends_it_where_the_load_is_known(self) -> None:
        samples = path(*repetitions(2), *((23.0 + k, 0.05 * (k % 2)) for k in range(1, 60)))
        samples = loaded(samples, (23.0, 100.0), (23.5, 5.0), ripple_nm=0.5)
        (ended,) = of(events(samples, msgspec.structs.replace(PLAN, load_nm=100.0)), SetEnded)
        assert ended.reason == "stopped"
        assert ended.at_s == pytest.approx(63.0, abs=0.5)

    def test_its_counts_are_those_of_its_repetitions(self) -> None:
        points = repetitions(2)
        at = points[-1][0]
        points += [
            (at + 3.7, 0.915),
            (at + 7, 0),
            (at + 8, 0),
            (at + 10.8, 0.7),
            (at + 13, 0),
            (at + 14, 0),
            (at + 15.5, 0.3),
            (at + 17, 0),
            (at + 20, 0),
        ]
        (ended,) = of(events(path(*points)), SetEnded)
        assert (ended.full, ended.short, ended.partial, ended.attempt) == (2, 1, 1, 1)

    def test_nothing_of_it_comes_after_its_end_and_the_next_begins_at_one(self) -> None:
        points = repetitions(1)
        points += [(80.0, 0.0), (84.0, 1.0), (86.0, 1.0), (89.0, 0.0), (92.0, 0.0)]
        told = events(path(*points))
        assert [e.set for e in told] == sorted(e.set or 0 for e in told)
        assert [(r.set, r.repetition) for r in of(told, RepetitionStarted)] == [(1, 1), (2, 1)]


class TestInputs:
    def test_a_start_begins_the_set_when_its_countdown_is_over(self) -> None:
        samples = path(*repetitions(2, lead_s=6.0))
        told = events(samples, inputs={200: Input(kind="start", origin_ns=int(samples.t_ns[500]))})
        (started,) = of(told, SetStarted)
        assert started.at_s == 5.0
        assert len(of(told, RepetitionCompleted)) == 2

    def test_movement_in_the_countdown_opens_no_set(self) -> None:
        samples = path((0, 0), (1, 0), (2, 0.5), (3, 0), (6, 0))
        told = events(samples, inputs={50: Input(kind="start", origin_ns=int(samples.t_ns[500]))})
        assert kinds(told) == ["set_started", "set_ended"]

    def test_a_set_that_is_started_and_never_moved_in_has_nothing_to_tell(self) -> None:
        """Without a plan nothing is known of it, not even a range."""
        told = events(path((0, 0), (6, 0)), None, inputs={50: Input(kind="start")})
        assert kinds(told) == ["set_started", "set_ended"]

    def test_the_cue_runs_from_the_end_of_the_countdown(self) -> None:
        samples = path(*repetitions(1, lead_s=6.0))
        session = Session(PLAN)
        session.feed(samples.t_ns[:200], samples.angle_deg[:200], samples.torque_nm[:200])
        assert session.cue_at(int(samples.t_ns[199])) is None
        session.apply(Input(kind="start", origin_ns=int(samples.t_ns[500])))
        assert session.cue.origin_ns == int(samples.t_ns[500])
        assert session.cue_at(int(samples.t_ns[200])) == 60.0
        assert session.cue_at(int(samples.t_ns[500]) + 2_000_000_000) == pytest.approx(33.0)

    def test_without_a_start_the_first_onset_is_its_origin(self) -> None:
        samples = path(*repetitions(1))
        session = Session(PLAN)
        session.feed(samples.t_ns[:500], samples.angle_deg[:500], samples.torque_nm[:500])
        assert session.cue.running
        assert session.cue.origin_ns == pytest.approx(int(samples.t_ns[320]), abs=10_000_000)

    def test_under_follow_it_waits_for_the_patient_at_each_turn(self) -> None:
        samples = path(*repetitions(2, turn_s=5.0))
        session = Session(msgspec.structs.replace(PLAN, pacing="follow"))
        before = after(samples, 16.0)
        session.feed(samples.t_ns[:before], samples.angle_deg[:before], samples.torque_nm[:before])
        assert session.cue_at(int(samples.t_ns[before])) == 60.0
        onset = after(samples, 18.2)
        session.feed(samples.t_ns[before:onset], samples.angle_deg[before:onset], samples.torque_nm[before:onset])
        assert session.cue.origin_ns == pytest.approx(int(samples.t_ns[0]) + 17_200_000_000, abs=10_000_000)

    @pytest.mark.parametrize(("reason", "expected"), [("stopped", "stopped"), ("pain", "pain"), (None, "stopped")])
    def test_a_stop_ends_the_set(self, reason: str | None, expected: str) -> None:
        told = events(path(*repetitions(2)), inputs={1500: Input(kind="stop", reason=reason)})
        assert of(told, SetEnded)[0].reason == expected

    @pytest.mark.parametrize(("button", "reason"), [("pain", "pain"), ("stop", "stopped")])
    def test_a_button_is_an_event_once_and_acts(self, button: str, reason: str) -> None:
        entry = Input(kind="button", button=button, press="p1")  # type: ignore[arg-type]  # the two literals above
        told = events(path(*repetitions(2)), inputs={900: entry, 950: entry})
        assert [(e.button, e.press) for e in of(told, ButtonPressed)] == [(button, "p1")]
        assert of(told, SetEnded)[0].reason == reason

    @pytest.mark.parametrize("lost", [False, True], ids=["pain", "signal lost"])
    def test_after_pain_or_a_lost_signal_movement_alone_starts_no_cue(self, lost: bool) -> None:
        """Contract 5, robustness H06: the way back leads through positioning and a new countdown."""
        samples = path(*repetitions(4))
        session = Session(PLAN)
        cut = after(samples, 15.0)
        feed(session, samples, 0, cut)
        assert session.cue.running
        if lost:
            samples.t_ns[cut:] += 40_000_000_000
        else:
            session.apply(Input(kind="stop", reason="pain"))
        told = feed(session, samples, cut, len(samples.t_ns))
        assert [started.set for started in of(told, SetStarted)] == [2]
        assert session.cue == CueState(origin_ns=None, running=False)
        session.apply(Input(kind="start", origin_ns=int(samples.t_ns[-1]) + 10_000_000))
        assert session.cue.running

    def test_a_new_set_has_no_repetition_of_the_one_before(self) -> None:
        samples = path(*repetitions(4))
        session = Session(PLAN)
        feed(session, samples, 0, after(samples, 15.0))
        assert len(session.repetitions) == 1
        session.apply(Input(kind="stop"))
        told: list[Event] = []
        for at in range(after(samples, 15.0), len(samples.t_ns)):
            told += feed(session, samples, at, at + 1)
            if of(told, SetStarted):
                break
        assert session.set == 2
        assert session.repetitions == []

    def test_a_pause_voids_the_repetition_and_stops_the_cue_until_resumed(self) -> None:
        samples = path(*repetitions(3))
        session = Session(PLAN)
        told: list[Event] = []
        for first, last, entry in (
            (0, 900, Input(kind="button", button="pause", press="p1")),
            (900, 950, Input(kind="pause")),
            (950, 1300, Input(kind="resume", origin_ns=int(samples.t_ns[1310]))),
            (1300, len(samples.t_ns), Input(kind="end")),
        ):
            told += session.feed(samples.t_ns[first:last], samples.angle_deg[first:last], samples.torque_nm[first:last])
            if entry.kind == "resume":
                assert not session.cue.running
                assert session.paused
            told += session.apply(entry)
        assert len(of(told, Paused)) == len(of(told, Resumed)) == 1
        assert ["void" in r.flags for r in of(told, RepetitionCompleted)] == [True, False, False]
        assert [s.set for s in of(told, SetStarted)] == [1]

    def test_a_pause_in_the_countdown_is_gone_on_with_by_another_countdown(self) -> None:
        samples = path((0, 0), (6, 0), *((t + 6.0, p) for t, p in repetitions(1)))
        inputs = {
            100: Input(kind="start", origin_ns=int(samples.t_ns[400])),
            200: Input(kind="pause"),
            300: Input(kind="resume", origin_ns=int(samples.t_ns[600])),
        }
        told = events(samples, inputs=inputs)
        assert [(e.set, e.at_s) for e in of(told, SetStarted)] == [(1, 6.0)]
        assert [(e.full, e.reason) for e in of(told, SetEnded)] == [(1, "recording_ended")]

    def test_what_moves_in_a_pause_is_void_and_ends_no_set(self) -> None:
        """Contract 4 and 5: what stopped the cue voids, and the way back is a countdown (decision 0295)."""
        plan = msgspec.structs.replace(PLAN, repetitions=Repetitions(1, 4), endpoint="repetitions")
        moved = [(14 + t, p) for t, p in ((0, 0.0), (1.5, 0.7), (3, 0), (3.5, 0), (5, 0.7), (6.5, 0), (7, 0), (8.5, 0.7), (10, 0))]
        samples = path(*repetitions(1), *moved, *((24 + t, p) for t, p in repetitions(1)))
        inputs = {1350: Input(kind="pause"), after(samples, 25.0): Input(kind="resume", origin_ns=int(samples.t_ns[2600]))}
        told = events(samples, plan, inputs=inputs)
        assert [r.flags for r in of(told, RepetitionCompleted)] == [[], ["void"], ["void"], ["void"], []]
        assert [c for c in of(told, CadenceDeviated) if c.repetition in (2, 3, 4)] == []
        assert [(e.reason, e.full, e.partial) for e in of(told, SetEnded)] == [("target_reached", 2, 3)]

    def test_what_moves_in_a_pause_before_any_set_is_void_too(self) -> None:
        """Decision 0295: movement opens the set as ever (contract 1), and what the screens call paused is not judged."""
        plan = msgspec.structs.replace(PLAN, repetitions=Repetitions(1, 3), endpoint="repetitions")
        samples = path(*repetitions(3))
        told = events(samples, plan, inputs={100: Input(kind="pause"), after(samples, 15.0): Input(kind="resume")})
        assert [r.flags for r in of(told, RepetitionCompleted)] == [["void"], ["void"], []]
        assert [(e.reason, e.full) for e in of(told, SetEnded)] == [("target_reached", 3)]
        idle = path(*repetitions(1), (90, 0))
        assert [(e.reason, e.full) for e in of(events(idle, plan, inputs={100: Input(kind="pause")}), SetEnded)] == [("recording_ended", 1)]

    def test_a_pause_in_the_countdown_is_no_time_to_begin_without_one(self) -> None:
        """Contract 1: a set starts with a start input or, without one, with movement (decision 0295)."""
        samples = path((0, 0), (4, 0), (7, 0.8), (10, 0), (14, 0), *((t + 14.0, p) for t, p in repetitions(1)))
        inputs = {
            100: Input(kind="start", origin_ns=int(samples.t_ns[400])),
            200: Input(kind="pause"),
            1100: Input(kind="resume", origin_ns=int(samples.t_ns[1400])),
        }
        told = events(samples, inputs=inputs)
        assert [(e.set, e.at_s) for e in of(told, SetStarted)] == [(1, 14.0)]
        assert [(e.full, e.partial, e.reason) for e in of(told, SetEnded)] == [(1, 0, "recording_ended")]
        assert events(samples, inputs={100: inputs[100], 200: inputs[200], 300: Input(kind="stop")})[-1].set == 1

    def test_a_start_after_positioning_begins_a_new_set(self) -> None:
        samples = path((0, 0), (1, 0), (2, 0.6), (3, 0), *((t + 4.0, p) for t, p in repetitions(1)))
        told = events(samples, inputs={400: Input(kind="start", origin_ns=int(samples.t_ns[600]))})
        assert [(e.reason, e.full, e.partial) for e in of(told, SetEnded)] == [("stopped", 0, 1), ("recording_ended", 1, 0)]

    def test_a_start_at_once_tells_the_new_set_after_the_end_of_the_one_before(self) -> None:
        """Contract 4: at one known_s `set_ended` stands last, so the set that follows is told with the next sample; its origin stays."""
        samples = path((0, 0), (1, 0), (2, 0.6), (3, 0), *((t + 4.0, p) for t, p in repetitions(1)))
        told = events(samples, inputs={400: Input(kind="start")})
        bounds = [e for e in told if isinstance(e, SetStarted | SetEnded)]
        assert [(type(e), e.set) for e in bounds] == [(SetStarted, 1), (SetEnded, 1), (SetStarted, 2), (SetEnded, 2)]
        assert bounds[1].at_s == bounds[2].at_s
        assert [(e.reason, e.full, e.partial) for e in of(told, SetEnded)] == [("stopped", 0, 1), ("recording_ended", 1, 0)]


class TestWithoutPlan:
    def test_the_range_is_the_first_movement_that_a_second_confirms(self) -> None:
        told = events(path(*repetitions(3)), None)
        completed = of(told, RepetitionCompleted)
        assert [r.repetition for r in completed] == [1, 2, 3]
        assert all("range_learnt" in r.flags for r in completed)
        first = of(told, RepetitionStarted)[0]
        assert first.at_s == pytest.approx(3.2, abs=0.1)
        assert first.known_s > 20.0

    def test_durations_are_measured_and_nothing_is_judged(self) -> None:
        told = events(path(*repetitions(3)), None)
        assert of(told, SetStarted)[0].plan is None
        assert of(told, CadenceDeviated) == []
        for repetition in of(told, RepetitionCompleted):
            assert repetition.extension_s == pytest.approx(3.6, abs=0.1)
            assert (repetition.rmse_deg, repetition.time_in_band) == (None, None)

    def test_one_movement_alone_is_not_counted(self) -> None:
        assert events(path(*repetitions(1)), None) == []

    def test_small_movements_are_not_counted(self) -> None:
        assert events(path(*repetitions(4, top=0.25)), None) == []

    def test_a_session_that_begins_later_says_the_same(self) -> None:
        samples = path(*repetitions(3, lead_s=20.0), noise_deg=0.05)
        first = after(samples, 16.0)
        later = Samples(samples.t_ns[first:], samples.angle_deg[first:], samples.torque_nm[first:])
        offset = 16.01

        def shifted(event: Event, by: float) -> dict[str, object]:
            fields = msgspec.to_builtins(event)
            times = ("at_s", "known_s", "extension_start_s", "hold_start_s", "flexion_start_s", "end_s")
            return {k: round(v + by, 6) if k in times and v is not None else v for k, v in fields.items()}

        assert [shifted(e, 0.0) for e in events(samples, None)] == [shifted(e, offset) for e in events(later, None)]


class TestFaults:
    def test_times_that_do_not_rise_are_a_clock_fault_and_dropped(self) -> None:
        samples = path(*repetitions(2))
        samples.t_ns[700:710] = samples.t_ns[699]
        samples.angle_deg[700:710] = -500.0
        told = events(samples)
        assert [(f.channel, f.fault) for f in of(told, SignalFaulted)] == [("time", "clock"), ("angle", "gap")]
        assert {(f.channel, f.fault) for f in of(told, SignalRestored)} == {("time", "clock"), ("angle", "gap")}
        assert [r.extent for r in of(told, RepetitionCompleted)] == ["full", "full"]

    @pytest.mark.parametrize(("missing", "fault"), [("samples", "gap"), ("readings", "dropout")])
    def test_a_gap_of_more_than_half_a_second_voids_the_repetition_and_freezes_the_cue(self, missing: str, fault: str) -> None:
        samples = path(*repetitions(2))
        if missing == "readings":
            samples.angle_deg[800:900] = np.nan
        else:
            keep = np.r_[0:800, 900 : len(samples.t_ns)]
            samples = Samples(samples.t_ns[keep], samples.angle_deg[keep], samples.torque_nm[keep])
        told = events(samples)
        assert [(f.channel, f.fault) for f in of(told, SignalFaulted)] == [("angle", fault)]
        assert [r.flags for r in of(told, RepetitionCompleted)] == [["gap", "void"], []]

    @pytest.mark.parametrize("size", [1, 7, 499])
    @pytest.mark.parametrize("turn", [-360.0, 360.0])
    @pytest.mark.parametrize("edge_deg", [15.0, 30.0, 45.0, 57.0])
    def test_a_set_that_begins_on_the_far_side_of_the_code_edge_is_counted(self, edge_deg: float, turn: float, size: int) -> None:
        """Decision 0285: of the first repetition only what follows the edge is seen in the plan's range."""
        samples = path(*repetitions(3), noise_deg=0.03)
        samples.angle_deg[samples.angle_deg > edge_deg] += turn
        told = events(samples, size=size)
        assert [(f.channel, f.fault) for f in of(told, SignalFaulted)] == [("angle", "wrapped")]
        *first, second, third = of(told, RepetitionCompleted)
        assert [r.flags for r in first] in ([], [["gap", "void"]])
        assert [(r.extent, r.flags) for r in (second, third)] == [("full", []), ("full", [])]
        assert [r.range_deg for r in (second, third)] == pytest.approx([54.0, 54.0], abs=0.5)

    def test_an_angle_is_shown_on_for_150_ms_without_a_reading(self) -> None:
        """robustness F22: for display only, and no longer: nothing old is shown as what is measured now."""
        samples = path(*repetitions(1))
        session = Session(PLAN)
        feed(session, samples, 0, 500)
        shown = session.angle_deg
        assert shown is not None
        samples.angle_deg[500:600] = np.nan
        feed(session, samples, 500, 515)
        assert (session.angle_deg, session.begun) == (shown, True)
        feed(session, samples, 515, 516)
        assert (session.angle_deg, session.speed_deg_s, session.begun) == (None, None, True)
        assert session.torque_nm is not None, "the torque goes on"
        feed(session, samples, 516, 601)
        assert session.angle_deg is not None

    def test_a_short_dropout_is_flagged_and_voids_nothing(self) -> None:
        samples = path(*repetitions(1))
        samples.angle_deg[800:830] = np.nan
        assert [r.flags for r in of(events(samples), RepetitionCompleted)] == [["gap"]]

    @pytest.mark.parametrize(("lost", "told"), [(2, []), (3, [("angle", "gap")])])
    def test_more_than_three_periods_without_a_sample_are_a_gap(self, lost: int, told: list[tuple[str, str]]) -> None:
        """detection.md 6: dropout."""
        samples = path(*repetitions(1))
        keep = np.r_[0:800, 800 + lost : len(samples.t_ns)]
        samples = Samples(samples.t_ns[keep], samples.angle_deg[keep], samples.torque_nm[keep])
        found = events(samples)
        assert [(f.channel, f.fault) for f in of(found, SignalFaulted)] == told
        assert [r.flags for r in of(found, RepetitionCompleted)] == [["gap"] if told else []]

    @pytest.mark.parametrize("missing", ["samples", "readings"])
    def test_a_signal_lost_for_long_ends_the_set(self, missing: str) -> None:
        samples = path(*repetitions(1), (60.0, 0.0))
        lost = slice(after(samples, 9.0), after(samples, 45.0))
        if missing == "readings":
            samples.angle_deg[lost] = np.nan
        else:
            keep = np.r_[0 : lost.start, lost.stop : len(samples.t_ns)]
            samples = Samples(samples.t_ns[keep], samples.angle_deg[keep], samples.torque_nm[keep])
        (ended,) = of(events(samples), SetEnded)
        assert ended.reason == "signal_lost"
        assert ended.at_s == pytest.approx(9.0, abs=0.02)

    def test_a_restarted_agent_is_a_clock_fault(self) -> None:
        samples = path(*repetitions(1))
        session = Session(PLAN)
        session.feed(samples.t_ns[:300], samples.angle_deg[:300], samples.torque_nm[:300])
        assert kinds(session.continue_boot()) == ["signal_faulted"]


class TestDeterminism:
    """contract 4: same samples and inputs in, same events out, bit for bit, however the samples were cut into batches."""

    @pytest.mark.no_cover
    @pytest.mark.parametrize("plan", [PLAN, None])
    def test_any_chunking_gives_equal_events(self, plan: Plan | None) -> None:
        samples = path(*repetitions(5, extension_s=3.1, hold_s=0.8), noise_deg=0.1, jitter=0.4)
        reference = [msgspec.json.encode(e) for e in events(samples, plan, size=1)]
        assert len(reference) > 20
        for size in (7, 25, 50, 499, 100_000):
            assert [msgspec.json.encode(e) for e in events(samples, plan, size=size)] == reference

    @example(turns=[(0.25, 0.875)], inputs={}, holes=[], planned=True)  # a fault of the angle just behind the onset
    @settings(max_examples=60, deadline=None)
    @given(
        turns=st.lists(st.tuples(st.floats(0.15, 4.0), st.floats(-0.1, 1.1)), min_size=1, max_size=14),
        inputs=st.dictionaries(
            st.integers(1, 1500),
            st.sampled_from(
                [*(Input(kind=k) for k in ("pause", "resume", "stop", "start")), Input(kind="button", button="pain", press="a")]
            ),
            max_size=4,
        ),
        holes=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 120)), max_size=3),
        planned=st.booleans(),
    )
    def test_whatever_happens_events_keep_their_order(
        self, turns: list[tuple[float, float]], inputs: dict[int, Input], holes: list[tuple[int, int]], planned: bool
    ) -> None:
        at = 0.0
        points = [(0.0, 0.0)]
        for length, place in turns:
            at += length
            points.append((at, place))
        samples = path(*points, rate_hz=50.0)
        for first, length in holes:
            samples.angle_deg[first : first + length] = np.nan
        inputs = {k: v for k, v in inputs.items() if k <= len(samples.t_ns)}
        plan = PLAN if planned else None
        told = events(samples, plan, size=25, inputs=inputs)
        assert [msgspec.json.encode(e) for e in told] == [msgspec.json.encode(e) for e in events(samples, plan, size=3, inputs=inputs)]
        assert [e.id for e in told] == list(range(1, len(told) + 1))
        assert [e.known_s for e in told] == sorted(e.known_s for e in told)
        assert all(e.at_s <= e.known_s + 1e-9 for e in told)
        ended: set[int | None] = set()
        for event in told:
            assert event.set is None or event.set not in ended
            if isinstance(event, SetEnded):
                ended.add(event.set)
            if isinstance(event, RepetitionCompleted):
                bounds = [event.extension_start_s, event.hold_start_s, event.flexion_start_s, event.end_s]
                known = [b for b in bounds if b is not None]
                assert known == sorted(known)
                assert bounds[: len(known)] == known
        sets = of(told, SetStarted)
        assert len(sets) == len(of(told, SetEnded))

    def test_at_one_time_known_events_stand_in_the_order_of_the_contract(self) -> None:
        told = events(path(*repetitions(4, extension_s=2.0, turn_s=3.0)))
        for _, group in itertools.groupby(told, key=lambda e: e.known_s):
            ranks = [ORDER.get(kind, 5) for kind in kinds(list(group))]
            assert ranks == sorted(ranks)


def test_what_screens_show() -> None:
    samples = path(*repetitions(2))
    session = Session(PLAN)
    assert (session.angle_deg, session.speed_deg_s, session.phase, session.repetition, session.set, session.still_s) == (None,) * 5 + (0.0,)
    n = after(samples, 8.0)
    session.feed(samples.t_ns[:n], samples.angle_deg[:n], samples.torque_nm[:n])
    assert (session.phase, session.repetition, session.set) == ("hold", 1, 1)
    assert session.angle_deg == pytest.approx(6.0, abs=0.01)
    assert session.torque_nm == pytest.approx(100.0)
    session.feed(samples.t_ns[n:], samples.angle_deg[n:], samples.torque_nm[n:])
    assert (session.phase, session.repetition) == ("turn", 2)
    assert len(session.repetitions) == 2
    assert session.last_event_id > 10
    assert session.first_ns == samples.t_ns[0]


def test_events_are_numbered_on_from_what_screens_have_heard_of() -> None:
    """contract 5; robustness F03 after F11: whoever goes on with fewer samples than were shown gives no id twice."""
    samples = path(*repetitions(2))
    session = Session(PLAN)
    session.number_on(19)
    n = after(samples, 8.0)
    first = feed(session, samples, 0, n)
    assert [event.id for event in first] == list(range(20, 20 + len(first)))
    session.number_on(3)
    assert feed(session, samples, n, len(samples.t_ns))[0].id == first[-1].id + 1


def test_a_range_too_small_to_matter_is_still_counted() -> None:
    plan = Plan(range=Range(20.0, 8.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0))
    assert [r.extent for r in of(events(path(*repetitions(2), flexion=20.0, extension=8.0), plan), RepetitionCompleted)] == ["full", "full"]


class TestLearning:
    """decision 0004."""

    def test_a_second_movement_of_another_size_becomes_the_first(self) -> None:
        points = [(0.0, 0.0), (3.0, 0.0), (6.0, 0.5), (9.0, 0.0), (10.0, 0.0)]
        points += [(t + 10.0, p) for t, p in repetitions(2, lead_s=1.0)[1:]]
        told = of(events(path(*points, (40.0, 0.0)), None), RepetitionCompleted)
        assert [r.extent for r in told] == ["full", "full"]
        assert told[0].extension_start_s == pytest.approx(11.2, abs=0.1)

    @pytest.mark.parametrize("place", [-1.0, -0.4, 0.5, 1.2])
    @pytest.mark.parametrize("rests", [True, False])
    def test_who_takes_his_place_first_is_counted_from_his_first_repetition_on(self, place: float, rests: bool) -> None:
        """Decision 0284: from the park position beyond the flexed end, or from an upright one, down to where the set begins."""
        came = [(0.0, place), (2.0, place), (4.0, 0.0), (7.0 if rests else 4.05, 0.0)]
        points = came + [(t + came[-1][0], p) for t, p in repetitions(4, lead_s=0.1)[1:]]
        told = of(events(path(*points, (points[-1][0] + 5.0, 0.0), noise_deg=0.02), None), RepetitionCompleted)
        assert [(r.extent, "incomplete_return" in r.flags) for r in told] == [("full", False)] * 4
        assert told[0].extension_start_s == pytest.approx(came[-1][0] + 0.3, abs=0.15)

    @pytest.mark.parametrize("returned", [0.3, 0.45, 0.6])
    def test_two_repetitions_lowered_by_half_refute_no_range(self, returned: float) -> None:
        """Decision 0284: they go as far as the first, which began farther down than they came back."""
        cycle = [(0.0, returned), (3.0, 1.0), (5.0, 1.0), (8.0, returned), (9.0, returned)]
        points = repetitions(1)
        points = [*points, (points[-1][0] + 3.0, 1.0), (points[-1][0] + 5.0, 1.0), (points[-1][0] + 8.0, returned)]
        for _ in range(2):
            points += [(points[-1][0] + t, p) for t, p in cycle[1:]]
        points += [
            (points[-1][0] + t, p) for t, p in [(3.0, 1.0), (5.0, 1.0), (8.0, 0.0), (9.0, 0.0), (12.0, 1.0), (15.0, 0.0), (20.0, 0.0)]
        ]
        told = of(events(path(*points), None), RepetitionCompleted)
        assert [r.extent for r in told] == ["full"] * len(told)
        assert told[0].extension_start_s == pytest.approx(3.2, abs=0.1)
        assert told[0].flexed_deg == pytest.approx(60.0, abs=1.0)

    @pytest.mark.parametrize("dip", [[(0.88, 0.5), (0.99, 0.5)], [(0.6, 0.4), (1.0, 1.0)]])
    def test_who_dips_in_the_hold_is_counted(self, dip: list[tuple[float, float]]) -> None:
        """Decision 0284: a lever that wavers comes back to where it began."""
        points = [(0.0, 0.0), (3.0, 0.0)]
        for _ in range(4):
            for place, seconds in [(1.0, 4.0), (1.0, 1.0), *dip, (0.0, 3.0), (0.0, 1.0)]:
                points.append((points[-1][0] + seconds, place))
        told = of(events(path(*points, (points[-1][0] + 5.0, 0.0)), None), RepetitionCompleted)
        assert [r.extent for r in told if r.extent == "full"] == ["full"] * 4

    def test_a_repetition_lowered_by_half_refutes_no_range(self) -> None:
        """Decision 0284: what is as large as the first confirms it, however far it comes back before the next."""
        points = [
            *repetitions(1),
            *((t + 13.0, p) for t, p in [(1.0, 0.0), (4.0, 1.0), (6.0, 1.0), (8.0, 0.4), (10.0, 0.4), (12.0, 1.0), (15.0, 0.0)]),
        ]
        told = of(events(path(*points, (40.0, 0.0)), None), RepetitionCompleted)
        assert [r.repetition for r in told] == [1, 2, 3]
        assert told[0].extension_start_s == pytest.approx(3.2, abs=0.1)

    def test_a_small_first_movement_is_forgotten_for_one_that_begins_beyond_the_flexed_end(self) -> None:
        """Decision 0284: the movement after it comes back by less than its return, as from a park position."""
        first = [(0.0, -1.0), (2.0, -1.0), (4.0, -0.5), (6.0, -1.0), (8.0, -1.0), (10.0, 0.0), (12.0, 0.0)]
        points = first + [(t + 12.0, p) for t, p in repetitions(3, lead_s=0.1)[1:]]
        told = of(events(path(*points, (points[-1][0] + 5.0, 0.0)), None), RepetitionCompleted)
        assert [r.extent for r in told][-3:] == ["full"] * 3

    def test_a_first_movement_that_never_comes_back_is_forgotten(self) -> None:
        points = [(0.0, 0.0), (3.0, 0.0), (7.0, 1.0), (75.0, 1.0), (78.0, 0.0)]
        points += [(t + 78.0, p) for t, p in repetitions(2)]
        told = of(events(path(*points, rate_hz=50.0), None), RepetitionStarted)
        assert len(told) == 2
        assert told[0].at_s == pytest.approx(81.2, abs=0.1)

    @pytest.mark.parametrize("size", [1, 7, 10_000])
    def test_what_was_counted_before_the_angle_lied_is_not_counted_again(self, size: int) -> None:
        """detection.md 6, contract 4: a learnt range stays; while the angle is another quantity nothing is counted."""
        samples = path(*repetitions(8), noise_deg=0.02)
        samples.angle_deg[after(samples, 36.5) : after(samples, 38.5)] *= -1.0
        session = Session(None)
        told = of([event for part in samples.cut(size) for event in feed(session, part, 0, len(part.t_ns))], RepetitionCompleted)
        begun = [r.extension_start_s for r in told if "void" not in r.flags]
        assert begun == pytest.approx([3.2, 13.2, 23.2, 43.2, 53.2, 63.2, 73.2], abs=0.15)

    @pytest.mark.parametrize("lies_s", [(8.0, 9.0), (14.0, 15.0)])
    def test_of_a_range_that_was_being_learnt_nothing_is_kept_over_an_angle_that_lied(self, lies_s: tuple[float, float]) -> None:
        """detection.md 6: what came before is of no range that anybody knows."""
        samples = path(*repetitions(5), noise_deg=0.02)
        samples.angle_deg[after(samples, lies_s[0]) : after(samples, lies_s[1])] *= -1.0
        told = of(events(samples, None), RepetitionCompleted)
        assert told[0].extension_start_s is not None
        assert told[0].extension_start_s > lies_s[1]
        assert [r.extent for r in told] == ["full"] * len(told)

    @pytest.mark.parametrize("pause_s", [20.0, 40.0, 44.0, 58.0])
    def test_a_pause_after_the_first_repetition_changes_nothing_of_it(self, pause_s: float) -> None:
        """contract 4: once the second one shows the range, the first is measured as if it had been known."""
        first = repetitions(1)
        points = first + [(t + first[-1][0] + pause_s, p) for t, p in repetitions(2)]
        told = of(events(path(*points), None), RepetitionCompleted)
        assert (told[0].flexed_deg, told[0].range_deg) == pytest.approx((60.0, 54.0), abs=0.2)

    @pytest.mark.parametrize(("flexion", "extension"), [(35.0, -30.0), (50.0, -28.0)])
    def test_a_zero_within_the_movement_is_no_wrong_sign(self, flexion: float, extension: float) -> None:
        """detection.md 6, contract 4: an inclinometer's zero may lie anywhere."""
        told = events(path(*repetitions(8), flexion=flexion, extension=extension, noise_deg=0.02), None)
        assert of(told, SignalFaulted) == []
        assert [r.extent for r in of(told, RepetitionCompleted)] == ["full"] * 8


class TestRun:
    def test_a_recording_is_analysed_as_it_was_live(self) -> None:
        samples = path(*repetitions(2, lead_s=6.0))
        start = Input(kind="start", origin_ns=int(samples.t_ns[500]))
        entries: list[Block | Input] = []
        for k, batch in enumerate(samples.cut(100)):
            entries.append(Block("b", 100 * k, batch.t_ns, batch.angle_deg, batch.torque_nm))
            if k == 1:
                entries.append(start)
        assert list(analyse(entries, PLAN)) == events(samples, inputs={200: start})
        assert list(analyse([*entries, Input(kind="end", reason="signal_lost")], PLAN))[-1] == msgspec.structs.replace(
            events(samples, inputs={200: start})[-1], reason="signal_lost"
        )

    def test_another_boot_is_a_clock_fault(self) -> None:
        samples = path(*repetitions(1))
        entries = [
            Block(boot, 0, batch.t_ns, batch.angle_deg, batch.torque_nm) for boot, batch in zip("ab", samples.cut(800), strict=False)
        ]
        assert [f.fault for f in of(list(analyse(entries, PLAN)), SignalFaulted)] == ["clock"]


class TestCorners:
    """Inputs and ends in unlikely places: each has its one meaning (contract 3, decision 0003)."""

    def test_a_start_without_plan_begins_at_once_with_what_the_window_holds(self) -> None:
        samples = path(*repetitions(3))
        told = events(samples, None, inputs={100: Input(kind="start", origin_ns=int(samples.t_ns[99]))})
        assert [s.at_s for s in of(told, SetStarted)] == [0.99]
        assert len(of(told, RepetitionCompleted)) == 3

    def test_a_start_before_the_first_sample_begins_with_it(self) -> None:
        for plan in (PLAN, None):
            session = Session(plan)
            assert session.apply(Input(kind="start")) == []
            samples = path(*repetitions(3))
            told = session.feed(samples.t_ns, samples.angle_deg, samples.torque_nm)
            assert len(of(told, RepetitionCompleted)) == 3
            assert [each.at_s for each in of(told, SetStarted)] == [0.0]
            assert session.cue.origin_ns == (samples.t_ns[0] if plan else None)

    def test_an_input_while_a_learnt_range_is_still_being_applied_comes_after_it(self) -> None:
        samples = path(*repetitions(2))
        (learnt,) = {e.known_s for e in of(events(samples, None), SetStarted)}
        told = events(samples, None, inputs={after(samples, learnt): Input(kind="pause")})
        assert kinds(told).index("paused") > kinds(told).index("repetition_completed")
        assert [r.repetition for r in of(told, RepetitionCompleted)] == [1, 2]

    def test_an_input_of_another_kind_changes_nothing(self) -> None:
        samples = path(*repetitions(1))
        assert events(samples, inputs={100: Input(kind="plan", plan=PLAN)}) == events(samples)

    def test_resume_without_pause_lays_the_cue_anew_and_outside_a_set_does_nothing(self) -> None:
        samples = path(*repetitions(1))
        assert events(samples, inputs={100: Input(kind="resume")}) == events(samples)
        told = events(samples, inputs={700: Input(kind="resume")})
        assert "resumed" not in kinds(told)

    def test_the_rise_after_an_incomplete_return_is_the_next_ones(self) -> None:
        """Contract 4: the extent is by the repetition's own greatest progress, and no more than an attempt below 0.50."""
        told = events(path((0, 0), (3, 0), (5, 0.45), (5.5, 0.38), (8, 1), (10, 1), (13, 0), (16, 0)))
        assert [r.extent for r in of(told, RepetitionCompleted)] == ["attempt", "full"]
        assert (of(told, SetEnded)[0].partial, of(told, SetEnded)[0].attempt) == (0, 1)

    def test_an_incomplete_return_can_be_the_last_of_the_target(self) -> None:
        plan = msgspec.structs.replace(PLAN, repetitions=Repetitions(1, 1), endpoint="repetitions")
        told = events(path((0, 0), (3, 0), (7, 1), (9, 1), (11.25, 0.25), (14, 1), (16, 1), (19, 0), (22, 0)), plan)
        assert of(told, SetEnded)[0].reason == "target_reached"

    def test_a_repetition_that_is_down_but_not_yet_confirmed_reaches_the_target_all_the_same(self) -> None:
        plan = msgspec.structs.replace(PLAN, repetitions=Repetitions(1, 1), endpoint="repetitions")
        told = events(path((0, 0), (3, 0), (7, 1), (9, 1), (12, 0.045), (12.1, 0.045)), plan)
        assert of(told, SetEnded)[-1].reason == "target_reached"

    def test_an_extension_that_was_cut_off_is_an_attempt(self) -> None:
        """Decision 0007."""
        told = events(path(*repetitions(1), (20, 0), (24, 0.92)))
        assert [r.extent for r in of(told, RepetitionCompleted)] == ["full", "attempt"]
        assert (of(told, SetEnded)[0].full, of(told, SetEnded)[0].short, of(told, SetEnded)[0].attempt) == (1, 0, 1)

    def test_an_end_before_any_sample_is_the_end_of_nothing(self) -> None:
        assert Session(PLAN).apply(Input(kind="end")) == []
        assert kinds(Session(PLAN).apply(Input(kind="pause"))) == ["paused"]
