"""detection 4.4, 11 (b): a drive sets the speed, the patient the torque; failure is torque that is lost."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from edge_agent.simulator.characters import Character
from edge_agent.simulator.conduct import PLAIN, Conduct
from edge_agent.simulator.drive import MIDDLE, Drive, Driven, DriveSettings
from edge_agent.simulator.motion import STEP_S, Motion, settled
from edge_agent.simulator.muscle import Muscle, MuscleSettings
from edge_agent.simulator.noise import Noise
from wire.plan import Range, Tempo

REACH, TEMPO, LOAD_NM = Range(60.0, 10.0), Tempo(4.0, 2.0, 3.0, 1.0), 100.0


def exercised(share: float, repetitions: int = 40, seed: int = 1, third: Conduct = PLAIN) -> tuple[Driven, Motion]:
    character = Character(load_share=share)
    drive = Drive(replace(DriveSettings(), overshoot=0.2), REACH)
    muscle = Muscle(MuscleSettings(ratio=1.8), LOAD_NM / share)
    body = Driven(character, drive, TEMPO, Random(seed), Noise([seed]), muscle, LOAD_NM)
    conducts = iter([PLAIN, PLAIN, third] + [PLAIN] * 60)
    left = iter(range(repetitions))
    motion = Motion()
    body.begin(0.0, 1.0, lambda: next(conducts) if next(left, None) is not None else None)
    motion.run(body, 600.0)
    settled(body.tracks, np.array(motion.lift_deg) / drive.range_deg)
    return body, motion


def test_the_drive_keeps_tempo_and_range_whatever_the_patient_does() -> None:
    body, _ = exercised(0.6)
    assert len(body.attempts) > 8
    for attempt in body.attempts:
        assert 0.97 < attempt.reached < 1.03
        assert attempt.extension_start_s is not None
        assert attempt.hold_start_s is not None
        assert attempt.hold_start_s - attempt.extension_start_s == pytest.approx(0.9 * 4.0, abs=0.45)


def test_the_speed_overshoots_by_what_its_loop_says() -> None:
    drive = Drive(DriveSettings(loop_per_s=20.0, overshoot=0.25, ramp_s=0.02), REACH)
    speeds = []
    for _ in range(100):
        drive.step(50.0, 10.0, STEP_S)
        speeds.append(drive.speed_deg_s)
    assert 1.05 < max(speeds) / 10.0 < 1.45
    assert speeds[-1] == pytest.approx(10.0, rel=0.03)


def test_a_fresh_patient_keeps_the_torque_above_the_load() -> None:
    body, motion = exercised(0.4, repetitions=4)
    assert [attempt.outcome for attempt in body.attempts] == ["completed"] * 4
    lift, torque = np.array(motion.lift_deg) / 50.0, np.array(motion.torque_nm)
    speed = np.array(motion.speed_deg_s)
    middle = (lift > MIDDLE[0]) & (lift < MIDDLE[1]) & (speed > 5.0)
    assert float(torque[middle].mean()) > LOAD_NM


@pytest.mark.parametrize("seed", range(3))
def test_failure_is_torque_lost_in_two_extensions_in_a_row(seed: int) -> None:
    body, motion = exercised(0.65, seed=seed)
    failed = [attempt for attempt in body.attempts if attempt.failed]
    assert 1 <= len(failed) <= 2
    assert all(attempt.failure == "torque_lost" and attempt.extent == "full" for attempt in failed)
    assert body.attempts[-len(failed) :] == failed  # and then it is over
    first = body.attempts.index(failed[0])
    lift, torque, speed = np.array(motion.lift_deg) / 50.0, np.array(motion.torque_nm), np.array(motion.speed_deg_s)
    for attempt in body.attempts[first - 1 : first + 1]:
        steps = slice(round(attempt.begun_s / STEP_S), round((attempt.turned_s or 0.0) / STEP_S))
        middle = (lift[steps] > MIDDLE[0]) & (lift[steps] < MIDDLE[1]) & (speed[steps] > 5.0)
        assert float(torque[steps][middle].mean()) < LOAD_NM


def test_letting_go_for_pain_stops_the_drive_and_ends_the_set() -> None:
    body, motion = exercised(0.4, repetitions=6, third=Conduct(deed="pain", at=0.5, seconds=0.2, share=0.1))
    assert [attempt.outcome for attempt in body.attempts] == ["completed", "completed", "pain"]
    (pain,) = body.incidents
    torque = np.array(motion.torque_nm)
    before, after = round(pain.start_s / STEP_S) - 10, round(pain.end_s / STEP_S) + 20
    assert float(torque[after]) < 0.4 * float(torque[before])
