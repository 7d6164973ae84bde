"""One process that listens: the line, its web server, and how both end in good order (robustness-and-screens F04)."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import uvicorn

from service.app import create
from service.live.socket import Socket
from service.settings import Settings
from service.station import Station
from service.tidying import settle, tidying

CLOSE_S = 1
"""What open sockets get to take their good-bye (1012), seconds."""
LARGEST_MESSAGE = 64 * 1024
"""From a WebSocket client: the longest `watch` that makes sense is far below; more is closed with 1009."""
PING_S = 5.0
SWITCH_S = 0.001
"""A thread that writes recordings gives way to the event loop after this; Python's own 5 ms would be felt in every frame's delay."""


class ListenError(Exception):
    """The address can't be listened on; the message says why and names the way out."""


class Serving(NamedTuple):
    """A service that answers at `url`."""

    station: Station
    url: str


class _Server(uvicorn.Server):
    """uvicorn, without its hands on the process' signals: here the process goes on after the sockets are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Serving]:
    """Start everything; at the end close sockets (1012), finish recordings, stop the broker, in that order.

    Raises ListenError for a taken port, InUseError for a taken data folder, BrokerError, SecretKeyError; nothing is left behind then.
    """
    listener = listen(settings.host, settings.port)
    with contextlib.closing(listener):
        async with Station(settings) as station:
            config = uvicorn.Config(
                create(settings, station),
                lifespan="off",
                ws=Socket,
                ws_per_message_deflate=False,
                ws_max_size=LARGEST_MESSAGE,
                ws_ping_interval=PING_S,
                ws_ping_timeout=PING_S,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=CLOSE_S,
            )
            server = _Server(config)
            task = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
            try:
                while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.005)
                settle()
                sys.setswitchinterval(SWITCH_S)
                host, port = listener.getsockname()[:2]
                async with tidying():
                    yield Serving(station, f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
            finally:
                # Before the web server closes whatever is open: so that each client is told why first (contract 5).
                await station.gateway.close()
                server.should_exit = True
                await task


def listen(host: str, port: int) -> socket.socket:
    """A listening socket (port 0 = any free one). Raises ListenError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as error:
        raise ListenError(f"--host {host}: no such address ({error.strerror})") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ListenError(f"port {port} on {host} is taken by another program: choose another with --port") from error
        raise ListenError(f"can't listen on {host}:{port}: {error.strerror}") from error
    return listener


async def until_told() -> None:
    """Wait for SIGINT, SIGTERM or, unless `nohup` has it ignored, SIGHUP; a second one then ends the process at once."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, told.set)
    try:
        await told.wait()
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
