"""The last run of this machine's agent that a service knows, by name, so that the next one can say that it is the same machine (0262)."""

import msgspec
import structlog

from edge_agent.spool import Spool
from wire.names import SafeId

PREVIOUS = "boot.json"

log = structlog.get_logger(__name__)


class Previous:
    """Kept in the spool's folder."""

    def __init__(self, spool: Spool) -> None:
        """`spool` must be open: what was kept before is read from it."""
        self._spool = spool
        self.boot: str | None = None
        """The last one that a service has spoken of; None where there was none, or nobody knows."""
        kept = spool.noted(PREVIOUS)
        try:
            self.boot = None if kept is None else msgspec.json.decode(kept, type=SafeId)
        except (ValueError, RecursionError) as error:
            log.warning("the name of the run before can't be read", reason=str(error))

    def heard(self, boot: str) -> None:
        """A service has spoken of this one: until then the next one would be known by the one before it."""
        if boot != self.boot:
            self.boot = boot
            self._spool.note(PREVIOUS, msgspec.json.encode(boot))
