"""What was found beside the repetitions, in words and in order (issue 3, 6)."""

import typing

import pytest

from service.reports.account import accounts
from service.reports.findings import FAULTS, LOOK_ALIKES, Finding, faults, findings, findings_outside
from tests.service.reports.stories import PLAN, Story
from wire.events import (
    AbruptStop,
    AnyEvent,
    Assisted,
    ButtonPressed,
    CadenceDeviated,
    Event,
    Evidence,
    FailureLikely,
    FaultKind,
    Halted,
    Paused,
    RangeExceeded,
    Resumed,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
    Unsure,
)


def of(events: list[Event]) -> list[Finding]:
    (account,) = accounts(events)
    return findings(account)


def words(events: list[Event]) -> list[str]:
    return [f"{one.name}: {one.words}" for one in of(events)]


def test_a_quiet_set_has_none() -> None:
    assert of(Story().repetitions(5).end()) == []


def test_a_failure_tells_all_its_evidence_how_sure_it_is_and_how_far_ahead_it_was_seen() -> None:
    story = Story().repetitions(4).repetition("partial").tell(FailureLikely, 48.0, known_s=49.5, repetition=5, confidence=0.7)
    story.failure([Evidence("stall_s", 3.1, "s"), Evidence("effort", 0.97, "share"), Evidence("shortfall", 0.32, "share")], confidence=0.93)
    expected = "at 23°, stood still for 3.1 s at 97 % of the usual torque, 32 % of the range missing; announced 1.5 s ahead (93 % sure)"
    (found,) = of(story.end())
    assert found == Finding(51.0, (5,), "failure", "grave", expected)


def test_a_stall_that_ended_otherwise_is_near_failure() -> None:
    story = Story().repetitions(5).tell(FailureLikely, 48.0, repetition=5, confidence=0.7)
    assert words(story.end()) == ["near failure: the extension stalled (70 % sure), but did not end there"]


def test_struggles_for_the_same_reasons_are_one_finding() -> None:
    story = Story().repetitions(6)
    for repetition, reasons in ((3, ["lag_s"]), (4, ["lag_s"]), (5, ["lag_s", "tremor_ratio"])):
        story.tell(Struggle, story.start_s(repetition), repetition=repetition, reasons=reasons)
    found = of(story.end())
    assert [(one.repetitions, one.words) for one in found] == [
        ((3, 4), "falls behind the cue"),
        ((5,), "falls behind the cue, trembles more than usual"),
    ]


@pytest.mark.parametrize("kind", LOOK_ALIKES)
def test_each_look_alike_has_its_own_name(kind: type[AnyEvent]) -> None:
    story = Story().repetitions(4)
    story.tell(kind, 20.0, repetition=2).tell(kind, 30.0, repetition=3)
    (found,) = of(story.end())
    assert (found.at_s, found.repetitions, found.name) == (20.0, (2, 3), LOOK_ALIKES[kind][0])


def test_their_names_differ() -> None:
    assert len({name for name, _, _ in LOOK_ALIKES.values()}) == len(LOOK_ALIKES)


def test_pain_is_suspected_never_called_failure() -> None:
    (found,) = of(Story().repetitions(2).tell(AbruptStop, 16.0, repetition=2).end())
    assert found.weight == "grave"
    assert "suspected pain, not failure" in found.words


@pytest.mark.parametrize("reason", ["no_torque", "too_early"])
def test_what_cannot_be_judged_is_said(reason: str) -> None:
    (found,) = of(Story().repetitions(2).tell(Unable, 16.0, reason=reason).end())
    assert found.name == "not judged"
    assert found.words.startswith("failure can't be judged")


