"""How old a machine's calibration is (H07), by what its status says of it (contract 2)."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

VALID_DAYS = 365
"""A calibration counts for so long, days. Source: ISO 7500-1, 9, which has force-measuring machines verified at least every 12 months
(the figure from general knowledge, not checked against the text; decision 0243)."""


def measured(calibration: dict[str, Any] | None) -> datetime | None:
    """When zero and gravity curve were measured, the older of the two; None where neither was, or an id tells no time.

    Their ids are UUIDv7 and begin with the machine's own time (RFC 9562, 5.7).
    """
    if calibration is None:
        return None
    tare = calibration.get("tare")
    ids = [tare.get("id") if isinstance(tare, dict) else None, calibration.get("curve")]
    times = [made for each in ids if (made := _made(each)) is not None]
    return min(times, default=None)


def expired(calibration: dict[str, Any] | None, now: datetime) -> bool:
    """Whether it was measured, and longer ago than it counts."""
    made = measured(calibration)
    return made is not None and now - made > timedelta(days=VALID_DAYS)


def _made(name: object) -> datetime | None:
    try:
        found = uuid.UUID(str(name))
        return datetime.fromtimestamp((found.int >> 80) / 1000, UTC) if found.version == 7 else None
    except (ValueError, OverflowError, OSError):  # no id, or of a year that there is no calendar for
        return None
