"""Events put together by set."""

from service.reports.account import accounts
from tests.service.reports.stories import PLAN, Story
from wire.events import CadenceDeviated, SpeedExceeded


def test_each_set_has_its_own_and_what_is_outside_is_left_out() -> None:
    first = Story().repetitions(3)
    first.tell(SpeedExceeded, 1.0, outside=True, speed_deg_s=70.0, level="caution")
    first.end()
    second = Story(number=2, from_s=80.0, after=first).repetition().repetition("attempt")
    found = accounts(second.end("idle"))
    assert [(one.number, one.started_s, one.count, one.counts["attempt"]) for one in found] == [(1, 5.0, 3, 0), (2, 80.0, 1, 1)]
    assert found[0].plan == PLAN
    assert all(event.set == one.number for one in found for event in one.events)


def test_a_set_that_never_ended_counts_what_was_completed() -> None:
    (account,) = accounts(Story().repetitions(2).repetition("partial").events)
    assert account.ended is None
    assert account.counts == {"full": 2, "short": 0, "partial": 1, "attempt": 0}


def test_how_far_a_phase_is_off_where_its_time_was_not_measured_is_what_the_event_says() -> None:
    story = Story().repetition("partial")
    story.tell(CadenceDeviated, 9.6, repetition=1, phase="hold", direction="slow", deviation_s=0.5)
    (account,) = accounts(story.end())
    assert account.off_s(account.repetitions[0], "hold") == 0.5
    assert account.off_s(account.repetitions[0], "extension") is None
