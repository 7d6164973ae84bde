"""Store and forward: everything sampled goes to the disk and stays until `stored` covers it (contract 2, decision 0111).

`put` is for the sampler and never waits; all work with the disk is done in `round`, by a thread (`Committer`).
"""

import contextlib
import errno
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import structlog

from disk import DISK, Disk
from disk.records import HEAD_BYTES, record
from edge_agent.beside import Beside
from edge_agent.filling import Filling
from edge_agent.holding import Holding, Sight, Unwritten
from edge_agent.lock import Lock, Taken
from edge_agent.patience import AGAIN_S, Patience
from edge_agent.position import Position
from edge_agent.recovery import Recovery
from edge_agent.reserve import Reserve, wanted
from edge_agent.segments import Segment
from wire.messages import Spool as Level
from wire.messages import Stored
from wire.samples import SampleBatch

MIB = 1024 * 1024
QUOTA_BYTES = 2048 * MIB
"""12 days at 100 Hz, 30 h at 1 kHz in batches of 1 s (robustness 1.2, sizing)."""
SEGMENT_BYTES = 4 * MIB
LEAST_SEGMENT_BYTES = 64 * 1024
SHARES = 64
"""A small quota is cut into so many segments, for it is filled and freed by whole ones."""
MOST_UNWRITTEN_BYTES = 4 * MIB
"""Kept in memory while the disk takes nothing: 13 min at 100 Hz. What comes then is refused, never what waits."""
POSITION_S = 5.0
"""How often it is written down how far a boot is settled: that much is sent again after a power cut, at most."""
MOST_PENDING = 64
"""Earlier boots that a status names; the others follow when these are settled."""

log = structlog.get_logger(__name__)


