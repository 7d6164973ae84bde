"""One service to a data folder, one broker to its own: two on the same files would destroy them (decisions 0030, 0287).

A lock is an open file, held by the service; the broker's is inherited by its nats-server. The kernel lets go of it when the last who
holds it has ended, however it ended; so nothing stale can stand in the way, and a broker's lock that is held while the service that took
it is gone proves that its nats-server still runs, under the process id in the file.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import Self

ORPHAN_S = 5.0
"""How long an orphaned nats-server may take to end, seconds."""
NOTE_BYTES = 80
"""Of the note of who holds it: two process ids and their names."""


class InUseError(Exception):
    """Somebody else holds the lock; the message says who, as far as that is known, and names the way out."""


class Lock:
    """An exclusive hold on the folder of this file, taken on construction; `what` lies there, in words.

    Raises InUseError when a living service holds it, OSError where the file can't be made or locked.
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path, self._what = path, what
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take()
        except BaseException:
            os.close(self.fd)
            raise

    def note(self, child: int | None) -> None:
        """Write down who holds the lock: this process, and its nats-server. As long each time: a full disk takes what replaces as much."""
        text = json.dumps({"service": os.getpid(), "broker": child}).encode()
        os.pwrite(self.fd, text.ljust(NOTE_BYTES), 0)

    def release(self) -> None:
        """Let go. Without effect on what a child still holds."""
        os.close(self.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self) -> None:
        if self._locked():
            return
        service, broker = self._holders()
        if broker is not None and not _runs(service):
            with contextlib.suppress(ProcessLookupError):
                os.kill(broker, signal.SIGKILL)
        deadline = time.monotonic() + ORPHAN_S
        while not self._locked():
            # Asked each time: who has just taken it writes down its name a moment later.
            service, _ = self._holders()
            if _runs(service):
                raise self._in_use(f"process {service}: stop that one, or")
            if time.monotonic() > deadline:
                raise self._in_use("an unknown process:")
            time.sleep(0.01)

    def _in_use(self, by: str) -> InUseError:
        return InUseError(f"{self._what} in {self._path.parent} is in use by {by} give another folder with --data")

    def _locked(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise OSError(error.errno, f"can't be locked: {error.strerror}", str(self._path)) from error
        return True

    def _holders(self) -> tuple[int | None, int | None]:
        try:
            noted = json.loads(os.pread(self.fd, 4096, 0))
            return noted["service"], noted["broker"]
        except (ValueError, KeyError, TypeError):
            return None, None


def _runs(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
