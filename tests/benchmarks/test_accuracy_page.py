"""Scores become a table, JSON and docs/validation.md, which is what the kept results make of it (issue: the score)."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import figures
from benchmarks.score import fleet, page, plots, replay, totals
from benchmarks.score.metrics import METRICS, TIERS, Target
from benchmarks.score.scoring import score_seed
from benchmarks.score.table import target, tier_table, value

pytestmark = pytest.mark.slow
CHAPTERS = ("In short", "What was tested", "What was found", "What is known not to work", "The worst sets", "On recorded movements")
FACTS = {"date": "2026-11-21 07:00 UTC", "command": "scripts/bench accuracy"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the results of a set or two of a tier: short ones."""
    folder = tmp_path_factory.mktemp("results")
    for tier, seeds in (("clean", (15,)), ("hostile", (3, 5))):
        total = totals.total(tier, [score_seed(tier, seed) for seed in seeds])
        figures.write(f"accuracy-{tier}", FACTS, figures.rounded({**total, "code": fleet.state()}, 6), folder)
    row = {"file": "a/b.csv", "truth": 3, "planned": 3, "unplanned": 2, "failures": 0, "abrupt_stops": 0}
    recorded: dict[str, Any] = {"rows": [{**row, "extents": {"full": 3}, "unable": True, "faults": {}, "notes": "late start"}]}
    figures.write("recordings", FACTS, recorded, folder)
    return folder


class TestThePage:
    def test_has_every_chapter_and_pictures_of_few_bytes_and_is_the_same_for_the_same_results(self, results: Path, tmp_path: Path) -> None:
        def written(name: str) -> dict[str, bytes]:
            folder = tmp_path / name
            folder.mkdir()
            page.write(results, folder / "validation.md")
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

        files = written("once")
        text = files["validation.md"].decode()
        for chapter in CHAPTERS:
            assert f"## {chapter}\n" in text
        assert "in simulation" in text
        pictures = {name: content for name, content in files.items() if name.endswith(".svg")}
        assert {"validation/counts.svg", "validation/boundaries.svg"} <= pictures.keys()
        for name, content in pictures.items():
            assert len(content) < 100_000
            assert name in text
        assert written("again") == files

    def test_names_a_recording_that_is_not_counted_exactly(self, results: Path) -> None:
        text = page.recordings(json.loads((results / "recordings.json").read_text()))
        assert "late start" in text

    def test_the_one_in_docs_is_what_the_kept_results_make(self) -> None:
        kept = page.read(figures.RESULTS)
        tiers = {tier: kept[f"accuracy-{tier}"] for tier in TIERS if f"accuracy-{tier}" in kept}
        drawn = [name for name in plots.PICTURES if (page.PAGE.parent / page.PICTURES / f"{name}.svg").exists()]
        text = page.text(tiers, kept.get("recordings"), kept.get("core"), drawn, kept.get("bounds"))
        assert text == page.PAGE.read_text(encoding="utf-8")


class TestTheTable:
    def test_says_met_and_missed(self) -> None:
        metric = {"key": "x", "name": "share of x", "unit": "share", "value": 0.5, "low": 0.4, "high": 0.6, "of": 100, "target": ">= 0.98"}
        text = tier_table({"metrics": [{**metric, "met": False}]})
        assert "| >= 98 % | 50.00 % | 40.00 % to 60.00 % | 100 | **missed** |" in text

    def test_a_target_is_kept_on_its_edge(self) -> None:
        assert Target(low=0.98).met(0.98)
        assert not Target(0.75, 0.90).met(0.91)

    def test_units(self) -> None:
        assert value(0.9995, "share") == "99.95 %"
        assert value(None, "ms") == "-"
        assert target("0.75 to 0.9", "share") == "75 % to 90 %"

    def test_every_metric_has_a_key_of_its_own(self) -> None:
        assert len({metric.key for metric in METRICS}) == len(METRICS)


class TestReplay:
    def test_puts_truth_beside_events(self, tmp_path: Path) -> None:
        done = replay.replay("clean", 15)
        text = replay.text(done, everything=True)
        assert "#1 extension" in text
        assert "RepetitionCompleted 1.1" in text
        replay.plot(done, tmp_path / "case.png", (0.0, 30.0))
        assert (tmp_path / "case.png").stat().st_size > 10_000

    def test_takes_other_values_of_parameters_and_knows_their_names(self) -> None:
        assert replay.parameters(["full=0.94"]).full == 0.94
        with pytest.raises(ValueError, match="no such parameter"):
            replay.parameters(["nonsense=1"])


def test_frozen_seeds_are_none_of_those_of_development() -> None:
    assert not set(fleet.seeds("frozen", 2000)) & set(fleet.seeds("dev", 100_000))


def test_kept_cases_are_those_of_the_seed(tmp_path: Path) -> None:
    first = fleet.made("clean", 15, tmp_path)
    again = fleet.made("clean", 15, tmp_path)
    assert (again.angle_deg == first.angle_deg).all()
    assert again.attempts == first.attempts
