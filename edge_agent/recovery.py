"""What earlier boots have left in their last files; one that can't be read is kept, and tried again (decision 0227)."""

import contextlib
import itertools
from collections.abc import Callable, Container, Iterable
from pathlib import Path

import structlog

from disk import Disk
from edge_agent.patience import AGAIN_S
from edge_agent.segments import Segment

MOST_TORN = 32
"""Cut-off ends that are kept, for whoever wants to look into them; of more the oldest are removed."""

log = structlog.get_logger(__name__)


class Recovery:
    """Of one spool: finds out how far each boot that has ended reaches."""

    def __init__(self, disk: Disk, now_s: Callable[[], float]) -> None:
        self.torn = 0
        """Bytes that were cut off."""
        self._disk = disk
        self._now_s = now_s
        self._again_at_s = 0.0
        self._failed: list[Segment] = []

    def find(self, paths: Iterable[Path], known: Container[str]) -> dict[str, list[Segment]]:
        """The boots whose files are there and that are not known, each with its segments in order.

        Of a last file that the disk doesn't read only what it gives is known, for now.
        """
        paths = list(paths)
        for path in [path for path in paths if path.suffix == ".torn"][:-MOST_TORN]:
            with contextlib.suppress(OSError):
                self._disk.remove(path)
        found: dict[str, list[Segment]] = {}
        for segment in sorted(filter(None, map(Segment.named, paths)), key=lambda segment: (segment.boot, segment.first)):
            if segment.boot not in known:
                found.setdefault(segment.boot, []).append(segment)
        for segments in found.values():
            for segment, after in itertools.pairwise(segments):
                segment.assume(after.first)
            self._recover(segments[-1])
        return found

    def _recover(self, segment: Segment) -> None:
        if (reason := self._attempt(segment)) is not None:
            segment.trouble(reason)
            self._failed.append(segment)
            self._again_at_s = self._now_s() + AGAIN_S

    def again(self) -> list[Segment]:
        """Those that failed before and were tried again, where it is time to."""
        if not self._failed or self._now_s() < self._again_at_s:
            return []
        before, self._failed = self._failed, []
        for segment in before:
            if self._attempt(segment) is not None:
                self._failed.append(segment)
        self._again_at_s = self._now_s() + AGAIN_S  # from now on: it may have taken as long, and commits have waited for it
        return before

    def _attempt(self, segment: Segment) -> str | None:
        try:
            torn = segment.recover(self._disk)
        except OSError as error:
            return str(error)
        if torn:
            self.torn += len(torn)
            log.warning("the end of the spool was torn; it is kept beside", file=str(segment.path), bytes=len(torn))
        if segment.unread:
            log.error("samples of another version wait for it", file=str(segment.path))
        return None
