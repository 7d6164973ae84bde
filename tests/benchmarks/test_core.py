"""The benchmark of the analysis measures what it says, and becomes a page (issue: speed of the core)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import core, report
from service.analysis import engine
from service.analysis.engine import PLAIN
from wire.recorded import open_recorded

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _one_patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(core, "CHARACTERS", ("steady",))
    yield
    engine.use(PLAIN)


def test_a_set_is_measured_with_its_events_against_the_filter_and_becomes_a_chapter() -> None:
    row = core.bulk(100.0, PLAIN, 1)
    assert row["samples"] == len(core.simulated("steady", 100.0).t_ns) > 5000
    assert row["events"] > 50
    assert 0 < row["sosfilt_ns"] < row["kernels_ns"] < 1.5 * row["plain_ns"]
    live = core.live(PLAIN, 1)
    assert live.batches < row["samples"] // 2 <= live.batches + row["events"]
    assert 0 < live.median_us <= live.p99_us <= live.max_us
    numbers = dict.fromkeys(
        ["samples", "events", "mib", "reading_s", "compiled_s", "plain_s", "first_s", "later_s", "worst_s", "processor_s"], 1.0
    )
    result = {
        "runs": 1,
        "bulk": [row],
        "live": {"analysis": live._asdict()},
        "hour": numbers,
        "shell": numbers,
        "start": {"cold_s": 1.0, "warm_s": 1.0, "kib": 1.0},
        "computer": {
            "cores": 2,
            "processor": "",
            "memory_gib": 1,
            "python": "",
            "packages": {},
            "command": "scripts/bench core",
            "date": "",
        },
    }
    page = report.page({"core": result})
    assert "## The analysis" in page
    assert f"{row['plain_ns']:.0f}" in page


def test_the_recording_holds_every_sample(tmp_path: Path) -> None:
    recorded = open_recorded(core.recorded(tmp_path, "session", core.tiled(100.0, 30.0), 100.0))
    assert recorded.total == 3000
