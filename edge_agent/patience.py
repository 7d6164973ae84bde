"""Work with one boot's files that fails: said once and left for a while, so that it holds up no other boot's (decision 0261)."""

from collections.abc import Callable

import structlog

AGAIN_S = 30.0
"""What the disk didn't do is tried again so often: a worn card may take seconds to fail, and commits wait for that."""

log = structlog.get_logger(__name__)


class Patience:
    """Of one spool, with the disk's failures."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._until_s: dict[str, float] = {}

    def attempt(self, what: str, work: Callable[[], None], reproach: str) -> bool:
        """Does it, unless it failed lately; whether it is done."""
        until_s = self._until_s.get(what)
        if until_s is not None and self._now_s() < until_s:
            return False
        try:
            work()
        except OSError as error:
            if until_s is None:
                log.error(reproach, of=what, reason=str(error))  # noqa: TRY400 - the reason says it all
            self._until_s[what] = self._now_s() + AGAIN_S
            return False
        self._until_s.pop(what, None)
        return True

    def forgive(self) -> None:
        """Whatever failed is tried again at once."""
        self._until_s.clear()
