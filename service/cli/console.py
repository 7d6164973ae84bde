"""What a started service says on the terminal, how it logs, and how its faults become one line."""

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import Any, TextIO, cast
from urllib.parse import urlsplit

import structlog
import uvloop

from disk.lenient import Lenient
from service.broker import BrokerError
from service.cli.fault import CommandFault
from service.lock import InUseError
from service.security import SecretKeyError
from service.security.links import LIFE_S
from service.server import ListenError, Serving
from service.settings import Settings


def log_to_stderr(level: int) -> None:
    """Logs go to stderr, from `level` on (ILEX_LOG=debug|info|warning overrides it). No URL is ever logged."""
    named = logging.getLevelNamesMapping().get(os.environ.get("ILEX_LOG", "").upper(), level)
    # The libraries' own logs: what went wrong only.
    logging.basicConfig(level=max(named, logging.WARNING), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(named),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", Lenient(sys.stderr))),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
    )


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a service until it ends. Raises CommandFault for what the person at the terminal can put right."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main)
    except (ListenError, InUseError, BrokerError, SecretKeyError) as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        if error.filename is None:
            raise
        raise CommandFault(f"{error.filename}: {error.strerror}") from error


def check_exposure(settings: Settings) -> None:
    """Nothing listens beyond loopback while nobody could sign in. Raises CommandFault."""
    from service.security.ledger import Ledger

    if not settings.loopback and not Ledger(settings.data).valid():
        raise CommandFault(
            f"--host {settings.host} opens the service to the network, but nobody could sign in yet: "
            f"make a token first with ilex token --role admin --data {settings.data}"
        )


def entrance(serving: Serving) -> str | None:
    """The one-time link; None beyond loopback, where a token is pasted instead."""
    if not serving.station.settings.loopback:
        return None
    return f"{serving.url}/enter/{serving.station.gate.link()}"


def block(serving: Serving, rows: list[tuple[str, str]], link: str | None) -> str:
    """The addresses as a small clear block."""
    lines = [("Wall", f"{serving.url}/wall"), *rows]
    if link is not None:
        lines.insert(0, ("Open first", f"{link}   (once, within {LIFE_S // 60} min)"))
    else:
        lines.insert(0, ("Sign in", f"{serving.url}/enter   (with a token: ilex token --role therapist)"))
    lines += [("Broker", _without_secrets(serving.station.broker_url)), ("Data", str(serving.station.settings.data)), ("Stop", "Ctrl+C")]
    width = max(len(name) for name, _ in lines)
    return "\n".join(["", *(f"  {name:<{width}}  {words}" for name, words in lines), ""])


def _without_secrets(url: str) -> str:
    """A broker's URL without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
