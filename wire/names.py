"""Names that travel: what a machine's boot, a session, a message or an extra column may be called."""

import re
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

# `(?![\s\S])` is the end of the text in Python as in ECMAScript; Python's `$` also matches before a last line feed.
SAFE = r"^[A-Za-z0-9_-]{1,64}(?![\s\S])"
"""Safe as part of a file name, a subject and an address (contract 1; decision 0010)."""

SafeId = Annotated[str, Meta(pattern=SAFE, description="1 to 64 of A-Z a-z 0-9 _ -")]

UNITS = {"_ns": "ns", "_s": "s", "_deg": "deg", "_nm": "Nm", "_deg_s": "deg/s", "_j": "J", "_hz": "Hz", "torque_raw": "Nm"}
"""A column's unit stands at the end of its name (contract 1); the longest ending counts."""

_SAFE = re.compile(SAFE)


@lru_cache(maxsize=4096)
def is_safe_id(name: str) -> bool:
    """True for 1 to 64 letters, digits, `_` and `-`. Remembered, since every batch carries its boot."""
    return _SAFE.match(name) is not None


def is_column(name: str) -> bool:
    """True for what an extra column may be called: 1 to 64 printable characters."""
    return 1 <= len(name) <= 64 and name.isprintable()


def unit_of(name: str) -> str:
    """The unit that a column's name carries; empty for a plain number."""
    return next((UNITS[ending] for ending in sorted(UNITS, key=len, reverse=True) if name.endswith(ending)), "")
