"""One service to a data folder: two on the same recordings would destroy them (decision 0287). Real processes, real kills."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from service.lock import InUseError, Lock
from tests.brokers import BrokerProcess

ILEX = [sys.executable, "-m", "service.cli"]


class Served:
    """`ilex serve` as a process of its own, which answers, or has ended by itself: then `words` is what it said."""

    def __init__(self, data: Path, broker: str, log: Path) -> None:
        command = [*ILEX, "serve", "--port", "0", "--data", str(data), "--broker", broker]
        with log.open("wb") as words:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, text=True)
        assert self.process.stdout is not None
        wall = next((line.split()[1] for line in self.process.stdout if line.strip().startswith("Wall")), None)
        self.runs = wall is not None
        if wall is not None:
            # What it answers now it answers behind its first words, when it listens to signals.
            httpx.get(wall.removesuffix("/wall") + "/healthz", timeout=60)
        if not self.runs:
            self._ended()
        self.words = log.read_text()

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self._ended()
        return self.process.returncode

    def _ended(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait(60)


@pytest.fixture
def serve(nats: BrokerProcess, tmp_path: Path) -> Iterator[Callable[[], Served]]:
    started: list[Served] = []

    def start() -> Served:
        started.append(Served(tmp_path / "data", nats.url, tmp_path / f"{len(started)}.log"))
        return started[-1]

    yield start
    for each in started:
        each.end(signal.SIGKILL)


def test_a_second_service_on_the_same_data_is_refused_with_the_way_out(
    serve: Callable[[], Served], nats: BrokerProcess, tmp_path: Path
) -> None:
    """With a broker elsewhere nothing else stands in its way; contract 7: one line, exit code 1."""
    first = serve()
    assert first.runs
    second = serve()
    assert not second.runs
    assert second.process.returncode == 1
    held = f"the data in {tmp_path / 'data'} is in use by process {first.process.pid}"
    assert second.words == f"ilex: {held}: stop that one, or give another folder with --data\n"
    shown = subprocess.run(
        [*ILEX, "demo", "--machines", "0", "--no-browser", "--port", "0", "--data", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (shown.returncode, shown.stdout, shown.stderr) == (1, "", second.words)
    token = subprocess.run(
        [*ILEX, "token", "--role", "admin", "--data", str(tmp_path / "data")], capture_output=True, timeout=60, check=False
    )
    assert token.returncode == 0, "who only reads and writes files of its own is not refused"
    assert first.end(signal.SIGTERM) == 0


def test_after_a_kill_9_it_starts_again_at_once(serve: Callable[[], Served]) -> None:
    """robustness F03: nothing stale stands in its way."""
    serve().end(signal.SIGKILL)
    again = serve()
    assert again.runs
    assert again.end(signal.SIGTERM) == 0


def test_a_supervisor_gets_it_running_while_the_old_one_still_ends(serve: Callable[[], Served]) -> None:
    """It is refused as long as that writes, and then no more."""
    first = serve()
    first.process.send_signal(signal.SIGTERM)
    tries = 0
    while not (again := serve()).runs:
        assert again.process.returncode == 1
        tries += 1
        assert tries < 100
    assert again.end(signal.SIGTERM) == 0


def test_a_lock_that_was_let_go_of_is_free_whatever_stands_in_its_file(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock", "the data") as held:
        held.note(None)
        with pytest.raises(InUseError, match=rf"^the data in {tmp_path} is in use by process {os.getpid()}: .*--data$"):
            Lock(tmp_path / "lock", "the data")
    Lock(tmp_path / "lock", "the data").release()


def test_who_holds_it_without_a_name_is_waited_for_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from another container: its process ids are others."""
    monkeypatch.setattr("service.lock.ORPHAN_S", 0.02)
    with Lock(tmp_path / "lock", "the data"), pytest.raises(InUseError, match="in use by an unknown process"):
        Lock(tmp_path / "lock", "the data")


def test_a_file_system_without_locks_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(OSError, match="can't be locked: No locks available") as raised:
        Lock(tmp_path / "lock", "the data")
    assert raised.value.filename == str(tmp_path / "lock")
