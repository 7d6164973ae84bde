"""`ilex replay --to` against real brokers: timing, passes, trouble on demand (contract 7, issue 6 point 4)."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.brokers import BrokerProcess
from tests.edge_agent.bus import Bus, listening
from tests.service.recordings.sessions import flip, movement, record, truncate
from wire.samples import SampleBatch

pytestmark = pytest.mark.timeout(120)
N = 2000
PLANNED = "has a plan, which no machine brings: lab/one is judged by the plan given there, or by none"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """20 s at 100 Hz; each angle says which sample it is."""
    path = tmp_path / "take.csv"
    path.write_text("t_s,angle_deg,torque_nm\n" + "".join(f"{n / 100},{n / 100},{n}\n" for n in range(N)))
    return path


async def replay(file: Path, broker: BrokerProcess, *options: str, ends: tuple[int, Sequence[str]] = (0, ())) -> Bus:
    """What a subscriber hears of it; `ends`: the exit code, and how each line on stderr ends."""
    async with listening(broker, "lab/one") as bus:
        command = [sys.executable, "-m", "service.cli", "replay", str(file), "--to", broker.url, "--machine", "lab/one", *options]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        out, err = (words.decode() for words in await asyncio.wait_for(process.communicate(), 60))
        assert (process.returncode, out) == (ends[0], "")
        said = err.splitlines()
        assert len(said) == len(ends[1]), err
        assert all(map(str.endswith, said, ends[1])), err
        await bus.until(lambda: bus.status[-1] if bus.status and not bus.status[-1].online else None)
        return bus


def numbers(batches: list[SampleBatch]) -> list[int]:
    return [int(n) for batch in batches for n in range(batch.seq, batch.seq + batch.n)]


async def test_a_file_is_played_with_its_own_time_steps_so_often_as_it_is_told(broker: BrokerProcess, file: Path) -> None:
    bus = await replay(file, broker, "--speed", "25", "--times", "2", "--pause-s", "0.2")
    boots = list(dict.fromkeys(status.boot for status in bus.status))
    assert len(boots) == 2
    for boot in boots:
        batches = [batch for batch in bus.batches if batch.boot == boot]
        assert numbers(batches) == list(range(N))
        t_ns = np.concatenate([batch.times_ns() for batch in batches])
        assert set(np.diff(t_ns).tolist()) == {10_000_000}
        assert np.array_equal(np.concatenate([batch.torque_nm() for batch in batches]), np.arange(N))
    assert "trouble" not in bus.status[0].software


async def test_trouble_is_had_again_by_its_seed_and_said_in_the_status(nats: BrokerProcess, file: Path) -> None:
    options = ("--speed", "25", "--loss", "0.1", "--duplicates", "0.1", "--dropout-every-s", "4", "--dropout-s", "0.5", "--seed", "5")
    bus = await replay(file, nats, *options)
    heard = numbers(bus.batches)
    lost = set(range(N)) - set(heard)
    assert 0.02 * N < len(lost) < 0.3 * N
    assert len(heard) > len(set(heard))
    angle = np.concatenate([batch.angle_deg() for batch in bus.batches])
    assert 0.01 < np.isnan(angle).mean() < 0.4
    assert bus.status[0].software.endswith("trouble injected: loss 0.1, duplicates 0.1, dropouts of 0.5 s about every 4 s, seed 5")
    again = numbers((await replay(file, nats, *options, "--jitter-ms", "30")).batches)
    assert set(range(N)) - set(again) == lost
    assert again != sorted(again), "jitter beyond a batch's length changes their order"


async def test_of_a_damaged_recording_the_rest_is_played_and_the_damage_said(broker: BrokerProcess, tmp_path: Path) -> None:
    """Decision 0201."""
    whole = movement()
    for spoil, ends in (
        (flip, (1, ["; the rest is played", PLANNED])),
        (truncate, (0, [": the recording ends here, unfinished; what lies before is played", PLANNED])),
    ):
        bus = await replay(spoil(record(tmp_path / spoil.__name__)), broker, "--speed", "40", ends=ends)
        angles = np.concatenate([batch.angle_deg() for batch in sorted(bus.batches, key=lambda batch: batch.seq)])
        assert len(whole) / 2 < len(angles) < len(whole)
        assert np.array_equal(angles[:1000], whole[:1000])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_told_to_end_it_leaves_no_password_behind(
    nats: BrokerProcess, file: Path, tmp_path: Path, request: pytest.FixtureRequest, number: signal.Signals
) -> None:
    """Robustness-and-screens 2.3: a secret lies about no longer than it is needed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    to = nats.url.replace("//", "//lab:secret@")
    command = [sys.executable, "-m", "service.cli", "replay", str(file), "--to", to, "--machine", "lab/one"]
    before = signal.signal(number, signal.SIG_DFL)  # what runs these tests may have it ignored, and then so has what they start
    request.addfinalizer(lambda: signal.signal(number, before))
    async with listening(nats, "lab/one") as bus:
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, "TMPDIR": str(scratch)})
        await bus.until(lambda: bus.batches or None)
        assert list(scratch.glob("*/*.password"))
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 60) == 128 + number
    assert not list(scratch.iterdir())
