"""What differs, as an engineer reads it in a notebook."""

from pathlib import Path

import ilex
from tests.conformance.detection.rewrite import read
from tests.ilex.scenes import recorded

EVENTS = read("fails")[3]


def test_equal_is_said_in_two_words() -> None:
    found = ilex.diff(ilex.Events(EVENTS), EVENTS)
    assert found.equal
    assert repr(found) == "no difference"


def test_sessions_results_and_paths_can_be_compared(tmp_path: Path) -> None:
    path = recorded(tmp_path, "fails", final=False)
    session = ilex.open(path)
    stricter = session.analyze(parameters={"partial": 0.85})
    for before in (session, str(path), path, session.analyze(), EVENTS):
        found = ilex.diff(before, stricter)
        assert [change.fields for change in found.changed] == [["extent"], ["partial", "attempt"]]


def test_every_line_says_when_what_and_how() -> None:
    after = [
        event | {"extent": "short"} if event["kind"] == "repetition_completed" and event["repetition"] == 8 else event for event in EVENTS
    ]
    found = ilex.diff(EVENTS[5:], [event for event in after if event["kind"] != "failure"])
    assert (len(found.only_before), len(found.only_after), len(found.changed)) == (1, 5, 1)
    told = repr(found).splitlines()
    assert told[0] == "1 only before, 5 only after, 1 changed"
    assert told[1].split(maxsplit=2) == ["-0.00", "s", "only after   set_started"] or "only after   set_started" in told[1]
    assert any(line.endswith("changed      repetition_completed of repetition 8: extent full → short") for line in told)
    (failure,) = [line for line in told if " failure of" in line]
    assert failure.endswith("only before  failure of repetition 9: reason stall, confidence 0.997, angle_deg 32.925")
    frame = found.to_pandas()
    assert list(frame.columns) == ["at_s", "set", "repetition", "about", "what", "words"]
    assert len(frame) == 7


def test_a_long_one_is_cut_where_it_is_only_looked_at() -> None:
    told = repr(ilex.diff(EVENTS, [])).splitlines()
    assert len(told) == 42
    assert told[-1] == "and 32 more"
