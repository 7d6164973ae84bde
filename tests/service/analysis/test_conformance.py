"""Issue, battery: the recordings of tests/conformance/detection give exactly the events that belong to them."""

import msgspec
import pytest

from tests.conformance.detection.rewrite import FOLDER, SCENES, events_of, read
from tests.service.analysis.invariants import check


@pytest.mark.parametrize("name", SCENES)
def test_a_recording_gives_the_events_that_belong_to_it(name: str) -> None:
    samples, plan, inputs, expected = read(name)
    told = list(events_of(samples, plan, inputs, size=61))
    check(told)
    found = [msgspec.json.decode(msgspec.json.encode(event)) for event in told]
    assert found == expected, "if this is meant: python -m tests.conformance.detection.rewrite"


def test_there_is_nothing_else_in_the_folder_and_it_stays_small() -> None:
    files = [file for file in FOLDER.iterdir() if file.suffix in {".csv", ".json", ".jsonl"}]
    assert {file.stem for file in files} == set(SCENES)
    assert sum(file.stat().st_size for file in files) < 1_500_000


def test_together_they_show_every_kind_that_matters() -> None:
    kinds = {event["kind"] for name in SCENES for event in read(name)[3]}
    assert kinds >= {
        "failure",
        "failure_likely",
        "abrupt_stop",
        "signal_faulted",
        "paused",
        "resumed",
        "set_ended",
        "reserve_estimated",
        "unable",
    }
