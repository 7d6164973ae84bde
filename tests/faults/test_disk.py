"""robustness F11: the service's disk is full; live goes on, nothing is called stored, and nothing is lost."""

import random
import time
from pathlib import Path

import pytest

from benchmarks.faults.rig import BrokerName, Machines, Rig
from benchmarks.faults.strike import Fault, strike
from tests.disks import small_disk
from tests.faults.nothing_lost import COMES_BACK_S, assert_nothing_lost

NEW_START_S = 5.0
"""How long a broker may take until it has met the full disk and its clients are back, at a busy time."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_f11_files_that_may_not_grow(chance: random.Random) -> None:
    """EFBIG stands for ENOSPC: whatever has the rights to mount may try the real thing below."""
    with Rig([Machines(["lab/planned", "lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        rig.later(chance.uniform(0.5, 2))
        full_s = time.monotonic()
        came = strike(rig, Fault("disk_full", 0, 5.0, 0))
        assert min(rig.screen.frames[name].live_s(full_s, full_s + 5) for name in rig.names) > 2.5  # live feedback goes on
        assert any(message["recording"] is False for at_s, message in rig.screen.said["keeping"] if at_s > full_s)
        assert came.whole_s is not None
        assert len(rig.service.starts) == 1
        assert_nothing_lost(rig, rig.finish())


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_f11_a_disk_that_is_full(broker: BrokerName, tmp_path: Path) -> None:
    """The embedded broker's files are on that disk too: it goes on in memory (decision 0300), after a new start."""
    with small_disk(tmp_path / "small", 16) as small, Rig([Machines(["lab/planned", "lab/free"])], broker, data=small / "data") as rig:
        rig.put_plan("lab/planned")
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
        full_s = time.monotonic()
        rig.until(lambda: any(m["recording"] is False for at_s, m in rig.screen.said["keeping"] if at_s > full_s), "nobody is told", 10)
        rig.later(NEW_START_S)
        live_s = time.monotonic()
        rig.later(5)
        assert min(rig.screen.frames[name].live_s(live_s, live_s + 5) for name in rig.names) > 2.5  # live feedback goes on
        filler.unlink()
        rig.mark()
        rig.until(rig.whole, "not called stored again", COMES_BACK_S)
        assert_nothing_lost(rig, rig.finish())
