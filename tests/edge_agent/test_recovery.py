"""robustness F06, F20: what an agent can't read, for the disk's sake or for another version wrote it, it keeps for who can."""

import asyncio
import contextlib
import errno
import os
import shutil
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from disk import DISK, File
from disk.records import record, records
from edge_agent import segments as segments_module
from edge_agent import spool as spool_module
from edge_agent.backlog import Backlog
from edge_agent.position import Position
from edge_agent.recovery import Recovery
from edge_agent.spool import Spool
from tests.edge_agent.clocks import JumpingClock
from tests.edge_agent.test_spool import after, batch, fill, held, opened
from tests.faults.twin import Twin
from wire.messages import Stored
from wire.ranges import Ranges
from wire.samples import decode

END = 40


class Unreadable(Twin):
    """A disk that can't read files of one kind, until `read_again`."""

    kind: str | None = None

    def read(self, path: Path) -> bytes:
        if path.suffix == self.kind:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return super().read(path)

    def read_again(self) -> None:
        self.kind = None


class Worn(Twin):
    """A disk with a bad sector in the midst of one file, until it is `mended`; it counts what it was asked for in vain."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        self.bad: dict[Path, tuple[int, int]] = {}
        self.in_vain = 0
        self._read = segments_module.read
        monkeypatch.setattr(segments_module, "read", self.read_part)

    def wear(self, path: Path, size: int = 1) -> None:
        middle = path.stat().st_size // 2
        self.bad[path] = middle, middle + size

    def mended(self) -> None:
        self.bad.clear()

    def read(self, path: Path) -> bytes:
        self._try(path, 0, path.stat().st_size)
        return super().read(path)

    def read_part(self, path: Path, start: int, end: int) -> bytes:
        self._try(path, start, end)
        return self._read(path, start, end)

    def _try(self, path: Path, start: int, end: int) -> None:
        bad = self.bad.get(path)
        if bad is not None and start < bad[1] and bad[0] < end:
            self.in_vain += 1
            raise OSError(errno.EIO, "Input/output error", str(path))


class Stuck(Twin):
    """A disk that does nothing with some files, until it is `freed`."""

    def __init__(self, folder: Path, *names: str) -> None:
        super().__init__(folder)
        self.names = set(names)

    def freed(self) -> None:
        self.names.clear()

    def create(self, path: Path) -> File:
        self._try(path)
        return super().create(path)

    def reopen(self, path: Path) -> File:
        self._try(path)
        return super().reopen(path)

    def remove(self, path: Path) -> None:
        self._try(path)
        super().remove(path)

    def _try(self, path: Path) -> None:
        if path.name in self.names:
            raise OSError(errno.EIO, "Input/output error", str(path))


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of 4 KiB, read in blocks of 256 bytes where they can't be read at once."""
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 4096)
    monkeypatch.setattr(spool_module, "LEAST_SEGMENT_BYTES", 4096)
    monkeypatch.setattr(segments_module, "BLOCK_BYTES", 256)


def several(folder: Path) -> tuple[int, Path]:
    """A boot in several files: where its samples end, and the first one."""
    spool = opened(folder)
    spool.begin("b1")
    end = fill(spool, "b1", 0, 100)
    spool.close()
    first, *others = sorted(files(folder, "b1"))
    assert others
    return end, first


