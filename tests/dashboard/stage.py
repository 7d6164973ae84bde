"""A stand-in for the service: serves the built dashboard under the service's own headers, and plays a live feed that tests direct."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from service.analysis.cue import Cue
from service.api.front import GUIDE_HEADERS, SECURITY_HEADERS
from wire.events import Event, RepetitionCompleted, SetEnded
from wire.live import ClockPair, CueState, Feed, Frame, Hello, Pong, Snapshot, Trace, event_text
from wire.plan import Plan, Range, Tempo

WEB = Path(__file__).parents[2] / "service" / "web"
PLAN = Plan(session="s1", range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), load_nm=100.0, label="Blau 7")
BATCH_S = 0.02
SESSIONS_A_PAGE = 20
DEVICE_AHEAD_NS = 123_456_789_000
"""The devices' clock is not the server's."""


def device_ns() -> int:
    """The devices' clock, now."""
    return time.monotonic_ns() + DEVICE_AHEAD_NS


def ended(reason: Any, *, full: int, short: int = 0) -> SetEnded:
    """The end of set 1, after two minutes and five seconds."""
    return SetEnded(
        id=9, set=1, at_s=0, known_s=0, reason=reason, full=full, short=short, partial=0, attempt=0, duration_s=125.0, work_j=None,
        time_under_tension_s=None,
    )  # fmt: skip


def repetition_completed(number: int) -> RepetitionCompleted:
    """A whole repetition as prescribed."""
    return RepetitionCompleted(
        id=0, set=1, at_s=0, known_s=0, repetition=number, extent="full", extension_start_s=0, hold_start_s=4, flexion_start_s=6, end_s=9,
        flexed_deg=60, extended_deg=6, range_deg=54, extension_s=4, hold_s=2, flexion_s=3, turn_s=1, peak_torque_nm=110,
        mean_torque_nm=100, work_j=90, time_in_band=0.95, rmse_deg=1, flags=[],
    )  # fmt: skip


@dataclass
class Actor:
    """One machine of the stage: what its next snapshot says, and what it samples."""

    name: str
    plan: Plan | None = PLAN
    session: str | None = "s1"
    set: int | None = None
    phase: Any = None
    repetition: int | None = None
    repetitions: list[RepetitionCompleted] = field(default_factory=list)
    cue: CueState = field(default_factory=lambda: CueState(origin_ns=None, running=False))
    happened: list[Event] = field(default_factory=list)
    """The session's events so far, ids from 1 on."""
    feed: Any = "live"
    sampling: bool = True
    angle_deg: Callable[[int], float | None] | None = None
    """The angle at a device time; by default the patient follows the cue."""
    last_ns: int = 0
    behind_ns: int = 0
    """The service sends samples so old, and says so."""
    stopped_ns: int | None = None
    """It sends this one sample again and again, and calls it new."""

    def angle_at(self, t_ns: int) -> float | None:
        if self.angle_deg is not None:
            return self.angle_deg(t_ns)
        cue_deg = self.cue_at(t_ns)
        return 60.0 if cue_deg is None else cue_deg

    def cue_at(self, t_ns: int) -> float | None:
        if self.plan is None or self.cue.origin_ns is None or not self.cue.running:
            return None
        return Cue(self.plan).angle_deg((t_ns - self.cue.origin_ns) * 1e-9, repeat=True)

    def run(self, since_s: float) -> "Actor":
        """A running set whose cue began so long ago (negative = a countdown)."""
        self.set = 1 if since_s >= 0 else None
        self.cue = CueState(origin_ns=device_ns() - round(since_s * 1e9), running=True)
        return self

    def led(self) -> "Actor":
        """A set whose cue resumes in 4 s: a page opened now shows the whole countdown, without which it leads nobody (H06)."""
        self.run(-4.0).set = 1
        return self

    def record(self, event: Event) -> str:
        """The next event of the session, as the feed sends it."""
        self.happened.append(msgspec.structs.replace(event, id=len(self.happened) + 1, machine=self.name, session=self.session))
        if isinstance(event, RepetitionCompleted):
            self.repetitions = [*(done for done in self.repetitions if done.repetition < event.repetition), event]
        return event_text(self.happened[-1]).decode()

    def snapshot(self) -> Snapshot:
        return Snapshot(
            machine=self.name, plan=self.plan, session=self.session, set=self.set, phase=self.phase, repetition=self.repetition,
            repetitions=self.repetitions, last_event_id=len(self.happened), cue=self.cue, clock=ClockPair(None, time.monotonic_ns()),
        )  # fmt: skip

    def frame(self, now_ns: int) -> Frame:
        now_ns -= self.behind_ns
        again_ns, now_ns = self.stopped_ns, self.stopped_ns or now_ns
        self.last_ns = max(self.last_ns, now_ns - 200_000_000)
        times = list(range(self.last_ns + 10_000_000, now_ns + 1, 10_000_000)) or [now_ns]
        self.last_ns = times[-1]
        angles = [self.angle_at(t) for t in times]
        sent_ns = time.monotonic_ns()
        return Frame(
            machine=self.name, t_ns=times[-1], sent_ns=sent_ns,
            age_ms=0.0 if again_ns else (sent_ns + DEVICE_AHEAD_NS - times[-1]) / 1e6, angle_deg=angles[-1],
            torque_nm=90.0, speed_deg_s=0.0, phase=self.phase, repetition=self.repetition, cue_deg=self.cue_at(times[-1]),
            trace=Trace(times, angles, [90.0] * len(times)),
        )  # fmt: skip


