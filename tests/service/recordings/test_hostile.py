"""Files that are no good recording, some on purpose (issue 6, point 7): opened as far as they are good, the rest said, memory bounded."""

import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zstandard

from service.cli import main
from service.recordings.salvage import open_whole
from tests.service.recordings.sessions import movement, record
from wire import framing
from wire.recorded import Block, Recorded, RecordedError

MIB = 1024 * 1024
ROOM = 700 * MIB
"""Of address space, for a process that has numpy and pyarrow in it: 400 MiB before it has opened anything."""
OPEN = """\
import resource, sys
from pathlib import Path
from service.recordings.salvage import open_whole
from wire.bulk import open_samples
from service.recordings import summary
from wire.recorded import RecordedError
resource.setrlimit(resource.RLIMIT_AS, ({room}, {room}))
for path in map(Path, sys.argv[1:]):
    for open_ in (open_samples, open_whole, summary):
        try:
            found = open_(path)
            print(path.stem, open_.__name__, "opened", found.damage, sep="|")
        except RecordedError as error:
            print(path.stem, open_.__name__, "refused", error, sep="|")
"""


def chunk(records: bytes, *, claims: int | None = None, packed: bytes | None = None, compression: bytes = b"zstd") -> bytes:
    """A chunk record; `claims`: the size that it says it unpacks to."""
    data = zstandard.compress(records) if packed is None else packed
    head = struct.pack("<QQQII", 0, 1, len(records) if claims is None else claims, zlib.crc32(records), len(compression))
    content = head + compression + struct.pack("<Q", len(data)) + data
    return framing.HEAD.pack(framing.CHUNK, len(content)) + content


def text(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value


def metadata(content: bytes) -> bytes:
    return framing.HEAD.pack(framing.METADATA, len(content)) + content


CHANNEL = struct.pack("<HH", 1, 0) + text(b"/samples") + text(b"msgpack") + struct.pack("<I", 0)
HEADER = framing.HEAD.pack(framing.HEADER, 8) + text(b"") + text(b"")
SAMPLES = framing.HEAD.pack(framing.CHANNEL, len(CHANNEL)) + CHANNEL
BEGIN = framing.MAGIC + HEADER + SAMPLES
END = framing.HEAD.pack(framing.DATA_END, 4) + bytes(4) + framing.HEAD.pack(framing.FOOTER, 20) + bytes(20) + framing.MAGIC
ZEROS = bytes(60 * MIB)
HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "foreign": lambda: b"PK\x03\x04" + bytes(1000),
    "no samples": lambda: framing.MAGIC + HEADER + END,
    "a bomb": lambda: BEGIN + chunk(ZEROS) * 40 + END,
    "a bomb that lies about its size": lambda: BEGIN + chunk(ZEROS, claims=1000) * 40 + END,
    "a bomb in lz4 that names no size": lambda: (
        BEGIN + chunk(b"", packed=b"\x04\x22\x4d\x18" + bytes(100), compression=b"lz4", claims=2**31) + END
    ),
    "a chunk that claims all memory": lambda: BEGIN + chunk(b"x" * 100, claims=2**32 - 1) + END,
    "a record as long as the world": lambda: BEGIN + framing.HEAD.pack(framing.MESSAGE, 2**63) + END,
    "a record of 60 MiB that isn't there": lambda: BEGIN + framing.HEAD.pack(framing.MESSAGE, 60 * MIB) + END,
    "messages without a head": lambda: BEGIN + framing.HEAD.pack(framing.MESSAGE, 3) + b"abc" + END,
    "a metadata record of lengths": lambda: BEGIN + metadata(b"\xff" * 12) + END,
    "a sample as long as its message isn't": lambda: BEGIN + chunk(framing.HEAD.pack(framing.MESSAGE, 2**40) + bytes(80)) + END,
    "a metadata record whose map never ends": lambda: BEGIN + metadata(text(b"x") + struct.pack("<I", 2**32 - 1)) + END,
    "thousands of empty chunks": lambda: BEGIN + chunk(b"") * 3000 + END,
    "an unknown compression": lambda: BEGIN + chunk(b"x" * 50, compression=b"rar!") + END,
}
OPENS = {
    "thousands of empty chunks", "messages without a head", "a record of 60 MiB that isn't there", "a sample as long as its message isn't",
}  # fmt: skip
"""Recordings without a whole sample, and nothing else that a reader must understand."""


