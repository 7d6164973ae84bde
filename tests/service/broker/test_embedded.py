"""The embedded broker: issue 2 point 3, robustness-and-screens.md 1.2 (10). Real processes, real kills."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiomqtt
import psutil
import pytest

from service.broker import BrokerError, EmbeddedBroker, binary, embedded, leash, store
from service.lock import Lock
from tests.brokers import answers, free_port
from tests.disks import small_disk

SERVICE = """
import asyncio, sys
from pathlib import Path
from service.broker import EmbeddedBroker

async def main():
    broker = EmbeddedBroker(Path(sys.argv[1]), int(sys.argv[2]))
    await broker.start()
    print(broker.port, broker.pid, flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


class Service:
    """Another process that holds an embedded broker."""

    def __init__(self, data: Path, port: int = 0) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVICE, str(data), str(port)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port, self.broker_pid = map(int, self.process.stdout.readline().split())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []

    def start(port: int = 0) -> Service:
        started.append(Service(tmp_path, port))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedBroker]:
    async with EmbeddedBroker(tmp_path, 0) as running:
        yield running


async def round_trip(port: int) -> bytes:
    """What a subscriber gets of a message that another client sent."""
    async with aiomqtt.Client("127.0.0.1", port) as reader, aiomqtt.Client("127.0.0.1", port) as writer:
        await reader.subscribe("ilex/1/test/one/events", qos=1)
        await writer.publish("ilex/1/test/one/events", b"here", qos=1)
        async with asyncio.timeout(10):
            async for message in reader.messages:
                assert isinstance(message.payload, bytes)
                return message.payload
    raise AssertionError


def exit_code(command: list[str]) -> int:
    return subprocess.run(command, check=False, capture_output=True).returncode


