"""A task over many recordings (issue 6, point 3)."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest

from service.analysis import Parameters
from service.analysis.difference import Difference
from service.bench import many
from service.bench.many import over
from service.bench.tally import tally, weight
from service.bench.task import Outcome, Task, by_another, outcomes
from service.recordings.labels import Label, add
from tests.ilex.scenes import EXAMPLES, late, recorded
from tests.service.recordings.sessions import record
from wire.plan import Plan, Range, Tempo

FAILS = EXAMPLES / "fails.mcap"


def one(task: Task, path: Path) -> Outcome:
    (found,) = outcomes(task, [str(path)])
    return found


def test_unchanged_it_finds_what_was_recorded() -> None:
    for before in ("recorded", "now"):
        found = one(Task(before=before), FAILS)
        assert found.difference.equal
        assert (found.counts, found.right, found.fault, found.damage) == ((9, 9), None, None, None)


def test_a_parameter_changes_what_it_changes() -> None:
    found = one(Task(values={"partial": 0.85}), FAILS)
    assert found.counts == (9, 8)
    assert [change.fields for change in found.difference.changed] == [["extent"], ["partial", "attempt"]]
    assert one(Task(values={"partial": 0.85}, parameters=Parameters()), FAILS).difference == found.difference


def test_that_another_plan_was_given_is_no_difference() -> None:
    """Decision 0160: what it changes is, or every session of many would count as changed."""
    wider = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), label="everybody")
    found = one(Task(plan=wider), FAILS).difference
    assert "plan" not in {name for change in found.changed for name in change.fields}


def test_labels_say_whether_that_is_better(tmp_path: Path) -> None:
    shutil.copy(FAILS, tmp_path)
    (tmp_path / "labels.csv").write_text("file,repetitions\nfails.mcap,8\n")
    assert one(Task(values={"partial": 0.85}), tmp_path / "fails.mcap").right == (0, 1, 1)


@pytest.mark.parametrize("before", ["recorded", "now"])
def test_what_therapists_said_is_of_the_numbers_that_they_saw(tmp_path: Path, before: Literal["recorded", "now"]) -> None:
    """Decision 0203: `now` compares with what this version finds, which counts a repetition that nobody was shown."""
    path = recorded(tmp_path, "fails", final=False, seen=late)
    made_utc = datetime(2026, 3, 1, 9, 32, tzinfo=UTC)
    add(path, Label(id=str(uuid4()), kind="finding", set=1, repetition=8, finding="failure", made_utc=made_utc, by="anna"))
    found = one(Task(before=before), path)
    assert (found.counts[1], found.right) == (9, (1, 1, 1))


def test_live_events_count_where_there_are_no_final_ones(tmp_path: Path) -> None:
    """This recording says of itself that it showed two events."""
    assert len(one(Task(), record(tmp_path)).difference.only_after) > 10


def test_a_recordings_fault_is_told_and_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(b"nothing")
    found = outcomes(Task(), [str(tmp_path / "x.mcap"), str(FAILS), str(tmp_path / "y.csv")])
    assert [each.fault is None for each in found] == [False, True, False]
    assert found[0].fault == f"{tmp_path / 'x.mcap'}:byte 0: is not an MCAP file"


def test_another_installed_version_is_asked_by_its_command(tmp_path: Path) -> None:
    """The same version here; what it says of a broken file is passed on."""
    command = tmp_path / "ilex"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m service.cli "$@"\n')
    command.chmod(0o755)
    (tmp_path / "x.mcap").write_bytes(b"nothing")
    found = outcomes(Task(command=str(command)), [str(FAILS), str(tmp_path / "x.mcap")])
    assert found[0].difference.equal
    assert found[1].fault is not None
    missing = one(Task(command=str(tmp_path / "none")), FAILS)
    assert missing.fault is not None
    assert "No such file" in missing.fault


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        ('echo "Traceback: $last" >&2; exit 1', "Traceback: b.mcap"),
        ('echo "no memory" >&2; exit 70', "no memory"),
        ("exit 3", "ended with code 3"),
        ("kill -9 $$", "ended by signal 9"),
        ("""printf '{"kind":"pau'; kill -9 $$""", "ended by signal 9"),
        ("""echo '{"kind":"of another","file":"z"}'""", "ended with code 0"),
    ],
)
def test_another_version_that_breaks_off_has_found_nothing_in_those_it_did_not_come_to(tmp_path: Path, breaks: str, words: str) -> None:
    """Issue 6, point 3: each of them is asked for alone, and what it says of one is never told of another."""
    command, paths = tmp_path / "ilex", [str(tmp_path / name) for name in ("a.mcap", "b.mcap", "c.mcap", "a.mcap.d/a.mcap")]
    command.write_text(
        '#!/bin/sh\nshift 3\nfor path in "$@"; do last=$(basename $path)\n'
        f"[ $last = b.mcap ] && {{ {breaks}; exit; }}\n"
        """[ $# -gt 1 ] && printf '{"file":"%s",' $path || printf '{'; echo '"kind":"cue"}'; done\n"""
    )
    command.chmod(0o755)
    found = by_another(str(command), paths)
    assert [found[path] for path in (paths[0], *paths[2:])] == [[{"kind": "cue"}]] * 3
    assert str(found[paths[1]]).startswith(f"{paths[1]}: {command} ")
    assert words in found[paths[1]]
    assert {paths[1]: found[paths[1]]} == by_another(str(command), [paths[1]])


