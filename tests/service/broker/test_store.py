"""Where the broker's files are: on their disk, in memory while that is full (robustness F11, decision 0300)."""

from pathlib import Path

import pytest

from service.broker import store as store_module
from service.broker.store import FULL_BYTES, KEPT, LEAST_FREE_BYTES, LEAST_IN_MEMORY_BYTES, Store, free_bytes


class Disks:
    """What is free on the broker's disk and in memory, as the test says."""

    def __init__(self, folder: Path) -> None:
        self.disk, self.memory = folder / "disk", folder / "memory"
        self.free = {self.disk: LEAST_FREE_BYTES, self.memory: LEAST_IN_MEMORY_BYTES}


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disks:
    disks = Disks(tmp_path)
    disks.disk.mkdir()
    disks.memory.mkdir()
    monkeypatch.setattr(store_module, "MEMORY", disks.memory)
    monkeypatch.setattr(store_module, "free_bytes", disks.free.__getitem__)
    return disks


def test_moves_with_all_that_was_kept_and_back(disks: Disks) -> None:
    store = Store(disks.disk)
    (disks.disk / KEPT / "messages").mkdir(parents=True)
    (disks.disk / KEPT / "messages" / "1.blk").write_bytes(b"kept")
    store.settle()
    assert store.home == disks.disk
    disks.free[disks.disk] = FULL_BYTES - 1
    store.settle()
    assert store.in_memory()
    assert store.home.parent == disks.memory
    assert (store.home / KEPT / "messages" / "1.blk").read_bytes() == b"kept"
    assert not (disks.disk / KEPT).exists()
    disks.free[disks.disk] = LEAST_FREE_BYTES - 1
    assert not store.misplaced()
    disks.free[disks.disk] = LEAST_FREE_BYTES
    store.settle()
    assert store.home == disks.disk
    assert not store.in_memory()
    assert (disks.disk / KEPT / "messages" / "1.blk").read_bytes() == b"kept"
    assert not any(disks.memory.iterdir())


def test_what_an_earlier_process_put_in_memory_is_what_counts(disks: Disks) -> None:
    disks.free[disks.disk] = 0
    Store(disks.disk).settle()
    assert Store(disks.disk).in_memory()
    assert not Store(disks.disk.parent / "other").in_memory()


def test_stays_on_a_full_disk_where_there_is_no_memory_for_it(disks: Disks) -> None:
    disks.free[disks.disk], disks.free[disks.memory] = 0, LEAST_IN_MEMORY_BYTES - 1
    assert not Store(disks.disk).misplaced()


def test_takes_no_folder_of_somebody_else(disks: Disks) -> None:
    """Everybody may make a folder of any name in memory: a link in its place leads elsewhere."""
    disks.free[disks.disk] = 0
    store = Store(disks.disk)
    elsewhere = disks.disk.parent / "elsewhere"
    (elsewhere / KEPT).mkdir(parents=True)
    store._memory.symlink_to(elsewhere)
    assert not store.in_memory()
    assert not store.misplaced()


def test_a_move_that_fails_leaves_it_whole_and_is_not_tried_at_once_again(disks: Disks) -> None:
    (disks.disk / KEPT).mkdir()
    (disks.disk / KEPT / "1.blk").symlink_to(disks.disk / "nowhere")
    disks.free[disks.disk] = 0
    store = Store(disks.disk)
    store.settle()
    assert store.home == disks.disk
    assert (disks.disk / KEPT / "1.blk").is_symlink()
    assert not store.misplaced()
    assert not any(store._memory.iterdir())


def test_a_disk_that_does_not_say_what_is_free_has_nothing_free(tmp_path: Path) -> None:
    """robustness F11: who looks after the broker outlives a disk that fails altogether."""
    assert free_bytes(tmp_path / "gone") == 0 < free_bytes(tmp_path)
