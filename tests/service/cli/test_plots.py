"""`ilex analyze --plot` (issue 3, 6; decision 0045): names, formats, and what stands in their way in one line (contract 7)."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from service.cli import main
from tests.service.recordings.sessions import movement, record


class Said(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def ilex(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`ilex analyze ARGUMENT...` in this process."""

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["ilex", "analyze", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setenv("ILEX_KERNELS", "plain")  # nothing of this user's cache
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Said(int(end.value.code or 0), *capfd.readouterr())

    return run


def take(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    rows = [f"{row / 100},{angle:.3f},{angle * 2:.1f}" for row, angle in enumerate(movement(3))]
    path.write_text("\n".join(["t_s,angle_deg,torque_nm", *rows, ""]))
    return path


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return take(tmp_path / "take.csv")


@pytest.mark.parametrize(
    ("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.html", b"<!doctype html>"), ("a.HTML", b"<!doctype html>")]
)
def test_the_ending_names_the_format(ilex: Callable[..., Said], csv: Path, tmp_path: Path, name: str, begins: bytes) -> None:
    said = ilex(csv, "--plot", tmp_path / name)
    assert (said.returncode, said.stderr) == (0, "")
    assert "Set 1: 3 repetitions" in said.stdout  # the table comes all the same
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "take.csv"])


def test_with_json_nothing_but_events_is_printed(ilex: Callable[..., Said], csv: Path, tmp_path: Path) -> None:
    assert ilex(csv, "--json", "--plot", tmp_path / "a.html").stdout == ilex(csv, "--json").stdout


def test_a_recorded_session_is_drawn_under_its_own_plan(ilex: Callable[..., Said], tmp_path: Path) -> None:
    path = record(tmp_path)
    assert ilex(path, "--plot", tmp_path / "{}.html").returncode == 0
    (page,) = tmp_path.glob("*.html")
    assert page.stem == path.stem
    assert "tempo 2/1/2/0.5 s" in page.read_text()


def test_several_recordings_go_into_a_folder_or_after_a_pattern(ilex: Callable[..., Said], tmp_path: Path) -> None:
    files = [take(tmp_path / "a.csv"), take(tmp_path / "b.csv")]
    assert ilex(*files, "--plot", f"{tmp_path}/new/{{}}-drawn.html").returncode == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a-drawn.html", "b-drawn.html"]
    assert ilex(*files, "--plot", tmp_path / "plots").returncode == 0
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["a.png", "b.png"]


def test_recordings_of_the_same_name_are_told_apart(ilex: Callable[..., Said], tmp_path: Path) -> None:
    files = [take(tmp_path / "monday" / "a.csv"), take(tmp_path / "tuesday" / "a.csv")]
    assert ilex(*files, "--plot", f"{tmp_path}/{{}}.html").returncode == 0
    assert sorted(path.name for path in tmp_path.glob("*.html")) == ["monday-a.csv.html", "tuesday-a.csv.html"]


@pytest.mark.parametrize("out", ["a.pdf", "a.jpeg", "a.p"])
def test_another_format_is_wrong_use_that_names_those_there_are(ilex: Callable[..., Said], csv: Path, out: str) -> None:
    said = ilex(csv, "--plot", csv.with_name(out))
    assert (said.returncode, said.stdout) == (2, "")
    assert ".png, .svg, .html" in said.stderr


def test_one_file_for_several_recordings_is_wrong_use(ilex: Callable[..., Said], csv: Path, tmp_path: Path) -> None:
    said = ilex(csv, take(tmp_path / "b.csv"), "--plot", "all.png")
    assert said.returncode == 2
    assert "one file for 2 recordings" in said.stderr
    said = ilex(csv, csv, "--plot", tmp_path / "{}.png")
    assert said.returncode == 2
    assert "several recordings would be drawn as" in said.stderr


class TestWhatStandsInTheWayIsOneLine:
    """contract 7: exit code 1, one line that says what and where; and before a long analysis, not after it."""

    def words_of(self, said: Said) -> str:
        assert (said.returncode, said.stdout) == (1, ""), said
        assert said.stderr.startswith("ilex: ")
        assert said.stderr.count("\n") == 1, said.stderr
        return said.stderr

    def test_a_picture_that_is_there_stays_unless_told(self, ilex: Callable[..., Said], csv: Path, tmp_path: Path) -> None:
        """decision 0043."""
        out = tmp_path / "a.html"
        out.write_text("mine")
        assert f"{out}: is there already; --force replaces it" in self.words_of(ilex(csv, "--plot", out))
        assert out.read_text() == "mine"
        assert ilex(csv, "--plot", out, "--force").returncode == 0
        assert out.read_text() != "mine"

    def test_a_folder_where_the_file_should_be(self, ilex: Callable[..., Said], csv: Path, tmp_path: Path) -> None:
        (tmp_path / "{}.png").mkdir()
        (tmp_path / "plots" / "take.png").mkdir(parents=True)
        assert "take.png: is a folder" in self.words_of(ilex(csv, "--plot", tmp_path / "plots"))

    def test_a_place_that_cannot_be_written(self, ilex: Callable[..., Said], csv: Path) -> None:
        out = csv / "sub" / "a.html"
        assert f"{out}: " in self.words_of(ilex(csv, "--plot", out))

    def test_a_broken_recording_leaves_no_picture(self, ilex: Callable[..., Said], tmp_path: Path) -> None:
        broken = tmp_path / "broken.csv"
        broken.write_text("t_s,angle_deg\n0,1\n0.01,left\n")
        assert "broken.csv:3: " in self.words_of(ilex(broken, "--plot", tmp_path / "a.png"))
        assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize(("arguments", "needed"), [([], set()), (["--plot", "a.html"], set()), (["--plot", "a.png"], {"matplotlib"})])
def test_only_a_picture_waits_for_the_plotter(csv: Path, arguments: list[str], needed: set[str]) -> None:
    """decision 0033: nothing pays for what it doesn't use."""
    code = (
        f"import sys; sys.argv = ['ilex', 'analyze', {str(csv)!r}, *{arguments!r}]\n"
        "from service.cli import main\ntry: main()\nexcept SystemExit: pass\n"
        "print(sorted({'matplotlib', 'matplotlib.pyplot', 'numba', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60, cwd=csv.parent)
    assert done.stderr.strip() == str(sorted(needed))
