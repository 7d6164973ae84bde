"""`ilex recover` (contract 7)."""

import os
from pathlib import Path

import pytest

from tests.service.cli.test_analyze import ilex
from tests.service.recordings.sessions import record
from wire.capture import Capture


def test_a_part_becomes_whole_beside_it(tmp_path: Path) -> None:
    part = record(tmp_path, finish=False)
    before = part.read_bytes()
    done = ilex("recover", part)
    assert done.returncode == 0
    assert done.stdout == f"{tmp_path / 's1.mcap'}: 4400 samples, 4403 messages\n  cut at byte {len(before)}\n"
    assert part.read_bytes() == before
    assert Capture(tmp_path / "s1.mcap").total == 4400
    done = ilex("recover", part)
    assert (done.returncode, done.stderr) == (1, f"ilex: {tmp_path / 's1.mcap'}: is there already; name another file with -o\n")


def test_a_cut_recording_gives_another_one(tmp_path: Path) -> None:
    path = record(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    done = ilex("recover", path)
    assert done.returncode == 0
    assert Capture(tmp_path / "s1.recovered.mcap").total == 4400


def test_a_whole_recording_needs_no_recovery(tmp_path: Path) -> None:
    path = record(tmp_path)
    done = ilex("recover", path)
    assert (done.returncode, done.stdout) == (0, f"{path}: is whole, there is nothing to recover\n")
    assert [found.name for found in tmp_path.iterdir()] == ["s1.mcap"]
    assert ilex("recover", path, "-o", tmp_path / "copy.mcap").returncode == 0
    assert Capture(tmp_path / "copy.mcap").total == 4400


def test_a_bit_that_flipped_costs_its_chunk_and_is_told(tmp_path: Path) -> None:
    """Robustness F24."""
    path = record(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = ilex("recover", path)
    assert done.returncode == 0
    summary, fault = done.stdout.splitlines()
    assert summary.startswith(f"{tmp_path / 's1.recovered.mcap'}: 4300 samples")
    assert fault.startswith("  byte ")
    assert path.read_bytes() == bytes(data)
    assert Capture(tmp_path / "s1.recovered.mcap").damage is None


def test_what_is_no_recording_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.write_text("nothing")
    done = ilex("recover", path)
    assert (done.returncode, done.stderr) == (1, f"ilex: {path}: is not an MCAP file\n")
    path.write_bytes(b"")
    done = ilex("recover", path)
    assert (done.returncode, done.stderr) == (1, f"ilex: {path}: is empty\n")
    assert ilex("recover", tmp_path / "b.mcap").returncode == 1
    assert ilex("recover", tmp_path / "a.csv").returncode == 2


def test_what_was_put_behind_a_recording_is_told(tmp_path: Path) -> None:
    """Contract 8: two files put together are no whole recording; the second one's samples are not to go unmentioned."""
    path = record(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data + data)
    done = ilex("analyze", path)
    assert f"byte {len(data)}: another recording follows the one that ends here; it is left out" in done.stderr
    done = ilex("recover", path)
    assert done.returncode == 0
    summary, fault = done.stdout.splitlines()
    assert summary.startswith(f"{tmp_path / 's1.recovered.mcap'}: 4400 samples")
    assert fault == f"  byte {len(data)}: another recording follows the one that ends here; it is left out"
    assert Capture(tmp_path / "s1.recovered.mcap").total == 4400


@pytest.mark.parametrize("command", ["recover", "analyze"])
def test_a_pipe_is_not_waited_for(command: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    os.mkfifo(path)
    done = ilex(command, path)
    assert (done.returncode, done.stderr) == (1, f"ilex: {path}: is not a file\n")
