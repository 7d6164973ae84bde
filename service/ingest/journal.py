"""What `stored` has said, boot by boot, so that it is still known after a restart (contract 2; decision 0116)."""

import contextlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from disk import DISK, Disk, File
from disk.records import record, salvaged
from disk.saving import save
from service.ingest.order import MOST_RANGES, SETTLED, Ledger, Said, whole
from service.ingest.spans import Spans
from wire.ranges import Ranges

MAGIC = b"ILEXSAID1\n"
MOST_BYTES = 1024 * 1024
"""A file of this size is written anew, unless what is true takes a quarter of it; at 30 machines that is every few hours."""

log = structlog.get_logger()


class _Boot:
    """All that was said of one boot. Of old refusals only that they were settled, so that what it takes is bounded by real gaps."""

    __slots__ = ("refused", "sessions", "settled")

    def __init__(self) -> None:
        self.settled = Ranges()
        self.refused = Ranges()
        self.sessions = Spans()

    def add(self, said: Said) -> None:
        for span in (*said.recorded, *said.refused):
            self.settled.add(*span)
        for span in said.refused:
            self.refused.add(*span)
        self.refused.forget_oldest(MOST_RANGES)
        if said.recorded and said.session:
            self.sessions.reach(said.session, *whole(said.recorded), self.settled)

    def entries(self, machine: str, boot: str) -> Iterator[Said]:
        if self.refused:
            yield Said(machine, boot, None, [], list(self.refused))
        for session, (first, last) in self.sessions.items():
            yield Said(machine, boot, session, [(first, first), (last, last)])
        # Last, for what an earlier version makes of it: a session without a name, which the others come before.
        yield Said(machine, boot, SETTLED, list(self.settled))


class Journal:
    """One file of statements: a `Said` as MessagePack in each of its records (`disk.records`).

    What can't be read at its end was being written at a kill or a power cut, and was never sent: it is cut off. What can't be read with
    something whole behind it is damaged: the file is kept beside, and what is whole goes into a new one (decision 0229). One that the
    system does not let read keeps nobody from starting: nothing is known then, and it is kept beside before another takes its name.
    Everything blocks: call it from one thread at a time. `write` raises OSError; what was not written is given to the next `write` again.
    """

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self.path = path
        self._disk = disk
        self._boots: dict[tuple[str, str], _Boot] = {}
        self._file: File | None = None
        self._least_bytes = 0
        self._unread = True
        try:
            disk.make_folder(path.parent)
            if path.exists():
                self._load()
            self._unread = False
        except OSError as error:
            log.error("the journal of what was stored is not open; the next statement begins a new one", reason=str(error))  # noqa: TRY400 - the reason says it all
            self.close()

    def ledgers(self) -> dict[str, list[Ledger]]:
        """What is known of each machine's boots, the one named longest ago first."""
        found: dict[str, list[Ledger]] = {}
        for (machine, boot), held in self._boots.items():
            found.setdefault(machine, []).append(Ledger.restored(machine, boot, held.entries(machine, boot)))
        return found

    def write(self, entries: Iterable[Said]) -> None:
        """Durable on return. Only now may `stored` say it."""
        fresh = list(entries)
        if not fresh:
            return
        data = _records_of(fresh)  # before anything is taken: what can't be written must not be in every file that follows
        for said in fresh:
            self._take(said)
        if self._file is None or self._file.size > max(MOST_BYTES, 4 * self._least_bytes):
            self._write_anew()
            return
        try:
            self._file.write(data)
            self._file.sync()
        except OSError:
            # What the kernel holds of it now is not known, so the next round begins a new file.
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the file. Harmless when repeated."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _take(self, said: Said) -> None:
        key = said.machine, said.boot
        if said.forgotten:
            self._boots.pop(key, None)
        else:
            self._boots.setdefault(key, _Boot()).add(said)

    def _load(self) -> None:
        data = self._disk.read(self.path)
        self._unread = False
        sound = data.startswith(MAGIC)
        at = len(MAGIC) if sound else 0
        decode = msgspec.msgpack.Decoder(Said).decode
        for start, end, payload in salvaged(data, at):
            sound = sound and start == at
            at = end
            with contextlib.suppress(msgspec.DecodeError):  # of another version
                self._take(decode(payload))
        if not sound:
            self._keep_damaged(data)  # the next statement begins a new file
            return
        self._file = self._disk.reopen(self.path)
        if at < len(data):
            self._file.truncate(at)  # durable with the next statement; until then it would be cut off again
            log.warning("the end of the journal of what was stored is cut off", bytes=len(data) - at)

    def _keep_damaged(self, data: bytes) -> None:
        """A copy for people (robustness F24), the same however often this file is opened."""
        copy = self.path.with_name(f"{self.path.name}.damaged-{zlib.crc32(data):08x}")
        try:
            if not copy.exists():
                save(self._disk, copy, data)
            log.error("the journal of what was stored is damaged; what is whole of it counts", copy=copy.name)
        except OSError as error:
            log.error("the journal of what was stored is damaged; what is whole of it counts", copy_failed=str(error))  # noqa: TRY400 - the reason says it all

    def _keep_unread(self) -> None:
        """For people: what it says of samples that machines still hold is not known, and they may be recorded a second time."""
        kept = self.path.with_name(f"{self.path.name}.unread-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        if self.path.exists():
            self._disk.rename(self.path, kept)
            log.error("the journal of what was stored could not be read; it is kept", kept=kept.name)
        self._unread = False

    def _write_anew(self) -> None:
        """Only what is true now, in a file that takes the old one's place when it is durable."""
        if not self.path.parent.exists():
            self._disk.make_folder(self.path.parent)
        if self._unread:
            self._keep_unread()
        draft = self.path.with_suffix(".new")
        if draft.exists():
            self._disk.remove(draft)
        file = self._disk.create(draft)
        try:
            file.write(MAGIC)
            for (machine, boot), held in self._boots.items():
                file.write(_records_of(held.entries(machine, boot)))
            file.sync()
            self._disk.rename(draft, self.path)
            self._disk.sync_folder(self.path.parent)
        except OSError:
            file.close()
            self.close()
            raise
        self.close()
        self._file = file
        self._least_bytes = file.size


def _records_of(entries: Iterable[Said]) -> bytes:
    return b"".join(record(msgspec.msgpack.encode(said)) for said in entries)
