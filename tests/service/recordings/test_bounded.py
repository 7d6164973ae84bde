"""Memory is bounded for huge, foreign and hostile files, and so is the room that saving what is whole takes (issue 6, point 7)."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from io import SEEK_CUR
from pathlib import Path

import numpy as np
import pytest
from mcap.data_stream import RecordBuilder
from mcap.records import Statistics
from mcap.writer import CompressionType, Writer

from service.recordings import recover
from service.recordings.salvage import open_whole
from service.recordings.sections import MOST_HELD, sections
from tests.service.recordings.sessions import BOOT, record
from tests.service.recordings.test_hostile import BEGIN, END, HEADER, MIB, chunk, text
from wire import bulk, capture, framing, samples
from wire.capture import Capture
from wire.recorded import RecordedError
from wire.room import OBJECT_BYTES
from wire.samples import SampleBatch

OPEN = """\
import resource, sys, tempfile
from pathlib import Path
from service.recordings import summary
from service.recordings.salvage import open_whole
from service.replay.gathering import gathered
from wire.bulk import open_samples
from wire.recorded import RecordedError
resource.setrlimit(resource.RLIMIT_AS, ({room}, {room}))
resource.setrlimit(resource.RLIMIT_FSIZE, ({file}, {file}))
for path in map(Path, sys.argv[1:]):
    for open_ in (open_samples, open_whole, summary, gathered):
        try:
            open_(path)
            print(path.stem, open_.__name__, "opened", sep="|")
        except RecordedError as error:
            print(path.stem, open_.__name__, error.message, sep="|")
