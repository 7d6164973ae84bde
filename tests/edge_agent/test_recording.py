"""issue 2, 4: driver `recording`: any file, real time or faster, the file's own time steps exact whatever the speed."""

from pathlib import Path

import numpy as np
import pytest

from edge_agent.clock import TICK_NS
from edge_agent.drivers import ButtonName, DriverError, Host, Samples
from edge_agent.drivers.recording import RecordingDriver, RecordingSettings
from tests.edge_agent.clocks import JumpingClock
from tests.ilex.scenes import recorded

TIMES_S = [0.5, 0.51, 0.523, 0.53, 0.57, 0.57, 0.56, 0.6]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Jittered, equal and falling times, a missing angle and a missing torque."""
    rows = [f"{t},{60 - n},{'' if n == 3 else n / 3}" for n, t in enumerate(TIMES_S)]
    rows[5] = rows[5].replace(",55,", ",,")
    path = tmp_path / "set.csv"
    path.write_text("t_s,angle_deg,torque_nm\n" + "\n".join(rows) + "\n")
    return path


async def play(file: Path, clock: JumpingClock, speed: float = 1.0) -> tuple[list[Samples], list[ButtonName]]:
    presses: list[ButtonName] = []
    driver = RecordingSettings(file=file.name, speed=speed).open(clock, file.parent)
    host = Host(clock, 0.02, presses.append)
    return [samples async for samples in driver.read(host)], presses


@pytest.mark.parametrize("speed", [0.5, 1.0, 3.0, 1000.0])
async def test_the_files_time_steps_stay_exact_at_any_speed(file: Path, speed: float) -> None:
    clock = JumpingClock(now_ns=TICK_NS * 200)
    blocks, _ = await play(file, clock, speed)
    t_ns = np.concatenate([block.t_ns for block in blocks])
    assert (t_ns - t_ns[0]).tolist() == [round(t * 1e9) - 500_000_000 for t in TIMES_S]
    assert t_ns[0] == TICK_NS * 200
    angle = np.concatenate([block.angle_deg for block in blocks])
    torque = np.concatenate([block.torque_nm for block in blocks])
    assert angle[:5].tolist() == [60, 59, 58, 57, 56]
    assert np.isnan(angle[5])
    assert np.isnan(torque[3])
    assert torque[1] == np.float32(1 / 3)


@pytest.mark.parametrize("speed", [1.0, 4.0])
async def test_no_sample_comes_before_its_time(file: Path, speed: float) -> None:
    clock = JumpingClock(now_ns=0)
    driver = RecordingSettings(file=file.name, speed=speed).open(clock, file.parent)
    async for block in driver.read(Host(clock, 0.02, lambda _: None)):
        assert clock.now_ns() >= int(block.t_ns.max()) / speed - 1
        assert driver.device_ns(clock.now_ns()) >= int(block.t_ns.max()) - speed


async def test_a_block_spans_a_batch_of_the_agents_time(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("t_s,angle_deg\n" + "\n".join(f"{n / 100},{n % 50}" for n in range(400)) + "\n")
    sizes = {len(block.t_ns) for block in (await play(file, JumpingClock(), 10.0))[0]}
    assert sizes == {20}


async def test_the_rate_is_the_median_of_the_rising_steps(file: Path) -> None:
    driver = RecordingDriver(RecordingSettings(file=file.name), JumpingClock(), file)
    assert driver.sample_rate_hz == pytest.approx(1 / 0.013, rel=0.4)
    assert driver.waits


def test_loops_after_a_pause_only_when_told_to(file: Path) -> None:
    def again_s(loop: bool) -> float | None:
        return RecordingSettings(file=file.name, loop=loop, pause_s=2.0).open(JumpingClock(), file.parent).again_s

    assert again_s(loop=True) == 2.0
    assert again_s(loop=False) is None


@pytest.mark.parametrize(("name", "text"), [("bad.csv", "t_s,angle_deg\n0,1\n0.01,abc\n"), ("none.csv", None), ("x.txt", "hello")])
def test_a_file_that_cannot_be_played_is_refused_by_name(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(DriverError, match=name):
        RecordingSettings(file=name).open(JumpingClock(), tmp_path)


async def test_it_is_played_so_often_as_it_is_told(file: Path) -> None:
    """The agent reads on while `again_s` names a pause."""
    driver = RecordingSettings(file=file.name, loop=True, times=3, pause_s=2.0).open(JumpingClock(), file.parent)
    pauses = []
    for _ in range(3):
        _ = [samples async for samples in driver.read(Host(JumpingClock(), 0.02, lambda _: None))]
        pauses.append(driver.again_s)
    assert pauses == [2.0, 2.0, None]


async def test_further_columns_come_as_they_were_recorded(tmp_path: Path) -> None:
    """Contract 2: `extra`, as a real machine sends it."""
    file = recorded(tmp_path, "fails", raw_torque=True)
    blocks, _ = await play(file, JumpingClock(), 10.0)
    assert {tuple(block.extra) for block in blocks} == {("torque_raw",)}
    raw, torque = np.concatenate([(block.extra["torque_raw"], block.torque_nm) for block in blocks], axis=1)
    assert np.array_equal(raw, torque + np.float32(10), equal_nan=True)
