"""The running station: broker, index, floor, intake, gateway. Started in this order, stopped in the other."""

import asyncio
import contextlib
from pathlib import Path
from typing import Self

import structlog

from service import recordings
from service.analysis import engine
from service.broker import EmbeddedBroker
from service.ingest.intake import Intake
from service.kernels.warming import warm
from service.labelling import Labelling
from service.live.floor import Floor
from service.live.gateway import Gateway
from service.live.resuming import Resuming
from service.lock import Lock
from service.newcomers import Newcomers
from service.replay.shelf import Shelf
from service.security import Gate
from service.settings import Settings
from service.store import Index, SessionRow, StoreGoneError
from wire.recorded import RecordedError

FINISH_S = 3.0
"""What finishing the recordings may take, seconds; the service ends within 5 s (robustness-and-screens F04)."""

FIRST_S = 2.0
"""Sessions are taken up again before machines and screens are let in, for so long: beside their traffic it takes ten times as long."""
KERNELS_S = 1.0
"""Compiled kernels that are kept take 0.2 s to load, and replay a running set in half the time: it waits for them so long."""

PAGE = 50
"""Rows of the list looked at in one go."""

_log = structlog.get_logger("station")


class Station:
    """Everything between the machines and the screens.

    `async with Station(settings) as station:` raises InUseError where another service uses the data folder, BrokerError where the broker
    can't run. Construction raises SecretKeyError for a key that can't be used. All but `settings`, `gate` and `shelf` exist only while it
    runs.
    """

    index: Index
    floor: Floor
    intake: Intake
    gateway: Gateway
    labelling: Labelling
    broker_url: str

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self.gate = Gate(settings.data, origins=settings.origins)
        self.shelf = Shelf(settings.signals)
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            # First of all, and let go of last: whoever ends still writes recordings.
            held = stack.enter_context(await asyncio.to_thread(Lock, self.settings.data / "lock", "the data"))
            held.note(None)
            warming = asyncio.create_task(warm(), name="compiled kernels")
            stack.push_async_callback(_cancelled, warming)
            self.broker_url = self.settings.broker or await self._own_broker(stack)
            self.index = await Index.open(self.settings.index_url, recordings=self.settings.recordings)
            stack.push_async_callback(self.index.close)
            self.floor = Floor(self.settings.recordings, _nowhere, self.index)
            self.floor.paired = lambda machine: bool(self.gate.screens.of(machine))
            self.labelling = Labelling(self.index, self.floor)
            self.floor.metrics.gauges["kernels_compiled"] = lambda: engine.current().name == "compiled"
            self.floor.metrics.gauges["sessions_not_listed"] = lambda: float(len(self.index.aside))
            self.floor.closed.append(self.shelf.prepare)
            stack.push_async_callback(self.shelf.close)
            self.floor.start()
            stack.push_async_callback(self._finish)
            parts = await asyncio.to_thread(recordings.leftovers, self.settings.recordings)
            resuming = Resuming(self.floor, parts)
            left = asyncio.create_task(self._catch_up(resuming, warming), name="what was left behind")
            stack.push_async_callback(_cancelled, left)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_S):
                    await resuming.taken_up.wait()
            self.intake = Intake(self.broker_url, self.floor, self.settings.data)
            self.intake.start()
            stack.push_async_callback(self.intake.close)
            newcomers = Newcomers(self.settings.recordings, self.index, self.shelf)
            watching = asyncio.create_task(self._watch(newcomers, left), name="recordings that come")
            stack.push_async_callback(_cancelled, watching)
            self.gateway = Gateway(self.floor, self.gate.identify, self.gate.may)
            stack.push_async_callback(self.gateway.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def parts(self) -> dict[str, bool]:
        """What must stand before the service is ready, by name (contract 6 `/readyz`)."""
        return {"broker": self.intake.link.online.is_set(), "timer": self.floor.keeps_time}

    async def _own_broker(self, stack: contextlib.AsyncExitStack) -> str:
        broker = await stack.enter_async_context(EmbeddedBroker(self.settings.data, self.settings.mqtt_port))
        return broker.url

    async def _catch_up(self, resuming: Resuming, warming: asyncio.Task[None]) -> None:
        """What a kill left unfinished is gone on with or ended, then listed and computed; beside the running rest."""
        if resuming.parts:
            await asyncio.wait({warming}, timeout=KERNELS_S)
        for path in await resuming.run():
            try:
                row = await asyncio.to_thread(recordings.summary, path)
            except RecordedError as error:
                _log.error("recording not listed", recording=path.name, reason=str(error))
                continue
            if not await self._has_another(row):
                await self.index.put(row)
        try:
            await self._fill_index()
            await self._finalise_complete()
        except StoreGoneError as error:
            _log.warning("results not computed again before the next start", reason=str(error))

    async def _has_another(self, row: SessionRow) -> bool:
        """Whether the session is listed with another file, finished or not, that is still there: then that one stays (decision 0231)."""
        with contextlib.suppress(StoreGoneError):
            known = await self.index.get(row.session)
            if known is not None and known.path != row.path:
                return any([await asyncio.to_thread(Path(known.path + end).is_file) for end in ("", ".part")])
        return False

    async def _finalise_complete(self) -> None:
        after = None
        while True:
            rows, after = await self.index.list(limit=PAGE, after=after)
            for row in rows:
                path = Path(row.path)
                open_to_it = row.ended_utc is not None and not row.final and row.damage is None and not row.completeness.get("missing")
                if open_to_it and await asyncio.to_thread(path.exists):
                    self.floor.finalise(path)
            if after is None:
                return

    async def _fill_index(self) -> None:
        """The recordings are the truth: an index that is empty or was lost is made anew from them."""
        rows, _ = await self.index.list(limit=1)
        if not rows and self.settings.recordings.exists():
            count = await self.index.rebuild(self.settings.recordings)
            _log.info("index made anew from the recordings", sessions=count)

    async def _watch(self, newcomers: Newcomers, left: asyncio.Task[None]) -> None:
        """Once what was left behind is listed: that is no newcomer."""
        await asyncio.wait({left})
        await newcomers.run()

    async def _finish(self) -> None:
        try:
            await asyncio.wait_for(self.floor.close(), FINISH_S)
        except TimeoutError:
            _log.error("recordings are not finished in time: they stay as .mcap.part", seconds=FINISH_S)


def _nowhere(topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
    """Where the floor publishes until its intake stands."""


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    for outcome in await asyncio.gather(task, return_exceptions=True):
        if isinstance(outcome, Exception):
            _log.error("failed", task=task.get_name(), exc_info=outcome)
