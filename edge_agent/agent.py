"""Puts together: driver -> calibration -> batches -> line, one machine, boot after boot."""

import asyncio
import contextlib
from pathlib import Path

import msgspec
import structlog

from disk import DISK
from disk.saving import save
from edge_agent.anchors import Anchors
from edge_agent.backlog import Backlog
from edge_agent.batches import Batcher
from edge_agent.boot import uuid7
from edge_agent.buttons import Buttons
from edge_agent.calibration import Calibration, Measured
from edge_agent.clock import Clock, SystemClock, anchor_ns
from edge_agent.commands import Commands
from edge_agent.committer import Committer
from edge_agent.configuration import Configuration, ConfigurationError
from edge_agent.drivers import ButtonName, Host
from edge_agent.ending import end
from edge_agent.link import ANCHOR_S, NONSENSE, Link
from edge_agent.previous import Previous
from edge_agent.software import SOFTWARE
from edge_agent.spool import MIB, Spool
from edge_agent.trouble import Line, Silence
from edge_agent.truth import Truth
from wire.events import AnyEvent, Event
from wire.messages import Button, ClockAnchor, Status, Stored, stored_faults
from wire.plan import Plan
from wire.samples import SampleBatch, encode
from wire.topics import Leaf

PRESSES = "buttons.json"
"""In the spool: the presses that nobody has acknowledged."""
SECOND_NS = 1_000_000_000
CROWDED_S = 0.01
REPORT_S = 2.0
LAST_WORD_S = 3.0
"""A service stores once a second, and asks again for what it misses after two."""
USUAL_S = 10.0
"""What waits for longer is a backlog: a resting machine's samples are spoken of only after some seconds (decision 0052)."""

log = structlog.get_logger(__name__)

_events: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_stored = msgspec.json.Decoder(Stored)
_plans = msgspec.json.Decoder(Plan)


class Agent:
    """One machine. `run` ends when its source is over; cancelled, it says farewell first. Raises DriverError."""

    def __init__(self, configuration: Configuration, folder: Path, clock: Clock | None = None) -> None:
        self.machine = configuration.machine
        self.configuration = configuration
        self.folder = folder
        self.clock = clock or SystemClock()
        self.driver = configuration.driver.open(self.clock, folder)
        settings = configuration.spool
        self.spool = Spool(folder / settings.folder / self.machine.replace("/", "."), settings.quota_mb * MIB)
        self.backlog = Backlog(self.spool, self.clock, settings.rate)
        self.boot: Boot | None = None
        """The one that runs now, or ran last."""
        self.anchor_s = ANCHOR_S
        self.truth = Truth(folder / configuration.truth) if configuration.truth else None
        file = configuration.calibration.file
        self._measured_file = folder / file if file else None
        known = configuration.calibration
        self.calibration = Calibration(known.angle, known.torque, _measured(self._measured_file), known.travel)

    async def run(self) -> None:
        """Boot after boot, until the source is over. Raises Taken where another agent has this machine's spool."""
        spool = self.spool
        await asyncio.to_thread(spool.open)
        committer = Committer(spool)
        committer.start()
        loop = asyncio.get_running_loop()

        def announce() -> None:
            loop.call_soon_threadsafe(self._announce)

        spool.changed = announce
        earlier = self._earlier_presses()
        anchors, previous = Anchors(spool), Previous(spool)
        try:
            while True:
                self.boot = Boot(self, uuid7(), earlier, anchors, previous)
                await self.boot.run()
                earlier = self.boot.buttons.waiting
                if self.driver.again_s is None:
                    return
        finally:
            spool.changed = lambda: None
            await asyncio.to_thread(committer.stop)

    def _announce(self) -> None:
        if self.boot is not None:
            self.boot.link.announce()

    def _earlier_presses(self) -> list[Button]:
        noted = self.spool.noted(PRESSES)
        try:
            return [] if noted is None else msgspec.json.decode(noted, type=list[Button])
        except NONSENSE as error:
            log.warning("buttons pressed before the restart can't be read", machine=self.machine, reason=str(error))
            return []

    async def keep(self, measured: Measured) -> None:
        """A tare or a sweep has succeeded: use it from the next sample on, and remember it, over a power cut too. Raises OSError."""
        if self._measured_file is not None:
            content = msgspec.json.format(msgspec.json.encode(measured), indent=1)
            await asyncio.to_thread(save, DISK, self._measured_file, content)
        self.calibration.measured = measured


