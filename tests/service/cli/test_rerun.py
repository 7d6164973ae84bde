"""`ilex rerun` and `ilex diff` (contract 7, issue 6 point 3)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.detection.rewrite import FOLDER
from tests.ilex.scenes import EXAMPLES, recorded
from tests.service.cli.test_commands import Said, ilex
from tests.service.recordings.sessions import flip, truncate

__all__ = ["ilex"]
Ilex = Callable[..., Said]
FAILS = str(EXAMPLES / "fails.mcap")


class TestRerun:
    def test_a_summary_says_what_changed_by_kind_and_where_most(self, ilex: Ilex) -> None:
        found = ilex("rerun", str(EXAMPLES), "--set", "partial=0.85")
        assert (found.returncode, found.stderr) == (0, "")
        words = found.stdout
        assert words.startswith("3 sessions, 1 changed; repetitions 21 → 20, 1 session counted otherwise\n")
        assert "fails.mcap  repetitions 9 → 8" in words
        assert "repetition_completed of repetition 9: extent partial → attempt" in words

    def test_json_is_the_answer_of_a_rerun_for_each(self, ilex: Ilex) -> None:
        found = ilex("rerun", FAILS, "--set", "partial=0.85", "--json")
        (line,) = map(json.loads, found.stdout.splitlines())
        assert set(line) == {"file", "only_before", "only_after", "changed", "repetitions", "right"}
        assert line["repetitions"] == {"before": 9, "after": 8}

    def test_labels_beside_the_recordings_say_whether_it_is_better(self, ilex: Ilex, tmp_path: Path) -> None:
        shutil.copy(FAILS, tmp_path)
        (tmp_path / "labels.csv").write_text("file,repetitions\nfails.mcap,9\n")
        found = ilex("rerun", str(tmp_path), "--set", "partial=0.85", "--now", "--defaults")
        assert "Right by labels: 1 → 0 of 1; better in 0 sessions, worse in 1" in found.stdout

    def test_recorded_parameters_that_are_not_this_versions_are_told(self, ilex: Ilex, tmp_path: Path) -> None:
        """Decision 0206."""
        recorded(tmp_path, "fails", kept={"partial": 0.85})
        shutil.copy(FAILS, tmp_path / "newer.mcap")
        said = "1 recording judged by recorded parameters that are not this version's (--defaults takes those)"
        assert ilex("rerun", str(tmp_path)).stdout.splitlines() == ["2 sessions, 0 changed; repetitions 17 → 17", said]
        now = ilex("rerun", str(tmp_path), "--defaults").stdout
        assert now.startswith("2 sessions, 1 changed; repetitions 17 → 18")
        assert said not in now

    def test_a_broken_one_is_told_and_the_others_are_done(self, ilex: Ilex, tmp_path: Path) -> None:
        shutil.copy(FAILS, tmp_path)
        (tmp_path / "x.mcap").write_bytes(b"nothing")
        found = ilex("rerun", str(tmp_path))
        assert found.returncode == 1
        assert found.stderr == f"ilex: {tmp_path / 'x.mcap'}:byte 0: is not an MCAP file\n"
        assert "1 session, 0 changed" in found.stdout

    @pytest.mark.parametrize("options", [(), ("--json",)])
    def test_a_damaged_one_is_1_and_one_that_is_merely_cut_0(self, ilex: Ilex, tmp_path: Path, options: tuple[str, ...]) -> None:
        """Contract 7, decision 0201: as `ilex analyze` and `ilex export` end; the rest is analysed all the same."""
        cut = ilex("rerun", str(truncate(Path(shutil.copy(FAILS, tmp_path)))), *options)
        assert (cut.returncode, cut.stderr.count("\n")) == (0, 1), cut.stderr
        damaged = ilex("rerun", str(flip(Path(shutil.copy(FAILS, tmp_path)))), *options)
        assert (damaged.returncode, damaged.stderr.count("\n")) == (1, 1), damaged.stderr
        assert damaged.stderr.endswith("; the rest was analysed\n")
        assert damaged.stdout

    def test_a_folder_without_recordings_is_told(self, ilex: Ilex, tmp_path: Path) -> None:
        assert ilex("rerun", str(tmp_path)).stderr == f"ilex: {tmp_path}: holds no recordings (.mcap, .csv, .parquet)\n"

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["--set", "partial"], "NAME=VALUE"),
            (["--set", "partial=big"], "NAME=VALUE"),
            (["--set", "partal=1"], "did you mean partial?"),
            (["--set", "partial=2"], "must hold"),
            (["--with", "x", "--defaults"], "another version"),
        ],
    )
    def test_wrong_use_is_2_and_said(self, ilex: Ilex, arguments: list[str], why: str) -> None:
        found = ilex("rerun", FAILS, *arguments)
        assert found.returncode == 2
        assert why in found.stderr


class TestDiff:
    def test_equal_is_0_and_silent(self, ilex: Ilex) -> None:
        assert ilex("diff", FAILS, FAILS) == Said(0, "", "")
        assert ilex("diff", FAILS, FAILS, "--recorded").returncode == 0

    def test_events_of_another_version_are_lines_of_json(self, ilex: Ilex, tmp_path: Path) -> None:
        expected = str(FOLDER / "fails.jsonl")
        assert ilex("diff", expected, FAILS).returncode == 0
        fewer = tmp_path / "fewer.jsonl"
        fewer.write_text("\n".join(line for line in Path(expected).read_text().splitlines() if '"failure"' not in line))
        found = ilex("diff", expected, str(fewer))
        assert found.returncode == 1
        assert "only before  failure of repetition 9: reason stall" in found.stdout
        assert json.loads(ilex("diff", expected, str(fewer), "--json").stdout)["only_after"] == []

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (b"{", ":1: is no event: "),
            (b'{"kind": "\xfc"}', ":1: is no event: "),
            (b'{"kind": 3}', ":1: is no event: expected at least kind and at_s"),
            (None, "No such"),
        ],
    )
    def test_an_input_at_fault_is_told(self, ilex: Ilex, tmp_path: Path, text: bytes | None, why: str) -> None:
        path = tmp_path / "x.jsonl"
        if text is not None:
            path.write_bytes(text)
        found = ilex("diff", FAILS, str(path))
        assert (found.returncode, found.stdout) == (1, "")
        assert why in found.stderr
        assert found.stderr.count("\n") == 1

    @pytest.mark.parametrize("options", [[], ["--recorded"]])
    def test_of_a_damaged_one_the_rest_is_compared_and_the_damage_said(self, ilex: Ilex, tmp_path: Path, options: list[str]) -> None:
        """Decision 0201."""
        path = flip(Path(shutil.copy(FAILS, tmp_path)))
        found = ilex("diff", FAILS, str(path), *options)
        assert (found.returncode, found.stderr.count("\n")) == (1, 1)
        assert found.stderr.startswith(f"ilex: {path}: byte ")
        assert found.stderr.endswith("; the rest is compared\n")
        cut = truncate(Path(shutil.copy(FAILS, tmp_path / "cut.mcap")))
        found = ilex("diff", FAILS, str(cut), *options)
        assert found.stderr == f"ilex: {cut}:byte {cut.stat().st_size}: the recording ends here, unfinished; what lies before is compared\n"
        assert found.returncode == 1
        assert "only before" in found.stdout
        assert ilex("diff", str(cut), str(cut), *options).returncode == 0

    def test_a_table_holds_no_events(self, ilex: Ilex, tmp_path: Path) -> None:
        path = tmp_path / "x.csv"
        path.write_text("t_s,angle_deg\n0,1\n1,2\n")
        assert "holds no events; leave out --recorded" in ilex("diff", str(path), str(path), "--recorded").stderr
