"""The sentence on a set (issue 3, 6): certain where the events are, honest where they are not."""

import msgspec
import pytest

from service.reports.account import Account, accounts
from service.reports.extremes import Extremes
from service.reports.verdict import no_set, totals, verdict
from tests.service.reports.stories import PLAN, Story
from wire.events import (
    AbruptStop,
    Assisted,
    Event,
    Evidence,
    FailureLikely,
    ReserveEstimated,
    SignalFaulted,
    SignalRestored,
    Unable,
    Unsure,
)

STALL = [Evidence("stall_s", 3.1, "s"), Evidence("effort", 0.97, "share"), Evidence("lag_s", 2.0, "s")]


def one(events: list[Event]) -> Account:
    (account,) = accounts(events)
    return account


class TestFailure:
    def test_it_is_told_with_its_repetition_angle_and_reasons(self) -> None:
        story = Story().repetitions(14).repetition("partial").failure(STALL)
        assert verdict(one(story.end("failure"))) == (
            "15 repetitions, 14 full, 1 partial; failure in repetition 15 at 23°, stood still for 3.1 s at 97 % of the usual torque."
        )

    @pytest.mark.parametrize(
        ("reason", "evidence", "words"),
        [
            ("short_of_range", [Evidence("shortfall", 0.12, "share")], "12 % of the range missing"),
            ("hold_lost", [Evidence("hold_s", 0.3, "s")], "the hold was lost, held for 0.3 s"),
            ("hold_lost", [], "the hold was lost"),
            ("torque_lost", [Evidence("torque_share", 0.31, "share")], "torque at 31 % of the demand"),
            ("stall", [Evidence("lag_s", 1.0, "s")], "1.0 s behind the cue"),
            ("stall", [], "stood still"),
        ],
    )
    def test_each_kind_of_failure_leads_with_what_makes_it_one(self, reason: str, evidence: list[Evidence], words: str) -> None:
        story = Story().repetitions(5).failure(evidence, reason=reason)
        assert f"failure in repetition 5 at 23°, {words}." in verdict(one(story.end("failure")))

    def test_how_long_it_stood_is_known_from_the_announcement_where_the_evidence_leaves_it_out(self) -> None:
        """contract 4: `failure_likely.at_s` is the start of the stall, `failure.at_s` the turning point."""
        story = Story().repetitions(5).tell(FailureLikely, 49.0, repetition=4, confidence=0.8)
        story.tell(FailureLikely, 48.5, known_s=50.0, repetition=5, confidence=0.8)
        words = verdict(one(story.failure([Evidence("effort", 0.97, "1")]).end("failure")))
        assert "failure in repetition 5 at 23°, stood still for 2.5 s at 97 % of the usual torque." in words

    def test_what_is_not_quite_certain_is_called_probable(self) -> None:
        story = Story().repetitions(5).failure(STALL, confidence=0.6)
        assert "; probably failure in repetition 5" in verdict(one(story.end("failure")))

    def test_several_and_what_came_after_the_last(self) -> None:
        story = Story().repetitions(4).repetition("attempt").failure(STALL).repetition("attempt").failure(STALL).repetitions(2)
        words = verdict(one(story.end("stopped")))
        assert words.startswith("6 repetitions, all full, and 2 attempts; failure in repetition 6 at 23°")
        assert words.endswith("; before that in repetition 5; 2 full repetitions after it; stopped.")


class TestWhatCannotBeTold:
    def test_without_torque_nothing_is_said_of_failure(self) -> None:
        story = Story().repetitions(3, flags=["no_torque"]).tell(Unable, 6.0, reason="no_torque")
        assert verdict(one(story.end())) == "3 repetitions, all full; failure can't be judged without torque; stopped."

    @pytest.mark.parametrize("flags", [["no_torque"], []], ids=["throughout", "at its turn"])
    def test_where_it_was_missed_in_one_it_says_in_which(self, flags: list[str]) -> None:
        story = Story().repetitions(2).tell(Unable, 31.0, reason="no_torque").repetition(flags=flags).repetitions(3)
        told = "whether repetition 3 failed can't be told without torque"
        assert verdict(one(story.end())) == f"6 repetitions, all full; {told}, no other did; stopped."
        doubtful = story.tell(Unsure, 45.0, repetition=5).end()
        assert f"{told}; whether repetition 5 failed can't be told from angle and torque" in verdict(one(doubtful))


