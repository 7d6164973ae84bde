"""The edge agent as a child of a command (contract 7: `ilex demo`, `ilex replay`)."""

import stat
import tomllib
from pathlib import Path

from service.cli.edge import configuration


def test_a_configuration_names_machine_driver_and_broker(tmp_path: Path) -> None:
    path = configuration(
        "site/m-1", "mqtt://127.0.0.1:1884", {"name": "recording", "file": 'a "b" \\ ü.csv', "speed": 2.5, "loop": True}, tmp_path
    )
    assert tomllib.loads(path.read_text("utf-8")) == {
        "machine": "site/m-1",
        "driver": {"name": "recording", "file": 'a "b" \\ ü.csv', "speed": 2.5, "loop": True},
        "broker": {"url": "mqtt://127.0.0.1:1884"},
        "spool": {"quota_mb": 256},
    }


def test_a_password_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    """robustness-and-screens C22: never in argv or in what is shown."""
    path = configuration("site/m1", "mqtt://anna:p%40ss@broker", {"name": "simulator"}, tmp_path)
    table = tomllib.loads(path.read_text("utf-8"))["broker"]
    secret = tmp_path / table["password_file"]
    assert (table["url"], table["username"], secret.read_text("utf-8")) == ("mqtt://broker:1883", "anna", "p@ss")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "p@ss" not in path.read_text("utf-8")
