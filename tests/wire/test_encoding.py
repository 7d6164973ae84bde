"""Control messages as bytes (contract 2): JSON or MessagePack, told apart by the first byte."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.encoding import MOST_BYTES, decode, encode, encode_binary
from wire.errors import WireError
from wire.messages import Button, ClockAnchor, Command, Input, Reply, Spool, Status, Stored
from wire.plan import Plan

KINDS = [Status, Stored, Command, Reply, Button, Plan, Input]


def test_is_sent_as_json_that_a_person_can_read() -> None:
    assert encode(Command(id="c-1", verb="tare")) == b'{"id":"c-1","verb":"tare"}'


def test_both_encodings_are_understood() -> None:
    command = Command(id="c-1", verb="identify")
    assert decode(encode(command), Command) == decode(encode_binary(command), Command) == command


def test_too_much_is_refused_unread() -> None:
    with pytest.raises(WireError, match="at most 262144 bytes") as caught:
        decode(b"{" * (MOST_BYTES + 1), Status)
    assert caught.value.reason == "oversized"


@pytest.mark.parametrize("payload", [b'{"x":' + b"[" * 100_000, b"\x81\xa1x" + b"\x91" * 100_000], ids=["json", "messagepack"])
def test_nesting_without_end_is_garbage(payload: bytes) -> None:
    with pytest.raises(WireError) as caught:
        decode(payload, Status)
    assert caught.value.reason == "garbage"


def test_what_is_broken_further_on_is_broken() -> None:
    """The decoder stops at the first fault; a payload that is no JSON at all is not reported as a wrong field."""
    with pytest.raises(WireError) as caught:
        decode(b'{"online":1,"boot":"b",]', Status)
    assert (caught.value.reason, caught.value.pointer) == ("garbage", "")


def test_keys_that_are_no_text_are_garbage() -> None:
    with pytest.raises(WireError) as caught:
        decode(msgspec.msgpack.encode({3: 1, "online": True, "boot": "b"}), Status)
    assert caught.value.reason == "garbage"


def test_rules_beyond_the_shape_are_kept() -> None:
    with pytest.raises(WireError) as caught:
        decode(encode(Stored(boot="b", upto=9, refused=[(1, 1), (3, 2)])), Stored)
    assert (caught.value.reason, caught.value.pointer) == ("field", "/refused/1")


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
def test_no_number_is_beyond_64_bits(number: int) -> None:
    """F14: it would be a time that can't be reckoned with."""
    anchor, whole = ClockAnchor(number, 0), ClockAnchor(2**63 - 1, -(2**63))
    for message, pointer in (
        (Status(online=True, boot="b", clock=anchor), "/clock/mono_ns"),
        (Status(online=True, boot="b", clock=whole, clocks={"c": ClockAnchor(0, number)}), "/clocks/c/utc_ns"),
        (Status(online=True, boot="b", spool=Spool(used=0, quota=abs(number))), "/spool/quota"),
        (Button(id="p", boot="b", at_ns=number, button="pain"), "/at_ns"),
    ):
        with pytest.raises(WireError) as caught:
            decode(encode(message), type(message))
        assert (caught.value.reason, caught.value.pointer) == ("field", pointer)
    assert decode(encode(Status(online=True, boot="b", clock=whole)), Status).clock == whole


@pytest.mark.parametrize("kind", KINDS)
@given(payload=st.binary(max_size=64) | st.binary(max_size=64).map(lambda tail: b"{" + tail))
def test_any_bytes_are_taken_or_refused(kind: type[msgspec.Struct], payload: bytes) -> None:
    with suppress(WireError):
        assert isinstance(decode(payload, kind), kind)
