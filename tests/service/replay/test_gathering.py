"""The fast way to a recording's columns gives what the thorough one gives (decision 0213)."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings

from service.recordings.account import coverage
from service.replay import gathering
from service.replay.pyramid import Pyramid
from tests.service.recordings.sessions import BOOT, flip, record, truncate
from tests.wire.test_bulk import recording, streams
from wire import bulk
from wire.capture import Capture
from wire.recorded import RecordedError
from wire.samples import SampleBatch


def alike(one: Pyramid, other: Pyramid) -> bool:
    """Every value at every resolution, NaN with NaN."""
    pairs = list(zip(one.levels, other.levels, strict=True))
    arrays = [each for mine, its in pairs for each in ((mine.t_s, its.t_s), (mine.low, its.low), (mine.high, its.high))]
    widths = [mine.width_s == its.width_s for mine, its in pairs]
    return one.period_s == other.period_s and all(widths) and all(np.array_equal(a, b, equal_nan=True) for a, b in arrays)


def at(seq: int, times_ns: list[int], dt: int = 100) -> SampleBatch:
    """Zeros at these times."""
    zeros, t = bytes(4 * len(times_ns)), np.array(times_ns, "<i8").tobytes()
    return SampleBatch(boot=BOOT, seq=seq, t0=times_ns[0], dt=dt, angle=zeros, torque=zeros, t=t if len(times_ns) > 1 else None)


# Nanoseconds between samples, on a clock that has run for a century.
@example([at(0, [2**62], 10_000_000), at(1, [2**62 + 10_001_000, 2**62 + 10_001_007], 0), at(5, [2**62 + 10_002_000])])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(streams())
def test_columns_and_coverage_are_those_of_the_thorough_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: list[SampleBatch]
) -> None:
    path = recording(tmp_path / "r", batches)
    fast = gathering.gathered(path)
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "read", lambda *_, **__: None)
        assert alike(fast, gathering.gathered(path))
    for mine, its in zip(coverage(path), Capture(path).coverage(), strict=True):
        assert mine.kind == its.kind
        # Nanoseconds of a clock that has run for centuries are no floats.
        assert mine[1:] == pytest.approx(its[1:], abs=1e-5)


def test_a_recorded_session_takes_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record(tmp_path)
    thorough = gathering._thoroughly(path)
    monkeypatch.setattr(gathering, "_thoroughly", lambda _: pytest.fail("read message by message"))
    assert alike(gathering.gathered(path), thorough)


def test_of_a_damaged_recording_the_rest_is_drawn_and_the_damage_goes_with_it(tmp_path: Path) -> None:
    """Issue 6, point 7; decision 0201. What is left out stays a gap at its place."""
    whole = gathering.gathered(record(tmp_path))
    assert whole.about == {}
    t_s, angle_deg = whole.levels[0].t_s, whole.levels[0].low[0]
    for spoil, words in ((flip, r"byte \d+: a chunk.*"), (truncate, r"cut at byte \d+")):
        found = gathering.gathered(spoil(record(tmp_path / spoil.__name__)))
        assert re.fullmatch(words, found.about["damage"])
        ground = found.levels[0]
        places = np.searchsorted(t_s, ground.t_s)
        assert np.array_equal(t_s[places], ground.t_s)
        assert np.array_equal(ground.low[0], angle_deg[places])
        assert found.length_s == whole.length_s if spoil is flip else 25 < found.length_s < 35
        assert 0.6 * len(t_s) < len(ground.t_s) < len(t_s)
    hopeless = tmp_path / "none.mcap"
    hopeless.write_bytes((tmp_path / "s1.mcap").read_bytes()[:100])
    with pytest.raises(RecordedError, match="holds no channel"):
        gathering.gathered(hopeless)
