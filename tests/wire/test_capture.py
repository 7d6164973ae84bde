"""MCAP recordings read back (contract 8), written here by the `mcap` package's own writer."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from mcap.writer import CompressionType, Writer

from wire import samples
from wire.capture import Capture
from wire.channels import INPUTS, SAMPLES
from wire.messages import Input
from wire.plan import Plan, Range, Tempo
from wire.recorded import Block, RecordedError, open_recorded

BOOT, LATER = "boot-1", "boot-2"
UTC_NS = 1_790_000_000_000_000_000
DT_NS = 10_000_000


class Batch(NamedTuple):
    seq: int
    n: int = 2
    boot: str = BOOT


def payload(batch: Batch) -> bytes:
    numbers = np.arange(batch.seq, batch.seq + batch.n, dtype="<f4")
    angle, torque = numbers.tobytes(), (-numbers).tobytes()
    return samples.encode(samples.SampleBatch(boot=batch.boot, seq=batch.seq, t0=batch.seq * DT_NS, dt=DT_NS, angle=angle, torque=torque))


def write(
    path: Path,
    entries: list[Batch | Input],
    *,
    utc_ns: dict[str, int] | None = None,
    metadata: dict[str, str] | None = None,
    compression: CompressionType = CompressionType.ZSTD,
    chunked: bool = True,
) -> Path:
    """A recording with a chunk for every ten entries."""
    stream = io.BytesIO()
    writer = Writer(stream, compression=compression, use_chunking=chunked)
    writer.start()
    writer.add_metadata("ilex", metadata or {"machine": "clinic/one", "session": "s1", "plan": "null"})
    channels = {SAMPLES: writer.register_channel(SAMPLES, "msgpack", 0), INPUTS: writer.register_channel(INPUTS, "json", 0)}
    for number, entry in enumerate(entries):
        if isinstance(entry, Batch):
            log_ns = (utc_ns or {}).get(entry.boot, UTC_NS) + entry.seq * DT_NS
            writer.add_message(channels[SAMPLES], log_ns, payload(entry), log_ns)
        else:
            writer.add_message(channels[INPUTS], UTC_NS, msgspec.json.encode(entry), UTC_NS)
        if number % 10 == 9:
            writer.flush()  # type: ignore[no-untyped-call]  # the package is only half typed
    writer.add_message(writer.register_channel("/events", "json", 0), UTC_NS, b"{}", UTC_NS)
    writer.add_metadata("completeness", {"missing": "0"})
    writer.add_metadata("final", {"version": "1"})
    writer.add_metadata("of another tool", {})
    writer.finish()  # type: ignore[no-untyped-call]  # likewise
    path.write_bytes(stream.getvalue())
    return path


def told(path: Path) -> list[tuple[str, int, int] | str]:
    """The entries in short: (boot, first seq, n), or an input's kind."""
    short: list[tuple[str, int, int] | str] = []
    for entry in open_recorded(path).entries():
        if isinstance(entry, Input):
            short.append(entry.kind)
        else:
            numbers = np.arange(entry.seq, entry.seq + len(entry.t_ns))
            assert np.array_equal(entry.angle_deg, numbers)
            assert np.array_equal(entry.torque_nm, -numbers)
            short.append((str(entry.boot), entry.seq, len(entry.t_ns)))
    return short


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("compression", list(CompressionType))
def test_a_recording_comes_back_whatever_its_chunks(tmp_path: Path, compression: CompressionType, chunked: bool) -> None:
    batches: list[Batch | Input] = [Batch(seq) for seq in range(0, 60, 2)]
    path = write(tmp_path / "s1.mcap", batches, compression=compression, chunked=chunked)
    recorded = open_recorded(path)
    assert (recorded.machine, recorded.session, recorded.plan) == ("clinic/one", "s1", None)
    assert (recorded.total, recorded.damage) == (60, None)
    assert (recorded.completeness, Capture(path).final) == ({"missing": "0"}, {"version": "1"})
    assert told(path) == [(BOOT, 0, 60)]


READERS: list[Callable[[Capture], Iterator[object]]] = [Capture.entries, Capture.lived, lambda capture: capture.messages(INPUTS)]


@pytest.mark.parametrize("read", READERS)
def test_what_has_taken_the_name_of_an_opened_recording_is_read(tmp_path: Path, read: Callable[[Capture], Iterator[object]]) -> None:
    """The final result is written into a copy, which then has the name (contract 2): who has just opened the session reads on."""

    def found(capture: Capture) -> bytes:
        return msgspec.json.encode(list(read(capture)), enc_hook=np.ndarray.tolist)

    entries: list[Batch | Input] = [*(Batch(seq) for seq in range(0, 60, 2)), Input(kind="pause", boot=BOOT, seq=9)]
    path = write(tmp_path / "s1.mcap", entries)
    before, opened = found(Capture(path)), Capture(path)
    write(tmp_path / "made.mcap", entries, metadata={"more": "x" * 1000}, compression=CompressionType.NONE).replace(path)
    assert found(opened) == before


