"""robustness F18, F20: a second machine under the same name, and one that speaks another version."""

import random
import time

import pytest

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.truth import Truth
from benchmarks.faults.vandal import Vandal
from tests.faults.nothing_lost import COMES_BACK_S, assert_nothing_lost
from wire.topics import Leaf, topic

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def said(rig: Rig, field: str) -> bool:
    return any(message[field] for _, message in list(rig.screen.said["keeping"]))


def test_f18_f20_two_agents_with_one_name_are_never_mixed_and_another_version_is_set_aside(chance: random.Random) -> None:
    """F18: the first stays; the second is shown, and neither recorded nor told that it may forget. F20: another major version is shown."""
    with Rig([Machines(["lab/one"])]) as rig:
        rig.put_plan("lab/one")
        rig.later(chance.uniform(0.5, 2))
        with rig.impostor(0) as impostor:
            second = Truth(rig.folder / "impostor0" / "truth")
            rig.until(second.refresh, "the second does not sample", 20)
            rig.until(lambda: said(rig, "conflict"), "nobody is told", COMES_BACK_S)
            rig.later(3)
            impostor.stop()
        (boot,) = second.refresh()
        assert boot not in rig.said.newest or rig.said.newest[boot].upto == -1
        with Vandal(rig.mqtt_port) as vandal:
            for _ in range(20):
                vandal.say(topic("lab/one", Leaf.SAMPLES).replace("ilex/1", "ilex/2"), chance.randbytes(100))
        told_s = time.monotonic()
        rig.until(lambda: said(rig, "outdated"), "nobody is told", COMES_BACK_S)
        rig.until(lambda: rig.live_again(told_s), "not live", COMES_BACK_S)
        assert_nothing_lost(rig, rig.finish())
