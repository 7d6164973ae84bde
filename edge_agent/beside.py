"""What stands beside the samples in a spool's folder: notes, and what no broker takes. One that fails holds up no other (decision 0261)."""

import errno
from collections.abc import Callable
from functools import partial
from pathlib import Path

from disk import Disk
from edge_agent.aside import ASIDE, Aside
from edge_agent.notes import Notes
from edge_agent.patience import Patience


class Beside:
    """Of one folder."""

    def __init__(self, disk: Disk, folder: Path, patience: Patience) -> None:
        self.notes = Notes(disk, folder)
        self.aside = Aside(disk, folder / ASIDE)
        self._patience = patience
        self._stuck_since: int | None = None

    def write(self, settled: Callable[[str, int, int, bool], None], before: int, now: int) -> None:
        """Each that waits; `settled` as in `Aside.write`. `before`, `now`: how often samples were written, before this round and by now.

        Raises OSError where some can't be written, and no samples since then show that the disk takes anything.
        """
        attempt = self._patience.attempt
        done = [attempt(name, partial(self.notes.write, name), "a note of the spool can't be written") for name in self.notes.waiting]
        done.append(attempt(ASIDE, partial(self.aside.write, settled), "samples can't be set aside"))
        if all(done):
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = before
        if self._stuck_since == now:
            raise OSError(errno.EIO, "what is beside the samples can't be written")
