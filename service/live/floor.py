"""All machines of a clinic: who is known, who is due, what is made durable."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic_ns
from typing import Any, Protocol

import structlog

from service.ingest.journal import Journal
from service.live import travel
from service.live.closing import Closing
from service.live.confirmation import Confirmation, check_alone
from service.live.errors import NoSession, NoSignal, SetRunning, UnknownMachine
from service.live.hub import Hub
from service.live.line import Line
from service.live.orders import Verb
from service.live.record import Record
from service.live.running import Running, new_id
from service.live.storing import Storing
from service.metrics import Counts, Metrics, Queue
from service.store import SessionRow
from wire.names import is_safe_id
from wire.plan import Plan
from wire.topics import Leaf, topic

__all__ = ["Floor", "NoSession", "NoSignal", "SetRunning", "UnknownMachine"]

TICK_S = 0.025
"""How late a feed state may change."""
STANDS_NS = 5_000_000_000
"""Without a tick for so long nothing is stored, told or ended: the service is not ready."""
SAID_AGAIN_NS = 60_000_000_000
"""What fails at every tick is in the log once in so long."""
MOST_MACHINES = 1_000
"""More names than that is an attack or a mistake; they are quarantined."""

log = structlog.get_logger()


class Publish(Protocol):
    """Sends one MQTT message; never waits."""

    def __call__(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None: ...


class SessionIndex(Protocol):
    """What the floor needs of `service.store.Index`. `healthy` is False while it can't be written or lacks recordings."""

    @property
    def healthy(self) -> bool: ...

    async def put(self, row: SessionRow) -> None: ...

    async def list(self, *, machine: str | None = None, limit: int = 50) -> tuple[list[SessionRow], Any]: ...


