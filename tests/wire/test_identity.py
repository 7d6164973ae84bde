"""What can be read of a broken batch (contract 2: where boot and seq can be read, its samples are refused)."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.strategies import batches
from wire.identity import identity_of
from wire.samples import SampleBatch, encode, encode_text


@given(st.binary(max_size=300))
def test_never_raises(payload: bytes) -> None:
    identity_of(payload)
    identity_of(b"{" + payload)


@given(batches(), st.data())
def test_a_cut_message_is_named_rightly_or_not_at_all(sent: SampleBatch, data: st.DataObject) -> None:
    payload = data.draw(st.sampled_from([encode, encode_text]))(sent)
    named = identity_of(payload[: data.draw(st.integers(0, len(payload)))])
    assert named in (None, (sent.boot, sent.seq, None), (sent.boot, sent.seq, sent.n))


@pytest.mark.parametrize(
    "value",
    [None, True, -1, -(2**40), 1.5, 2**40, "x" * 40, "x" * 300, b"x", b"x" * 300, [1, [2, {"a": 3}]], {"a": [1] * 20},
     {str(i): i for i in range(20)},
     list(range(70_000 // 4)), msgspec.msgpack.Ext(5, b"x" * 16)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_passes_over_whatever_stands_before(value: object) -> None:
    payload = msgspec.msgpack.encode({"x": value, "boot": "b", "seq": 7, "angle": b"12345678"})
    fits = not isinstance(value, list) or len(value) < 256
    assert identity_of(payload) == (("b", 7, 2) if fits else None)


@pytest.mark.parametrize("header", ["c70205", "c8000205", "c90000000205"])
def test_gives_up_at_formats_that_no_batch_has(header: str) -> None:
    """Extension types of varying length: what stood before them counts, what follows does not."""
    before, after = msgspec.msgpack.encode({"boot": "b", "seq": 7})[1:], msgspec.msgpack.encode({"angle": b"1234"})[1:]
    assert identity_of(b"\x84" + before + b"\xa1x" + bytes.fromhex(header) + b"zz" + after) == ("b", 7, None)
    assert identity_of(b"\x84" + b"\xa1x" + bytes.fromhex(header) + b"zz" + before + after) is None


@pytest.mark.parametrize(
    "text",
    ['{"boot":"b","seq":7,3:4}', '{"boot":"b","seq":7,"angle" 3}', '{"boot":"b","seq":7,"angle":[1,2', '{"boot":"b","seq":7,"angle":[]}',
     '{"boot":"b","seq":7,"angle":true,', '{"boot":"b","seq":7,"x":' + "[" * 30_000],
)  # fmt: skip
def test_what_stood_before_a_fault_counts(text: str) -> None:
    assert identity_of(text.encode()) == ("b", 7, None)


def test_a_map_key_that_is_no_text_ends_the_search() -> None:
    assert identity_of(msgspec.msgpack.encode({"boot": "b", "seq": 7, 3: 1, "angle": b"1234"})) == ("b", 7, None)


def test_a_list_is_no_batch() -> None:
    assert identity_of(msgspec.msgpack.encode(["boot", "b", "seq", 7])) is None


@pytest.mark.parametrize("cut", ["82a4626f6f74a162a373657107" + "d1", "82a4626f6f74a162a373657107" + "a5616e67"])
def test_a_header_or_a_text_that_is_cut_ends_the_search(cut: str) -> None:
    """A map of three, cut in the number before its value, or in the name of its third field."""
    assert identity_of(bytes.fromhex("83" + cut[2:])) == ("b", 7, None)


def test_a_cut_number_names_nothing() -> None:
    assert identity_of(bytes.fromhex("82a4626f6f74a162a3736571" + "cd01")) is None


@pytest.mark.parametrize("encode_any", [msgspec.msgpack.encode, msgspec.json.encode], ids=["msgpack", "json"])
def test_a_batch_without_samples_names_none(encode_any: Callable[[object], bytes]) -> None:
    """Its seq is that of the sample which is yet to come; with a torque alone there was one, though nobody knows how many."""
    columns = (b"", bytes(8)) if encode_any is msgspec.msgpack.encode else ([], [0, 0])
    sent = {"boot": "b", "seq": 7, "angle": columns[0], "torque": columns[0]}
    assert identity_of(encode_any(sent)) is None
    assert identity_of(encode_any(sent | {"torque": columns[1]})) == ("b", 7, None)


@pytest.mark.parametrize("seq", [b"1234", b"12345678", [1, 2], -1, True, 1.5, None])
def test_only_a_number_is_a_seq(seq: object) -> None:
    assert identity_of(msgspec.msgpack.encode({"boot": "b", "seq": seq, "angle": b"1234"})) is None
    if not isinstance(seq, bytes):
        assert identity_of(msgspec.json.encode({"boot": "b", "seq": seq, "angle": [1]})) is None
