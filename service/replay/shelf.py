"""Signals at hand: of finished recordings in a folder of files that can be made anew, of running ones in memory. Both bounded."""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar
from uuid import uuid4

import msgspec
import structlog

from service.replay import gathering, leafing, listing, looking, tabling, whatif
from service.replay.columns import mapped
from service.replay.companion import Companion
from service.replay.crew import Crew
from service.replay.following import Following
from service.replay.pyramid import Pyramid, unfiled
from service.replay.resident import WorkError
from service.replay.stretches import Wanted
from service.replay.worker import FIRST_NICENESS, BusyError, Worker
from service.store.row import SessionRow
from wire.places import Coverage
from wire.recorded import RecordedError

Found = TypeVar("Found")

MOST_BYTES = 2 * 1024**3
"""Files kept: three minutes at 100 Hz take 0.5 MB, an hour at 1 kHz 100 MB. What was looked at longest ago goes first."""
MOST_OPEN = 16
"""Files mapped at a time."""
MOST_FOLLOWED = 4
"""Running sessions in memory at a time: an hour at 1 kHz takes 90 MB."""
MOST_LIVED = 4
"""Running sessions that are lived again at a time, each by a process of 60 MB."""
LEFT_S = 3600.0
"""A table that was made for a download and is older than this was not sent."""
LONG_BYTES = 1_500_000
"""Of a recording: about 7 min at 100 Hz, whose signals take a second to make."""
SUFFIXES = {gathering.__name__: ".columns", looking.__name__: ".inside"}
"""What is made of a recording, by the module that makes it."""

_log = structlog.get_logger()


