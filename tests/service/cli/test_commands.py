"""The command line as a whole (contract 7): quick help, versions, exit codes 0, 1 and 2, one line for a fault."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest

from service.cli import COMMANDS, main
from service.security import Gate, Identity, Role


class Said(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def process(*arguments: str) -> Said:
    """`ilex ARGUMENT...` as a process of its own."""
    command = [sys.executable, "-m", "service.cli", *arguments]
    found = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    return Said(found.returncode, found.stdout, found.stderr)


@pytest.fixture
def ilex(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`ilex ARGUMENT...` in this process: quick."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["ilex", *arguments])
        monkeypatch.setenv("COLUMNS", "200")
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Said(int(end.value.code or 0), *capfd.readouterr())

    return run


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys; sys.argv = ['ilex', '--help']\n"
        "from service.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'fastapi', 'numpy', 'sqlalchemy', 'uvicorn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name in COMMANDS:
        assert f" {name} " in found.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_shows_how_it_is_called(ilex: Callable[..., Said], name: str) -> None:
    found = ilex(name, "--help")
    assert found.returncode == 0
    assert f"ilex {name} " in found.stdout.replace(f"Usage: ilex {name}", "") or f"ilex {name}\n" in found.stdout


def test_version(ilex: Callable[..., Said]) -> None:
    assert ilex("--version").stdout == f"ilex {version('ilex')}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["serve", "--port", "70000"],
        ["serve", "--nonsense"],
        ["serve", "--broker", "http://127.0.0.1"],
        ["serve", "--lichtblick", "lichtblick.clinic"],
        ["serve", "--lichtblick", "https://lichtblick.clinic/?ds=x"],
        ["serve", "--broker", "mqtt://127.0.0.1:x"],
        ["demo", "--machines", "-1"],
        ["token"],
        ["token", "--role", "boss"],
        ["token", "--role", "screen", "--machine", "NoSlash"],
        ["replay"],
        ["replay", "x.csv"],
        ["replay", "x.csv", "--to", "http://127.0.0.1"],
        ["replay", "x.csv", "--to", "mqtt://127.0.0.1", "--machine", "UPPER/x"],
    ],
)
def test_wrong_use_is_2(ilex: Callable[..., Said], arguments: list[str]) -> None:
    found = ilex(*arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr


class TestToken:
    def test_only_the_token_stands_on_stdout(self, ilex: Callable[..., Said], tmp_path: Path) -> None:
        found = ilex("token", "--role", "engineer", "--data", str(tmp_path), "--days", "2", "--name", "bench")
        token = found.stdout.strip()
        assert (found.returncode, found.stdout) == (0, f"{token}\n")
        assert token not in found.stderr
        scope = {"type": "http", "method": "GET", "headers": [(b"authorization", f"Bearer {token}".encode())]}
        assert Gate(tmp_path).identify(scope) == Identity(Role.ENGINEER, "bench")

    def test_a_key_that_cannot_be_used_is_1(self, ilex: Callable[..., Said], tmp_path: Path) -> None:
        (tmp_path / "secret.key").write_text("broken")
        (tmp_path / "secret.key").chmod(0o600)
        found = ilex("token", "--role", "admin", "--data", str(tmp_path))
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr.startswith("ilex: ")
        assert found.stderr.count("\n") == 1


class TestFaultsAreOneLine:
    def words_of(self, found: Said) -> str:
        assert found.returncode == 1, found
        assert found.stdout == ""
        assert found.stderr.startswith("ilex: ")
        assert found.stderr.count("\n") == 1, found.stderr
        return found.stderr

    @pytest.mark.parametrize("command", ["serve", "demo"])
    def test_a_taken_port(self, tmp_path: Path, taken: int, command: str) -> None:
        words = self.words_of(process(command, "--port", str(taken), "--mqtt-port", "0", "--data", str(tmp_path)))
        assert f"port {taken} on 127.0.0.1 is taken" in words
        assert "--port" in words

    def test_a_taken_mqtt_port(self, tmp_path: Path, taken: int) -> None:
        words = self.words_of(process("serve", "--port", "0", "--mqtt-port", str(taken), "--data", str(tmp_path)))
        assert f"{taken}" in words
        assert "--mqtt-port" in words

    def test_listening_beyond_loopback_before_anybody_could_sign_in(self, ilex: Callable[..., Said], tmp_path: Path) -> None:
        words = self.words_of(ilex("serve", "--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path)))
        assert "ilex token" in words

    def test_a_data_folder_that_cannot_be(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "file" in self.words_of(process("serve", "--port", "0", "--mqtt-port", "0", "--data", str(tmp_path / "file" / "data")))

    @pytest.mark.parametrize(
        ("content", "words"), [(None, "no such file"), ("t_s,torque_nm\n0,1\n", "angle_deg"), ("t_s,angle_deg\n0,1\n0.1,x\n", ":3:")]
    )
    @pytest.mark.parametrize("command", ["demo", "replay"])
    def test_a_recording_that_cannot_be_read(
        self, ilex: Callable[..., Said], tmp_path: Path, command: str, content: str | None, words: str
    ) -> None:
        file = tmp_path / "take.csv"
        if content is not None:
            file.write_text(content)
        arguments = ["demo", "--recording", str(file)] if command == "demo" else ["replay", str(file), "--to", "mqtt://127.0.0.1:1"]
        said = self.words_of(ilex(*arguments))
        assert str(file) in said
        assert words in said

    def test_a_plan_with_faults_names_each(self, ilex: Callable[..., Said], tmp_path: Path) -> None:
        take, plan = tmp_path / "take.csv", tmp_path / "plan.json"
        take.write_text("t_s,angle_deg\n0,1\n0.1,2\n")
        plan.write_text(
            json.dumps({"range": {"flexion_deg": 60, "extension_deg": 6}, "tempo": {"extension_s": -1, "hold_s": 2, "flexion_s": 3}})
        )
        said = self.words_of(ilex("demo", "--recording", str(take), "--plan", str(plan)))
        assert "/tempo/extension_s" in said
        assert "/tempo/turn_s" in said

    def test_a_broker_that_is_not_there(self, ilex: Callable[..., Said], tmp_path: Path) -> None:
        take = tmp_path / "take.csv"
        take.write_text("t_s,angle_deg\n0,1\n0.1,2\n")
        assert "no broker answers at 127.0.0.1:1" in self.words_of(ilex("replay", str(take), "--to", "mqtt://127.0.0.1:1"))
