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

from service.recordings import Recorder, recover, summary
from service.recordings.recovery import over
from tests.service.recordings.sessions import made_whole, record
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