def left(folder: Path, *boots: str) -> None:
    """What an agent with those boots has left; of each the first 10 samples are stored."""
    spool = opened(folder)
    for boot in boots:
        spool.begin(boot)
        fill(spool, boot, 0, END // 2)
        spool.stored(Stored(boot=boot, upto=9))
        spool.round()
    spool.close()


def files(folder: Path, boot: str) -> list[Path]:
    return list(folder.glob(f"{boot}*.spool"))


def of_another_version(seq: int) -> bytes:
    """A record of a batch of which this version knows nothing but the boot."""
    return record(msgspec.msgpack.encode({"boot": "b1", "number": seq, "readings": [1, 2]}))


def after_a_kill(folder: Path, boot: str, beside: Path) -> list[int]:
    """What is in the files of a boot that still runs."""
    shutil.copytree(folder, beside)
    return after(beside, boot)


def foreign_in_the_midst(folder: Path) -> None:
    """Of `left`, samples 20 and 21 become ones of another version."""
    (path,) = files(folder, "b1")
    entry = record(msgspec.msgpack.encode(batch("b1", 20)))
    data = path.read_bytes()
    assert entry in data
    path.write_bytes(data.replace(entry, of_another_version(20)))


async def sent(spool: Spool) -> Ranges:
    """What the backlog sends of b1 to a service that stores it, until there is no more."""
    return (await all_sent(spool))["b1"]


async def all_sent(spool: Spool, known: dict[str, Ranges] | None = None) -> dict[str, Ranges]:
    """What the backlog sends to a service that stores it, by boot, until there is no more; of what the service has `known` already."""
    backlog = Backlog(spool, JumpingClock())
    found = {} if known is None else known

    async def say(payload: bytes) -> bool:
        one = decode(payload)
        has = found.setdefault(one.boot, Ranges())
        has.add(one.seq, one.seq + one.n - 1)
        backlog.stored(Stored(boot=one.boot, upto=has.last, missing=has.gaps(0, has.last)))
        return True

    async def clear() -> None:
        """The live lane is empty."""

    serving = asyncio.create_task(backlog.serve(say, clear))
    async with asyncio.timeout(10):
        while any(holding.for_broker() for holding in spool.holdings()):
            await asyncio.sleep(0)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    return found


def test_a_call_that_fails_once_at_the_start_takes_nothing(tmp_path: Path) -> None:
    for call in range(1, 20):
        folder = tmp_path / f"{call}"
        left(folder, "b1", "b2")
        twin = Twin(folder)
        twin.fail(call, errno.EMFILE if call % 2 else errno.EIO)
        spool = opened(folder, twin)
        spool.begin("b3")
        for _ in range(8):
            spool.round()
        assert spool.trouble is None, call
        assert spool.unread == 0
        assert spool.pending() == ["b1", "b2"]
        assert [held(spool, boot) for boot in ("b1", "b2")] == [list(range(END))] * 2
        spool.close()
        state = twin.cut(Random(call)).put(tmp_path / f"after {call}")
        assert [after(state, boot) for boot in ("b1", "b2")] == [list(range(END))] * 2


def test_what_the_disk_does_not_read_is_counted_and_kept_until_it_does(tmp_path: Path) -> None:
    left(tmp_path, "b1", "b2")
    twin = Unreadable(tmp_path)
    twin.kind = ".spool"
    spool = opened(tmp_path, twin)
    spool.begin("b3")
    end = fill(spool, "b3", 0, 5)
    for _ in range(10):
        spool.round()
    assert spool.trouble is None
    assert spool.unread == 2
    assert held(spool, "b3") == list(range(end))
    spool.stored(Stored(boot="b1", upto=END - 1))  # of what is not known to be there nothing is forgotten either
    spool.round()
    assert {path.name[:2] for path in tmp_path.glob("*.spool")} == {"b1", "b2", "b3"}
    twin.read_again()
    for _ in range(10):
        spool.round()
    assert spool.unread == 0
    assert spool.pending() == ["b2"]
    assert held(spool, "b2") == list(range(END))
    assert not files(tmp_path, "b1")
    spool.close()


@pytest.mark.parametrize("lost", [False, True])
def test_a_position_that_cannot_be_read_costs_sending_again_and_nothing_else(tmp_path: Path, *, lost: bool) -> None:
    """F06: it never refuses to start; and where the service has lost something, the next start doesn't go by the old position."""
    left(tmp_path, "b1")
    twin = Unreadable(tmp_path)
    twin.kind = ".stored"
    spool = opened(tmp_path, twin)
    spool.begin("b2")
    fill(spool, "b2", 0, 5)
    spool.round()
    assert spool.trouble is None
    assert spool.pending() == ["b1"]
    assert spool.level().waiting == END + 10
    upto = 5 if lost else 19
    spool.stored(Stored(boot="b1", upto=upto))
    for _ in range(3):
        spool.round()
    assert spool.trouble is None
    spool.close()
    again = opened(tmp_path)
    assert again.holdings()[0].waiting() == [(upto + 1, END - 1)]
    again.close()


async def test_samples_of_another_version_wait_for_it_and_hold_up_nobody(tmp_path: Path) -> None:
    """F20: an agent that was rolled back must not eat what the newer one has taken."""
    left(tmp_path, "b1")
    foreign_in_the_midst(tmp_path)
    spool = opened(tmp_path)
    found = await sent(spool)
    assert found.gaps(0, END - 1) == [(20, 21)]
    for _ in range(3):
        spool.round()
    assert spool.pending() == ["b1"]
    assert spool.holdings()[0].waiting() == [(20, 21)]
    assert spool.unread == 1
    spool.close()
    again = opened(tmp_path)
    assert again.holdings()[0].waiting()[0] == (20, END - 1)
    again.stored(Stored(boot="b1", upto=END - 1))  # the newer one had sent them already
    again.round()
    assert again.pending() == []
    again.close()


@pytest.mark.parametrize("known", [0, END])
def test_an_end_of_another_version_is_kept_though_all_before_it_is_stored(tmp_path: Path, known: int) -> None:
    """F20: nobody here knows how many samples these are."""
    path = tmp_path / "b1-000000000000.spool"
    if known:
        left(tmp_path, "b1")
        (path,) = files(tmp_path, "b1")
    content = (path.read_bytes() if known else b"") + of_another_version(END)
    path.write_bytes(content)
    spool = opened(tmp_path)
    assert held(spool, "b1") == list(range(known))
    assert spool.unread == 1
    spool.stored(Stored(boot="b1", upto=END - 1))
    for _ in range(10):
        spool.round()
    assert spool.pending() == []
    spool.close()
    assert path.read_bytes() == content


async def test_damage_is_no_reason_to_keep_anything(tmp_path: Path) -> None:
    """F24: what a flipped bit has hit is lacking, and what is stored around it is forgotten."""
    left(tmp_path, "b1")
    (path,) = files(tmp_path, "b1")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    spool = opened(tmp_path)
    assert (await sent(spool)).count() == END - 2
    spool.round()
    assert spool.unread == 0
    assert not files(tmp_path, "b1")
    spool.close()


@pytest.mark.parametrize("name", ["b1.stored", "b1-000000000000.spool"])
def test_a_file_that_stays_stuck_keeps_no_other_boot_from_being_forgotten(tmp_path: Path, name: str) -> None:
    """F10: neither where its position can't be written nor where what is stored can't be removed; and no session is refused for it."""
    left(tmp_path, "b1", "b2", "b3")
    stuck = Stuck(tmp_path, name)
    spool = opened(tmp_path, stuck)
    spool.begin("b4")
    upto = END - 1 if name.endswith(".spool") else 19
    for boot, last in (("b1", upto), ("b2", 19), ("b3", END - 1)):
        spool.stored(Stored(boot=boot, upto=last))
    for _ in range(5):
        fill(spool, "b4", 0, 5)
        spool.round()
    assert spool.trouble is None
    assert not spool.level().refuses
    assert not files(tmp_path, "b3")
    state = stuck.cut(Random(1)).put(tmp_path / "after")
    again = opened(state)
    assert again.holdings()[1].waiting() == [(20, END - 1)]
    again.close()
    stuck.freed()
    for _ in range(10):
        spool.round()
    spool.close()
    again = opened(tmp_path)
    assert again.holdings()[0].waiting() == [(20, END - 1)]  # of b1; where it is stored whole, of b2
    assert files(tmp_path, "b1") == [] or not name.endswith(".spool")
    again.close()


def test_a_position_whose_file_cannot_be_written_is_written_into_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06: after a failed sync nobody knows what is on the medium, and a bad sector stays bad."""
    position = Position(DISK, tmp_path / "b1.stored")
    position.keep(5)
    position.close()
    position = Position(DISK, tmp_path / "b1.stored")
    bad = (tmp_path / "b1.stored").stat().st_ino
    keep_alive = (tmp_path / "b1.stored").open("rb")  # so that no other file gets its number
    sync = os.fdatasync

    def fails(fd: int) -> None:
        if os.fstat(fd).st_ino == bad:
            raise OSError(errno.EIO, "Input/output error")
        sync(fd)

    monkeypatch.setattr(os, "fdatasync", fails)
    with pytest.raises(OSError, match="Input/output error"):
        position.keep(9)
    position.keep(9)
    position.close()
    keep_alive.close()
    assert Position(DISK, tmp_path / "b1.stored").at == 9


def test_a_folder_that_cannot_be_listed_keeps_no_new_samples_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06: it never refuses to start; what earlier boots left is found when it can be."""
    left(tmp_path, "b1")
    with monkeypatch.context() as patch:
        listed: list[Path] = []

        def fails(path: Path) -> list[Path]:
            listed.append(path)
            raise OSError(errno.EIO, "Input/output error", str(path))

        patch.setattr(Path, "iterdir", fails)
        spool = opened(tmp_path)
        spool.begin("b2")
        end = fill(spool, "b2", 0, 5)
        spool.round()
        assert spool.trouble is None
        assert listed
    assert after_a_kill(tmp_path, "b2", tmp_path.parent / "beside") == list(range(end))
    for _ in range(10):
        spool.round()
    assert spool.pending() == ["b1"]
    assert held(spool, "b1") == list(range(END))
    assert held(spool, "b2") == list(range(end))
    spool.close()


@pytest.mark.parametrize("which", [0, -1])
async def test_a_file_whose_length_the_disk_does_not_tell_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    """F06: nothing of it is taken for lacking; it goes out once the disk tells it."""
    small(monkeypatch)
    left(tmp_path, "b1", "b2")
    paths = sorted(files(tmp_path, "b1"))
    with monkeypatch.context() as patch:
        stat = Path.stat

        def fails(path: Path, **options: bool) -> os.stat_result:
            if path == paths[which]:
                raise OSError(errno.EIO, "Input/output error", str(path))
            return stat(path, **options)

        patch.setattr(Path, "stat", fails)
        spool = opened(tmp_path)
        found = await all_sent(spool)
        for _ in range(5):
            spool.round()
        assert spool.trouble is None
        assert spool.unread == 1
        assert found["b2"].gaps(10, END - 1) == []
    for _ in range(10):
        spool.round()
    spool.read_again()
    found = await all_sent(spool, found)
    assert found["b1"].gaps(10, END - 1) == []
    for _ in range(10):
        spool.round()
    assert spool.pending() == []
    spool.close()


@pytest.mark.parametrize("which", [0, -1])
async def test_a_bad_sector_holds_up_nothing_but_what_is_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int) -> None:
    """F06: in the first file of a boot, or in its last one: all the rest goes out, of later boots too; the rest once the disk gives it."""
    small(monkeypatch)
    spool = opened(tmp_path)
    for boot in ("b1", "b2"):
        spool.begin(boot)
        fill(spool, boot, 0, 50)
        spool.round()
    spool.close()
    paths = sorted(files(tmp_path, "b1"))
    content = paths[which].read_bytes()
    worn = Worn(tmp_path, monkeypatch)
    worn.wear(paths[which])
    spool = opened(tmp_path, worn)
    found = await all_sent(spool)
    (gap,) = found["b1"].gaps(0, 99)
    assert 2 <= gap[1] - gap[0] + 1 <= 20
    assert found["b2"].gaps(0, 99) == []
    for _ in range(10):
        spool.round()
    assert spool.trouble is None
    assert spool.pending() == ["b1"]
    assert spool.unread == 1
    assert paths[which].read_bytes() == content
    spool.read_again()  # in vain, and then the disk gives it
    assert (await all_sent(spool, found))["b1"].gaps(0, 99) == [gap]
    worn.mended()
    for _ in range(10):
        spool.round()
    spool.read_again()
    assert (await all_sent(spool, found))["b1"].gaps(0, 99) == []
    for _ in range(10):
        spool.round()
    assert spool.pending() == []
    assert spool.unread == 0
    assert not files(tmp_path, "b")
    spool.close()