def test_each_is_refused_in_one_line_and_in_little_memory(tmp_path: Path) -> None:
    """Never a MemoryError, never a traceback, however it is opened."""
    for name, made in HOSTILE.items():
        (tmp_path / f"{name}.mcap").write_bytes(made())
    files = sorted(tmp_path.iterdir())
    done = subprocess.run([sys.executable, "-c", OPEN.format(room=ROOM), *files], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = [line.split("|") for line in done.stdout.splitlines()]
    assert len(said) == 3 * len(HOSTILE)
    for name, how, came, words in said:
        assert (came == "opened") == (name in OPENS and how != "summary"), (name, how, words)
        assert came == "opened" or words.startswith(str(tmp_path / name)), (name, how, words)


def test_a_huge_file_costs_time_and_no_memory(tmp_path: Path) -> None:
    """A recording with half a gigabyte of nothing behind it, sparse."""
    path = record(tmp_path)
    whole = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(512 * MIB)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = open_whole(path)
    assert sum(len(block.t_ns) for block in blocks(found)) == 4400
    assert found.damage is None, "what lies behind the footer is no part of it"
    with path.open("r+b") as file:
        file.seek(whole // 2)
        file.write(bytes(64))
    found = open_whole(path)
    assert found.damage
    assert 4200 <= sum(len(block.t_ns) for block in blocks(found)) < 4400
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 64 * 1024, "KiB"


def blocks(recorded: Recorded) -> list[Block]:
    return [entry for entry in recorded.entries() if isinstance(entry, Block)]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_of_damage_in_its_midst_the_rest_is_given_as_it_was_and_the_damage_said(tmp_path: Path, share: float) -> None:
    path = record(tmp_path)
    data = bytearray(path.read_bytes())
    at = 1200 + int(share * (len(data) - 4000))
    data[at] ^= 0xFF
    path.write_bytes(data)
    found = open_whole(path)
    assert found.damage
    assert len(found.damage) < 500
    angles = movement()
    got = 0
    for block in blocks(found):
        assert np.array_equal(block.angle_deg, angles[block.seq : block.seq + len(block.t_ns)])
        got += len(block.t_ns)
    assert 4200 <= got <= 4400
    assert path.read_bytes() == bytes(data), "the file itself is never changed"


def test_what_was_copied_goes_with_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    path = record(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    found = open_whole(path)
    assert len(list((tmp_path / "tmp").iterdir())) == 1
    del found
    assert list((tmp_path / "tmp").iterdir()) == []
    path.write_bytes(data[:60])
    with pytest.raises(RecordedError):
        open_whole(path)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_analyze_tells_the_rest_and_that_the_input_is_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = record(tmp_path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    monkeypatch.setattr(sys, "argv", ["ilex", "analyze", str(path)])
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert end.value.code == 1
    assert "8 repetitions" in said.out or "7 repetitions" in said.out
    assert said.err.startswith(f"ilex: {path}: byte ")
    assert said.err.endswith("; the rest was analysed\n")


def test_a_damaged_length_in_the_midst_is_not_taken_for_the_end(tmp_path: Path) -> None:
    """What lies behind it is given, too: a record can't end beyond the file while whole ones follow."""
    path = record(tmp_path)
    data = bytearray(path.read_bytes())
    with path.open("rb") as file:
        at = next(frame.offset for frame in framing.frames(file) if frame.opcode == framing.CHUNK and frame.offset > len(data) // 2)
    data[at + 3] ^= 0x02
    path.write_bytes(data)
    found = open_whole(path)
    assert found.damage == f"byte {at}: a record's length is damaged"
    assert 4200 <= sum(len(block.t_ns) for block in blocks(found)) < 4400
    assert blocks(found)[-1].seq + len(blocks(found)[-1].t_ns) == 4400
