"""The samples of a whole recording as columns, fast: an hour at 500 Hz in half a second. Inputs and events are left out.

For recordings in which nothing is out of the ordinary: whole, one boot, no sample twice, messages packed alike, as the recorder writes
them. Everything else is left to `wire.capture`, which reads all recordings: `read` then gives None.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wire import encoding, framing, samples
from wire.errors import WireError
from wire.plan import Plan
from wire.recorded import ROWS_PER_BLOCK, Block, Recorded, open_recorded

TOPIC = "/samples"
MESSAGE_INDEX, STATISTICS = 0x07, 0x0B
MOST_BYTES = 256 * 1024 * 1024
"""Of a file that is read at once: ten hours at 500 Hz."""
SLAB_BYTES = 16 * 1024 * 1024
"""So much of unpacked chunks is looked at in one go."""
MOST_LAYOUTS = 64
"""Ways in which messages are packed: by their size, and by the width of the numbers in them."""
_HEAD = framing.HEAD.size + framing.MESSAGE_HEAD.size
_INTEGERS = {0xCC: "u1", 0xCD: ">u2", 0xCE: ">u4", 0xCF: ">u8", 0xD0: ">i1", 0xD1: ">i2", 0xD2: ">i4", 0xD3: ">i8"}
TINY = ">u1"
"""A number below 128 is one byte, which is its kind as well."""

Rows = NDArray[np.uint8]


class Bulk:
    """A recording's samples and what it says of itself, as `wire.recorded.Recorded` has it; `entries` gives blocks alone."""

    def __init__(self, path: Path, metadata: dict[str, dict[str, str]], boot: str, columns: "Columns") -> None:
        self.path = path
        self.metadata = metadata.get("ilex", {})
        self.machine, self.session = self.metadata.get("machine"), self.metadata.get("session")
        self.completeness = metadata.get("completeness", {})
        plan = self.metadata.get("plan", "null")
        self.plan: Plan | None = None if plan == "null" else encoding.decode(plan.encode(), Plan)
        self.damage: str | None = None
        self.total: int | None = len(columns.seq)
        self._boot, self._columns = boot, columns

    def entries(self) -> Iterator[Block]:
        """The samples in blocks; a gap begins a new one."""
        seq, t_ns, angle, torque, extra = self._columns
        edges = np.flatnonzero(np.diff(seq) != 1) + 1
        for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(seq)], strict=True):
            for at in range(first, last, ROWS_PER_BLOCK):
                rows = slice(at, min(at + ROWS_PER_BLOCK, last))
                more = {name: column[rows] for name, column in extra.items()}
                yield Block(self._boot, int(seq[at]), t_ns[rows], angle[rows], torque[rows], more)


class Columns(NamedTuple):
    """Arrays of shape (n,), by rising seq."""

    seq: NDArray[np.int64]
    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    extra: dict[str, NDArray[np.float32]]


class _UnusualError(Exception):
    """Something that `wire.capture` has to look at."""


def open_samples(path: Path) -> Recorded:
    """A recording opened for its samples: fast where that can be, else as `open_recorded` opens it. Raises RecordedError."""
    if path.name.lower().endswith(".mcap") and path.is_file():
        found = read(path)
        if found is not None:
            return found
    return open_recorded(path)


def read(path: Path) -> Bulk | None:
    """The samples of an MCAP recording, or None where it is no ordinary one. Raises OSError."""
    from mcap.exceptions import McapError

    parts: list[tuple[str, Columns]] = []
    metadata: dict[str, dict[str, str]] = {}
    try:
        for slab, offsets in _slabs(path, metadata):
            parts += _columns(slab, offsets)
        return Bulk(path, metadata, *_joined(parts)) if parts else None
    except (_UnusualError, framing.DamageError, WireError, struct.error, UnicodeDecodeError, McapError):
        return None


def _slabs(path: Path, metadata: dict[str, dict[str, str]]) -> Iterator[tuple[bytes, NDArray[np.int64]]]:
    """Unpacked chunks, one behind the other, with the places of the samples' messages in them.

    Looks at the checksum of every chunk and at that of all data, and counts the messages: what was given stands only if it ends without
    raising.
    """
    from mcap.data_stream import ReadDataStream
    from mcap.records import Channel, Metadata, Statistics

    if path.stat().st_size > MOST_BYTES:
        raise _UnusualError
    data = path.read_bytes()
    channel, found, counted, sound = -1, 0, -1, False
    held: list[bytes] = []
    places: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    size = 0
    if not data.startswith(framing.MAGIC):
        raise _UnusualError
    at, opcode = len(framing.MAGIC), 0
    while opcode != framing.FOOTER:
        opcode, length = framing.HEAD.unpack_from(data, at)
        start, stop = at + framing.HEAD.size, at + framing.HEAD.size + length
        if stop > len(data):
            raise _UnusualError
        if opcode == framing.CHUNK:
            if size > SLAB_BYTES:
                yield b"".join(held), np.concatenate(places)
                held, places, size = [], places[:1], 0
            held.append(framing.unpack_chunk(framing.Frame(at, opcode, data[start:stop], whole=True)))
            size += len(held[-1])
        elif opcode == MESSAGE_INDEX and int.from_bytes(data[start : start + 2], "little") == channel:
            if not held:
                raise _UnusualError
            entries = np.frombuffer(data, "<i8", (length - 6) // 8, start + 6)
            places.append(entries[1::2] + (size - len(held[-1])))
            found += len(entries) // 2
        elif opcode == framing.CHANNEL:
            known = Channel.read(ReadDataStream(BytesIO(data[start:stop])))
            if known.topic == TOPIC:
                if channel not in (-1, known.id):
                    raise _UnusualError
                channel = known.id
        elif opcode == framing.METADATA:
            record = Metadata.read(ReadDataStream(BytesIO(data[start:stop])))
            metadata[record.name] = record.metadata
        elif opcode == framing.DATA_END:
            stated = int.from_bytes(data[start:stop], "little")
            sound = stated != 0 and stated == zlib.crc32(memoryview(data)[:at])
        elif opcode == STATISTICS:
            counted = Statistics.read(ReadDataStream(BytesIO(data[start:stop]))).channel_message_counts.get(channel, 0)
        at = stop
    # A message that no index names would be missed: the count tells.
    if not (sound and data[at:] == framing.MAGIC and found == counted):
        raise _UnusualError
    yield b"".join(held), np.concatenate(places)


def _columns(slab: bytes, offsets: NDArray[np.int64]) -> Iterator[tuple[str, Columns]]:
    """The columns of the messages at these places, layout by layout, with the boot that they name."""
    data = np.frombuffer(slab, np.uint8)
    if not len(offsets):
        return
    if offsets.min() < 0 or offsets.max() + _HEAD >= len(data):
        raise _UnusualError
    lengths = data[offsets[:, None] + np.arange(1, 9)].view("<i8")[:, 0]
    within = (offsets + framing.HEAD.size + lengths <= len(data)) & (lengths > _HEAD - framing.HEAD.size)
    if not within.all() or (data[offsets] != framing.MESSAGE).any() or (lengths > samples.MOST_BYTES + _HEAD).any():
        raise _UnusualError
    layouts = 0
    for length in np.unique(lengths):
        left = data[offsets[lengths == length][:, None] + np.arange(_HEAD, framing.HEAD.size + int(length))]
        while len(left):
            layouts += 1
            if layouts > MOST_LAYOUTS:
                raise _UnusualError
            layout = _Layout(left[0].tobytes())
            alike = layout.fits(left)
            yield layout.boot, layout.columns(left[alike])
            left = left[~alike]


class _Layout:
    """Where the fields of a message lie, learnt from one of them; another message is packed alike where all other bytes are the same."""

    def __init__(self, payload: bytes) -> None:
        batch = samples.decode(payload)
        self.boot, self._n = batch.boot, batch.n
        self._fields: dict[str, tuple[int, int, str]] = {}
        self._extra: dict[str, tuple[int, int, str]] = {}
        end = self._map(payload, 0, self._fields, top=True)
        if end != len(payload):
            raise _UnusualError
        fixed = np.ones(len(payload), bool)
        for start, stop, _ in [*self._fields.values(), *self._extra.values()]:
            fixed[start:stop] = False
        self._fixed = np.flatnonzero(fixed)
        self._template = np.frombuffer(payload, np.uint8)[self._fixed]
        self._tiny = [start for start, _, kind in self._fields.values() if kind == TINY]

    def fits(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of the messages, rows of shape (messages, bytes), are packed like this."""
        alike = (rows[:, self._fixed] == self._template).all(axis=1) & (rows[:, self._tiny] < 0x80).all(axis=1)
        return np.asarray(alike)

    def columns(self, rows: Rows) -> Columns:
        """The samples of messages packed like this; rows of shape (messages, bytes)."""
        n = np.arange(self._n)
        seq = self._integer(rows, "seq")[:, None] + n
        if "t" in self._fields:
            t_ns = self._values(rows, self._fields["t"], "<i8")
        else:
            t_ns = (self._integer(rows, "t0")[:, None] + n * self._integer(rows, "dt")[:, None]).ravel()
        angle, torque = (self._values(rows, self._fields[name], "<f4") for name in ("angle", "torque"))
        return Columns(seq.ravel(), t_ns, angle, torque, {name: self._values(rows, place, "<f4") for name, place in self._extra.items()})

    def _integer(self, rows: Rows, name: str) -> NDArray[np.int64]:
        start, stop, kind = self._fields[name]
        found = np.ascontiguousarray(rows[:, start:stop]).view(kind)[:, 0]
        if kind == ">u8" and (found >> np.uint64(63)).any():
            raise _UnusualError
        return found.astype(np.int64)

    @staticmethod
    def _values(rows: Rows, place: tuple[int, int, str], kind: str) -> NDArray[Any]:
        return np.ascontiguousarray(rows[:, place[0] : place[1]]).view(kind).ravel()

    def _map(self, payload: bytes, at: int, into: dict[str, tuple[int, int, str]], *, top: bool) -> int:
        """Notes where the values of a map lie that may differ from message to message; returns where it ends. As msgspec packs it."""
        if payload[at] & 0xF0 != 0x80:
            raise _UnusualError
        count, at = payload[at] & 0x0F, at + 1
        for _ in range(count):
            if payload[at] & 0xE0 != 0xA0:
                raise _UnusualError
            name = payload[at + 1 : at + 1 + (payload[at] & 0x1F)].decode()
            at += 1 + (payload[at] & 0x1F)
            kind = payload[at]
            if top and name == "extra":
                at = self._map(payload, at, self._extra, top=False)
            elif kind in (0xC4, 0xC5):
                width = kind - 0xC3
                start = at + 1 + width
                stop = start + int.from_bytes(payload[at + 1 : start], "big")
                into[name] = (start, stop, "")
                at = stop
            elif kind in _INTEGERS:
                stop = at + 1 + int(_INTEGERS[kind][-1])
                into[name] = (at + 1, stop, _INTEGERS[kind])
                at = stop
            elif kind == 0xD9:
                at += 2 + payload[at + 1]
            elif kind & 0xE0 == 0xA0:
                at += 1 + (kind & 0x1F)
            elif kind < 0x80:
                into[name] = (at, at + 1, TINY)
                at += 1
            elif kind == 0xC0:
                at += 1
            else:
                raise _UnusualError
        return at


def _joined(parts: list[tuple[str, Columns]]) -> tuple[str, Columns]:
    """All parts as one, by rising seq. Raises _UnusualError for several boots, a sample that is there twice, other columns in some."""
    boots, found = {boot for boot, _ in parts}, [columns for _, columns in parts]
    names = list(found[0].extra)
    if len(boots) != 1 or any(list(each.extra) != names for each in found):
        raise _UnusualError
    seq = np.concatenate([each.seq for each in found])
    rising = np.diff(seq) > 0
    order = slice(None) if rising.all() else np.argsort(seq, kind="stable")
    if not isinstance(order, slice) and (np.diff(seq[order]) == 0).any():
        raise _UnusualError
    t_ns, angle, torque = (np.concatenate([each[at] for each in found])[order] for at in (1, 2, 3))
    extra = {name: np.concatenate([each.extra[name] for each in found])[order] for name in names}
    return boots.pop(), Columns(seq[order], t_ns, angle, torque, extra)
