"""Plans (contract 3): what the golden vectors leave open."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.plan import MOST_PAST, SPEED_LIMIT_DEG_S, Display, Fault, Plan, Range, Repetitions, Tempo, faults, plan_faults

GOOD = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0))


def test_defaults_are_those_of_the_contract() -> None:
    assert msgspec.to_builtins(GOOD) == {
        "session": None, "label": None,
        "range": {"flexion_deg": 60.0, "extension_deg": 6.0},
        "tempo": {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0, "turn_s": 1.0},
        "tolerance": {"share": 0.15, "least_s": 0.5, "angle_deg": 3.0},
        "repetitions": {"least": 12, "most": 15}, "endpoint": "failure",
        "load_nm": None, "resistance": "stack", "pacing": "fixed",
    }  # fmt: skip


def test_how_it_is_shown_is_said_or_left_out() -> None:
    """Decision 0241, F20: a plan that says nothing of it is the contract's, and one that does is read by those who don't know of it."""
    shown = msgspec.structs.replace(GOOD, display=Display(feedback="band", from_repetition=5))
    text = msgspec.json.encode(shown)
    assert msgspec.json.decode(text)["display"] == {"feedback": "band", "from_repetition": 5, "motion": None, "rest_s": None}
    assert msgspec.json.decode(text, type=Plan) == shown
    before = msgspec.defstruct("before", [(name, Plan.__annotations__[name]) for name in ("range", "tempo")], kw_only=True)
    assert msgspec.json.decode(text, type=before).tempo == GOOD.tempo  # type: ignore[attr-defined]
    raw = msgspec.to_builtins(GOOD) | {"display": {"feedback": "half", "from_repetition": 0, "rest_s": 901}}
    assert [fault.pointer for fault in plan_faults(raw)] == ["/display/feedback", "/display/from_repetition", "/display/rest_s"]


def test_a_good_plan_has_no_faults() -> None:
    assert faults(GOOD) == []


def test_a_plan_made_by_a_program_is_checked_like_one_that_came_in() -> None:
    bad = msgspec.structs.replace(GOOD, tempo=Tempo(0.5, math.nan, 3.0, -1.0), repetitions=Repetitions(5, 4), load_nm=math.inf)
    assert {fault.pointer for fault in faults(bad)} == {
        "/tempo/extension_s", "/tempo/hold_s", "/tempo/turn_s", "/repetitions/least", "/load_nm",
    }  # fmt: skip


def test_says_how_slow_would_do() -> None:
    (fault,) = faults(msgspec.structs.replace(GOOD, tempo=Tempo(0.5, 2.0, 3.0, 1.0)))
    assert fault == Fault("/tempo/extension_s", "expected at least 0.9 s (60 deg/s), got 0.5 (108 deg/s)")
    (fault,) = faults(msgspec.structs.replace(GOOD, tempo=Tempo(0.8999, 2.0, 3.0, 1.0)))
    assert fault.message == "expected at least 0.9 s (60 deg/s), got 0.8999 (60.01 deg/s)"
    (fault,) = faults(msgspec.structs.replace(GOOD, tempo=Tempo(0.899999999, 2.0, 3.0, 1.0)))
    assert fault.message == "expected at least 0.9 s (60 deg/s), got 0.899999999 (60.0000001 deg/s)"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, True, "4", None, [4], {}])
@pytest.mark.parametrize(("part", "field"), [("range", "flexion_deg"), ("tempo", "extension_s"), ("repetitions", "most")])
def test_only_numbers_are_numbers(part: str, field: str, value: object) -> None:
    raw = msgspec.to_builtins(GOOD)
    raw[part][field] = value
    assert [fault.pointer for fault in plan_faults(raw)] == [f"/{part}/{field}"]


def test_earlier_sets_are_few_and_each_is_checked() -> None:
    """decision 0247."""
    raw = msgspec.to_builtins(GOOD)
    one = {"load_nm": None, "repetitions": 12, "cycle_s": 10.0}
    assert plan_faults(raw | {"past": [one] * MOST_PAST}) == []
    assert plan_faults(raw | {"past": [one] * (MOST_PAST + 1)}) == [Fault("/past", "expected at most 10 sets, got 11")]
    assert [fault.pointer for fault in plan_faults(raw | {"past": [one, one | {"cycle_s": 0}]})] == ["/past/1/cycle_s"]


_angle = st.floats(-360, 360)
_time = st.floats(0, 700)


@given(_angle, _angle, st.tuples(_time, _time, _time, _time), st.integers(-1, 20), st.integers(-1, 20))
def test_a_plan_without_faults_keeps_the_contract(
    flexion: float, extension: float, tempo: tuple[float, ...], least: int, most: int
) -> None:
    made = Plan(range=Range(flexion, extension), tempo=Tempo(*tempo), repetitions=Repetitions(least, most))
    if not faults(made):
        assert extension < flexion
        assert min(tempo[0], tempo[2]) > 0
        assert min(tempo) >= 0
        assert (flexion - extension) / min(tempo[0], tempo[2]) <= SPEED_LIMIT_DEG_S
        assert 1 <= least <= most
        assert msgspec.json.decode(msgspec.json.encode(made), type=Plan) == made
