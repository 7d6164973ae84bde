"""The front door, outside everything else: live sockets go straight to their gateway, every answer carries its security headers.

Plain ASGI, because each layer around a socket costs every frame (limits.md 5).
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import Problem, document
from service.security.gate import header
from service.station import Station

LIVE = "/api/v1/live"
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: browsers then send `Origin: null` with a form, and our own sign-in page could not be told from a foreign one.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer (robustness-and-screens C13). No script or style inside a page."""
_POLICY = SECURITY_HEADERS["content-security-policy"].replace("frame-ancestors 'none'", "frame-ancestors 'self'; frame-src 'self'")
GUIDE_HEADERS: Mapping[str, str] = {"content-security-policy": _POLICY, "x-frame-options": "SAMEORIGIN"}
"""In their place on the style guide, which shows itself in small: it holds nobody's data and can do nothing (decision 0181)."""


class Front:
    """Middleware around the application.

    `names`: the host names that it answers to beside this computer's own, None = any. They are given where only this computer can
    connect: so a foreign page can't reach the service under a name of its own (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, station: Station, names: frozenset[str] | None) -> None:
        self._app = app
        self._station = station
        self._names = None if names is None else names | _LOCAL_NAMES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif not self._answers_to(scope):
            await self._refuse(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == LIVE:
            await self._station.gateway(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, _with_headers(send))

    def _answers_to(self, scope: Scope) -> bool:
        if self._names is None:
            return True
        host = header(scope, b"host") or ""
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return name in self._names

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await document(Problem("wrong-host", "It listens for this computer alone; see --origin."))(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sender
