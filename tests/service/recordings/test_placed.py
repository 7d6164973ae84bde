"""Which repetition a therapist's word is about, when live, final and this version's results number otherwise (decision 0203)."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from service.recordings.labels import Label
from service.recordings.placed import Shown, Verdict, differ, last, placed, with_spans

Event = dict[str, Any]
FINAL_UTC = datetime(2026, 3, 1, 9, 35, tzinfo=UTC)
LIVE = FINAL_UTC - timedelta(minutes=4)
AFTER = FINAL_UTC + timedelta(minutes=4)
_ids = count()


def told(*starts_s: float) -> list[Event]:
    """A result: repetitions of 4 s, numbered in order."""
    return [
        {"kind": "repetition_completed", "set": 1, "repetition": n, "extension_start_s": s, "at_s": s + 3.9, "end_s": s + 4.0}
        for n, s in enumerate(starts_s, 1)
    ]


SHOWN = Shown.of(live=told(20.0, 30.0, 40.0), final=told(10.0, 20.01, 30.0, 40.0), final_utc=FINAL_UTC)
"""Samples that came late have added a repetition: what was the second is the third."""


def said(made: datetime, repetition: int, finding: str = "failure", **more: Any) -> Label:
    number = f"00000000-0000-4000-8000-{next(_ids):012}"
    fields: Event = {"kind": "finding", "set": 1, "repetition": repetition, "finding": finding} | more
    return Label(id=number, by="anna", made_utc=made, **fields)


def starts(*labels: Label, shown: Shown = SHOWN) -> list[float]:
    return [one.from_s for one in placed(labels, shown)]


def test_a_mark_in_a_running_session_is_numbered_by_what_was_shown_live() -> None:
    assert starts(said(LIVE, 2)) == [30.0]
    assert starts(said(LIVE, 2, at_s=34.0)) == [30.0]


def test_one_of_the_record_by_the_final_result() -> None:
    assert starts(said(AFTER, 2)) == [20.01]
    assert starts(said(AFTER, 1)) == [10.0], "live it was not seen"


def test_until_the_final_result_is_there_the_live_one_is_shown() -> None:
    assert starts(said(FINAL_UTC - timedelta(seconds=1), 2)) == [30.0]
    assert starts(said(AFTER, 2), shown=Shown(SHOWN.live)) == [30.0]


def test_of_a_screen_that_still_shows_the_live_result_the_moment_says_so() -> None:
    """A machine's page keeps what it has been told; who marks there marks the end of the repetition that he sees."""
    assert starts(said(AFTER, 2, at_s=34.0)) == [30.0]
    assert starts(said(AFTER, 2, at_s=24.01)) == [20.01]


def test_what_answers_a_detection_is_found_by_its_moment() -> None:
    """Whatever number a program has put to it."""
    assert starts(said(AFTER, 1, found="failure", at_s=42.5)) == [40.0]
    assert starts(said(LIVE, 9, found="failure", at_s=31.2)) == [30.0]
    assert starts(said(LIVE, 2, found="failure", at_s=17.0)) == [30.0], "no repetition was then: the number counts"


def test_a_moment_alone_is_none_of_a_repetition() -> None:
    """Marked now, while another repetition was chosen: the number is what was meant."""
    assert starts(said(LIVE, 1, at_s=41.0)) == [20.0]


def test_what_was_said_last_of_a_repetition_counts_whichever_number_it_had() -> None:
    marks = [said(LIVE, 1, "failure"), said(LIVE, 2, "halted"), said(AFTER, 2, "none"), said(AFTER, 4, "assisted")]
    assert placed(marks, SHOWN) == [Verdict(20.01, 24.01, "none"), Verdict(30.0, 34.0, "halted"), Verdict(40.0, 44.0, "assisted")]


def test_a_repetition_that_nobody_was_shown_says_nothing() -> None:
    assert starts(said(LIVE, 9)) == []
    assert starts(said(LIVE, 4, at_s=34.0)) == [], "the fourth of the final result was later"
    assert starts(said(LIVE, 4)) == [40.0], "nothing says that it was not"
    assert starts(said(LIVE, 1, set=2)) == []


@pytest.mark.parametrize("made", [LIVE.replace(tzinfo=None), LIVE.astimezone()])
def test_a_time_of_any_zone_will_do(made: datetime) -> None:
    assert starts(said(made, 2)) == [30.0]


def test_a_word_that_no_result_places_counts_by_its_number_and_differs_by_what_it_answers() -> None:
    """Of a running session, and of one whose recording can't be read: there is one numbering alone."""
    first, other, again = said(LIVE, 2), said(LIVE, 3, found="failure"), said(LIVE, 2, "none")
    assert last([first, other, again], Shown()) == [(other, None), (again, None)]
    assert differ([first, other], Shown())
    assert not differ([first, other, again], Shown())


def test_two_words_about_one_repetition_under_two_numbers_are_one() -> None:
    live, final = said(LIVE, 2), said(AFTER, 3, "none")
    assert [label for label, _ in last([live, final], SHOWN)] == [final]
    assert not differ([live, final], SHOWN)
    spans = [(one.from_s, one.to_s) for one in with_spans([live, final, said(AFTER, 9)], SHOWN)]
    assert spans == [(30.0, 34.0), (30.0, 34.0), (None, None)]
