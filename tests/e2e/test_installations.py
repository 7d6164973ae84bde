"""The wheel, installed as users install it (issue 2 point 1, decision 0032): everything, or the edge agent alone."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path

import aiomqtt
import pytest

from tests.brokers import BrokerProcess
from wire.samples import decode

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(*command: str | Path, cwd: Path | None = None) -> str:
    result = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "service" / "web" / "index.html").exists():
        pytest.skip("the dashboard is not built (scripts/setup)")
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("ilex-*.whl")
    return built


def environment(folder: Path) -> Path:
    """The bin folder of an empty environment."""
    run(UV, "venv", "--python", sys.executable, folder)
    return folder / "bin"


def install(bin_folder: Path, *what: str | Path) -> None:
    run(UV, "pip", "install", "--system-certs", "--python", bin_folder / "python", *what)


@pytest.fixture(scope="module")
def edge_bin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    bin_folder = environment(tmp_path_factory.mktemp("edge") / "venv")
    install(bin_folder, "--require-hashes", "-r", ROOT / "requirements" / "edge.txt")
    install(bin_folder, "--no-deps", wheel)
    return bin_folder


class TestWheel:
    def test_it_carries_the_built_dashboard_and_no_tests(self, wheel: Path) -> None:
        names = zipfile.ZipFile(wheel).namelist()
        assert "service/web/index.html" in names
        assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"wire", "disk", "edge_agent", "service", "ilex"}
        assert not [name for name in names if "node_modules" in name or "__pycache__" in name]

    def test_the_whole_product_runs_in_an_empty_environment(self, wheel: Path, tmp_path: Path) -> None:
        bin_folder = environment(tmp_path / "venv")
        install(bin_folder, wheel, "-c", ROOT / "requirements" / "service.txt")
        # No Node and no checkout: a PATH of nothing, a folder of nothing.
        command = [str(bin_folder / "ilex"), "demo", "--no-browser", "--port", "0", "--mqtt-port", "0", "--data", str(tmp_path / "data")]
        (tmp_path / "empty").mkdir()
        errors = tmp_path / "errors"
        with errors.open("w") as stderr:
            demo = subprocess.Popen(
                command, cwd=tmp_path / "empty", env={"PATH": "", "HOME": str(tmp_path)}, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        try:
            link = printed(demo, r"(http://127\.0\.0\.1:\d+/enter/\S+)", errors)
            address = link.split("/enter/")[0]
            browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            page = browser.open(link, timeout=10).read().decode()
            script = re.search(r'src="(/[^"]+\.js)"', page)
            assert script is not None, page
            assert browser.open(address + script[1], timeout=10).status == 200

            def live() -> bool:
                machines = json.load(browser.open(f"{address}/api/v1/machines", timeout=10))
                return len(machines) == 3 and all(machine["feed"] == "live" for machine in machines)

            eventually(live, within_s=60)
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=20)
        assert demo.returncode in {0, 130}, errors.read_text()


class TestEdgeAlone:
    def test_its_help_runs(self, edge_bin: Path) -> None:
        assert "--config" in run(edge_bin / "ilex-edge", "run", "--help")

    def test_nothing_of_the_service_is_installed(self, edge_bin: Path) -> None:
        program = (
            "import importlib.util as u, json, sys;"
            "print(json.dumps([name for name in sys.argv[1:] if u.find_spec(name)]))"
        )  # fmt: skip
        absent = ["fastapi", "starlette", "uvicorn", "uvloop", "websockets", "scipy", "sqlalchemy", "alembic", "gmqtt", "prometheus_client"]
        assert json.loads(run(edge_bin / "python", "-c", program, *absent, "aiomqtt")) == ["aiomqtt"]
        assert not (edge_bin / "nats-server").exists()

    async def test_a_simulated_machine_sends_samples(self, edge_bin: Path, nats: BrokerProcess, tmp_path: Path) -> None:
        config = tmp_path / "edge.toml"
        config.write_text(f'machine = "test/alone"\n[broker]\nurl = "{nats.url}"\n[driver]\nname = "simulator"\n')
        async with aiomqtt.Client(nats.host, nats.port) as client:
            await client.subscribe("ilex/1/test/alone/samples")
            agent = subprocess.Popen([str(edge_bin / "ilex-edge"), "run", "--config", str(config)], cwd=tmp_path, stderr=subprocess.PIPE)  # noqa: ASYNC220  # it is ended below
            try:
                message = await anext(aiter(client.messages))
                assert isinstance(message.payload, bytes)
                assert decode(message.payload).n >= 1
            finally:
                agent.terminate()
                agent.communicate(timeout=20)


def printed(process: subprocess.Popen[str], pattern: str, errors: Path) -> str:
    """The first group of the first line of stdout that has the pattern."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError(errors.read_text())


def eventually(condition: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.1)
