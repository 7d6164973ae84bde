"""issue 2, 4: driver `simulator`: samples as they fall due; the patient reads plan and events of the own machine."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_agent.drivers import Host, Samples
from edge_agent.drivers.simulator import SimulatorDriver, SimulatorSettings
from tests.edge_agent.clocks import JumpingClock
from wire.events import Paused, Resumed, SetStarted
from wire.plan import Plan, Range, Tempo

PLAN = Plan(session="a", range=Range(50.0, 10.0), tempo=Tempo(2.0, 0.5, 2.0, 0.5))


def opened(clock: JumpingClock, settings: SimulatorSettings) -> tuple[SimulatorDriver, AsyncIterator[Samples]]:
    driver = settings.open(clock, Path())
    return driver, driver.read(Host(clock, 0.02, lambda _: None))


async def seconds(samples: AsyncIterator[Samples], least_s: float) -> np.ndarray:
    """The angle over the next seconds."""
    angles: list[np.ndarray] = []
    first = None
    async for block in samples:
        first = first or int(block.t_ns[0])
        angles.append(block.angle_deg)
        if int(block.t_ns[-1]) - first >= least_s * 1e9:
            break
    return np.concatenate(angles)


async def test_a_block_comes_when_its_last_sample_is_due_and_not_before() -> None:
    clock = JumpingClock()
    driver, samples = opened(clock, SimulatorSettings(speed=4.0))
    base_ns = None
    for _ in range(50):
        block = await anext(samples)
        base_ns = base_ns or int(block.t_ns[0])
        assert clock.now_ns() >= base_ns + (int(block.t_ns[-1]) - base_ns) / 4 - 1
        assert driver.device_ns(clock.now_ns()) >= int(block.t_ns[-1]) - 4
        assert len(block.t_ns) == 8
        assert set(np.diff(block.t_ns)) == {10_000_000}


async def test_without_a_start_the_patient_begins_alone_after_5_s() -> None:
    _, samples = opened(JumpingClock(), SimulatorSettings())
    assert np.ptp(await seconds(samples, 4.8)) < 1.0
    assert np.ptp(await seconds(samples, 3.0)) > 10.0


async def test_who_waits_for_the_cue_begins_when_the_set_has_started() -> None:
    driver, samples = opened(JumpingClock(), SimulatorSettings(start="cue"))
    driver.take_plan(PLAN)
    await seconds(samples, 0.5)
    assert np.ptp(await seconds(samples, 20.0)) < 1.0
    driver.take_event(SetStarted(id=1, set=1, at_s=20.0, known_s=20.01, plan=PLAN))
    angle = await seconds(samples, 3.0)
    assert float(angle.min()) < 12.0


@pytest.mark.parametrize("restarted", [False, True])
async def test_whoever_is_told_to_go_on_waits_for_the_countdown(restarted: bool) -> None:
    """contract 5: the way back leads through a countdown; a simulated patient who knows nothing of the set yet joins in then."""
    driver, samples = opened(JumpingClock(), SimulatorSettings(start="cue"))
    driver.take_plan(PLAN)
    if not restarted:
        driver.take_event(SetStarted(id=1, set=1, at_s=0.0, known_s=0.0, plan=PLAN))
        await seconds(samples, 1.0)
        driver.take_event(Paused(id=2, set=1, at_s=1.0, known_s=1.0))
    await seconds(samples, 6.0)
    driver.take_event(Resumed(id=3, set=1, at_s=7.0, known_s=7.0))
    assert np.ptp(await seconds(samples, 2.5)) < 1.0
    assert float((await seconds(samples, 3.0)).min()) < 15.0


async def test_the_same_plan_again_or_under_another_session_does_not_disturb_a_set() -> None:
    driver, samples = opened(JumpingClock(), SimulatorSettings(start="cue"))
    driver.take_plan(PLAN)
    driver.take_event(SetStarted(id=1, set=1, at_s=0.0, known_s=0.0, plan=PLAN))
    await seconds(samples, 2.0)
    for plan in (PLAN, msgspec.structs.replace(PLAN, session="b", label="x")):
        before = (await seconds(samples, 0.2))[-1]
        driver.take_plan(plan)
        after = (await seconds(samples, 0.4))[0]
        assert abs(before - after) < 2.0


async def test_a_new_range_seats_the_patient_at_its_flexed_end() -> None:
    driver, samples = opened(JumpingClock(), SimulatorSettings(start="cue"))
    driver.take_plan(PLAN)
    await seconds(samples, 0.4)
    assert abs(float((await seconds(samples, 0.2))[-1]) - 50.9) < 0.3


async def test_who_stops_for_pain_presses_the_machines_button() -> None:
    clock = JumpingClock()
    pressed: list[str] = []
    driver = SimulatorSettings(character="stops_for_pain", start="cue").open(clock, Path())
    samples = driver.read(Host(clock, 0.02, pressed.append))
    driver.take_plan(PLAN)
    driver.take_event(SetStarted(id=1, set=1, at_s=0.0, known_s=0.0, plan=PLAN))
    await seconds(samples, 40.0)
    assert pressed == ["pain"]