def test_its_plan_comes_with_it(tmp_path: Path) -> None:
    plan = Plan(range=Range(flexion_deg=60, extension_deg=6), tempo=Tempo(extension_s=4, hold_s=2, flexion_s=3, turn_s=1))
    path = write(tmp_path / "s1.mcap", [Batch(0)], metadata={"plan": msgspec.json.encode(plan).decode()})
    assert open_recorded(path).plan == plan


def test_an_input_comes_after_the_sample_that_it_names_also_within_a_batch(tmp_path: Path) -> None:
    """Contract 3: recorded with the (boot, seq) after which it took effect."""
    entries: list[Batch | Input] = [
        Input(kind="plan"),
        Batch(0, 10),
        Input(kind="start", boot=BOOT, seq=3),
        Input(kind="pause", boot=BOOT, seq=9),
        Batch(10, 10),
        Input(kind="resume", boot=BOOT, seq=9),
        Input(kind="stop", boot=BOOT, seq=19),
    ]
    path = write(tmp_path / "s1.mcap", entries)
    assert told(path) == ["plan", (BOOT, 0, 4), "start", (BOOT, 4, 6), "pause", "resume", (BOOT, 10, 10), "stop"]


def test_an_input_of_a_boot_without_samples_comes_where_it_was_recorded(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(0, 4), Input(kind="pause", boot="other", seq=7), Batch(4, 4)])
    assert told(path) == [(BOOT, 0, 4), "pause", (BOOT, 4, 4)]


def test_late_batches_come_where_they_belong_and_repeated_samples_once(tmp_path: Path) -> None:
    """Contract 2: a late sample is recorded; the result is computed once more from the recording."""
    pause = Input(kind="pause", boot=BOOT, seq=3)
    entries: list[Batch | Input] = [Batch(0), Batch(6), Batch(8), pause, Batch(2), Batch(4), Batch(4), Batch(1, 3)]
    path = write(tmp_path / "s1.mcap", entries)
    assert told(path) == [(BOOT, 0, 4), "pause", (BOOT, 4, 6)]
    assert Capture(path).stored() == {"expected": 10, "stored": 10, "missing": 0, "refused": 0}


def test_a_gap_parts_blocks_and_is_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(0), Batch(2), Batch(8)])
    assert told(path) == [(BOOT, 0, 4), (BOOT, 8, 2)]
    assert Capture(path).stored() == {"expected": 10, "stored": 6, "missing": 4, "refused": 0}


def test_a_later_boot_goes_on_by_its_log_times(tmp_path: Path) -> None:
    """Contract 1: a new boot within a session continues through the anchors' utc_ns."""
    later = {BOOT: UTC_NS, LATER: UTC_NS + 5_000_000_000}
    path = write(tmp_path / "s1.mcap", [Batch(0, 4), Batch(0, 4, LATER)], utc_ns=later)
    blocks = [entry for entry in open_recorded(path).entries() if isinstance(entry, Block)]
    assert [(block.boot, int(block.t_ns[0])) for block in blocks] == [(BOOT, 0), (LATER, 5_000_000_000)]


def test_a_file_cut_at_any_byte_gives_everything_before_the_cut(tmp_path: Path) -> None:
    """Contract 8. Here without compression, so that even a cut chunk gives its whole messages."""
    path = write(tmp_path / "s1.mcap", [Batch(seq) for seq in range(0, 40, 2)], compression=CompressionType.NONE)
    data = path.read_bytes()
    ends = [data.index(payload(Batch(seq))) + len(payload(Batch(seq))) for seq in range(0, 40, 2)]
    cut = tmp_path / "cut.mcap.part"
    for length in range(ends[0], len(data), 37):
        cut.write_bytes(data[:length])
        recorded = open_recorded(cut)
        assert recorded.total == 2 * sum(end <= length for end in ends)
        assert recorded.damage == f"byte {length}"
        assert told(cut) == [(BOOT, 0, recorded.total)]


