"""Parts of batches, and several batches as one."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np

from wire.errors import WireError
from wire.messages import Input
from wire.samples import SampleBatch, encode

_HEAD_BYTES = 512
"""More than anything in a message beside its columns takes, their names aside."""


def part_of(batch: SampleBatch, first: int, last: int) -> SampleBatch:
    """The samples first..last (their numbers) of a batch, as a batch."""
    begin, end = first - batch.seq, last - batch.seq + 1
    if begin == 0 and end == batch.n:
        return batch
    return SampleBatch(
        boot=batch.boot,
        seq=first,
        t0=int(batch.times_ns()[begin]) if batch.t is not None else batch.t0 + begin * batch.dt,
        dt=batch.dt,
        angle=batch.angle[4 * begin : 4 * end],
        torque=batch.torque[4 * begin : 4 * end],
        t=None if batch.t is None else batch.t[8 * begin : 8 * end],
        extra=None if batch.extra is None else {name: column[4 * begin : 4 * end] for name, column in batch.extra.items()},
    )


def messages_of(batch: SampleBatch) -> list[tuple[SampleBatch, bytes]]:
    """The batch in MessagePack, in parts within 32 KiB, each with its message: what came as JSON may take four times as much.

    Raises WireError (`oversized`) where one sample alone takes more.
    """
    try:
        return [(batch, encode(batch))]
    except WireError:
        if batch.n == 1:
            raise
    last = batch.seq + batch.n - 1
    middle = batch.seq + batch.n // 2
    return messages_of(part_of(batch, batch.seq, middle - 1)) + messages_of(part_of(batch, middle, last))


def head_of(names: Collection[str]) -> int:
    """More than all in a message takes beside its columns: the names of the further ones, and what else there is."""
    return _HEAD_BYTES + sum(len(name.encode()) + 8 for name in names)


def size_of(batch: SampleBatch, n: int) -> int:
    """At least the bytes of a message with `n` samples of the columns of this one."""
    extra = batch.extra or {}
    return head_of(extra) + n * (16 + 4 * len(extra))


def follows(before: SampleBatch, batch: SampleBatch) -> bool:
    """True when the second goes on where the first ends, with the same columns, so that they can be one."""
    return batch.boot == before.boot and batch.seq == before.seq + before.n and (batch.extra or {}).keys() == (before.extra or {}).keys()


def joined(batches: Sequence[SampleBatch]) -> SampleBatch:
    """Batches that follow each other as one, each sample with its own time. Its message is within `size_of`."""
    first = batches[0]
    if len(batches) == 1:
        return first
    dt = _step(batches)
    extra = first.extra
    return SampleBatch(
        boot=first.boot,
        seq=first.seq,
        t0=first.t0 if first.t is None else int(first.times_ns()[0]),
        dt=first.dt if dt is None else dt,
        angle=b"".join(batch.angle for batch in batches),
        torque=b"".join(batch.torque for batch in batches),
        t=np.concatenate([batch.times_ns() for batch in batches]).astype("<i8", copy=False).tobytes() if dt is None else None,
        extra=None if extra is None else {name: b"".join((batch.extra or {})[name] for batch in batches) for name in extra},
    )


def coalesced(entries: Iterable[SampleBatch | Input], most: int) -> Iterator[SampleBatch | Input]:
    """The same with neighbouring batches joined, to `most` samples: those of two samples are too small to be handled one by one."""
    held: list[SampleBatch] = []
    n = 0
    for entry in entries:
        if held and not (isinstance(entry, SampleBatch) and n + entry.n <= most and follows(held[-1], entry)):
            yield joined(held)
            held, n = [], 0
        if isinstance(entry, SampleBatch):
            held.append(entry)
            n += entry.n
        else:
            yield entry
    if held:
        yield joined(held)


def _step(batches: Sequence[SampleBatch]) -> int | None:
    """The one step between all their samples, ns; None where there isn't one."""
    dt = max(batches, key=lambda batch: batch.n).dt  # of a single sample it says nothing
    end = batches[0].t0
    for batch in batches:
        if batch.t is not None or batch.t0 != end or (batch.n > 1 and batch.dt != dt):
            return None
        end += batch.n * dt
    return dt
