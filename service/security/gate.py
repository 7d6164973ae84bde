"""The gate: who is asking, and may they. Asked by every route and, before the handshake, by every socket."""

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import cookie_parser

from service.security.codes import Codes, Tries
from service.security.ledger import Ledger
from service.security.links import Links
from service.security.loans import Loans
from service.security.roles import Action, Identity, Role, may
from service.security.screens import Screen, Screens
from service.security.tokens import Claims, SecretKey

COOKIE_LIFE_S = 12 * 3600
"""Of a browser that nobody uses (robustness-and-screens C11); a page that is open is given a fresh cookie in time."""
_STAFF_AGE_S = 3 * 3600
"""So old a cookie of staff is exchanged for a fresh one."""
STAFF_LIFE_S = 30 * 24 * 3600
"""After so long somebody signs in anew, however much the browser was used (decision 0249)."""
SCREEN_LIFE_S = 30 * 24 * 3600
"""Of a paired screen's cookie (C10); one that is in use is given a fresh one in time."""
_SCREEN_AGE_S = 24 * 3600
"""So old its cookie is exchanged for a fresh one."""
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DAY_S = 24 * 3600

Scope = Mapping[str, Any]


class Gate:
    """Tokens, cookies and one-time links of one data directory.

    `origins` are allowed beside the service's own (behind a proxy that changes the host). `now_s` is Unix time.
    Raises SecretKeyError where `DATA/secret.key` can't be used.
    """

    def __init__(self, data: Path, *, origins: Collection[str] = (), now_s: Callable[[], float] = time.time) -> None:
        self._key = SecretKey(data)
        self._ledger = Ledger(data)
        self._links = Links()
        self.loans = Loans()
        self.codes = Codes()
        self.tries = Tries()
        self.screens = Screens(data / "screens.json")
        self._origins = frozenset(origins)
        self._now_s = now_s
        self.cookie_name = f"ilex_{self._key.label}"

    def identify(self, scope: Scope) -> Identity | None:
        """Who sends this request or opens this socket (ASGI scope); None where nobody is known.

        A bearer token stands alone. A cookie counts only together with an allowed `Origin` for every WebSocket and
        every unsafe method: browsers send cookies along with what foreign pages ask for (C03, C12).
        """
        authorization = header(scope, b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            return self._holder(token.strip()) if scheme.lower() == "bearer" else None
        claims = self._cookie(scope)
        if claims is None:
            return None
        harmless = scope["type"] == "http" and scope["method"] in _SAFE_METHODS
        return claims.identity if harmless or self.own_origin(scope) else None

    def may(self, identity: Identity | None, action: str, machine: str | None = None) -> bool:
        """True where the policy allows it; an action without a name in the policy is refused."""
        try:
            return may(identity, Action(action), machine)
        except ValueError:
            return False

    def own_origin(self, scope: Scope) -> bool:
        """True where the request's `Origin` is the service itself, or one that the operator allowed."""
        origin = header(scope, b"origin")
        host = header(scope, b"host")
        if origin is None or host is None:
            return False
        scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        return origin == f"{scheme}://{host}" or origin in self._origins

    def issue(self, role: Role, *, days: int, name: str | None = None, machine: str | None = None) -> tuple[str, Claims]:
        """A bearer token for a program, and what it states. Listed in the ledger, without the token."""
        claims = self._claims(role, name or role, days * _DAY_S, machine)
        token = self._key.sign(claims, "bearer")
        self._ledger.add(claims)
        return token, claims

    def tokens_exist(self) -> bool:
        """True where a token that still counts was made: somebody could sign in from elsewhere."""
        return bool(self._ledger.valid(self._now_s()))

    def link(self) -> str:
        """A one-time code for the person who started the service on this computer."""
        return self._links.issue()

    def redeem(self, code: str) -> str | None:
        """The session cookie's value for a one-time code, or None. Whoever runs the service here owns its data: admin."""
        if not self._links.redeem(code):
            return None
        return self._staff_cookie(self._claims(Role.ADMIN, "console", STAFF_LIFE_S, None))

    def exchange(self, token: str) -> str | None:
        """The session cookie's value for a bearer token, never living or renewed beyond the token's end, or None."""
        claims = self._key.verify(token, "bearer", self._now_s())
        if claims is None:
            return None
        life_s = min(STAFF_LIFE_S, claims.expires - self._now_s())
        return self._staff_cookie(self._claims(claims.role, claims.name, life_s, claims.machine))

    def screen_cookie(self, screen: Screen) -> str:
        """The cookie's value for a browser that is paired."""
        return self._screen_cookie(screen.id, screen.machine)

    def renewed(self, scope: Scope) -> str | None:
        """A fresh value for a cookie that is in use and has become old; None for a younger one, and for everybody else."""
        claims = self._cookie(scope)
        if claims is None:
            return None
        left_s = claims.expires - self._now_s()
        if claims.pairing is not None and claims.machine is not None:
            return self._screen_cookie(claims.pairing, claims.machine) if left_s < SCREEN_LIFE_S - _SCREEN_AGE_S else None
        further = claims.until is not None and claims.until > claims.expires
        return self._staff_cookie(claims) if further and left_s < COOKIE_LIFE_S - _STAFF_AGE_S else None

    def _staff_cookie(self, claims: Claims) -> str:
        until = claims.expires if claims.until is None else claims.until
        expires = min(until, int(self._now_s() + COOKIE_LIFE_S))
        return self._key.sign(msgspec.structs.replace(claims, expires=expires, until=until), "cookie")

    def _screen_cookie(self, screen: str, machine: str) -> str:
        claims = self._claims(Role.SCREEN, f"screen {screen[:4]}", SCREEN_LIFE_S, machine)
        return self._key.sign(msgspec.structs.replace(claims, pairing=screen), "cookie")

    def _claims(self, role: Role, name: str, life_s: float, machine: str | None) -> Claims:
        return Claims(secrets.token_hex(8), role, name, int(self._now_s() + life_s), machine)

    def _holder(self, token: str) -> Identity | None:
        claims = self._key.verify(token, "bearer", self._now_s())
        return None if claims is None else claims.identity

    def _cookie(self, scope: Scope) -> Claims | None:
        """What a cookie states that counts: of a paired screen only while it is paired."""
        for value in self._cookies(scope):
            claims = self._key.verify(value, "cookie", self._now_s())
            if claims is not None:
                paired = claims.pairing is None or self.screens.holds(claims.pairing, claims.machine)
                return claims if paired else None
        return None

    def _cookies(self, scope: Scope) -> Iterator[str]:
        for name, value in scope["headers"]:
            if name == b"cookie":
                own = cookie_parser(value.decode("latin-1")).get(self.cookie_name)
                if own is not None:
                    yield own


def header(scope: Scope, name: bytes) -> str | None:
    """The value of a header that may stand once; None where it is missing or stands twice with different values."""
    values = {value for key, value in scope["headers"] if key == name}
    return values.pop().decode("latin-1") if len(values) == 1 else None
