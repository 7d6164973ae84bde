"""Recordings that were cut or damaged (contract 8)."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from mcap.exceptions import McapError
from mcap.reader import make_reader
from mcap.records import Message
from mcap.stream_reader import StreamReader
from structlog.testing import capture_logs

from service.recordings import Recorder, leftovers, make_whole, recover, summary
from service.recordings.names import recordings_under
from service.recordings.recovery import at_its_place, over
from tests.service.recordings.sessions import BOOT, ENDED, UTC_OFFSET_NS, WHOLE, batches, flip, made_whole, movement, record
from wire import samples
from wire.capture import Capture
from wire.recorded import RecordedError


def messages(path: Path) -> list[bytes]:
    """Every message of a whole file in order."""
    with path.open("rb") as file:
        return [message.data for _, _, message in make_reader(file, validate_crcs=True).iter_messages(log_time_order=False)]


def streamed(path: Path) -> list[bytes]:
    """What the `mcap` package's streaming reader gives of a cut file, before it raises one of several errors."""
    found = []
    with path.open("rb") as file, suppress(McapError, ValueError, struct.error, zstandard.ZstdError):
        for one in StreamReader(file, validate_crcs=True).records:
            if isinstance(one, Message):
                found.append(one.data)  # noqa: PERF401 - what came before the error is to be kept
    return found


