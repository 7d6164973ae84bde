"""The score says what is true of made-up sets: numbers, classes, boundaries, findings, alarms, faults (detection 11)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.score import alarms, counting, findings, intervals, reserve, scoring, signals
from benchmarks.score.matching import match
from benchmarks.score.problem import Problem
from edge_agent.simulator.cases import Case
from edge_agent.simulator.truth import Attempt, Incident
from edge_agent.simulator.truth import Told as Sent
from wire.events import (
    AbruptStop,
    Event,
    Failure,
    FailureLikely,
    Halted,
    PhaseEntered,
    RangeExceeded,
    RepetitionCompleted,
    ReserveEstimated,
    SignalFaulted,
    SignalRestored,
)
from wire.plan import Plan, Range, Tempo

PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0))
RATE_HZ = 100.0
CYCLE_S = 10.0


def attempt(number: int, reached: float = 1.0, **changes: Any) -> Attempt:
    """Attempt `number` of a set at 10 s each, from 1 s on."""
    begin = CYCLE_S * (number - 1) + 1.0
    made = Attempt(number, begin, "completed", reached, begin + 0.2, begin + 3.8, begin + 6.2, begin + 8.8)
    made.onset_s, made.hold_onset_s, made.flexion_onset_s, made.bottom_s = begin, begin + 4.0, begin + 6.0, begin + 9.0
    return replace(made, **changes)


def failing(number: int, reached: float = 0.6) -> Attempt:
    begin = CYCLE_S * (number - 1) + 1.0
    return attempt(
        number,
        reached,
        outcome="failed",
        failure="stall",
        hold_start_s=None,
        flexion_start_s=None,
        stalled_s=begin + 3.0,
        turned_s=begin + 5.0,
    )


def made(*attempts: Attempt, incidents: tuple[Incident, ...] = (), **changes: Any) -> Case:
    """A case of these attempts, its patient sitting still at the bottom."""
    n = round((CYCLE_S * len(attempts) + 5.0) * RATE_HZ)
    whole = Case(
        tier="varied",
        seed=1,
        rate_hz=RATE_HZ,
        plan=PLAN,
        prescribed=PLAN,
        range_deg=54.0,
        load_share=0.55,
        load_nm=120.0,
        t_ns=np.arange(n, dtype=np.int64) * 10_000_000,
        angle_deg=np.full(n, 59.0, np.float32),
        torque_nm=np.full(n, 100.0, np.float32),
        attempts=attempts,
        incidents=incidents,
        told=(),
        past=(),
        failed_after=None,
    )
    return replace(whole, **changes)


class Told:
    """Events in order, each with the next id."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def say(self, kind: type[Event], at_s: float, known_s: float | None = None, **fields: Any) -> "Told":
        common: dict[str, Any] = {"id": len(self.events) + 1, "set": 1, "at_s": at_s, "known_s": at_s if known_s is None else known_s}
        self.events.append(kind(**common, **fields))
        return self

    def repetition(self, number: int, extent: str = "full", begin_s: float | None = None, late_s: float = 0.0, **changes: Any) -> "Told":
        """As `attempt(number)` truly went, `late_s` off."""
        begin = (CYCLE_S * (number - 1) + 1.0 if begin_s is None else begin_s) + late_s
        fields: dict[str, Any] = dict.fromkeys(RepetitionCompleted.__struct_fields__)
        for name in Event.__struct_fields__:
            fields.pop(name)
        fields |= {"repetition": number, "extent": extent, "extension_start_s": begin + 0.2, "hold_start_s": begin + 3.8}
        fields |= {"flexion_start_s": begin + 6.2, "end_s": begin + 8.8, "flags": []}
        self.say(PhaseEntered, begin + 0.2, repetition=number, phase="extension")
        return self.say(RepetitionCompleted, begin + 8.8, begin + 9.0, **(fields | changes))

    def failure(self, repetition: int, at_s: float, known_s: float) -> "Told":
        return self.say(Failure, at_s, known_s, repetition=repetition, angle_deg=30.0, reason="stall", confidence=0.9, evidence=[])


def scored(case: Case, told: Told) -> scoring.Score:
    return scoring.score(case, told.events)


def kinds(score: scoring.Score) -> list[str]:
    return [problem.kind for problem in score.problems]


