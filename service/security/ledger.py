"""Which tokens were made: `DATA/tokens.jsonl`, one line each, without the token itself."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from service.security.tokens import Claims


class Line(msgspec.Struct, frozen=True):
    """One token that was handed out."""

    claims: Claims
    issued_utc: datetime


class Ledger:
    """The list of tokens made for this data directory.

    It tells an operator what is out there, and the service whether anybody could sign in from elsewhere; whether a token counts
    is decided by its signature alone.
    """

    def __init__(self, data: Path) -> None:
        self._path = data / "tokens.jsonl"

    def add(self, claims: Claims) -> None:
        """Append a token. The line is on disk when this returns."""
        line = msgspec.json.encode(Line(claims, datetime.now(UTC))) + b"\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self) -> list[Line]:
        """All tokens made so far, oldest first; one that is torn or damaged is left out."""
        try:
            texts = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found = []
        for text in texts:
            try:
                found.append(msgspec.json.decode(text, type=Line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return found

    def valid(self, now_s: float | None = None) -> list[Line]:
        """The tokens that have not expired."""
        moment_s = time.time() if now_s is None else now_s
        return [line for line in self.lines() if moment_s < line.claims.expires]