async def eventually(condition: Callable[[], bool], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


class TestStart:
    async def test_it_answers_when_start_returns(self, broker: EmbeddedBroker) -> None:
        assert broker.url == f"mqtt://127.0.0.1:{broker.port}"
        assert await round_trip(broker.port) == b"here"

    async def test_it_listens_on_loopback_only(self, broker: EmbeddedBroker) -> None:
        assert broker.pid is not None
        listening = [each.laddr.ip for each in psutil.Process(broker.pid).net_connections("inet") if each.status == "LISTEN"]
        assert listening
        assert set(listening) == {"127.0.0.1"}

    async def test_its_files_are_in_the_data_folder(self, broker: EmbeddedBroker, tmp_path: Path) -> None:
        await round_trip(broker.port)
        assert (tmp_path / "broker" / "jetstream").is_dir()
        written = (tmp_path / "broker" / "nats-server.conf").read_text()
        assert "sync_interval: always" in written
        assert "max_payload: 1048576" in written

    async def test_its_configuration_passes_the_servers_own_check(self, broker: EmbeddedBroker, tmp_path: Path) -> None:
        check = [str(binary.find()), "-t", "-c", str(tmp_path / "broker" / "nats-server.conf")]
        assert await asyncio.to_thread(exit_code, check) == 0

    async def test_a_folder_with_quotes_and_umlauts_is_no_trouble(self, tmp_path: Path) -> None:
        async with EmbeddedBroker(tmp_path / 'Rücken "1" $x', 0) as broker:
            assert await round_trip(broker.port) == b"here"
            assert (tmp_path / 'Rücken "1" $x' / "broker" / "jetstream").is_dir()

    async def test_retained_messages_outlive_a_restart(self, tmp_path: Path) -> None:
        async with EmbeddedBroker(tmp_path, 0) as broker, aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.publish("ilex/1/test/one/plan", b"{}", qos=1, retain=True)
        async with EmbeddedBroker(tmp_path, 0) as broker, aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.subscribe("ilex/1/test/one/plan", qos=1)
            async with asyncio.timeout(10):
                message = await anext(aiter(client.messages))
        assert message.payload == b"{}"

    async def test_stop_ends_the_process(self, tmp_path: Path) -> None:
        broker = EmbeddedBroker(tmp_path, 0)
        await broker.start()
        pid = broker.pid
        assert pid is not None
        await broker.stop()
        assert broker.pid is None
        assert not psutil.pid_exists(pid)
        await broker.stop()


class TestTakenPort:
    async def test_the_error_names_the_port_and_both_ways_out(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(BrokerError) as caught:
                await EmbeddedBroker(tmp_path, port).start()
        for part in (f"port {port}", "--mqtt-port", f"--broker mqtt://127.0.0.1:{port}"):
            assert part in str(caught.value)

    async def test_a_port_taken_in_the_last_moment_is_told_likewise(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedded, "_reserve", lambda _host, port: port)
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with pytest.raises(BrokerError, match=f"port {port} .* is taken"):
                await EmbeddedBroker(tmp_path, port).start()

    async def test_a_failed_start_leaves_nothing_behind(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(BrokerError):
            await EmbeddedBroker(tmp_path, other.getsockname()[1]).start()
        async with EmbeddedBroker(tmp_path, 0) as broker:
            assert await round_trip(broker.port) == b"here"

    async def test_a_port_below_1024_without_the_right_names_the_way_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(socket.socket, "bind", refuse)
        with pytest.raises(BrokerError, match="port 883 needs more rights"):
            await EmbeddedBroker(tmp_path, 883).start()


class TestDeath:
    async def test_a_killed_broker_comes_back_on_its_port(self, broker: EmbeddedBroker) -> None:
        first, port = broker.pid, broker.port
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: broker.restarts == 1)
        assert broker.port == port
        assert broker.pid not in {None, first}
        assert await round_trip(port) == b"here"

    async def test_it_comes_back_every_time_with_longer_pauses(self, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedded, "BACK_OFF_S", (0.01, 0.02))
        killed: list[int] = []
        while len(killed) < 4:
            assert broker.pid is not None
            killed.append(broker.pid)
            os.kill(broker.pid, signal.SIGKILL)
            await eventually(lambda: broker.restarts == len(killed))
        assert await round_trip(broker.port) == b"here"

    async def test_what_it_acknowledged_outlives_its_death(self, broker: EmbeddedBroker) -> None:
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.publish("ilex/1/test/one/plan", b"kept", qos=1, retain=True)
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        await eventually(lambda: broker.restarts == 1)
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            await client.subscribe("ilex/1/test/one/plan", qos=1)
            async with asyncio.timeout(10):
                message = await anext(aiter(client.messages))
        assert message.payload == b"kept"

    async def test_a_port_taken_while_it_was_dead_is_waited_for(self, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(embedded, "BACK_OFF_S", (0.05,))
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGSTOP)
        os.kill(broker.pid, signal.SIGKILL)
        await eventually(lambda: _bindable(broker.port))
        with socket.create_server(("127.0.0.1", broker.port)):
            await asyncio.sleep(0.2)
            assert broker.restarts == 0
        await eventually(lambda: broker.restarts == 1)
        assert await round_trip(broker.port) == b"here"


def _bindable(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
            trial.listen(1)
        except OSError:
            return False
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's: elsewhere the next start ends the orphan")
class TestParentKilled:
    async def test_it_ends_with_its_parent_by_kill_9(self, service: Callable[..., Service]) -> None:
        parent = service()
        assert psutil.Process(parent.broker_pid).name() == "nats-server"
        parent.kill()
        await eventually(lambda: not _alive(parent.broker_pid))

    async def test_a_service_killed_by_kill_9_starts_again_at_once_with_data_and_port(
        self, service: Callable[..., Service], tmp_path: Path
    ) -> None:
        parent = service()
        parent.kill()
        async with EmbeddedBroker(tmp_path, parent.port) as broker:
            assert await round_trip(broker.port) == b"here"

    async def test_a_leash_whose_parent_has_ended_already_starts_nothing(self, tmp_path: Path) -> None:
        run = [sys.executable, "-I", "-S", leash.__file__, str(os.getppid()), "/bin/touch", str(tmp_path / "started")]
        assert await asyncio.to_thread(exit_code, run) == 1
        assert not (tmp_path / "started").exists()


class TestOneBrokerToAFolder:
    async def test_a_second_service_on_the_same_data_is_refused_with_the_way_out(
        self, service: Callable[..., Service], tmp_path: Path
    ) -> None:
        first = service()
        with pytest.raises(BrokerError, match=rf"in use by process {first.process.pid}.*--data"):
            await EmbeddedBroker(tmp_path, 0).start()
        assert answers("127.0.0.1", first.port)

    async def test_an_orphan_of_a_killed_service_is_ended_and_replaced(self, tmp_path: Path) -> None:
        # As where there is no leash: the service is gone, its broker runs on and holds the lock that it inherited.
        (tmp_path / "broker").mkdir()
        with Lock(tmp_path / "broker" / "lock", "the broker's data") as lock:
            orphan = await asyncio.create_subprocess_exec("sleep", "600", pass_fds=(lock.fd,))
            gone = await asyncio.create_subprocess_exec("true")
            await gone.wait()
            os.pwrite(lock.fd, f'{{"service": {gone.pid}, "broker": {orphan.pid}}}'.encode(), 0)
        async with EmbeddedBroker(tmp_path, 0) as broker:
            assert await orphan.wait() == -signal.SIGKILL
            assert await round_trip(broker.port) == b"here"

    async def test_a_left_over_lock_file_of_nobody_does_not_matter(self, tmp_path: Path) -> None:
        (tmp_path / "broker").mkdir()
        (tmp_path / "broker" / "lock").write_text(f'{{"service": {os.getpid()}, "broker": {os.getpid()}}}')
        async with EmbeddedBroker(tmp_path, 0) as broker:
            assert answers("127.0.0.1", broker.port)

    async def test_two_brokers_with_data_of_their_own_live_side_by_side(self, tmp_path: Path) -> None:
        async with EmbeddedBroker(tmp_path / "a", 0) as one, EmbeddedBroker(tmp_path / "b", free_port()) as two:
            assert one.port != two.port
            assert await round_trip(one.port) == await round_trip(two.port) == b"here"


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


PLAN = "ilex/1/lab/m/plan"


async def taken(broker: EmbeddedBroker, payload: str) -> bool:
    """Whether the broker takes a plan, that is sent with QoS 1 and kept."""
    with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
        async with asyncio.timeout(6), aiomqtt.Client(broker.host, broker.port, timeout=5) as client:
            await client.publish(PLAN, payload, qos=1, retain=True, timeout=5)
            return True
    return False


async def kept(broker: EmbeddedBroker) -> bytes:
    """The plan that the broker has kept."""
    async with asyncio.timeout(10), aiomqtt.Client(broker.host, broker.port) as client:
        await client.subscribe(PLAN, qos=1)
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            return message.payload
    raise AssertionError


def fill(disk: Path, free: int = 0) -> Path:
    """A file that leaves so many bytes free, on a disk."""
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free - free))
    return filler


async def until(there: Callable[[], bool]) -> None:
    """Asked every 50 ms, for at most 15 s."""
    async with asyncio.timeout(15):
        while not there():
            await asyncio.sleep(0.05)


async def test_goes_on_in_memory_while_its_disk_is_full(tmp_path: Path) -> None:
    """robustness F11: the live path continues; what was kept is kept, there and back (decision 0300)."""
    with small_disk(tmp_path / "small", 64) as small:
        async with EmbeddedBroker(small, 0) as broker:
            assert await taken(broker, "before")
            filler = fill(small)
            await until(lambda: broker.in_memory() and broker.restarts == 1)
            assert await kept(broker) == b"before"
            for number in range(20):
                assert await taken(broker, str(number) * 5000)
            filler.unlink()
            await until(lambda: broker.restarts == 2 and not broker.in_memory())
            assert await kept(broker) == b"19" * 5000


async def test_an_orphan_in_memory_is_found_by_the_next(tmp_path: Path) -> None:
    """robustness F11: a service that is killed while the disk is full loses no plan."""
    with small_disk(tmp_path / "small", 64) as small:
        filler = fill(small, 1 << 20)
        async with EmbeddedBroker(small, 0) as broker:
            assert broker.in_memory()
            assert await taken(broker, "kept")
        filler.unlink()
        async with EmbeddedBroker(small, 0) as broker:
            assert not broker.in_memory()
            assert await kept(broker) == b"kept"


async def test_without_memory_goes_on_once_a_full_disk_has_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """robustness F11: what is sent with QoS 1 is taken again within 10 s after there is space; nobody has to start anything."""
    monkeypatch.setattr(store, "MEMORY", tmp_path / "none")
    with small_disk(tmp_path / "small", 64) as small:
        async with EmbeddedBroker(small, 0) as broker:
            assert await taken(broker, "1" * 5000)
            filler = fill(small)
            async with asyncio.timeout(60):
                while await taken(broker, "2" * 5000):
                    pass
            filler.unlink()
            async with asyncio.timeout(10):
                while not await taken(broker, "3" * 5000):
                    await asyncio.sleep(0.1)
            assert broker.restarts == 1
