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
        (chunk(DATA, size=2**40), "claims to unpack to 1099511627776 bytes"),
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
