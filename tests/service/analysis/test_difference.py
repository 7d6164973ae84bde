"""What differs between two analyses of one session (contract 6, rerun; decision 0160)."""

from typing import Any

import msgspec
import pytest

from service.analysis.difference import apart, difference


def event(kind: str, at_s: float, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "id": 1, "set": 1, "at_s": at_s, "known_s": at_s + 0.1, **fields}


FULL = event("repetition_completed", 10.0, repetition=1, extent="full", peak_torque_nm=120.5)


def test_the_same_events_do_not_differ() -> None:
    events = [event("set_started", 0.0), FULL, FULL]
    found = difference(events, list(events))
    assert found.equal
    assert msgspec.to_builtins(found) == {"only_before": [], "only_after": [], "changed": []}


@pytest.mark.parametrize("beside", [{"id": 9}, {"known_s": 12.0}, {"machine": "clinic/one"}, {"session": "s1"}])
def test_number_announcement_and_owner_are_no_difference(beside: dict[str, Any]) -> None:
    assert difference([FULL], [FULL | beside]).equal


def test_an_event_that_only_one_has_stands_alone() -> None:
    late = event("failure", 90.0, repetition=9, reason="stall")
    assert difference([FULL, late], [FULL]).only_before == [late]
    assert difference([FULL], [FULL, late]).only_after == [late]


def test_one_that_both_tell_otherwise_is_a_change_with_the_fields_that_differ() -> None:
    after = FULL | {"extent": "short", "at_s": 10.25, "known_s": 11.0}
    (change,) = difference([FULL], [after]).changed
    assert (change.before, change.after, change.fields) == (FULL, after, ["at_s", "extent"])


def test_a_field_that_only_one_has_is_a_difference_even_beside_null() -> None:
    more = FULL | {"turn_s": None}
    assert difference([FULL], [more]).changed[0].fields == ["turn_s"]
    assert difference([more], [FULL]).changed[0].fields == ["turn_s"]


def test_numbers_that_are_equal_are_equal_however_they_are_written() -> None:
    """Other tools write 10 for 10.0."""
    assert difference([FULL], [FULL | {"at_s": 10}]).equal


@pytest.mark.parametrize(("apart_s", "pairs"), [(2.0, True), (2.01, False)])
def test_two_tellings_of_one_event_lie_within_two_seconds(apart_s: float, pairs: bool) -> None:
    found = difference([FULL], [FULL | {"at_s": 10.0 + apart_s}])
    assert (len(found.changed), len(found.only_before), len(found.only_after)) == ((1, 0, 0) if pairs else (0, 1, 1))


def test_the_end_of_a_set_may_wait_for_the_longest_rule() -> None:
    idle, failed = event("set_ended", 160.0, reason="idle"), event("set_ended", 110.0, reason="failure")
    assert difference([idle], [failed]).changed[0].fields == ["at_s", "reason"]


@pytest.mark.parametrize("about", ["kind", "phase", "side", "level", "channel", "fault", "button", "press"])
def test_events_about_different_things_are_never_paired(about: str) -> None:
    before, after = event("one", 5.0) | {about: "a"}, event("one", 5.0) | {about: "b"}
    found = difference([before], [after])
    assert (found.only_before, found.only_after, found.changed) == ([before], [after], [])


def test_the_nearest_in_time_are_paired_first_and_each_once() -> None:
    before = [event("halted", 4.0, repetition=1), event("halted", 5.0, repetition=2)]
    after = [event("halted", 4.9, repetition=1), event("halted", 5.4, repetition=3)]
    found = difference(before, after)
    assert [(change.before["at_s"], change.after["at_s"]) for change in found.changed] == [(4.0, 5.4), (5.0, 4.9)]
    assert difference(before, after[:1]).only_before == before[:1]
    assert difference(before[:1], after).only_after == after[1:]


def test_one_repetition_more_shifts_no_event_behind_it() -> None:
    """Numbers of repetitions are told as changed; times hold the pairs together."""
    before = [event("repetition_completed", 10.0 * n, repetition=n, extent="full") for n in range(1, 6)]
    after = [event("repetition_completed", 10.0 * n, repetition=n - 1, extent="full") for n in range(2, 6)]
    found = difference(before, after)
    assert (found.only_before, found.only_after) == (before[:1], [])
    assert [change.fields for change in found.changed] == [["repetition"]] * 4


def test_that_another_plan_was_given_is_no_difference_where_it_was_given_on_purpose() -> None:
    """Decision 0160: what the plan changes is told, the plan itself is not."""
    before, after = event("set_started", 0.0, plan={"label": "A"}), event("set_started", 0.0, plan=None)
    assert difference([before], [after]).changed[0].fields == ["plan"]
    assert difference([before, FULL], [after, FULL], replanned=True).equal
    (change,) = difference([before], [after | {"at_s": 1.5}], replanned=True).changed
    assert change.fields == ["at_s"]


def test_apart_pairs_nothing() -> None:
    after = FULL | {"extent": "short"}
    assert apart([FULL, FULL], [FULL, after]) == ([FULL], [after])
