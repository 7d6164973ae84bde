"""One broker to a data folder: two on the same files would destroy them.

The lock is an open file, held by the service and inherited by its nats-server. The kernel lets go of it when the last of the two has
ended, however it ended; so nothing stale can stand in the way, and a lock that is held while the service that took it is gone
proves that its nats-server still runs, under the process id in the file.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import Self

from service.broker.errors import BrokerError

ORPHAN_S = 5.0
"""How long an orphaned nats-server may take to end, seconds."""


class Lock:
    """An exclusive hold on a broker folder, taken on construction. Raises BrokerError when a living service holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._take()
        except BaseException:
            os.close(self.fd)
            raise

    def note(self, child: int | None) -> None:
        """Write down who holds the lock: this process, and its nats-server."""
        text = json.dumps({"service": os.getpid(), "broker": child}).encode()
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, text, 0)

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
        if service is not None and _runs(service):
            raise BrokerError(
                f"the broker's data in {self._path.parent} is in use by process {service}: "
                "stop that one, or give another folder with --data"
            )
        if broker is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(broker, signal.SIGKILL)
        deadline = time.monotonic() + ORPHAN_S
        while not self._locked():
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"the broker's data in {self._path.parent} is in use by an unknown process: give another folder with --data"
                )
            time.sleep(0.01)

    def _locked(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holders(self) -> tuple[int | None, int | None]:
        try:
            noted = json.loads(os.pread(self.fd, 4096, 0))
            return noted["service"], noted["broker"]
        except (ValueError, KeyError, TypeError):
            return None, None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
