"""The samples of a whole recording as columns, fast: an hour at 500 Hz in half a second. Other channels are read where they are asked for.

For recordings in which nothing is out of the ordinary: whole, one boot, no sample twice, messages packed alike, as the recorder writes
them. Everything else is left to `wire.capture`, which reads all recordings: `read` then gives None.
"""

import struct
import zlib
from collections.abc import Collection, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wire import encoding, framing, samples
from wire.channels import SAMPLES
from wire.errors import WireError
from wire.plan import Plan
from wire.recorded import ROWS_PER_BLOCK, Block, Recorded, UnfitError, open_recorded
from wire.room import MIB, Room

MESSAGE_INDEX, STATISTICS = 0x07, 0x0B
MOST_BYTES = 256 * MIB
"""Of a file that is read at once: ten hours at 500 Hz."""
MOST_UNPACKED = 1024 * MIB
"""Of all its chunks: those ten hours with all that goes with them; what packs better is looked at piece by piece."""
MOST_SAMPLES = 20_000_000
"""In it."""
MOST_BESIDE = 1024 * MIB
"""Of messages beside the samples, by estimate."""
SLAB_BYTES = 16 * MIB
"""So much of unpacked chunks is looked at in one go."""
MOST_LAYOUTS = 64
"""Ways in which messages are packed: by their size, and by the width of the numbers in them."""
_HEAD = framing.HEAD.size + framing.MESSAGE_HEAD.size
_LOG = framing.HEAD.size + 6
"""Where a message's log time stands; when it was published follows it."""
_INTEGERS = {0xCC: "u1", 0xCD: ">u2", 0xCE: ">u4", 0xCF: ">u8", 0xD0: ">i1", 0xD1: ">i2", 0xD2: ">i4", 0xD3: ">i8"}
TINY = ">u1"
"""A number below 128 is one byte, which is its kind as well."""

Rows = NDArray[np.uint8]


class Bulk:
    """A recording's samples and what it says of itself, as `wire.recorded.Recorded` has it; `entries` gives blocks alone."""

    def __init__(self, path: Path, metadata: dict[str, dict[str, str]], boot: str, columns: "Columns", batches: "Batches") -> None:
        self.path = path
        self.metadata = metadata.get("ilex", {})
        self.machine, self.session = self.metadata.get("machine"), self.metadata.get("session")
        self.completeness = metadata.get("completeness", {})
        plan = self.metadata.get("plan", "null")
        self.plan: Plan | None = None if plan == "null" else encoding.decode(plan.encode(), Plan)
        self.damage: str | None = None
        self.total: int | None = len(columns.seq)
        self.columns = columns
        self.batches = batches
        self.beside: dict[str, Messages] = {}
        """The channels that were asked for beside the samples."""
        self._boot = boot

    @property
    def utc_offset_ns(self) -> int:
        """UTC less the device's clock, as the log times were made (`Capture.utc_ns`)."""
        return int(self.batches.log_ns[0] - self.batches.start_ns[0])

    def entries(self) -> Iterator[Block]:
        """The samples in blocks; a gap begins a new one."""
        seq, t_ns, angle, torque, extra = self.columns
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


class Batches(NamedTuple):
    """The messages of the samples in the order in which they were recorded, arrays of shape (messages,).

    `place`: where in the unpacked data; a batch covers the time from `start_ns` to `stop_ns` of the device's clock.
    """

    place: NDArray[np.int64]
    seq: NDArray[np.int64]
    n: NDArray[np.int64]
    start_ns: NDArray[np.int64]
    stop_ns: NDArray[np.int64]
    log_ns: NDArray[np.int64]
    publish_ns: NDArray[np.int64]


class Messages(NamedTuple):
    """A channel's messages in the order in which they were recorded: their log times and what they hold."""

    log_ns: list[int]
    data: list[bytes]


class _Slab(NamedTuple):
    """Unpacked chunks, one behind the other, the first at `start` of all that is unpacked; the places of each topic's messages in them."""

    data: bytes
    start: int
    offsets: dict[str, NDArray[np.int64]]


class _UnusualError(Exception):
    """Something that `wire.capture` has to look at."""


def open_samples(path: Path) -> Recorded:
    """A recording opened for its samples: fast where that can be, else as `open_recorded` opens it. Raises RecordedError."""
    if path.name.lower().endswith(".mcap") and path.is_file():
        found = read(path)
        if found is not None:
            return found
    return open_recorded(path)


