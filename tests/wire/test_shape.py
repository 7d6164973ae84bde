"""Faults in shape: all of them, each with its pointer, in words."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import events, live, messages, plan, samples
from wire.shape import shape_faults

BOOT = "b-1"


def said(value: object, kind: object) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.message) for fault in shape_faults(value, kind)]


def test_nothing_is_said_of_what_is_sound() -> None:
    assert said({"online": True, "boot": BOOT, "calibration": {"any": [1, {"thing": None}]}, "x": 1}, messages.Status) == []


def test_every_fault_is_said_at_once() -> None:
    assert said({"online": 1, "pending": ["a", 2, "b/c"], "clock": {"mono_ns": 1.5}}, messages.Status) == [
        ("/online", "expected true or false, got 1"),
        ("/boot", "expected 1 to 64 of A-Z a-z 0-9 _ -, got nothing"),
        ("/pending/1", "expected 1 to 64 of A-Z a-z 0-9 _ -, got 2"),
        ("/pending/2", 'expected 1 to 64 of A-Z a-z 0-9 _ -, got "b/c"'),
        ("/clock/mono_ns", "expected a whole number, got 1.5"),
        ("/clock/utc_ns", "expected a whole number, got nothing"),
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (False, "false"),
        ("x" * 200, '"' + "x" * 76 + "..."),
        ([1, 2], "a list of 2"),
        (b"123", "3 bytes"),
        ({"a": 1}, "an object"),
        (math.inf, "a very large number"),
    ],
)
def test_what_came_is_said_in_a_few_words(value: object, words: str) -> None:
    assert said({"id": value, "type": "ping"}, live.Ping) == [("/id", f"expected a whole number, got {words}")]


def test_the_whole_may_be_of_the_wrong_type() -> None:
    assert said([1], messages.Stored) == [("", "expected an object, got a list of 1")]


def test_bounds_are_said() -> None:
    stored = {"boot": BOOT, "upto": -2, "missing": [[1, 2, 3], [0, -1], 5]}
    assert said(stored, messages.Stored) == [
        ("/upto", "expected a whole number of at least -1, got -2"),
        ("/missing/0", "expected a list of 2, got a list of 3"),
        ("/missing/1/1", "expected a whole number of at least 0, got -1"),
        ("/missing/2", "expected a list of 2, got 5"),
    ]


@pytest.mark.parametrize("rate_hz", [math.nan, math.inf, -math.inf, 10**400])
def test_a_number_is_finite(rate_hz: float) -> None:
    (fault,) = shape_faults({"type": "watch", "machines": "*", "rate_hz": rate_hz}, live.Watch)
    assert fault.pointer == "/rate_hz"


def test_one_of_several_messages_is_chosen_by_its_tag() -> None:
    assert said({"type": "ping"}, live.FromClient) == [("/id", "expected a whole number, got nothing")]
    assert said({"type": "pong"}, live.FromClient) == [("/type", 'expected "watch" or "ping", got "pong"')]
    assert said({}, live.FromClient) == [("/type", 'expected "watch" or "ping", got nothing')]
    assert said("watch", live.FromClient) == [("", 'expected an object or an object, got "watch"')]


def test_a_single_tagged_message_needs_its_tag() -> None:
    assert said({"type": "x", "id": 1}, live.Ping) == [("/type", 'expected "ping", got "x"')]


def test_a_list_or_a_word() -> None:
    assert said({"type": "watch", "machines": "*"}, live.FromClient) == []
    assert said({"type": "watch", "machines": "x"}, live.FromClient) == [("/machines", 'expected a list or "*", got "x"')]
    assert said({"type": "watch", "machines": ["a", 3]}, live.FromClient) == [("/machines/1", "expected text, got 3")]


def test_keys_of_a_map_are_named() -> None:
    watch = {"type": "watch", "machines": "*", "resume": {"a/b": {"session": "s"}, 3: {"session": "s", "id": 1}}}
    assert said(watch, live.Watch) == [
        ("/resume/a~1b/id", "expected a whole number of at least 0, got nothing"),
        ("/resume/3", "expected text, got 3"),
    ]


def test_binary_columns() -> None:
    fields = {"boot": BOOT, "seq": 1, "t0": 1, "dt": 1, "angle": b"1234", "torque": [1.0], "extra": {"emg": "x"}}
    assert said(fields, samples.SampleBatch) == [("/torque", "expected bytes, got a list of 1"), ("/extra/emg", 'expected bytes, got "x"')]


_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(-2, 2)
    | st.sampled_from(["", "b-1", "pain", "tare", "*", "watch", "ping", "a/b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["boot", "upto", "missing", "refused", "id", "verb", "type", "machines", "resume", "session"]), inner
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", [messages.Stored, messages.Command, messages.Button, live.FromClient, plan.Plan, events.AnyEvent])
@given(value=_anything)
def test_agrees_with_the_decoder(kind: Any, value: object) -> None:
    try:
        msgspec.convert(value, kind)
        sound = True
    except msgspec.ValidationError:
        sound = False
    assert (shape_faults(value, kind) == []) is sound
