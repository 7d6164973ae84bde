"""`ilex serve` as a process: who is let in, how a recording gets in, how it ends (contract 5 and 7; robustness-and-screens F04)."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.brokers import BrokerProcess
from tests.e2e.running import Running, lines

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
ENDED_S = 5.0


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running("serve", data=tmp_path_factory.mktemp("data")) as running:
        yield running


def live(running: Running, query: str = "", **headers: str) -> connect:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return connect(running.url.replace("http", "ws") + "/api/v1/live" + query, additional_headers=named)


async def hello(screen: ClientConnection) -> str:
    await screen.send(json.dumps({"type": "watch", "machines": "*"}))
    kind: str = json.loads(await screen.recv())["type"]
    return kind


class TestWhoIsLetIn:
    async def test_a_program_with_a_token(self, service: Running) -> None:
        async with live(service, authorization=f"Bearer {service.token}") as screen:
            assert await hello(screen) == "hello"

    async def test_a_browser_with_its_cookie_from_our_own_pages_and_no_others(self, service: Running) -> None:
        with service.http as http:
            form = {"token": service.token}
            answer = http.post(f"{service.url}/enter", data=form, headers={"origin": service.url})
        cookie = answer.headers["set-cookie"].split(";")[0]
        async with live(service, cookie=cookie, origin=service.url) as screen:
            assert await hello(screen) == "hello"
        for origin in ({}, {"origin": "http://evil.example"}, {"origin": "null"}):
            await self.refused(service, cookie=cookie, **origin)

    async def test_nobody_else_before_the_handshake(self, service: Running) -> None:
        await self.refused(service)
        await self.refused(service, authorization="Bearer nonsense")
        await self.refused(service, origin=service.url)
        await self.refused(service, query=f"?token={service.token}")

    async def refused(self, service: Running, query: str = "", **headers: str) -> None:
        with pytest.raises(websockets.InvalidStatus) as answer:
            async with live(service, query, **headers):
                pass
        assert answer.value.response.status_code == 403


def test_a_file_is_replayed_as_a_machine(service: Running, tmp_path: Path) -> None:
    """contract 7: `ilex replay` ends when the file does."""
    replayed(service, service.broker, tmp_path)


def test_an_existing_broker_serves_as_well(mosquitto: BrokerProcess, tmp_path: Path) -> None:
    """contract 7: `--broker URL`; while it is away the service is up and says that it is not ready."""
    mosquitto.kill()
    with Running("serve", "--broker", mosquitto.url, data=tmp_path / "data") as service, service.http as http:
        answer = http.get("/readyz")
        assert (answer.status_code, answer.json()["parts"]) == (503, {"broker": False, "timer": True})
        mosquitto.start()
        deadline = time.monotonic() + 20
        while http.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline, "the service did not find its broker"
            time.sleep(0.1)
        replayed(service, mosquitto.url, tmp_path)


def replayed(service: Running, broker: str, tmp_path: Path) -> None:
    """A set of three repetitions through `ilex replay`, to the session in the list."""
    take = tmp_path / "take.csv"
    angles = [60.0 - 54.0 * min(1.0, max(0.0, (abs((t / 100) % 10 - 5) - 1) / 3)) for t in range(3000)]
    take.write_text("t_s,angle_deg\n" + "".join(f"{t / 100},{angle}\n" for t, angle in enumerate(angles)))
    command = ["replay", str(take), "--to", broker, "--machine", "lab/one", "--speed", "20"]
    said = subprocess.run([sys.executable, "-m", "service.cli", *command], capture_output=True, text=True, timeout=60, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    with service.http as http:
        deadline = time.monotonic() + 20
        while not [row for row in http.get("/sessions?machine=lab/one").json()["items"] if row["ended_utc"]]:
            assert time.monotonic() < deadline, "the session did not end with the file"
            time.sleep(0.1)
        (row,) = http.get("/sessions?machine=lab/one").json()["items"]
        kinds = [event["kind"] for event in lines(http.get(f"/sessions/{row['session']}/events?version=live").text)]
    assert kinds.count("repetition_completed") >= 2
    assert kinds[-1] == "set_ended"


def found(folder: Path, pattern: str) -> list[Path]:
    return list(folder.rglob(pattern))


class TestTheEnd:
    async def test_sigterm_closes_sockets_with_1012_finishes_recordings_and_takes_no_longer_than_5_s(self, tmp_path: Path) -> None:
        """And robustness-and-screens C04: no secret is printed twice or logged, the one-time code stands in the printed link alone."""
        with Running("demo", "--no-browser", "--machines", "1", data=tmp_path) as running:
            children = psutil.Process(running.pid).children(recursive=True)
            assert len(children) >= 2
            code = running.link.rpartition("/")[2]
            with running.http as http:
                assert http.get(f"{running.url}/enter/{code}").status_code == 303
                http.get("/sessions")
            async with live(running, authorization=f"Bearer {running.token}") as screen:
                await screen.send(json.dumps({"type": "watch", "machines": "*"}))
                async with asyncio.timeout(30):  # a recording has begun
                    while not found(tmp_path, "*.mcap.part"):
                        await asyncio.sleep(0.1)
                began_s = time.monotonic()
                os.kill(running.pid, signal.SIGTERM)
                await screen.wait_closed()
                assert screen.close_code == 1012
            assert await asyncio.to_thread(running.ended) == 0
            assert time.monotonic() - began_s < ENDED_S
        assert (len(found(tmp_path, "*.mcap.part")), len(found(tmp_path, "*.mcap"))) == (0, 1)
        assert not [child for child in children if child.is_running()]
        assert running.output.count(code) == 1
        assert running.token not in running.output

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
    def test_kill_9_takes_broker_and_agents_along(self, tmp_path: Path) -> None:
        with Running("demo", "--no-browser", "--machines", "1", data=tmp_path) as running:
            children = psutil.Process(running.pid).children(recursive=True)
            assert {"nats-server"} < {child.name() for child in children}
            os.kill(running.pid, signal.SIGKILL)
            _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []
