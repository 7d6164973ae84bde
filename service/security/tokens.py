"""Signed tokens: who, for what use, until when, under HMAC-SHA256 with the key of the data directory.

`ilex1.<claims, base64url>.<signature, base64url>`. The signature covers the use (`bearer`, `cookie`), so that a
cookie never passes for a bearer token. Nothing is stored: changing the key file revokes everything at once.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import Literal

import msgspec

from service.security.roles import Identity, Role

KEY_BYTES = 32
Use = Literal["bearer", "cookie"]
_PREFIX = "ilex1"


class SecretKeyError(Exception):
    """The key file can't be used; the message says why and what to do."""


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a token states. `expires` is Unix time in whole seconds; `id` tells two tokens of one role apart.

    `pairing`: it counts only as long as this screen is paired with `machine` (decision 0177). `until`: a cookie in use is given
    fresh ones up to then (decision 0249).
    """

    id: str
    role: Role
    name: str
    expires: int
    machine: str | None = None
    pairing: str | None = None
    until: int | None = None

    @property
    def identity(self) -> Identity:
        """Who holds the token."""
        return Identity(self.role, self.name, self.machine, self.pairing)


class SecretKey:
    """The key in `DATA/secret.key`, readable by its owner alone (0600). Made at the first call.

    Raises SecretKeyError for a file that others can read, that is damaged or can't be read.
    """

    def __init__(self, data: Path) -> None:
        path = data / "secret.key"
        if not path.exists():
            _make(path)
        self._key = _read(path)
        self.label = hashlib.sha256(b"label" + self._key).hexdigest()[:8]
        """A short public name of the key: tells the cookies of two services on one computer apart."""

    def sign(self, claims: Claims, use: Use) -> str:
        """The token that states `claims`."""
        body = _encode(msgspec.json.encode(claims))
        return f"{_PREFIX}.{body}.{_encode(self._mac(use, body))}"

    def verify(self, token: str, use: Use, now_s: float) -> Claims | None:
        """The claims of a token of this key and use that has not expired; None for anything else."""
        try:
            prefix, body, mac = token.split(".")
            if prefix != _PREFIX or not hmac.compare_digest(_decode(mac), self._mac(use, body)):
                return None
            claims = msgspec.json.decode(_decode(body), type=Claims)
        except (ValueError, binascii.Error, msgspec.DecodeError):
            return None
        return claims if now_s < claims.expires else None

    def _mac(self, use: Use, body: str) -> bytes:
        return hmac.digest(self._key, f"{_PREFIX}.{use}.{body}".encode(), "sha256")


def _make(path: Path) -> None:
    """Write a fresh key, whole or not at all: two processes that start at once end up with the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(KEY_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was quicker: its key counts
            os.link(draft, path)
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    try:
        text = path.read_text("ascii").strip()
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(f"{path} can't be read ({error}); delete it to have a new one made: every token ends then") from error
    if os.name == "posix" and mode & 0o077:
        raise SecretKeyError(f"{path} can be read by others (mode {mode:04o}): run chmod 600 {path}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretKeyError(f"{path} is damaged; delete it to have a new one made: every token ends then")
    return key


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
