"""When each boot began, on its own clock and by the wall clock: kept in the spool, for what a later boot sends of it (contract 1)."""

import msgspec
import structlog

from edge_agent.spool import Spool
from wire.messages import ClockAnchor

CLOCKS = "clocks.json"

log = structlog.get_logger(__name__)


class Anchors:
    """The clock anchor of each boot whose samples wait. A boot that never had a line has told nobody its own."""

    def __init__(self, spool: Spool) -> None:
        """`spool` must be open: what was kept before is read from it."""
        self._spool = spool
        self._kept: dict[str, ClockAnchor] = {}
        kept = spool.noted(CLOCKS)
        try:
            self._kept = {} if kept is None else msgspec.json.decode(kept, type=dict[str, ClockAnchor])
        except (ValueError, RecursionError) as error:
            log.warning("clocks of earlier boots can't be read: the service's own labels them", reason=str(error))

    def keep(self, boot: str, anchor: ClockAnchor) -> None:
        """A boot has begun to sample. Boots that are stored are forgotten."""
        self._kept = {**self.pending(), boot: anchor}
        self._spool.note(CLOCKS, msgspec.json.encode(self._kept))

    def pending(self) -> dict[str, ClockAnchor]:
        """Those of the boots that a status names as pending."""
        return {boot: self._kept[boot] for boot in self._spool.pending() if boot in self._kept}
