"""The live feed's messages (contract 5), field by field as the contract lists them."""

from typing import get_args

import msgspec
import pytest

from wire import live

FIELDS = {
    "watch": "machines rate_hz resume",
    "ping": "id",
    "hello": "protocol server_ns",
    "snapshot": "machine plan session set phase repetition repetitions last_event_id cue clock",
    "frame": "machine t_ns sent_ns age_ms angle_deg torque_nm speed_deg_s phase repetition cue_deg trace skipped",
    "feed": "machine state",
    "pong": "id server_ns",
    "error": "code message",
}
KINDS = {str(kind.__struct_config__.tag): kind for kind in (*get_args(live.FromClient), *get_args(live.FromServer))}


@pytest.mark.parametrize("tag", FIELDS)
def test_a_message_has_the_fields_of_the_contract(tag: str) -> None:
    assert set(KINDS[tag].__struct_encode_fields__) == set(FIELDS[tag].split())


def test_the_contracts_example_is_understood() -> None:
    text = b'{"type": "watch", "machines": ["site/machine"], "rate_hz": 30, "resume": {"site/machine": {"session": "x", "id": 17}}}'
    watch = msgspec.json.decode(text, type=live.FromClient)
    assert watch == live.Watch(machines=["site/machine"], rate_hz=30.0, resume={"site/machine": live.Resume("x", 17)})


def test_only_the_machines_must_be_said() -> None:
    assert msgspec.json.decode(b'{"type":"watch","machines":"*"}', type=live.FromClient) == live.Watch(
        machines="*", rate_hz=30.0, resume={}
    )


@pytest.mark.parametrize(
    "text", [b'{"type":"watch"}', b'{"machines":"*"}', b'{"type":"watch","machines":"*","rate_hz":0}', b'{"type":"ping"}']
)
def test_nonsense_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=live.FromClient)


def test_a_feed_is_in_one_of_five_states() -> None:
    assert set(get_args(live.FeedState)) == {"live", "late", "stale", "lost", "offline"}
