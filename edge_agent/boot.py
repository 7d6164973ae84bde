"""The name of one run of an agent (contract 1): a UUIDv7 as text, made at its start, never reused."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last_ms = 0


def uuid7() -> str:
    """A new UUIDv7 as text: 48 bits of milliseconds, the rest random; later calls sort later. Source: RFC 9562, 5.7."""
    global _last_ms
    with _lock:  # two in the same millisecond still sort: the later one borrows from the next
        _last_ms = milliseconds = max(time.time_ns() // 1_000_000, _last_ms + 1)
    random = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return str(uuid.UUID(int=value))
