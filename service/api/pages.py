"""What a browser opens: the dashboard's pages and files, and the sign-in page (one-time link, or a token)."""

import asyncio
import contextlib
import gzip
import html
import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from service.api import bodies
from service.api.access import Needs, TheStation, give_cookie
from service.api.front import GUIDE_HEADERS
from service.api.problems import Problem
from service.api.sessions import listed, recording_of
from service.security import Action, Role
from service.security.gate import COOKIE_LIFE_S
from service.station import Station

WEB = Path(__file__).parent.parent / "web"
"""The built dashboard (`npm run build` in dashboard/); part of the wheel."""

START = "/wall"
_OWN_PATH = re.compile(r"/(?:[A-Za-z0-9_-][A-Za-z0-9_./=&?%-]*)?")
_HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.\w+$")
_PACKED = frozenset({".js", ".css", ".html", ".svg", ".json", ".webmanifest", ".txt"})
_FOREVER = "public, max-age=31536000, immutable"

_ENTER = {
    "ask": {
        "en": "Open the one-time link that was printed when Ilex was started, or paste a token.",
        "de": "Öffnen Sie den Einmal-Link, der beim Start von Ilex ausgegeben wurde, oder fügen Sie ein Token ein.",
    },
    "token": {
        "en": "This token does not count here: it is not from this service, or has expired.",
        "de": "Dieses Token gilt hier nicht: Es ist nicht von diesem Dienst oder ist abgelaufen.",
    },
    "link": {
        "en": "This link has been used, or its time is over. Start Ilex again for a new one, or paste a token.",
        "de": "Dieser Link wurde schon benutzt oder ist abgelaufen. Starten Sie Ilex neu für einen neuen, oder fügen Sie ein Token ein.",
    },
    "sign in": {"en": "Sign in", "de": "Anmelden"},
    "made": {
        "en": "A token is made on the computer that Ilex runs on:",
        "de": "Ein Token erzeugen Sie auf dem Rechner, auf dem Ilex läuft:",
    },
}
"""What the sign-in page says: it comes before the dashboard and its catalogues."""

router = APIRouter(include_in_schema=False)
Anyone = Depends(Needs(Action.OPEN))


@router.get("/", dependencies=[Anyone])
async def root() -> Response:
    """The wall is where everybody begins."""
    return RedirectResponse(START, 303)


@router.get("/screen", dependencies=[Anyone])
@router.get("/screen/{site}/{machine}", dependencies=[Anyone])
async def screen() -> Response:
    """A patient's screen. A browser that nobody knows is paired there, by a code (decision 0176); the page itself holds nothing."""
    return _dashboard({})


@router.get("/wall", dependencies=[Anyone])
@router.get("/machines/{site}/{machine}", dependencies=[Anyone])
@router.get("/sessions", dependencies=[Anyone])
@router.get("/sessions/{session}", dependencies=[Anyone])
async def page(station: TheStation, request: Request) -> Response:
    """The dashboard; who is not signed in is asked to first, and a screen of one machine is led back to it (C10)."""
    identity = station.gate.identify(request.scope)
    if identity is None:
        return RedirectResponse(f"/enter?to={request.url.path}", 303)
    if identity.machine is not None and identity.role is Role.SCREEN:
        return RedirectResponse(f"/screen/{identity.machine}", 303)
    return _dashboard({})


@router.get("/sessions/{session}/replay", dependencies=[Anyone])
async def replay_page(station: TheStation, request: Request, session: str) -> Response:
    """The bench of a session, whose signals are made while the browser loads the page that will ask for them."""
    response = await page(station, request)
    if response.status_code == HTTPStatus.OK:
        response.background = BackgroundTask(_expect, station, session)
    return response


async def _expect(station: Station, session: str) -> None:
    # What is wrong with the session the page hears when it asks.
    with contextlib.suppress(Problem):
        row = await listed(station, session)
        if row.ended_utc is not None:
            station.shelf.prepare(recording_of(row), expected=True)


@router.get("/styleguide", dependencies=[Anyone])
async def guide() -> Response:
    """Every state of every screen, from sessions that come with the dashboard: nothing to sign in for."""
    return _dashboard(GUIDE_HEADERS)


@router.get("/enter", dependencies=[Anyone])
async def enter_page(request: Request, to: Annotated[str, Query()] = START) -> Response:
    """Asks for a token."""
    return _enter_page(request, "ask", to, 200)


