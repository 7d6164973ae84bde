"""The trials do to a service and its agents what they say (robustness 1.3): what they would find is found."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import msgspec
import pytest

from benchmarks import endurance
from benchmarks.faults.stepping import HOUR_S, TO_1970_S, Stepping
from benchmarks.trials import cut, stepped, versions
from tests.faults.twin import Twin
from wire.messages import Status
from wire.plan import Plan
from wire.topics import Leaf

ROOT = Path(__file__).parents[2]


def test_each_trial_is_there() -> None:
    modules = {path.stem for path in (ROOT / "benchmarks" / "trials").glob("*.py")} - {"audience", "figure", "measures"}
    assert modules == set(endurance.TRIALS)


class TestCut:
    """F06."""

    def test_nothing_is_lost_and_a_sync_that_is_left_out_is(self, tmp_path: Path) -> None:
        whole, sites = cut.sweep(tmp_path / "whole", 0.5, 1)
        assert (whole.failed, whole.synced_lost) == (0, 0)
        assert whole.states > 50
        assert whole.longest_s <= cut.MOST_LOST_S
        commit = next(site for site in sites if ".Segment.add:" in site)
        without, _ = cut.sweep(tmp_path / "without", 0.5, 1, commit)
        assert without.synced_lost > 0

    def test_a_story_that_needs_no_sync_is_named(self, tmp_path: Path) -> None:
        def idle(twin: Twin) -> None:
            twin.sync_folder(twin.root)

        count, silent = cut.unnoticed(tmp_path, idle)
        assert count == len(silent) == 1


class TestVersions:
    """F20."""

    def test_a_later_one_says_what_this_one_does_not_know(self) -> None:
        status = Status(online=True, boot="b1", pending=["b0"])
        (sent,) = versions.through(versions.later(Random(1)))(Leaf.STATUS, "name", msgspec.json.encode(status))
        assert versions.UNKNOWN.keys() <= msgspec.json.decode(sent.payload).keys()
        assert msgspec.json.decode(sent.payload, type=Status) == status

    def test_an_earlier_one_says_what_must_be_said(self) -> None:
        status = Status(online=True, boot="b1", pending=["b0"], software="x")
        (sent,) = versions.through(versions.earlier)(Leaf.STATUS, "name", msgspec.json.encode(status))
        assert msgspec.json.decode(sent.payload, type=Status) == Status(online=True, boot="b1")
        required = {field.encode_name for field in msgspec.structs.fields(Plan) if field.required}
        assert required <= versions.REQUIRED[Leaf.PLAN]

    def test_a_plan_that_is_taken_back_stays_empty(self) -> None:
        (sent,) = versions.through(versions.earlier)(Leaf.PLAN, "name", b"")
        assert sent.payload == b""


class TestStepped:
    """F12."""

    @pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, TO_1970_S])
    def test_a_process_has_the_clock_that_it_is_given(self, tmp_path: Path, step_s: float) -> None:
        (tmp_path / "clocks_of_it.py").write_text(
            "import time\nfrom datetime import UTC, datetime\nprint(time.time(), datetime.now(UTC).timestamp(), time.monotonic())\n"
        )
        with Stepping() as clocks:
            clocks.step(step_s)
            before_s = time.time(), time.monotonic()
            run = subprocess.run(
                [*clocks.python, "clocks_of_it"], env={"PYTHONPATH": f"{ROOT}:{tmp_path}"}, capture_output=True, text=True, check=True
            )
        after_s = time.time(), time.monotonic()
        for text, begin_s, end_s in zip(run.stdout.split(), (before_s[0], *before_s), (after_s[0], *after_s), strict=True):
            shift_s = step_s if begin_s == before_s[0] else 0.0
            assert max(0.0, begin_s + shift_s) <= float(text) <= max(0.0, end_s + shift_s)
        assert Path(clocks.python[0]) == Path(sys.executable)

    def test_events_differ_by_their_times_and_by_nothing_else(self) -> None:
        event = {"kind": "repetition_completed", "id": 3, "at_s": 1.0, "phases": {"extension_s": 2.0}}
        assert stepped._differ_ms(event, event) == 0.0
        assert stepped._differ_ms(event, event | {"phases": {"extension_s": 2.25}}) == 250.0
        assert stepped._differ_ms(event, event | {"id": 4}) == float("inf")
        assert stepped._differ_ms(event, None) == float("inf")