def test_a_file_that_cannot_be_read_at_all_is_asked_for_a_few_times_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06: a worn card may take seconds to fail; a thousand blocks of it would keep the agent from starting."""
    monkeypatch.setattr(spool_module, "LEAST_SEGMENT_BYTES", spool_module.SEGMENT_BYTES)
    spool = opened(tmp_path)
    spool.begin("b1")
    fill(spool, "b1", 0, 400, n=1000)
    spool.round()
    spool.close()
    (path,) = files(tmp_path, "b1")
    assert path.stat().st_size > 500 * segments_module.BLOCK_BYTES
    worn = Worn(tmp_path, monkeypatch)
    worn.bad[path] = 0, path.stat().st_size
    spool = opened(tmp_path, worn)
    assert held(spool, "b1") == []
    assert worn.in_vain < 20
    assert spool.unread == 1
    spool.close()


@pytest.mark.parametrize("recovered", [False, True])
async def test_what_is_read_after_all_while_a_reader_looks_is_not_taken_for_lacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, recovered: bool
) -> None:
    """F06: between a reader's read in vain and its word on it, the disk's thread reads the file, or another reader may try again."""
    small(monkeypatch)
    left(tmp_path, "b1")
    path = sorted(files(tmp_path, "b1"))[-1 if recovered else 0]
    worn = Worn(tmp_path, monkeypatch)
    worn.wear(path)
    spool = opened(tmp_path, worn)
    with monkeypatch.context() as patch:
        lacks = spool.lacks

        def late(*asked: Any) -> None:
            worn.mended()
            for _ in range(10):
                spool.round()
            for holding in spool.holdings():
                holding.read_again()
            assert spool.unread == 0
            lacks(*asked)

        patch.setattr(spool, "lacks", late)
        found = await all_sent(spool)
    for _ in range(10):
        spool.round()
    spool.read_again()
    assert (await all_sent(spool, found))["b1"].gaps(10, END - 1) == []
    spool.round()
    assert spool.pending() == []
    spool.close()


@pytest.mark.parametrize("begin", [0, 20])
async def test_whole_blocks_behind_a_bad_area_go_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: int) -> None:
    """F06: so do those that were passed over because of it, up to the file's end; and what the disk gives later, all but a sector."""
    monkeypatch.setattr(segments_module, "BLOCK_BYTES", 256)
    spool = opened(tmp_path)
    spool.begin("b1")
    end = fill(spool, "b1", 0, 150)
    spool.close()
    (path,) = files(tmp_path, "b1")
    content = path.read_bytes()
    assert 38 * 256 < len(content) < 51 * 256
    worn = Worn(tmp_path, monkeypatch)

    def hit() -> list[tuple[int, int]]:
        bad = worn.bad[path]
        starts = [0, *(at for at, _ in records(content))]
        seqs = [
            decode(payload).seq for (at, payload), start in zip(records(content), starts, strict=False) if start < bad[1] and bad[0] < at
        ]
        return [(min(seqs), max(seqs) + 1)]

    worn.bad[path] = begin * 256, (begin + 16) * 256
    spool = opened(tmp_path, worn)
    found = await all_sent(spool)
    assert found["b1"].gaps(0, end - 1) == hit()
    worn.bad[path] = (begin + 8) * 256, (begin + 9) * 256
    for _ in range(10):
        spool.round()
    spool.read_again()
    assert (await all_sent(spool, found))["b1"].gaps(0, end - 1) == hit()
    spool.close()


