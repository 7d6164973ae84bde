"""The fast way to a recording's samples gives what the thorough one gives, or nothing."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.writer import CompressionType, IndexType, Writer

from service.recordings import Recorder
from tests.service.recordings.sessions import BOOT, record
from wire import samples
from wire.bulk import open_samples, read
from wire.capture import Capture
from wire.pieces import messages_of
from wire.recorded import Block, Recorded, RecordedError
from wire.samples import SampleBatch

WHOLE = {"expected": 0, "stored": 0, "missing": 0, "refused": 0}


def columns(recorded: Recorded) -> dict[str, list[object]]:
    """Every sample, column by column; NaN told apart by its bits."""
    blocks = [entry for entry in recorded.entries() if isinstance(entry, Block)]
    names = dict.fromkeys(name for block in blocks for name in block.extra)
    return {
        "boot": [block.boot for block in blocks for _ in block.t_ns],
        "seq": [block.seq + n for block in blocks for n in range(len(block.t_ns))],
        "t_ns": [int(t) for block in blocks for t in block.t_ns],
        "angle": [int(bits) for block in blocks for bits in np.ascontiguousarray(block.angle_deg).view(np.uint32)],
        "torque": [int(bits) for block in blocks for bits in np.ascontiguousarray(block.torque_nm).view(np.uint32)],
        **{name: [int(bits) for block in blocks for bits in np.ascontiguousarray(block.extra[name]).view(np.uint32)] for name in names},
    }


def recording(folder: Path, batches: Sequence[SampleBatch]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    recorder = Recorder(folder, machine="clinic/one", session="s", plan=None, metadata={})
    recorder.utc_offset_ns = 0
    for number, batch in enumerate(batches):
        recorder.batch(samples.encode(batch), batch.t0)
        recorder.signals(batch.t0, 1.0, None, None, None, None, None)
        if number % 7 == 6:
            recorder.cut()
    return recorder.finish(WHOLE, {})


@st.composite
def streams(draw: st.DrawFn) -> list[SampleBatch]:
    """Batches of one boot: sizes, steps, gaps, times of their own, further columns; now and then a sample twice or another boot."""
    seq = draw(st.sampled_from([0, 100, 60_000, 2**31, 2**40]))
    t0 = draw(st.sampled_from([-(10**9), 0, 10**9, 2**62]))
    extra = draw(st.booleans())
    made = []
    for _ in range(draw(st.integers(1, 40))):
        n = draw(st.integers(1, 4))
        seq += draw(st.sampled_from([0, 0, 0, 0, 0, 3, 300]))
        dt = draw(st.sampled_from([0, 100, 10_000_000]))
        column = draw(st.lists(st.floats(width=32), min_size=n, max_size=n))
        raw = np.array(column, "<f4").tobytes()
        own = draw(st.booleans())
        made.append(
            SampleBatch(
                boot=BOOT if draw(st.integers(0, 60)) else "other",
                seq=seq,
                t0=t0,
                dt=dt,
                angle=raw,
                torque=raw[::-1],
                t=(t0 + 7 * np.arange(n)).astype("<i8").tobytes() if own else None,
                extra={"torque_raw": raw} if extra else None,
            )
        )
        seq += n - (draw(st.integers(0, 60)) == 0)
        t0 += n * dt + 1000
    return made


@given(streams())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_gives_the_same_samples_or_leaves_it_to_the_other(tmp_path: Path, batches: list[SampleBatch]) -> None:
    path = recording(tmp_path / "s", batches)
    found = read(path)
    whole = Capture(path)
    if found is not None:
        assert columns(found) == columns(whole)
        assert (found.total, found.machine, found.session, found.metadata) == (whole.total, whole.machine, whole.session, whole.metadata)
    else:
        seqs = [batch.seq + n for batch in batches for n in range(batch.n)]
        assert len({batch.boot for batch in batches}) > 1 or len(set(seqs)) < len(seqs)


def test_a_whole_session_is_had_fast_with_what_it_says_of_itself(tmp_path: Path) -> None:
    path = record(tmp_path)
    found, whole = read(path), Capture(path)
    assert found is not None
    assert columns(found) == columns(whole)
    assert (found.plan, found.completeness, found.damage) == (whole.plan, whole.completeness, None)
    assert type(open_samples(path)) is type(found)


@pytest.mark.parametrize("name", ["s1.mcap.part", "cut.mcap"])
def test_an_unfinished_or_cut_one_is_left_to_the_other(tmp_path: Path, name: str) -> None:
    path = record(tmp_path, finish=False)
    if name == "cut.mcap":
        path = path.rename(tmp_path / name)
    assert read(path) is None
    assert isinstance(open_samples(path), Capture)


def test_no_damage_is_ever_read_over(tmp_path: Path) -> None:
    """Robustness F24: each flipped bit is seen by a checksum, or leaves every sample as it was."""
    path = record(tmp_path)
    data = path.read_bytes()
    expected = columns(Capture(path))
    for at in range(9, len(data), len(data) // 60):
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        path.write_bytes(flipped)
        found = read(path)
        assert found is None or columns(found) == expected, at


def test_what_is_no_recording_is_told_as_always(tmp_path: Path) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(b"nothing")
    with pytest.raises(RecordedError, match="is not an MCAP file"):
        open_samples(path)
    with pytest.raises(RecordedError, match="no such file"):
        open_samples(tmp_path / "y.mcap")


def test_batches_as_json_are_kept_as_messagepack_and_read_alike(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, machine="clinic/one", session="s", plan=None, metadata={})
    batch = {"boot": BOOT, "seq": 0, "t0": 5, "dt": 10, "angle": [1.5, None], "torque": [2, 3], "more": {"a": [1]}}
    for _, payload in messages_of(samples.decode(msgspec.json.encode(batch))):
        recorder.batch(payload, 5)
    path = recorder.finish(WHOLE, {})
    found = read(path)
    assert found is not None
    assert columns(found) == columns(Capture(path))


def test_a_message_that_no_index_names_is_never_missed(tmp_path: Path) -> None:
    """Other writers may leave indexes out: the file's own count tells, and the thorough way is taken."""
    path = tmp_path / "x.mcap"
    writer = Writer(str(path), index_types=IndexType.ALL & ~IndexType.MESSAGE, compression=CompressionType.ZSTD)
    writer.start()
    channel = writer.register_channel("/samples", "msgpack", 0)
    column = np.arange(2, dtype="<f4").tobytes()
    for seq in range(0, 100, 2):
        batch = SampleBatch(boot=BOOT, seq=seq, t0=seq * 10, dt=10, angle=column, torque=column)
        writer.add_message(channel, seq * 10, samples.encode(batch), seq * 10)
    writer.finish()  # type: ignore[no-untyped-call]  # the package is only half typed
    assert read(path) is None
    found = open_samples(path)
    assert (found.total, len(columns(found)["seq"])) == (100, 100)
