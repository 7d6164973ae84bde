"""What stands out in a session, and how the list finds it (issue 6, point 2; decision 0153)."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service import recordings
from service.recordings import Recorder
from service.store import Index, SessionRow
from service.store.flags import FLAGS, flags_of
from tests.service.recordings.sessions import record


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "id": 1, "set": 1, "at_s": 1.0, "known_s": 1.0, **fields}


def faulted(fault: str) -> dict[str, Any]:
    return event("signal_faulted", channel="angle", fault=fault)


@pytest.mark.parametrize(
    ("live", "result", "notes", "incomplete", "flags"),
    [
        ([], [event("set_started")], [], False, []),
        ([], [event("failure"), event("unsure")], [], False, ["failure", "unsure"]),
        ([event("failure")], [], [], False, []),  # shown live, and not what it came to
        ([], [faulted("stuck")], [], False, ["fault"]),
        ([faulted("gap")], [], [], False, ["gap"]),  # seen live, filled since
        ([], [faulted("clock")], [], False, ["clock_step"]),
        ([], [], [{"kind": "gap"}, {"kind": "clock_step"}, {"kind": "restart"}], False, ["gap", "clock_step"]),
        ([], [], [], True, ["incomplete"]),
    ],
)
def test_flags_come_from_events_notes_and_completeness(
    live: list[Any], result: list[Any], notes: list[Any], incomplete: bool, flags: list[str]
) -> None:
    assert flags_of(live, result, notes, incomplete=incomplete) == flags


def test_they_stand_in_one_order() -> None:
    found = flags_of([faulted("gap")], [faulted("spike"), event("unsure"), event("failure")], [{"kind": "clock_step"}], incomplete=True)
    assert found == [flag for flag in FLAGS if flag != "label_differs"]


def test_a_finished_recording_has_its_flags(tmp_path: Path) -> None:
    assert recordings.summary(record(tmp_path)).flags == []
    recorder = Recorder.resume(record(tmp_path, session="s2", finish=False))
    recorder.note("clock_step", {})
    path = recorder.finish({"expected": 10, "stored": 9, "missing": 1, "refused": 0}, {"reason": "idle"})
    assert recordings.summary(path).flags == ["clock_step", "incomplete"]


async def test_the_list_finds_sessions_that_have_all_of_them(tmp_path: Path) -> None:
    """Rows of an earlier version have none yet, and are found by none."""
    row = SessionRow(session="s", machine="clinic/one", started_utc=datetime(2026, 1, 1, tzinfo=UTC))
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    for name, flags in (("s1", ["gap", "failure"]), ("s2", ["failure"]), ("s3", []), ("s4", None)):
        await index.put(replace(row, session=name, flags=flags))

    async def found(*flags: str) -> dict[str, list[str] | None]:
        return {one.session: one.flags for one in (await index.list(flags=flags))[0]}

    assert await found() == {"s4": None, "s3": [], "s2": ["failure"], "s1": ["gap", "failure"]}
    assert list(await found("failure")) == ["s2", "s1"]
    assert list(await found("failure", "gap")) == ["s1"]
    assert await found("unsure") == {}
    await index.close()
