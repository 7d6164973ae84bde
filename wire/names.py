"""Names that travel: what a boot, a session, a command's id or an extra column may be called."""

import re
from functools import lru_cache

SAFE_ID = r"^[A-Za-z0-9_-]{1,64}$"
"""A name that is safe as part of a file name, a subject and an address (contract 1; decision 0010)."""

_SAFE = re.compile(SAFE_ID[1:-1])


@lru_cache(maxsize=4096)
def is_safe_id(name: str) -> bool:
    """True for 1 to 64 letters, digits, `_` and `-`. Remembered, since every batch carries its boot."""
    return _SAFE.fullmatch(name) is not None
