"""What a recording holds, message by message, whoever wrote it and whatever befell it (robustness C16, F24; decision 0235)."""

import struct
from pathlib import Path

import msgspec
import pytest
from mcap.writer import CompressionType, Writer

from service.replay import catalogue, messages
from service.replay.catalogue import Catalogue
from service.replay.checksums import checked
from service.replay.messages import Wanted, message
from tests.service.recordings.sessions import flip, record, truncate
from wire import framing
from wire.recorded import RecordedError


def foreign(path: Path, compression: CompressionType = CompressionType.ZSTD, *, summed: bool = True) -> Path:
    """A file as another program writes it: with an attachment, with messages that nobody here can read."""
    with path.open("wb") as file:
        writer = Writer(file, chunk_size=200, compression=compression, enable_crcs=summed)
        writer.start("profile", "another program")
        schema = writer.register_schema("Text", "jsonschema", b'{"type":"object"}')
        said = writer.register_channel("/said", "json", schema)
        raw = writer.register_channel("/raw", "protobuf", 0)
        # Not in the order of their times.
        for n in (3, 1, 2, 0):
            writer.add_message(said, n * 10**9, msgspec.json.encode({"n": n, "big": 2**60 + n}), n * 10**9 + 5, sequence=n + 7)
        writer.add_message(raw, 2 * 10**9, b"\x08\x96\x01", 2 * 10**9)
        writer.add_attachment(5, 5, "notes.txt", "text/plain", b"x" * 10_000)
        writer.add_metadata("calibration", {"scale": "1.5"})
        writer.finish()  # type: ignore[no-untyped-call]  # the package is only half typed
    return path


@pytest.mark.parametrize("compression", list(CompressionType))
def test_a_file_of_another_program_is_leafed_through_too(tmp_path: Path, compression: CompressionType) -> None:
    found = Catalogue(foreign(tmp_path / "x.mcap", compression))
    held = found.contents()
    assert [(each.name, each.media_type, each.size) for each in held.attachments] == [("notes.txt", "text/plain", 10_000)]
    assert [(each.topic, each.encoding, each.schema, each.messages) for each in held.channels] == [
        ("/said", "json", "Text", 4),
        ("/raw", "protobuf", None, 1),
    ]
    assert (held.library, held.profile, held.damage, held.first_utc_ns) == ("another program", "profile", None, None)
    assert held.metadata[0].pairs["scale"].text == "1.5"
    # By log time, each with its own sequence, its numbers to the last digit.
    said = [message(found, Wanted("/said", 0.0, number)) for number in (1, 2, 3, 4)]
    assert [each and (each.sequence, each.fields) for each in said] == [(n + 7, {"n": str(n), "big": str(2**60 + n)}) for n in range(4)]
    raw = message(found, Wanted("/raw", 0.0))
    assert raw is not None
    assert (raw.hex, raw.fields, raw.schema) == ("089601", None, None)
    assert raw.unreadable is not None
    assert "protobuf" in raw.unreadable
    assert message(found, Wanted("/nothing", 0.0)) is None
    assert checked(found.path).faults == []


def test_chunks_without_a_checksum_are_counted_apart(tmp_path: Path) -> None:
    """Decision 0235: that they unpack doesn't say that they are as they were written."""
    for summed in (True, False):
        found = checked(foreign(tmp_path / f"{summed}.mcap", summed=summed))
        assert found.chunks > 0
        assert (found.chunks_unsummed, found.chunks_bad, found.faults) == (0 if summed else found.chunks, 0, [])


def test_what_a_message_says_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_TEXT", 5)
    found = message(Catalogue(foreign(tmp_path / "x.mcap")), Wanted("/said", 0.0, 1))
    assert found is not None
    assert (found.cut, found.fields) == (True, {"n": "0", "big": str(2**60)[:4]})


def test_so_are_the_messages_that_are_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "MOST_MESSAGES", 3)
    with pytest.raises(RecordedError, match="more than 3 messages"):
        Catalogue(foreign(tmp_path / "x.mcap"))


def test_a_damaged_recording_is_leafed_through_as_far_as_it_is_whole(tmp_path: Path) -> None:
    cut = Catalogue(truncate(record(tmp_path)))
    assert 1000 < cut.contents().channels[0].messages < 2200
    assert message(cut, Wanted("/samples", 1e6)) is not None
    assert checked(cut.path).faults[-1].startswith("cut at byte")
    # A length beyond all reason in the midst: what lies behind the next seal counts.
    path = record(tmp_path / "other")
    data = bytearray(path.read_bytes())
    seals = [at for at in range(len(data)) if data.startswith(framing.SEAL_WORD, at)]
    at = seals[len(seals) // 2] + framing.SEAL_BODY.size
    data[at : at + framing.HEAD.size] = framing.HEAD.pack(framing.CHUNK, 2**40)
    path.write_bytes(data)
    found = Catalogue(path).contents()
    assert found.damage is not None
    assert 2000 < found.channels[0].messages < 2200


def test_a_chunk_that_is_damaged_or_an_index_that_lies_is_told_by_its_place(tmp_path: Path) -> None:
    path = flip(record(tmp_path))
    found = Catalogue(path)
    faults = []
    for number in range(1, 2201, 10):
        try:
            message(found, Wanted("/samples", 0.0, number))
        except RecordedError as error:
            faults.append(error)
    assert {error.where.partition(" ")[0] for error in faults} <= {"byte"}
    assert bool(faults) == bool(checked(path).chunks_bad)
    lying = foreign(tmp_path / "lying.mcap", CompressionType.NONE)
    data = bytearray(lying.read_bytes())
    places = Catalogue(lying).places("/said")
    assert places is not None
    index = data.index(struct.pack("<QQ", 3 * 10**9, int(places.at[-1])))
    data[index + 8 : index + 16] = struct.pack("<Q", 2**50)
    lying.write_bytes(data)
    with pytest.raises(RecordedError, match="leads to no message") as raised:
        message(Catalogue(lying), Wanted("/said", 1e6))
    assert raised.value.where.startswith("byte ")


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(b"no recording at all")
    for look in (Catalogue, checked, catalogue.catalogued):
        with pytest.raises(RecordedError, match="is not an MCAP file"):
            look(tmp_path / "x.mcap")
        with pytest.raises(RecordedError, match="No such file"):
            look(tmp_path / "y.mcap")
