"""Recordings that no machine has sent are listed while the service runs (decision 0231)."""

import errno
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from service import recordings
from service.newcomers import LOOKS_AFTERWARDS, Newcomers, Watch
from service.replay.shelf import Shelf
from service.store import Index, SessionRow, StoreGoneError
from tests.service.recordings.sessions import record


def touched(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class TestWatch:
    """Which files are new, cheaply."""

    def test_a_file_is_new_once_when_it_has_stayed_the_same(self, tmp_path: Path) -> None:
        watch = Watch(tmp_path, ())
        first = touched(tmp_path / "one" / "a" / "first.mcap")
        assert watch.look() == []
        first.write_bytes(b"longer")
        assert watch.look() == [], "it is still being written"
        second = touched(tmp_path / "second.mcap")
        assert watch.look() == [first]
        assert watch.look() == [second]
        assert watch.look() == []

    def test_known_ones_and_what_is_no_finished_recording_are_passed_over(self, tmp_path: Path) -> None:
        known = touched(tmp_path / "known.mcap")
        for name in ("s.mcap.part", "s.final.mcap.part", "s.labels.json", "table.csv", ".import-1/s.mcap"):
            touched(tmp_path / name)
        (tmp_path / "folder.mcap").mkdir()
        watch = Watch(tmp_path, {str(known)})
        assert watch.look() == watch.look() == []

    def test_another_file_of_the_same_name_is_new_also_where_it_was_known(self, tmp_path: Path) -> None:
        known = touched(tmp_path / "a" / "known.mcap")
        watch = Watch(tmp_path, {str(known)})
        watch.look()
        touched(tmp_path / "fresh", b"another").replace(known)
        assert watch.look() == []
        assert watch.look() == [known]
        watch.forget(known)
        assert watch.look() == []
        assert watch.look() == [known]

    def test_a_folder_in_which_nothing_changes_is_not_read_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(3):
            touched(tmp_path / "site" / f"m{number}" / "s.mcap")
            os.utime(tmp_path / "site" / f"m{number}", (1, 1))
        for folder in (tmp_path / "site", tmp_path):
            os.utime(folder, (1, 1))
        watch = Watch(tmp_path, ())
        watch.look()
        watch.look()
        read: list[str] = []
        scan = os.scandir

        def told(at: str) -> object:
            read.append(at)
            return scan(at)

        monkeypatch.setattr(os, "scandir", told)
        assert watch.look() == []
        assert read == []
        touched(tmp_path / "site" / "m1" / "t.mcap")
        watch.look()
        assert read == [str(tmp_path / "site" / "m1")]

    def test_a_copy_that_pauses_is_new_again_when_it_goes_on(self, tmp_path: Path) -> None:
        """Its folder does not change by that."""
        paused = touched(tmp_path / "paused.mcap")
        os.utime(tmp_path, (1, 1))
        watch = Watch(tmp_path, ())
        watch.look()
        assert watch.look() == [paused]
        assert watch.look() == []
        with paused.open("ab") as file:
            file.write(b"the rest")
        assert watch.look() == []
        assert watch.look() == [paused]
        for _ in range(LOOKS_AFTERWARDS + 1):
            assert watch.look() == []
        paused.write_bytes(b"long after")
        assert watch.look() == watch.look() == []

    def test_a_link_to_nothing_hides_nothing(self, tmp_path: Path) -> None:
        """Nor does a file that goes while it is looked at."""
        (tmp_path / "a.mcap").symlink_to(tmp_path / "nowhere")
        there = touched(tmp_path / "b.mcap")
        watch = Watch(tmp_path, ())
        watch.look()
        assert watch.look() == [there]

    def test_a_folder_that_can_not_be_read_for_a_while_brings_nothing_anew(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """As on a share that is away for a moment: it is said, once."""
        there = touched(tmp_path / "site" / "m1" / "there.mcap")
        watch = Watch(tmp_path, ())
        watch.look()
        assert watch.look() == [there]
        scan = os.scandir

        def away(at: str) -> object:
            if at == str(tmp_path / "site"):
                raise OSError(errno.EIO, "Input/output error")
            return scan(at)

        with structlog.testing.capture_logs() as logs, monkeypatch.context() as patch:
            patch.setattr(os, "scandir", away)
            touched(tmp_path / "site" / "m1" / "more.mcap")
            assert watch.look() == []
            assert watch.look() == [tmp_path / "site" / "m1" / "more.mcap"]
        assert [(log["folder"], log["reason"]) for log in logs] == [(str(tmp_path / "site"), "Input/output error")]
        assert watch.look() == watch.look() == []

    def test_a_folder_that_is_not_there_holds_nothing(self, tmp_path: Path) -> None:
        assert Watch(tmp_path / "none", ()).look() == []


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    made = await Index.open(f"sqlite+aiosqlite:///{tmp_path}/index.sqlite")
    yield made
    await made.close()


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    made = Shelf(tmp_path / "cache")
    yield made
    await made.close()


async def test_what_came_is_listed_as_the_recording_tells_it_and_what_is_none_hides_nothing(
    tmp_path: Path, index: Index, shelf: Shelf
) -> None:
    folder = tmp_path / "recordings"
    touched(folder / "a-none.mcap", b"nonsense")
    path = imported(folder / "table.mcap", repetitions=8)
    newcomers = Newcomers(folder, index, shelf)

    async def listed() -> SessionRow | None:
        await newcomers.look()
        await newcomers.look()
        return await index.get("came")

    first = await listed()
    assert first == recordings.summary(path)
    imported(path, repetitions=4)
    again = await listed()
    assert again == recordings.summary(path) != first, "imported anew, it is the same session with another result"
    moved = shutil.copy(path, folder / "moved.mcap")
    assert await listed() == again, "of two files of one session the one that is listed stays"
    path.unlink()
    newcomers = Newcomers(folder, index, shelf)
    shutil.move(moved, folder / "put-back.mcap")
    found = await listed()
    assert found == replace(again, path=str(folder / "put-back.mcap"))


async def test_a_file_that_can_not_be_listed_is_said_to_be_once_and_ends_nothing(
    tmp_path: Path, index: Index, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recordings"
    touched(folder / os.fsdecode(b"\xff.mcap"))
    record(folder, session="odd", about={"started_utc": "yesterday"})
    newcomers = Newcomers(folder, index, shelf)
    with structlog.testing.capture_logs() as logs:
        for _ in range(4):
            await newcomers.look()
    assert {log["recording"]: log["reason"] for log in logs} == {
        r"\udcff.mcap": "its path is no text in UTF-8: rename it",
        "odd.mcap": "what it says of itself can't be understood (ValueError: Invalid isoformat string: 'yesterday')",
    }
    assert len(logs) == 2

    async def breaks(*_: object) -> None:
        raise RuntimeError("what nobody thought of")

    for owner, name in ((shelf, "summary"), (newcomers._watch, "look")):
        (folder / "odd.mcap").touch()
        with structlog.testing.capture_logs() as logs, monkeypatch.context() as patch:
            patch.setattr(owner, name, breaks if name == "summary" else None)
            for _ in range(3):
                await newcomers.look()
        assert len(logs) == 1
    record(folder, session="came")
    await newcomers.look()
    await newcomers.look()
    assert await index.get("came") is not None


async def test_what_is_recorded_here_is_left_to_who_records_it(
    tmp_path: Path, index: Index, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is read a second time of each session that ends."""
    path = record(tmp_path / "recordings" / "clinic" / "one")
    newcomers = Newcomers(tmp_path / "recordings", index, shelf)
    await newcomers.look()
    await index.put(recordings.summary(path))
    monkeypatch.setattr(shelf, "summary", None)
    await newcomers.look()
    path.touch()
    await newcomers.look()
    await newcomers.look()


def imported(path: Path, repetitions: int) -> Path:
    made = record(path.parent / "made", session="came", repetitions=repetitions, about={"imported": "{}"})
    return Path(shutil.move(made, path))


async def test_a_list_that_is_away_is_asked_again(tmp_path: Path, index: Index, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "recordings"
    record(folder / "import", session="came")
    newcomers = Newcomers(folder, index, shelf)

    async def gone(*_: object) -> None:
        raise StoreGoneError("away")

    with monkeypatch.context() as patch:
        patch.setattr(index, "places", gone)
        await newcomers.look()
    await newcomers.look()
    with monkeypatch.context() as patch:
        patch.setattr(index, "get", gone)
        await newcomers.look()
    assert await index.get("came") is None
    await newcomers.look()
    await newcomers.look()
    assert await index.get("came") is not None
