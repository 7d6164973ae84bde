"""The twin of `disk.DISK`: writes through to a real folder, and knows what of it a power cut may leave behind.

What counts as on the medium is what the door promises (decision 0110): the bytes and the length of a file after `sync`, its name after
`sync_folder`. Of everything since then any part may have been written: each sector in any of its versions, one of them torn, the
length in any of its versions, each creation, renaming and removal or not. A failed sync may have dropped what it was to save, for good.
"""

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from disk import DISK, File

SECTOR = 512
"""Bytes that a medium writes at once; only the one it was busy with is torn."""
TORN = 0.5
"""How often one of a file's sectors is."""


@dataclass
class State:
    """The files that are there after a power cut, by path below the root."""

    files: dict[Path, bytes]

    def put(self, folder: Path) -> Path:
        """Writes them into an empty folder, for ordinary readers, and gives it back."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder


class Twin:
    """A `Disk` on a real folder. `calls` counts everything that could fail; `sites` names every place that has called a sync."""

    def __init__(self, root: Path, space: int | None = None) -> None:
        """`space`: bytes of all files together; beyond it every write gets ENOSPC. None: the real folder's."""
        self.root = root
        self.space = space
        self.calls = 0
        self.sites: dict[str, int] = {}
        self.off: str | None = None
        """A place of `sites` whose syncs do nothing, as if somebody had deleted them."""
        self._chance = False
        """A failed sync leaves the medium to chance."""
        self._failing: dict[int, int] = {}
        self._fails_from: tuple[int, int] | None = None
        self._log: list[_Step] = []
        self._so_far, self._taken = _Medium(root), 0
        """What the medium holds after so many steps: most cuts come at the last one, again and again."""
        self._numbers: dict[Path, int] = {}
        self._sizes: dict[int, int] = {}
        self._lock = threading.RLock()
        for path in sorted(root.rglob("*")):
            if path.is_file():
                number = self._new(path)
                content = path.read_bytes()
                self._sizes[number] = len(content)
                self._log += [_Create(path, number), _Write(number, 0, content), _Sync(number), _SyncFolder(path.parent)]

    # Faults.

    def fail(self, call: int, error: int = errno.ENOSPC) -> None:
        """The call of that number (from 1) raises OSError and does nothing."""
        self._failing[call] = error

    def fail_from(self, call: int, error: int = errno.ENOSPC) -> None:
        """All calls from that number on, until `heal`."""
        self._fails_from = call, error

    def heal(self) -> None:
        """No more failures."""
        self._failing, self._fails_from = {}, None

    @property
    def space_left(self) -> int:
        """Bytes until ENOSPC."""
        assert self.space is not None
        return self.space - sum(self._sizes.values())

    # Power cuts.

    @property
    def moment(self) -> int:
        """How many steps there were; a cut may come after each."""
        return len(self._log)

    def cut(self, random: Random, moment: int | None = None) -> State:
        """One legal state after a power cut then (default: now), drawn."""
        medium = self._medium(random, moment)
        return medium.survivors(random, _drawn)

    def worst(self, moment: int | None = None) -> State:
        """Nothing has survived that was not synced."""
        return self._medium(Random(0), moment).survivors(Random(0), _none)

    def cuts(self, random: Random, every: int = 1, draws: int = 2) -> Iterator[tuple[int, State]]:
        """A sweep over all moments: at each the worst state, all kept, and `draws` others."""
        medium = _Medium(self.root)
        for at, step in enumerate(self._log, 1):
            medium.take(step, random)
            if at % every == 0 or at == len(self._log):
                yield at, medium.survivors(random, _none)
                yield at, medium.survivors(random, _all)
                for _ in range(draws):
                    yield at, medium.survivors(random, _drawn)

    def _medium(self, random: Random, moment: int | None) -> "_Medium":
        if moment is None and not self._chance:
            steps = self._log[self._taken :]
            for step in steps:
                self._so_far.take(step, random)
            self._taken += len(steps)
            return self._so_far
        medium = _Medium(self.root)
        for step in self._log[:moment]:
            medium.take(step, random)
        return medium

    # The door.

    def create(self, path: Path) -> File:
        with self._lock:
            self._call()
            file = DISK.create(path)
            number = self._new(path)
            self._log.append(_Create(path, number))
            return _File(self, number, file)

    def reopen(self, path: Path) -> File:
        with self._lock:
            self._call()
            return _File(self, self._numbers[path], DISK.reopen(path))

    def read(self, path: Path) -> bytes:
        with self._lock:
            self._call()
            return DISK.read(path)

    def rename(self, path: Path, to: Path) -> None:
        with self._lock:
            self._call()
            DISK.rename(path, to)
            self._sizes.pop(self._numbers.get(to, 0), None)
            self._numbers[to] = self._numbers.pop(path)
            self._log.append(_Rename(path, to))

    def remove(self, path: Path) -> None:
        with self._lock:
            self._call()
            DISK.remove(path)
            self._sizes.pop(self._numbers.pop(path))
            self._log.append(_Remove(path))

    def make_folder(self, path: Path) -> None:
        with self._lock:
            self._call()
            path.mkdir(parents=True, exist_ok=True)

    def sync_folder(self, path: Path) -> None:
        with self._lock:
            deleted = self._site()
            self._call()
            if not deleted:
                self._log.append(_SyncFolder(path))

    def _new(self, path: Path) -> int:
        number = self._numbers[path] = len(self._log) + 1
        self._sizes[number] = 0
        return number

    def _call(self, sync: int | None = None, grows: int = 0) -> None:
        """One more call; raises what it was told to."""
        self.calls += 1
        error = self._failing.get(self.calls)
        if self._fails_from is not None and self.calls >= self._fails_from[0]:
            error = self._fails_from[1]
        if error is None and grows > 0 and self.space is not None and sum(self._sizes.values()) + grows > self.space:
            error = errno.ENOSPC
        if error is not None:
            if sync is not None:
                self._chance = True
                self._log.append(_FailedSync(sync))
            raise OSError(error, os.strerror(error))

    def _site(self) -> bool:
        """Notes who has called a sync; True when that call is deleted."""
        caller = sys._getframe(2)
        site = f"{caller.f_globals['__name__']}.{caller.f_code.co_qualname}:{caller.f_lineno}"
        self.sites[site] = self.sites.get(site, 0) + 1
        return site == self.off