def test_a_damaged_chunk_is_refused_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(seq) for seq in range(0, 40, 2)], compression=CompressionType.NONE)
    data = bytearray(path.read_bytes())
    data[data.index(payload(Batch(20))) + 60] ^= 1
    path.write_bytes(data)
    with pytest.raises(RecordedError, match=r"s1\.mcap:byte \d+: a chunk's checksum doesn't fit its content \(ilex recover"):
        open_recorded(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\x89MCAP", "is cut within its first bytes"),
        (b"t_s,angle_deg\n", "is not an MCAP file"),
        (b"\x89MCAP0\r\n" + b"\x06" + b"\xff" * 8, "no record can be of kind 6"),
        (b"\x89MCAP0\r\n", "holds no channel /samples"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "s1.mcap"
    path.write_bytes(data)
    with pytest.raises(RecordedError, match=words):
        open_recorded(path)


def test_a_chunk_that_would_unpack_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    """robustness-and-screens.md C16: no bomb unpacks."""
    import struct

    import zstandard

    bomb = zstandard.ZstdCompressor().compress(bytes(8_000_000))
    content = struct.pack("<QQQII4sQ", 0, 0, 1000, 0, 4, b"zstd", len(bomb)) + bomb
    path = tmp_path / "s1.mcap"
    path.write_bytes(b"\x89MCAP0\r\n" + struct.pack("<BQ", 6, len(content)) + content)
    with pytest.raises(RecordedError, match="would unpack to more than it says"):
        open_recorded(path)


def test_a_message_that_is_no_batch_is_told_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(0)], compression=CompressionType.NONE, chunked=False)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"angle", b"angry"))
    with pytest.raises(RecordedError, match=r"s1\.mcap:byte \d+: a record of kind 5 can't be read: .*angle"):
        open_recorded(path)


@pytest.mark.parametrize("kind", [4, 12])
def test_a_channel_or_metadata_cut_short_is_told_with_its_place(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "s1.mcap"
    path.write_bytes(b"\x89MCAP0\r\n" + bytes([kind]) + (6).to_bytes(8, "little") + b"\x04\x00\x00\x00ab")
    with pytest.raises(RecordedError, match=f"byte 8: a record of kind {kind} can't be read: "):
        open_recorded(path)


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(seq) for seq in range(0, 40, 2)])
    capture = Capture(path)
    data = path.read_bytes()
    path.write_bytes(data[:8])
    with pytest.raises(RecordedError, match="has become shorter while it was read"):
        list(capture.entries())
    path.write_bytes(data[:8] + b"\x00" * 9)
    with pytest.raises(RecordedError, match="no record can be of kind 0"):
        list(capture.messages(SAMPLES))


def test_the_messages_of_one_channel_come_as_they_were_recorded(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(0), Input(kind="pause", boot=BOOT, seq=1), Batch(2)])
    capture = Capture(path)
    assert [(message.log_time, message.data) for message in capture.messages(SAMPLES)] == [
        (UTC_NS, payload(Batch(0))),
        (UTC_NS + 2 * DT_NS, payload(Batch(2))),
    ]
    assert capture.utc_ns(5) == UTC_NS + 5


LATER_NS = UTC_NS + 3_600_000_000_000


def test_what_was_lived_and_covered_is_told_from_the_order_and_the_times_of_coming(tmp_path: Path) -> None:
    """A batch is late where it lies behind, is of an earlier boot, or was published later than it was sampled."""
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.start()
    writer.add_metadata("ilex", {"plan": "null"})
    channel, inputs, events, notes = (writer.register_channel(name, "json", 0) for name in (SAMPLES, INPUTS, "/events", "/notes"))

    def add(batch: Batch, published_ns: int = 0, utc_ns: int = UTC_NS) -> None:
        log_ns = utc_ns + batch.seq * DT_NS
        writer.add_message(channel, log_ns, payload(batch), max(log_ns, published_ns))

    add(Batch(10))
    add(Batch(12))
    add(Batch(16, 4))
    writer.add_message(inputs, UTC_NS, b'{"kind":"start","boot":"boot-1","seq":19}', UTC_NS)
    add(Batch(14), LATER_NS)
    add(Batch(12))
    add(Batch(18, 4))
    add(Batch(0, 2, LATER), utc_ns=UTC_NS + 30 * DT_NS)
    add(Batch(22), UTC_NS)
    writer.add_message(events, UTC_NS, b'{"id":7}', UTC_NS)
    writer.add_message(notes, UTC_NS, b'{"kind":"gap","first":24}', UTC_NS)
    writer.add_message(inputs, UTC_NS, b'{"kind":"end","reason":"idle"}', UTC_NS)
    writer.add_message(inputs, UTC_NS, b'{"kind":"end"}', UTC_NS)
    writer.finish()  # type: ignore[no-untyped-call]  # the package is only half typed
    path = tmp_path / "s1.mcap"
    path.write_bytes(stream.getvalue())
    capture = Capture(path)
    assert told_of(capture.lived()) == [(BOOT, 10, 4), (BOOT, 16, 4), "start", (BOOT, 20, 2), (LATER, 0, 2), "end", "end"]
    assert capture.ranges() == {BOOT: [(10, 23)], LATER: [(0, 1)]}
    assert capture.utc_offsets_ns() == {BOOT: UTC_NS, LATER: UTC_NS + 30 * DT_NS}
    assert (capture.ended, capture.event_ids) == ({"reason": "idle"}, {7})
    assert capture.notes() == [{"kind": "gap", "first": 24}]
    assert [(kind, round(from_s, 3), round(to_s, 3)) for kind, from_s, to_s in capture.coverage()] == [
        ("live", 0.0, 0.04),
        ("backfilled", 0.04, 0.06),
        ("live", 0.06, 0.12),
        ("backfilled", 0.12, 0.14),
        ("gap", 0.14, 0.2),
        ("live", 0.2, 0.22),
    ]


