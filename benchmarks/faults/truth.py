"""What was sampled, read while it is written: the files of `edge_agent.truth`, which no spool and no line has touched."""

import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from disk.records import records
from wire import samples


class Sampled(NamedTuple):
    """One boot's samples 0..n-1: columns of shape (n,); float32 as bits, so that NaN equals itself."""

    t_ns: NDArray[np.int64]
    angle: NDArray[np.uint32]
    torque: NDArray[np.uint32]


class Truth:
    """All boots of a folder. `refresh` reads what has come since."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._parts: dict[str, list[Sampled]] = {}
        self._lock = threading.Lock()
        self.counts: dict[str, int] = {}
        """Samples by boot."""
        self.machines: dict[str, str] = {}
        """The name of the file that holds a boot, less its ending."""

    def refresh(self) -> dict[str, int]:
        """The samples of each boot so far."""
        with self._lock:
            for file in self._folder.glob("*.truth"):
                offset = self._read.get(file, 0)
                with file.open("rb") as stream:
                    stream.seek(offset)
                    data = stream.read()
                whole = 0
                for whole, payload in records(data):  # noqa: B007 - where the last one ends
                    self._take(samples.decode(payload), file.stem)
                self._read[file] = offset + whole
            return dict(self.counts)

    def boot(self, boot: str) -> Sampled:
        """All of one boot."""
        parts = self._parts[boot]
        if len(parts) > 1:
            self._parts[boot] = parts = [Sampled(*(np.concatenate(column) for column in zip(*parts, strict=True)))]
        return parts[0]

    def _take(self, batch: samples.SampleBatch, machine: str) -> None:
        parts = self._parts.setdefault(batch.boot, [])
        self.machines[batch.boot] = machine
        assert batch.seq == self.counts.get(batch.boot, 0), f"{batch.boot}: the truth itself misses samples before {batch.seq}"
        parts.append(Sampled(batch.times_ns(), np.frombuffer(batch.angle, "<u4"), np.frombuffer(batch.torque, "<u4")))
        self.counts[batch.boot] = batch.seq + batch.n