@router.post("/enter", dependencies=[Anyone])
async def enter_by_token(station: TheStation, request: Request) -> Response:
    """A token for a session cookie. Only from our own page: nobody is signed in by a foreign one."""
    if not station.gate.own_origin(request.scope):
        raise Problem("not-allowed", "Sign in from Ilex' own page.")
    fields = parse_qs((await bodies.read(request)).decode("utf-8", "replace"))
    to = fields.get("to", [START])[0]
    cookie = station.gate.exchange(fields.get("token", [""])[0].strip())
    if cookie is None:
        return _enter_page(request, "token", to, 403)
    return _signed_in(station, request, cookie, to)


@router.get("/enter/{code}", dependencies=[Anyone])
async def enter_by_link(station: TheStation, request: Request, code: str, to: Annotated[str, Query()] = START) -> Response:
    """The one-time link for a session cookie, then on to `to` (one of our own paths)."""
    cookie = station.gate.redeem(code)
    if cookie is not None:
        return _signed_in(station, request, cookie, to)
    if station.gate.identify(request.scope) is not None:  # the same person, coming back to the same link
        return RedirectResponse(own_path(to), 303)
    return _enter_page(request, "link", to, 403)


@router.get("/assets/{path:path}", dependencies=[Anyone])
@router.get("/{path}", dependencies=[Anyone])
async def file(request: Request) -> Response:
    """A file of the dashboard, packed for who takes it. Names with a hash in them never change, so browsers keep them."""
    found = _inside(request.url.path.lstrip("/"))
    if found is None:
        raise Problem("not-found", "See /wall for the screens and /api/v1/openapi.json for the interface.")
    headers = {"cache-control": _FOREVER if _HASHED.search(found.name) else "no-cache", "vary": "accept-encoding"}
    media_type = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    if found.suffix in _PACKED and "gzip" in request.headers.get("accept-encoding", ""):
        content = await asyncio.to_thread(_packed, found, found.stat().st_mtime_ns)
        return Response(content, media_type=media_type, headers=headers | {"content-encoding": "gzip"})
    return FileResponse(found, media_type=media_type, headers=headers)


def _dashboard(headers: Mapping[str, str]) -> Response:
    index = WEB / "index.html"
    if not index.is_file():
        return _plain("Ilex", "<p>The dashboard is not built: run <code>scripts/setup</code> in the checkout.</p>")
    return FileResponse(index, media_type="text/html", headers={"cache-control": "no-cache", **headers})


@lru_cache(maxsize=64)
def _packed(path: Path, mtime_ns: int) -> bytes:
    """The file as gzip; kept, `mtime_ns` tells a rebuilt one from the old."""
    del mtime_ns
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def own_path(to: str) -> str:
    """`to` where it is a path of ours, else the wall: nobody is sent elsewhere from here."""
    return to if _OWN_PATH.fullmatch(to) else START


def _inside(path: str) -> Path | None:
    """The file of that path below WEB; None where there is none, also for paths and links that lead outside."""
    if "\\" in path or "\x00" in path or any(part.startswith(".") for part in path.split("/")):
        return None
    found = (WEB / path).resolve()
    return found if found.is_file() and found.is_relative_to(WEB.resolve()) and found.name != "index.html" else None


def _signed_in(station: Station, request: Request, cookie: str, to: str) -> Response:
    response = RedirectResponse(own_path(to), 303)
    give_cookie(station, request, response, cookie, COOKIE_LIFE_S)
    return response


def _enter_page(request: Request, why: str, to: str, status: int) -> Response:
    language = _language(request)
    words = {name: html.escape(text[language]) for name, text in _ENTER.items()}
    return _plain(
        "Ilex",
        f"""<p>{words[why]}</p>
<form method="post" action="/enter">
<p><label>Token<input name="token" type="password" autocomplete="current-password" required></label></p>
<input name="to" type="hidden" value="{html.escape(own_path(to), quote=True)}">
<p><button>{words["sign in"]}</button></p>
</form>
<p>{words["made"]}<br><code>ilex token --role therapist</code></p>""",
        status,
        language,
    )


def _language(request: Request) -> str:
    """Of the two that Ilex speaks, the one that the browser names first."""
    wanted = re.findall(r"(?:^|,)\s*(de|en)\b", request.headers.get("accept-language", ""), re.IGNORECASE)
    return wanted[0].lower() if wanted else "en"


def _plain(title: str, body: str, status: int = 200, language: str = "en") -> Response:
    """A page that needs no script, in the dashboard's own style where that is built."""
    return HTMLResponse(
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="/icon.svg">{_stylesheets()}'
        f'<title>{title}</title></head><body><main class="plain"><h1>{title}</h1>\n{body}\n</main></body></html>\n',
        status,
    )


def _stylesheets() -> str:
    try:
        return "".join(re.findall(r'<link[^>]*rel="stylesheet"[^>]*>', (WEB / "index.html").read_text()))
    except OSError:
        return ""