class _File:
    def __init__(self, twin: Twin, number: int, file: File) -> None:
        self._twin, self._number, self._file = twin, number, file
        self.size = twin._sizes[number] = file.size

    def write(self, data: bytes | bytearray | memoryview) -> None:
        twin = self._twin
        with twin._lock:
            twin._call(grows=len(data))
            offset = self.size
            self._file.write(data)
            self._note(_Write(self._number, offset, bytes(data)))

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        twin = self._twin
        with twin._lock:
            twin._call()
            self._file.write_at(offset, data)
            self._note(_Write(self._number, offset, bytes(data)))

    def truncate(self, size: int) -> None:
        twin = self._twin
        with twin._lock:
            twin._call()
            self._file.truncate(size)
            self._note(_Truncate(self._number, size))

    def sync(self) -> None:
        twin = self._twin
        with twin._lock:
            deleted = twin._site()
            twin._call(sync=self._number)
            if not deleted:
                twin._log.append(_Sync(self._number))

    def close(self) -> None:
        self._file.close()

    def _note(self, step: "_Step") -> None:
        self.size = self._file.size
        if self._number in self._twin._sizes:
            self._twin._sizes[self._number] = self.size
        self._twin._log.append(step)


# What was done, in order.


@dataclass(frozen=True)
class _Create:
    path: Path
    number: int


@dataclass(frozen=True)
class _Rename:
    path: Path
    to: Path


@dataclass(frozen=True)
class _Remove:
    path: Path


@dataclass(frozen=True)
class _SyncFolder:
    path: Path


@dataclass(frozen=True)
class _Write:
    number: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class _Truncate:
    number: int
    size: int


@dataclass(frozen=True)
class _Sync:
    number: int


@dataclass(frozen=True)
class _FailedSync:
    number: int


_Naming = _Create | _Rename | _Remove
_Step = _Naming | _SyncFolder | _Write | _Truncate | _Sync | _FailedSync

_Pick = Callable[[Random, int], int]
"""Which of n versions survives, 0 the oldest."""


def _none(_: Random, __: int) -> int:
    return 0


def _all(_: Random, versions: int) -> int:
    return versions - 1


def _drawn(random: Random, versions: int) -> int:
    # Whole files often survive or go together: both ends are as likely as what lies between.
    return random.choice((0, versions - 1, random.randrange(versions)))