class TestIntervals:
    def test_wilson_as_tabulated(self) -> None:
        # 81 of 263, the example of Newcombe 1998, Stat Med 17:857, table I.
        figure = intervals.share(81, 263)
        assert figure.low == pytest.approx(0.2553, abs=5e-5)
        assert figure.high == pytest.approx(0.3662, abs=5e-5)

    def test_nothing_wrong_is_no_proof_that_nothing_ever_is(self) -> None:
        figure = intervals.share(2000, 2000)
        assert (figure.value, figure.high) == (1.0, 1.0)
        assert figure.low == pytest.approx(0.99808, abs=5e-6)

    def test_a_poisson_rate_as_tabulated(self) -> None:
        # 10 events: 4.795 to 18.390 (Garwood 1936).
        figure = intervals.rate(10, 2.0)
        assert (figure.value, figure.low, figure.high) == pytest.approx((5.0, 4.795 / 2, 18.390 / 2), abs=1e-3)

    def test_a_percentile_is_a_value_that_occurred_between_two_others(self) -> None:
        figure = intervals.percentile([float(k) for k in range(1000)], 95)
        assert figure.value == 950.0
        assert 930.0 < figure.low < 950.0 < figure.high < 970.0

    def test_f1_counts_missed_and_invented_ones(self) -> None:
        table = np.zeros((1, 3, 3), np.int64)
        table[0, 0] = [8, 1, 1]  # of ten: eight found, one taken for the other class, one missed
        table[0, 2, 0] = 1  # one invented
        assert intervals.f1_by_class(table[0])[0] == pytest.approx(2 * 8 / (10 + 9))

    def test_nothing_to_take_from_is_no_figure(self) -> None:
        for figure in (intervals.share(0, 0), intervals.rate(0, 0.0), intervals.percentile([], 50), intervals.mean([])):
            assert figure.of == 0


class TestCounting:
    def test_what_is_reported_as_it_was_is_exact(self) -> None:
        score = scored(made(attempt(1), attempt(2)), Told().repetition(1).repetition(2))
        assert score.counting.exact
        assert score.counting.strict
        assert not score.problems

    def test_a_missed_repetition_is_a_silent_error_and_is_named(self) -> None:
        score = scored(made(attempt(1), attempt(2)), Told().repetition(1))
        assert score.counting.silent
        assert set(kinds(score)) == {"missed", "silent"}

    def test_a_fault_makes_a_wrong_number_a_flagged_one(self) -> None:
        told = Told().repetition(1).say(SignalFaulted, 12.0, channel="angle", fault="gap")
        assert not scored(made(attempt(1), attempt(2)), told).counting.silent

    def test_an_invented_repetition_is_extra(self) -> None:
        score = scored(made(attempt(1)), Told().repetition(1).repetition(2))
        assert set(kinds(score)) == {"extra", "silent"}

    @pytest.mark.parametrize(("extent", "exact", "strict"), [("full", True, False), ("short", True, True), ("partial", False, True)])
    def test_on_the_border_either_class_is_right_but_no_other(self, extent: str, exact: bool, strict: bool) -> None:
        case = made(attempt(1, 0.925, hold_start_s=None, flexion_start_s=None))
        problems: list[Problem] = []
        told = Told().repetition(1, extent)
        found = counting.score(told.events, match(case, told.events), problems)
        assert found.strict == strict
        assert (not problems) == exact

    def test_up_again_above_two_fifths_is_the_same_repetition(self) -> None:
        first = attempt(1, 0.8, hold_start_s=None, flexion_start_s=None, end_s=None, turned_s=4.0, bottom_s=None)
        second = attempt(
            2, 1.0, begun_s=5.0, extension_start_s=1.2, onset_s=5.0, hold_start_s=6.0, flexion_start_s=7.0, end_s=9.8, bottom_s=9.9
        )
        case = made(first, second)
        place = np.interp(np.arange(len(case.t_ns)) / RATE_HZ, [0.0, 1.0, 4.0, 5.0, 6.0, 7.0, 10.0], [0.0, 0.0, 0.8, 0.5, 1.0, 1.0, 0.0])
        score = scored(replace(case, angle_deg=(60.0 - 54.0 * place).astype(np.float32)), Told().repetition(1))
        assert (score.counting.full, score.counting.count) == (1, 1)
        assert score.counting.exact

    def test_what_comes_after_the_pain_button_is_no_longer_of_the_set(self) -> None:
        case = replace(made(attempt(1, 0.8, turned_s=5.0)), told=(Sent(4.0, "pain"),))
        place = np.interp(np.arange(len(case.t_ns)) / RATE_HZ, [0.0, 1.0, 4.0, 6.0, 10.0], [0.0, 0.0, 0.3, 0.8, 0.0])
        case = replace(case, angle_deg=(60.0 - 54.0 * place).astype(np.float32))
        assert match(case, []).truths[0].extent == "attempt"

    def test_at_the_border_of_a_restart_either_reading_is_right(self) -> None:
        first = attempt(1, 0.8, hold_start_s=None, flexion_start_s=None, end_s=None, turned_s=4.0, bottom_s=None)
        second = attempt(
            2, 1.0, begun_s=5.0, extension_start_s=1.2, onset_s=5.0, hold_start_s=6.0, flexion_start_s=7.0, end_s=9.8, bottom_s=9.9
        )
        case = made(first, second)
        place = np.interp(np.arange(len(case.t_ns)) / RATE_HZ, [0.0, 1.0, 4.0, 5.0, 6.0, 7.0, 10.0], [0.0, 0.0, 0.8, 0.4, 1.0, 1.0, 0.0])
        case = replace(case, angle_deg=(60.0 - 54.0 * place).astype(np.float32))
        assert scored(case, Told().repetition(1)).counting.exact_count
        two = Told().repetition(1, "partial", hold_start_s=None, flexion_start_s=4.0, end_s=5.0)
        two.repetition(2, begin_s=4.8, hold_start_s=6.0, flexion_start_s=7.0, end_s=9.8)
        assert scored(case, two).counting.exact_count
        assert not {"missed", "extra"} & set(kinds(scored(case, two)))


