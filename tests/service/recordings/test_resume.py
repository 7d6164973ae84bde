"""A recording that goes on: after a kill, or when more of its samples come (contract 8, robustness F03)."""

import errno
import json
import os
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from service.recordings import Recorder, events, events_after, leftovers, summary
from service.recordings.finalise import finalise
from tests.faults.twin import Twin
from tests.service.recordings.sessions import BOOT, FIRST_NS, UTC_OFFSET_NS, WHOLE, batches, made_whole, movement, record
from wire import samples
from wire.capture import Capture
from wire.messages import Input
from wire.recorded import Block, RecordedError


def begin(folder: Path, upto: int, *, first: int = 0) -> Recorder:
    """A session of batches first..upto of one that is synced so far."""
    recorder = Recorder(folder, machine="clinic/one", session="s1", plan=None, metadata={"parameters": "{}"})
    feed(recorder, first, upto)
    recorder.cut()
    recorder.sync()
    return recorder


def feed(recorder: Recorder, first: int, upto: int, *, late: bool = False) -> None:
    recorder.utc_offset_ns = UTC_OFFSET_NS
    for batch in batches(movement())[first:upto]:
        recorder.batch(samples.encode(batch), batch.t0, late=late)


def told(entries: object) -> list[tuple[int, int] | str]:
    """Blocks as [first, last], inputs by kind."""
    assert hasattr(entries, "__iter__")
    return [entry.kind if isinstance(entry, Input) else (entry.seq, entry.seq + len(entry.t_ns) - 1) for entry in entries]


def test_a_killed_recording_goes_on_where_it_was(tmp_path: Path) -> None:
    killed = begin(tmp_path, 100)
    killed.note("restart", {})
    killed.flush()
    killed.close()
    size = killed.path.stat().st_size
    recorder = Recorder.resume(tmp_path / "s1.mcap.part")
    assert recorder.path == tmp_path / "s1.mcap.part"
    assert [one.name for one in tmp_path.iterdir()] == ["s1.mcap.part"]
    assert recorder.faults == [f"cut at byte {size}"]
    feed(recorder, 100, 2200)
    path = recorder.finish(WHOLE, {"reason": "stopped"})
    capture = Capture(path)
    assert told(capture.entries()) == told(capture.lived())
    assert capture.ranges() == {BOOT: [(0, 4399)]}
    assert capture.utc_offsets_ns() == {BOOT: UTC_OFFSET_NS}
    assert capture.metadata["parameters"] == "{}"
    assert [note["kind"] for note in capture.notes()] == ["restart"]
    assert capture.ended is not None
    assert capture.ended["reason"] == "stopped"
    assert finalise(path)


def test_events_and_inputs_come_along(tmp_path: Path) -> None:
    part = record(tmp_path, finish=False)
    before, entries = events_after(tmp_path / "s1.mcap", 0), list(Capture(part).lived())
    recorder = Recorder.resume(part)
    recorder.close()
    assert events_after(tmp_path / "s1.mcap", 0) == before
    capture = Capture(part)
    assert capture.event_ids == {1, 2}
    assert told(capture.lived()) == told(entries)
    assert capture.ended is None


def test_the_live_analysis_was_never_fed_what_came_late(tmp_path: Path) -> None:
    """Contract 2: a late sample is recorded; the live analysis saw a gap."""
    recorder = begin(tmp_path, 10)
    feed(recorder, 20, 30)
    recorder.entry(Input(kind="pause", boot=BOOT, seq=59), FIRST_NS)
    feed(recorder, 10, 20, late=True)
    feed(recorder, 30, 35)
    recorder.end({"reason": "idle"})
    feed(recorder, 35, 40)
    recorder.finish(WHOLE, {"reason": "something else"})
    capture = Capture(tmp_path / "s1.mcap")
    assert told(capture.lived()) == [(0, 19), (40, 59), "pause", (60, 69)]
    assert told(capture.entries()) == [(0, 59), "pause", (60, 79)]
    assert capture.ended is not None
    assert capture.ended["reason"] == "idle"


def test_what_lies_behind_is_late_also_where_nobody_said_so(tmp_path: Path) -> None:
    recorder = begin(tmp_path, 30, first=10)
    feed(recorder, 0, 12)
    recorder.flush()
    recorder.close()
    assert told(Capture(recorder.path).lived()) == [(20, 59)]


