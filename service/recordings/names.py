"""The names that a session's files have, beside its `S.mcap`."""

from pathlib import Path

PART = ".mcap.part"
"""While it is written."""
RESUMED = ".resumed" + PART
"""A copy that is to become the part."""
RECOVERED = ".recovered" + PART
"""A copy that is to become whole under a name of its own."""
FINAL = ".final" + PART
"""A copy with the final result that is to take the recording's place."""
REWRITTEN = ".rewritten" + PART
"""A copy that is to take the part's place, because the part's last sync failed."""
COPIES = (RESUMED, RECOVERED, FINAL, REWRITTEN)


def whole_name(path: Path) -> Path:
    """`X.mcap` of `X.mcap` or `X.mcap.part`."""
    return path.with_name(path.name.removesuffix(".part"))
