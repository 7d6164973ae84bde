"""robustness F05: agents that are killed. Their full disks (F10): tests/edge_agent/test_spool.py, tests/service/live/test_keeping.py."""

import random
import time

import pytest

from benchmarks.faults.rig import Machines, Rig
from tests.faults.nothing_lost import COMES_BACK_S, assert_nothing_lost

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
COMMIT_S = 1.0
"""F05: of samples taken, kill -9 may cost one group commit of 50 ms; here it may take longer, beside other tests on the same cores."""


def test_f05_kill_9_of_agents_online_and_cut_off(chance: random.Random) -> None:
    """At most one group commit is lost; what an earlier boot left behind is sent by the next one, from whatever it was."""
    with Rig([Machines(["lab/planned", "lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        rig.later(chance.uniform(1, 3))
        rig.kill_agents(0)
        rig.until(lambda: len(rig.agents[0].starts) > 1, "not started again", 10)
        rig.until(lambda: rig.live_again(rig.agents[0].starts[-1]), "not live again", COMES_BACK_S)
        # Once more, with samples on its disk that nobody else has.
        rig.wires[0].cut()
        rig.later(chance.uniform(1, 3))
        rig.kill_agents(0)
        rig.until(lambda: len(rig.agents[0].starts) > 2, "not started again", 10)
        rig.later(chance.uniform(0.5, 1.5))
        rig.wires[0].heal()
        healed_s = time.monotonic()
        rig.until(lambda: rig.live_again(healed_s), "not live again", COMES_BACK_S)
        assert_nothing_lost(rig, rig.finish(forgiven_s=COMMIT_S))