@dataclass
class _Content:
    """One file's bytes: those on the medium, and the versions of each sector and of the length since."""

    synced: bytearray = field(default_factory=bytearray)
    now: bytearray = field(default_factory=bytearray)
    sectors: dict[int, list[bytes]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    def write(self, offset: int, data: bytes) -> None:
        end = offset + len(data)
        if end > len(self.now):
            self.now.extend(bytes(end - len(self.now)))
        self.now[offset:end] = data
        self._touch(offset, end)

    def truncate(self, size: int) -> None:
        before = len(self.now)
        del self.now[size:]
        self.now.extend(bytes(size - len(self.now)))
        self._touch(min(size, before), max(size, before))

    def _touch(self, start: int, end: int) -> None:
        for sector in range(start // SECTOR, -(-end // SECTOR)):
            versions = self.sectors.setdefault(sector, [_sector(self.synced, sector)])
            versions.append(_sector(self.now, sector))
        self.sizes.append(len(self.now))

    def sync(self) -> None:
        self._settle(self.now)

    def fail(self, random: Random) -> None:
        """What was to be saved is now marked as if it had been; it may have been dropped."""
        self._settle(bytearray(self.survivor(random, _drawn)))

    def _settle(self, content: bytearray) -> None:
        # Sectors that nobody touched are as before: copying them all at each sync would make long runs slow.
        if content is self.now and len(self.synced) == len(content):
            for sector in self.sectors:
                self.synced[sector * SECTOR : (sector + 1) * SECTOR] = content[sector * SECTOR : (sector + 1) * SECTOR]
        else:
            self.synced = bytearray(content)
        self.sectors, self.sizes = {}, []

    def survivor(self, random: Random, pick: _Pick) -> bytes:
        size = [len(self.synced), *self.sizes][pick(random, len(self.sizes) + 1)]
        found = bytearray(self.synced[:size])
        found.extend(bytes(size - len(found)))
        torn = random.choice([*self.sectors]) if self.sectors and pick is _drawn and random.random() < TORN else None
        for sector, versions in self.sectors.items():
            at = pick(random, len(versions))
            content = versions[at]
            if sector == torn and at:
                byte = random.randrange(SECTOR + 1)
                content = content[:byte] + versions[at - 1][byte:]
            start = sector * SECTOR
            found[start : start + SECTOR] = content[: max(0, size - start)]
        return bytes(found[:size])


def _sector(content: bytearray, number: int) -> bytes:
    return bytes(content[number * SECTOR : (number + 1) * SECTOR]).ljust(SECTOR, b"\0")


class _Medium:
    """What is surely there, and what may be there, after some steps."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._contents: dict[int, _Content] = {}
        self._names: dict[Path, int] = {}
        self._unsynced: dict[Path, list[_Naming]] = {}

    def take(self, step: _Step, random: Random) -> None:
        match step:
            case _Create(path, number):
                self._contents[number] = _Content()
                self._unsynced.setdefault(path.parent, []).append(step)
            case _Rename(path, _) | _Remove(path):
                self._unsynced.setdefault(path.parent, []).append(step)
            case _SyncFolder(path):
                for naming in self._unsynced.pop(path, []):
                    _name(self._names, naming)
            case _Write(number, offset, data):
                self._contents[number].write(offset, data)
            case _Truncate(number, size):
                self._contents[number].truncate(size)
            case _Sync(number):
                self._contents[number].sync()
            case _FailedSync(number):
                self._contents[number].fail(random)

    def survivors(self, random: Random, pick: _Pick) -> State:
        names = dict(self._names)
        for namings in self._unsynced.values():
            for naming in namings:
                if pick(random, 2):
                    _name(names, naming)
        return State({path.relative_to(self._root): self._contents[number].survivor(random, pick) for path, number in names.items()})


def _name(names: dict[Path, int], naming: _Naming) -> None:
    """Does it, where it can still be done."""
    match naming:
        case _Create(path, number):
            names[path] = number
        case _Rename(path, to) if path in names:
            names[to] = names.pop(path)
        case _Remove(path):
            names.pop(path, None)


def each_sync_matters(scenario: Callable[[Twin], None], folder: Path) -> list[str]:
    """The mutation check: `scenario(twin)` passes, and fails (AssertionError) without any single one of its syncs.

    Gives back the places whose sync could be deleted unnoticed, so that a test can expect none. Raises what the whole scenario raises.
    """
    whole = _fresh(folder / "whole")
    scenario(whole)
    unnoticed = []
    for number, site in enumerate(whole.sites):
        twin = _fresh(folder / str(number))
        twin.off = site
        try:
            scenario(twin)
        except AssertionError:
            continue
        unnoticed.append(site)
    return unnoticed


def _fresh(folder: Path) -> Twin:
    folder.mkdir(parents=True)
    return Twin(folder)
