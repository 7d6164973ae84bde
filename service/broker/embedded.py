"""nats-server as a child process of the service: started, watched, started again, ended (decision 0030)."""

import asyncio
import contextlib
import errno
import os
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from pathlib import Path
from typing import Self

import structlog

from service.broker import binary, leash, probe
from service.broker.configuration import configuration
from service.broker.errors import BrokerError
from service.broker.store import LEAST_FREE_BYTES, Store, free_bytes

if sys.platform != "win32":
    from service.lock import InUseError, Lock

READY_S = 30.0
"""How long a broker may take until it answers, seconds; a large store is read back at each start."""

STOP_S = 5.0
"""How long it may take to end in good order before it is killed, seconds."""

BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses before the first, second, ... start after a death, seconds; the last one repeats."""

STEADY_S = 30.0
"""A broker that ran this long, seconds, begins with the shortest pause again."""

FREE_PORT_TRIES = 5

FULL = ("no space left on device", "disk quota exceeded")
"""What nats-server says of a full disk. From then on it stores nothing, whatever space there is, until it starts anew (decision 0299)."""
LOOK_S = 1.0
"""How often the disk is looked at."""

_log = structlog.get_logger("broker")


class EmbeddedBroker:
    """An MQTT 3.1.1 broker on `host:mqtt_port` (0 = any free port), its files in `data/broker`.

    Ends when this process ends, also by kill -9 (on Linux; see `leash`), and is started again when it dies.
    Use it as `async with EmbeddedBroker(data) as broker:` or by `start()` and `stop()`.
    """

    def __init__(self, data: Path, mqtt_port: int = 1883, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = mqtt_port
        self.restarts = 0
        self._any_port = mqtt_port == 0
        self._full = False
        self._folder = (data / "broker").absolute()
        self._store = Store(self._folder)
        self._lock: Lock | None = None
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._last_lines: deque[str] = deque(maxlen=20)

    @property
    def url(self) -> str:
        """Where clients connect: `mqtt://host:port`."""
        return f"mqtt://{self.host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id of the running nats-server, None between two of them."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def in_memory(self) -> bool:
        """Whether its files are in memory, because its disk is full."""
        return self._store.in_memory()

    async def start(self) -> str:
        """Start and wait until it answers MQTT; gives `url`.

        Raises BrokerError when the port is taken, the data folder is in use, or no nats-server can run; nothing is left behind then.
        """
        if sys.platform == "win32":
            raise BrokerError("the embedded broker runs on Linux and macOS: give an MQTT broker with --broker URL")
        program = await asyncio.to_thread(binary.find)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._lock = await asyncio.to_thread(Lock, self._folder / "lock", "the broker's data")
        except InUseError as error:
            raise BrokerError(str(error)) from error
        try:
            for tries_left in reversed(range(FREE_PORT_TRIES if self._any_port else 1)):
                self.port = _reserve(self.host, 0 if self._any_port else self.port)
                try:
                    await self._launch(program)
                    break
                except BrokerError:
                    if not tries_left:
                        raise
        except BaseException:
            await self._end()
            raise
        self._keeper = asyncio.create_task(self._keep(program), name="broker-keeper")
        return self.url

    async def stop(self) -> None:
        """End it in good order; killed after `STOP_S`. Without effect when it doesn't run."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await self._end()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _launch(self, program: Path) -> None:
        assert self._lock is not None
        await asyncio.to_thread(self._store.settle)
        home = self._store.home
        file = home / "nats-server.conf"
        file.write_text(configuration(self.host, self.port, home, self._store.most_bytes), encoding="utf-8")
        command = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), str(program), "-c", str(file)]
        self._last_lines.clear()
        self._full = False
        self._process = await asyncio.create_subprocess_exec(
            *command,
            # One processor is plenty for a clinic, and a Go program that has two spins on both between messages (decision 0030).
            env={"GOMAXPROCS": "1", **os.environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=PIPE,
            pass_fds=(self._lock.fd,),
            start_new_session=True,  # Ctrl-C in a terminal is for the service: it ends the broker when it has said good-bye
        )
        self._lock.note(self._process.pid)
        self._reader = asyncio.create_task(self._read_log(self._process), name="broker-log")
        died = asyncio.create_task(self._process.wait(), name="broker-died")
        answers = asyncio.create_task(probe.until_answer(self.host, self.port), name="broker-answers")
        try:
            await asyncio.wait({died, answers}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
            if died.done():
                await self._reader
                raise BrokerError(self._why_it_died())
            if not answers.done():
                raise BrokerError(f"nats-server (process {self._process.pid}) did not answer on port {self.port} within {READY_S:.0f} s")
        finally:
            for task in (died, answers):
                task.cancel()
            await asyncio.gather(died, answers, return_exceptions=True)

    async def _keep(self, program: Path) -> None:
        """Wait for a death, start again; for ever."""
        deaths = 0
        while True:
            assert self._process is not None
            started = time.monotonic()
            code = await self._until_dead(self._process)
            deaths = 0 if time.monotonic() - started > STEADY_S else deaths
            while True:
                pause = BACK_OFF_S[min(deaths, len(BACK_OFF_S) - 1)]
                deaths += 1
                _log.error("broker died", exit_code=code, port=self.port, restart_in_s=pause, last_line=self._last_line())
                await asyncio.sleep(pause)
                try:
                    await self._end_process()
                    _reserve(self.host, self.port)
                    await self._launch(program)
                except (BrokerError, OSError) as error:
                    _log.error("broker did not start again", reason=str(error))
                    continue
                self.restarts += 1
                _log.warning("broker started again", port=self.port, restarts=self.restarts)
                break

    async def _until_dead(self, process: Process) -> int | None:
        """Its exit code, once it has ended; it is ended where its files had better be elsewhere, or its full disk has space again."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    return await process.wait()
            if await asyncio.to_thread(self._better_anew):
                _log.warning("broker starts anew: its disk was full", port=self.port)
                await self._end_process()
                return process.returncode

    def _better_anew(self) -> bool:
        store = self._store
        return store.misplaced() or (self._full and not store.in_memory() and free_bytes(self._folder) >= LEAST_FREE_BYTES)

    async def _read_log(self, process: Process) -> None:
        assert process.stderr is not None
        while True:
            try:
                line = (await process.stderr.readline()).decode(errors="replace").rstrip()
            except ValueError:  # a line longer than the reader's buffer; it is dropped
                continue
            if not line:
                if process.stderr.at_eof():
                    return
                continue
            self._last_lines.append(line)
            self._full = self._full or any(mark in line for mark in FULL)
            if any(mark in line for mark in ("[ERR]", "[FTL]", "[WRN]")):
                _log.warning("nats-server", line=line)

    def _last_line(self) -> str:
        return self._last_lines[-1] if self._last_lines else ""

    def _why_it_died(self) -> str:
        if any("address already in use" in line for line in self._last_lines):
            return _taken(self.host, self.port)
        return f"nats-server ended at its start: {self._last_line() or 'it said nothing'}"

    async def _end(self) -> None:
        await self._end_process()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reader is not None:
            await self._reader
            self._reader = None


def _reserve(host: str, port: int) -> int:
    """The port that a server may take now (any free one for 0). Raises BrokerError when it may not."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        # As the server does: connections of an earlier one that are still closing don't count.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen(1)
        except PermissionError:
            raise BrokerError(f"MQTT port {port} needs more rights than this process has: choose one above 1023 with --mqtt-port") from None
        except OSError as error:
            raise BrokerError(
                _taken(host, port) if error.errno == errno.EADDRINUSE else f"can't listen on {host}:{port}: {error.strerror}"
            ) from None
        return int(trial.getsockname()[1])


def _taken(host: str, port: int) -> str:
    return (
        f"MQTT port {port} on {host} is taken by another program: choose another with --mqtt-port, "
        f"or, if that program is an MQTT broker, use it with --broker mqtt://{host}:{port}"
    )
