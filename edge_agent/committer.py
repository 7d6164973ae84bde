"""The thread that works with the disk, so that neither sampler nor line ever waits for it."""

import threading

import structlog

from edge_agent.spool import Spool

GROUP_S = 0.03
"""From the first batch that waits to its commit, which takes those behind it along. With batches of 20 ms that is two of them every 40 ms:
a kill of the agent loses 40 ms of samples, of 50 ms allowed, and 10 ms are left to the commit (robustness 1.2, 5; F05, decision 0271)."""
AGAIN_S = 1.0
"""How soon a disk that took nothing is tried again (robustness F10: within 10 s of space being back)."""

log = structlog.get_logger(__name__)


class Committer:
    """Rounds of one spool from `start` to `stop`, which does the last one."""

    def __init__(self, spool: Spool, group_s: float = GROUP_S) -> None:
        self._spool = spool
        self._group_s = group_s
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"spool {spool.folder.name}", daemon=True)
        spool.woken = self._due.set

    def start(self) -> None:
        """From now on."""
        self._thread.start()

    def stop(self) -> None:
        """Returns when everything put before is on the disk, or can't be."""
        self._stopping.set()
        self._due.set()
        self._thread.join()
        self._spool.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._due.wait(AGAIN_S)
            self._stopping.wait(AGAIN_S if self._spool.trouble is not None else self._group_s)
            self._due.clear()
            try:
                self._spool.round()
            except Exception as error:
                # Whatever it was: a thread that ended here would leave every later sample to the next power cut, and nobody would know.
                log.exception("samples don't go to the disk")
                self._spool.trouble = repr(error)
