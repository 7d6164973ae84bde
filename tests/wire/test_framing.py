"""MCAP records, whole and broken (contract 8; robustness-and-screens.md C16)."""

import io
import struct
import zlib

import lz4.frame
import pytest
import zstandard

from wire import framing

DATA = b"\x05" + struct.pack("<Q", 23) + bytes(22) + b"x"


def chunk(data: bytes, compression: bytes = b"", *, size: int = len(DATA), checksum: int | None = None) -> framing.Frame:
    crc = zlib.crc32(DATA) if checksum is None else checksum
    head = struct.pack("<QQQII", 0, 0, size, crc, len(compression)) + compression + struct.pack("<Q", len(data))
    return framing.Frame(8, framing.CHUNK, head + data, whole=True)


@pytest.mark.parametrize(
    ("data", "compression"), [(DATA, b""), (lz4.frame.compress(DATA), b"lz4"), (zstandard.ZstdCompressor().compress(DATA), b"zstd")]
)
def test_a_chunk_unpacks_whatever_compressed_it(data: bytes, compression: bytes) -> None:
    assert framing.unpack_chunk(chunk(data, compression)) == DATA
    assert framing.unpack_chunk(chunk(data, compression, checksum=0)) == DATA
    ((opcode, content),) = framing.records_within(DATA)
    assert (opcode, framing.message(content)) == (framing.MESSAGE, framing.Message(0, 0, b"x", 0))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (framing.Frame(8, framing.CHUNK, b"short", whole=True), "a chunk's head is damaged"),
        (chunk(DATA, b"\xff\xff"), "a chunk's head is damaged"),
        (chunk(DATA, b"brotli"), "compressed by 'brotli'; known are lz4 and zstd"),
        (chunk(b"nonsense", b"lz4"), "a chunk doesn't unpack"),
        (chunk(b"nonsense", b"zstd"), "a chunk doesn't unpack"),
        (chunk(zstandard.ZstdCompressor().compress(DATA)[:-2], b"zstd"), "a chunk doesn't unpack"),
        (chunk(DATA, size=2**40), "claims to unpack to 1099511627776"),
        (chunk(DATA[:-1]), "checksum doesn't fit"),
        (chunk(DATA, checksum=1), "checksum doesn't fit"),
        (chunk(lz4.frame.compress(bytes(1_000_000)), b"lz4"), "checksum doesn't fit"),
    ],
)
def test_a_damaged_chunk_is_told_with_its_place(frame: framing.Frame, words: str) -> None:
    with pytest.raises(framing.DamageError, match=words) as caught:
        framing.unpack_chunk(frame)
    assert caught.value.offset == 8


def test_of_a_cut_chunk_comes_what_can_be_had() -> None:
    whole = chunk(DATA + DATA, size=2 * len(DATA), checksum=0)
    assert framing.unpack_chunk(whole._replace(content=whole.content[:-1], whole=False)) == DATA + DATA[:-1]
    assert framing.unpack_chunk(whole._replace(content=whole.content[:10], whole=False)) == b""
    packed = chunk(zstandard.ZstdCompressor().compress(DATA), b"zstd")
    assert framing.unpack_chunk(packed._replace(content=packed.content[:-1], whole=False)) == b""


def test_records_end_at_the_footer_or_where_the_file_is_cut() -> None:
    footer = struct.pack("<BQ", framing.FOOTER, 20) + bytes(20)
    data = framing.MAGIC + DATA + footer + framing.MAGIC
    assert [frame.opcode for frame in framing.frames(io.BytesIO(data))] == [framing.MESSAGE, framing.FOOTER]
    for cut, wholes in ((len(data) - 9, [True, False]), (8 + len(DATA), [True]), (8 + len(DATA) + 3, [True, False]), (8, [])):
        assert [frame.whole for frame in framing.frames(io.BytesIO(data[:cut]))] == wholes


def seal(checksum: int) -> bytes:
    return framing.HEAD.pack(framing.SEAL, framing.SEAL_BODY.size) + framing.SEAL_BODY.pack(framing.SEAL_WORD, checksum)


def end(data: bytes) -> bytes:
    """The end of a file with all its checksums (https://mcap.dev/spec)."""
    data += framing.HEAD.pack(framing.DATA_END, 4) + struct.pack("<I", zlib.crc32(data))
    footer = framing.HEAD.pack(framing.FOOTER, 20) + bytes(16)
    return data + footer + struct.pack("<I", zlib.crc32(footer)) + framing.MAGIC


def sound(data: bytes, offset: int = 0) -> list[tuple[int, bool]]:
    return [(frame.opcode, frame.sound) for frame in framing.frames(io.BytesIO(data), offset)]


def test_a_bit_that_flips_anywhere_is_noticed_by_the_seal_behind_it_or_by_the_ends_checksums() -> None:
    """Robustness F24."""
    start = framing.MAGIC + DATA
    start += seal(zlib.crc32(start))
    data = end(start + DATA)
    opcodes = [framing.MESSAGE, framing.SEAL, framing.MESSAGE, framing.DATA_END, framing.FOOTER]
    assert sound(data) == [(opcode, True) for opcode in opcodes]
    for at in range(len(framing.MAGIC), len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 4
        try:
            frames = list(framing.frames(io.BytesIO(flipped)))
        except framing.DamageError:
            continue
        assert not all(frame.sound and frame.whole for frame in frames), at
    flipped = bytearray(data)
    flipped[20] ^= 4
    found = sound(bytes(flipped))
    assert found == [(opcode, opcode != framing.SEAL) for opcode in opcodes], "one damaged place is told once"


def test_checksums_that_nobody_made_are_none() -> None:
    data = framing.MAGIC + DATA + framing.HEAD.pack(framing.DATA_END, 4) + bytes(4)
    data += framing.HEAD.pack(framing.FOOTER, 20) + bytes(20) + framing.MAGIC
    assert all(fits for _, fits in sound(data))
    odd = framing.MAGIC + framing.HEAD.pack(framing.DATA_END, 1) + b"x" + framing.HEAD.pack(framing.FOOTER, 1) + b"x" + framing.MAGIC
    assert all(fits for _, fits in sound(odd))


def test_behind_damage_reading_begins_again_at_a_seal() -> None:
    start = framing.MAGIC + DATA
    data = start + seal(1) + DATA + seal(zlib.crc32(DATA))
    at = framing.next_seal(io.BytesIO(data), 3)
    assert at == len(start)
    assert framing.next_seal(io.BytesIO(data), at + 1) == len(data) - 21
    assert framing.next_seal(io.BytesIO(data), len(data) - 20) is None
    assert sound(data, at + 21) == [(framing.MESSAGE, True), (framing.SEAL, True)]
    for before in (65_536 - 5, 65_536, 200_000):
        assert framing.next_seal(io.BytesIO(bytes(before) + seal(0)), 0) == before
