"""Parameters replaced for a rerun (contract 6): checked by name, unit and range."""

from typing import Any

import pytest
from msgspec.structs import replace

from service.analysis import Parameters
from service.analysis.overrides import numbers, override_faults
from service.analysis.parameters import described

BASE = Parameters()


def test_numbers_and_the_form_of_recordings_are_taken() -> None:
    given = {"display_hz": 8, "stuck_s": {"value": 2.5, "unit": "s"}, "full": {"value": 0.94}}
    assert override_faults(given, BASE) == []
    assert numbers(given) == {"display_hz": 8.0, "stuck_s": 2.5, "full": 0.94}
    assert override_faults(described(BASE), BASE) == []


@pytest.mark.parametrize(
    ("given", "pointer", "words"),
    [
        ({"nonsense": 1}, "/parameters/nonsense", "no parameter of this name"),
        ({"a/b": 1}, "/parameters/a~1b", "no parameter of this name"),
        ({"stuck_s": {"value": 500, "unit": "ms"}}, "/parameters/stuck_s/unit", 'expected s, got "ms"'),
        ({"stuck_s": -1}, "/parameters/stuck_s", "a number of s above 0"),
        ({"stuck_s": 0}, "/parameters/stuck_s", "above 0"),
        ({"stuck_s": 1e7}, "/parameters/stuck_s", "below 1,000,000"),
        ({"stuck_s": "1"}, "/parameters/stuck_s", 'got "1"'),
        ({"stuck_s": True}, "/parameters/stuck_s", "got true"),
        ({"stuck_s": {"unit": "s"}}, "/parameters/stuck_s/value", "got null"),
        ({"stuck_s": float("nan")}, "/parameters/stuck_s", "a number"),
        ({"stuck_s": 10**400}, "/parameters/stuck_s", "below 1,000,000"),
        ({"full": 1.0}, "/parameters/full", "between 0 and 1"),
        ({"full": 0.5}, "/parameters/full", "short must be less than full, got 0.9 and 0.5"),
        ({"partial": 0.92}, "/parameters/partial", "partial must be less than short"),
        ({"effort_least": 1.0}, "/parameters/effort_least", "effort_least must be less than effort_most, got 1 and 1"),
        ([1], "/parameters", "an object"),
    ],
)
def test_each_fault_says_where_and_what_is_expected(given: Any, pointer: str, words: str) -> None:
    (fault,) = override_faults(given, BASE)
    assert fault.pointer == pointer
    assert words in fault.message


def test_all_faults_are_told_at_once() -> None:
    assert len(override_faults({"x": 1, "stuck_s": 0, "full": 2}, BASE)) == 3


def test_a_recording_of_other_parameters_is_checked_against_its_own() -> None:
    other = replace(BASE, short=0.6)
    assert override_faults({"full": 0.7}, BASE)
    assert override_faults({"full": 0.7}, other) == []