def told_of(entries: Iterator[Block | Input]) -> list[tuple[str, int, int] | str]:
    return [entry.kind if isinstance(entry, Input) else (str(entry.boot), entry.seq, len(entry.t_ns)) for entry in entries]


def test_what_lies_behind_the_record_of_its_end_was_not_lived(tmp_path: Path) -> None:
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.start()
    channel = writer.register_channel(SAMPLES, "msgpack", 0)
    irregular = samples.SampleBatch(
        boot=BOOT, seq=2, t0=5, dt=0, angle=bytes(8), torque=bytes(8), t=np.array([5, 1_000_000_005], "<i8").tobytes()
    )
    still = samples.SampleBatch(boot=BOOT, seq=0, t0=5, dt=0, angle=bytes(8), torque=bytes(8))
    writer.add_message(channel, UTC_NS, samples.encode(still), UTC_NS)
    writer.flush()  # type: ignore[no-untyped-call]  # the package is only half typed
    writer.add_metadata("ended", {"reason": "stopped"})
    writer.add_message(channel, UTC_NS, samples.encode(irregular), UTC_NS)
    writer.add_metadata("ended", {"reason": "later"})
    writer.finish()  # type: ignore[no-untyped-call]  # likewise
    path = tmp_path / "s1.mcap"
    path.write_bytes(stream.getvalue())
    capture = Capture(path)
    assert told_of(capture.lived()) == [(BOOT, 0, 2)]
    assert capture.ended == {"reason": "later"}
    assert capture.coverage() == [("live", 0.0, 1.0)]
    assert capture.total == 4


def test_an_event_that_is_none_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "s1.mcap", [Batch(0)])
    whole = path.read_bytes()
    assert Capture(path).event_ids == set()
    path.write_bytes(whole)
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.start()
    writer.add_message(writer.register_channel("/events", "json", 0), UTC_NS, b"no JSON", UTC_NS)
    writer.finish()  # type: ignore[no-untyped-call]  # likewise
    path.write_bytes(stream.getvalue())
    with pytest.raises(RecordedError, match="can't be read"):
        Capture(path)


def test_a_bit_that_flipped_beside_the_samples_is_damage_too(tmp_path: Path) -> None:
    stream = io.BytesIO()
    writer = Writer(stream, enable_data_crcs=True)
    writer.start()
    writer.add_metadata("ilex", {"machine": "clinic/one", "plan": "null"})
    writer.add_message(writer.register_channel(SAMPLES, "msgpack", 0), UTC_NS, payload(Batch(0)), UTC_NS)
    writer.finish()  # type: ignore[no-untyped-call]  # the package is only half typed
    path = tmp_path / "s1.mcap"
    path.write_bytes(stream.getvalue())
    assert Capture(path).machine == "clinic/one"
    path.write_bytes(stream.getvalue().replace(b"clinic/one", b"clinic/two"))
    with pytest.raises(RecordedError, match="a checksum doesn't fit what lies before it"):
        Capture(path)


def test_a_loss_of_signal_ends_a_set_and_no_session(tmp_path: Path) -> None:
    """Decision 0170; the recording's own parameter says after how long."""
    lost = Input(kind="end", boot=BOOT, seq=1, reason="signal_lost")
    entries: list[Batch | Input] = [Batch(0), lost, Batch(1000)]
    assert Capture(write(tmp_path / "a.mcap", entries)).ended is None
    assert told(tmp_path / "a.mcap") == [(BOOT, 0, 2), (BOOT, 1000, 2)]
    metadata = {"machine": "clinic/one", "session": "s1", "plan": "null", "parameters": '{"lost_s":{"value":5.0}}'}
    assert told(write(tmp_path / "b.mcap", entries, metadata=metadata)) == [(BOOT, 0, 2), "end", (BOOT, 1000, 2), "end"]
