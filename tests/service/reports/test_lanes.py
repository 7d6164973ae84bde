"""What stands beside the curves: phases as measured, the cue laid at each repetition, events by lane."""

import typing

import numpy as np
import pytest

from service.analysis.cue import Cue
from service.reports.account import Account, accounts
from service.reports.lanes import LANES, boundaries, marks, stretches, targets, window
from service.reports.palette import SYMBOLS
from service.reports.signals import signals
from tests.service.reports.stories import PLAN, Story, blocks
from wire.events import (
    AbruptStop,
    AnyEvent,
    ButtonPressed,
    CadenceDeviated,
    Event,
    Failure,
    FailureLikely,
    Paused,
    PhaseEntered,
    RangeExceeded,
    RepetitionCompleted,
    RepetitionStarted,
    ReserveEstimated,
    Resumed,
    SetEnded,
    SetStarted,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
)

FIELDS: dict[type[AnyEvent], dict[str, typing.Any]] = {
    CadenceDeviated: {"repetition": 1, "phase": "hold", "direction": "slow", "deviation_s": 0.5},
    RangeExceeded: {"side": "flexion", "angle_deg": 62.0, "level": "stop"},
    SpeedExceeded: {"speed_deg_s": 70.0, "level": "caution"},
    Struggle: {"repetition": 1, "reasons": ["lag_s"]},
    FailureLikely: {"repetition": 1, "confidence": 0.7},
    Failure: {"repetition": 1, "angle_deg": 23.0, "reason": "stall", "confidence": 0.9, "evidence": []},
    Unable: {"reason": "too_early"},
    SignalFaulted: {"channel": "angle", "fault": "gap"},
    ButtonPressed: {"button": "pain", "press": "p"},
    Paused: {},
}
WITHOUT_A_LANE = {SetStarted, RepetitionStarted, PhaseEntered, RepetitionCompleted, ReserveEstimated, SignalRestored, Resumed, SetEnded}


def one(events: list[Event]) -> Account:
    (account,) = accounts(events)
    return account


def test_phases_lie_between_the_measured_boundaries() -> None:
    found = stretches(one(Story().repetitions(2).end()))
    assert [(each.repetition, each.phase, round(each.from_s, 3), round(each.to_s, 3)) for each in found] == [
        (1, "extension", 5.0, 8.6), (1, "hold", 8.6, 11.0), (1, "flexion", 11.0, 13.8),
        (2, "turn", 13.8, 15.0), (2, "extension", 15.0, 18.6), (2, "hold", 18.6, 21.0), (2, "flexion", 21.0, 23.8),
    ]  # fmt: skip


def test_below_the_upper_boundary_the_extension_turns_into_the_flexion_without_a_hold() -> None:
    """contract 4: then `hold_s` is null, and the turning point stands for both boundaries."""
    story = Story().repetition("partial").repetition("partial", end_s=None)
    assert [each.phase for each in stretches(one(story.end()))] == ["extension", "flexion", "turn", "extension"]
    assert boundaries(story.done[0]) == [5.0, 11.0, 13.8]


def test_the_cue_is_laid_anew_at_each_repetition_until_the_next() -> None:
    """contract 3: `rmse_deg` and `time_in_band` are measured against it."""
    story = Story().repetition().repetition(extension_start_s=13.0).repetition(extension_start_s=None)
    first, second = targets(one(story.end()))
    assert (first.t_s[0], round(first.t_s[-1], 6)) == (5.0, 13.0)
    assert round(second.t_s[-1] - second.t_s[0], 6) == Cue(PLAN).cycle_s
    assert np.allclose(first.angle_deg, Cue(PLAN).cycle_deg(first.t_s - 5.0))


def test_without_a_plan_there_is_no_cue() -> None:
    assert list(targets(one(Story(plan=None).repetitions(2).end()))) == []


@pytest.mark.parametrize("kind", typing.get_args(AnyEvent))
def test_every_kind_of_event_has_a_lane_a_shape_and_words_or_is_shown_otherwise(kind: type[AnyEvent]) -> None:
    if kind in WITHOUT_A_LANE:
        assert marks(Story().end()) == []
        return
    events = Story().tell(kind, 9.0, **FIELDS.get(kind, {"repetition": 1})).events
    (mark,) = marks(events)
    assert mark.lane in LANES
    assert mark.words
    assert mark.symbol in SYMBOLS or mark.until_s is not None


def test_what_lasts_lasts_to_its_own_end_or_the_last_event() -> None:
    story = Story().tell(SignalFaulted, 6.0, channel="angle", fault="gap").tell(SignalFaulted, 7.0, channel="torque", fault="stuck")
    story.tell(SignalRestored, 8.0, channel="angle", fault="gap").tell(Paused, 10.0).tell(Resumed, 12.0).tell(Paused, 20.0)
    found = {(mark.label, mark.at_s): mark.until_s for mark in marks(story.tell(AbruptStop, 30.0, repetition=1).events)}
    assert found == {
        ("angle gap", 6.0): 8.0,
        ("torque stuck", 7.0): 30.3,
        ("paused", 10.0): 12.0,
        ("paused", 20.0): 30.3,
        ("abrupt stop", 30.0): None,
    }


def test_the_window_holds_the_set_with_a_little_room_and_never_leaves_the_samples() -> None:
    drawn = signals(blocks(60.0))
    assert window(one(Story().repetitions(2).end()), drawn) == pytest.approx((3.0, 27.0))
    assert window(one(Story(from_s=1.0).repetitions(9).end()), drawn) == pytest.approx((0.0, 59.99))
    assert window(None, drawn) == pytest.approx((0.0, 59.99))
    assert window(None, signals([])) == (0.0, 1.0)
    assert window(one(Story().end("idle")), drawn) == pytest.approx((3.0, 8.0))