class Boot:
    """One run of the source: its name, its numbering, its line."""

    def __init__(self, agent: Agent, name: str, earlier_presses: list[Button], anchors: Anchors, previous: Previous) -> None:
        configuration = agent.configuration
        self._agent = agent
        self.driver = agent.driver
        self.clock = agent.clock
        self._truth = agent.truth
        self._ended = False
        self.name = name
        self._spool = agent.spool
        self._backlog = agent.backlog
        self._anchors = anchors
        self._previous, self._before = previous, previous.boot
        self._spool.begin(name)
        self.buttons = Buttons(name, earlier_presses, lambda waiting: self._spool.note(PRESSES, msgspec.json.encode(waiting)))
        self._batch_s = configuration.live.batch_ms / 1000
        self.link = Link(
            configuration.broker,
            agent.folder,
            agent.machine,
            name,
            status=self.status,
            hear=self._hear,
            backlog=agent.backlog,
            queue=configuration.live.queue,
            anchor_s=agent.anchor_s,
        )
        self._line = Line(configuration.trouble, self.link.offer)
        self._silence = Silence(configuration.trouble)
        self._software = "; ".join(filter(None, (SOFTWARE, configuration.trouble.words())))
        self.commands = Commands(agent, self)

    async def run(self) -> None:
        """Birth, samples, `ended`, the pause until the next one, farewell."""
        lines = [asyncio.create_task(self.link.run()), asyncio.create_task(self.buttons.run(self._say_button))]
        lines += [asyncio.create_task(self.commands.run()), asyncio.create_task(self._report())]
        try:
            if self.driver.waits:
                await self.link.connected.wait()
            await self._sample()
            await self._line.out()
            if self._agent.configuration.trouble.any:
                log.info("trouble injected", machine=self._agent.machine, silent_samples=self._silence.samples, **self._line.counts)
            self._ended = True
            self.link.announce()
            if self.driver.again_s is None:
                await self._stored()
            if self.driver.again_s:
                await self.clock.sleep_until(self.clock.now_ns() + int(self.driver.again_s * 1e9))
        finally:
            for task in lines[1:]:
                task.cancel()
            await self.link.close(lines[0])
            await end(lines[1:])
            for task in lines[1:]:
                if not task.cancelled():
                    task.result()

    async def _sample(self) -> None:
        """The sampler: nothing here waits for the line, but for a source that can."""
        driver, link, commands, calibration = self.driver, self.link, self.commands, self._agent.calibration
        batcher = Batcher(self.name, driver.sample_rate_hz, self._batch_s)
        self._anchors.keep(self.name, self._anchor())
        async for samples in driver.read(Host(self.clock, self._batch_s, self._press)):
            sensors = calibration.sensors(samples)
            commands.see(sensors)
            for batch in batcher.add(calibration.net(sensors)):
                self._take(batch)
            if driver.waits:
                await link.room()
                while self._spool.crowded:  # noqa: ASYNC110 - the disk's thread must not wait for this one
                    await asyncio.sleep(CROWDED_S)
        for batch in batcher.flush():
            self._take(batch)

    def _take(self, batch: SampleBatch) -> None:
        payload = encode(self._silence.over(batch))
        if self._truth is not None:
            self._truth.add(payload)
        if self._line.offer(payload):
            self._backlog.live(self.name, batch.seq, batch.n)
        self._spool.put(batch.seq, batch.n, payload)

    async def _stored(self) -> None:
        """The source is over: a service that listens gets a moment to say that it has everything."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                while self._spool.listened_to(self.name) and self._spool.level().waiting:  # noqa: ASYNC110 - nothing else waits for it
                    await asyncio.sleep(CROWDED_S)

    async def _report(self) -> None:
        """While more waits than the service is used to lag behind, staff can see how much; and a status is answered by what is stored."""
        told = False
        while True:
            await asyncio.sleep(REPORT_S)
            much = self._spool.level().waiting > USUAL_S * (self.driver.sample_rate_hz or 100.0)
            if much or told or self._backlog.unheard():
                self.link.announce()
            told = much

    def status(self) -> Status:
        """What the machine is now, with a fresh clock anchor (contract 2)."""
        return Status(
            online=True,
            boot=self.name,
            pending=self._spool.pending(),
            previous=self._before or msgspec.UNSET,
            spool=self._spool.level(),
            software=self._software,
            sample_rate_hz=self.driver.sample_rate_hz,
            calibration=self._agent.calibration.describe(),
            clock=self._anchor(),
            clocks=self._anchors.pending(),
            ended=self._ended,
        )

    def _anchor(self) -> ClockAnchor:
        now_ns, utc_ns = anchor_ns(self.clock)
        device_ns = self.driver.device_ns(now_ns)
        rate = round((self.driver.device_ns(now_ns + SECOND_NS) - device_ns) / SECOND_NS, 6)
        return ClockAnchor(device_ns, utc_ns, "system", rate if rate != 1.0 else msgspec.UNSET)

    def _press(self, button: ButtonName) -> None:
        self.buttons.press(button, self.driver.device_ns(self.clock.now_ns()))

    async def _say_button(self, button: Button) -> bool:
        return await self.link.say(Leaf.BUTTON, button)

    def _hear(self, leaf: Leaf, payload: bytes) -> None:
        """What the service says. Nonsense on the bus is logged and changes nothing."""
        try:
            if leaf is Leaf.PLAN:
                self.driver.take_plan(_plans.decode(payload) if payload else None)
            elif leaf is Leaf.EVENTS:
                event: Event = _events.decode(payload)
                self.buttons.acknowledge(event)
                self.driver.take_event(event)
            elif leaf is Leaf.STORED:
                stored = _stored.decode(payload)
                if not stored_faults(stored):
                    self._backlog.stored(stored)
                    if stored.boot == self.name:
                        self._previous.heard(self.name)
            elif leaf is Leaf.COMMAND:
                self.commands.take(payload)
        except NONSENSE as error:
            log.warning("not understood", machine=self._agent.machine, leaf=str(leaf), reason=str(error))


def _measured(file: Path | None) -> Measured | None:
    if file is None or not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Measured)
    except (*NONSENSE, OSError) as error:
        raise ConfigurationError(f"{file}: not a calibration kept by tare or sweep: {error}") from None
