"""What was truly sampled, for whoever checks that nothing was lost: each batch, before anything else is done with it (robustness 1.4)."""

import os
from collections.abc import Iterator
from pathlib import Path

from disk.records import record, records
from wire.samples import SampleBatch, decode


class Truth:
    """A file to which each batch is added at once, as a record of the spool's format; several agents may share one. Raises OSError."""

    def __init__(self, file: Path) -> None:
        self._fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o640)

    def add(self, payload: bytes) -> None:
        """An encoded batch; the kernel has it on return."""
        os.write(self._fd, record(payload))

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._fd)


def read_truth(file: Path) -> Iterator[SampleBatch]:
    """The batches in such a file, in the order they were taken; each names its boot."""
    for _, payload in records(file.read_bytes()):
        yield decode(payload)
