"""robustness F08, F13, F14, F15: partitions, torn and slow lines, echoes and garbage, one after the other on the same machines."""

import random
import time

import pytest

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.strike import KINDS, Fault, strike
from tests.faults.nothing_lost import assert_nothing_lost

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_f08_lines_that_are_cut_half_open_slow_torn_and_reset(chance: random.Random) -> None:
    kinds = ["partition", "half_open", "slow_line", "torn_line", "line_reset"]
    chance.shuffle(kinds)
    with Rig([Machines(["lab/planned"]), Machines(["lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        for kind in kinds:
            came = strike(rig, Fault(kind, chance.randrange(2), chance.uniform(1, 3), chance.getrandbits(30)))
            print(came)
            assert came.live_s is not None
            assert came.whole_s is not None
        assert_nothing_lost(rig, rig.finish())


def test_f13_f14_f15_echoes_and_garbage_cost_nobody_anything(chance: random.Random) -> None:
    with Rig([Machines(["lab/planned"]), Machines(["lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        for kind in ("echo", "garbage"):
            struck_s = time.monotonic()
            KINDS[kind](rig, Fault(kind, chance.randrange(2), 4.0, chance.getrandbits(30)))
            share = min(rig.screen.frames[name].live_s(struck_s, time.monotonic()) for name in rig.names) / (time.monotonic() - struck_s)
            assert share > 0.5
        assert any(message["count"] for _, message in rig.screen.said["invalid"])  # F14: shown
        assert len(rig.service.starts) == 1
        assert_nothing_lost(rig, rig.finish())