class TestWithoutASet:
    def test_an_angle_without_readings_is_no_lack_of_movement(self) -> None:
        gone = SignalFaulted(id=1, set=None, at_s=0.0, known_s=0.5, channel="angle", fault="dropout")
        back = SignalRestored(id=2, set=None, at_s=3.0, known_s=3.0, channel="angle", fault="dropout")
        assert no_set([]) == no_set([gone, back]) == "No set: nothing in it moves there and back as a repetition does."
        assert no_set([gone]) == "No set: its angle has no readings."

    def test_what_looks_like_another_unit_is_asked(self) -> None:
        """detection.md, what it cannot know: neither is a fault that samples could show."""
        nothing = "No set: nothing in it moves there and back as a repetition does."
        radians = "No set: its angle spans 0.94° from end to end, too little for a repetition. Is it in radians?"
        assert no_set([], None, Extremes(0.10, 1.04, 130.0)) == radians
        assert no_set([], None, Extremes(59.9, 60.05, 0.0)) == nothing
        unloaded = (
            "No set: what moves in it moves without load. The torque is 0.152 Nm at most, the plan's load 120 Nm: "
            "was the machine loaded, and is that in newton-metres?"
        )
        loaded = msgspec.structs.replace(PLAN, load_nm=120.0)
        assert no_set([], loaded, Extremes(6.0, 60.0, 0.1519)) == unloaded
        assert no_set([], loaded, Extremes(6.0, 60.0, 24.0)) == nothing
        assert no_set([], loaded, Extremes(55.0, 60.0, 0.15)) == nothing
        assert no_set([], loaded, Extremes(6.0, 60.0)) == nothing
        assert no_set([], loaded, Extremes(6.0, 60.0, 0.0)) == nothing
        assert no_set([], loaded, Extremes(0.10, 1.04, 130.0)) == nothing
        assert no_set([], None, Extremes(-0.2, 0.25, 0.0)) == nothing
        assert no_set([], PLAN, Extremes(6.0, 60.0, 0.15)) == nothing


class TestWhatIsDoubtful:
    def test_too_early_counts_only_while_nothing_full_follows(self) -> None:
        early = Story().repetition().tell(Unable, 16.0, reason="too_early").repetition("partial")
        assert "; too early for failure to be judged; stopped." in verdict(one(early.end()))
        later = Story().repetition().tell(Unable, 10.0, reason="too_early").repetitions(5)
        assert "too early" not in verdict(one(later.end()))

    def test_a_stall_that_may_have_been_a_pause_is_left_to_the_patient(self) -> None:
        story = Story().repetitions(4).repetition("partial").tell(Unsure, 51.0, repetition=5)
        assert "; whether repetition 5 failed can't be told from angle and torque: ask the patient; stopped." in verdict(one(story.end()))


class TestWithoutFailure:
    @pytest.mark.parametrize(
        ("reason", "words"),
        [
            ("target_reached", "the target was reached without failure"),
            ("stopped", "stopped without failure"),
            ("idle", "left off without failure"),
            ("pain", "no failure; ended by pain"),
            ("signal_lost", "no failure until the signal was lost"),
            ("recording_ended", "no failure until the recording ends"),
        ],
    )
    def test_the_end_is_told_with_it(self, reason: str, words: str) -> None:
        assert verdict(one(Story().repetitions(12).end(reason))) == f"12 repetitions, all full; {words}."

    def test_what_was_left_and_how_near_it_came(self) -> None:
        story = Story().repetitions(9).tell(FailureLikely, 88.0, repetition=9, confidence=0.7)
        for repetition, left in ((4, 8.2), (9, 2.1)):
            story.tell(ReserveEstimated, 90.0, repetition=repetition, repetitions_left=left, low=left / 2, high=left * 2)
        assert verdict(one(story.end())) == (
            "9 repetitions, all full; stopped without failure; near it in repetition 9; about 2 more (1 to 4) could have followed."
        )

    def test_a_torque_let_go_is_suspected_pain_never_failure(self) -> None:
        story = Story().repetitions(6).tell(AbruptStop, 61.0, repetition=6).tell(Assisted, 40.0, repetition=4)
        words = verdict(one(story.end("pain")))
        assert "the torque was let go in repetition 6: suspected pain, not failure; repetition 4 assisted." in words

    def test_a_single_repetition_and_none(self) -> None:
        assert verdict(one(Story().repetition().end())).startswith("1 repetition, full; ")
        assert verdict(one(Story().repetition("attempt").end())) == "no repetition and 1 attempt; stopped."
        assert verdict(one(Story().end("idle"))) == "no repetition; ended when nothing moved any more."


def test_the_totals_are_those_of_the_set_and_say_only_what_is_known() -> None:
    assert totals(one(Story().repetitions(2).end())) == "21 s, 1830 J, 118 s under tension"
    assert totals(one(Story().repetitions(2).end(work_j=None, time_under_tension_s=None))) == "21 s"


def test_a_set_without_an_end_is_told_by_its_repetitions() -> None:
    story = Story().repetitions(2).repetition("short")
    assert verdict(one(story.events)) == "3 repetitions, 2 full, 1 short; no failure."
    assert totals(one(story.events)) == ""
