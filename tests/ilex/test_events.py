"""Events in a notebook: narrowed, counted, as data frames."""

import ilex
from tests.conformance.detection.rewrite import read

EVENTS = ilex.Events(read("fails")[3])


def test_they_are_a_sequence_of_json_objects() -> None:
    assert EVENTS[0]["kind"] == "set_started"
    assert isinstance(EVENTS[:3], ilex.Events)
    assert list(EVENTS[:3]) == list(EVENTS)[:3]
    assert read("fails")[3] == EVENTS
    assert EVENTS[1:] != EVENTS
    assert EVENTS != "events"


def test_they_are_narrowed_by_kind_fields_and_time() -> None:
    assert {event["kind"] for event in EVENTS.of("failure", "struggle")} == {"failure", "struggle"}
    assert [event["repetition"] for event in EVENTS.of("repetition_completed", extent="partial")] == [9]
    assert EVENTS.of(phase="hold") == [event for event in EVENTS if event.get("phase") == "hold"]
    assert all(10 <= event["at_s"] < 20 for event in EVENTS.between(10, 20))
    assert [len(EVENTS.repetitions), len(EVENTS.sets)] == [9, 1]


def test_what_they_are_is_said_at_a_glance() -> None:
    assert repr(EVENTS).splitlines()[:2] == ["72 events", "    35 phase_entered"]
    assert repr(ilex.Events([])) == "0 events"


def test_data_frames_have_a_row_an_event_and_a_column_a_field() -> None:
    pandas, polars = EVENTS.to_pandas(), EVENTS.to_polars()
    assert len(pandas) == len(polars) == len(EVENTS)
    assert pandas.loc[pandas.kind == "failure", "confidence"].tolist() == [0.997]
    assert polars.filter(polars["kind"] == "failure")["evidence"].to_list()[0][0]["name"] == "shortfall"
    assert ilex.Events([]).to_polars().is_empty()
