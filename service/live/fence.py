"""Two agents under one name: the first one's samples are taken, the other one is shown (robustness F18)."""

from wire.messages import Status

SILENCE_NS = 10_000_000_000
"""After so long without a live sample its boot no longer owns the machine."""
NOTICED_NS = 300_000_000
"""A boot that goes on sending for so long is another agent; less is what was on its way when it ended."""


class Fence:
    """Which boot owns a machine: the one whose live samples came first, until it says goodbye, falls silent or names its successor.

    A birth that names the owner as `pending` or `previous` comes from the same spool, so from the same device, restarted; whoever else
    comes to own it may be another device. A last will says that the owner's line broke, not that the machine is gone: an agent that was
    shown as a conflict before gets nothing by it (decision 0265), any other one need not wait.
    """

    def __init__(self) -> None:
        self._heard_ns: int | None = None
        self._cut_off = False
        self._successor: str | None = None
        self._rival: tuple[str, int, int] | None = None
        self._status: Status | None = None

    def heard(self, now_ns: int) -> None:
        """A live batch of the owner."""
        self._heard_ns, self._cut_off = now_ns, False

    def admits(self, boot: str, now_ns: int) -> bool:
        """Whether a boot that is not the owner may become it; if not, it is remembered."""
        if self.follows(boot) or self._heard_ns is None or now_ns - self._heard_ns > SILENCE_NS:
            return True
        if self._cut_off and self.conflict(now_ns) != boot:
            return True
        first_ns = self._rival[1] if self._rival is not None and self._rival[0] == boot else now_ns
        self._rival = (boot, first_ns, now_ns)
        return False

    def follows(self, boot: str) -> bool:
        """Whether a boot is the owner's own machine, restarted; to be asked before it is `owned`."""
        return boot == self._successor

    def owned(self, boot: str) -> Status | None:
        """Another boot has become the owner; its status, where it could not be taken before."""
        status, self._status = self._status, None
        self._successor = self._rival = None
        return status if status is not None and status.boot == boot else None

    def told(self, status: Status, owner: str | None, now_ns: int) -> bool:
        """Birth, change or will; False where it is another agent's, which says nothing of this machine."""
        if owner is None or status.boot == owner:
            if not status.online and owner is not None:
                # A will is written before there is anything to say: it has no clock.
                self._cut_off = True
                self._heard_ns = self._heard_ns if status.clock is None else None
            return True
        if not status.online:
            if self._rival is not None and self._rival[0] == status.boot:
                self._rival = self._status = None
            return True
        if not {owner, self._successor}.isdisjoint((*status.pending, status.previous)):
            self._successor = status.boot
        if self.admits(status.boot, now_ns):
            return True
        self._status = status
        return False

    def rejects(self, boot: str, owner: str | None, now_ns: int) -> bool:
        """Whether late samples of this boot are another agent's, or may be: not answered, they come again once that is known."""
        if boot == owner or self._rival is None or self._rival[0] != boot:
            return False
        return now_ns - self._rival[1] <= NOTICED_NS or self.conflict(now_ns) is not None

    def conflict(self, now_ns: int) -> str | None:
        """The boot of another agent that sends under this name."""
        if self._rival is None:
            return None
        boot, first_ns, last_ns = self._rival
        return boot if last_ns - first_ns > NOTICED_NS and now_ns - last_ns < SILENCE_NS else None