class TestBoundaries:
    def test_errors_are_reported_minus_true(self) -> None:
        score = scored(made(attempt(1)), Told().repetition(1, late_s=0.020))
        for errors in score.boundaries.geometric_ms.values():
            assert errors == pytest.approx([20.0])
        assert score.boundaries.duration_ms["extension"] == pytest.approx([0.0], abs=1e-6)
        assert score.boundaries.kinematic_ms["onset"] == pytest.approx([220.0])

    def test_one_that_hardly_arrives_is_left_out(self) -> None:
        score = scored(made(attempt(1, 0.951)), Told().repetition(1, hold_start_s=9.0))
        assert score.boundaries.bordering == 2
        assert not score.boundaries.geometric_ms["hold_start"]

    def test_a_turn_is_timed_between_two_repetitions(self) -> None:
        score = scored(made(attempt(1), attempt(2)), Told().repetition(1).repetition(2, late_s=0.030))
        assert score.boundaries.duration_ms["turn"] == pytest.approx([30.0])


class TestFindings:
    def test_a_failure_is_found_with_its_latency(self) -> None:
        told = Told().repetition(1).say(FailureLikely, 14.0, 15.5, repetition=2, confidence=0.5).failure(2, 16.0, 16.4)
        found = scored(made(attempt(1), failing(2)), told.repetition(2, "partial")).findings
        assert (found.failed, found.hits, found.claims, found.true_claims, found.likely_before) == (1, 1, 1, 1, 1)
        assert found.latency_s == pytest.approx([0.4])
        assert found.table == {("failure", "failure"): 1}

    def test_a_missed_one_is_named(self) -> None:
        score = scored(made(attempt(1), failing(2)), Told().repetition(1).repetition(2, "partial"))
        assert (score.findings.failed, score.findings.hits) == (1, 0)
        assert kinds(score) == ["missed_failure"]

    def test_a_second_claim_for_the_same_failure_is_false(self) -> None:
        told = Told().failure(1, 6.0, 6.4).failure(1, 6.0, 7.0).repetition(1, "partial")
        found = scored(made(failing(1)), told).findings
        assert (found.claims, found.true_claims) == (2, 1)

    def test_below_an_attempt_nothing_can_be_claimed(self) -> None:
        found = scored(made(failing(1, 0.1)), Told()).findings
        assert (found.failed, found.too_small) == (0, 1)

    def test_a_pause_that_is_called_failure_counts_against_it(self) -> None:
        case = made(attempt(1), incidents=(Incident("pause", 3.0, 5.0, 1),))
        found = scored(case, Told().failure(1, 4.0, 4.4).repetition(1)).findings
        assert (found.lookalikes["pause"], found.called_failure["pause"], found.named["pause"]) == (1, 1, 0)
        named = scored(case, Told().say(Halted, 3.0, 4.0, repetition=1).repetition(1)).findings
        assert (named.called_failure["pause"], named.named["pause"]) == (0, 1)

    def test_letting_go_is_found_by_the_abrupt_stop_and_by_nothing_else(self) -> None:
        case = made(attempt(1, 0.6, outcome="pain"), incidents=(Incident("pain", 4.0, 4.3, 1),))
        found = scored(case, Told().say(AbruptStop, 4.0, 4.25, repetition=1)).findings
        assert (found.abrupt, found.abrupt_hits, found.abrupt_claims, found.abrupt_true_claims) == (1, 1, 1, 1)
        assert found.abrupt_latency_s == pytest.approx([0.25])
        assert "missed_abrupt_stop" in kinds(scored(case, Told().failure(1, 4.0, 4.5)))


