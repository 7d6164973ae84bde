"""A recorded session analysed again, otherwise (contract 6 `rerun`; decisions 0150, 0160)."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from service import recordings
from service.analysis.difference import Difference
from service.recordings.finalise import finalise
from service.recordings.labels import Label, add, path_of
from service.replay.whatif import Judged, RerunDifference, differing
from tests.ilex.scenes import late, recorded
from tests.service.recordings.sessions import PLAN, record
from wire.plan import Range, Tempo


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = record(tmp_path_factory.mktemp("recordings"))
    assert finalise(path)
    return path


def test_the_same_again_is_the_same_bit_for_bit(final: Path) -> None:
    for found in (differing(final), differing(final, None, {"full": 0.93, "display_hz": 10})):
        assert found == RerunDifference([], [], [])


def test_another_parameter_changes_what_it_is_about(final: Path) -> None:
    """No tolerance for a phase: each that is off by the least is told."""
    found = differing(final, None, {"boundary_high": 0.97, "full": 0.96})
    assert isinstance(found, Difference)
    changed = {name for change in found.changed for name in change.fields}
    assert "hold_start_s" in changed
    assert {change.before["kind"] for change in found.changed} >= {"repetition_completed"}
    before = [msgspec.json.decode(text) for text in recordings.events(final, "final")]
    assert all(change.before in before for change in found.changed)


def test_another_plan_judges_the_samples_alone(final: Path) -> None:
    """Decision 0042: the stop of then does not count."""
    shorter = msgspec.structs.replace(
        PLAN, range=Range(flexion_deg=60.0, extension_deg=-20.0), tempo=Tempo(extension_s=4, hold_s=2, flexion_s=3, turn_s=1)
    )
    found = differing(final, shorter)
    assert isinstance(found, Difference)
    extents = {(change.before["extent"], change.after["extent"]) for change in found.changed if "extent" in change.fields}
    assert ("full", "partial") in extents
    reasons = [change.after["reason"] for change in found.changed if change.after["kind"] == "set_ended"]
    assert reasons in (["recording_ended"], [])
    # That the plan is another is what was asked for, no difference (decision 0160).
    assert not [change for change in found.changed if "plan" in change.fields]


def test_without_a_final_result_it_is_compared_with_what_was_shown_live(tmp_path: Path) -> None:
    found = differing(record(tmp_path))
    assert isinstance(found, Difference)
    assert {event["kind"] for event in found.only_after} >= {"repetition_completed"}


def test_by_what_therapists_have_said_it_is_better_or_worse(tmp_path: Path) -> None:
    """Decision 0209: of the statements that stand, how many were right before and after; damaged labels are no reason to fail."""
    path = record(tmp_path)
    assert finalise(path)
    made_utc = datetime(2026, 1, 15, tzinfo=UTC)
    add(path, Label(id=str(uuid4()), kind="finding", set=1, repetition=1, finding="none", made_utc=made_utc, by="therapist"))
    (tmp_path / "labels.csv").write_text(f"file,repetitions\n{path.name},1000\n")
    found = differing(path)
    assert isinstance(found, RerunDifference)
    assert found.labels == Judged(1, 1, 2)
    path_of(path).write_text("nonsense")
    found = differing(path)
    assert isinstance(found, RerunDifference)
    assert found.labels is None


def test_a_mark_of_the_running_session_has_the_number_that_was_shown_live(tmp_path: Path) -> None:
    """Decision 0203: the final result counts a repetition more, before the one that failed."""
    path = recorded(tmp_path, "fails", seen=late)
    made_utc = datetime(2026, 3, 1, 9, 32, tzinfo=UTC)
    add(path, Label(id=str(uuid4()), kind="finding", set=1, repetition=8, finding="failure", made_utc=made_utc, by="therapist"))
    for parameters, labels in (({}, Judged(1, 1, 1)), ({"failure_confidence": 999}, Judged(1, 0, 1))):
        found = differing(path, None, parameters)
        assert isinstance(found, RerunDifference)
        assert found.labels == labels


def test_it_starts_from_the_recorded_parameters_or_from_this_versions(tmp_path: Path) -> None:
    """Decision 0206: an older version counted otherwise."""
    path = recorded(tmp_path, "fails", kept={"partial": 0.85})
    assert differing(path) == RerunDifference([], [], [])
    found = differing(path, base="defaults")
    assert isinstance(found, RerunDifference)
    assert [change.fields for change in found.changed] == [["extent"], ["partial", "attempt"]]
    assert differing(path, None, {"partial": 0.85}, "defaults") == RerunDifference([], [], [])


def test_what_is_wrong_for_this_recording_is_told(final: Path) -> None:
    faults = differing(final, None, {"full": 0.5})
    assert isinstance(faults, list)
    assert [fault.pointer for fault in faults] == ["/parameters/full"]


def test_the_recording_stays_as_it_was(final: Path) -> None:
    before = final.read_bytes()
    differing(final, None, {"display_hz": 5})
    assert final.read_bytes() == before
