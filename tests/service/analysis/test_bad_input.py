"""Issue, bad input: whatever a session is fed ends in a fault with channel and reason, never in a wrong count or an exception."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from service.analysis import Session
from tests.service.analysis.invariants import check
from tests.service.analysis.motion import Samples, events, of, path
from tests.service.analysis.test_findings import LOADED, bad
from wire.events import (
    Failure,
    RangeExceeded,
    RepetitionCompleted,
    RepetitionStarted,
    SetEnded,
    SetStarted,
    SignalFaulted,
    SignalRestored,
    Unable,
)
from wire.messages import Input
from wire.plan import Plan

FOOT_POUND = 1.355818
"""Nm (NIST SP 811)."""
NOTHING = slice(2000, 2100)
"""A second within the second repetition."""


def lost(samples: Samples, value: float) -> None:
    """A second without a reading of either channel."""
    samples.angle_deg[NOTHING] = value
    samples.torque_nm[NOTHING] = value


def torque_gone(samples: Samples) -> None:
    samples.torque_nm[2500:] = np.nan


def swapped(samples: Samples) -> None:
    samples.angle_deg, samples.torque_nm = samples.torque_nm, samples.angle_deg


def inverted(samples: Samples) -> None:
    samples.torque_nm *= -1.0


def in_foot_pounds(samples: Samples) -> None:
    samples.torque_nm /= np.float32(FOOT_POUND)


def in_radians(samples: Samples) -> None:
    samples.angle_deg *= np.float32(np.pi / 180.0)


def going_back(samples: Samples) -> None:
    samples.t_ns[3000:] -= 300_000_000


def standing_still(samples: Samples) -> None:
    samples.t_ns[3000:3010] = samples.t_ns[2999]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("plan", [LOADED, None], ids=["plan", "no plan"])
@pytest.mark.parametrize("wild_ns", [2**62, 2**63 - 1, -(2**62), -(2**63)])
def test_a_time_that_no_clock_has_is_dropped_and_what_follows_goes_on(plan: Plan | None, wild_ns: int) -> None:
    """robustness F14, contract 2: one flipped bit of a time holds nothing up; it is a `clock` fault."""
    session = Session(plan)
    angle, torque = np.full(300, 40.0, np.float32), np.full(300, 60.0, np.float32)
    t_ns = np.arange(1, 301, dtype=np.int64) * 10_000_000
    t_ns[100] = wild_ns
    told = session.feed(t_ns, angle, torque)
    assert [(each.channel, each.fault) for each in of(told, SignalFaulted)] == [("time", "clock")]
    assert [each.channel for each in of(told, SignalRestored)] == ["time"]
    assert session.last_ns == t_ns[-1]


@pytest.mark.parametrize(
    ("break_", "faults", "counted"),
    [
        (lambda s: lost(s, np.nan), {("angle", "dropout"), ("torque", "dropout")}, 6),
        (lambda s: lost(s, np.inf), {("angle", "dropout"), ("torque", "dropout")}, 6),
        (lambda s: lost(s, -np.inf), {("angle", "dropout"), ("torque", "dropout")}, 6),
        (going_back, {("time", "clock")}, 6),
        (standing_still, {("time", "clock"), ("angle", "gap")}, 6),
        (torque_gone, {("torque", "dropout")}, 6),
        (swapped, {("angle", "swapped")}, 0),
        (inverted, {("torque", "inverted")}, 6),
        (in_foot_pounds, {("torque", "scaled")}, 6),
        (in_radians, {("angle", "scaled")}, 0),
    ],
    ids=["NaN", "inf", "-inf", "times that go back", "times that stand", "torque lost", "swapped", "torque inverted", "ft-lb", "radians"],
)
def test_it_ends_in_these_faults_and_the_count_is_right_or_none(
    break_: Callable[[Samples], None], faults: set[tuple[str, str]], counted: int
) -> None:
    samples = bad("whole")
    break_(samples)
    told = events(samples, LOADED)
    check(told)
    assert {(each.channel, each.fault) for each in of(told, SignalFaulted)} == faults
    done = of(told, RepetitionCompleted)
    assert [each.extent for each in done] == ["full"] * counted
    assert [each.full for each in of(told, SetEnded)] == [counted] * bool(counted)
    assert not of(told, Failure)


@pytest.mark.parametrize("inputs", [["pause"], ["stop"], ["start"], ["stop", "start"], ["pause", "resume"]], ids="-".join)
def test_whatever_staff_press_an_angle_that_lies_is_not_followed(inputs: list[Literal["start", "pause", "resume", "stop"]]) -> None:
    """detection.md 6: nothing is counted while channels are swapped, in no later set either."""
    samples = bad("whole")
    swapped(samples)
    session = Session(LOADED)
    told = session.feed(samples.t_ns[:1500], samples.angle_deg[:1500], samples.torque_nm[:1500])
    assert [each.fault for each in of(told, SignalFaulted)] == ["swapped"]
    for kind in inputs:
        told += session.apply(Input(kind=kind))
    told += session.feed(samples.t_ns[1500:], samples.angle_deg[1500:], samples.torque_nm[1500:])
    told += session.apply(Input(kind="end"))
    check(told)
    assert not of(told, RepetitionStarted)
    assert len(of(told, SetStarted)) == inputs.count("start")


@pytest.mark.parametrize("kind", ["pause", "start"])
def test_an_angle_that_lied_is_followed_again_once_it_is_right(kind: Literal["pause", "start"]) -> None:
    """detection.md 6, contract 4: the fault ends, and so does the waiting, whatever was pressed meanwhile."""
    samples = bad("whole")
    samples.angle_deg[2000:2600] *= -1.0
    session = Session(LOADED)
    told = session.feed(samples.t_ns[:2100], samples.angle_deg[:2100], samples.torque_nm[:2100])
    told += session.apply(Input(kind=kind))
    told += session.feed(samples.t_ns[2100:], samples.angle_deg[2100:], samples.torque_nm[2100:])
    told += session.apply(Input(kind="end"))
    check(told)
    (restored,) = of(told, SignalRestored)
    later = [each.at_s for each in of(told, RepetitionStarted) if each.at_s > samples.t_ns[2000] * 1e-9]
    assert len(later) == 3
    assert min(later) > restored.at_s


def test_an_angle_that_is_right_again_in_a_countdown_opens_no_set_by_positioning() -> None:
    """contract 3 and 5: the set begins with the countdown's end, whatever moved before."""
    samples = bad("whole")
    samples.angle_deg[2000:3250] *= -1.0
    session = Session(LOADED)
    told = session.feed(samples.t_ns[:3200], samples.angle_deg[:3200], samples.torque_nm[:3200])
    told += session.apply(Input(kind="stop"))
    told += session.apply(Input(kind="start", origin_ns=int(samples.t_ns[3500])))
    before = len(told)
    told += session.feed(samples.t_ns[3200:], samples.angle_deg[3200:], samples.torque_nm[3200:])
    told += session.apply(Input(kind="end"))
    check(told)
    (started,) = of(told[before:], SetStarted)
    assert started.at_s == pytest.approx((samples.t_ns[3500] - samples.t_ns[0]) * 1e-9)


