"""Analysis events (contract 4), field by field as the contract lists them, and as the live feed sends them (contract 5)."""

import json
from typing import Any, get_args

import msgspec
import pytest

from wire import events
from wire.live import event_text

ALWAYS = {"kind", "id", "set", "at_s", "known_s"}
FIELDS: dict[str, str] = {
    "set_started": "plan",
    "repetition_started": "repetition",
    "phase_entered": "repetition phase",
    "repetition_completed": "repetition extent extension_start_s hold_start_s flexion_start_s end_s flexed_deg extended_deg range_deg "
    "extension_s hold_s flexion_s turn_s peak_torque_nm mean_torque_nm work_j time_in_band rmse_deg flags",
    "cadence_deviated": "repetition phase direction deviation_s",
    "range_exceeded": "side angle_deg level",
    "speed_exceeded": "speed_deg_s level",
    "struggle": "repetition reasons",
    "failure_likely": "repetition confidence",
    "failure": "repetition angle_deg reason confidence evidence",
    "unable": "reason",
    "abrupt_stop": "repetition",
    "halted": "repetition",
    "end_stop": "repetition",
    "assisted": "repetition",
    "momentum": "repetition",
    "unsure": "repetition",
    "reserve_estimated": "repetition repetitions_left low high",
    "signal_faulted": "channel fault",
    "signal_restored": "channel fault",
    "button_pressed": "button press",
    "paused": "",
    "resumed": "",
    "set_ended": "reason full short partial attempt duration_s work_j time_under_tension_s",
}
WORDS = {
    events.Phase: "extension hold flexion turn",
    events.Extent: "full short partial attempt",
    events.Flag: "bounced hold_dip incomplete_return momentum assisted gap void no_torque setup_shift range_learnt",
    events.FaultKind: "stuck dropout spike saturated drift wrapped swapped inverted scaled clock gap",
    events.Level: "caution stop",
}


def by_kind() -> dict[str, type[msgspec.Struct]]:
    return {str(kind.__struct_config__.tag): kind for kind in get_args(events.AnyEvent)}


def test_there_are_the_kinds_of_the_contract() -> None:
    assert by_kind().keys() == FIELDS.keys()


@pytest.mark.parametrize("kind", FIELDS)
def test_a_kind_has_the_fields_of_the_contract(kind: str) -> None:
    fields = set(by_kind()[kind].__struct_encode_fields__) | {"kind"}
    assert fields == ALWAYS | set(FIELDS[kind].split()) | {"machine", "session"}


@pytest.mark.parametrize(("choice", "words"), WORDS.items(), ids=str)
def test_words_are_those_of_the_contract(choice: Any, words: str) -> None:
    assert set(get_args(choice)) == set(words.split())


def test_a_set_ends_for_a_reason_of_the_contract() -> None:
    reasons = get_args(events.SetEnded.__annotations__["reason"])
    assert set(reasons) == {"failure", "target_reached", "stopped", "pain", "idle", "signal_lost", "recording_ended"}


PAUSED = events.Paused(id=3, set=None, at_s=1.0, known_s=1.5)


def test_machine_and_session_stand_only_in_live_events() -> None:
    assert json.loads(msgspec.json.encode(PAUSED)) == {"kind": "paused", "id": 3, "set": None, "at_s": 1.0, "known_s": 1.5}


def test_a_live_event_is_flat() -> None:
    live = msgspec.structs.replace(PAUSED, machine="gym/a", session=None)
    assert json.loads(event_text(live)) == {
        "type": "event", "kind": "paused", "id": 3, "set": None, "at_s": 1.0, "known_s": 1.5, "machine": "gym/a", "session": None,
    }  # fmt: skip


def test_json_never_holds_nan() -> None:
    """Contract 4: what is not known is null."""
    event = events.CadenceDeviated(
        id=1, set=1, at_s=0.0, known_s=0.0, repetition=1, phase="hold", direction="fast", deviation_s=float("nan")
    )
    assert json.loads(event_text(event))["deviation_s"] is None
