"""The live feed's WebSocket (contract 5) as a plain ASGI application: FastAPI's own class costs 60 % more a frame (limits.md 5)."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from service import recordings
from service.live.floor import Floor
from service.live.socket import HANG_UP, WRITE
from service.live.viewer import Ending, Viewer, Write
from service.security import Action, Identity, Role
from service.store import StoreGoneError
from wire import encoding
from wire.live import PROTOCOL, ErrorMessage, Feed, FromClient, Hello, Ping, Pong, Resume, Watch, live_text
from wire.recorded import RecordedError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from service.live.line import Line

MOST_INBOUND_BYTES = 4096
"""Of a message; a `watch` may be as long as the connection takes (64 KiB): it names each machine twice."""
GOODBYE_S = 1.0
RESTART = Ending(1012, "restart", "the service restarts; come again and resume")
FAILED = Ending(1011, "failed", "the service failed at this; come again and resume")

log = structlog.get_logger()

_decoder = msgspec.json.Decoder(FromClient)

Identify = Callable[[Any], Identity | None]
May = Callable[[Identity | None, Action, str | None], bool]


class Gateway:
    """Who is let in is decided before the handshake is accepted; who is let go is told why, as far as it listens."""

    def __init__(self, floor: Floor, identify: Identify, may: May) -> None:
        self._floor = floor
        self._identify = identify
        self._may = may
        self._visits: set[_Visit] = set()
        self._closing = False

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """ASGI, scope `websocket`."""
        assert scope["type"] == "websocket"
        await receive()
        identity = self._identify(scope)
        if not self._may(identity, Action.WATCH, None):
            self._floor.counts.clients_refused += 1
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.accept"})
        if self._closing:
            await _goodbye(scope, send, RESTART)
            return
        self._floor.counts.clients_accepted += 1
        staff = identity is not None and identity.role is not Role.SCREEN
        viewer = Viewer(_writer(scope, send), self._floor.counts, staff=staff, pairing=identity.pairing if identity is not None else None)
        visit = _Visit(self._floor, lambda machine: self._may(identity, Action.WATCH, machine), viewer)
        self._visits.add(visit)
        try:
            await visit.run(receive)
        finally:
            self._visits.discard(visit)
            visit.leave()
        if visit.viewer.ended.done():
            await _goodbye(scope, send, visit.viewer.ended.result())

    async def close(self) -> None:
        """Let everybody go with 1012."""
        self._closing = True
        for visit in self._visits:
            visit.viewer.end(RESTART)
        for _ in range(100):
            if not self._visits:
                return
            await asyncio.sleep(0.01)


class _Visit:
    """One client from accept to close."""

    def __init__(self, floor: Floor, may: Callable[[str], bool], viewer: Viewer) -> None:
        self._floor = floor
        self._may = may
        self.viewer = viewer
        self._watching: dict[str, Line] = {}
        self._entering: set[asyncio.Task[None]] = set()
        """Machines whose session is being taken up again after a restart, to be watched from then on."""
        self._all = False
        self._rate_hz = 30.0

    async def run(self, receive: "Receive") -> None:
        """Until the client leaves or is let go."""
        self.viewer.say(encoding.encode(Hello(protocol=PROTOCOL, server_ns=monotonic_ns())))
        self._floor.newcomers.append(self._newcomer)
        self._floor.hub.viewers.add(self.viewer)
        tasks: list[asyncio.Future[Any]] = [asyncio.create_task(self._read(receive)), asyncio.create_task(self.viewer.run())]
        try:
            await asyncio.wait({*tasks, self.viewer.ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes: list[object] = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, OSError):
                raise outcome

    def leave(self) -> None:
        """Nothing more for this client."""
        self._watch_nothing()
        self._floor.newcomers.remove(self._newcomer)
        self._floor.hub.viewers.discard(self.viewer)
        self._floor.hub.everywhere.discard(self.viewer)

    async def _read(self, receive: "Receive") -> None:
        while not self.viewer.ended.done():
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            self.viewer.heard_ns = monotonic_ns()
            text = message.get("text")
            data = text.encode() if text is not None else message.get("bytes") or b""
            order: Watch | Ping | Exception
            try:
                order = _decoder.decode(data)
            except (ValueError, RecursionError) as error:
                order = error
            if len(data) > MOST_INBOUND_BYTES and not isinstance(order, Watch):
                words = f"a message other than watch holds at most {MOST_INBOUND_BYTES} bytes, this one {len(data)}"
                self.viewer.end(Ending(1009, "too_long", words))
                return
            if isinstance(order, Exception):
                self.viewer.end(Ending(1007, "not_understood", f"expected watch or ping (contract 5): {order}"))
                return
            if isinstance(order, Ping):
                self.viewer.say(encoding.encode(Pong(id=order.id, server_ns=monotonic_ns())))
            else:
                await self._watch(order)

    async def _watch(self, watch: Watch) -> None:
        floor, viewer = self._floor, self.viewer
        if not watch.rate_hz > 0:
            viewer.end(Ending(1007, "not_understood", f"/rate_hz: expected more than 0, got {watch.rate_hz}"))
            return
        if watch.machines == "*":
            names = [name for name in floor.names() if self._may(name)]
        else:
            names = list(dict.fromkeys(watch.machines))
            for name in names:
                if name not in floor.lines or not self._may(name):
                    viewer.end(Ending(1008, "unknown_machine", f"{name[:200]} is not known here, or not yours to watch"))
                    return
        self._watch_nothing()
        self._rate_hz = watch.rate_hz
        self._all = watch.machines == "*"
        if self._all:
            floor.hub.everywhere.add(viewer)
            note = floor.invalid(None)
            if note:
                viewer.say(note)
        there = []
        for line in (floor.lines[name] for name in names):
            if line.ready.is_set():
                there.append(line)
                continue
            task = asyncio.create_task(self._enter(line, watch.resume.get(line.machine)), name=f"watch {line.machine}")
            self._entering.add(task)
            task.add_done_callback(self._entered)
        for line in there:
            await self._enter(line, watch.resume.get(line.machine))

    async def _enter(self, line: "Line", resume: Resume | None) -> None:
        """What this client has missed of a machine, then what comes; once the session that ran before a restart is the machine's again."""
        await line.ready.wait()
        missed = await self._missed(line, resume) if resume is not None else []
        # Nothing waits from here on, so no event falls between what is held and what comes.
        self._join(line, missed)

    def _entered(self, task: asyncio.Task[None]) -> None:
        self._entering.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a client could not be given what it missed", task=task.get_name(), exc_info=error)
            self.viewer.end(FAILED)

    def _join(self, line: "Line", missed: list[bytes]) -> None:
        viewer = self.viewer
        pressed = line.orders.standing()
        if pressed is not None:
            viewer.say(pressed)
        if missed:
            viewer.replay(missed)
        viewer.say(line.snapshot())
        viewer.say(encoding.encode(Feed(machine=line.machine, state=line.feed)))
        for text in (line.keeper.current(), line.answers.current(monotonic_ns()), line.beside.current()) if viewer.staff else ():
            if text is not None:
                viewer.say(text)
        note = self._floor.invalid(line.machine)
        if note:
            viewer.say(note)
        self._watching[line.machine] = line
        self._floor.hub.attach(viewer, line.channel, self._rate_hz)

    async def _missed(self, line: "Line", resume: Resume) -> list[bytes]:
        """The rest of the session named, then every later one's."""
        known = resume.session is not None and resume.session in line.history
        found = [] if known else await self._forgotten(line, resume)
        found += await line.history.since(resume.session if known else None, resume.id)
        return [live_text(text) for text in found]

    async def _forgotten(self, line: "Line", resume: Resume) -> list[bytes]:
        """Events of sessions from before those that the line remembers."""
        try:
            rows, _ = await self._floor.index.list(machine=line.machine, limit=200)
        except StoreGoneError:  # the live feed needs no database (robustness F19)
            return []
        rows = sorted((row for row in rows if row.session not in line.history), key=lambda row: row.started_utc)
        at = next((number for number, row in enumerate(rows) if row.session == resume.session), None)
        found: list[bytes] = []
        for row in rows[at:] if at is not None else []:
            after = resume.id if row.session == resume.session else 0
            with contextlib.suppress(RecordedError):  # one that can't be read has none
                found += await asyncio.to_thread(recordings.events_after, Path(row.path), after)
        return found

    def _newcomer(self, line: "Line") -> None:
        if self._all and line.machine not in self._watching and self._may(line.machine):
            self._join(line, [])

    def _watch_nothing(self) -> None:
        for task in self._entering:
            task.cancel()
        self._entering.clear()
        for line in self._watching.values():
            self._floor.hub.detach(self.viewer, line.channel)
            line.beside.left(self.viewer)
        self._watching.clear()
        self._floor.hub.everywhere.discard(self.viewer)
        self._all = False
        self.viewer.forget_frames()


def _writer(scope: "Scope", send: "Send") -> Write:
    """How to write to this client: many messages at once where our own socket serves, else one by one as any ASGI server can."""
    at_once: Write | None = scope.get("extensions", {}).get(WRITE)

    async def one_by_one(texts: list[bytes]) -> None:
        for text in texts:
            await send({"type": "websocket.send", "text": text.decode()})

    return at_once or one_by_one


async def _goodbye(scope: "Scope", send: "Send", ending: Ending) -> None:
    """The reason, then the close; a client that does not read is hung up on."""
    hang_up = scope.get("extensions", {}).get(HANG_UP)
    error = encoding.encode(ErrorMessage(code=ending.code, message=ending.message)).decode()
    try:
        async with asyncio.timeout(0 if ending.code == "too_slow" and hang_up else GOODBYE_S):
            await send({"type": "websocket.send", "text": error})
            await send({"type": "websocket.close", "code": ending.close, "reason": ending.code})
    except TimeoutError:
        if hang_up is not None:
            hang_up(ending.close, ending.code)
    except OSError:
        pass  # gone already