class TestAlarms:
    def test_alarms_of_healthy_people_are_false(self) -> None:
        score = scored(made(attempt(1)), Told().failure(1, 6.0, 6.4).repetition(1))
        assert score.alarms.healthy
        assert score.alarms.false_alarms == 1

    def test_who_fails_is_no_healthy_set(self) -> None:
        assert not scored(made(failing(1)), Told().failure(1, 6.0, 6.4)).alarms.healthy

    def test_an_excursion_wants_a_cue_and_excuses_it(self) -> None:
        case = made(attempt(1))
        angle = case.angle_deg.copy()
        angle[500:550] = 66.0
        beyond = replace(case, angle_deg=angle, incidents=(Incident("range_overrun", 4.99, 5.5, None, None, "flexion stop"),))
        told = Told().say(RangeExceeded, 5.0, 5.04, side="flexion", angle_deg=66.0, level="stop").repetition(1)
        found = alarms.score(beyond, told.events, match(beyond, told.events), [])
        assert (found.excursions, found.cued, found.false_cues) == (1, 1, 0)
        assert found.latency_cued_s == pytest.approx([0.04], abs=0.02)
        problems: list[Problem] = []
        alarms.score(beyond, [], match(beyond, []), problems)
        assert "missed_cue" in [problem.kind for problem in problems]

    @pytest.mark.parametrize(("between", "excursions"), [(61.0, 1), (60.2, 2)])
    def test_an_excursion_goes_on_until_it_is_back_at_the_limit(self, between: float, excursions: int) -> None:
        """Decision 0103: what was told once is not told again before."""
        case = made(attempt(1))
        angle = case.angle_deg.copy()
        angle[500:600] = 66.0
        angle[535:565] = between
        beyond = replace(case, angle_deg=angle, incidents=(Incident("range_overrun", 4.99, 6.0, None, None, "flexion stop"),))
        told = Told().say(RangeExceeded, 5.0, 5.04, side="flexion", angle_deg=66.0, level="stop").repetition(1)
        found = alarms.score(beyond, told.events, match(beyond, told.events), [])
        assert (found.excursions, found.cued, found.false_cues) == (excursions, 1, 0)

    def test_what_only_the_sensor_saw_excuses_a_cue_and_wants_none(self) -> None:
        case = made(attempt(1))
        angle = case.angle_deg.copy()
        angle[500:550] = 66.0
        problems: list[Problem] = []
        told = Told().say(RangeExceeded, 5.0, 5.04, side="flexion", angle_deg=66.0, level="stop")
        case = replace(case, angle_deg=angle)
        for events in ([], told.events):
            found = alarms.score(case, events, match(case, events), problems)
            assert (found.excursions, found.false_cues) == (0, 0)
        assert not problems

    def test_a_cue_within_the_range_is_false(self) -> None:
        told = Told().say(RangeExceeded, 5.0, side="flexion", angle_deg=66.0, level="stop").repetition(1)
        assert scored(made(attempt(1)), told).alarms.false_cues == 1