def test_a_folder_or_a_copy_that_the_system_does_not_give_keeps_nobody_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F11."""
    begin(tmp_path / "one", 30).close()
    (tmp_path / "one" / "s2.resumed.mcap.part").touch()
    (tmp_path / "another").mkdir()
    scandir = os.scandir

    def scanning(path: str) -> object:
        if str(path).endswith("another"):
            raise OSError(errno.EIO, "Input/output error", str(path))
        return scandir(path)

    twin = Twin(tmp_path)
    twin.fail_from(1)
    monkeypatch.setattr(os, "scandir", scanning)
    with capture_logs() as logs:
        assert leftovers(tmp_path, twin) == [tmp_path / "one" / "s1.mcap.part"]
    assert [entry["recording"] for entry in logs] == ["another", "s2.resumed.mcap.part"]


def test_an_incomplete_recording_is_opened_again_and_replaced(tmp_path: Path) -> None:
    recorder = begin(tmp_path, 100)
    feed(recorder, 200, 2200)
    path = recorder.finish({"expected": 4400, "stored": 4200, "missing": 200, "refused": 0}, {"reason": "stopped"})
    assert not finalise(path)
    recorder = Recorder.resume(path)
    assert {one.name for one in tmp_path.iterdir()} == {"s1.mcap", "s1.mcap.part"}
    assert recorder.faults == []
    feed(recorder, 100, 200, late=True)
    recorder.cut()
    recorder.sync()
    recorder.close()
    # A kill here: the part holds all of the recording, and is gone on with.
    assert leftovers(tmp_path) == [tmp_path / "s1.mcap.part"]
    capture = Capture(tmp_path / "s1.mcap.part")
    assert capture.ended is not None
    assert capture.ended["reason"] == "stopped"
    assert told(capture.lived()) == [(0, 199), (400, 4399)]
    assert made_whole(tmp_path) == [path]
    assert [one.name for one in tmp_path.iterdir()] == ["s1.mcap"]
    assert summary(path).completeness == WHOLE
    assert finalise(path)
    assert summary(path).final


def test_what_was_final_is_so_no_more_when_it_goes_on(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert finalise(path)
    recorder = Recorder.resume(path)
    recorder.finish(WHOLE, {})
    assert events(path, "final") == []
    assert Capture(path).final is None
    assert [json.loads(text)["id"] for text in events(path, "live")] == [1, 2]


def test_a_file_of_which_nothing_can_be_had_stays_as_it_is(tmp_path: Path) -> None:
    part = tmp_path / "s1.mcap.part"
    part.write_bytes(b"\x89MCAP0\r\n")
    with pytest.raises(RecordedError, match="nothing can be had"):
        Recorder.resume(part)
    assert part.read_bytes() == b"\x89MCAP0\r\n"
    assert [one.name for one in tmp_path.iterdir()] == ["s1.mcap.part"]


def test_copies_that_were_being_made_are_thrown_away(tmp_path: Path) -> None:
    part = begin(tmp_path, 5)
    part.close()
    for name in ("s1.resumed.mcap.part", "s1.final.mcap.part", "s2.recovered.mcap.part"):
        (tmp_path / name).touch()
    recorder = Recorder.resume(part.path)
    recorder.close()
    assert not (tmp_path / "s1.resumed.mcap.part").exists()
    assert leftovers(tmp_path) == [part.path]
    assert [one.name for one in tmp_path.iterdir()] == ["s1.mcap.part"]


def test_a_second_boot_is_lived_and_the_first_ones_rest_is_late(tmp_path: Path) -> None:
    recorder = begin(tmp_path, 10)
    later = msgspec.structs.replace(batches(movement())[0], boot="b2")
    recorder.utc_offset_ns = UTC_OFFSET_NS + 500
    recorder.batch(samples.encode(later), later.t0)
    feed(recorder, 10, 12)
    recorder.flush()
    recorder.close()
    capture = Capture(recorder.path)
    blocks = [entry for entry in capture.lived() if isinstance(entry, Block)]
    assert [(block.boot, block.seq, len(block.t_ns)) for block in blocks] == [(BOOT, 0, 20), ("b2", 0, 2)]
    assert capture.ranges() == {BOOT: [(0, 23)], "b2": [(0, 1)]}