def test_a_single_bad_block_behind_a_bad_area_hides_none_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06: blocks 0 to 7 are bad, and 15, at which it fails again after passing over 8 to 14."""
    monkeypatch.setattr(segments_module, "BLOCK_BYTES", 256)
    spool = opened(tmp_path)
    spool.begin("b1")
    end = fill(spool, "b1", 0, 150)
    spool.close()
    (path,) = files(tmp_path, "b1")
    tried: list[int] = []
    read = segments_module.read

    def worn(path: Path, start: int, end: int) -> bytes:
        tried.append(start // 256)
        if tried[-1] in {*range(8), 15} or end - start > 256:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read(path, start, end)

    monkeypatch.setattr(segments_module, "read", worn)
    segment = segments_module.Segment.named(path)
    assert segment is not None
    segment.assume(end)
    found = [one.seq for one in segment.batches(0)]
    content = path.read_bytes()
    ends = [0, *(at for at, _ in records(content))]
    whole = [
        decode(payload).seq
        for (at, payload), start in zip(records(content), ends, strict=False)
        if not {*range(8), 15} & {*range(start // 256, (at - 1) // 256 + 1)}
    ]
    assert found == whole
    assert len(tried) < 60


async def test_a_file_that_could_not_be_measured_and_has_a_bad_sector_is_read_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F06: its first block is as good as the others."""
    monkeypatch.setattr(segments_module, "BLOCK_BYTES", 256)
    left(tmp_path, "b1")
    (path,) = files(tmp_path, "b1")
    worn = Worn(tmp_path, monkeypatch)
    worn.wear(path)
    (tmp_path / "b1.stored").unlink()
    with monkeypatch.context() as patch:
        stat = Path.stat

        def fails(path: Path, **options: bool) -> os.stat_result:
            if path.suffix == ".spool":
                raise OSError(errno.EIO, "Input/output error", str(path))
            return stat(path, **options)

        patch.setattr(Path, "stat", fails)
        spool = opened(tmp_path, worn)
    for _ in range(10):
        spool.round()
    (gap,) = (await sent(spool)).gaps(0, END - 1)
    assert gap[0] >= 10
    spool.close()