class Stage:
    """Runs in a thread of its own on a free port. Everything here may be called from the test's thread."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}
        self.signed_in = True
        self.screen_of: str | None = None
        """The one machine whose screen the browser is by its pairing."""
        self.codes: dict[str, str] = {}
        """Machines by the pairing codes that are open."""
        self.screens: list[dict[str, Any]] = []
        """The paired screens, of whichever machine."""
        self.posts: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: dict[str, int] = {}
        self.last_time: int | None = None
        """The count of the last time, of whoever sits anywhere."""
        self.seen_utc: str | None = None
        """When he was here last."""
        self.problems: dict[str, dict[str, Any]] = {}
        """What goes with such an answer."""
        self.device: dict[str, Any] | None = None
        """What the machines' devices have said of themselves."""
        self.watches: list[dict[str, Any]] = []
        self.mute = False
        """The sockets stay open, and nothing is said on them: a line cut in the middle."""
        self.records: dict[str, dict[str, Any]] = {}
        """What the service knows of sessions, by id, newest first."""
        self.earlier: dict[str, list[dict[str, Any]]] = {}
        """By alias, what it did in its last sets to failure."""
        self.lines: dict[tuple[str, str], str] = {}
        """The events of a session and version, as JSON Lines."""
        self._clients: set[WebSocket] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._joining = asyncio.Lock()
        routes = [
            Route("/api/v1/machines", self._machines),
            Route("/api/v1/screen", self._here),
            Route("/api/v1/screen", self._pair, methods=["POST"]),
            Route("/api/v1/machines/{site}/{machine}/screens", self._screens),
            Route("/api/v1/machines/{site}/{machine}/code", self._code, methods=["POST"]),
            Route("/api/v1/machines/{site}/{machine}/screens/{screen}", self._part, methods=["DELETE"]),
            Route(
                "/api/v1/machines/{site}/{machine}/last-time", lambda _: JSONResponse({"count": self.last_time, "seen_utc": self.seen_utc})
            ),
            Route("/api/v1/machines/{site}/{machine}", self._machine),
            Route("/api/v1/machines/{site}/{machine}/{verb}", self._act, methods=["POST", "PUT", "DELETE"]),
            Route("/api/v1/earlier-sets", self._earlier),
            Route("/api/v1/sessions/{session}/labels", self._say, methods=["POST"]),
            Route("/api/v1/sessions/{session}/labels/{label}", self._withdraw, methods=["DELETE"]),
            Route("/api/v1/sessions", self._sessions),
            Route("/api/v1/sessions/{session}", self._session),
            Route("/api/v1/sessions/{session}/events", self._events),
            WebSocketRoute("/api/v1/live", self._live),
            Mount("/assets", StaticFiles(directory=WEB / "assets", check_dir=False)),
            Route("/icon.svg", lambda _: FileResponse(WEB / "icon.svg")),
            Route("/{path:path}", self._page),
        ]
        config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="error", ws="websockets-sansio", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until = time.monotonic() + 10
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    def actor(self, name: str = "clinic/one", **fields: Any) -> Actor:
        """A machine on the stage."""
        self.actors[name] = Actor(name, **fields)
        return self.actors[name]

    def tell(self, message: msgspec.Struct) -> None:
        """Says it to every page."""
        self.say(msgspec.json.encode(message).decode())

    def happen(self, event: Event, machine: str = "clinic/one") -> None:
        """An event of a machine's session, to every page; it gets the next id."""
        actor = self.actors[machine]
        actor.repetition = getattr(event, "repetition", actor.repetition)
        self.say(actor.record(event))

    def refresh(self, actor: Actor) -> None:
        """A machine's snapshot and feed, as after any change."""
        self.tell(actor.snapshot())
        self.tell(Feed(machine=actor.name, state=actor.feed))

    def drop(self, code: int) -> None:
        """Closes every page's connection."""
        self._do(lambda client: client.close(code))

    def say(self, text: str) -> None:
        """A message as it stands, to every page."""
        self._do(lambda client: client.send_text(text))

    def _do(self, what: Callable[[WebSocket], Coroutine[Any, Any, None]]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._to_all(what), self._loop).result(5)

    async def _to_all(self, what: Callable[[WebSocket], Coroutine[Any, Any, None]]) -> None:
        # Whoever is just being told where all stands hears what comes after that.
        async with self._joining:
            clients = list(self._clients)
        for client in clients:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await what(client)

    async def _page(self, request: Request) -> Response:
        own = GUIDE_HEADERS if request.path_params["path"] == "styleguide" else {}
        return FileResponse(WEB / "index.html", headers={**SECURITY_HEADERS, **own})

    async def _machines(self, _: Request) -> Response:
        return JSONResponse([], 200 if self.signed_in else 401)

    async def _earlier(self, request: Request) -> Response:
        return JSONResponse({"sets": self.earlier.get(request.query_params["label"], [])}, self.answers.get("earlier-sets", 200))

    async def _here(self, _: Request) -> Response:
        return JSONResponse({"machine": self.screen_of, "paired": self.screen_of is not None}, 200 if self.signed_in else 401)

    async def _pair(self, request: Request) -> Response:
        body = await request.json()
        if "screen" in self.answers:
            return JSONResponse(self.problems.get("screen", {}), self.answers["screen"])
        machine = self.codes.get(body["code"])
        if machine is None:
            return JSONResponse({"type": "/problems/unknown-code"}, 404)
        if body["machine"] not in (None, machine):
            return JSONResponse({"type": "/problems/code-of-another-machine", "machine": machine}, 409)
        del self.codes[body["code"]]
        self.signed_in, self.screen_of = True, machine
        self.screens.append({"id": f"screen-{len(self.screens)}", "paired_utc": "2026-01-15T09:33:00Z", "watching": True})
        return JSONResponse({"machine": machine, "paired": True})

    async def _screens(self, request: Request) -> Response:
        machine = f"{request.path_params['site']}/{request.path_params['machine']}"
        return JSONResponse({"screens": self.screens, "code_left_s": 299.0 if machine in self.codes.values() else None})

    async def _code(self, request: Request) -> Response:
        machine = f"{request.path_params['site']}/{request.path_params['machine']}"
        if "code" in self.answers:
            return JSONResponse(self.problems.get("code", {}), self.answers["code"])
        code = f"K7M3P{2 + len(self.posts) % 8}"
        self.posts.append(("code", machine, {}))
        self.codes = {text: name for text, name in self.codes.items() if name != machine} | {code: machine}
        return JSONResponse({"machine": machine, "code": code, "lasts_s": 300.0})

    async def _part(self, request: Request) -> Response:
        self.screens = [one for one in self.screens if one["id"] != request.path_params["screen"]]
        return Response(status_code=204)

    async def _machine(self, _: Request) -> Response:
        return JSONResponse({"device": self.device})

    async def _act(self, request: Request) -> Response:
        verb = request.path_params["verb"]
        body = await request.json() if await request.body() else {}
        self.posts.append((verb, f"{request.path_params['site']}/{request.path_params['machine']}", body))
        return JSONResponse(self.problems.get(verb, {}), self.answers.get(verb, 200))

    async def _say(self, request: Request) -> Response:
        record = self.records[request.path_params["session"]]
        if "labels" in self.answers:
            return JSONResponse(self.problems.get("labels", {}), self.answers["labels"])
        record.setdefault("labels", []).append(await request.json() | {"made_utc": "2026-01-15T09:33:00Z", "by": "therapist"})
        return JSONResponse(record["labels"])

    async def _withdraw(self, request: Request) -> Response:
        record = self.records[request.path_params["session"]]
        record["labels"] = [one for one in record["labels"] if one["id"] != request.path_params["label"]]
        return JSONResponse(record["labels"])

    async def _sessions(self, request: Request) -> Response:
        items, first = list(self.records.values()), int(request.query_params.get("after", 0))
        following = str(first + SESSIONS_A_PAGE) if first + SESSIONS_A_PAGE < len(items) else None
        page = {"items": items[first : first + SESSIONS_A_PAGE], "next": following}
        return JSONResponse(page, 200 if self.signed_in else 401)

    async def _session(self, request: Request) -> Response:
        record = self.records.get(request.path_params["session"])
        return JSONResponse(record or {}, 404 if record is None else 200)

    async def _events(self, request: Request) -> Response:
        lines = self.lines.get((request.path_params["session"], request.query_params["version"]))
        if lines is None:
            return JSONResponse({"type": "/problems/no-such-version"}, 404)
        return Response(lines, media_type="application/jsonl")

    async def _live(self, socket: WebSocket) -> None:
        self._loop = asyncio.get_running_loop()
        await socket.accept()
        await socket.send_text(msgspec.json.encode(Hello(protocol=1, server_ns=time.monotonic_ns())).decode())
        sampling: asyncio.Task[None] | None = None
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                order = await socket.receive_json()
                if self.mute:
                    continue
                if order["type"] == "ping":
                    await socket.send_text(msgspec.json.encode(Pong(id=order["id"], server_ns=time.monotonic_ns())).decode())
                    continue
                wanted = list(self.actors) if order["machines"] == "*" else order["machines"]
                if any(name not in self.actors for name in wanted):
                    self.watches.append(order)
                    await socket.close(1008)
                    return
                async with self._joining:
                    self.watches.append(order)
                    for name in wanted:
                        actor = self.actors[name]
                        resume = order["resume"].get(name)
                        for event in actor.happened[resume["id"] :] if resume else []:
                            await socket.send_text(event_text(event).decode())
                        await socket.send_text(msgspec.json.encode(actor.snapshot()).decode())
                        await socket.send_text(msgspec.json.encode(Feed(machine=name, state=actor.feed)).decode())
                    self._clients.add(socket)
                if sampling is not None:
                    sampling.cancel()
                sampling = asyncio.create_task(self._sample(socket, wanted))
        self._clients.discard(socket)
        if sampling is not None:
            sampling.cancel()

    async def _sample(self, socket: WebSocket, names: list[str]) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                for name in names:
                    actor = self.actors[name]
                    if actor.sampling and not self.mute:
                        await socket.send_text(msgspec.json.encode(actor.frame(device_ns())).decode())
                await asyncio.sleep(BATCH_S)
