"""deploy/: every file is read by the program that it is for (issue 2 point 9)."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
import yaml

from edge_agent import configuration as edge_configuration
from service.broker import binary
from tests.brokers import MOSQUITTO, BrokerProcess

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SCRIPTS = Path(sys.executable).parent
ASK_AGAIN_S = 2.0


class ShippedNats(BrokerProcess):
    """nats-server with the file of deploy/nats, on a port of its own."""

    def command(self) -> list[str]:
        text = (DEPLOY / "nats" / "nats-server.conf").read_text()
        file = self.folder / "nats-server.conf"
        file.write_text(_replaced(_replaced(text, "port: 1883", f"port: {self.port}"), "port: 4222", "port: -1"))
        return [str(binary.find()), "-c", str(file)]


class ShippedMosquitto(BrokerProcess):
    """Mosquitto with the file of deploy/mosquitto, on a port of its own."""

    def command(self) -> list[str]:
        assert MOSQUITTO is not None
        text = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text()
        text = _replaced(_replaced(text, "listener 1883", f"listener {self.port}"), "/var/lib/mosquitto/", f"{self.folder}/")
        file = self.folder / "mosquitto.conf"
        # Started by root, Mosquitto becomes a user that may not write here.
        file.write_text(text + ("\nuser root\n" if os.geteuid() == 0 else ""))
        return [MOSQUITTO, "-c", str(file)]


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
    return text.replace(old, new)


async def kept_message(broker: BrokerProcess, size: int) -> bytes:
    """A retained message of `size` bytes, sent by one client and read by another."""
    async with aiomqtt.Client(broker.host, broker.port) as writer:
        await writer.publish("ilex/1/clinic/one/plan", bytes(size), qos=1, retain=True)
    async with asyncio.timeout(10), aiomqtt.Client(broker.host, broker.port) as reader:
        heard = asyncio.ensure_future(anext(aiter(reader.messages)))
        while not heard.done():
            # nats-server may forget to say what it has just taken (decision 0246).
            await reader.subscribe("ilex/1/clinic/one/plan", qos=1)
            await asyncio.wait([heard], timeout=ASK_AGAIN_S)
    assert isinstance(heard.result().payload, bytes)
    return heard.result().payload


class TestBrokers:
    async def test_nats_server_starts_with_the_shipped_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ILEX_MQTT_HOST", "127.0.0.1")
        monkeypatch.setenv("ILEX_BROKER_STORE", str(tmp_path / "store"))
        with ShippedNats(tmp_path) as broker:
            assert len(await kept_message(broker, 40_000)) == 40_000

    def test_nats_server_finds_the_shipped_file_in_order(self, tmp_path: Path) -> None:
        environment = {"ILEX_MQTT_HOST": "127.0.0.1", "ILEX_BROKER_STORE": str(tmp_path)}
        check = [str(binary.find()), "-t", "-c", str(DEPLOY / "nats" / "nats-server.conf")]
        result = subprocess.run(check, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr

    @pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
    async def test_mosquitto_starts_with_the_shipped_file(self, tmp_path: Path) -> None:
        with ShippedMosquitto(tmp_path) as broker:
            assert len(await kept_message(broker, 40_000)) == 40_000
            broker.stop()
            broker.start()
            async with asyncio.timeout(10), aiomqtt.Client(broker.host, broker.port) as reader:
                await reader.subscribe("ilex/1/clinic/one/plan", qos=1)
                await anext(aiter(reader.messages))


class TestContainers:
    def test_hadolint_finds_nothing(self) -> None:
        result = subprocess.run([SCRIPTS / "hadolint", DEPLOY / "container" / "Dockerfile"], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout

    def test_every_file_that_is_copied_exists_and_is_let_through(self) -> None:
        text = (DEPLOY / "container" / "Dockerfile").read_text()
        let_through = {
            line[1:] for line in (DEPLOY / "container" / "Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")
        }
        sources = [source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]]
        assert sources
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in let_through, source

    @pytest.mark.parametrize("stage", ["service", "edge"])
    def test_nothing_runs_as_root(self, stage: str) -> None:
        text = (DEPLOY / "container" / "Dockerfile").read_text()
        assert f"FROM runtime AS {stage}\n" in text
        runtime = text.split("AS runtime\n")[1].split("\nFROM")[0]
        assert "\nUSER 10001:10001" in runtime
        assert len(re.findall(r"^USER ", text, re.MULTILINE)) == 1

    def test_the_machine_of_the_compose_file_is_one_that_the_edge_takes(self) -> None:
        loaded = edge_configuration.load(DEPLOY / "container" / "edge.toml")
        assert loaded.machine == "clinic/simulated"


class TestCompose:
    FILE = DEPLOY / "compose.yaml"

    def read(self) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load(self.FILE.read_text())
        return loaded

    def test_docker_reads_it(self) -> None:
        docker = shutil.which("docker")
        if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
            pytest.skip("docker compose is not installed")
        result = subprocess.run([docker, "compose", "-f", self.FILE, "config", "-q"], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr

    def test_every_name_that_it_uses_is_declared(self) -> None:
        compose = self.read()
        for name, service in compose["services"].items():
            assert set(service.get("networks", [])) <= compose["networks"].keys(), name
            assert set(service.get("depends_on", {})) <= compose["services"].keys(), name
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                assert (self.FILE.parent / source).is_file() if source.startswith(".") else source in compose["volumes"], volume
            if build := service.get("build"):
                context = (self.FILE.parent / build["context"]).resolve()
                assert f" AS {build['target']}\n" in (context / build["dockerfile"]).read_text()

    def test_every_container_is_held_short(self) -> None:
        for service in self.read()["services"].values():
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert "no-new-privileges:true" in service["security_opt"]

    def test_ports_are_open_to_this_computer_alone_unless_asked(self) -> None:
        ports = [port for service in self.read()["services"].values() for port in service.get("ports", [])]
        assert len(ports) == 2
        assert all(re.fullmatch(r"\$\{ILEX_(MQTT_)?BIND:-127\.0\.0\.1\}:\d+:\d+", port) for port in ports)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
class TestSystemd:
    def test_it_verifies(self, unit: Path, tmp_path: Path) -> None:
        # verify wants the program to exist; where it will stand, it does not yet.
        text = re.sub(r"/opt/[a-z-]+/bin/[a-z-]+", "/bin/true", unit.read_text())
        name = unit.name.replace("@", "@one")
        (tmp_path / unit.name).write_text(text)
        command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        ours = [line for line in result.stderr.splitlines() if unit.name.partition("@")[0] in line]
        assert not ours, result.stderr
        assert result.returncode == 0, result.stderr

    def test_it_is_well_shut_in(self, unit: Path) -> None:
        # systemd's exposure, in tenths: 0 shut in, 100 open.
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(unit)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout[-400:] + result.stderr

    def test_it_starts_what_the_wheel_installs(self, unit: Path) -> None:
        program = re.search(r"ExecStart=/opt/[a-z-]+/bin/([a-z-]+) ", unit.read_text())
        assert program is not None
        assert (SCRIPTS / program[1]).exists()