def read(path: Path, beside: Collection[str] = ()) -> Bulk | None:
    """The samples of an MCAP recording, or None where it is no ordinary one. `beside`: topics to read as well. Raises OSError."""
    from mcap.exceptions import McapError

    parts: list[tuple[str, Columns, Batches]] = []
    metadata: dict[str, dict[str, str]] = {}
    more = {topic: Messages([], []) for topic in beside}
    room = Room(path, MOST_BESIDE)
    total = 0
    try:
        for slab in _slabs(path, metadata, {SAMPLES, *beside}):
            for part in _columns(slab):
                parts.append(part)
                total += len(part[1].seq)
                if total > MOST_SAMPLES:
                    raise _UnusualError
            for topic, messages in more.items():
                _add(messages, slab.data, slab.offsets[topic], room)
        if not parts:
            return None
        found = Bulk(path, metadata, *_joined(parts))
        found.beside = more
        return found
    except (_UnusualError, UnfitError, framing.DamageError, WireError, struct.error, UnicodeDecodeError, McapError):
        return None


def _slabs(path: Path, metadata: dict[str, dict[str, str]], topics: Collection[str]) -> Iterator[_Slab]:
    """All of a recording's chunks, with the places of the messages of these topics.

    Looks at the checksum of every chunk and at that of all data, and counts the messages: what was given stands only if it ends without
    raising.
    """
    from mcap.data_stream import ReadDataStream
    from mcap.records import Channel, Metadata, Statistics

    if path.stat().st_size > MOST_BYTES:
        raise _UnusualError
    data = path.read_bytes()
    channels: dict[int, str] = {}
    found: dict[int, int] = {}
    counted: dict[int, int] = {}
    sound = False
    held: list[bytes] = []
    places: dict[str, list[NDArray[np.int64]]] = {topic: [] for topic in topics}
    size = begun = 0

    def slab() -> _Slab:
        none = np.zeros(0, np.int64)
        return _Slab(b"".join(held), begun, {topic: np.concatenate([none, *there]) for topic, there in places.items()})

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
                yield slab()
                held, places, begun, size = [], {topic: [] for topic in topics}, begun + size, 0
            held.append(framing.unpack_chunk(framing.Frame(at, opcode, data[start:stop], whole=True)))
            size += len(held[-1])
            if begun + size > MOST_UNPACKED:
                raise _UnusualError
        elif opcode == MESSAGE_INDEX and (channel := int.from_bytes(data[start : start + 2], "little")) in channels:
            if not held:
                raise _UnusualError
            entries = np.frombuffer(data, "<i8", (length - 6) // 8, start + 6)
            places[channels[channel]].append(entries[1::2] + (size - len(held[-1])))
            found[channel] += len(entries) // 2
        elif opcode == framing.CHANNEL:
            known = Channel.read(ReadDataStream(BytesIO(data[start:stop])))
            if known.topic in topics:
                if channels.get(known.id, known.topic) != known.topic or (known.id not in channels and known.topic in channels.values()):
                    raise _UnusualError
                channels[known.id] = known.topic
                found.setdefault(known.id, 0)
        elif opcode == framing.METADATA:
            record = Metadata.read(ReadDataStream(BytesIO(data[start:stop])))
            metadata[record.name] = record.metadata
        elif opcode == framing.DATA_END:
            stated = int.from_bytes(data[start:stop], "little")
            sound = stated != 0 and stated == zlib.crc32(memoryview(data)[:at])
        elif opcode == STATISTICS:
            counted = Statistics.read(ReadDataStream(BytesIO(data[start:stop]))).channel_message_counts
        at = stop
    # A message that no index names would be missed: the count tells.
    whole = all(found[channel] == counted.get(channel, 0) for channel in channels)
    if not (sound and data[at:] == framing.MAGIC and counted and whole):
        raise _UnusualError
    yield slab()


def _lengths(data: Rows, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """How long the messages at these places are, looked at whether they can be. Raises _UnusualError."""
    if offsets.min() < 0 or offsets.max() + _HEAD >= len(data):
        raise _UnusualError
    lengths = _integers(data, offsets + 1)
    within = (offsets + framing.HEAD.size + lengths <= len(data)) & (lengths > _HEAD - framing.HEAD.size)
    # Named twice, messages would be more than there is: an index of few bytes would stand for any number of samples.
    if not within.all() or (data[offsets] != framing.MESSAGE).any() or lengths.sum() > len(data):
        raise _UnusualError
    return lengths


def _integers(data: Rows, places: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(_rows(data, places, 8).view("<i8")[:, 0])


def _rows(data: Rows, places: NDArray[np.int64], width: int) -> Rows:
    """So many bytes from each place on, shape (places, width)."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(data, width)[places])


def _add(messages: Messages, slab: bytes, offsets: NDArray[np.int64], room: Room) -> None:
    """The messages at these places, in the order in which they were recorded."""
    if not len(offsets):
        return
    data, offsets = np.frombuffer(slab, np.uint8), np.sort(offsets)
    ends = offsets + framing.HEAD.size + _lengths(data, offsets)
    room.take(int((ends - offsets).sum()), len(offsets))
    messages.log_ns.extend(_integers(data, offsets + _LOG).tolist())
    messages.data.extend(slab[start:end] for start, end in zip((offsets + _HEAD).tolist(), ends.tolist(), strict=True))


def _columns(slab: _Slab) -> Iterator[tuple[str, Columns, Batches]]:
    """The columns of the samples' messages, layout by layout, with the boot that they name."""
    data, offsets = np.frombuffer(slab.data, np.uint8), slab.offsets[SAMPLES]
    if not len(offsets):
        return
    lengths = _lengths(data, offsets)
    if (lengths > samples.MOST_BYTES + _HEAD).any():
        raise _UnusualError
    layouts = 0
    for length in np.unique(lengths):
        at = offsets[lengths == length]
        left = _rows(data, at + _HEAD, framing.HEAD.size + int(length) - _HEAD)
        while len(left):
            layouts += 1
            if layouts > MOST_LAYOUTS:
                raise _UnusualError
            layout = _Layout(left[0].tobytes())
            alike = layout.fits(left)
            columns, step_ns = layout.columns(left[alike])
            yield layout.boot, columns, _batches(data, slab.start, at[alike], columns, step_ns)
            at, left = at[~alike], left[~alike]


def _batches(data: Rows, start: int, offsets: NDArray[np.int64], columns: Columns, step_ns: NDArray[np.int64]) -> Batches:
    """What the heads of messages alike say, and the times that they cover."""
    seq, t_ns = (column.reshape(len(offsets), -1) for column in columns[:2])
    log_ns, publish_ns = (_integers(data, offsets + field) for field in (_LOG, _LOG + 8))
    n = np.full(len(offsets), seq.shape[1], np.int64)
    return Batches(offsets + start, seq[:, 0], n, t_ns[:, 0], t_ns[:, -1] + step_ns, log_ns, publish_ns)


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
        places = sorted((start, stop) for start, stop, _ in [*self._fields.values(), *self._extra.values()])
        edges = [0, *(edge for place in places for edge in place), len(payload)]
        # What lies between the values is the same in every message.
        self._fixed = [slice(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop > start]
        self._template = np.frombuffer(payload, np.uint8)
        self._tiny = [start for start, _, kind in self._fields.values() if kind == TINY]

    def fits(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of the messages, rows of shape (messages, bytes), are packed like this."""
        alike = (rows[:, self._tiny] < 0x80).all(axis=1)
        for fixed in self._fixed:
            alike &= (rows[:, fixed] == self._template[fixed]).all(axis=1)
        return np.asarray(alike)

    def columns(self, rows: Rows) -> tuple[Columns, NDArray[np.int64]]:
        """The samples of messages packed like this, and each message's step between them; rows of shape (messages, bytes)."""
        n = np.arange(self._n)
        seq, step_ns = self._integer(rows, "seq")[:, None] + n, self._integer(rows, "dt")
        if "t" in self._fields:
            t_ns = self._values(rows, self._fields["t"], "<i8")
        else:
            t_ns = (self._integer(rows, "t0")[:, None] + n * step_ns[:, None]).ravel()
        angle, torque = (self._values(rows, self._fields[name], "<f4") for name in ("angle", "torque"))
        extra = {name: self._values(rows, place, "<f4") for name, place in self._extra.items()}
        return Columns(seq.ravel(), t_ns, angle, torque, extra), step_ns

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


def _joined(parts: list[tuple[str, Columns, Batches]]) -> tuple[str, Columns, Batches]:
    """All parts as one, by rising seq. Raises _UnusualError for several boots, a sample that is there twice, other columns in some."""
    boots, found = {boot for boot, _, _ in parts}, [columns for _, columns, _ in parts]
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
    batches = [np.concatenate(columns) for columns in zip(*(each for _, _, each in parts), strict=True)]
    recorded = np.argsort(batches[0], kind="stable")
    return boots.pop(), Columns(seq[order], t_ns, angle, torque, extra), Batches(*(column[recorded] for column in batches))
