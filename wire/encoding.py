"""Control messages as bytes: JSON when we send, JSON or MessagePack when we receive. For sample batches see `wire.samples`."""

from functools import lru_cache
from typing import TypeVar

import msgspec

from wire.errors import WireError

MOST_BYTES = 256 * 1024
"""More is refused unread (decision 0010)."""

Message = TypeVar("Message", bound=msgspec.Struct)

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
    """A message of that kind from JSON (first byte `{`) or MessagePack. Raises WireError saying which field and why."""
    if len(payload) > MOST_BYTES:
        raise WireError("oversized", "", f"expected at most {MOST_BYTES} bytes, got {len(payload)}")
    as_json, as_binary = _decoders(kind)
    try:
        return as_json.decode(payload) if payload[:1] == b"{" else as_binary.decode(payload)
    except (ValueError, RecursionError) as error:
        raise refusal(error) from None


def refusal(error: Exception) -> WireError:
    """Why a decoder refused: its words, with the place as a JSON pointer."""
    words = str(error)
    if isinstance(error, msgspec.ValidationError):
        what, _, place = words.partition(" - at `$")
        pointer = place.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "").replace("/...", "")
        if "missing required field" in what:
            pointer += "/" + what.split("`")[1]
        return WireError("field" if pointer else "garbage", pointer, what)
    return WireError("truncated" if "truncated" in words else "garbage", "", words)
