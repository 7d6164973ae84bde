"""What is known to be true of a recording, and how often the analysis is right about it."""

from pathlib import Path

import msgspec
import pytest

from service.bench.truth import Score, Truth, counted, score, truth_of
from service.recordings import labels
from service.recordings.placed import Shown, Verdict, placed
from tests.conformance.detection.rewrite import read
from wire.plan import Plan, Range, Tempo
from wire.recorded import RecordedError

FAILS = read("fails")[3]
ENDS = {event["repetition"]: event for event in FAILS if event["kind"] == "repetition_completed"}
NINTH = Verdict(ENDS[9]["extension_start_s"], ENDS[9]["end_s"], "failure")
"""When the ninth repetition of the scene was, and what happened in it."""


def test_a_table_beside_or_above_says_how_many_repetitions_were_done_and_what_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "file,repetitions,flexion_deg,extension_deg,extension_s,hold_s,flexion_s,turn_s\na.csv,3,60,6,1.5,0,2,0.4\nmonday/b.csv,,,,,,,\n"
    )
    plan = Plan(range=Range(60.0, 6.0), tempo=Tempo(1.5, 0.0, 2.0, 0.4))
    assert truth_of(tmp_path / "a.csv") == Truth(3, plan)
    assert truth_of(tmp_path / "monday" / "b.csv") == Truth()
    assert truth_of(tmp_path / "c.csv") == Truth()
    assert not truth_of(tmp_path / "c.csv").known


@pytest.mark.parametrize("text", ["repetitions\n3\n", "file,repetitions\na.csv,three\n", "file,flexion_deg\na.csv,60\n"])
def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(RecordedError, match=r"labels\.csv: "):
        truth_of(tmp_path / "a.csv")


def test_a_count_is_one_statement() -> None:
    assert counted(FAILS) == 9
    assert score(FAILS, 9, []) == Score(1, 1)
    assert score(FAILS, 8, []) == Score(0, 1)


@pytest.mark.parametrize(("finding", "right"), [("failure", 1), ("halted", 0), ("none", 0)])
def test_each_judged_repetition_is_another(finding: str, right: int) -> None:
    assert score(FAILS, None, [NINTH._replace(finding=finding)]) == Score(right, 1)
    assert score(FAILS, 9, [NINTH._replace(finding=finding)]) == Score(1 + right, 2)


def test_repetitions_are_found_by_time_where_numbers_have_shifted() -> None:
    shifted = [event | {"repetition": event["repetition"] - 1} if "repetition" in event else event for event in FAILS]
    assert score(shifted, None, [NINTH, NINTH._replace(from_s=20.0, to_s=30.0, finding="none")]) == Score(2, 2)


def test_what_therapists_said_last_of_a_repetition_and_did_not_take_back_counts(tmp_path: Path) -> None:
    """Decision 0140: labels lie beside the recording; notes and ratings say nothing of the analysis."""
    said: list[dict[str, object]] = [
        {"kind": "finding", "set": 1, "repetition": 9, "finding": "halted", "found": "failure"},
        {"kind": "finding", "set": 1, "repetition": 9, "finding": "failure"},
        {"kind": "finding", "set": 1, "repetition": 8, "finding": "none", "withdrawn_utc": "2026-03-01T10:00:00Z"},
        {"kind": "note", "text": "good"},
        {"kind": "rating", "set": 1, "scale": "pain", "value": 2},
    ]
    for n, one in enumerate(said):
        given = {"id": f"00000000-0000-4000-8000-{n:012}", "made_utc": "2026-03-01T09:40:00Z", "by": "anna", **one}
        labels.add(tmp_path / "s.mcap", msgspec.convert(given, labels.Label))
    file = tmp_path / "s.labels.json"
    found = truth_of(tmp_path / "s.mcap")
    assert [one.finding for one in found.findings] == ["halted", "failure"]
    assert truth_of(tmp_path / "s.mcap.part") == found
    assert placed(found.findings, Shown.of(FAILS)) == [NINTH]
    file.write_text("{}")
    with pytest.raises(RecordedError, match=r"s\.labels\.json: holds no labels that can be read"):
        truth_of(tmp_path / "s.mcap")