"""


def said(*paths: Path, room: int, file: int) -> list[list[str]]:
    """What a process with so much address space says of the files, which may write no file larger than `file`."""
    command = [sys.executable, "-c", OPEN.format(room=room, file=file), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.split("|") for line in done.stdout.splitlines()]


def channel(number: int, topic: bytes) -> bytes:
    content = struct.pack("<HH", number, 0) + text(topic) + text(b"") + struct.pack("<I", 0)
    return framing.HEAD.pack(framing.CHANNEL, len(content)) + content


def message(number: int, data: bytes) -> bytes:
    return framing.HEAD.pack(framing.MESSAGE, framing.MESSAGE_HEAD.size + len(data)) + framing.MESSAGE_HEAD.pack(number, 0, 1, 1) + data


def batch(seq: int, n: int = 2) -> bytes:
    column = np.arange(n, dtype="<f4").tobytes()
    return samples.encode(SampleBatch(boot=BOOT, seq=seq, t0=seq * 10, dt=10, angle=column, torque=column))


def robot_log(path: Path, *, damaged: bool) -> Path:
    """600 MiB of another program, sparse; no seals, no samples."""
    with path.open("wb") as file:
        file.write(framing.MAGIC + HEADER + channel(1, b"/robot"))
        for _ in range(150):
            file.write(framing.HEAD.pack(framing.MESSAGE, framing.MESSAGE_HEAD.size + 4 * MIB) + framing.MESSAGE_HEAD.pack(1, 0, 1, 1))
            file.seek(4 * MIB, SEEK_CUR)
        if damaged:
            file.write(chunk(b"x" * 50, compression=b"rar!"))
        file.write(END)
    return path


def test_a_log_of_another_program_is_refused_in_little_memory_and_copied_nowhere(tmp_path: Path) -> None:
    """Whole or damaged: `ilex rerun FOLDER` and `ilex.sessions` come upon both."""
    paths = [robot_log(tmp_path / "whole.mcap", damaged=False), robot_log(tmp_path / "damaged.mcap", damaged=True)]
    # 700 MiB of address space, 400 of which the process has before it opens anything.
    answers = said(*paths, room=700 * MIB, file=1 * MIB)
    assert len(answers) == 8
    for name, how, words in answers:
        if how == "summary":
            assert "holds no record `ilex`" in words or "is damaged" in words
        else:
            assert words.startswith("holds no channel /samples" if name == "whole" else "a chunk is compressed by 'rar!'"), (
                name,
                how,
                words,
            )


def test_records_without_a_seal_are_given_some_at_a_time_and_a_seal_covers_all_before_it(tmp_path: Path) -> None:
    """However many are held back, what a seal says is said of the same bytes."""
    many = b"".join(message(1, bytes(1000)) for _ in range(3 * MOST_HELD // 1000))
    for fits in (True, False):
        data = BEGIN + many
        seal = framing.SEAL_BODY.pack(framing.SEAL_WORD, zlib.crc32(data) ^ (not fits))
        path = tmp_path / f"{fits}.mcap"
        path.write_bytes(data + framing.HEAD.pack(framing.SEAL, len(seal)) + seal + END)
        faults: list[str] = []
        with path.open("rb") as file:
            found = list(sections(file, faults))
        assert faults == []
        assert [section.sealed for section in found] == [None, None, None, fits, None]
        assert found[3].offset == len(framing.MAGIC)
        sizes = [sum(len(frame.content) + OBJECT_BYTES for frame in section.frames) for section in found]
        assert max(sizes) < MOST_HELD + 2000
        assert sum(frame.opcode == framing.MESSAGE for section in found for frame in section.frames) == 3 * MOST_HELD // 1000


@pytest.mark.parametrize("chunked", [True, False])
def test_what_was_packed_into_one_piece_is_saved_whole(tmp_path: Path, *, chunked: bool) -> None:
    """More than may wait for the disk lies between two chunks, or in one; and a hundred thousand records are no work of minutes."""
    path = tmp_path / "x.mcap"
    noise = np.random.default_rng(3).bytes(20_000)
    records = b"".join([message(2, noise) for _ in range(1500)] + [message(1, batch(seq)) for seq in range(0, 200_000, 2)])
    path.write_bytes(BEGIN + channel(2, b"/signals") + (chunk(records, compression=b"", packed=records) if chunked else records) + END)
    found = recover(path, tmp_path / "out.mcap")
    assert (found.messages, found.samples, found.faults) == (101_500, 200_000, [])
    assert sum(1 for _ in Capture(found.path).messages("/signals")) == 1500


def bomb(path: Path) -> Path:
    """120 million samples in valid batches, 190 bytes in one of the file."""
    writer = Writer(str(path), chunk_size=MIB, compression=CompressionType.ZSTD)
    writer.start()
    number = writer.register_channel("/samples", "msgpack", 0)
    noise, zeros, n = np.random.default_rng(3).bytes(5200), bytes(16_000), 4000
    for seq in range(0, 120_000_000, n):
        # Enough of noise in each chunk that none is refused for how it packs.
        angle = noise + zeros[len(noise) :] if seq // n % 33 == 0 else zeros
        data = samples.encode(SampleBatch(boot=BOOT, seq=seq, t0=seq * 1000, dt=1000, angle=angle, torque=zeros))
        writer.add_message(number, seq * 1000, data, seq * 1000)
    writer.finish()  # type: ignore[no-untyped-call]  # the package is only half typed
    return path


def test_a_bomb_of_valid_batches_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.mcap")
    with path.open("rb") as file:
        packed = [framing.unpack_chunk(frame) for frame in framing.frames(file) if frame.opcode == framing.CHUNK]
    ratio = sum(map(len, packed)) / path.stat().st_size
    assert 100 < ratio < framing.MOST_TIMES
    assert sum(map(len, packed)) > 900 * MIB
    del packed
    answers = said(path, room=1536 * MIB, file=1 * MIB)
    assert [words for _, how, words in answers if how != "summary"] == ["holds more than 100 million samples: too many to open"] * 3


def named_often(times: int) -> Iterator[bytes]:
    """A recording of one batch that its index names so many times; all its checksums and counts fit."""
    records = message(1, batch(0, 4000))
    index = struct.pack("<HI", 1, 16 * times) + struct.pack("<QQ", 1, 0) * times
    data = BEGIN + chunk(records) + framing.HEAD.pack(bulk.MESSAGE_INDEX, len(index)) + index
    yield data
    yield framing.HEAD.pack(framing.DATA_END, 4) + struct.pack("<I", zlib.crc32(data))
    builder = RecordBuilder()
    Statistics(
        attachment_count=0, channel_count=1, channel_message_counts={1: times}, chunk_count=1, message_count=times, message_end_time=1,
        message_start_time=1, metadata_count=0, schema_count=0,
    ).write(builder)  # fmt: skip
    yield builder.end()  # type: ignore[no-untyped-call]
    yield framing.HEAD.pack(framing.FOOTER, 20) + bytes(20) + framing.MAGIC


def test_an_index_that_names_a_message_a_million_times_makes_it_no_more(tmp_path: Path) -> None:
    path = tmp_path / "often.mcap"
    path.write_bytes(b"".join(named_often(1)))
    assert bulk.read(path) is not None, "named once it is an ordinary recording"
    path.write_bytes(b"".join(named_often(1_000_000)))
    answers = said(path, room=700 * MIB, file=1 * MIB)
    assert [words for _, how, words in answers if how in ("open_samples", "open_whole")] == ["opened"] * 2
    assert Capture(path).total == 4000


def test_saving_the_rest_takes_no_more_room_than_a_few_times_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk of nothing but small messages packs far better than their index does; what can't be copied so is refused as it was."""
    nothing = message(2, b"") * 150_000 + np.random.default_rng(3).bytes(40_000)
    path = tmp_path / "bomb.mcap"
    damage = chunk(b"x" * 50, compression=b"rar!")
    path.write_bytes(BEGIN + channel(2, b"/signals") + chunk(message(1, batch(0))) + damage + chunk(nothing) * 3 + END)
    whole = recover(path, tmp_path / "whole.mcap")
    assert whole.messages == 450_001
    assert whole.path.stat().st_size > 10 * path.stat().st_size
    with pytest.raises(RecordedError, match="what is whole of it takes more than"):
        recover(path, tmp_path / "out.mcap", most=4 * path.stat().st_size)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    with pytest.raises(RecordedError, match="a chunk is compressed by 'rar!'"):
        open_whole(path)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert {each.name for each in tmp_path.iterdir()} == {"bomb.mcap", "whole.mcap", "tmp"}


def test_what_is_kept_of_a_recording_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each batch lies, and the messages of a channel; it is told so, and nothing is copied to find out again."""
    path = record(tmp_path, repetitions=16)
    opened = Capture(path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    monkeypatch.setattr(capture, "MOST_KEPT", MIB)
    for read in (lambda: open_whole(path), lambda: list(opened.messages("/signals"))):
        with pytest.raises(RecordedError, match="would take more than 1 MiB of memory to open"):
            read()
    assert sum(1 for _ in opened.messages("/events")) == 2