class Shelf:
    """`of` and `follow` give the signals of a recording; what takes long is done in a process behind all others."""

    def __init__(self, folder: Path) -> None:
        self.worker = Worker()
        self._signals = Worker(FIRST_NICENESS)
        """Signals don't wait for what takes longer: without them there is no page."""
        self._beforehand = Worker()
        """Nor for those that nobody has asked for yet."""
        self._leaves = Worker(FIRST_NICENESS)
        """Who leafs through messages waits for none of them."""
        self.crew = Crew()
        self._folder = folder
        self._open: OrderedDict[str, Pyramid] = OrderedDict()
        self._making: dict[str, asyncio.Task[None]] = {}
        self._preparing: set[asyncio.Task[None]] = set()
        self._companions: dict[Path, Companion] = {}
        self._followed: OrderedDict[Path, tuple[Following, asyncio.Lock]] = OrderedDict()

    async def of(self, path: Path) -> Pyramid:
        """The signals of a finished recording; made at the first look. Raises RecordedError, BusyError, WorkError."""
        return await self._of(path, gathering.__name__, self._signals)

    async def inside(self, path: Path) -> Pyramid:
        """What the live analysis had in mind (decision 0186); made at the first look. Raises RecordedError, BusyError, WorkError."""
        return await self._of(path, looking.__name__, self.worker)

    async def _of(self, path: Path, module: str, worker: Worker) -> Pyramid:
        name = await asyncio.to_thread(_name, path, SUFFIXES[module])
        if name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        pyramid = await asyncio.to_thread(_read, self._folder / name)
        if pyramid is None:
            making = self._making.get(name)
            if making is None:
                making = self._making[name] = asyncio.create_task(self._make(path, module, self._folder / name, worker), name=name)
                making.add_done_callback(lambda done: self._made(name, done))
            await asyncio.shield(making)
            pyramid = await asyncio.to_thread(_read, self._folder / name)
            if pyramid is None:
                raise WorkError("what was made can't be read")
        pyramid = self._open.setdefault(name, pyramid)
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return pyramid

    async def follow(self, part: Path) -> Pyramid:
        """The signals of a recording that is being written, so far. Raises RecordedError."""
        return await self._look(part, Following.update)

    async def coverage(self, part: Path) -> list[Coverage]:
        """What of such a recording was shown live, came later, is missing, so far. Raises RecordedError."""
        return await self._look(part, Following.coverage)

    async def _look(self, part: Path, look: Callable[[Following], Found]) -> Found:
        if part not in self._followed:
            self._followed[part] = Following(part), asyncio.Lock()
        self._followed.move_to_end(part)
        following, turn = self._followed[part]
        while len(self._followed) > MOST_FOLLOWED:
            self._followed.popitem(last=False)
        async with turn:
            return await asyncio.to_thread(look, following)

    async def so_far(self, part: Path, wanted: Wanted) -> bytes:
        """What the analysis of a running session has had in mind, as it is sent (decision 0207).

        Raises RecordedError, BusyError, WorkError.
        """
        self._companions = {path: one for path, one in self._companions.items() if one.busy}
        if part not in self._companions and len(self._companions) >= MOST_LIVED:
            raise BusyError(f"{len(self._companions)} running sessions are looked into already")
        return await self._companions.setdefault(part, Companion(part)).ask(wanted)

    def prepare(self, path: Path, *, expected: bool = False) -> None:
        """Has a recording's signals made before they are asked for: a short one's only where its page is on its way."""
        task = asyncio.create_task(self._prepare(path, expected=expected), name=f"prepare {path.stem}")
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)

    async def close(self) -> None:
        """Ends what is being made."""
        for companion in self._companions.values():
            await companion.close()
        tasks = [*self._preparing, *self._making.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in (self.worker, self._signals, self._beforehand, self._leaves):
            await worker.close()
        await self.crew.close()

    async def _prepare(self, path: Path, *, expected: bool) -> None:
        try:
            if expected:
                await self.of(path)
            elif (await asyncio.to_thread(path.stat)).st_size >= LONG_BYTES:
                await self._of(path, gathering.__name__, self._beforehand)
        except (OSError, RecordedError, BusyError, WorkError) as error:
            _log.info("signals not prepared", recording=path.name, reason=str(error))

    async def rerun(self, order: whatif.Order) -> whatif.Answer:
        """A recording analysed again, otherwise. Raises BusyError, WorkError."""
        return msgspec.json.decode(await self.worker.run(whatif.__name__, msgspec.json.encode(order)), type=whatif.Answer)

    async def leaf(self, order: leafing.Order) -> bytes:
        """What a recording holds, one message, or its checksums, in JSON (`leafing`). Raises RecordedError, BusyError, WorkError."""
        # Checksums take as long as the file is long.
        worker = self.worker if order.what == "checksums" else self._leaves
        answer = msgspec.json.decode(await worker.run(leafing.__name__, msgspec.json.encode(order)), type=leafing.Answer)
        if answer.unreadable is not None:
            raise RecordedError(Path(order.path), "", answer.unreadable)
        return bytes(answer.found)

    async def summary(self, path: Path) -> SessionRow:
        """What the list says of a recording that came otherwise than from a machine. Raises RecordedError, BusyError, WorkError."""
        answer = msgspec.json.decode(await self._beforehand.run(listing.__name__, str(path).encode()), type=listing.Answer)
        if answer.row is None:
            raise RecordedError(path, "", answer.unreadable or "")
        return answer.row

    async def table(self, path: Path, to: Literal["csv", "parquet"], folder: Path) -> tuple[Path, str | None]:
        """A recording as a table in a folder, and what is wrong with the recording; who asks for the table removes it.

        Raises RecordedError, BusyError, WorkError.
        """
        into = folder / f"{uuid4().hex}.{to}"
        await asyncio.to_thread(_make_folder, folder)
        order = tabling.Order(str(path), str(into), to)
        answer = msgspec.json.decode(await self.worker.run(tabling.__name__, msgspec.json.encode(order)), type=tabling.Answer)
        if answer.unreadable is not None:
            raise RecordedError(path, "", answer.unreadable)
        return into, answer.damage

    async def _make(self, path: Path, module: str, into: Path, worker: Worker) -> None:
        await asyncio.to_thread(self._make_room, path, into.suffix)
        order = gathering.Order(str(path), str(into))
        answer = msgspec.json.decode(await worker.run(module, msgspec.json.encode(order)), type=gathering.Answer)
        if answer.unreadable is not None:
            raise RecordedError(path, "", answer.unreadable)

    def _made(self, name: str, done: asyncio.Task[None]) -> None:
        del self._making[name]
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.info("signals not made", recording=name, reason=str(error))

    def _make_room(self, path: Path, suffix: str) -> None:
        """Older files of the same kind and recording go, then those that were not looked at for longest."""
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = []
        for file in self._folder.glob("*-*.*"):
            with contextlib.suppress(OSError):
                if file.name.startswith(f"{path.stem}-") and suffix in file.suffixes:
                    file.unlink()
                else:
                    kept.append((file.stat().st_mtime_ns, file.stat().st_size, file))
        total = sum(size for _, size, _ in kept)
        for _, size, file in sorted(kept):
            if total <= MOST_BYTES:
                break
            with contextlib.suppress(OSError):
                file.unlink()
                total -= size


def _make_folder(folder: Path) -> None:
    """With what nobody came for removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_S:
                left.unlink()


def _name(path: Path, suffix: str) -> str:
    """Another one as soon as the recording is another file. Raises RecordedError."""
    try:
        found = path.stat()
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    return f"{path.stem}-{found.st_mtime_ns:x}-{found.st_size:x}{suffix}"


def _read(file: Path) -> Pyramid | None:
    try:
        about, columns = mapped(file)
        pyramid = unfiled(about, columns)
        file.touch()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, msgspec.DecodeError) as error:
        _log.warning("kept signals not readable; made anew", file=file.name, reason=str(error))
        return None
    return pyramid
