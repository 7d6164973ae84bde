"""Control messages as bytes: JSON when we send, JSON or MessagePack when we receive. For sample batches see `wire.samples`."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from wire.errors import Fault, WireError
from wire.messages import Button, Status, Stored, button_faults, status_faults, stored_faults
from wire.plan import Plan, faults
from wire.shape import shape_faults

MOST_BYTES = 256 * 1024
"""More is refused unread (decision 0010)."""

Message = TypeVar("Message", bound=msgspec.Struct)

_RULES: dict[type, Callable[[Any], list[Fault]]] = {Plan: faults, Status: status_faults, Button: button_faults, Stored: stored_faults}
"""What a message must keep beyond its shape."""

_encoder = msgspec.json.Encoder()
_packer = msgspec.msgpack.Encoder()


@lru_cache(maxsize=64)
def _decoders(kind: type[Message]) -> tuple[msgspec.json.Decoder[Message], msgspec.msgpack.Decoder[Message]]:
    return msgspec.json.Decoder(kind), msgspec.msgpack.Decoder(kind)


def encode(message: msgspec.Struct) -> bytes:
    """Any message as JSON, so that a person can read it on the bus."""
    return _encoder.encode(message)


def encode_binary(message: msgspec.Struct) -> bytes:
    """Any message as MessagePack."""
    return _packer.encode(message)


def decode(payload: bytes, kind: type[Message]) -> Message:
    """A message of that kind from JSON (first byte `{`) or MessagePack, checked. Raises WireError saying which field and why."""
    if len(payload) > MOST_BYTES:
        raise WireError("oversized", "", f"expected at most {MOST_BYTES} bytes, got {len(payload)}")
    as_json, as_binary = _decoders(kind)
    try:
        message: Message = as_json.decode(payload) if payload[:1] == b"{" else as_binary.decode(payload)
    except (ValueError, RecursionError) as error:
        raise refusal(payload, kind, error) from None
    if kind in _RULES and (found := _RULES[kind](message)):
        raise WireError("field", found[0].pointer, found[0].message)
    return message


def refusal(payload: bytes, kind: type[msgspec.Struct], error: Exception) -> WireError:
    """Why a decoder for that kind refused the payload with that error, as the error of the wire."""
    if isinstance(error, msgspec.ValidationError):
        try:
            raw = msgspec.json.decode(payload) if payload[:1] == b"{" else msgspec.msgpack.decode(payload)
        except (ValueError, TypeError, RecursionError) as worse:
            error = worse
        else:
            found = shape_faults(raw, kind)
            if found and found[0].pointer:
                return WireError("field", found[0].pointer, found[0].message)
    words = str(error)
    return WireError("truncated" if "truncated" in words else "garbage", "", words)
