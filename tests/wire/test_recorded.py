"""Recordings by their names (contract 7)."""

import subprocess
import sys
from pathlib import Path

import pytest

from wire.recorded import RecordedError, open_recorded


@pytest.mark.parametrize("name", ["a.txt", "a", "a.csv.gz"])
def test_an_unknown_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(RecordedError, match=r"expected a name that ends in \.csv, \.parquet, \.mcap or \.mcap\.part"):
        open_recorded(tmp_path / name)


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordedError, match=r"a\.csv: no such file$"):
        open_recorded(tmp_path / "a.csv")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(RecordedError, match=r"b\.csv: is a folder, not a recording$"):
        open_recorded(tmp_path / "b.csv")


def test_who_reads_csv_does_not_load_the_other_readers(tmp_path: Path) -> None:
    """Start-up cost: pyarrow alone takes half a second."""
    path = tmp_path / "a.csv"
    path.write_text("t_s,angle_deg\n0,1\n0.01,2\n")
    code = f"import sys; from wire.recorded import open_recorded; from pathlib import Path; open_recorded(Path({str(path)!r}))"
    check = "assert not {'pyarrow', 'mcap', 'zstandard'} & set(sys.modules), sorted(sys.modules)"
    subprocess.run([sys.executable, "-c", f"{code}; {check}"], check=True, timeout=60)


def test_a_file_that_may_not_be_read_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.csv").touch()
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RecordedError, match=r"a\.csv: Permission denied$"):
        open_recorded(tmp_path / "a.csv")
