"""A part of a benchmark in a process of its own, so that its work is no part of what is measured."""

import gc
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

START_S = 60.0
_context = multiprocessing.get_context("spawn")


class WorkerError(Exception):
    """The child process ended, or said what went wrong."""


class Worker:
    """`main(connection, *arguments)` in a child process; the connection carries plain Python objects both ways.

    A child says `("ready", anything)` once it can work and `("done", result)` at its end; an exception in it reaches `hear` as WorkerError.
    Daemonic: it ends with its parent.
    """

    def __init__(self, name: str, main: Callable[..., Any], *arguments: Any) -> None:
        self.name = name
        self._here, there = _context.Pipe()
        self._process = _context.Process(target=_run, args=(there, main, arguments), name=name, daemon=True)
        self._process.start()
        there.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def ready(self) -> Any:
        """Wait until it can work."""
        return self.hear("ready", START_S)

    def tell(self, word: Any) -> None:
        self._here.send(word)

    def hear(self, expected: str, timeout_s: float) -> Any:
        """What it says next under that heading. Raises WorkerError."""
        if not self._here.poll(timeout_s):
            raise WorkerError(f"{self.name}: not {expected} within {timeout_s:.0f} s")
        try:
            heading, content = self._here.recv()
        except EOFError:
            raise WorkerError(f"{self.name} ended without a word (exit code {self._process.exitcode})") from None
        if heading != expected:
            raise WorkerError(f"{self.name}: {heading}: {content}")
        return content

    def alive(self) -> None:
        """Raises WorkerError when it has ended or said what went wrong."""
        if self._here.poll(0) or not self._process.is_alive():
            self.hear("still at work", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.is_alive():
            self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._here.close()


def _run(connection: Connection, main: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    # A collection takes milliseconds with lists of a million numbers; nothing here makes cycles.
    gc.disable()
    try:
        connection.send(("done", main(connection, *arguments)))
    except KeyboardInterrupt:
        pass
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent reports it
        connection.send((type(error).__name__, str(error)))
    connection.close()
