"""The difference of two analyses in words, line by line."""

import pytest

from service.analysis.difference import difference
from service.reports.differences import lines, shown, subject

FULL = {"kind": "repetition_completed", "id": 1, "set": 1, "at_s": 10.0, "known_s": 10.1, "repetition": 1, "extent": "full", "flags": []}


def words(before: dict[str, object], after: dict[str, object]) -> str:
    (line,) = lines(difference([before], [after]))
    return line.words


def test_lines_come_in_order_of_time_and_say_which_side_they_are_of() -> None:
    late, early = FULL | {"at_s": 50.0}, FULL | {"at_s": 30.0}
    found = lines(difference([FULL, late], [FULL | {"extent": "short"}, early]))
    assert [(line.at_s, line.what) for line in found] == [(10.0, "changed"), (30.0, "only after"), (50.0, "only before")]
    assert found[1].words == "extent full"
    assert (found[0].set, found[0].repetition, found[0].about) == (1, 1, "repetition_completed")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"extent": "short"}, "extent full → short"),
        ({"flags": ["gap", "void"]}, "flags none → gap void"),
        ({"turn_s": 1.0}, "turn_s - → 1"),
        ({"at_s": 10.0001}, "at_s 10 by +1e-04"),
    ],
)
def test_a_change_says_what_was_and_what_is(fields: dict[str, object], expected: str) -> None:
    assert words(FULL, FULL | fields) == expected


def test_of_a_plan_only_what_has_changed_is_told() -> None:
    plan = {"endpoint": "failure", "repetitions": {"least": 12, "most": 15}}
    started = {"kind": "set_started", "id": 1, "set": 1, "at_s": 1.0, "known_s": 1.0, "plan": plan}
    other = started | {"plan": {"endpoint": "failure", "repetitions": {"least": 4, "most": 15}}}
    assert words(started, other) == "plan.repetitions.least 12 → 4"


def test_evidence_is_told_with_its_units() -> None:
    evidence = [{"name": "shortfall", "value": 0.49, "unit": "1"}, {"name": "stall_s", "value": 2.26, "unit": "s"}]
    assert shown(evidence) == "shortfall 0.49; stall_s 2.26 s"


def test_what_an_event_is_about_is_its_kind_and_what_tells_it_apart() -> None:
    assert subject({"kind": "signal_faulted", "channel": "angle", "fault": "gap"}) == "signal_faulted angle gap"


def test_the_end_of_a_set_is_told_with_its_repetitions() -> None:
    ended = {
        "kind": "set_ended",
        "id": 9,
        "set": 1,
        "at_s": 99.0,
        "known_s": 99.0,
        "reason": "failure",
        "full": 8,
        "short": 0,
        "partial": 1,
    }
    (line,) = lines(difference([ended], []))
    assert line.words == "reason failure, 8 full, 1 partial"
