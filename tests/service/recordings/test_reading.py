"""What is read from a finished recording (contract 6: sessions, events)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from service.recordings import difference, events, events_after, recover, summary
from service.recordings.finalise import finalise
from service.recordings.salvage import open_whole
from service.store import Index, SessionRow
from tests.service.recordings.sessions import PLAN, WHOLE, record
from wire import framing
from wire.capture import Capture
from wire.recorded import RecordedError


def test_the_summary_is_the_row_of_the_list(tmp_path: Path) -> None:
    path = record(tmp_path)
    row = summary(path)
    (the_set,) = row.sets
    assert the_set == {
        "id": 2, "set": 1, "at_s": 43.9, "known_s": 43.99, "started_s": 0.1, "reason": "stopped", "full": 8, "short": 0, "partial": 0,
        "attempt": 0, "duration_s": 43.8, "work_j": None, "time_under_tension_s": None,
    }  # fmt: skip
    assert replace(row, sets=[]) == SessionRow(
        session="s1",
        machine="clinic/one",
        started_utc=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        ended_utc=datetime(2026, 3, 1, 9, 31, tzinfo=UTC),
        plan=msgspec.to_builtins(PLAN),
        completeness=WHOLE,
        final=False,
        path=str(path),
        flags=[],
    )


def test_events_come_as_they_were_shown(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert [json.loads(text)["kind"] for text in events(path, "live")] == ["set_started", "set_ended"]
    assert events(path, "final") == []


@pytest.mark.parametrize("cut", [-100, 100])
def test_a_file_that_is_not_whole_is_refused_in_one_line(tmp_path: Path, cut: int) -> None:
    path = record(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    for read in (lambda path: events(path, "live"), difference, *([summary] if cut > 0 else [])):
        with pytest.raises(RecordedError, match=r"s1\.mcap: .* \(ilex recover gives what is whole\)$"):
            read(path)


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b"\x89MC", "is cut within its first bytes"), (b"nothing at all", "is not an MCAP file")]
)
def test_what_does_not_begin_as_a_recording_is_told_without_advice(tmp_path: Path, content: bytes, why: str) -> None:
    """F24, the rest said: `ilex recover` can do nothing for it, and says the same."""
    path = tmp_path / "s1.mcap"
    path.write_bytes(content)
    for read in (lambda path: events(path, "live"), lambda path: events_after(path, 0), difference, summary, Capture, open_whole):
        with pytest.raises(RecordedError, match=rf"s1\.mcap:.* {why}$"):
            read(path)
    with pytest.raises(RecordedError, match=rf"s1\.mcap: {why}$"):
        recover(path, tmp_path / "out.mcap")


def test_what_holds_nothing_whole_is_told_without_advice_by_whoever_has_tried(tmp_path: Path) -> None:
    """F24: it was looked for already, and `ilex recover` would find no more."""
    path = tmp_path / "s1.mcap"
    path.write_bytes(framing.MAGIC + b"\x55" * 400)
    with pytest.raises(RecordedError, match=r"\(ilex recover gives what is whole\)$"):
        Capture(path)
    with pytest.raises(RecordedError, match=r"no record can be of kind 85 and [0-9]+ bytes$"):
        open_whole(path)
    with pytest.raises(RecordedError, match="nothing can be had"):
        recover(path, tmp_path / "out.mcap")


def test_a_damaged_one_is_listed_and_marked(tmp_path: Path) -> None:
    """F24: "damaged from 12.3 s", never served as good."""
    path = record(tmp_path)
    assert finalise(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    row = summary(path)
    assert (row.session, row.final) == ("s1", False)
    assert row.damage is not None
    assert 15 < row.damage["from_s"] < 30
    assert row.damage["reason"].startswith("byte ")
    with pytest.raises(RecordedError, match="is damaged"):
        events(path, "final")
    fixed = recover(path, tmp_path / "fixed.mcap")
    assert len(fixed.faults) == 1
    assert summary(fixed.path).damage is None


def test_what_live_and_final_differ_in_is_given_event_by_event(tmp_path: Path) -> None:
    """Contract 2: the difference from what was shown live is kept."""
    path = record(tmp_path)
    assert difference(path) is None
    assert finalise(path)
    found = difference(path)
    assert found is not None
    live, final = (list(map(json.loads, events(path, version))) for version in ("live", "final"))
    about = Capture(path).final
    assert about is not None
    assert (len(found["only_live"]), len(found["only_final"])) == (int(about["only_live"]), int(about["only_final"])) != (0, 0)
    assert all(event in live for event in found["only_live"])
    assert all(event in final for event in found["only_final"])
    assert (found["version"], found["computed_utc"]) == (about["version"], about["computed_utc"])


async def test_the_index_is_made_anew_from_the_recordings(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    paths = [record(folder / "clinic" / "one", session=f"s{number}", sync_every=1000) for number in range(3)]
    (folder / "clinic" / "broken.mcap").write_bytes(b"nothing")
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    gone = SessionRow(session="gone", machine="clinic/one", started_utc=datetime.now(UTC), ended_utc=datetime.now(UTC))
    running = replace(gone, session="running", ended_utc=None)
    await index.put(gone)
    await index.put(running)
    assert await index.rebuild(folder) == 3
    rows, _ = await index.list()
    assert {row.session for row in rows} == {"s0", "s1", "s2", "running"}
    assert await index.get("s1") == summary(paths[1])
    await index.close()


def test_the_events_of_a_running_session_can_be_read(tmp_path: Path) -> None:
    """Contract 5: what a returning screen has missed, from the recording that is being written."""
    part = record(tmp_path, finish=False)
    assert part.name == "s1.mcap.part"
    path = tmp_path / "s1.mcap"
    shown = events_after(path, 0)
    assert [json.loads(text)["kind"] for text in shown] == ["set_started", "set_ended"]
    assert events_after(path, 1) == shown[1:]
    assert events_after(path, 2) == []
    whole = part.read_bytes()
    part.write_bytes(whole[:-30])
    assert events_after(path, 0) == shown[:1], "a chunk that is being written is not there yet"
    part.write_bytes(whole[: len(whole) // 2] + b"\0" * (len(whole) // 2))
    with pytest.raises(RecordedError, match=r"s1\.mcap: is damaged: no record can be of kind"):
        events_after(path, 0)
    part.unlink()
    with pytest.raises(RecordedError, match="is not on disk"):
        events_after(path, 0)
    part.mkdir()
    with pytest.raises(RecordedError, match="directory"):
        events_after(path, 0)


def test_they_are_the_same_once_it_is_whole(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert events_after(path, 0) == events(path, "live")
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(RecordedError, match="is not an MCAP file"):
        events_after(path, 0)
