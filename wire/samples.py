"""Batches of samples (contract 2): MessagePack with float32 columns, or the same message as JSON."""

import math
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from wire.encoding import refusal
from wire.errors import WireError, step
from wire.identity import identity_of
from wire.names import is_column, is_safe_id

__all__ = ["MOST_BYTES", "SampleBatch", "SampleText", "decode", "encode", "encode_text", "identity_of", "text_of"]

MOST_BYTES = 32 * 1024
_LAST_NS = 2**63 - 1
_LAST_SEQ = 2**64 - 1

_Count = Annotated[int, Meta(ge=0)]
# The length is a rule between the columns, checked after decoding; here it is for readers of the schema.
_Numbers = Annotated[list[float | None], Meta(extra_json_schema={"minItems": 1})]


class SampleBatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """n >= 1 samples of one boot, in order. Columns are little-endian float32 bytes; `t` is little-endian int64 ns."""

    boot: str
    seq: _Count
    t0: int
    dt: _Count
    angle: bytes
    torque: bytes
    t: bytes | None = None
    extra: dict[str, bytes] | None = None

    @property
    def n(self) -> int:
        """The number of samples."""
        return len(self.angle) // 4

    def times_ns(self) -> NDArray[np.int64]:
        """Device time of each sample, ns, shape (n,)."""
        if self.t is not None:
            return np.frombuffer(self.t, "<i8")
        if self.dt == 0:
            return np.full(self.n, self.t0, np.int64)
        times: NDArray[np.int64] = np.arange(self.t0, self.t0 + self.n * self.dt, self.dt, dtype=np.int64)
        return times

    def angle_deg(self) -> NDArray[np.float32]:
        """Angle of each sample, degrees, shape (n,), NaN = no reading. A read-only view."""
        return np.frombuffer(self.angle, "<f4")

    def torque_nm(self) -> NDArray[np.float32]:
        """Torque of each sample, Nm, shape (n,), NaN = no reading. A read-only view."""
        return np.frombuffer(self.torque, "<f4")

    def extra_columns(self) -> dict[str, NDArray[np.float32]]:
        """The further columns by name, each of shape (n,), NaN = no reading. Read-only views."""
        return {name: np.frombuffer(column, "<f4") for name, column in (self.extra or {}).items()}


