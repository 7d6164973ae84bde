"""Samples into batches: numbered from 0, each leaving as soon as its last sample is taken."""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from edge_agent.calibration import Corrected
from wire.pieces import head_of
from wire.samples import MOST_BYTES, SampleBatch

MOST_SAMPLES = 1000
"""Of one batch: with time stamps and two further columns it stays below 32 KiB (contract 2)."""


class Batcher:
    """Cuts one boot's samples into batches of `batch_s`, counted in samples at the nominal rate."""

    def __init__(self, boot: str, sample_rate_hz: float | None, batch_s: float) -> None:
        self.boot = boot
        self.seq = 0
        """Of the next sample: so many were numbered already."""
        rate_hz = sample_rate_hz or 100.0
        self._n = min(max(1, round(rate_hz * batch_s)), MOST_SAMPLES)
        self._dt_ns = round(1e9 / rate_hz)
        self._held: list[Corrected] = []
        self._holds = 0

    def add(self, samples: Corrected) -> Iterator[SampleBatch]:
        """The batches that these samples complete; what is left waits for the next ones."""
        if self._held and self._held[0].extra.keys() != samples.extra.keys():
            # A batch has each of its columns throughout: with others begins another one.
            yield from self.flush()
        most = _most(samples.extra)
        n = min(self._n, most)
        if self._holds + len(samples.t_ns) < n:
            self._held.append(samples)
            self._holds += len(samples.t_ns)
            return
        if self._held:
            samples = _join([*self._held, samples])
            self._held, self._holds = [], 0
        whole = len(samples.t_ns)
        # What came in a burst is due already: larger batches are cheaper and no later.
        step = min(whole, most) if whole >= 2 * n else n
        for start in range(0, whole, step):
            piece = samples if step == whole else samples.cut(start, start + step)
            if len(piece.t_ns) < n:
                self._held, self._holds = [piece], len(piece.t_ns)
            else:
                yield self._batch(piece)

    def flush(self) -> Iterator[SampleBatch]:
        """What is left, at the end of a run."""
        if self._held:
            held = _join(self._held)
            self._held, self._holds = [], 0
            yield self._batch(held)

    def _batch(self, samples: Corrected) -> SampleBatch:
        n = len(samples.t_ns)
        seq, self.seq = self.seq, self.seq + n
        dt_ns = self._step(samples.t_ns)
        return SampleBatch(
            boot=self.boot,
            seq=seq,
            t0=int(samples.t_ns[0]),
            dt=self._dt_ns if dt_ns is None else dt_ns,
            angle=samples.angle_deg.astype("<f4", copy=False).tobytes(),
            torque=samples.torque_nm.astype("<f4", copy=False).tobytes(),
            t=samples.t_ns.astype("<i8", copy=False).tobytes() if dt_ns is None else None,
            extra={name: column.astype("<f4", copy=False).tobytes() for name, column in samples.extra.items()} or None,
        )

    def _step(self, t_ns: NDArray[np.int64]) -> int | None:
        """The one step between these times, ns; None where there isn't one (the batch then carries each time)."""
        n = len(t_ns)
        if n == 1:
            return self._dt_ns
        first, second = int(t_ns[0]), int(t_ns[1])
        step = second - first
        if step <= 0 or (n > 2 and not bool((np.diff(t_ns) == step).all())):
            return None
        return step


def _most(extra: Collection[str]) -> int:
    """How many samples with these further columns, each with a time of its own, fit a batch whatever they are; at least one."""
    return min(max((MOST_BYTES - head_of(extra)) // (16 + 4 * len(extra)), 1), MOST_SAMPLES)


def _join(parts: list[Corrected]) -> Corrected:
    """Samples of the same columns as one."""
    if len(parts) == 1:
        return parts[0]
    return Corrected(
        np.concatenate([part.t_ns for part in parts]),
        np.concatenate([part.angle_deg for part in parts]),
        np.concatenate([part.torque_nm for part in parts]),
        {name: np.concatenate([part.extra[name] for part in parts]) for name in parts[0].extra},
    )
