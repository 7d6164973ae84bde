"""The syncs that the door promises reach the kernel, for just that file or folder (decision 0110); the twin stands in for these calls."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from disk import DISK

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fdatasync nor a sync of folders")

Synced = list[tuple[str, int]]
"""In order, each call with the inode that it was for."""


def call(name: str, path: Path) -> tuple[str, int]:
    return name, path.stat().st_ino


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Synced:
    calls: Synced = []

    def recorded(name: str, sync: Callable[[int], None]) -> Callable[[int], None]:
        def watched(fd: int) -> None:
            sync(fd)
            calls.append((name, os.fstat(fd).st_ino))

        return watched

    for name in ("fsync", "fdatasync"):
        if hasattr(os, name):
            monkeypatch.setattr(os, name, recorded(name, getattr(os, name)))
    return calls


DATA = "fdatasync" if hasattr(os, "fdatasync") else "fsync"


def test_the_bytes_of_a_file_are_synced_however_it_was_opened(tmp_path: Path, synced: Synced) -> None:
    path = tmp_path / "a"
    for file in (DISK.create(path), DISK.reopen(path)):
        file.write(b"some")
        file.write_at(0, b"S")
        assert synced == []
        file.sync()
        assert synced == [call(DATA, path)]
        file.close()
        synced.clear()


def test_a_folder_is_synced_when_it_is_asked_for(tmp_path: Path, synced: Synced) -> None:
    DISK.create(tmp_path / "a").close()
    DISK.rename(tmp_path / "a", tmp_path / "b")
    DISK.remove(tmp_path / "b")
    assert synced == []
    DISK.sync_folder(tmp_path)
    assert synced == [call("fsync", tmp_path)]


def test_every_folder_that_is_made_is_durable_in_its_own(tmp_path: Path, synced: Synced) -> None:
    DISK.make_folder(tmp_path / "a" / "b" / "c")
    assert synced == [call("fsync", parent) for parent in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
    synced.clear()
    DISK.make_folder(tmp_path / "a" / "b" / "d")
    assert synced == [call("fsync", tmp_path / "a" / "b")]


def test_a_sync_that_the_medium_refuses_is_told_and_done_again(tmp_path: Path, synced: Synced, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> None:
        raise OSError(5, "Input/output error")

    file = DISK.create(tmp_path / "a")
    with monkeypatch.context() as broken:
        for name in (DATA, "fsync"):
            broken.setattr(os, name, refused)
        for sync in (file.sync, lambda: DISK.sync_folder(tmp_path), lambda: DISK.make_folder(tmp_path / "b" / "c")):
            with pytest.raises(OSError, match="Input/output"):
                sync()
    file.close()
    DISK.make_folder(tmp_path / "b" / "c")
    assert synced == [call("fsync", tmp_path), call("fsync", tmp_path / "b")]


def test_a_close_that_failed_lets_go_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """robustness F06: the number of the closed file may be another's by the next call."""
    file = DISK.create(tmp_path / "a")
    close = os.close

    def in_vain(fd: int) -> None:
        close(fd)
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "close", in_vain)
        with pytest.raises(OSError, match="Input/output"):
            file.close()
    with (tmp_path / "b").open("wb", buffering=0) as other:
        file.close()
        with pytest.raises(OSError, match="Bad file"):
            file.write_at(0, b"a")
        other.write(b"b")
    assert (tmp_path / "b").read_bytes() == b"b"
