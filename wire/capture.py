"""A session's MCAP recording, read back (contract 8): its samples and inputs in the order in which they belong."""

import contextlib
import struct
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from wire import encoding, framing, samples
from wire.arrivals import Arrivals
from wire.channels import EVENTS, INPUTS, NOTES, SAMPLES
from wire.errors import WireError
from wire.losses import LOST_S, as_known, lost
from wire.messages import Input
from wire.pieces import coalesced, part_of
from wire.places import Coverage, Place, coverage, stored
from wire.plan import Plan
from wire.recorded import ROWS_PER_BLOCK, Block, RecordedError, UnfitError
from wire.room import MIB, Room
from wire.samples import SampleBatch

Record = TypeVar("Record")

MOST_KEPT = 2048 * MIB
"""Of what is kept of an opened recording, or of one channel's messages: two days of batches of 20 ms."""
MOST_SAMPLES = 100_000_000
"""In a recording that is opened: 27 hours at 1 kHz. Who draws or copies them holds 24 bytes of each."""

_TAKEN = frozenset((SAMPLES, INPUTS, EVENTS))
_CHUNKS_KEPT, _BYTES_KEPT = 8, 16 * 1024 * 1024
"""Unpacked chunks at hand while reading, and how large together: late samples lie some chunks after the ones that they belong to."""


class _Numbered(msgspec.Struct):
    id: int = 0


_numbered = msgspec.json.Decoder(_Numbered).decode


