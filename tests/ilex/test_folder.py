"""A folder of sessions, one after the other."""

import shutil
from pathlib import Path

import pytest

import ilex
from service.recordings.names import recordings_under
from tests.ilex.scenes import EXAMPLES


def test_each_recording_comes_once_by_name_and_a_bad_one_is_told_and_left_out(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "fails.mcap", tmp_path / "b.mcap")
    (tmp_path / "b.csv").write_text("its export\n")
    (tmp_path / "deep").mkdir()
    shutil.copy(EXAMPLES / "hurried.mcap", tmp_path / "deep" / "a.mcap")
    (tmp_path / "a.mcap").write_bytes(b"nothing")
    (tmp_path / "notes.txt").write_text("no recording\n")
    sessions = ilex.sessions(tmp_path)
    assert len(sessions) == 3
    with pytest.warns(UserWarning, match=r"left out: .*a\.mcap:byte 0: is not an MCAP file"):
        assert [session.session for session in sessions] == ["fails", "hurried"]
    assert [error.path for error in sessions.faults] == [tmp_path / "a.mcap"]


def test_of_a_lone_table_nobody_knows_how_complete_it_is(tmp_path: Path) -> None:
    """docs/engineers.md asks it of every session of a folder."""
    shutil.copy(EXAMPLES / "fails.mcap", tmp_path / "a.mcap")
    (tmp_path / "b.csv").write_text("t_s,angle_deg,torque_nm\n" + "".join(f"{n / 100},{n},1\n" for n in range(200)))
    whole = {"expected": 5500, "stored": 5500, "missing": 0, "refused": 0}
    assert [each.provenance["completeness"] for each in ilex.sessions(tmp_path)] == [whole, None]


def test_copies_that_are_being_made_and_parts_of_whole_ones_do_not_count(tmp_path: Path) -> None:
    for name in ("a.mcap", "a.mcap.part", "b.mcap.part", "c.resumed.mcap.part", "d.csv", "d.parquet", "e.CSV", "labels.csv"):
        (tmp_path / name).touch()
    assert [path.name for path in recordings_under(tmp_path)] == ["a.mcap", "b.mcap.part", "d.parquet", "e.CSV"]


def test_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="no such folder"):
        ilex.sessions(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is not a folder"):
        ilex.sessions(tmp_path / "file")