def test_another_version_says_of_each_what_is_wrong_with_it(tmp_path: Path) -> None:
    """Contract 7: code 1, and a line each. Then those in which it found something need not be asked for again."""
    command, (good, bad) = tmp_path / "ilex", [str(tmp_path / name) for name in ("good.mcap", "bad.mcap")]
    command.write_text(
        f"""#!/bin/sh\n[ $# = 5 ] || exit 9\necho '{{"kind":"cue","file":"{good}"}}'\necho 'ilex: {bad}:byte 0: is none' >&2; exit 1\n"""
    )
    command.chmod(0o755)
    assert by_another(str(command), [good, bad]) == {
        good: [{"kind": "cue"}], bad: f"{bad}: {command} says: ilex: {bad}:byte 0: is none",
    }  # fmt: skip


def test_it_judges_by_its_own_parameters_old_or_new(tmp_path: Path) -> None:
    """Decision 0206: also those of a version that knows no `--defaults`."""
    path = recorded(tmp_path, "fails", final=False, kept={"partial": 0.85})
    assert one(Task(), path).counts == (8, 8)
    command = tmp_path / "ilex"
    for knows in ("", '[ "$3" = --defaults ] && exit 2\n'):
        command.write_text(f'#!/bin/sh\n{knows}exec "{sys.executable}" -m service.cli "$@" {"--defaults" if knows else ""}\n')
        command.chmod(0o755)
        assert one(Task(command=str(command)), path).counts == (8, 9)


def test_on_several_processes_the_order_stays_and_a_tally_adds_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 2)
    for number in range(5):
        shutil.copy(EXAMPLES / "hurried.mcap", tmp_path / f"{number}.mcap")
    shutil.copy(FAILS, tmp_path / "2.mcap")
    (tmp_path / "3.mcap").write_bytes(b"nothing")
    paths = sorted(tmp_path.glob("*.mcap"))
    found = list(over(Task(values={"partial": 0.85}), paths, jobs=2))
    assert [each.path for each in found] == list(map(str, paths))
    told = tally(found, keep=3)
    assert (told.sessions, told.different, told.recounted, len(told.faults)) == (4, 1, 1, 1)
    assert told.counts == (27, 26)
    assert [Path(each.path).name for each in told.worst] == ["2.mcap"]
    assert [(kind.kind, kind.changed, kind.sessions) for kind in told.by_kind()] == [("repetition_completed", 1, 1), ("set_ended", 1, 1)]


def test_worst_is_what_counts_otherwise_then_what_is_less_right_then_what_is_lost() -> None:
    alone = {"kind": "failure", "at_s": 1.0}
    outcomes = [
        Outcome(path="phase", difference=Difference([{"kind": "phase_entered", "at_s": 1.0}], [], [])),
        Outcome(path="failure", difference=Difference([alone], [], [])),
        Outcome(path="right", difference=Difference([alone], [], []), right=(3, 1, 3)),
        Outcome(path="count", difference=Difference([alone], [], []), counts=(8, 10)),
    ]
    assert [one.path for one in sorted(outcomes, key=weight, reverse=True)] == ["count", "right", "failure", "phase"]
    told = tally(outcomes, keep=2)
    assert [one.path for one in told.worst] == ["count", "right"]
    assert (told.better, told.worse, told.right) == (0, 1, (3, 1, 3))