class Capture:
    """An MCAP recording, whole, unfinished or cut: opening it reads it once through and keeps where each batch lies.

    Raises RecordedError if it isn't a recording, or a chunk in the midst of it is damaged. A cut end is no error: `damage` tells of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with framing.opened(path) as file:
            self._read(file)

    def _read(self, file: BinaryIO) -> None:
        """Reads a file through, and knows of no other from then on."""
        path = self.path
        self._identity = framing.identity(file)
        self.machine: str | None = None
        self.session: str | None = None
        self.plan: Plan | None = None
        self.metadata: dict[str, str] = {}
        self.completeness: dict[str, str] = {}
        self.final: dict[str, str] | None = None
        self.ended: dict[str, str] | None = None
        """When and why the session ended (`ended_utc`, `reason`), as the record `ended` or the input `end` says; None while it hadn't."""
        self.event_ids: set[int] = set()
        """The ids of the live events that are recorded."""
        self.damage: str | None = None
        self._lived: tuple[int, int] | None = None
        self._arrivals = Arrivals()
        self._places: list[Place] = []
        self._inputs: list[tuple[Input, int]] = []
        self._chunks: OrderedDict[int, bytes] = OrderedDict()
        self._channels: dict[int, str] = {}
        self._room = Room(path, MOST_KEPT)
        self._samples = 0
        try:
            self._scan(file)
        except framing.DamageError as error:
            raise RecordedError(path, f"byte {error.offset}", error.advised) from error
        if SAMPLES not in self._channels.values():
            fault = UnfitError if self.damage is None else RecordedError
            raise fault(path, self.damage or "", f"holds no channel {SAMPLES}: not a recording of a session")
        self.total: int | None = self._samples

    @contextlib.contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """The file that was read through. Where another one has taken its name since, made final or with more in it, that one is read."""
        with framing.opened(self.path) as file:
            if framing.identity(file) != self._identity:
                self._read(file)
            yield file

    def entries(self) -> Iterator[Block | Input]:
        """Samples by boot and seq, each once; each input after the sample that it names; late batches where they belong.

        Less the losses of signal that late batches have made good (`wire.losses`).
        """
        return as_known(self._coalesced(self._merged()), self._lost_s())

    def lived(self) -> Iterator[Block | Input]:
        """What the live analysis was fed, in that order: as recorded, less the samples that came late, up to where the session ended.

        A later boot is continued on the first one's clock, as in `entries`.
        """
        return self._coalesced(self._as_fed())

    def ranges(self) -> dict[str, list[tuple[int, int]]]:
        """The samples that are recorded, by boot in order of appearance: [first, last] in order, joined where they touch."""
        names = list(self._arrivals.boots)
        found: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
        for place in sorted(self._places, key=lambda place: place[:2]):
            ranges, last = found[names[place.boot]], place.seq + place.n - 1
            if ranges and place.seq <= ranges[-1][1] + 1:
                ranges[-1] = (ranges[-1][0], max(ranges[-1][1], last))
            else:
                ranges.append((place.seq, last))
        return found

    def coverage(self) -> list[Coverage]:
        """What of the session was shown live, what came later and what never came, in order of time."""
        return coverage(self._places, self._arrivals.clocks_ns)

    def utc_offsets_ns(self) -> dict[str, int]:
        """UTC less the device's clock, by boot: what the log times were made with."""
        return dict(zip(self._arrivals.boots, self._arrivals.clocks_ns, strict=True))

    def notes(self) -> list[dict[str, Any]]:
        """What befell the recording (channel `/notes`), in order: `kind`, `noted_utc` and the fields that go with the kind."""
        return [msgspec.json.decode(message.data) for message in self.messages(NOTES)]

    def utc_ns(self, t_ns: int) -> int:
        """The UTC time of an instant on the clock of the entries, as the recording has it."""
        return t_ns + (self._arrivals.clocks_ns[0] if self._arrivals.clocks_ns else 0)

    def stored(self) -> dict[str, int]:
        """How many different samples of how many there are: each boot from its first to its last."""
        return stored(self._places)

    def messages(self, topic: str) -> Iterator[framing.Message]:
        """The messages of one channel as they were recorded. Raises RecordedError, also for more than anybody could hold."""
        room = Room(self.path, MOST_KEPT)
        with self._opened() as file:
            wanted = {channel for channel, name in self._channels.items() if name == topic}
            try:
                for frame in framing.frames(file):
                    for opcode, content in _records(frame):
                        if opcode == framing.MESSAGE and (message := framing.message(content)).channel in wanted:
                            room.take(len(message.data))
                            yield message
            except framing.DamageError as error:
                raise RecordedError(self.path, f"byte {error.offset}", str(error)) from error

    def _scan(self, file: BinaryIO) -> None:
        last = None
        for frame in framing.frames(file):
            last = frame
            if not frame.sound:
                raise framing.DamageError(frame.offset, "a checksum doesn't fit what lies before it")
            at = 0 if frame.opcode == framing.CHUNK else -framing.HEAD.size
            for opcode, content in _records(frame):
                at += framing.HEAD.size
                try:
                    self._take(opcode, content, frame.offset, at)
                except (WireError, struct.error, UnicodeDecodeError, msgspec.DecodeError) as error:
                    raise framing.DamageError(frame.offset, f"a record of kind {opcode} can't be read: {error}") from error
                at += len(content)
        if last is None or last.opcode != framing.FOOTER or not last.whole:
            if last is not None and not last.whole and _goes_on(file, last.offset):
                raise framing.DamageError(last.offset, "a record's length is damaged")
            self.damage = f"byte {file.seek(0, 2)}"
        elif (second := framing.followed(file, last)) is not None:
            raise framing.DamageError(second, "another recording follows the one that ends here")

    def _take(self, opcode: int, content: bytes, chunk: int, at: int) -> None:
        if opcode == framing.MESSAGE:
            topic = self._channels.get(int.from_bytes(content[:2], "little"))
            if topic not in _TAKEN:
                return
            _, log_time, data, publish_time = framing.message(content)
            if topic == SAMPLES:
                batch = samples.decode(data)
                n = batch.n
                self._room.take(len(batch.boot) if batch.boot not in self._arrivals.boots else 0)
                self._samples += n
                if self._samples > MOST_SAMPLES:
                    raise UnfitError(self.path, "", f"holds more than {MOST_SAMPLES // 1_000_000} million samples: too many to open")
                late = self._arrivals.take(batch, log_time, publish_time)
                boot = self._arrivals.boots[batch.boot]
                start_ns, stop_ns = batch.t0, batch.t0 + n * batch.dt
                if batch.t is not None:
                    times_ns = batch.times_ns()
                    start_ns, stop_ns = int(times_ns[0]), int(times_ns[-1]) + batch.dt
                start, stop = at + framing.MESSAGE_HEAD.size, at + len(content)
                self._places.append(Place(boot, batch.seq, n, chunk, start, stop, late, start_ns, stop_ns))
            elif topic == INPUTS:
                self._room.take(len(data))
                self._inputs.append((encoding.decode(data, Input), len(self._places)))
                entry = self._inputs[-1][0]
                if self.ended is None and entry.kind == "end" and not lost(entry):
                    self.ended = {"reason": entry.reason or ""}
            elif topic == EVENTS:
                self._room.take()
                self.event_ids.add(_numbered(data).id)
                self.event_ids.discard(0)
        elif opcode == framing.CHANNEL:
            from mcap.records import Channel

            known = _parsed(Channel.read, content)
            self._room.take(len(known.topic))
            self._channels[known.id] = known.topic
        elif opcode == framing.METADATA:
            from mcap.records import Metadata

            record = _parsed(Metadata.read, content)
            self._describe(record.name, record.metadata)

    def _describe(self, name: str, pairs: dict[str, str]) -> None:
        if name == "ilex":
            self.metadata = pairs
            self.machine, self.session = pairs.get("machine"), pairs.get("session")
            self.plan = plan_of(pairs)
        elif name == "completeness":
            self.completeness = pairs
        elif name == "final":
            self.final = pairs
        elif name == "ended":
            self.ended = pairs
            self._lived = self._lived or (len(self._places), len(self._inputs))

    def _lost_s(self) -> float:
        """After how long without a reading the live analysis took the signal for lost."""
        try:
            kept = msgspec.json.decode(self.metadata.get("parameters", "{}"), type=dict[str, Any]).get("lost_s")
        except msgspec.DecodeError:
            return LOST_S
        value = kept.get("value") if isinstance(kept, dict) else kept
        return float(value) if isinstance(value, int | float) else LOST_S

    def _as_fed(self) -> Iterator[SampleBatch | Input]:
        with self._opened() as file:
            stop, last_input = self._lived or (len(self._places), len(self._inputs))
            inputs = deque(self._inputs[:last_input])
            for number, place in enumerate(self._places[:stop]):
                while inputs and inputs[0][1] <= number:
                    yield inputs.popleft()[0]
                if place.late < place.n:
                    yield self._batch(file, place, place.late)
        for entry, _ in inputs:
            yield entry

    def _merged(self) -> Iterator[SampleBatch | Input]:
        """Batches in order, cut where an input took effect within one."""
        with self._opened() as file:
            inputs = self._anchored()
            for boot, whole in self._ordered(file):
                rest, last = whole, whole.seq + whole.n - 1
                while inputs and inputs[0][0] < (boot, last):
                    (of, seq), entry = inputs.popleft()
                    if of == boot and seq >= rest.seq:
                        yield part_of(rest, rest.seq, seq)
                        rest = part_of(rest, seq + 1, last)
                    yield entry
                yield rest
        for _, entry in inputs:
            yield entry

    def _anchored(self) -> deque[tuple[tuple[int, int], Input]]:
        """The inputs in order, each with the sample (boot by appearance, seq) after which it took effect; (-1, -1) = before all."""
        anchored = []
        for entry, before in self._inputs:
            if entry.boot is None or entry.seq is None:
                anchor = (-1, -1)
            elif entry.boot in self._arrivals.boots:
                anchor = (self._arrivals.boots[entry.boot], entry.seq)
            else:
                # No sample of that boot was recorded: after what was recorded when the input was.
                place = self._places[before - 1] if before else None
                anchor = (place.boot, place.seq + place.n - 1) if place else (-1, -1)
            anchored.append((anchor, entry))
        return deque(sorted(anchored, key=lambda pair: pair[0]))

    def _ordered(self, file: BinaryIO) -> Iterator[tuple[int, SampleBatch]]:
        """The batches by boot and seq, less the samples that came before."""
        boot, following = -1, 0
        for place in sorted(self._places, key=lambda place: place[:2]):
            if place.boot != boot:
                boot, following = place.boot, 0
            past = max(following - place.seq, 0)
            if past >= place.n:
                continue
            following = place.seq + place.n
            yield boot, self._batch(file, place, past)

    def _batch(self, file: BinaryIO, place: Place, past: int) -> SampleBatch:
        """What lies there, less its first `past` samples."""
        batch = samples.decode(self._chunk(file, place.chunk)[place.start : place.stop])
        return part_of(batch, place.seq + past, place.seq + place.n - 1) if past else batch

    def _coalesced(self, entries: Iterator[SampleBatch | Input]) -> Iterator[Block | Input]:
        for entry in coalesced(entries, ROWS_PER_BLOCK):
            yield entry if isinstance(entry, Input) else self._arrivals.block(entry)

    def _chunk(self, file: BinaryIO, offset: int) -> bytes:
        data = self._chunks.get(offset)
        if data is None:
            frame = framing.read_frame(file, offset)
            if frame is None:
                raise RecordedError(self.path, f"byte {offset}", "the file has become shorter while it was read")
            data = framing.unpack_chunk(frame) if frame.opcode == framing.CHUNK else frame.content
            self._chunks[offset] = data
            while len(self._chunks) > _CHUNKS_KEPT or (len(self._chunks) > 1 and sum(map(len, self._chunks.values())) > _BYTES_KEPT):
                self._chunks.popitem(last=False)
        else:
            self._chunks.move_to_end(offset)
        return data


def _goes_on(file: BinaryIO, offset: int) -> bool:
    """True where a record that ends beyond the file has whole ones behind it; one that is still being written is whole by now."""
    again = framing.read_frame(file, offset)
    return again is not None and not again.whole and framing.next_seal(file, offset + 1) is not None


def plan_of(pairs: Mapping[str, str]) -> Plan | None:
    """The plan that a recording's `ilex` record holds. Raises WireError."""
    plan = pairs.get("plan", "null")
    return None if plan == "null" else encoding.decode(plan.encode(), Plan)


def _parsed(read: Callable[[Any], Record], content: bytes) -> Record:
    """A rare record by the `mcap` package's own parser. Raises struct.error, UnicodeDecodeError."""
    from mcap.data_stream import ReadDataStream
    from mcap.exceptions import McapError

    try:
        return read(ReadDataStream(BytesIO(content)))
    except McapError as error:
        raise struct.error("it is too short") from error


def _records(frame: framing.Frame) -> Iterator[tuple[int, bytes]]:
    """The records that a frame holds: those within a chunk, else itself if it is whole."""
    if frame.opcode == framing.CHUNK:
        return framing.records_within(framing.unpack_chunk(frame))
    return iter([(frame.opcode, frame.content)] if frame.whole else [])
