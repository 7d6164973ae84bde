"""A stretch of a session's columns as it is sent (decision 0152)."""

import msgspec

from service.replay.columns import pieces
from service.replay.pyramid import Pyramid, cut


class Wanted(msgspec.Struct, frozen=True):
    """What of a session's columns is asked for; `to_s` None = up to the newest sample, otherwise later than `from_s`.

    `open`: more may come.
    """

    session: str
    from_s: float
    to_s: float | None
    points: int
    open: bool


def stretch(pyramid: Pyramid, wanted: Wanted) -> bytes:
    """Typed columns behind their header."""
    to_s = max(pyramid.length_s, wanted.from_s + 0.001) if wanted.to_s is None else wanted.to_s
    found = cut(pyramid, wanted.from_s, to_s, wanted.points)
    about = {
        "session": wanted.session, "open": wanted.open, "from_s": wanted.from_s, "to_s": to_s, "width_s": found.width_s,
        "period_s": pyramid.period_s, "length_s": pyramid.length_s, **pyramid.about,
    }  # fmt: skip
    return b"".join(pieces(about, found.columns))
