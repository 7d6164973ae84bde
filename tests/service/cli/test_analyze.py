"""`ilex analyze` (contract 7)."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import msgspec
import numpy as np
import pytest

import ilex as ilex_
from service import recordings
from service.analysis import Parameters
from service.analysis.engine import PLAIN, Engine
from service.analysis.run import analyse
from service.cli import main
from service.recordings.rerun import rerun
from tests.ilex.scenes import recorded
from tests.service.recordings.sessions import PLAN, movement, record
from wire.recorded import Block, open_recorded

MODULES_NOT_NEEDED = {"scipy", "fastapi", "sqlalchemy", "alembic", "pyarrow", "uvicorn", "aiomqtt", "gmqtt", "matplotlib", "PIL"}


def ilex(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in this process, which is quicker than a new one; `test_commands.py` has some of both."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["ilex", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
    return subprocess.CompletedProcess(arguments, int(end.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "set.csv"
    rows = [f"{row / 100},{angle:.3f},{angle * 2:.1f}" for row, angle in enumerate(movement())]
    path.write_text("\n".join(["t_s,angle_deg,torque_nm", *rows, ""]))
    return path


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_bytes(msgspec.json.encode(PLAN))
    return path


def lines(events: list[object]) -> list[str]:
    return [msgspec.json.encode(event).decode() for event in events]


def test_json_is_the_events_of_the_same_analysis_one_a_line(csv: Path, plan: Path) -> None:
    recorded = open_recorded(csv)
    for arguments, with_plan in (((csv,), None), ((csv, "--plan", plan), PLAN)):
        done = ilex("analyze", *arguments, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == lines(list(analyse(recorded.entries(), with_plan)))


def test_several_files_say_which_one_an_event_is_of(csv: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(csv.read_bytes())
    done = ilex("analyze", csv, other, "--json")
    files = [json.loads(line)["file"] for line in done.stdout.splitlines()]
    assert files == sorted([str(csv)] * (len(files) // 2) + [str(other)] * (len(files) // 2), key=files.index)
    alone = [json.loads(line) for line in ilex("analyze", csv, "--json").stdout.splitlines()]
    assert [json.loads(line) for line in done.stdout.splitlines()[: len(alone)]] == [{"file": str(csv), **event} for event in alone]


def test_a_table_tells_what_happened(csv: Path, plan: Path) -> None:
    done = ilex("analyze", csv, "--plan", plan)
    assert done.returncode == 0
    words = done.stdout
    assert "set.csv" in words
    assert "plan: 60 to 6°, tempo 2/1/2/0.5 s" in words
    assert sum(line.lstrip().startswith(str(number)) and "full" in line for number in range(1, 9) for line in words.splitlines()) == 8
    assert "Set 1: 8 repetitions, all full; " in words
    assert max(map(len, words.splitlines())) <= 150


def test_several_files_make_one_table(csv: Path, tmp_path: Path) -> None:
    still = tmp_path / "still.csv"
    still.write_text("t_s,angle_deg\n" + "".join(f"{row / 100},60\n" for row in range(500)))
    done = ilex("analyze", csv, still)
    assert done.returncode == 0
    assert "no set" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["together", "49", "s", "8", "8"]


def test_a_broken_file_is_one_line_and_the_others_are_still_analysed(csv: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("t_s,angle_deg\n0,1\n0.01,left\n")
    done = ilex("analyze", broken, csv, "--json")
    assert done.returncode == 1
    assert done.stderr == f"ilex: {broken}:3: angle_deg is not a number: 'left'\n"
    assert {json.loads(line)["file"] for line in done.stdout.splitlines()} == {str(csv)}


def test_equal_and_falling_times_are_a_clock_fault_and_the_row_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "falls.csv"
    rows = [f"{row / 100},{angle:.3f}" for row, angle in enumerate(movement())]
    path.write_text("t_s,angle_deg\n" + "\n".join([*rows[:300], rows[299], rows[100], *rows[300:]]) + "\n")
    done = ilex("analyze", path, "--json")
    assert done.returncode == 0
    faults = [event for event in map(json.loads, done.stdout.splitlines()) if event["kind"] == "signal_faulted"]
    assert [event["fault"] for event in faults] == ["clock"]


def test_a_broken_plan_is_told_with_a_pointer_to_each_fault(csv: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    tempo = '{"extension_s": 4, "hold_s": -1, "flexion_s": 3, "turn_s": 1}'
    plan.write_text(f'{{"range": {{"flexion_deg": 6, "extension_deg": 60}}, "tempo": {tempo}}}')
    done = ilex("analyze", csv, "--plan", plan)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "/tempo/hold_s: " in done.stderr
    assert "/range/extension_deg: " in done.stderr


@pytest.mark.parametrize("content", [b"{", '{"label": "Rücken"}'.encode("latin-1"), b"[" * 5000])
def test_a_file_that_is_no_plan_is_told_in_a_line(csv: Path, tmp_path: Path, content: bytes) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(content)
    done = ilex("analyze", csv, "--plan", plan)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "plan.json: not a plan: " in done.stderr


def test_a_recording_brings_its_own_plan_and_inputs_unless_another_plan_is_given(tmp_path: Path) -> None:
    """decision 0042: under another plan its samples alone are judged."""
    path = record(tmp_path)
    entries = list(open_recorded(path).entries())
    assert ilex("analyze", path, "--json").stdout.splitlines() == lines(list(analyse(entries, PLAN)))
    other = msgspec.structs.replace(PLAN, endpoint="repetitions")
    (tmp_path / "other.json").write_bytes(msgspec.json.encode(other))
    samples_alone = [entry for entry in entries if isinstance(entry, Block)]
    done = ilex("analyze", path, "--json", "--plan", tmp_path / "other.json")
    assert done.stdout.splitlines() == lines(list(analyse(samples_alone, other)))


def events(path: Path, *arguments: str) -> list[str]:
    return ilex("analyze", path, "--json", *arguments).stdout.splitlines()


class TestParameters:
    """Decision 0206: a recording is judged by the parameters that it was recorded with."""

    def test_the_events_are_those_of_the_recording_the_notebook_and_a_rerun(self, tmp_path: Path) -> None:
        path = recorded(tmp_path, "fails", kept={"partial": 0.85, "full": 0.93})
        final = [text.decode() for text in recordings.events(path, "final")]
        assert events(path) == final == lines(list(ilex_.open(path).analyze().events)) == lines(list(rerun(open_recorded(path))))
        assert '"partial":0,"attempt":1' in final[-1]

    def test_other_ones_are_told_in_a_line_and_can_be_left(self, tmp_path: Path) -> None:
        path = recorded(tmp_path, "fails", final=False, kept={"partial": 0.85, "failure_confidence": 0.6, "bygone_s": 3.0})
        lacking = len(Parameters.__struct_fields__) - 2
        assert ilex("analyze", path).stderr == (
            f"ilex: {path}: judged by the parameters that it was recorded with (partial 0.85, now 0.5; failure_confidence 0.6, now 0.5, "
            f"{lacking} that it lacks by this version's, 1 that this version doesn't have left out); --defaults judges by this version's\n"
        )
        done = ilex("analyze", path, "--json", "--defaults")
        capture = open_recorded(path)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == lines(list(analyse(capture.entries(), capture.plan)))
        assert done.stdout.splitlines() != events(path)

    def test_under_another_plan_they_hold_too(self, tmp_path: Path, plan: Path) -> None:
        path = recorded(tmp_path, "fails", final=False, kept={"partial": 0.85})
        assert events(path, "--plan", str(plan)) == lines(list(rerun(open_recorded(path), PLAN)))

    def test_of_many_recordings_one_line_tells_it(self, tmp_path: Path) -> None:
        older, newer = (recorded(tmp_path / name, "fails", final=False, kept=kept) for name, kept in (("a", {"full": 0.94}), ("b", None)))
        other = recorded(tmp_path / "c", "fails", final=False, kept={"full": 0.92})
        said = ilex("analyze", older, newer, other, "--json").stderr
        assert said.startswith(f"ilex: {older} and 1 other recording: judged by the parameters that they were recorded with")
        assert said.count("\n") == 1
        assert ilex("analyze", newer).stderr == ""

    def test_those_that_this_version_can_not_use_are_a_fault(self, tmp_path: Path) -> None:
        path = record(tmp_path, about={"parameters": '{"partial": 0.95}'})
        done = ilex("analyze", path)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert done.stderr.startswith(f"ilex: {path}: /parameters: this version can't use what it was recorded with: return_below < ")
        assert ilex("analyze", path, "--defaults").returncode == 0


def test_an_unfinished_recording_is_analysed_to_its_end_with_a_note(tmp_path: Path) -> None:
    part = record(tmp_path, finish=False)
    done = ilex("analyze", part, "--json")
    assert done.returncode == 0
    assert done.stderr == f"ilex: {part}:byte {part.stat().st_size}: the recording ends here, unfinished; what lies before was analysed\n"
    assert done.stdout


def test_each_recording_runs_on_the_kernels_that_its_length_is_worth(
    csv: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """decision 0034."""
    asked: list[int | None] = []

    def for_samples(total: int | None) -> Engine:
        asked.append(total)
        return PLAIN

    monkeypatch.setattr("service.kernels.for_samples", for_samples)
    monkeypatch.setattr(sys, "argv", ["ilex", "analyze", str(csv), str(record(csv.parent))])
    with pytest.raises(SystemExit) as end:
        main()
    assert (end.value.code, asked) == (0, [4400, 4400])
    assert "together" in capsys.readouterr().out


def test_a_terminal_that_knows_only_ascii_is_told_all_the_same(csv: Path, plan: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "analyze", str(csv), "--plan", str(plan)]
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "70"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=narrow)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Set 1: 8 repetitions" in done.stdout


def test_wrong_use_is_exit_code_2(csv: Path) -> None:
    assert ilex("analyze").returncode == 2
    assert ilex("analyze", csv, "--nonsense").returncode == 2


def test_it_starts_without_what_it_does_not_need(csv: Path) -> None:
    code = f"import sys; sys.argv = ['ilex', 'analyze', {str(csv)!r}]\nfrom service.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    check = f"print(sorted({MODULES_NOT_NEEDED!r} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + check], check=True, capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[]"


def test_every_real_recording_is_analysed_without_an_error(recordings: Path) -> None:
    """Issue 2, done when: every recording goes through `ilex analyze`, with and without its plan."""
    files = sorted(recordings.glob("*/*.csv"))
    assert files
    done = ilex("analyze", *files, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(np.isfinite(value) for event in events for value in event.values() if isinstance(value, float))
