"""robustness 1.2(5), F05, F06, F10: what the spool has taken is there again, in order and once, whatever befell the disk."""

import errno
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disk import DISK, Disk
from disk.records import record, records
from edge_agent import aside as aside_module
from edge_agent import committer as committer_module
from edge_agent import spool as spool_module
from edge_agent.committer import Committer
from edge_agent.lock import Taken
from edge_agent.spool import Spool
from tests.disks import small_disk
from tests.faults.twin import Twin, each_sync_matters
from wire.messages import Stored
from wire.samples import SampleBatch, decode, encode

SMALL = 8 * 1024 * 1024


def batch(boot: str, seq: int, n: int = 2) -> SampleBatch:
    column = np.arange(seq, seq + n, dtype="<f4").tobytes()
    return SampleBatch(boot=boot, seq=seq, t0=10 * seq, dt=10, angle=column, torque=column)


def opened(folder: Path, disk: Disk = DISK, size: Callable[[], tuple[int, int]] = lambda: (1 << 40, 1 << 40)) -> Spool:
    # Time passes with every look at it: positions are written and space is measured in each round.
    ticks = count(step=10)
    spool = Spool(folder, SMALL, disk, size=size, now_s=lambda: float(next(ticks)))
    spool.open()
    return spool


def fill(spool: Spool, boot: str, first: int, batches: int, n: int = 2) -> int:
    for seq in range(first, first + batches * n, n):
        spool.put(seq, n, encode(batch(boot, seq, n)))
    return first + batches * n


def held(spool: Spool, boot: str, first: int = 0) -> list[int]:
    """The numbers of the samples, each checked to be the one it says."""
    found: list[int] = []
    for one in spool.batches(boot, first):
        numbers = list(range(one.seq, one.seq + one.n))
        assert one.angle_deg().tolist() == numbers
        found += numbers
    return found


def after(folder: Path, boot: str) -> list[int]:
    """What another agent finds there."""
    spool = opened(folder)
    try:
        return held(spool, boot)
    finally:
        spool.close()


def aside(folder: Path) -> list[int]:
    """The numbers of the samples that were set aside, in the order in which they were."""
    path = folder / "aside.records"
    batches = [decode(payload) for _, payload in records(path.read_bytes())] if path.exists() else []
    return [seq for one in batches for seq in range(one.seq, one.seq + one.n)]


def troubled(spool: Spool) -> bool:
    return spool.trouble is not None


def crowded(spool: Spool) -> bool:
    return spool.crowded


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 4096)
    monkeypatch.setattr(spool_module, "LEAST_SEGMENT_BYTES", 4096)


