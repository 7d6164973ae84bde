"""What one repetition is to be: plain, or with one of the things that happen to people (detection 11, events)."""

from dataclasses import dataclass
from typing import Literal

Deed = Literal[
    "pause", "pause_lowered", "voluntary_partial", "pain", "assist", "heave", "bounce", "hold_dip", "early", "late", "talk",
    "restart", "incomplete_return", "range_overrun", "over_speed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conduct:
    """One repetition. Multipliers are of the plan's times, places are shares of the own range from its flexed end.

    `deed` is what happens, `at` where, `seconds` how long, `share` how much: of the range (dip, restart, incomplete return), of the load
    (assist, heave, bounce: added; pain: what is still held). `rescue`: help comes only when the extension stands. `detail`: of its label.
    """

    extension: float = 1.0
    hold: float = 1.0
    flexion: float = 1.0
    wait_s: float = 0.0
    """Comes this much after its start (negative: before)."""
    goal: float = 1.0
    deed: Deed | None = None
    at: float = 0.5
    seconds: float = 0.0
    share: float = 0.0
    flexing: bool = False
    """The pause, or the letting go, comes on the way down."""
    caught: bool = False
    """What was let go is caught again, and lowered."""
    rescue: bool = False
    detail: str = ""


PLAIN = Conduct()
