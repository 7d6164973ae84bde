"""A wire that can be hurt: a TCP proxy between a machine and its broker (robustness 1.4)."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Self

HOST = "127.0.0.1"
PIECE = 16 * 1024
LOOK_S = 0.02
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 s: closing sends a reset, as a cable that was pulled and put back does when the peer has forgotten."""


class Proxy:
    """`with Proxy(port) as wire:` connections to `wire.port` reach `port`; faults may be set from any thread, at any time.

    A partition (`cut`) lets nothing pass and answers nothing, in both directions or one alone, without closing: what was on its way comes
    when it heals, as TCP would send it again. New connections are accepted by the kernel and hang, as they would behind a lost route; of
    those that are given up meanwhile the other side never hears.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay_s = 0.0
        """Each piece is held back for so long, order kept."""
        self.piece_bytes = PIECE
        """At most so many bytes are written at a time; 1 tears every message apart."""
        self.connections = 0
        """How many were made through it."""
        self.given_up = 0
        """How many were ended from this side while it was cut."""
        self._up_open = self._down_open = True
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def cut(self, *, up: bool = True, down: bool = True) -> None:
        """A partition; of one direction alone where the other is False (`up`: from the machine to the broker)."""
        self._up_open, self._down_open = not up, not down

    def heal(self) -> None:
        """Everything passes again."""
        self._up_open = self._down_open = True
        self.delay_s, self.piece_bytes = 0.0, PIECE

    def reset(self) -> None:
        """All connections break at once; new ones are let in."""
        self._call(self._reset)

    def _reset(self) -> None:
        for writer in self._writers:
            connection = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there: asyncio.StreamWriter | None = None
        try:
            said = b""
            while not (self._up_open and self._down_open):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        piece = await reader.read(PIECE)
                        if not piece:
                            self.given_up += 1
                            return
                        said += piece
            back, there = await asyncio.open_connection(HOST, self.target)
            there.write(said)
            self.connections += 1
            self._writers.add(there)
            ways = [
                asyncio.create_task(self._pump(reader, there, lambda: self._up_open)),
                asyncio.create_task(self._pump(back, writer, lambda: self._down_open)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            # Cancelled at the end alone; asyncio's server would log it as an error.
            pass
        finally:
            self._tasks.discard(task)
            for each in (writer, there):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_open: Callable[[], bool]) -> None:
        """One direction, until it ends or breaks."""
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                while not is_open():  # noqa: ASYNC110 - set from another thread
                    await asyncio.sleep(LOOK_S)
                step = self.piece_bytes
                for start in range(0, len(data), step):
                    writer.write(data[start : start + step])
                    await writer.drain()
                    if step < PIECE:
                        await asyncio.sleep(0)

    def _call(self, what: Callable[[], None]) -> None:
        done: Future[None] = Future()

        def run() -> None:
            what()
            done.set_result(None)

        self._loop.call_soon_threadsafe(run)
        done.result(5)

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.start_server(self._serve, sock=self._listener)
        self._server = asyncio.run_coroutine_threadsafe(start, self._loop).result(5)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