class TestKeeping:
    def test_what_was_put_is_read_before_and_after_the_commit_and_by_the_next_agent(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        end = fill(spool, "b1", 0, 50)
        assert held(spool, "b1") == list(range(end))
        spool.round()
        end = fill(spool, "b1", end, 5)
        assert held(spool, "b1", 7) == list(range(6, end))
        spool.close()
        assert after(tmp_path, "b1") == list(range(end))

    @pytest.mark.usefixtures("small_segments")
    def test_over_many_segments_in_prepared_space(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        end = 0
        for _ in range(40):
            end = fill(spool, "b1", end, 30)
            spool.round()
        assert held(spool, "b1") == list(range(end))
        assert len(list(tmp_path.glob("b1-*.spool"))) >= 20
        spool.close()
        assert after(tmp_path, "b1") == list(range(end))

    @pytest.mark.usefixtures("small_segments")
    def test_what_is_stored_is_forgotten_by_whole_segments_and_what_is_missing_stays(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        end = 0
        for _ in range(20):
            end = fill(spool, "b1", end, 30)
            spool.round()
        before = len(list(tmp_path.glob("b1-*.spool")))
        spool.stored(Stored(boot="b1", upto=end - 101, missing=[(500, 501)]))
        spool.round()
        assert len(list(tmp_path.glob("b1-*.spool"))) < before / 3
        assert {500, 501, *range(end - 100, end)} <= set(held(spool, "b1"))
        assert spool.level().waiting == 102
        spool.close()
        again = opened(tmp_path)
        assert again.pending() == ["b1"]
        again.begin("b2")
        again.stored(Stored(boot="b1", upto=end - 1))
        again.round()
        assert again.pending() == []
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith("b1")] == []
        again.close()

    def test_refused_samples_are_forgotten_too(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 50)
        spool.stored(Stored(boot="b1", upto=99, missing=[(10, 19)], refused=[(10, 19)]))
        assert spool.level().waiting == 0

    def test_missing_ranges_may_come_in_any_order_and_overlap(self, tmp_path: Path) -> None:
        """Contract 2, `stored`: all up to `upto`, less `missing`."""
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 50)
        spool.stored(Stored(boot="b1", upto=99, missing=[(60, 69), (10, 19), (0, 14)]))
        assert spool.level().waiting == 30

    @pytest.mark.parametrize("named", [{}, {"missing": [(200, 10**15)]}, {"upto": -1, "refused": [(0, 10**15)]}])
    def test_what_was_not_sampled_yet_nobody_has(self, tmp_path: Path, named: dict[str, Any]) -> None:
        """Contract 1: `seq` counts the samples of a boot; a statement may reach beyond them where a payload came that can't be used."""
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 50)
        spool.stored(Stored(**{"boot": "b1", "upto": 10**15, **named}))
        assert spool.level().waiting == 0
        fill(spool, "b1", 100, 50)
        assert spool.level().waiting == 100

    def test_a_service_that_lost_what_it_had_is_given_it_again(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 50)
        spool.round()
        spool.stored(Stored(boot="b1", upto=99))
        spool.stored(Stored(boot="b1", upto=-1))
        assert spool.level().waiting == 100

    def test_how_far_a_boot_is_stored_survives_a_restart(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 50)
        spool.stored(Stored(boot="b1", upto=79))
        spool.round()
        assert opened_waiting(tmp_path, spool) == 20

    def test_two_agents_must_not_share_a_folder(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        with pytest.raises(Taken, match="another agent"):
            opened(tmp_path)
        spool.close()
        opened(tmp_path).close()

    def test_notes_survive(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.note("buttons.json", b"[1]")
        spool.round()
        spool.note("buttons.json", b"[2]")
        spool.close()
        assert opened(tmp_path).noted("buttons.json") == b"[2]"


def opened_waiting(folder: Path, spool: Spool) -> int:
    spool.close()
    again = opened(folder)
    try:
        return again.level().waiting
    finally:
        again.close()


class TestPowerCut:
    """robustness F06: every write index; nothing that a returned sync covered is lost, nothing false is read, it always opens."""

    @pytest.mark.usefixtures("small_segments")
    @pytest.mark.parametrize("seed", range(3))
    def test_sweep_over_every_moment(self, tmp_path: Path, seed: int) -> None:
        twin = Twin(tmp_path / "before")
        spool = opened(tmp_path / "before", twin)
        spool.begin("b1")
        random = Random(seed)
        promised = [(twin.moment, 0, 0)]
        end = stored = 0
        for _ in range(12):
            end = fill(spool, "b1", end, random.randint(1, 30))
            if random.random() < 0.4:
                stored = random.randint(stored, end)
                spool.stored(Stored(boot="b1", upto=stored - 1))
            forgettable = stored
            spool.round()
            promised.append((twin.moment, end, forgettable))
        spool.close()
        for number, (moment, state) in enumerate(twin.cuts(random, every=1, draws=1)):
            kept = max(synced for at, synced, _ in promised if at <= moment)
            gone = max((far for at, _, far in promised), default=0)
            folder = state.put(tmp_path / f"after-{number}")
            numbers = after(folder, "b1")
            assert numbers == sorted(set(numbers))
            assert set(range(gone, kept)) <= set(numbers), (number, moment)

    @given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(1, 20), min_size=1, max_size=6))
    def test_any_state_opens_with_all_that_was_committed(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int, sizes: list[int]
    ) -> None:
        folder = tmp_path_factory.mktemp("spool")
        twin = Twin(folder / "before")
        spool = opened(folder / "before", twin)
        spool.begin("b1")
        end = 0
        for size in sizes:
            end = fill(spool, "b1", end, size)
            spool.commit()
        fill(spool, "b1", end, 3)
        numbers = after(twin.cut(Random(seed)).put(folder / "after"), "b1")
        assert numbers[:end] == list(range(end))
        assert numbers == sorted(set(numbers))

    def test_a_torn_end_is_cut_off_kept_beside_and_counted(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 10)
        spool.close()
        (segment,) = tmp_path.glob("*.spool")
        whole = segment.read_bytes()
        segment.write_bytes(whole[:-5] + bytes(100))
        again = opened(tmp_path)
        torn = next(tmp_path.glob("*.torn")).read_bytes()
        assert again.torn == len(torn) > 40
        assert torn in whole
        assert held(again, "b1") == list(range(18))
        again.close()
        assert after(tmp_path, "b1") == list(range(18))

    def test_damage_in_the_midst_costs_only_what_it_hit(self, tmp_path: Path) -> None:
        """robustness F24: a flipped bit is found; what follows is read on."""
        spool = opened(tmp_path)
        spool.begin("0199e7a1-0000-7000-8000-000000000000")
        end = fill(spool, "0199e7a1-0000-7000-8000-000000000000", 0, 50)
        spool.close()
        (segment,) = tmp_path.glob("*.spool")
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 4
        segment.write_bytes(data)
        numbers = after(tmp_path, "0199e7a1-0000-7000-8000-000000000000")
        assert len(numbers) == end - 2
        assert numbers == sorted(set(numbers))

    @pytest.mark.usefixtures("small_segments")
    def test_each_sync_matters(self, tmp_path: Path) -> None:
        """robustness 1.4, mutation check: without any one of its syncs something that was promised is lost in some state."""

        def scenario(twin: Twin) -> None:
            spool = opened(twin.root / "spool", twin)
            spool.begin("b1")
            end = 0
            apart: list[tuple[int, int]] = []
            for number in range(60):
                end = fill(spool, "b1", end, 5)
                if number % 7 == 0:
                    spool.note("buttons.json", b"[%d]" % number)
                if number % 10 == 5:
                    apart.append((end - 4, end - 3))
                    spool.set_aside("b1", *apart[-1], encode(batch("b1", end - 4)))
                if number % 10 == 9:
                    spool.stored(Stored(boot="b1", upto=end - 8, missing=apart))
                spool.round()
                if number % 10 == 9:
                    spool.round()
                for seed in range(6):
                    state = twin.cut(Random(seed)) if seed else twin.worst()
                    left = state.put(twin.root.with_name(f"{twin.root.name}-{number}-{seed}"))
                    again = opened(left / "spool")
                    assert again.noted("buttons.json") == b"[%d]" % (number // 7 * 7)
                    found = set(held(again, "b1"))
                    assert found >= set(range(max(0, end - 7), end))
                    assert found.union(aside(left / "spool")) >= {seq for first, last in apart for seq in range(first, last + 1)}
                    if number > 9:
                        assert again.level().waiting <= 10 * 10 + 7 + 10
                    again.close()

        unnoticed = each_sync_matters(scenario, tmp_path)
        # Space is prepared in small synced steps for the sake of the disk's time, not of what is in it.
        assert [site.rpartition(":")[0].rpartition(".")[2] for site in unnoticed] == ["grow"]

    def test_records_of_another_version_do_not_keep_it_from_opening(self, tmp_path: Path) -> None:
        """robustness F06: it never refuses to start, after a downgrade neither; what it can read is there."""
        spool = opened(tmp_path)
        spool.begin("b1")
        end = fill(spool, "b1", 0, 5)
        spool.put(end, 2, msgspec.msgpack.encode({"boot": "b1", "number": end, "readings": [1, 2]}))
        spool.close()
        again = opened(tmp_path)
        assert held(again, "b1") == list(range(end))
        assert again.level().waiting == end
        again.close()

    def test_nothing_but_records_of_another_version(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        spool.begin("b1")
        spool.put(0, 2, msgspec.msgpack.encode({"boot": "b1", "number": 0, "readings": [1, 2]}))
        spool.close()
        again = opened(tmp_path)
        assert held(again, "b1") == []
        assert again.level().waiting == 0
        again.close()


class TestBoots:
    """A source that begins again has a boot for each time, in one run of the agent."""

    def test_each_boot_has_files_of_its_own(self, tmp_path: Path) -> None:
        spool = opened(tmp_path)
        ends = {}
        for boot, batches in (("b1", 5), ("b2", 9), ("b3", 3)):
            spool.begin(boot)
            ends[boot] = fill(spool, boot, 0, batches)
            spool.round()
        assert spool.pending() == ["b1", "b2"]
        spool.stored(Stored(boot="b2", upto=ends["b2"] - 1))
        spool.round()
        spool.close()
        assert {boot: after(tmp_path, boot) for boot in ends} == {boot: [] if boot == "b2" else list(range(ends[boot])) for boot in ends}

    def test_what_a_boot_could_not_write_at_its_end_is_written_when_the_disk_takes_it(self, tmp_path: Path) -> None:
        twin = Twin(tmp_path / "spool")
        spool = opened(tmp_path / "spool", twin)
        spool.begin("b1")
        twin.fail_from(twin.calls + 1, errno.EIO)
        first = fill(spool, "b1", 0, 50)
        spool.round()
        assert troubled(spool)
        spool.begin("b2")
        second = fill(spool, "b2", 0, 20)
        spool.round()
        spool.round()
        assert spool.pending() == ["b1"]
        assert held(spool, "b1") == list(range(first))
        twin.heal()
        spool.round()
        assert not troubled(spool)
        spool.close()
        state = twin.worst().put(tmp_path / "after")
        assert after(state, "b1") == list(range(first))
        assert after(state, "b2") == list(range(second))

    def test_what_an_earlier_boot_has_in_memory_makes_room_when_it_is_stored(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else a source that can wait would wait for ever."""
        monkeypatch.setattr(spool_module, "MOST_UNWRITTEN_BYTES", 50_000)
        twin = Twin(tmp_path)
        spool = opened(tmp_path, twin)
        spool.begin("b1")
        twin.fail_from(twin.calls + 1)
        end = fill(spool, "b1", 0, 30, n=100)
        spool.round()
        spool.begin("b2")
        assert crowded(spool)
        spool.stored(Stored(boot="b1", upto=end - 101))
        spool.round()
        assert not crowded(spool)
        assert held(spool, "b1") == list(range(end - 100, end))
        spool.stored(Stored(boot="b1", upto=end - 1))
        spool.round()
        assert spool.pending() == []
        assert [holding.boot for holding in spool.holdings()] == ["b2"]
        fill(spool, "b2", 0, 40, n=100)
        assert spool.lost == 0


class TestAside:
    """robustness F15: what no broker takes is out of the way, and not forgotten before it is safe elsewhere."""

    def test_it_is_settled_when_it_is_durable_and_not_sent_meanwhile(self, tmp_path: Path) -> None:
        twin = Twin(tmp_path / "spool")
        spool = opened(tmp_path / "spool", twin)
        spool.begin("b1")
        end = fill(spool, "b1", 0, 50)
        spool.round()
        spool.begin("b2")  # so that all of the first one can be forgotten
        fill(spool, "b2", 0, 1)
        spool.round()
        (earlier, _) = spool.holdings()
        twin.fail_from(twin.calls + 1, errno.EIO)
        spool.set_aside("b1", 10, 11, encode(batch("b1", 10)))
        spool.stored(Stored(boot="b1", upto=end - 1, missing=[(10, 11)]))
        for _ in range(3):
            spool.round()
            assert troubled(spool)
            assert earlier.for_broker() == []
            assert earlier.waiting() == [(10, 11)]
            assert {10, 11} <= set(after(twin.worst().put(tmp_path / f"{twin.calls}"), "b1"))
        twin.heal()
        spool.round()
        assert spool.pending() == []
        assert not list((tmp_path / "spool").glob("b1-*"))
        spool.close()
        assert aside(twin.worst().put(tmp_path / "after")) == [10, 11]

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
    def test_a_failing_call_anywhere_leaves_each_there_once(self, tmp_path: Path, error: int) -> None:
        for call in range(1, 24):
            folder = tmp_path / f"{call}"
            twin = Twin(folder)
            spool = opened(folder, twin)
            spool.begin("b1")
            fill(spool, "b1", 0, 10)
            spool.round()
            twin.fail(twin.calls + call, error)
            for first in (2, 8, 14):
                spool.set_aside("b1", first, first + 1, encode(batch("b1", first)))
                spool.round()
            spool.round()
            assert not troubled(spool)
            spool.close()
            state = twin.cut(Random(call)).put(tmp_path / f"{call} after")
            assert aside(state) == [2, 3, 8, 9, 14, 15]

    def test_a_file_that_cannot_be_read_is_kept_and_keeps_nobody_waiting(self, tmp_path: Path) -> None:
        """F06: a bad sector in it ended each round before its time, and refused sessions."""
        (tmp_path / "aside.records").mkdir()  # which can't be read
        spool = opened(tmp_path)
        spool.begin("b1")
        fill(spool, "b1", 0, 10)
        spool.set_aside("b1", 4, 5, encode(batch("b1", 4)))
        spool.round()
        spool.round()
        assert not troubled(spool)
        spool.close()
        assert aside(tmp_path) == [4, 5]
        assert len([path for path in tmp_path.glob("*-aside.records") if path.is_dir()]) == 1

    def test_behind_a_torn_end_it_goes_on_so_that_it_can_be_read(self, tmp_path: Path) -> None:
        for first in (4, 6, 8):
            spool = opened(tmp_path)
            spool.begin(f"b{first}")
            fill(spool, f"b{first}", 0, 10)
            spool.set_aside(f"b{first}", first, first + 1, encode(batch(f"b{first}", first)))
            spool.close()
            path = tmp_path / "aside.records"
            path.write_bytes(path.read_bytes() + b"half a record")
        assert aside(tmp_path) == [4, 5, 6, 7, 8, 9]

    def test_beyond_its_bound_samples_are_lost_and_counted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        payload = encode(batch("b1", 0))
        monkeypatch.setattr(aside_module, "MOST_BYTES", 2 * len(record(payload)))
        spool = opened(tmp_path)
        spool.begin("b1")
        end = fill(spool, "b1", 0, 10)
        for first in range(0, 8, 2):
            spool.set_aside("b1", first, first + 1, encode(batch("b1", first)))
        spool.round()
        assert aside(tmp_path) == [0, 1, 2, 3]
        assert spool.lost == 4
        assert spool.level().waiting == end - 8
        spool.close()


class TestFullDisk:
    """robustness F10."""

    def test_a_failing_call_anywhere_loses_nothing_and_is_got_over(self, tmp_path: Path) -> None:
        for call in range(1, 60):
            for error in (errno.ENOSPC, errno.EIO):
                folder = tmp_path / f"{call}-{error}"
                twin = Twin(folder)
                twin.fail(call, error)
                spool = opened(folder, twin)
                spool.begin("b1")
                end = 0
                for _ in range(6):
                    end = fill(spool, "b1", end, 5)
                    spool.round()
                spool.round()
                assert not troubled(spool)
                assert held(spool, "b1") == list(range(end))
                spool.close()
                assert after(twin.cut(Random(call)).put(tmp_path / f"after-{call}-{error}"), "b1") == list(range(end))

    @pytest.mark.usefixtures("small_segments")
    def test_a_disk_that_fills_up_is_said_and_the_reserve_is_used_and_space_ends_it(self, tmp_path: Path) -> None:
        twin = Twin(tmp_path / "spool", space=200 * 1024)
        spool = opened(tmp_path / "spool", twin, lambda: (200 * 1024, twin.space_left))
        spool.begin("b1")
        end = fill(spool, "b1", 0, 5)
        for _ in range(150):
            spool.round()
        assert not spool.level().refuses
        assert spool.level().used < 0.2 * spool.level().quota
        one = twin.create(tmp_path / "spool" / "somebodys.log")
        one.write(bytes(twin.space_left - 20 * 1024))
        spool.round()
        assert 0.8 <= spool.level().used / spool.level().quota < 0.95  # F10: warned of, whoever fills the disk
        assert not spool.level().refuses
        other = twin.create(tmp_path / "spool" / "somebody-elses.log")
        other.write(bytes(twin.space_left))
        spool.round()
        assert spool.level().refuses
        for _ in range(5):  # the reserve
            end = fill(spool, "b1", end, 20)
            spool.round()
        assert not troubled(spool)
        while not troubled(spool):
            end = fill(spool, "b1", end, 20)
            spool.round()
        end = fill(spool, "b1", end, 20)
        assert spool.lost == 0
        assert held(spool, "b1") == list(range(end))
        for name in ("somebodys.log", "somebody-elses.log"):
            twin.remove(tmp_path / "spool" / name)
        spool.round()
        assert not troubled(spool)
        spool.round()
        assert not spool.level().refuses
        spool.close()
        assert after(tmp_path / "spool", "b1") == list(range(end))

    def test_beyond_the_quota_nothing_that_waits_is_overwritten(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(spool_module, "MOST_UNWRITTEN_BYTES", 100_000)
        spool = opened(tmp_path)
        spool.begin("b1")
        end = 0
        refused = 0
        while not spool.lost:
            end = fill(spool, "b1", end, 10, n=1000)
            spool.round()
            level = spool.level()
            refused = refused or (level.used if level.refuses else 0)
        assert spool.level().used <= SMALL
        assert 0.94 < refused / SMALL < 0.98
        numbers = held(spool, "b1")
        assert numbers == list(range(len(numbers)))
        assert len(numbers) + spool.lost == end
        spool.stored(Stored(boot="b1", upto=len(numbers) - 1))
        spool.round()
        spool.round()
        assert not troubled(spool)
        assert not spool.level().refuses
        fresh = fill(spool, "b1", end, 1)
        spool.round()
        assert held(spool, "b1", end) == list(range(end, fresh))
        spool.close()

    def test_a_real_disk_of_8_mb(self, tmp_path: Path) -> None:
        with small_disk(tmp_path / "small", 8) as small:
            ticks = count(step=10)
            spool = Spool(small / "machine", now_s=lambda: float(next(ticks)))
            spool.open()
            spool.begin("b1")
            end, refused_at = 0, 0
            while not troubled(spool):
                end = fill(spool, "b1", end, 8, n=1000)
                spool.round()
                refused_at = refused_at or (spool.level().used if spool.level().refuses else 0)
            assert 7.3 < refused_at / 1024 / 1024 < 7.9
            end = fill(spool, "b1", end, 8, n=1000)
            assert held(spool, "b1") == list(range(end))
            spool.stored(Stored(boot="b1", upto=end // 2))
            spool.round()
            spool.round()
            assert not troubled(spool)
            assert not spool.level().refuses
            assert held(spool, "b1", end // 2 + 1000)[-1] == end - 1
            assert spool.lost == 0
            spool.close()

    def test_a_folder_that_cannot_be_made_does_not_keep_the_agent_from_starting(self, tmp_path: Path) -> None:
        (tmp_path / "spool").write_text("in the way")
        spool = opened(tmp_path / "spool" / "machine")
        spool.begin("b1")
        end = fill(spool, "b1", 0, 5)
        spool.round()
        assert troubled(spool)
        assert spool.level().refuses
        assert held(spool, "b1") == list(range(end))
        (tmp_path / "spool").unlink()
        spool.round()
        assert not troubled(spool)
        spool.close()
        assert after(tmp_path / "spool" / "machine", "b1") == list(range(end))


class TestCommitter:
    def test_it_outlives_whatever_goes_wrong(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(committer_module, "AGAIN_S", 0.01)
        spool = opened(tmp_path)
        wrong = iter([ValueError("a bug"), ValueError("another")])
        round_ = spool.round

        def sometimes() -> None:
            for error in wrong:
                raise error
            round_()

        monkeypatch.setattr(spool, "round", sometimes)
        spool.begin("b1")
        committer = Committer(spool)
        committer.start()
        end = fill(spool, "b1", 0, 5)
        deadline = time.monotonic() + 20
        while not list(tmp_path.glob("b1-*.spool")) or troubled(spool):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        committer.stop()
        assert after(tmp_path, "b1") == list(range(end))
