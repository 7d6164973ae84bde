"""Sample batches (contract 2): both encodings, their limits, and no surprise whatever the bytes."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.strategies import batches
from wire.errors import WireError
from wire.samples import MOST_BYTES, SampleBatch, decode, encode, encode_text, identity_of


def batch(n: int = 2) -> SampleBatch:
    column = np.linspace(60.0, 6.0, n, dtype="<f4").tobytes()
    return SampleBatch(boot="boot-1", seq=7, t0=1_000, dt=10, angle=column, torque=column)


def test_columns_are_views_of_the_payload() -> None:
    decoded = decode(encode(batch(3)))
    assert decoded.n == 3
    assert decoded.times_ns().tolist() == [1_000, 1_010, 1_020]
    assert decoded.angle_deg().dtype == decoded.torque_nm().dtype == np.float32
    assert decoded.times_ns().dtype == np.int64
    assert decoded.angle_deg().base is not None
    assert not decoded.angle_deg().flags.writeable


def test_fits_into_half_a_kilobyte_at_the_usual_rate() -> None:
    """Contract 2: a batch every 20 ms; limits 3: the map costs some tens of bytes beside its columns."""
    assert len(encode(batch(2))) <= 128


@given(batches())
def test_messagepack_gives_back_what_was_sent(sent: SampleBatch) -> None:
    assert decode(encode(sent)) == sent


@given(batches())
def test_json_gives_back_what_was_sent(sent: SampleBatch) -> None:
    received = decode(encode_text(sent))
    for of in (SampleBatch.angle_deg, SampleBatch.torque_nm, SampleBatch.times_ns):
        np.testing.assert_array_equal(of(received), of(sent))
    assert received.extra_columns().keys() == sent.extra_columns().keys()
    for name, column in sent.extra_columns().items():
        np.testing.assert_array_equal(received.extra_columns()[name], column)
    assert (received.boot, received.seq, received.t0, received.dt) == (sent.boot, sent.seq, sent.t0, sent.dt)


@given(batches())
def test_what_is_valid_can_be_identified(sent: SampleBatch) -> None:
    assert identity_of(encode(sent)) == identity_of(encode_text(sent)) == (sent.boot, sent.seq, sent.n)


def outcome(payload: bytes) -> tuple[WireError | None, SampleBatch | None]:
    try:
        return None, decode(payload)
    except WireError as error:
        return error, None


def survives(payload: bytes) -> None:
    """Contract 2: a payload is a valid batch or is refused with a reason, nothing else."""
    named = identity_of(payload)
    refusal, taken = outcome(payload)
    if taken is None:
        assert refusal is not None
        assert refusal.reason in {"garbage", "truncated", "oversized", "field", "columns"}
        assert refusal.pointer == "" or refusal.pointer.startswith("/")
        return
    n = taken.n
    assert n >= 1
    assert len(taken.angle_deg()) == len(taken.torque_nm()) == len(taken.times_ns()) == n
    assert all(len(column) == n for column in taken.extra_columns().values())
    assert named == (taken.boot, taken.seq, n)


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(payload: bytes) -> None:
    survives(payload)


@given(batches(), st.data())
def test_a_damaged_batch_is_taken_or_refused(sent: SampleBatch, data: st.DataObject) -> None:
    payload = bytearray(data.draw(st.sampled_from([encode, encode_text]))(sent))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(payload) - 1))
        match data.draw(st.sampled_from(["change", "remove", "insert", "cut"])):
            case "change":
                payload[at] = data.draw(st.integers(0, 255))
            case "remove":
                del payload[at : at + data.draw(st.integers(1, 8))]
            case "insert":
                payload[at:at] = data.draw(st.binary(min_size=1, max_size=8))
            case _:
                del payload[at:]
        if not payload:
            break
    survives(bytes(payload))


_plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=4) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["boot", "seq", "t0", "dt", "angle", "torque", "t", "extra", "x"]), _plain))
def test_any_map_is_taken_or_refused(fields: dict[str, object]) -> None:
    usual = msgspec.msgpack.decode(encode(batch()))
    survives(msgspec.msgpack.encode({**usual, **fields}))
    survives(msgspec.json.encode({**json.loads(encode_text(batch())), **fields}))


def test_a_map_with_other_keys_than_text_is_refused() -> None:
    usual = msgspec.msgpack.decode(encode(batch()))
    with pytest.raises(WireError) as caught:
        decode(msgspec.msgpack.encode({**usual, 7: 1}))
    assert caught.value.reason == "garbage"


def test_the_sender_is_told_of_a_batch_that_is_too_large() -> None:
    most = (MOST_BYTES - 100) // 8
    assert decode(encode(batch(most))).n == most
    with pytest.raises(WireError, match="at most 32768 bytes"):
        encode(batch(most + 20))
    with pytest.raises(WireError, match="at most 32768 bytes"):
        encode_text(batch(most))


def test_infinite_values_are_recorded_but_have_no_json() -> None:
    """Contract 2: implausible values are recorded; contract 4: JSON never holds what is not a number."""
    sent = msgspec.structs.replace(batch(), torque=np.array([1.0, np.inf], "<f4").tobytes())
    assert decode(encode(sent)).torque_nm()[1] == np.inf
    with pytest.raises(WireError) as caught:
        encode_text(sent)
    assert caught.value.pointer == "/torque/1"


def test_json_says_float32_in_few_digits() -> None:
    sent = msgspec.structs.replace(batch(), angle=np.array([59.9, np.nan], "<f4").tobytes())
    assert json.loads(encode_text(sent))["angle"] == [pytest.approx(59.9, abs=4e-6), None]