class SampleText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A batch of samples as JSON: angle in degrees, torque in Nm, times in ns; null = no reading.

    As MessagePack the columns are binary: little-endian float32 (`t`: int64), NaN = no reading.
    """

    boot: Annotated[str, Meta(description="the run of the edge agent: a UUIDv7 as text")]
    seq: Annotated[int, Meta(ge=0, description="index of the first sample within its boot, 64 bits")]
    t0: Annotated[int, Meta(description="device time of the first sample, ns")]
    dt: Annotated[int, Meta(ge=0, description="ns between samples")]
    angle: _Numbers
    torque: _Numbers
    t: Annotated[list[int], Meta(description="device time of each sample, ns, where the sampling is not uniform")] | None = None
    extra: Annotated[dict[str, _Numbers], Meta(description="further columns: recorded, not analysed")] | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SampleBatch)
_text_decoder = msgspec.json.Decoder(SampleText)


def encode(batch: SampleBatch) -> bytes:
    """The batch as MessagePack. Raises WireError (`oversized`) above 32 KiB."""
    return _bounded(_encoder.encode(batch))


def encode_text(batch: SampleBatch) -> bytes:
    """The batch as JSON. Raises WireError: `oversized` above 32 KiB, `field` for an infinite number, which JSON has not."""
    return _bounded(msgspec.json.encode(text_of(batch)))


def text_of(batch: SampleBatch) -> SampleText:
    """The batch as JSON has it, however long. Raises WireError (`field`) for an infinite number, which JSON has not."""
    return SampleText(
        boot=batch.boot,
        seq=batch.seq,
        t0=batch.t0,
        dt=batch.dt,
        angle=_numbers("/angle", batch.angle_deg()),
        torque=_numbers("/torque", batch.torque_nm()),
        t=None if batch.t is None else [int(t) for t in batch.times_ns()],
        extra=None
        if batch.extra is None
        else {name: _numbers(step("/extra", name), column) for name, column in batch.extra_columns().items()},
    )


def decode(payload: bytes) -> SampleBatch:
    """A batch from MessagePack or JSON (first byte `{`), checked. Raises WireError saying which field and why.

    Values are not judged: whatever the sensor said is recorded and answered by fault events (contract 2).
    """
    if len(payload) > MOST_BYTES:
        raise _oversized(payload)
    try:
        batch = _decoder.decode(payload) if payload[:1] != b"{" else _from_text(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise refusal(payload, SampleBatch, error) from None
    size = len(batch.angle)
    if size == 0 or size % 4 or len(batch.torque) != size or batch.t is not None or batch.extra is not None:
        _check_columns(batch)
    n = size // 4
    if not is_safe_id(batch.boot):
        raise WireError("field", "/boot", f"expected 1 to 64 of A-Z a-z 0-9 _ -, got {batch.boot[:80]!r}")
    if batch.seq + n - 1 > _LAST_SEQ:
        raise WireError("field", "/seq", f"expected numbers of 64 bits, got {n} samples from {batch.seq}")
    if batch.t0 < -_LAST_NS or batch.t0 + n * batch.dt > _LAST_NS:
        raise WireError("field", "/t0", f"expected times of 64 bits, got {n} samples {batch.dt} ns apart from {batch.t0}")
    return batch


def _bounded(payload: bytes) -> bytes:
    if len(payload) > MOST_BYTES:
        raise _oversized(payload)
    return payload


def _oversized(payload: bytes) -> WireError:
    return WireError("oversized", "", f"expected at most {MOST_BYTES} bytes, got {len(payload)}")


def _check_columns(batch: SampleBatch) -> None:
    columns = [("/angle", batch.angle, 4), ("/torque", batch.torque, 4)]
    if batch.t is not None:
        columns.append(("/t", batch.t, 8))
    for name, column in (batch.extra or {}).items():
        if not is_column(name):
            raise WireError("field", step("/extra", name[:80]), f"expected a name of 1 to 64 printable characters, got {name[:80]!r}")
        columns.append((step("/extra", name), column, 4))
    n = len(batch.angle) // 4
    for pointer, column, width in columns:
        if len(column) % width:
            raise WireError("columns", pointer, f"expected a multiple of {width} bytes, got {len(column)}")
        if not column:
            raise WireError("columns", pointer, "expected at least one sample, got none")
        if len(column) // width != n:
            raise WireError("columns", pointer, f"expected {n} samples as in angle, got {len(column) // width}")


def _from_text(payload: bytes) -> SampleBatch:
    try:
        text = _text_decoder.decode(payload)
    except (ValueError, RecursionError) as error:
        raise refusal(payload, SampleText, error) from None
    return SampleBatch(
        boot=text.boot,
        seq=text.seq,
        t0=text.t0,
        dt=text.dt,
        angle=_column("/angle", text.angle),
        torque=_column("/torque", text.torque),
        t=None if text.t is None else _times("/t", text.t),
        extra=None if text.extra is None else {name: _column(step("/extra", name), numbers) for name, numbers in text.extra.items()},
    )


def _column(pointer: str, numbers: list[float | None]) -> bytes:
    with np.errstate(over="ignore"):  # found below and refused
        column = np.array(numbers, np.float64).astype("<f4")
    beyond = np.flatnonzero(np.isinf(column))
    if beyond.size:
        at = int(beyond[0])
        raise WireError("field", step(pointer, at), f"expected a number of 32 bits, got {numbers[at]}")
    return column.tobytes()


def _times(pointer: str, times: list[int]) -> bytes:
    for at, t in enumerate(times):
        if not -_LAST_NS <= t <= _LAST_NS:
            raise WireError("field", step(pointer, at), f"expected a time of 64 bits, got {t}")
    return np.array(times, "<i8").tobytes()


def _numbers(pointer: str, column: NDArray[np.float32]) -> list[float | None]:
    beyond = np.flatnonzero(np.isinf(column))
    if beyond.size:
        raise WireError("field", step(pointer, int(beyond[0])), "expected a number that JSON can hold, got an infinite one")
    # Nine digits name every float32 uniquely.
    return [None if math.isnan(value) else float(f"{value:.9g}") for value in column.tolist()]
