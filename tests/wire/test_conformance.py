"""The golden vectors that firmware checks itself with (tests/conformance/wire/README.md), against this implementation."""

import json
import math
from typing import Any

import msgspec
import pytest

from tests.wire.vectors import payload, vectors
from wire import messages, plan, topics
from wire.encoding import decode as decode_message
from wire.encoding import encode, encode_binary
from wire.errors import WireError
from wire.plan import plan_faults
from wire.samples import SampleBatch, decode, identity_of
from wire.samples import encode as encode_batch

KINDS: dict[str, type[msgspec.Struct]] = {
    kind.__name__: kind for kind in (messages.Status, messages.Stored, messages.Command, messages.Reply, messages.Button, plan.Plan)
}


def plain(column: Any) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]


def meaning(batch: SampleBatch) -> dict[str, Any]:
    return {
        "boot": batch.boot,
        "seq": batch.seq,
        "n": batch.n,
        "t_ns": batch.times_ns().tolist(),
        "angle_deg": plain(batch.angle_deg()),
        "torque_nm": plain(batch.torque_nm()),
        "extra": {name: plain(column) for name, column in batch.extra_columns().items()},
    }


class TestBatches:
    @pytest.mark.parametrize("vector", vectors("batches.json"))
    def test_means_what_the_vector_says(self, vector: dict[str, Any]) -> None:
        assert meaning(decode(payload(vector))) == vector["meaning"]

    @pytest.mark.parametrize("vector", vectors("batches.json"))
    def test_still_means_it_when_sent_on(self, vector: dict[str, Any]) -> None:
        assert meaning(decode(encode_batch(decode(payload(vector))))) == vector["meaning"]

    @pytest.mark.parametrize("vector", vectors("batches.json"))
    def test_can_be_identified_without_decoding(self, vector: dict[str, Any]) -> None:
        expected = vector["meaning"]
        assert identity_of(payload(vector)) == (expected["boot"], expected["seq"], expected["n"])

    @pytest.mark.parametrize("vector", vectors("batches-broken.json"))
    def test_is_refused_with_reason_and_pointer(self, vector: dict[str, Any]) -> None:
        with pytest.raises(WireError) as caught:
            decode(payload(vector))
        assert (caught.value.reason, caught.value.pointer) == (vector["reason"], vector["pointer"])
        assert caught.value.message

    @pytest.mark.parametrize("vector", vectors("batches-broken.json"))
    def test_names_the_samples_refused(self, vector: dict[str, Any]) -> None:
        refused = vector["refused"]
        assert identity_of(payload(vector)) == (None if refused is None else tuple(refused))


class TestMessages:
    @pytest.mark.parametrize("vector", vectors("messages.json"))
    def test_means_what_the_vector_says(self, vector: dict[str, Any]) -> None:
        message = decode_message(payload(vector), KINDS[vector["kind"]])
        assert json.loads(encode(message)) == vector["meaning"]

    @pytest.mark.parametrize("vector", vectors("messages.json"))
    def test_is_the_same_message_in_both_encodings(self, vector: dict[str, Any]) -> None:
        kind = KINDS[vector["kind"]]
        message = decode_message(payload(vector), kind)
        assert decode_message(encode(message), kind) == decode_message(encode_binary(message), kind) == message

    @pytest.mark.parametrize("vector", vectors("messages-broken.json"))
    def test_is_refused_with_reason_and_pointer(self, vector: dict[str, Any]) -> None:
        with pytest.raises(WireError) as caught:
            decode_message(payload(vector), KINDS[vector["kind"]])
        assert (caught.value.reason, caught.value.pointer) == (vector["reason"], vector["pointer"])


class TestPlans:
    @pytest.mark.parametrize("vector", vectors("plans.json"))
    def test_every_fault_is_pointed_at(self, vector: dict[str, Any]) -> None:
        assert sorted(fault.pointer for fault in plan_faults(vector["plan"])) == sorted(vector["faults"])


class TestTopics:
    @pytest.mark.parametrize("vector", vectors("topics.json"))
    def test_names_machine_and_leaf_or_says_why_not(self, vector: dict[str, Any]) -> None:
        if "reason" in vector:
            with pytest.raises(WireError) as caught:
                topics.parse(vector["topic"])
            assert caught.value.reason == vector["reason"]
        else:
            address = topics.parse(vector["topic"])
            assert (address.machine, address.leaf) == (vector["machine"], vector["leaf"])
            assert topics.topic(address.machine, address.leaf) == vector["topic"]
