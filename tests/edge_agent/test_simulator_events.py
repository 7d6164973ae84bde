"""detection 11, events: each thing that can happen, made to happen: labelled, and physically what its name says."""

from dataclasses import replace

import numpy as np
import pytest

from edge_agent.simulator.characters import Character
from edge_agent.simulator.conduct import PLAIN, Conduct, Deed
from edge_agent.simulator.events import AROUND, BETWEEN, WITHIN, Script, conduct_of, draw_script
from edge_agent.simulator.machine import MachineSettings
from edge_agent.simulator.motion import STEP_S
from edge_agent.simulator.muscle import MuscleSettings
from edge_agent.simulator.people import Person, draw_person
from edge_agent.simulator.play import Play
from edge_agent.simulator.truth import Attempt, Incident
from wire.plan import Plan, Range, Repetitions, Tempo

REACH = Range(55.0, 7.0)
LOAD_NM = 120.0
EXTENSION_DEG_S = 48.0 / 4.0


def person(load_share: float = 0.45, endpoint: str = "repetitions", **machine: float) -> Person:
    settings = replace(MachineSettings(gap_deg=0.5, slack_deg=0.5, cam_hump=0.05), **machine)
    character = Character(load_share=load_share, muscle=MuscleSettings(ratio=1.8), machine=settings, again=0.0)
    plan = Plan(range=REACH, tempo=Tempo(4.0, 2.0, 3.0, 1.0), repetitions=Repetitions(4, 5), load_nm=LOAD_NM)
    plan = Plan(**{field: getattr(plan, field) for field in plan.__struct_fields__} | {"endpoint": endpoint})
    return Person(character, plan, REACH, LOAD_NM, None, 20)


def played(script: Script, who: Person | None = None, seed: int = 3) -> Play:
    play = Play(np.random.default_rng(seed), "clean", seed, who or person(), script)
    play.session()
    return play


def with_conduct(conduct: Conduct, seed: int = 3, who: Person | None = None) -> Play:
    """A set whose third repetition is this one."""
    script = Script()
    script.conducts[2] = conduct
    return played(script, who, seed)


def only(play: Play, kind: str) -> Incident:
    found = [incident for incident in play.incidents if incident.kind == kind]
    assert len(found) == 1, [incident.kind for incident in play.incidents]
    return found[0]


def attempt(play: Play, number: int) -> Attempt:
    return next(each for each in play.body.attempts if each.number == number)