class Spool:
    """One machine's samples, boot by boot, in a folder of its own. A disk that fails never ends it: it says so, and tries again."""

    def __init__(
        self,
        folder: Path,
        quota: int = QUOTA_BYTES,
        disk: Disk = DISK,
        *,
        size: Callable[[], tuple[int, int]] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`size`: bytes that the disk has and that are free."""
        self.folder = folder
        self.quota = quota
        self.lost = 0
        """Samples that found no room anywhere."""
        self.trouble: str | None = None
        """Why the disk takes nothing, while it doesn't."""
        self.changed: Callable[[], None] = lambda: None
        """Called, by any thread, when there is something to say in a status."""
        self.woken: Callable[[], None] = lambda: None
        """Called when there is something to do for `round`."""
        self._disk = disk
        self._now_s = now_s
        self._lock = threading.Lock()
        self._folder_lock: Lock | None = None
        self._open = False
        self._holdings: dict[str, Holding] = {}
        self._current: Holding | None = None
        self._segment: Segment | None = None
        self._segment_bytes = SEGMENT_BYTES
        self._unwritten_bytes = 0
        self._reserve = Reserve(disk, folder, now_s)
        self._positions_at_s = 0.0
        self._read_again_at_s = 0.0
        self._patience = Patience(now_s)
        self._recovery = Recovery(disk, now_s)
        self._filling = Filling(folder, quota, size, now_s)
        self._told: object = None
        self._beside = Beside(disk, folder, self._patience)
        self._commits = 0

    # For the sampler and the line.

    def open(self) -> None:
        """Finds what earlier boots have left. Raises Taken, when another agent has the folder; a disk that fails is tried again."""
        with contextlib.suppress(OSError):
            self._find()

    def begin(self, boot: str) -> None:
        """A new boot: from now on its samples are put."""
        with self._lock:
            self._current = self._holdings[boot] = self._holding(boot)

    def put(self, first: int, n: int, payload: bytes) -> None:
        """The samples first..first+n-1 as an encoded batch. Never waits."""
        holding = self._current
        assert holding is not None
        with self._lock:
            holding.end = first + n
            if self._unwritten_bytes + len(payload) > MOST_UNWRITTEN_BYTES:
                self.lost += n
                holding.lacks(first, first + n - 1)
                return
            holding.unwritten.append(Unwritten(first, first + n, payload))
            self._unwritten_bytes += len(payload)
        self.woken()

    @property
    def torn(self) -> int:
        """Bytes that a power cut has left half written, cut off when they were found."""
        return self._recovery.torn

    @property
    def unread(self) -> int:
        """Files that wait for a disk that reads them, or for the version of this program that wrote them."""
        return sum(segment.unread or segment.failed for holding in self.holdings() for segment in holding.segments)

    @property
    def crowded(self) -> bool:
        """True when a source that can wait should."""
        return self._unwritten_bytes * 4 > MOST_UNWRITTEN_BYTES

    def stored(self, message: Stored) -> None:
        """What the service has; what it covers is forgotten in the next round."""
        with self._lock:
            holding = self._holdings.get(message.boot)
            if holding is not None:
                holding.take(message)
        self.woken()

    def holdings(self) -> list[Holding]:
        """Of each boot, the oldest first."""
        with self._lock:
            return list(self._holdings.values())

    def batches(self, boot: str, first: int) -> Iterator[SampleBatch]:
        """What is held of a boot from that sample on and can be read, in order."""
        with self._lock:
            holding = self._holdings.get(boot)
            return iter(()) if holding is None else holding.batches(first)

    def listened_to(self, boot: str) -> bool:
        """True when a service has spoken of this boot."""
        with self._lock:
            return boot in self._holdings and self._holdings[boot].heard

    def sight(self, boot: str, first: int, last: int) -> Sight:
        """To be had before these are looked for, for `lacks`."""
        with self._lock:
            holding = self._holdings.get(boot)
            return {} if holding is None else holding.sight(first, last)

    def lacks(self, boot: str, first: int, last: int, before: Sight) -> None:
        """These were looked for and are not here; in a file that can't be read whole they may be, and wait for who can."""
        with self._lock:
            holding = self._holdings.get(boot)
            if holding is None:
                return
            if not self._skips():
                self._read_again_at_s = self._now_s() + AGAIN_S
            foreign = holding.missed(first, last, before)
        if foreign:
            log.error("samples of another version wait for it", boot=boot, first=first, last=last)

    def read_again(self) -> None:
        """Nothing else is to be sent: what the disk didn't give is looked for again, where it is time to (decision 0261)."""
        with self._lock:
            if self._skips() and self._now_s() >= self._read_again_at_s:
                for holding in self._holdings.values():
                    holding.read_again()

    def set_aside(self, boot: str, first: int, last: int, payload: bytes) -> None:
        """The broker can't take these (robustness F15): out of its way at once, and settled when they are in a file for people."""
        log.error("samples set aside: the broker hangs up on them", boot=boot, first=first, last=last, bytes=len(payload))
        with self._lock:
            if boot in self._holdings:
                self._holdings[boot].part(first, last)
        self._beside.aside.put(boot, first, last, payload)
        self.woken()

    def note(self, name: str, content: bytes) -> None:
        """A small file of this name is to hold that."""
        self._beside.notes.put(name, content)
        self.woken()

    def noted(self, name: str) -> bytes | None:
        """What such a file held when the spool was opened; None without one."""
        return self._beside.notes.read(name)

    def pending(self) -> list[str]:
        """Earlier boots with samples that wait."""
        found = [holding.boot for holding in self.holdings() if holding is not self._current and holding.waiting()]
        return found[:MOST_PENDING]

    def level(self) -> Level:
        """For the status."""
        waiting = sum(holding.count() for holding in self.holdings())
        return Level(
            used=self._filling.gone, quota=self._filling.whole, waiting=waiting, refuses=self._filling.refuses or self.trouble is not None
        )

    # For the thread.

    def round(self) -> None:
        """Commits what was put, forgets what is stored, prepares space. Never raises."""
        trouble = self._attempt(self._work)
        if trouble != self.trouble:
            if trouble is None:
                log.warning("samples go to the disk again", folder=str(self.folder))
            else:
                log.error("samples don't go to the disk", folder=str(self.folder), reason=trouble)
        self.trouble = trouble
        self._measure()
        told = (self.trouble is None, self._filling.refuses, self._filling.warned, self.pending())
        if told != self._told:
            self._told = told
            self.changed()

    def commit(self) -> None:
        """Everything put so far is on the medium on return. Raises OSError; what it couldn't write waits on."""
        for holding in self.holdings():  # an earlier boot may have ended while the disk was in trouble
            while holding.unwritten:
                self._commit_some(holding)

    def close(self) -> None:
        """The last commit; the folder is free for another agent."""
        self._patience.forgive()
        self._attempt(self._work)
        self._attempt(self._end)
        if self._folder_lock is not None:
            self._folder_lock.release()

    def _attempt(self, work: Callable[[], None]) -> str | None:
        try:
            work()
        except (OSError, Taken) as error:
            return str(error)
        return None

    def _work(self) -> None:
        if not self._open:
            self._find()
        self._prune()
        self._recover_again()
        commits = self._commits
        try:
            self.commit()
            self._beside.write(self._set_aside, commits, self._commits)
        finally:
            self._tidy()
        if self._open:
            self._reserve.grow(self._segment_bytes, self._spares_wanted)

    def _set_aside(self, boot: str, first: int, last: int, kept: bool) -> None:
        """Settled are they only when they are durable there; until then their segment stays."""
        if not kept:
            self.lost += last - first + 1
        with self._lock:
            if boot in self._holdings:
                self._holdings[boot].lacks(first, last)

    def _prune(self) -> None:
        """While the disk takes nothing the memory keeps what isn't stored, and only that."""
        if self.trouble is None:
            return
        for holding in self.holdings():
            with self._lock:
                items = list(holding.unwritten)
            kept = [item for item in items if not holding.is_settled(item.first, item.end)]
            with self._lock:
                self._unwritten_bytes -= sum(len(item.payload) for item in items) - sum(len(item.payload) for item in kept)
                holding.unwritten = deque([*kept, *list(holding.unwritten)[len(items) :]])

    def _commit_some(self, holding: Holding) -> None:
        """As much as goes into one segment."""
        with self._lock:
            items = list(holding.unwritten)
        segment = self._segment_for(holding, items[0])
        data, taken = bytearray(), 0
        for item in items:
            entry = record(item.payload)
            if taken and segment.size + len(data) + len(entry) > self._segment_bytes:
                break
            data += entry
            taken += 1
        try:
            segment.add(bytes(data), items[taken - 1].end)
        except OSError:
            # After a failed sync nobody knows what of it is on the medium, and a later one may hide that: never write on.
            segment.abandon()
            self._segment = None
            raise
        with self._lock:
            if segment not in holding.segments:
                holding.segments = [*holding.segments, segment]
            for item in items[:taken]:
                self._unwritten_bytes -= len(item.payload)
                holding.unwritten.popleft()
        self._commits += 1

    def _segment_for(self, holding: Holding, item: Unwritten) -> Segment:
        segment = self._segment
        if segment is not None:
            if segment.boot == holding.boot and segment.size + len(item.payload) + HEAD_BYTES <= self._segment_bytes:
                return segment
            self._segment = None
            segment.close()
        if self._used() + self._segment_bytes > self.quota:
            raise OSError(errno.ENOSPC, "the spool's quota is used up")
        self._segment = Segment.begin(self._disk, self.folder, holding.boot, item.first, self._reserve.take())
        return self._segment

    def _tidy(self) -> None:
        """Forgets what is stored, and writes down how far: of each boot by itself, for one may have a file with which that fails."""
        write = self._now_s() >= self._positions_at_s
        for holding in self.holdings():
            self._patience.attempt(holding.boot, partial(self._tidy_boot, holding, write=write), "how far it is stored can't be noted")

    def _tidy_boot(self, holding: Holding, *, write: bool) -> None:
        for segment in list(holding.segments):
            if segment is not self._segment and not segment.unread and holding.is_settled(segment.first, segment.end):
                self._patience.attempt(segment.path.name, partial(self._forget, holding, segment), "what is stored can't be forgotten")
        if holding is not self._current and not holding.segments and not holding.unwritten:
            holding.position.remove()
            with self._lock:
                del self._holdings[holding.boot]
        elif write and holding.heard and holding.segments:
            waiting = holding.waiting()
            holding.position.keep(waiting[0][0] if waiting else holding.segments[-1].end)
            self._positions_at_s = self._now_s() + POSITION_S

    def _forget(self, holding: Holding, segment: Segment) -> None:
        self._disk.remove(segment.path)
        with self._lock:
            holding.segments = [each for each in holding.segments if each is not segment]
            holding.lacks(segment.first, segment.end - 1)

    def _end(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            with contextlib.suppress(OSError):  # the space that is left over in it can be given back by the next agent
                segment.close()
        self._reserve.close()
        self._positions_at_s = 0.0
        self._current = None
        self._patience.forgive()
        self._tidy()
        for holding in self.holdings():
            holding.position.close()

    # What is there.

    def _holding(self, boot: str, segments: Sequence[Segment] = ()) -> Holding:
        return Holding(boot, Position(self._disk, self.folder / f"{boot}.stored"), segments)

    def _find(self) -> None:
        """Raises OSError where nothing can be written either, and Taken."""
        self._disk.make_folder(self.folder)
        if self._folder_lock is None:
            self._folder_lock = Lock(self.folder / "lock")
        self._open = self._patience.attempt("earlier boots", self._find_earlier, "the spool's folder can't be listed")

    def _find_earlier(self) -> None:
        paths = sorted(self.folder.iterdir())
        self._reserve.find(paths)
        earlier = {boot: self._holding(boot, segments) for boot, segments in self._recovery.find(paths, self._holdings).items()}
        with self._lock:
            self._holdings = {**earlier, **self._holdings}
        self._measure()
        self._segment_bytes = min(SEGMENT_BYTES, max(LEAST_SEGMENT_BYTES, self._filling.whole // SHARES))
        self._reserve.fit(self._segment_bytes)

    def _recover_again(self) -> None:
        for segment in self._recovery.again():
            with self._lock:
                self._holdings[segment.boot].end = segment.end

    def _skips(self) -> bool:
        return any(holding.skips for holding in self._holdings.values())

    def _used(self) -> int:
        return sum(segment.length for holding in self.holdings() for segment in holding.segments)

    def _spares_wanted(self) -> int:
        """Within what the quota still allows."""
        return min(wanted(self._filling.whole, self._segment_bytes), (self.quota - self._used()) // self._segment_bytes)

    def _measure(self) -> None:
        self._filling.measure(self._used, lambda: self._reserve.count * self._segment_bytes)
