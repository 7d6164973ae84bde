"""robustness F03, F04: the service is killed or told to end, at any moment of a set; the set goes on as if nothing had been."""

import random
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.faults.rig import Machines, Rig
from service import kernels
from service.analysis import engine
from service.analysis.run import analyse
from service.recordings import events
from service.recordings.rerun import recorded_parameters
from tests.faults.nothing_lost import COMES_BACK_S, assert_nothing_lost
from wire.capture import Capture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SPEED = 4.0
"""Of the patients: repetitions take 2.5 s, so that a kill falls into any part of a set."""


def uninterrupted(path: Path) -> list[dict[str, Any]]:
    """What an analysis that was never killed says of the complete recording."""
    capture = Capture(path)
    engine.use(kernels.for_samples(capture.total))
    return [msgspec.to_builtins(event) for event in analyse(capture.entries(), capture.plan, recorded_parameters(capture))]


def shown(path: Path) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in msgspec.json.decode(text).items() if name not in ("machine", "session")}
        for text in events(path, "live")
    ]


def test_f03_kill_9_mid_set(chance: random.Random) -> None:
    """Nothing lost, the same events with the same ids as if it had never been killed, screens live again by themselves.

    On the service's own broker, which dies with it; on another one: scripts/soak --broker mosquitto --only service_killed.
    """
    with Rig([Machines(["lab/planned", "lab/free"], speed=SPEED)]) as rig:
        rig.put_plan("lab/planned")
        rig.call("POST", "/api/v1/machines/lab/planned/start", {"id": str(uuid.uuid4())})
        for _ in range(2):
            rig.later(chance.uniform(1, 6))
            starts = len(rig.service.starts)
            rig.service.kill()
            rig.until(lambda n=starts: len(rig.service.starts) > n, "not started again", 10)  # type: ignore[misc]
            started_s = rig.service.starts[-1]
            rig.until(rig.ready, "not ready", COMES_BACK_S)
            rig.until(lambda since=started_s: came_back(rig, since), "not live again", COMES_BACK_S)  # type: ignore[misc]
        ledger = rig.finish()
        assert_nothing_lost(rig, ledger)
        assert ledger.recordings
        for path in ledger.recordings:
            seen = shown(path)
            if not seen and {lane.kind for lane in Capture(path).coverage()} == {"backfilled"}:
                # Without a plan a session begins with movement: one that began while the service was away was never live (decision 0117).
                assert "planned" not in path.parts
                continue
            assert seen == uninterrupted(path)


def came_back(rig: Rig, since_s: float) -> bool:
    """True when a frame of every machine has come since: a faster patient's clock says nothing of ages."""
    return all(seen.received_s and seen.received_s[-1] > since_s for seen in rig.screen.frames.values())


def test_f04_sigterm_closes_in_good_order_and_the_next_one_goes_on(chance: random.Random) -> None:
    with Rig([Machines(["lab/planned", "lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        rig.later(chance.uniform(1, 4))
        told_s = time.monotonic()
        rig.service.send(signal.SIGTERM)
        rig.until(lambda: rig.service.deaths, "did not end", COMES_BACK_S)
        assert rig.service.deaths[-1][1] == 0
        rig.until(lambda: rig.live_again(told_s + 1.0), "not live again", COMES_BACK_S)
        assert rig.screen.closings[-1][1] == 1012
        assert_nothing_lost(rig, rig.finish())


def test_f23_without_a_processor_nothing_is_called_live_that_is_not(chance: random.Random) -> None:
    """SIGSTOP: starved to nothing. Whatever was said when it went on had its true age with it."""
    with Rig([Machines(["lab/planned", "lab/free"])]) as rig:
        rig.put_plan("lab/planned")
        for _ in range(2):
            rig.later(chance.uniform(0.5, 1.5))
            rig.service.freeze()
            rig.later(chance.uniform(1.0, 3.0))
            rig.service.thaw()
            thawed_s = time.monotonic()
            rig.until(lambda since=thawed_s: rig.live_again(since), "not live again", COMES_BACK_S)  # type: ignore[misc]
        assert [seen.lies for seen in rig.screen.frames.values() if seen.lies] == []
        assert_nothing_lost(rig, rig.finish())
