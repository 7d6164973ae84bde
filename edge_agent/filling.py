"""How full a spool is: of its quota, or of the disk, whichever has less room (robustness F10)."""

import shutil
from collections.abc import Callable
from pathlib import Path

import structlog

MIB = 1024 * 1024
WARN_SHARE, REFUSE_SHARE = 0.80, 0.95
ACCEPT_SHARE = 0.90
"""Once refused, new sessions are taken on again below this."""
MEASURE_S = 1.0

log = structlog.get_logger(__name__)


class Filling:
    """Of one spool's folder."""

    def __init__(self, folder: Path, quota: int, size: Callable[[], tuple[int, int]] | None, now_s: Callable[[], float]) -> None:
        """`size`: bytes that the disk has and that are free; without it the disk is asked."""
        self.whole = quota
        """Bytes that samples may take in all."""
        self.gone = 0
        """Bytes of these that are not free: samples take them, or somebody else who fills the disk."""
        self.refuses = False
        """No new session is taken on."""
        self.warned = False
        self._folder = folder
        self._quota = quota
        self._size = size or (lambda: _size(folder))
        self._now_s = now_s
        self._measured_s = -MEASURE_S

    def measure(self, used: Callable[[], int], reserved: Callable[[], int]) -> None:
        """Once a second at most: bytes that samples take, and that are held ready for them. Never raises."""
        now_s = self._now_s()
        if now_s - self._measured_s < MEASURE_S:
            return
        self._measured_s = now_s
        taken_bytes = used()
        try:
            total, free = self._size()
        except OSError:
            total, free = self._quota, 0
        self.whole = min(self._quota, total)
        room = max(0, min(self._quota - taken_bytes, reserved() + free))
        self.gone = self.whole - room
        taken = self.gone / self.whole
        self.refuses = taken >= (ACCEPT_SHARE if self.refuses else REFUSE_SHARE)
        warned, self.warned = self.warned, taken >= WARN_SHARE
        if self.warned and not warned:
            log.warning("the spool is filling up", folder=str(self._folder), used_mb=taken_bytes // MIB, left_mb=room // MIB)


def _size(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.total, usage.free
