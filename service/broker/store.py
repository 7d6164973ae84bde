"""Where the broker keeps what it must: on its disk, and in memory while that is full (decision 0300)."""

import contextlib
import hashlib
import os
import shutil
import stat
import time
from pathlib import Path

import structlog

MEMORY = Path("/dev/shm")  # noqa: S108 the folder of its own in it is checked
"""A file system in memory, on Linux."""
FULL_BYTES = 2 * 1024 * 1024
"""With less a disk is full for a broker. The recorder leaves it 4 MiB."""
LEAST_FREE_BYTES = 8 * 1024 * 1024
"""With so much space a broker that left its disk, or met it full, is worth a new start."""
MOST_BYTES = 2 * 1024**3
"""What waits on disk for a service that is away; full, it is not acknowledged, and the edge keeps it."""
MOST_IN_MEMORY_BYTES = 64 * 1024 * 1024
LEAST_IN_MEMORY_BYTES = 16 * 1024 * 1024
"""With less memory for it the broker stays on its disk, full or not."""
AGAIN_S = 60.0
"""After a move that failed: one costs a new start of the broker."""
KEPT = "jetstream"
"""What nats-server makes in its folder."""

_log = structlog.get_logger("broker")


class Store:
    """The broker's files, in `folder` on disk or in memory: never in both. To be moved only while no broker runs."""

    def __init__(self, folder: Path) -> None:
        self._disk = folder
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        self._memory = MEMORY / f"ilex-broker-{name}"
        self._again_s = 0.0

    def in_memory(self) -> bool:
        """Whether it is not on its disk."""
        return self._ours() and (self._memory / KEPT).exists()

    @property
    def home(self) -> Path:
        """The folder to give to nats-server."""
        return self._memory if self.in_memory() else self._disk

    @property
    def most_bytes(self) -> int:
        """How much may be kept there."""
        return MOST_IN_MEMORY_BYTES if self.in_memory() else MOST_BYTES

    def misplaced(self) -> bool:
        """Whether it had better be elsewhere, and may be: on a full disk, or in memory though its disk has space."""
        if time.monotonic() < self._again_s:
            return False
        free = free_bytes(self._disk)
        return free >= LEAST_FREE_BYTES if self.in_memory() else free < FULL_BYTES and self._may_leave()

    def settle(self) -> None:
        """Moves it to where it is better off. Where that can't be done it stays where it is, whole."""
        if not self.misplaced():
            return
        source, target = (self._memory, self._disk) if self.in_memory() else (self._disk, self._memory)
        try:
            (source / KEPT).mkdir(exist_ok=True)
            _move(source / KEPT, target / KEPT)
            if source is self._memory:
                shutil.rmtree(source, ignore_errors=True)
        except OSError as error:
            self._again_s = time.monotonic() + AGAIN_S
            _log.error("the broker's files stay where they are", folder=str(source), reason=str(error))
        else:
            _log.warning("the broker's files were moved", to=str(target))

    def _may_leave(self) -> bool:
        """Whether there is room in memory, in a folder of our own."""
        with contextlib.suppress(OSError):
            self._memory.mkdir(mode=0o700, exist_ok=True)
            return self._ours() and free_bytes(MEMORY) >= LEAST_IN_MEMORY_BYTES
        return False

    def _ours(self) -> bool:
        """Whether the folder in memory is there and nobody else's: everybody may make one of its name."""
        with contextlib.suppress(OSError):
            found = self._memory.lstat()
            return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        return False


def free_bytes(folder: Path) -> int:
    """None that are known of, where the disk doesn't even say: who asks looks again."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _move(source: Path, target: Path) -> None:
    """From one file system to another: whole under a name of its own first, so that a death in between leaves one that counts."""
    coming = target.with_name(f"{target.name}.coming")
    shutil.rmtree(coming, ignore_errors=True)
    try:
        shutil.copytree(source, coming)
        shutil.rmtree(target, ignore_errors=True)
        coming.rename(target)
    except BaseException:
        shutil.rmtree(coming, ignore_errors=True)
        raise
    shutil.rmtree(source)
