"""robustness F05, F10: agents that are killed, and agents whose disk is full."""

import contextlib
import random
import signal
import time
from pathlib import Path

import pytest

from benchmarks.faults.rig import Machines, Rig
from benchmarks.trials.filled import RATE_HZ, disk_of, fill, machines, small_disk
from tests.faults.nothing_lost import COMES_BACK_S, assert_nothing_lost

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
COMMIT_S = 1.0
"""F05: of samples taken, kill -9 may cost one group commit of 50 ms; here it may take longer, beside other tests on the same cores."""


def test_f05_kill_9_of_agents_online_and_cut_off(chance: random.Random) -> None:
    """At most one group commit is lost; what an earlier boot left behind is sent by the next one, from whatever it was.

    F18, decision 0233: the next one is the same machine, so it goes on with the session.
    """
    with Rig([Machines(["lab/planned", "lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        rig.later(chance.uniform(1, 3))
        session = rig.call("GET", "/api/v1/machines/lab/planned")["session"]
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
        assert session == rig.call("GET", "/api/v1/machines/lab/planned")["session"]
        assert_nothing_lost(rig, rig.finish(forgiven_s=COMMIT_S))


def test_f05_an_agent_that_is_started_again_in_good_order_goes_on_with_the_session() -> None:
    """SIGTERM, as by an upgrade: nothing is lost, and the next run is the same machine (decision 0262)."""
    with Rig([Machines(["lab/planned"])]) as rig:
        rig.put_plan("lab/planned")
        rig.later(2)
        session = rig.call("GET", "/api/v1/machines/lab/planned")["session"]
        rig.agents[0].send(signal.SIGTERM)
        rig.until(lambda: len(rig.agents[0].starts) > 1, "not started again", 20)
        rig.until(lambda: rig.live_again(rig.agents[0].starts[-1]), "not live again", COMES_BACK_S)
        rig.later(1)
        assert session == rig.call("GET", "/api/v1/machines/lab/planned")["session"]
        assert [code for _, code in rig.agents[0].deaths] == [0]
        assert_nothing_lost(rig, rig.finish())


def test_f10_a_full_disk_stops_no_set_begins_no_session_and_overwrites_nothing(tmp_path: Path) -> None:
    """Staff are warned, then told; the set that runs stays live; a plan and a start are refused; space ends it. Decisions 0220, 0225."""
    with contextlib.ExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(disk_of(tmp_path)))
        except OSError as error:
            pytest.skip(str(error))
        rig = stack.enter_context(Rig(machines(RATE_HZ), folder=tmp_path))
        came = fill(rig, disk, look_s=1.0, cut_s=2.0)
        print(came)
        assert None not in (came.warned_s, came.refuses_s, came.recovered_s)
        assert came.live_share > 0.5
        assert [" 409 " in words and "storage-full" in words for words in (came.plan, came.start)] == [True, True]
        assert came.deaths == 0
        assert_nothing_lost(rig, rig.finish())
