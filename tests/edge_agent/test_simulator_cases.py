"""detection 11: cases in four tiers, deterministic, their truth from the generator's own state and in the samples' own time."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from edge_agent.simulator.cases import Case, case, cast
from edge_agent.simulator.people import Tier

TIERS: tuple[Tier, ...] = ("clean", "varied", "hostile", "null")
CLEAN = range(40)
VARIED = range(30)


@pytest.fixture(scope="module")
def clean(simulated: Callable[[str, int], Case]) -> list[Case]:
    return [simulated("clean", seed) for seed in CLEAN]


@pytest.fixture(scope="module")
def varied(simulated: Callable[[str, int], Case]) -> list[Case]:
    return [simulated("varied", seed) for seed in VARIED]


def seconds(subject: Case) -> np.ndarray:
    """Times of the samples, s from the first."""
    return np.asarray((subject.t_ns - subject.t_ns[0]) * 1e-9)


def progress(subject: Case) -> np.ndarray:
    """Smoothed over 40 ms, the same before and after."""
    width = max(1, round(0.04 * subject.rate_hz)) | 1
    angle = np.convolve(subject.angle_deg.astype(float), np.ones(width) / width, "same")
    return (subject.prescribed.range.flexion_deg - angle) / subject.range_deg


class TestDeterminism:
    @pytest.mark.parametrize("tier", TIERS)
    def test_the_same_seed_gives_the_same_session_to_the_bit(self, tier: Tier) -> None:
        one, two = case(tier, 11), case(tier, 11)
        for name in ("t_ns", "angle_deg", "torque_nm"):
            assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
        for name in ("plan", "attempts", "incidents", "told", "past", "failed_after"):
            assert getattr(one, name) == getattr(two, name)

    def test_another_seed_or_tier_gives_another_session(self) -> None:
        sessions = [case(tier, seed).angle_deg.tobytes() for tier in TIERS for seed in (1, 2)]
        assert len(set(sessions)) == len(sessions)


class TestShape:
    @pytest.mark.parametrize("tier", TIERS)
    def test_columns_are_equally_long_typed_and_at_the_stated_rate(self, tier: Tier) -> None:
        for seed in range(4):
            subject = case(tier, seed)
            assert subject.t_ns.dtype == np.int64
            assert subject.angle_deg.dtype == subject.torque_nm.dtype == np.float32
            assert len(subject.t_ns) == len(subject.angle_deg) == len(subject.torque_nm) > 1000
            assert float(np.median(np.diff(subject.t_ns))) == pytest.approx(1e9 / subject.rate_hz, rel=0.15)
            assert subject.rate_hz in {100.0, 250.0, 500.0, 1000.0}

    def test_clean_sessions_hold_no_event_and_no_fault(self, clean: list[Case]) -> None:
        # A limit may be broken by who drops what could not be lifted: that is true of him too.
        assert {incident.kind for subject in clean for incident in subject.incidents} <= {"over_speed"}

    def test_some_have_no_plan_some_no_torque_some_no_load(self) -> None:
        many = [cast("null", seed) for seed in range(150)]
        assert 0.01 < np.mean([each.plan is None for each in many]) < 0.12
        assert 0.01 < np.mean([not each.torque for each in many]) < 0.12
        assert 0.08 < np.mean([each.plan is not None and each.plan.load_nm is None for each in many]) < 0.35
        assert 0.04 < np.mean([each.play.prescribed.resistance == "motor" for each in many]) < 0.18

    def test_what_is_not_there_is_not_in_the_samples(self) -> None:
        without = next(seed for seed in range(150) if not cast("null", seed).torque)
        assert np.isnan(case("null", without).torque_nm).all()

    def test_nothing_in_null_is_an_attempt(self) -> None:
        for seed in range(20):
            subject = case("null", seed)
            assert subject.attempts == ()
            assert subject.failed_after is None


class TestTruth:
    def test_boundaries_are_where_an_independent_reading_of_clean_samples_finds_them(self, clean: list[Case]) -> None:
        errors_ms: list[float] = []
        for subject in clean:
            t_s, way = seconds(subject), progress(subject)
            for attempt in subject.attempts:
                for at_s, level, sign in (
                    (attempt.extension_start_s, 0.05, 1),
                    (attempt.hold_start_s, 0.95, 1),
                    (attempt.flexion_start_s, 0.95, -1),
                    (attempt.end_s, 0.05, -1),
                ):
                    if at_s is None:
                        continue
                    near = slice(*np.searchsorted(t_s, [at_s - 0.3, at_s + 0.3]))
                    over = sign * (way[near] - level)
                    crossed = np.flatnonzero((over[:-1] < 0) & (over[1:] >= 0))
                    assert crossed.size, (subject.seed, attempt)
                    found = t_s[near][crossed] + (t_s[near][crossed + 1] - t_s[near][crossed]) * over[crossed] / (
                        over[crossed] - over[crossed + 1]
                    )
                    errors_ms.append(float(np.abs(found - at_s).min()) * 1e3)
        assert len(errors_ms) > 500
        assert np.median(errors_ms) < 2.0
        assert np.percentile(errors_ms, 95) < 15.0

    def test_the_greatest_progress_is_that_of_the_samples(self, clean: list[Case]) -> None:
        for subject in clean:
            t_s, way = seconds(subject), progress(subject)
            for attempt, after in pairwise(subject.attempts):
                inside = way[(t_s > attempt.begun_s) & (t_s < after.begun_s)]
                assert float(inside.max()) == pytest.approx(attempt.reached, abs=0.35 / subject.range_deg)

    def test_boundaries_stand_in_order(self, varied: list[Case]) -> None:
        for subject in varied:
            for attempt in subject.attempts:
                geometric = [attempt.extension_start_s, attempt.hold_start_s, attempt.flexion_start_s, attempt.end_s]
                known = [at_s for at_s in geometric if at_s is not None]
                assert known == sorted(known)
                kinematic = [attempt.onset_s, attempt.hold_onset_s, attempt.flexion_onset_s, attempt.bottom_s]
                known = [at_s for at_s in kinematic if at_s is not None]
                assert known == sorted(known), (subject.seed, attempt)
                if attempt.onset_s is not None and attempt.extension_start_s is not None:
                    assert attempt.onset_s <= attempt.extension_start_s + 0.5  # who hovers at 5 % may cross it before moving

    def test_full_repetitions_have_all_four_geometric_boundaries_but_for_incomplete_returns(self, clean: list[Case]) -> None:
        for subject in clean:
            for attempt in subject.attempts:
                if attempt.reached > 0.96:
                    assert None not in (attempt.extension_start_s, attempt.hold_start_s, attempt.flexion_start_s, attempt.end_s)

    def test_numbers_run_on_and_sets_begin_with_a_start(self, varied: list[Case]) -> None:
        for subject in varied:
            assert [attempt.number for attempt in subject.attempts] == list(range(1, len(subject.attempts) + 1))
            sets = [attempt.set for attempt in subject.attempts]
            assert sets == sorted(sets)
            starts = sum(told.kind == "start" for told in subject.told)
            assert starts >= max(sets, default=1) - 1
            assert not (0 in sets and starts == 0)

    def test_times_lie_within_the_session(self, varied: list[Case]) -> None:
        for subject in varied:
            last_s = seconds(subject)[-1] + 0.2
            for incident in subject.incidents:
                assert 0.0 <= incident.start_s <= incident.end_s <= last_s, incident
            for told in subject.told:
                assert 0.0 <= told.at_s <= last_s


class TestFailure:
    def test_every_failed_attempt_says_how_and_stood_before_it_turned(self, clean: list[Case], varied: list[Case]) -> None:
        failed = [attempt for subject in clean + varied for attempt in subject.attempts if attempt.failed]
        assert len(failed) > 20
        for attempt in failed:
            assert attempt.failure is not None
            assert attempt.turned_s is not None
            if attempt.failure == "stall":
                assert attempt.reached < 0.90
            elif attempt.failure == "short_of_range":
                assert attempt.reached >= 0.90
            if attempt.failure != "torque_lost":
                assert attempt.stalled_s is not None
                assert attempt.stalled_s <= attempt.turned_s

    def test_a_stalled_patient_pushes_near_the_load(self, clean: list[Case]) -> None:
        """On a stack the torque of a stall is the load, more or less the friction: he tries."""
        seen = 0
        for subject in clean:
            t_s = seconds(subject)
            for attempt in subject.attempts:
                if attempt.failure != "stall" or np.isnan(subject.torque_nm).all():
                    continue
                assert attempt.stalled_s is not None
                assert attempt.turned_s is not None
                standing = (t_s > attempt.stalled_s) & (t_s < attempt.turned_s)
                if attempt.turned_s - attempt.stalled_s > 1.0:
                    seen += 1
                    assert 0.6 * subject.load_nm < float(np.median(subject.torque_nm[standing])) < 1.45 * subject.load_nm
        assert seen >= 3

    def test_failed_after_is_the_count_of_a_set_that_went_to_failure(self, clean: list[Case]) -> None:
        for subject in clean:
            index = next((i for i, attempt in enumerate(subject.attempts) if attempt.failed), None)
            if index is not None:
                full = sum(attempt.reached >= 0.93 for attempt in subject.attempts[: index + 1])
                assert subject.failed_after == full

    def test_a_set_that_stopped_at_its_target_had_some_left(self, clean: list[Case]) -> None:
        spare = [
            subject.failed_after - len(subject.attempts)
            for subject in clean
            if subject.failed_after is not None and not any(attempt.failed for attempt in subject.attempts)
        ]
        assert len(spare) > 3
        assert min(spare) >= 0

    def test_earlier_sets_are_those_of_the_same_person(self, clean: list[Case], varied: list[Case]) -> None:
        with_past = [subject for subject in clean + varied if subject.past and subject.failed_after is not None]
        assert len(with_past) > 8
        ratios = [np.mean([past.repetitions for past in subject.past]) / max(1, subject.failed_after or 1) for subject in with_past]
        assert 0.7 < float(np.median(ratios)) < 2.0
        for subject in with_past:
            tempo = subject.prescribed.tempo
            cycle_s = tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s
            for past in subject.past:
                assert past.cycle_s == cycle_s
                assert 0.6 < past.load_nm / subject.load_nm < 1.15

    @pytest.mark.slow
    def test_at_least_a_tenth_of_the_failures_come_near_the_top(self, simulated: Callable[[str, int], Case]) -> None:
        many = [simulated("clean", seed) for seed in range(100, 165)]
        failures = [[attempt for attempt in subject.attempts if attempt.failed and attempt.failure != "torque_lost"] for subject in many]
        reached = np.array([failed[0].reached for failed in failures if failed])
        assert len(reached) > 18
        assert 0.05 < np.mean(reached >= 0.90) < 0.5
        assert np.mean(reached < 0.25) < 0.1


class TestPlausible:
    def test_angles_speeds_and_torques_are_those_of_people(self, clean: list[Case], varied: list[Case]) -> None:
        for subject in clean + varied:
            reach = subject.prescribed.range
            assert 20.0 <= subject.range_deg <= 100.0
            assert 0.28 < subject.load_share < 0.82
            assert 15.0 < subject.load_nm < 320.0
            assert float(np.nanmin(subject.angle_deg)) > reach.extension_deg - 30.0
            assert float(np.nanmax(subject.angle_deg)) < reach.flexion_deg + 30.0
            if not np.isnan(subject.torque_nm).all():
                assert float(np.nanmax(subject.torque_nm)) < 3.5 * subject.load_nm + 30.0
                assert float(np.nanmin(subject.torque_nm)) > -0.5 * subject.load_nm - 30.0

    def test_the_torque_of_a_lift_is_the_load_with_friction_and_inertia(self, clean: list[Case]) -> None:
        for subject in clean:
            if np.isnan(subject.torque_nm).all() or subject.prescribed.resistance == "motor":
                continue
            t_s = seconds(subject)
            lifting = np.zeros(len(t_s), bool)
            for attempt in subject.attempts:
                if attempt.outcome == "completed" and attempt.extension_start_s and attempt.hold_start_s:
                    lifting |= (t_s > attempt.extension_start_s) & (t_s < attempt.hold_start_s)
            assert float(np.mean(subject.torque_nm[lifting])) == pytest.approx(subject.load_nm, rel=0.2, abs=8.0)

    def test_a_set_costs_less_than_a_second_of_the_processor(self) -> None:
        begun = time.process_time()
        for seed in range(4):
            case("varied", seed)
        assert time.process_time() - begun < 4.0
