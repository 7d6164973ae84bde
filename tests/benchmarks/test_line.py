"""The benchmarks of the whole line come out as tables and JSON, and count what they say they count (issue: benchmarks)."""

import json
from pathlib import Path

import pytest

from benchmarks import figures, latency, memory, report, throughput
from benchmarks.cell import Measured, Setting, measure
from benchmarks.load import Load
from benchmarks.subject import Subject

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cell() -> Measured:
    """Two machines for two seconds through the real service."""
    with Subject() as subject:
        return measure(subject, Setting(machines=2, seconds=2.0, warm_s=1.0))


class TestTheCell:
    def test_measures_every_sample_of_the_window(self, cell: Measured) -> None:
        assert cell.frame.samples == cell.floor.samples == 2 * 2 * 100

    def test_finds_every_sample_once_in_frames_and_in_recordings(self, cell: Measured) -> None:
        assert cell.samples == (2 * 3 * 100, 0, 0, 0)
        assert cell.recording == {"sessions": 2, "expected": 600, "stored": 600, "missing": 0, "refused": 0}
        assert cell.whole

    def test_a_frame_is_never_earlier_than_its_samples_were_due(self, cell: Measured) -> None:
        assert 0 < cell.frame.p50_ms <= cell.frame.p95_ms <= cell.frame.p99_ms <= cell.frame.max_ms
        assert 0 < cell.frame_newest.p50_ms < cell.frame.p95_ms

    def test_sees_the_movement_analysed(self, cell: Measured) -> None:
        assert cell.events > 0

    def test_meters_every_process(self, cell: Measured) -> None:
        assert set(cell.usage) == {"service", "broker", "load", "floor", "viewers", "others"}
        assert cell.usage["service"].cores > 0
        assert cell.usage["service"].rss_mib > 20

    def test_becomes_tables_json_and_a_page(self, cell: Measured, tmp_path: Path) -> None:
        rows = [latency.row(cell)]
        content = {
            "broker": "embedded",
            "load": "generator",
            "seconds": 2.0,
            "warm_s": 1.0,
            "viewer_hz": 60.0,
            "wall_hz": 30.0,
            "rows": rows,
        }
        figures.write("latency", figures.computer(), content, tmp_path)
        figures.write("throughput", figures.computer(), {"late_ms": 100.0, "most_machines": 2, "rows": rows}, tmp_path)
        results = report.read(tmp_path)
        assert results["latency"]["rows"][0]["samples"] == {"once": 600, "again": 0, "lost": 0, "foreign": 0}
        assert results["latency"]["computer"]["cores"] >= 1
        page = report.page(results)
        assert "2: sample to frame" in page
        assert "## How many machines" in page
        assert latency.tables(rows).count("\n|") > 10
        assert "holds" in throughput.table(rows) or "too much" in throughput.table(rows)


class TestTheLoad:
    def test_spreads_the_machines_over_a_batch(self) -> None:
        load = Load(machines=4, host="", port=0)
        assert [load.first_ns(number, 0) for number in range(4)] == [0, 5_000_000, 10_000_000, 15_000_000]

    def test_every_machine_has_a_name_of_its_own(self) -> None:
        names = Load(machines=100, host="", port=0).names
        assert len(set(names)) == 100


class TestMemory:
    def test_the_slope_is_mib_a_minute_after_the_first_fifth(self) -> None:
        settled = [memory.Reading(at, 100.0 + at / 60, 20.0) for at in range(60, 310, 10)]
        assert memory.slope([memory.Reading(0, 5.0, 20.0), *settled]) == pytest.approx(1.0)


class TestTheResults:
    def test_name_the_computer_and_hold_no_nan(self, tmp_path: Path) -> None:
        path = figures.write("x", figures.computer(), {"rows": figures.rounded([float("nan"), 1.23456])}, tmp_path)
        found = json.loads(path.read_text())
        assert found["rows"] == [None, 1.235]
        assert {"date", "cores", "python", "packages", "command"} <= set(found["computer"])