def cut(play: Play, start_s: float, end_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True progress, speed and torque between two times."""
    steps = slice(round(start_s / STEP_S), max(round(start_s / STEP_S) + 2, round(end_s / STEP_S)))
    way = (REACH.flexion_deg - play.angle_deg) / 48.0
    return way[steps], np.array(play.motion.speed_deg_s)[steps], np.array(play.motion.torque_nm)[steps]


class TestPlain:
    def test_a_plain_set_has_no_incident_and_completes_all(self) -> None:
        play = played(Script())
        assert play.incidents == []
        assert [each.outcome for each in play.body.attempts] == ["completed"] * 5


class TestLookAlikes:
    def test_a_pause_stands_in_mid_range_with_the_load_and_goes_on(self) -> None:
        play = with_conduct(Conduct(deed="pause", at=0.5, seconds=3.0))
        pause = only(play, "pause")
        assert (pause.attempt, pause.detail) == (3, "extension")
        assert pause.end_s - pause.start_s == pytest.approx(3.0, abs=0.1)
        way, speed, torque = cut(play, pause.start_s + 0.6, pause.end_s)
        assert float(np.abs(speed).max()) < 0.25 * EXTENSION_DEG_S
        assert 0.45 < float(way.mean()) < 0.65
        assert 0.75 < float(np.median(torque)) / LOAD_NM < 1.25
        assert (attempt(play, 3).outcome, attempt(play, 3).extent) == ("completed", "full")

    def test_a_pause_on_the_way_down_is_one_too(self) -> None:
        pause = only(with_conduct(Conduct(deed="pause", at=0.5, seconds=2.0, flexing=True)), "pause")
        assert pause.detail == "flexion"

    def test_a_pause_that_is_lowered_is_no_failure(self) -> None:
        play = with_conduct(Conduct(deed="pause_lowered", at=0.6, seconds=2.0))
        assert only(play, "pause_lowered").attempt == 3
        assert (attempt(play, 3).outcome, attempt(play, 3).failed) == ("paused", False)
        assert 0.55 < attempt(play, 3).reached < 0.75
        assert attempt(play, 4).outcome == "completed"

    def test_a_voluntary_partial_turns_at_ordinary_speed(self) -> None:
        play = with_conduct(Conduct(deed="voluntary_partial", at=0.6))
        partial = attempt(play, 3)
        assert only(play, "voluntary_partial").attempt == 3
        assert partial.outcome == "partial"
        assert 0.55 < partial.reached < 0.68
        assert partial.turned_s is not None
        _, speed, _ = cut(play, partial.turned_s - 0.6, partial.turned_s + 0.6)
        assert float(np.mean(np.abs(speed) < 0.25 * EXTENSION_DEG_S)) < 0.8  # it does not stand

    @pytest.mark.parametrize(("at", "flexing"), [(0.5, False), (1.0, False), (0.6, True)])
    def test_letting_go_for_pain_takes_the_torque_away_at_once(self, at: float, flexing: bool) -> None:
        play = with_conduct(Conduct(deed="pain", at=at, seconds=0.2, share=0.2, flexing=flexing))
        pain = only(play, "pain")
        assert pain.attempt == 3
        _, _, before = cut(play, pain.start_s - 0.3, pain.start_s)
        _, speed, after = cut(play, pain.start_s + 0.15, pain.start_s + 0.4)
        assert float(after.min()) < 0.7 * float(before.mean())
        assert float(speed.min()) < -EXTENSION_DEG_S
        assert attempt(play, 3).outcome == "pain"
        assert len(play.body.attempts) == 3  # and that was that

    def test_the_pain_button_follows_in_some(self) -> None:
        presses = [
            sum(told.kind == "pain" for told in with_conduct(Conduct(deed="pain", at=0.5, seconds=0.2, share=0.2), seed).told)
            for seed in range(8)
        ]
        assert 0 < sum(presses) < 8

    def test_help_takes_a_part_of_the_load_off_the_sensor(self) -> None:
        play = with_conduct(Conduct(deed="assist", at=0.4, share=0.35))
        helped = only(play, "assist")
        assert attempt(play, 3).helped
        way, _, torque = cut(play, helped.start_s + 0.8, helped.start_s + 1.6)
        alone = next(each for each in play.body.attempts if each.number == 2)
        mine, _, before = cut(play, alone.begun_s, alone.begun_s + 4.0)
        needed = np.interp(way, mine, before)
        assert float(np.mean(torque / needed)) < 0.9

    def test_help_at_a_standstill_makes_no_failure_of_it(self) -> None:
        script = Script(conducts=[Conduct(deed="assist", rescue=True, at=1.0, share=0.35)] * 40, rescues=1)
        play = played(script, person(0.68, "failure"))
        helped = only(play, "assist")
        rescued = attempt(play, helped.attempt or 0)
        assert helped.detail == "rescue"
        assert (rescued.outcome, rescued.helped, rescued.failed) == ("completed", True, False)
        assert rescued.stalled_s is not None
        assert play.failed_after == sum(each.reached >= 0.93 for each in play.body.attempts) - 1

    def test_a_heave_throws_the_load_at_the_start(self) -> None:
        play = with_conduct(Conduct(deed="heave", seconds=0.35, share=0.6))
        heave = only(play, "heave")
        _, speed, torque = cut(play, heave.start_s, heave.end_s)
        assert float(torque.max()) > 1.25 * LOAD_NM
        assert float(speed.max()) > 1.8 * EXTENSION_DEG_S

    def test_a_bounce_comes_off_the_stop_without_a_dwell(self) -> None:
        play = with_conduct(Conduct(deed="bounce", flexion=0.7, share=0.5))
        bounce = only(play, "bounce")
        way, speed, torque = cut(play, bounce.start_s, bounce.end_s + 0.3)
        assert float(way.min()) < 0.02
        assert float(speed.min()) < 0 < float(speed.max())
        assert float(torque.max()) > 1.2 * LOAD_NM
        assert attempt(play, 4).outcome == "completed"

    def test_a_dip_in_the_hold_stays_one_repetition(self) -> None:
        play = with_conduct(Conduct(deed="hold_dip", share=0.1, seconds=1.4))
        dip = only(play, "hold_dip")
        way, _, _ = cut(play, dip.start_s, dip.end_s)
        assert 0.04 < attempt(play, 3).reached - float(way.min()) < 0.16
        assert len(play.body.attempts) == 5

    def test_a_pin_short_of_the_range_stops_the_lever_while_the_torque_stays_up(self) -> None:
        script = Script(around={"end_pin"})
        play = played(script, seed=5)
        pins = [incident for incident in play.incidents if incident.kind == "end_pin"]
        assert len(pins) == 5
        tops = [each.reached for each in play.body.attempts]
        assert max(tops) - min(tops) < 0.02
        assert max(tops) < 0.98
        assert not any(each.failed for each in play.body.attempts)


class TestCadence:
    @pytest.mark.parametrize(("deed", "factor"), [("early", 0.5), ("late", 1.8)])
    @pytest.mark.parametrize("phase", ["extension", "hold", "flexion"])
    def test_a_phase_out_of_time_is_labelled_by_its_name(self, deed: Deed, factor: float, phase: str) -> None:
        play = with_conduct(Conduct(deed=deed, detail=phase, **{phase: factor}))  # type: ignore[arg-type]
        assert only(play, deed).detail == phase
        third, second = attempt(play, 3), attempt(play, 2)
        ends = {
            "extension": ("extension_start_s", "hold_start_s"),
            "hold": ("hold_start_s", "flexion_start_s"),
            "flexion": ("flexion_start_s", "end_s"),
        }
        first, last = ends[phase]
        lasted = (getattr(third, last) - getattr(third, first)) / (getattr(second, last) - getattr(second, first))
        assert (lasted < 0.8) if deed == "early" else (lasted > 1.25)

    def test_a_late_start_waits_at_the_bottom(self) -> None:
        play = with_conduct(Conduct(deed="late", detail="turn", wait_s=3.0))
        assert only(play, "late").detail == "turn"
        assert attempt(play, 3).begun_s - attempt(play, 2).begun_s == pytest.approx(13.0, abs=0.6)

    def test_talking_keeps_the_load_at_the_bottom(self) -> None:
        play = with_conduct(Conduct(deed="talk", wait_s=8.0))
        talk = only(play, "talk")
        way, _, _ = cut(play, talk.start_s + 1.0, talk.end_s)
        assert talk.end_s - talk.start_s > 7.0
        assert float(way.max()) < 0.1


class TestRange:
    def test_a_turn_in_mid_range_begins_a_new_attempt_without_a_return(self) -> None:
        play = with_conduct(Conduct(deed="restart", at=0.75, share=0.45))
        restart = only(play, "restart")
        assert restart.detail == "midway"
        first, second = attempt(play, 3), attempt(play, 4)
        assert (first.outcome, first.end_s) == ("partial", None)
        assert (second.outcome, second.extension_start_s) == ("completed", None)

    def test_an_incomplete_return_has_no_end(self) -> None:
        play = with_conduct(Conduct(deed="incomplete_return", share=0.25))
        assert only(play, "incomplete_return").attempt == 3
        assert attempt(play, 3).end_s is None
        assert attempt(play, 4).extension_start_s is None

    def test_going_beyond_the_range_is_labelled_with_side_and_level(self) -> None:
        play = with_conduct(Conduct(deed="range_overrun", goal=1.14))
        overrun = only(play, "range_overrun")
        assert (overrun.attempt, overrun.detail) == (3, "extension stop")

    @pytest.mark.parametrize("phase", ["extension", "flexion"])
    def test_a_movement_too_fast_is_labelled(self, phase: str) -> None:
        play = with_conduct(Conduct(deed="over_speed", **{phase: 0.28}))  # type: ignore[arg-type]
        found = [incident for incident in play.incidents if incident.kind == "over_speed"]
        assert found
        assert all(phase in incident.detail and incident.attempt == 3 for incident in found)

    @pytest.mark.parametrize("seed", range(4))
    def test_under_a_wrong_plan_progress_is_the_plans(self, seed: int) -> None:
        play = played(Script(around={"wrong_plan"}), seed=seed)
        assert only(play, "wrong_plan")
        assert play.prescribed.range != REACH
        given = play.prescribed.range
        top = (given.flexion_deg - 7.0) / (given.flexion_deg - given.extension_deg)
        assert attempt(play, 2).reached == pytest.approx(top, abs=0.06)


class TestBetween:
    @pytest.mark.parametrize(("kind", "label"), [("break", "talk"), ("unload", "unload"), ("dismount", "dismount")])
    def test_between_two_repetitions_the_load_is_off(self, kind: str, label: str) -> None:
        play = played(Script(breaks={2: kind}))
        incident = only(play, label)
        _, _, torque = cut(play, incident.start_s + 0.5, incident.end_s - 0.5)
        assert float(np.abs(torque).mean()) < 0.2 * LOAD_NM
        assert attempt(play, 2).begun_s < incident.start_s < incident.end_s < attempt(play, 3).begun_s
        assert [each.set for each in play.body.attempts] == [1] * 5

    def test_a_shift_in_the_seat_moves_both_ends(self) -> None:
        play = played(Script(breaks={2: "reseat"}))
        assert only(play, "reseat")
        before, after = attempt(play, 2), attempt(play, 4)
        way = (REACH.flexion_deg - play.angle_deg) * 1.0
        tops = [float(way[round(each.begun_s / STEP_S) : round(each.begun_s / STEP_S) + 500].max()) for each in (before, after)]
        assert 0.5 < abs(tops[1] - tops[0]) < 7.0

    def test_a_new_start_after_a_long_rest_is_another_set(self) -> None:
        play = played(Script(breaks={2: "restart_set"}))
        assert only(play, "restart").detail == "set"
        assert [each.set for each in play.body.attempts] == [1, 1, 2, 2, 2]
        assert sum(told.kind == "start" for told in play.told) >= 1
        assert play.failed_after is None

    def test_warm_up_repetitions_are_light_and_outside_the_set(self) -> None:
        play = played(Script(around={"warm_up"}))
        warm_up = only(play, "warm_up")
        easy = [each for each in play.body.attempts if each.set == 0]
        assert 2 <= len(easy) <= 4
        _, _, light = cut(play, warm_up.start_s, warm_up.end_s)
        assert float(np.median(light)) < 0.65 * LOAD_NM
        assert any(told.kind == "start" and told.at_s > warm_up.end_s for told in play.told)

    def test_a_voluntary_stop_comes_after_a_whole_repetition(self) -> None:
        play = played(Script(stop_after=3), person(0.45, "failure"))
        stop = only(play, "voluntary_stop")
        assert (stop.attempt, attempt(play, 3).outcome, len(play.body.attempts)) == (3, "completed", 3)
        assert (play.failed_after or 0) > 3

    def test_positioning_comes_before_the_set(self) -> None:
        play = played(Script(around={"positioning"}))
        assert only(play, "positioning").end_s < attempt(play, 1).begun_s


class TestDrawing:
    def test_every_kind_of_event_is_drawn(self) -> None:
        seen: set[str] = set()
        who = draw_person(np.random.default_rng(7), "varied")
        for seed in range(400):
            script = draw_script(np.random.default_rng(seed), who, 3)
            seen |= {conduct.deed for conduct in script.conducts if conduct.deed}
            seen |= set(script.breaks.values()) | script.around
            seen |= {"voluntary_stop"} if script.stop_after else set()
        assert seen >= set(WITHIN) | set(BETWEEN) | set(AROUND)

    @pytest.mark.parametrize("kind", sorted(set(WITHIN)))
    def test_what_is_drawn_is_of_its_kind(self, kind: Deed) -> None:
        for seed in range(20):
            assert conduct_of(np.random.default_rng(seed), kind).deed == kind

    def test_no_events_leave_all_repetitions_plain(self) -> None:
        script = draw_script(np.random.default_rng(1), person(), 0)
        assert set(script.conducts) == {PLAIN}
