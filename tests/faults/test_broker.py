"""robustness F01, F02: brokers that die with everything they have acknowledged, and come back with or without their disk."""

import random
import time

import pytest

from benchmarks.faults.rig import Machines, Rig
from tests.brokers import MOSQUITTO
from tests.faults.nothing_lost import COMES_BACK_S, assert_nothing_lost

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
AWAY_S = 2.0


@pytest.mark.parametrize("kind", ["nats", pytest.param("mosquitto", marks=pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto"))])
def test_f01_f02_a_broker_is_killed_and_its_disk_wiped(kind: str, chance: random.Random) -> None:
    """F01: kill -9 mid-set, back after some seconds; F02: back with an empty disk; nobody does anything by hand."""
    with Rig([Machines(["lab/planned", "lab/free"])], kind) as rig:  # type: ignore[arg-type]  # one of the literals
        rig.put_plan("lab/planned")
        for wiped in (False, True):
            rig.later(chance.uniform(0.5, 2))
            rig.kill_broker()
            rig.later(AWAY_S)
            rig.start_broker(wiped=wiped)
            listens_s = time.monotonic()
            rig.until(lambda since=listens_s: rig.live_again(since), "not live again", COMES_BACK_S)  # type: ignore[misc]
        assert_nothing_lost(rig, rig.finish())


def test_f01_the_services_own_broker_is_killed(chance: random.Random) -> None:
    with Rig([Machines(["lab/planned", "lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        for _ in range(2):
            rig.later(chance.uniform(0.5, 2))
            killed_s = time.monotonic()
            rig.kill_broker()
            rig.until(lambda since=killed_s: rig.live_again(since + 0.5), "not live again", COMES_BACK_S)  # type: ignore[misc]
        assert_nothing_lost(rig, rig.finish())
