"""Whether the patient in a running set has his screen (contract 5, `screen`; decision 0215)."""

from typing import TYPE_CHECKING

from wire import encoding
from wire.live import PatientScreen

if TYPE_CHECKING:
    from service.live.floor import Floor
    from service.live.line import Line
    from service.live.viewer import Viewer

AWAY_NS = 5_000_000_000
"""A screen says something every 2 s. After so long without the service its own page tells the patient to stop (robustness 3.6)."""
TICK_NS = 1_000_000_000


class Beside:
    """The paired screens of one machine: any of them will do."""

    def __init__(self, line: "Line", floor: "Floor") -> None:
        self._line = line
        self._floor = floor
        self._wanted = False
        """A set runs, on a machine that has a paired screen."""
        self._heard_ns = 0
        """When one was last heard from; at the earliest when it was first wanted."""
        self._away = False
        self._ticked_ns = 0

    def tick(self, now_ns: int) -> None:
        """Once a second: says what has changed."""
        late_ns = now_ns - self._ticked_ns - TICK_NS
        if late_ns > TICK_NS:
            # The service itself stood still: what was said to it meanwhile is read next.
            self._heard_ns += late_ns
        self._ticked_ns = now_ns
        away = self._is_away(now_ns)
        if away != self._away:
            self._away = away
            self._line.channel.say_to_staff(self._message())

    def left(self, viewer: "Viewer") -> None:
        """A client watches this machine no more; what it said last was heard all the same."""
        if viewer.pairing is not None:
            self._heard_ns = max(self._heard_ns, viewer.heard_ns)

    def current(self) -> bytes | None:
        """What a late joiner is told; None where there is nothing to tell."""
        return self._message() if self._away else None

    def _is_away(self, now_ns: int) -> bool:
        line = self._line
        before = self._wanted
        self._wanted = line.running is not None and line.running.in_set and self._floor.paired(line.machine)
        if not self._wanted:
            return False
        heard_ns = (viewer.heard_ns for viewer in line.channel.viewers if viewer.pairing is not None)
        self._heard_ns = max(self._heard_ns if before else now_ns, *heard_ns, 0)
        return now_ns - self._heard_ns > AWAY_NS

    def _message(self) -> bytes:
        return encoding.encode(PatientScreen(machine=self._line.machine, away=self._away))
