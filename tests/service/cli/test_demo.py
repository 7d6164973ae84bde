"""What the demonstration shows (contract 7: `ilex demo`)."""

import json
from pathlib import Path

import msgspec
import pytest

from service.cli.demo import _patients, _recordings
from service.cli.therapist import PLANS
from wire.plan import faults


def test_three_patients_are_three_characters_and_more_begin_again() -> None:
    assert [exhibit.machine for exhibit in _patients(5, 1.0)] == [
        "demo/steady",
        "demo/hurried",
        "demo/tires",
        "demo/steady-2",
        "demo/hurried-2",
    ]
    assert {exhibit.driver["character"] for exhibit in _patients(5, 1.0)} == set(PLANS)
    seeds = [exhibit.driver["seed"] for exhibit in _patients(5, 1.0)]
    assert len(set(seeds)) == 5


@pytest.mark.parametrize("character", PLANS)
def test_their_plans_can_be_used(character: str) -> None:
    assert faults(PLANS[character]) == []


def test_recordings_are_machines_named_after_their_files(tmp_path: Path) -> None:
    files = [tmp_path / "Leg Press (1).csv", tmp_path / "a" / "leg-press-1.csv", tmp_path / "ü.csv"]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text("t_s,angle_deg\n0,1\n0.1,2\n")
    shown = _recordings(files, None, 1.0)
    assert [exhibit.machine for exhibit in shown] == ["demo/leg-press-1", "demo/leg-press-1-2", "demo/recording"]
    assert all(exhibit.driver["loop"] and exhibit.plan is None and not exhibit.treated for exhibit in shown)


def test_a_plan_given_counts_for_recordings_that_hold_none(tmp_path: Path) -> None:
    take, plan = tmp_path / "take.csv", tmp_path / "plan.json"
    take.write_text("t_s,angle_deg\n0,1\n0.1,2\n")
    plan.write_text(json.dumps({**msgspec.to_builtins(PLANS["steady"]), "session": "old"}))
    (shown,) = _recordings([take], plan, 1.0)
    assert shown.plan is not None
    assert (shown.plan.session, shown.plan.range) == (None, PLANS["steady"].range)
