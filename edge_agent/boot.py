"""The name of one run of an agent (contract 1): a UUIDv7 as text, made at its start, never reused."""

import os
import threading
import time
import uuid


class _Milliseconds:
    """The time, rising with every call: two in the same millisecond still sort, the later one borrows from the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        with self._lock:
            self._last = max(time.time_ns() // 1_000_000, self._last + 1)
            return self._last


_milliseconds = _Milliseconds()


def uuid7() -> str:
    """A new UUIDv7 as text: 48 bits of milliseconds, the rest random; later calls sort later. Source: RFC 9562, 5.7."""
    random = int.from_bytes(os.urandom(10), "big")
    value = _milliseconds.next() << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return str(uuid.UUID(int=value))
