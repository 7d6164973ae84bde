"""robustness 1.4: the twin of the door tells legal states after a power cut from impossible ones."""

import errno
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disk import Disk
from tests.faults.twin import SECTOR, Twin, each_sync_matters

NAME = Path("file")


def states(twin: Twin, draws: int = 200) -> list[dict[Path, bytes]]:
    return [twin.cut(Random(seed)).files for seed in range(draws)]


def written(root: Path) -> Twin:
    """A file of two sectors whose first is synced, its name too."""
    twin = Twin(root)
    file = twin.create(root / NAME)
    file.write(b"a" * SECTOR)
    file.sync()
    twin.sync_folder(root)
    file.write(b"b" * SECTOR)
    return twin


def test_what_was_synced_is_in_every_state_and_the_rest_in_some(tmp_path: Path) -> None:
    found = {state[NAME] for state in states(written(tmp_path))}
    assert all(content[:SECTOR] == b"a" * SECTOR for content in found)
    assert {b"a" * SECTOR, b"a" * SECTOR + b"b" * SECTOR, b"a" * SECTOR + bytes(SECTOR)} <= found


def test_a_sector_is_torn_at_any_byte(tmp_path: Path) -> None:
    tails = {state[NAME][SECTOR:] for state in states(written(tmp_path))}
    assert any(0 < tail.count(b"b") < SECTOR for tail in tails)


def test_a_later_sector_may_survive_an_earlier_one(tmp_path: Path) -> None:
    twin = written(tmp_path)
    file = twin.reopen(tmp_path / NAME)
    file.write(b"c" * SECTOR)
    assert any(b"b" not in state[NAME] and state[NAME].endswith(b"c" * SECTOR) for state in states(twin))


def test_an_overwritten_place_has_its_old_bytes_or_its_new_ones(tmp_path: Path) -> None:
    twin = written(tmp_path)
    twin.reopen(tmp_path / NAME).write_at(10, b"xyz")
    heads = {state[NAME][10:13] for state in states(twin)}
    assert {b"aaa", b"xyz"} <= heads <= {b"aaa", b"xaa", b"xya", b"xyz"}


def test_a_name_is_only_sure_once_its_folder_is_synced(tmp_path: Path) -> None:
    twin = Twin(tmp_path)
    file = twin.create(tmp_path / NAME)
    file.write(b"a")
    file.sync()
    assert {NAME in state for state in states(twin)} == {False, True}
    twin.sync_folder(tmp_path)
    assert {NAME in state for state in states(twin)} == {True}
    twin.remove(tmp_path / NAME)
    assert {NAME in state for state in states(twin)} == {False, True}


def test_a_renamed_file_has_one_of_its_names(tmp_path: Path) -> None:
    twin = written(tmp_path)
    twin.rename(tmp_path / NAME, tmp_path / "other")
    assert {tuple(map(str, state)) for state in states(twin)} == {("file",), ("other",)}
    twin.sync_folder(tmp_path)
    assert {tuple(map(str, state)) for state in states(twin)} == {("other",)}


def test_a_failed_sync_may_have_dropped_what_it_was_to_save_for_good(tmp_path: Path) -> None:
    twin = written(tmp_path)
    file = twin.reopen(tmp_path / NAME)
    twin.fail(twin.calls + 1, errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        file.sync()
    file.sync()
    assert {state[NAME].count(b"b") == SECTOR for state in states(twin)} == {False, True}


def test_the_nth_call_fails_and_leaves_nothing(tmp_path: Path) -> None:
    twin = Twin(tmp_path)
    twin.fail(2)
    file = twin.create(tmp_path / NAME)
    with pytest.raises(OSError, match="No space"):
        file.write(b"lost")
    file.write(b"kept")
    assert (twin.calls, (tmp_path / NAME).read_bytes()) == (3, b"kept")


def test_a_small_disk_is_full_until_something_is_removed(tmp_path: Path) -> None:
    twin = Twin(tmp_path, space=10)
    twin.create(tmp_path / "one").write(b"12345678")
    other = twin.create(tmp_path / "two")
    with pytest.raises(OSError, match="No space"):
        other.write(b"123")
    twin.remove(tmp_path / "one")
    other.write(b"123")


def test_a_state_is_put_on_a_folder_for_ordinary_readers_and_is_a_disk_again(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    folder = written(tmp_path / "before").worst().put(tmp_path / "after")
    assert (folder / NAME).read_bytes() == b"a" * SECTOR
    again = Twin(folder)
    assert again.worst().files == {NAME: b"a" * SECTOR}
    assert again.reopen(folder / NAME).size == SECTOR


@given(st.integers(0, 2**32), st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 1500), st.booleans()), max_size=12))
def test_synced_means_unchanged_whatever_was_written(
    tmp_path_factory: pytest.TempPathFactory, seed: int, writes: list[tuple[int, int, bool]]
) -> None:
    root = tmp_path_factory.mktemp("twin")
    twin = Twin(root)
    file = twin.create(root / NAME)
    twin.sync_folder(root)
    for at, (offset, size, sync) in enumerate(writes):
        data = bytes([at + 1]) * size
        file.write_at(offset, data) if offset + size <= file.size else file.write(data)
        if sync:
            file.sync()
            assert twin.cut(Random(seed)).files[NAME] == (root / NAME).read_bytes()
    assert all(len(state.files[NAME]) <= 2000 + 12 * 1500 for _, state in twin.cuts(Random(seed), draws=1) if NAME in state.files)


def save(disk: Disk, path: Path, content: bytes) -> None:
    """The usual way to replace a file."""
    beside = path.with_suffix(".new")
    file = disk.create(beside)
    file.write(content)
    file.sync()
    file.close()
    disk.rename(beside, path)
    disk.sync_folder(path.parent)


def test_each_sync_of_a_sound_writer_matters_and_an_idle_one_is_found(tmp_path: Path) -> None:
    def scenario(twin: Twin) -> None:
        save(twin, twin.root / NAME, b"new")
        assert all(twin.cut(Random(seed)).files == {NAME: b"new"} for seed in range(20))

    def idle(twin: Twin) -> None:
        scenario(twin)
        twin.sync_folder(twin.root)

    assert each_sync_matters(scenario, tmp_path / "sound") == []
    assert [site.rpartition(":")[0].rpartition(".")[2] for site in each_sync_matters(idle, tmp_path / "idle")] == ["idle"]