def test_a_recording_cut_at_any_byte_gives_everything_before_the_cut(tmp_path: Path) -> None:
    whole = record(tmp_path / "whole")
    data, all_messages = whole.read_bytes(), messages(whole)
    part, out = tmp_path / "cut.mcap.part", tmp_path / "cut.mcap"
    counts = []
    for length in range(2000, len(data), len(data) // 20):
        part.write_bytes(data[:length])
        found = recover(part, out)
        kept = messages(out)
        assert kept == all_messages[: found.messages]
        assert found.messages >= len(streamed(part))
        assert found.faults[0] == f"cut at byte {length}"
        assert part.read_bytes() == data[:length]
        counts.append(found.messages)
        out.unlink()
    assert counts == sorted(counts)
    # A chunk is a second long here; nothing earlier than the last one is lost.
    assert counts[-1] >= len(all_messages) * 0.95


def test_a_damaged_chunk_is_left_out_and_what_follows_is_kept(tmp_path: Path) -> None:
    whole = record(tmp_path / "whole")
    data = bytearray(whole.read_bytes())
    data[len(data) // 2] ^= 0xFF
    damaged = tmp_path / "damaged.mcap"
    damaged.write_bytes(data)
    with pytest.raises(RecordedError):
        Capture(damaged)
    found = recover(damaged, tmp_path / "out.mcap")
    assert len(found.faults) == 1
    kept = messages(found.path)
    assert set(kept) < set(messages(whole))
    assert 0.9 * len(messages(whole)) < len(kept) < len(messages(whole))
    assert Capture(found.path).stored()["missing"] > 0


def test_nothing_is_overwritten_and_a_hopeless_file_leaves_nothing_behind(tmp_path: Path) -> None:
    whole = record(tmp_path)
    with pytest.raises(FileExistsError):
        recover(whole, whole)
    hopeless = tmp_path / "h.mcap"
    hopeless.write_bytes(whole.read_bytes()[:40])
    with pytest.raises(RecordedError, match="nothing can be had: cut at byte 40"):
        recover(hopeless, tmp_path / "out.mcap")
    assert {path.name for path in tmp_path.iterdir()} == {"s1.mcap", "h.mcap"}


def test_at_the_start_of_the_service_every_part_becomes_whole(tmp_path: Path) -> None:
    site = tmp_path / "clinic" / "one"
    part = record(site, session="crashed", finish=False)
    record(site, session="fine")
    (site / "empty.mcap.part").touch()
    (site / "fine.final.mcap.part").touch()
    assert part.name == "crashed.mcap.part"
    assert made_whole(tmp_path) == [site / "crashed.mcap"]
    assert {path.name for path in site.iterdir()} == {"crashed.mcap", "empty.mcap.torn", "fine.mcap"}
    row = summary(site / "crashed.mcap")
    assert (row.session, row.completeness["stored"], row.sets[0]["full"], row.final) == ("crashed", 4400, 8, False)
    assert made_whole(tmp_path) == []


def test_a_part_that_ended_between_its_last_byte_and_its_name_is_not_lost(tmp_path: Path) -> None:
    whole = record(tmp_path)
    data = whole.read_bytes()
    part = whole.rename(tmp_path / "s1.mcap.part")
    assert made_whole(tmp_path) == [whole]
    assert not part.exists()
    whole.with_suffix(".was").write_bytes(data)
    assert summary(whole).completeness == {"expected": 4400, "stored": 4400, "missing": 0, "refused": 0}


def test_whether_a_session_had_ended_is_read_from_its_recording(tmp_path: Path) -> None:
    """F03 after F12: no wall clock says it."""
    running = record(tmp_path, finish=False)
    assert not over(running)
    recorder = Recorder.resume(running)
    recorder.end({"reason": "stopped"})
    recorder.flush()
    recorder.close()
    assert over(recorder.path)
    recorder.path.write_bytes(b"no recording")
    assert not over(recorder.path)
    assert not over(tmp_path / "none.mcap.part")


def of_batches(folder: Path, *spans: tuple[int, int], finish: bool) -> Path:
    """A session of these batches, two samples each."""
    recorder = Recorder(folder, machine="clinic/one", session="s1", plan=None, metadata={"parameters": "{}"})
    recorder.utc_offset_ns = UTC_OFFSET_NS
    for first, end in spans:
        for batch in batches(movement())[first:end]:
            recorder.batch(samples.encode(batch), batch.t0)
    if finish:
        return recorder.finish(WHOLE, ENDED)
    recorder.flush()
    recorder.close()
    return recorder.path


def aside(folder: Path) -> Path:
    """The one file that was set aside; nothing takes it for a recording."""
    (found,) = folder.glob("*.aside-*")
    assert found not in recordings_under(folder)
    return found


@pytest.mark.parametrize("share", [0.5, 0.9, 0.0])
def test_a_part_that_lacks_samples_of_the_whole_recording_never_replaces_it(tmp_path: Path, share: float) -> None:
    """Decision 0123: at no instant are fewer samples on disk than before; an old part was put back beside what has become whole since."""
    whole = record(tmp_path)
    data = whole.read_bytes()
    part = tmp_path / "s1.mcap.part"
    part.write_bytes(data[: int(share * len(data))])
    old = part.read_bytes()
    with capture_logs() as logs:
        assert made_whole(tmp_path) == []
    assert whole.read_bytes() == data
    assert aside(tmp_path).read_bytes() == old
    assert not part.exists()
    (entry,) = logs
    assert (entry["recording"], entry["aside"], entry["samples_only_in_aside"]) == ("s1.mcap", aside(tmp_path).name, 0)
    assert made_whole(tmp_path) == []


def test_a_part_of_just_before_the_end_makes_no_session_run_again(tmp_path: Path) -> None:
    """Decision 0286: with all the samples, but not with all that was said."""
    part = of_batches(tmp_path, (0, 100), finish=False)
    old = part.read_bytes()
    recorder = Recorder.resume(part)
    whole = recorder.finish(WHOLE, ENDED)
    part.write_bytes(old)
    assert leftovers(tmp_path) == []
    assert whole.is_file()
    assert aside(tmp_path).read_bytes() == old


def test_what_only_the_part_holds_is_kept_aside_and_said(tmp_path: Path) -> None:
    """Decision 0286."""
    part = of_batches(tmp_path / "other", (0, 50), (100, 150), finish=False)
    whole = of_batches(tmp_path, (0, 100), finish=True)
    part.rename(tmp_path / part.name)
    with capture_logs() as logs:
        assert made_whole(tmp_path) == []
    assert Capture(whole).ranges() == {BOOT: [(0, 199)]}
    assert [(entry["samples_only_in_recording"], entry["samples_only_in_aside"]) for entry in logs] == [(100, 100)]
    again = aside(tmp_path).rename(tmp_path / "by-hand.mcap.part")
    assert Capture(recover(again, tmp_path / "by-hand.mcap").path).ranges() == {BOOT: [(0, 99), (200, 299)]}


def test_a_part_with_more_samples_goes_on_and_what_was_said_in_the_other_is_kept_aside(tmp_path: Path) -> None:
    """Decision 0286: as where an earlier state of the whole recording was put back."""
    part = of_batches(tmp_path / "other", (0, 150), finish=False)
    whole = of_batches(tmp_path, (0, 100), finish=True)
    data = whole.read_bytes()
    part.rename(tmp_path / part.name)
    assert made_whole(tmp_path) == [whole]
    assert Capture(whole).ranges() == {BOOT: [(0, 299)]}
    assert aside(tmp_path).read_bytes() == data


def test_a_part_of_what_is_whole_of_a_damaged_recording_goes_on(tmp_path: Path) -> None:
    """robustness F24: it was opened again for late samples."""
    whole = flip(record(tmp_path))
    Recorder.resume(whole).close()
    assert made_whole(tmp_path) == [whole]
    assert [path.name for path in tmp_path.iterdir()] == ["s1.mcap"]


def test_a_part_that_was_damaged_since_it_was_opened_again_replaces_nothing(tmp_path: Path) -> None:
    """Decision 0286: whoever ends it, at the start or later."""
    whole = record(tmp_path)
    data = whole.read_bytes()
    recorder = Recorder.resume(whole)
    recorder.close()
    assert leftovers(tmp_path) == [recorder.path]
    part = bytearray(recorder.path.read_bytes())
    middle = len(part) // 2
    part[middle : middle + 4000] = bytes(4000)
    recorder.path.write_bytes(part)
    assert make_whole(recorder.path) is None
    assert whole.read_bytes() == data
    assert aside(tmp_path).is_file()


def test_a_copy_has_not_its_sessions_name_and_its_machines_folder(tmp_path: Path) -> None:
    part = record(tmp_path / "clinic" / "one", finish=False)
    assert at_its_place(part)
    assert not at_its_place(part.rename(part.with_name("half.mcap.part")))
    (tmp_path / "clinic" / "two").mkdir()
    elsewhere = part.with_name("half.mcap.part").rename(tmp_path / "clinic" / "two" / "s1.mcap.part")
    assert not at_its_place(elsewhere)
    elsewhere.write_bytes(b"no recording")
    assert at_its_place(elsewhere)