async def test_what_a_bad_sector_took_beside_samples_of_another_version_goes_out_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F06, F20: in one file both."""
    small(monkeypatch)
    end, path = several(tmp_path)
    data = path.read_bytes()
    entry = record(msgspec.msgpack.encode(batch("b1", 2)))
    assert entry in data
    path.write_bytes(data.replace(entry, of_another_version(2)))
    worn = Worn(tmp_path, monkeypatch)
    worn.wear(path)
    spool = opened(tmp_path, worn)
    found = await all_sent(spool)
    assert len(found["b1"].gaps(0, end - 1)) == 2
    worn.mended()
    for _ in range(10):
        spool.round()
    spool.read_again()
    assert (await all_sent(spool, found))["b1"].gaps(0, end - 1) == [(2, 3)]
    spool.close()


def test_a_file_that_cannot_be_removed_keeps_none_of_its_boot_from_being_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F10."""
    small(monkeypatch)
    end, first = several(tmp_path)
    stuck = Stuck(tmp_path, first.name)
    spool = opened(tmp_path, stuck)
    spool.stored(Stored(boot="b1", upto=end - 1))
    spool.round()
    assert files(tmp_path, "b1") == [first]
    stuck.freed()
    for _ in range(5):
        spool.round()
    assert files(tmp_path, "b1") == []
    spool.close()


