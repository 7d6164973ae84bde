"""Stops for pain outside a session, in their file (H09; decision 0248)."""

import errno
from pathlib import Path
from random import Random

import pytest

from service.live.presses import MOST, Presses
from tests.faults.twin import Twin, each_sync_matters


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


def story(twin: Twin) -> None:
    """Presses, seen and not; a sync fails; after each round of syncs the power is cut."""
    path = twin.root / "presses.jsonl"
    presses = Presses(path, twin)
    for number in range(6):
        presses.add(f"p-{number}")
        if number == 2:
            presses.see()
        if number == 4:
            twin.fail(twin.calls + 2, errno.EIO)
            presses.sync()
            assert presses.unsynced
        presses.sync()
        assert not presses.unsynced
        for seed in range(6):
            state = (twin.cut(Random(seed)) if seed else twin.worst()).put(twin.root.with_name(f"{twin.root.name}-{number}-{seed}"))
            found = Presses(state / path.name)
            assert (found.unseen, found.known) == (presses.unseen, [f"p-{each}" for each in range(number + 1)])


def test_what_was_synced_survives_a_power_cut_and_each_sync_matters(tmp_path: Path) -> None:
    """H09, F07; robustness 1.4, mutation check."""
    assert each_sync_matters(story, tmp_path) == []


def test_what_a_full_disk_did_not_take_is_kept_when_it_does(path: Path) -> None:
    """F11."""
    path.parent.mkdir(parents=True)
    twin = Twin(path.parent)
    presses = Presses(path, twin)
    presses.add("p-1")
    twin.fail_from(twin.calls + 1)
    presses.add("p-2")
    presses.sync()
    twin.heal()
    presses.add("p-3")
    presses.sync()
    presses.add("p-4")
    presses.sync()
    assert Presses(twin.worst().put(path.parent / "after") / path.name).unseen == ["p-1", "p-2", "p-3", "p-4"]


def test_a_file_that_could_not_be_read_is_never_replaced(path: Path) -> None:
    """F24: what is in it may be read the next time."""
    Presses(path).add("p-1")
    twin = Twin(path.parent)
    twin.fail(1, errno.EIO)
    presses = Presses(path, twin)
    assert presses.unseen == []
    presses.add("p-2")
    twin.fail(twin.calls + 2, errno.EIO)
    presses.sync()
    presses.sync()
    assert Presses(path).unseen == ["p-1", "p-2"]


def test_a_disk_that_takes_nothing_silences_nobody(path: Path) -> None:
    path.mkdir(parents=True)
    presses = Presses(path)
    presses.add("p-1")
    assert presses.unseen == ["p-1"]
