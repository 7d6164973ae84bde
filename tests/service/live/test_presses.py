"""Stops for pain outside a session, in their file (H09; decision 0248)."""

from pathlib import Path

import pytest

from service.live.presses import MOST, Presses


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site" / "m1" / "presses.jsonl"


def test_what_nobody_has_seen_stands_after_a_kill(path: Path) -> None:
    presses = Presses(path)
    for press in ("p-1", "p-2", "p-2"):
        presses.add(press)
    again = Presses(path)
    assert (again.unseen, again.known) == (["p-1", "p-2"], ["p-1", "p-2"])
    assert again.see()
    assert not again.see()
    again.add("p-3")
    assert (Presses(path).unseen, Presses(path).known) == (["p-3"], ["p-1", "p-2", "p-3"])


def test_a_line_that_a_power_cut_tore_spoils_none_after_it(path: Path) -> None:
    Presses(path).add("p-1")
    with path.open("ab") as file:
        file.write(b'\n{"utc":"2026-01-15T09:3')
    Presses(path).add("p-2")
    assert Presses(path).unseen == ["p-1", "p-2"]


def test_a_button_that_is_stuck_fills_no_disk(path: Path) -> None:
    presses = Presses(path)
    for number in range(2 * MOST):
        presses.add(f"p-{number}")
    assert len(Presses(path).known) == MOST


def test_a_disk_that_takes_nothing_silences_nobody(path: Path) -> None:
    path.mkdir(parents=True)
    presses = Presses(path)
    presses.add("p-1")
    assert presses.unseen == ["p-1"]