def test_recovery_in_vain_leaves_time_for_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F05: a disk that takes a minute to fail is not asked again at once."""
    left(tmp_path, "b1")
    (path,) = files(tmp_path, "b1")
    now_s = [0.0]

    def slow(path: Path) -> bytes:
        now_s[0] += 60.0
        raise OSError(errno.EIO, "Input/output error", str(path))

    worn = Worn(tmp_path, monkeypatch)
    recovery = Recovery(worn, lambda: now_s[0])
    monkeypatch.setattr(worn, "read", slow)
    assert recovery.find([path], ())
    now_s[0] += 31.0
    assert recovery.again()
    assert not recovery.again()


def test_a_close_that_fails_leaves_no_file_of_another_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06: the position that follows goes into a file of its own, not into whichever has the number of the closed one."""
    position = Position(DISK, tmp_path / "b1.stored")
    position.keep(5)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        patch.setattr(os, "close", closing_in_vain)
        with pytest.raises(OSError, match="Input/output error"):
            position.keep(9)
    with (tmp_path / "somebodys").open("w+b", buffering=0) as other:
        position.keep(12)
        position.close()
        assert other.read() == b""
    assert Position(DISK, tmp_path / "b1.stored").at == 12


def test_a_commit_and_a_close_that_fail_are_got_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06."""
    spool = opened(tmp_path)
    spool.begin("b1")
    fill(spool, "b1", 0, 5)
    spool.commit()
    end = fill(spool, "b1", 10, 5)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        patch.setattr(os, "close", closing_in_vain)
        with pytest.raises(OSError, match="Input/output error"):
            spool.commit()
    spool.round()
    assert spool.trouble is None
    spool.close()
    assert after(tmp_path, "b1") == list(range(end))


def failing(_: int) -> None:
    raise OSError(errno.EIO, "Input/output error")


_close = os.close


def closing_in_vain(fd: int) -> None:
    """As a kernel does it: the number is free all the same."""
    _close(fd)
    raise OSError(errno.EIO, "Input/output error, told by a close")