def test_cadence_is_one_finding_a_phase_and_direction_by_the_times_measured_in_the_end() -> None:
    """A `slow` event holds the tolerance only, since it comes while the phase lasts (contract 4)."""
    story = Story().repetition(extension_s=5.6).repetition(extension_s=4.9).repetition(extension_s=3.1, hold_s=1.2).repetition("partial")
    story.tell(CadenceDeviated, 9.6, repetition=1, phase="extension", direction="slow", deviation_s=0.6)
    story.tell(CadenceDeviated, 19.6, repetition=2, phase="extension", direction="slow", deviation_s=0.6)
    story.tell(CadenceDeviated, 28.1, repetition=3, phase="extension", direction="fast", deviation_s=-0.9)
    story.tell(CadenceDeviated, 41.0, repetition=4, phase="hold", direction="slow", deviation_s=0.5)
    story.tell(CadenceDeviated, 51.0, repetition=5, phase="extension", direction="slow", deviation_s=0.7)
    assert [(one.repetitions, one.words) for one in of(story.end())] == [
        ((1, 2, 5), "extension 0.7 to 1.6 s slow"),
        ((3,), "extension 0.9 s fast"),
        ((4,), "hold 0.5 s slow"),
    ]


def test_range_and_speed_say_how_far_how_often_and_how_gravely() -> None:
    story = Story().repetitions(3)
    for at, angle, level in ((8.0, 61.2, "caution"), (18.0, 61.5, "caution"), (18.1, 62.4, "stop")):
        story.tell(RangeExceeded, at, side="flexion", angle_deg=angle, level=level)
    story.tell(RangeExceeded, 11.0, side="extension", angle_deg=3.6, level="caution")
    story.tell(SpeedExceeded, 12.0, speed_deg_s=-71.0, level="stop")
    assert [(one.name, one.weight, one.words) for one in of(story.end())] == [
        ("range", "grave", "beyond the flexed end of the range, to 62.4° instead of 60°, 2 times (1 to the stop level)"),
        ("range", "caution", "beyond the extended end of the range, to 3.6° instead of 6°"),
        ("speed", "grave", "too fast, up to 71 deg/s (stop level)"),
    ]


def test_faults_say_how_often_how_long_and_whether_they_ended() -> None:
    story = Story().repetitions(3)
    for at in (8.0, 18.0):
        story.tell(SignalFaulted, at, channel="angle", fault="gap").tell(SignalRestored, at + 1.2, channel="angle", fault="gap")
    story.tell(SignalFaulted, 20.0, channel="torque", fault="stuck")
    assert words(story.end()) == ["signal: angle: samples missing, 2 times, 2.4 s together", "signal: torque: stuck, to the end"]


def test_every_fault_has_words() -> None:
    assert FAULTS.keys() == set(typing.get_args(FaultKind))


def test_what_people_did_is_told() -> None:
    story = Story().repetitions(3).tell(Paused, 8.0).tell(Resumed, 12.0).tell(ButtonPressed, 20.0, button="pain", press="p1")
    assert [(one.name, one.weight) for one in of(story.end())] == [("paused", "note"), ("resumed", "note"), ("button", "grave")]


def test_findings_stand_in_the_order_of_their_times() -> None:
    story = Story().repetitions(6)
    story.tell(Unsure, 50.0, repetition=5).tell(Halted, 20.0, repetition=2).tell(SpeedExceeded, 30.0, speed_deg_s=70.0, level="caution")
    story.tell(Assisted, 40.0, repetition=4)
    assert [one.name for one in of(story.end())] == ["halt", "speed", "assisted", "unsure"]


def test_outside_any_set_there_is_what_needs_none() -> None:
    story = Story().repetitions(2).tell(ButtonPressed, 1.0, outside=True, button="stop", press="p1")
    story.tell(SignalFaulted, 2.0, outside=True, channel="time", fault="clock")
    events = story.end()
    assert [one.name for one in findings_outside(events, PLAN)] == ["button", "signal"]
    assert of(events) == []


def test_faults_in_a_few_words() -> None:
    story = Story().tell(SignalFaulted, 8.0, channel="angle", fault="gap").tell(SignalFaulted, 9.0, channel="angle", fault="gap")
    story.tell(SignalFaulted, 9.0, channel="clock", fault="clock")
    assert faults(story.events) == ["angle gap (2x)", "clock"]
