"""Plain English for identifiers and numbers."""

import pytest

from service.analysis.failure import UNITS
from service.reports.phrases import clock, duration, evidence_words, many, plan_words, reason_words, repetitions, span
from tests.service.reports.stories import PLAN
from wire.events import Evidence
from wire.plan import Plan, Repetitions

IDENTIFIERS = (
    "stall_s", "effort", "lag_s", "extension_ratio", "hold_sag", "tremor_ratio", "shortfall", "surges", "progress", "torque_share",
    "reserve_high", "hold_s", "slowing",
)  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0.0 s"), (9.94, "9.9 s"), (10.0, "10 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125.0, "2 min 05 s"), (3725.0, "1 h 02 min")],
)
def test_a_duration_has_the_precision_that_a_person_wants(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(43.24, "0:43.2"), (59.96, "1:00.0"), (725.0, "12:05.0"), (3725.0, "1:02:05.0"), (-0.5, "-0:00.5"), (-0.01, "0:00.0")],
)
def test_a_time_reads_as_a_clock(seconds: float, words: str) -> None:
    assert clock(seconds) == words


@pytest.mark.parametrize(
    ("numbers", "words"), [([], ""), ([3], "3"), ([3, 4], "3, 4"), ([3, 4, 5], "3-5"), ([1, 3, 4, 5, 9, 11, 12], "1, 3-5, 9, 11, 12")]
)
def test_repetitions_in_a_row_are_drawn_together(numbers: list[int], words: str) -> None:
    assert repetitions(numbers) == words


def test_one_and_many() -> None:
    assert many(1, "repetition") == "1 repetition"
    assert many(0, "repetition") == "0 repetitions"


def test_a_span_that_reads_the_same_is_one_number() -> None:
    assert span(0.96, 1.04) == "1.0"
    assert span(0.9, 1.6) == "0.9 to 1.6"


@pytest.mark.parametrize("name", sorted({*IDENTIFIERS, *UNITS}))
def test_every_identifier_has_words_with_its_number_and_without(name: str) -> None:
    words = evidence_words([Evidence(name, 0.4, "x")])
    assert name not in words
    assert any(letter.isdigit() for letter in words)
    assert reason_words([name]) not in ("", name)
    assert "_" not in reason_words([name])


def test_standing_still_and_the_torque_held_are_one_reason() -> None:
    evidence = [Evidence("stall_s", 3.1, "s"), Evidence("effort", 0.97, "share"), Evidence("lag_s", 1.2, "s")]
    assert evidence_words(evidence) == "stood still for 3.1 s at 97 % of the usual torque, 1.2 s behind the cue"
    assert evidence_words(evidence[1:]) == "held 97 % of the usual torque, 1.2 s behind the cue"


def test_what_is_not_known_yet_is_told_as_it_stands() -> None:
    assert evidence_words([Evidence("new_thing", 1.2345, "Nm")]) == "new thing 1.23 Nm"
    assert reason_words(["new_thing", "lag_s"]) == "new thing, falls behind the cue"


def test_a_plan_in_a_line() -> None:
    assert plan_words(PLAN) == "plan: 60 to 6°, tempo 4/2/3/1 s, 12 to 15 repetitions, to failure"
    other = Plan(
        range=PLAN.range, tempo=PLAN.tempo, repetitions=Repetitions(8, 8), endpoint="repetitions", load_nm=120.0, resistance="motor"
    )
    assert plan_words(other) == "plan: 60 to 6°, tempo 4/2/3/1 s, 8 repetitions, 120 Nm, motor-driven"
    assert plan_words(None) == "without a plan: the range is learnt"
