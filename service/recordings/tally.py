"""How many samples a recording holds, counted without reading them: a thousand recordings are counted after a power cut."""

import struct
from pathlib import Path

import msgspec

from service.recordings.chunks import MESSAGE_INDEX
from service.recordings.sections import sections
from wire import framing
from wire.ranges import Ranges

_OFFSET = struct.Struct("<8xQ")
_LENGTH = struct.Struct("<Q")
_CHANNEL = struct.Struct("<HI")
_BATCH_AT = framing.HEAD.size + framing.MESSAGE_HEAD.size


class _Numbers(msgspec.Struct):
    """As much of a batch as says which samples it holds."""

    boot: str
    seq: int
    angle: bytes


_decode = msgspec.msgpack.Decoder(_Numbers).decode


def numbers(payload: bytes) -> tuple[str, int, int]:
    """Of a recorded batch its boot, its first and its last sample. Raises msgspec.DecodeError."""
    batch = _decode(payload)
    return batch.boot, batch.seq, batch.seq + len(batch.angle) // 4 - 1


def stored(path: Path, channel: int) -> dict[str, int]:
    """`expected` (first to last of each boot), `stored`, `missing`, `refused` of a whole recording that this package has written.

    `channel` is the number of its channel `/samples`. Blocks. Raises OSError, framing.DamageError, msgspec.DecodeError.
    """
    held: dict[str, Ranges] = {}
    with path.open("rb") as file:
        for section in sections(file, []):
            chunk: framing.Frame | None = None
            for frame in section.frames:
                if frame.opcode == framing.CHUNK:
                    chunk = frame
                elif frame.opcode == MESSAGE_INDEX and chunk is not None and _CHANNEL.unpack_from(frame.content)[0] == channel:
                    _count(held, framing.unpack_chunk(chunk), frame.content)
    counts = [ranges.count() for ranges in held.values()]
    expected = sum(ranges.last - (ranges.first or 0) + 1 for ranges in held.values())
    return {"expected": expected, "stored": sum(counts), "missing": expected - sum(counts), "refused": 0}


def _count(held: dict[str, Ranges], data: bytes, index: bytes) -> None:
    boot, first, following = "", 0, 0
    for (at,) in _OFFSET.iter_unpack(index[_CHANNEL.size :]):
        (length,) = _LENGTH.unpack_from(data, at + 1)
        batch = _decode(data[at + _BATCH_AT : at + framing.HEAD.size + length])
        if batch.seq != following or batch.boot != boot:
            _add(held, boot, first, following)
            boot, first = batch.boot, batch.seq
        following = batch.seq + len(batch.angle) // 4
    _add(held, boot, first, following)


def _add(held: dict[str, Ranges], boot: str, first: int, following: int) -> None:
    if first < following:
        held.setdefault(boot, Ranges()).add(first, following - 1)