def test_of_no_torque_at_all_it_says_what_can_not_be_judged() -> None:
    """contract 4, `unable`: a machine without a torque sensor has no fault, it measures less."""
    samples = bad("whole")
    samples.torque_nm[:] = np.nan
    told = events(samples, LOADED)
    assert [each.reason for each in of(told, Unable)] == ["no_torque"]
    assert not of(told, SignalFaulted)
    assert [(each.extent, each.flags) for each in of(told, RepetitionCompleted)] == [("full", ["no_torque"])] * 6


def test_a_whole_batch_without_a_reading_and_an_empty_one_raise_nothing() -> None:
    """contract 2: NaN = no reading, valid, even a whole batch."""
    session = Session(LOADED)
    t_ns = np.arange(1, 11, dtype=np.int64) * 10_000_000
    nothing = np.full(10, np.nan, np.float32)
    told = session.feed(t_ns[:0], nothing[:0], nothing[:0]) + session.feed(t_ns, nothing, nothing)
    assert [(each.channel, each.fault) for each in of(told, SignalFaulted)] == [("angle", "dropout")]
    assert session.feed(t_ns[:0], nothing[:0], nothing[:0]) == []


def test_an_angle_without_readings_is_a_dropout_without_a_plan_too() -> None:
    """contract 4: it does not wait for movement that nobody can see; told once, and over with the first reading."""
    session = Session(None)
    t_ns = np.arange(0, 400, dtype=np.int64) * 10_000_000
    angle, torque = np.full(400, np.nan, np.float32), np.full(400, 60.0, np.float32)
    assert session.feed(t_ns[:40], angle[:40], torque[:40]) == []
    (gone,) = of(session.feed(t_ns[40:200], angle[40:200], torque[40:200]), SignalFaulted)
    assert (gone.channel, gone.fault, gone.set, gone.at_s, gone.known_s) == ("angle", "dropout", None, 0.0, 0.51)
    angle[:] = 40.0
    (back,) = session.feed(t_ns[200:240], angle[200:240], torque[200:240])
    assert isinstance(back, SignalRestored)
    angle[240:300] = np.nan
    (gone,) = of(session.feed(t_ns[240:300], angle[240:300], torque[240:300]), SignalFaulted)
    assert gone.at_s == 2.39
    session.apply(Input(kind="start"))
    (back,) = of(session.feed(t_ns[300:], angle[300:], torque[300:]), SignalRestored)
    assert (back.channel, back.fault) == ("angle", "dropout")