class TestSignals:
    def test_a_fault_is_found_by_its_name_and_channel(self) -> None:
        case = made(attempt(1), incidents=(Incident("fault:stuck", 3.0, 6.0, None, "angle"),))
        told = Told().say(SignalFaulted, 3.0, 4.1, channel="angle", fault="stuck")
        found = signals.score(case, told.events, [])
        assert (found.injected["stuck"], found.found["stuck"], found.false.total()) == (1, 1, 0)
        assert found.latency_s["stuck"] == pytest.approx([1.1])

    def test_another_channel_is_a_miss_but_no_false_alarm(self) -> None:
        case = made(attempt(1), incidents=(Incident("fault:stuck", 3.0, 6.0, None, "angle"),))
        found = signals.score(case, Told().say(SignalFaulted, 3.0, 4.1, channel="torque", fault="stuck").events, [])
        assert (found.found["stuck"], found.false.total()) == (0, 0)

    def test_one_out_of_nothing_is_false(self) -> None:
        found = signals.score(made(attempt(1)), Told().say(SignalFaulted, 3.0, channel="angle", fault="spike").events, [])
        assert found.false == {"spike": 1}

    def test_a_second_one_while_the_first_is_told_is_told(self) -> None:
        """Contract 4: a fault lasts from `signal_faulted` to `signal_restored` (decision 0190)."""
        case = made(attempt(1), incidents=tuple(Incident("fault:spike", s, s + 0.01, None, "angle") for s in (3.0, 3.4, 9.0)))
        told = Told().say(SignalFaulted, 3.0, 3.03, channel="angle", fault="spike")
        told.say(SignalRestored, 3.4, 3.9, channel="angle", fault="spike")
        found = signals.score(case, told.events, [])
        assert (found.injected["spike"], found.found["spike"]) == (3, 2)

    def test_what_never_arrived_was_not_there(self) -> None:
        """Decision 0190: a spike among lost readings is nobody's to see."""
        case = made(attempt(1), incidents=(Incident("fault:spike", 3.0, 3.01, None, "angle"),))
        case.angle_deg[290:310] = np.nan
        assert signals.score(case, [], []).injected["spike"] == 0

    def test_of_exchanged_columns_each_has_the_faults_of_the_other(self) -> None:
        """Decision 0190: the cables are exchanged after the sensor, so a stuck torque is a stuck angle's column."""
        incidents = (Incident("fault:swapped", 0.0, 15.0, None, "angle"), Incident("fault:stuck", 3.0, 6.0, None, "torque"))
        told = Told().say(SignalFaulted, 3.0, 4.1, channel="angle", fault="stuck")
        found = signals.score(made(attempt(1), incidents=incidents), told.events, [])
        assert (found.found["stuck"], found.found["swapped"]) == (1, 0)

    def test_samples_lost_by_chance_are_counted_apart(self) -> None:
        case = made(attempt(1), incidents=(Incident("fault:gap", 3.0, 3.05, None, "time", "loss"),))
        problems: list[Problem] = []
        found = signals.score(case, [], problems)
        assert (found.injected["gap"], found.injected["loss"]) == (0, 1)
        assert not problems

    def test_a_lasting_fault_of_the_angle_makes_a_blind_set(self) -> None:
        case = made(attempt(1), incidents=(Incident("fault:inverted", 0.0, 15.0, None, "angle"),))
        told = Told().say(SignalFaulted, 2.0, channel="angle", fault="inverted")
        assert scored(case, told).kind == "blind"
        assert scored(case, told).counting.refused
        assert not scored(case, Told()).counting.refused


class TestReserve:
    def test_estimates_are_compared_at_shares_of_the_set(self) -> None:
        case = replace(made(*(attempt(k) for k in range(1, 11)), failing(11)), failed_after=10)
        told = Told()
        for number in range(1, 11):
            told.repetition(number)
            if number < 4:
                continue
            told.say(ReserveEstimated, CYCLE_S * number, repetition=number, repetitions_left=12.0 - number, low=0.0, high=4.0)
        found = reserve.score(case, told.events)
        assert [each.error if each else None for each in found.marks] == [None, 2.0, 2.0]
        assert [each.covered for each in found.estimates] == [False, False, True, True, True, True, True]

    def test_a_set_without_failure_says_nothing_of_it(self) -> None:
        told = Told().say(ReserveEstimated, 40.0, repetition=4, repetitions_left=5.0, low=1.0, high=9.0)
        assert not reserve.score(made(attempt(1)), told.events).estimates


def test_every_lookalike_of_the_design_is_scored() -> None:
    # detection 4.5: voluntary stop, voluntary partial, pain, pause, end stop, help, swing.
    assert {"voluntary_stop", "voluntary_partial", "pain", "pause", "end_pin", "assist", "heave"} <= set(findings.LOOKALIKES)