class Floor:
    """Every machine's line, and the one timer that serves them all. Lives on one event loop; construct it there."""

    def __init__(self, recordings: Path, publish: Publish, index: SessionIndex, counts: Counts | None = None) -> None:
        self.recordings = recordings
        self.publish: Publish = publish
        self.index = index
        self.counts = counts or Counts()
        self.metrics = Metrics(self.counts)
        self.hub = Hub(self.counts)
        self.lines: dict[str, Line] = {}
        self.newcomers: list[Callable[[Line], None]] = []
        """Told of each machine that becomes known: those who watch all of them."""
        self.each_second: list[Callable[[int], None]] = []
        self.invalid: Callable[[str | None], bytes | None] = lambda _: None
        """What the intake says of a machine's invalid data of late."""
        self.paired: Callable[[str], bool] = lambda _: False
        """Whether a browser is paired as a machine's screen."""
        self.closed: list[Callable[[Path], None]] = []
        """Told of each recording whose session is over, when its result is computed as far as it can be."""
        self._closing = Closing(index, self.counts, self.closed)
        journal = Journal(recordings.parent / "stored.journal")
        self._storing = Storing(journal)
        for machine, ledgers in journal.ledgers().items():
            line = self.line(machine)
            if line is not None:
                line.ledgers |= {ledger.boot: ledger for ledger in ledgers}
        self._ticking: asyncio.TimerHandle | None = None
        self._ticked_ns = 0
        self._next_second_ns = 0
        self._said_ns: dict[str, int] = {}
        """By what failed, when it is said again."""
        viewers = Queue("viewer_messages", 0)
        self.metrics.queues.append(lambda: [self._closing.queue, *self._viewer_queue(viewers)])
        self.metrics.gauges |= {
            "machines": lambda: float(len(self.lines)),
            "clients": lambda: float(len(self.hub.viewers)),
            "samples_missing": lambda: float(sum(line.keeper.missing() for line in self.lines.values())),
            "samples_lost": lambda: float(sum(line.keeper.lost for line in self.lines.values())),
            "frames_slowdown": lambda: float(self.hub.watchdog.slowdown),
            "sessions_open": lambda: float(sum(line.running is not None for line in self.lines.values())),
        }

    def _viewer_queue(self, queue: Queue) -> list[Queue]:
        viewers = [viewer.queue for viewer in self.hub.viewers]
        queue.capacity = max((one.capacity for one in viewers), default=0)
        queue.peak = max([queue.peak, *(one.peak for one in viewers)])
        queue.dropped = self.counts.clients_slow
        return [queue]

    # Machines.

    def line(self, machine: str) -> Line | None:
        """A machine's line, new for one that was never seen; None where there are too many. The name has been checked."""
        line = self.lines.get(machine)
        if line is None and len(self.lines) < MOST_MACHINES:
            line = self.lines[machine] = Line(machine, self)
            for tell in self.newcomers:
                tell(line)
        return line

    def known(self, machine: str) -> Line:
        """A machine's line. Raises UnknownMachine."""
        try:
            return self.lines[machine]
        except KeyError:
            raise UnknownMachine(f"{machine} was never seen here") from None

    def names(self) -> list[str]:
        """All machines known, in order."""
        return sorted(self.lines)

    def describe(self, machine: str) -> dict[str, Any]:
        """`{machine, feed, plan, session}` (contract 6). Raises UnknownMachine."""
        line = self.known(machine)
        return {"machine": machine, "feed": line.feed, "plan": line.plan, "session": line.running.session if line.running else None}

    async def put_plan(self, machine: str, plan: Plan, *, alone: bool = False) -> Plan:
        """Gives a machine a plan and opens its session; the plan as taken.

        Raises BeyondStops, SetRunning, StorageFull, UnknownMachine (too many).

        `alone`: also PatientElsewhere, where a session of the same alias is open at another machine.
        """
        line = self.line(machine)
        if line is None:
            raise UnknownMachine(f"{machine}: there are {MOST_MACHINES} machines already")
        await line.ready.wait()
        travel.check(machine, plan, line.presence.status)
        if alone:
            check_alone(machine, plan.label, line.all_lines)
        return line.put_plan(plan, monotonic_ns())

    async def remove_plan(self, machine: str) -> None:
        """Takes it away; ends set and session. Raises UnknownMachine."""
        line = self.known(machine)
        await line.ready.wait()
        line.remove_plan()

    async def act(self, machine: str, verb: Verb, action: str, reason: str | None = None, confirmed: Confirmation | None = None) -> None:
        """Does `verb` once for each `action` id. Raises UnknownMachine and as `Orders.act`."""
        line = self.known(machine)
        await line.ready.wait()
        line.orders.act(verb, action, reason, monotonic_ns(), confirmed)

    async def tell(self, machine: str, action: str, session: str | None, kind: str, **fields: Any) -> None:
        """What was told of a session, into its recording. Raises UnknownMachine, NoSession, NotRecorded."""
        line = self.known(machine)
        await line.ready.wait()
        line.answers.tell(action, session, kind, **fields)

    async def events(self, session: str, after: int = 0) -> list[bytes]:
        """The events (JSON) after a number, of a session that is open or was lately. Raises NoSession."""
        for line in self.lines.values():
            if session in line.history:
                return await line.history.since(session, after, alone=True)
        raise NoSession(f"no session {session} is open")

    # What lines ask for.

    def send(self, machine: str, leaf: Leaf, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """A message of a machine to the broker."""
        self.publish(topic(machine, leaf), payload, qos, retain)

    def say_to_all(self, text: bytes) -> None:
        """A message to everybody who watches every machine."""
        for viewer in self.hub.everywhere:
            viewer.say(text)

    def folder(self, machine: str) -> Path:
        """Where its recordings lie."""
        return self.recordings / machine

    def free_session(self, wanted: str | None) -> str:
        """The id wanted, unless it can't name a file or a session of any machine has it already; then, or for None, a new one."""
        return wanted if wanted and is_safe_id(wanted) and not self._has_session(wanted) else new_id()

    def _has_session(self, session: str) -> bool:
        """Whether one is open, or has its recording here; what can't be read has none, as far as anybody knows."""
        if any(record.session == session for line in self.lines.values() for record in line.records):
            return True
        with suppress(OSError):
            for folder in self.recordings.glob("*/*"):
                with suppress(OSError):
                    if any((folder / f"{session}.mcap{end}").exists() for end in ("", ".part")):
                        return True
        return False

    def opened(self, running: Running) -> None:
        """Lists a session from its beginning on; without `ended_utc` until it has ended."""
        self._closing.list_open(running, self.folder(running.machine))

    def finish(self, line: Line, record: Record, completeness: dict[str, int], reason: str) -> None:
        """Ends a recording, all of whose samples the journal knows, in the background."""

        def done() -> None:
            if record.durable:
                line.history.stored(record.session, line.history.last(record.session), keep=0)

        self._closing.start(record, completeness, reason, done)

    def finalise(self, path: Path) -> None:
        """Computes a finished recording's result once more, in the background, when it is its turn."""
        self._closing.finalise(path)

    def database(self) -> bool:
        """False while the index can't be written: rows wait (robustness F19)."""
        return self.index.healthy

    # Time.

    def start(self) -> None:
        """Begin to keep time."""
        self._ticked_ns = monotonic_ns()
        self._due_at = self.hub.loop.time() + TICK_S
        self._ticking = self.hub.loop.call_at(self._due_at, self._tick)

    @property
    def keeps_time(self) -> bool:
        """Whether the timer goes: without it no sample is called stored, no feed state told, no session ended."""
        return monotonic_ns() - self._ticked_ns < STANDS_NS

    async def close(self) -> None:
        """End every session and wait for the recordings."""
        if self._ticking is not None:
            self._ticking.cancel()
        lines = list(self.lines.values())
        for line in lines:
            line.close()
            await line.settling.settled()
        await self._storing.store(lines)
        for line in lines:
            line.settling.close()
        await self._closing.close()
        await self._storing.close()

    def _tick(self) -> None:
        loop, now_ns = self.hub.loop, monotonic_ns()
        self._ticked_ns = now_ns
        try:
            lag_s = max(loop.time() - self._due_at, 0.0)
            self.counts.loop_lag.add(lag_s)
            self.hub.watchdog.ticked(lag_s, now_ns)
            for line in self.lines.values():
                self._do(line.machine, line.tick, now_ns)
            self._do("deadlines", self.hub.check_deadlines, now_ns)
            self._do("storing", self._store, now_ns)
            if now_ns >= self._next_second_ns:
                self._next_second_ns = now_ns + 1_000_000_000
                for line in self.lines.values():
                    self._do(line.machine, line.each_second, now_ns)
                for tell in self.each_second:
                    self._do("each second", tell, time.time_ns())
        finally:
            self._due_at = max(self._due_at + TICK_S, loop.time())
            self._ticking = loop.call_at(self._due_at, self._tick)

    def _store(self, now_ns: int) -> None:
        if self._storing.busy:
            return
        due = [line for line in self.lines.values() if self._do(line.machine, line.due_to_store, now_ns)]
        if due:
            self._storing.start(due)

    def _do(self, what: str, call: Callable[[int], object], now_ns: int) -> bool:
        """Something that time brings; whether it says yes. One machine's trouble is never another's."""
        try:
            return bool(call(now_ns))
        except Exception:
            self.counts.timer_faults += 1
            failed_ns = monotonic_ns()
            if failed_ns >= self._said_ns.get(what, 0):
                self._said_ns[what] = failed_ns + SAID_AGAIN_NS
                log.exception("what time brings could not be done", what=what)
            return False