def test_a_unit_is_another_one_until_the_set_ends() -> None:
    samples = bad("whole")
    in_foot_pounds(samples)
    told = events(samples, LOADED)
    (ended,) = of(told, SetEnded)
    (restored,) = of(told, SignalRestored)
    assert (restored.channel, restored.fault, restored.set) == ("torque", "scaled", 1)
    assert (restored.id, restored.at_s) == (ended.id - 1, ended.at_s)


@pytest.mark.parametrize(
    ("place", "side", "expected"),
    [(-0.2, "flexion", [("caution", 61.0), ("stop", 62.0)]), (1.2, "extension", [("caution", 4.0), ("stop", 2.0)])],
)
def test_an_excursion_says_the_angle_that_it_had_reached_when_it_was_told(
    place: float, side: str, expected: list[tuple[str, float]]
) -> None:
    """contract 4, `range_exceeded`; detection 6: flexion sooner than extension. 5.4 deg/s, so that 50 ms of caution are 0.3 deg."""
    level = 0.0 if side == "flexion" else 1.0
    samples = path((0.0, 0.0), (3.0, 0.0), (10.0, level), (12.0, place), (14.0, level), (15.0, level))
    session = Session(LOADED)
    session.feed(samples.t_ns[:100], samples.angle_deg[:100], samples.torque_nm[:100])
    session.apply(Input(kind="start"))
    told = of(session.feed(samples.t_ns[100:], samples.angle_deg[100:], samples.torque_nm[100:]), RangeExceeded)
    assert [(each.side, each.level) for each in told] == [(side, level) for level, _ in expected]
    for each, (_, limit) in zip(told, expected, strict=True):
        assert each.angle_deg == pytest.approx(limit, abs=0.4)
        assert abs(each.angle_deg - 33.0) > abs(limit - 33.0)
        at = round(each.known_s * 100.0)
        assert each.angle_deg == pytest.approx(float(samples.angle_deg[at]), abs=0.06)
