"""Batches of samples (contract 2): MessagePack with float32 columns, or the same message as JSON."""

from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from wire.encoding import refusal
from wire.errors import WireError
from wire.identity import identity_of as identity_of
from wire.names import is_safe_id

MOST_BYTES = 32 * 1024
_LAST_NS = 2**63 - 1
_LAST_SEQ = 2**64 - 1



class SampleBatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """n >= 1 samples of one boot, in order. Columns are little-endian float32 bytes; `t` is little-endian int64 ns."""

    boot: str
    seq: Annotated[int, Meta(ge=0)]
    t0: int
    dt: Annotated[int, Meta(ge=0)]
    angle: bytes
    torque: bytes
    t: bytes | None = None
    extra: dict[str, bytes] | None = None

    @property
    def n(self) -> int:
        return len(self.angle) // 4

    def times_ns(self) -> NDArray[np.int64]:
        """Device time of each sample, ns, shape (n,)."""
        if self.t is not None:
            return np.frombuffer(self.t, "<i8")
        if self.dt == 0:
            return np.full(self.n, self.t0, np.int64)
        return np.arange(self.t0, self.t0 + self.n * self.dt, self.dt, np.int64)

    def angle_deg(self) -> NDArray[np.float32]:
        """Angle of each sample, degrees, shape (n,), NaN = no reading. A read-only view."""
        return np.frombuffer(self.angle, "<f4")

    def torque_nm(self) -> NDArray[np.float32]:
        """Torque of each sample, Nm, shape (n,), NaN = no reading. A read-only view."""
        return np.frombuffer(self.torque, "<f4")

    def extra_column(self, name: str) -> NDArray[np.float32]:
        """A further column, shape (n,), NaN = no reading. A read-only view. Raises KeyError."""
        return np.frombuffer((self.extra or {})[name], "<f4")


class SampleText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The batch as JSON: columns as arrays of numbers, null = no reading."""

    boot: str
    seq: Annotated[int, Meta(ge=0)]
    t0: int
    dt: Annotated[int, Meta(ge=0)]
    angle: list[float | None]
    torque: list[float | None]
    t: list[int] | None = None
    extra: dict[str, list[float | None]] | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SampleBatch)
_text_decoder = msgspec.json.Decoder(SampleText)


def encode(batch: SampleBatch) -> bytes:
    """The batch as MessagePack. Raises WireError (`oversized`) above 32 KiB."""
    payload = _encoder.encode(batch)
    if len(payload) > MOST_BYTES:
        raise WireError("oversized", "", f"expected at most {MOST_BYTES} bytes, got {len(payload)}")
    return payload


def decode(payload: bytes) -> SampleBatch:
    """A batch from MessagePack or JSON (first byte `{`), checked. Raises WireError saying which field and why."""
    if len(payload) > MOST_BYTES:
        raise WireError("oversized", "", f"expected at most {MOST_BYTES} bytes, got {len(payload)}")
    try:
        batch = _decoder.decode(payload) if payload[:1] != b"{" else _from_text(_text_decoder.decode(payload))
    except (ValueError, RecursionError) as error:
        if isinstance(error, WireError):
            raise
        raise refusal(error) from None
    size = len(batch.angle)
    if size == 0 or size % 4 or len(batch.torque) != size or batch.t is not None or batch.extra is not None:
        _check_columns(batch)
    if not is_safe_id(batch.boot):
        raise WireError("field", "/boot", f"expected 1 to 64 of A-Z a-z 0-9 _ -, got {batch.boot[:100]!r}")
    n = size // 4
    if batch.seq + n - 1 > _LAST_SEQ:
        raise WireError("field", "/seq", f"expected numbers of 64 bits, got {n} samples from {batch.seq}")
    if not (-_LAST_NS <= batch.t0 and batch.t0 + n * batch.dt <= _LAST_NS):
        raise WireError("field", "/t0", f"expected times of 64 bits, got {n} samples {batch.dt} ns apart from {batch.t0}")
    return batch


def _check_columns(batch: SampleBatch) -> None:
    size = len(batch.angle)
    columns = [("angle", batch.angle, 4), ("torque", batch.torque, 4)]
    if batch.t is not None:
        columns.append(("t", batch.t, 8))
    for name, column in (batch.extra or {}).items():
        if not 1 <= len(name) <= 64 or not name.isprintable():
            raise WireError("field", "/extra", f"expected a name of 1 to 64 printable characters, got {name[:100]!r}")
        columns.append((f"extra/{name.replace('~', '~0').replace('/', '~1')}", column, 4))
    for name, column, width in columns:
        if len(column) % width:
            raise WireError("columns", f"/{name}", f"expected a multiple of {width} bytes, got {len(column)}")
        if len(column) == 0:
            raise WireError("columns", f"/{name}", "expected at least one sample, got none")
        if len(column) // width != size // 4:
            raise WireError("columns", f"/{name}", f"expected {size // 4} samples as in angle, got {len(column) // width}")


def _from_text(text: SampleText) -> SampleBatch:
    return SampleBatch(
        boot=text.boot,
        seq=text.seq,
        t0=text.t0,
        dt=text.dt,
        angle=_floats("angle", text.angle),
        torque=_floats("torque", text.torque),
        t=None if text.t is None else _times(text.t),
        extra=None if text.extra is None else {name: _floats(f"extra/{name}", column) for name, column in text.extra.items()},
    )


def _floats(pointer: str, numbers: list[float | None]) -> bytes:
    with np.errstate(over="ignore"):
        column = np.array(numbers, np.float64).astype("<f4")
    beyond = np.flatnonzero(np.isinf(column))
    if beyond.size:
        at = int(beyond[0])
        raise WireError("field", f"/{pointer}/{at}", f"expected a number of 32 bits, got {numbers[at]}")
    return column.tobytes()


def _times(times: list[int]) -> bytes:
    for at, t in enumerate(times):
        if not -(2**63) <= t <= _LAST_NS:
            raise WireError("field", f"/t/{at}", f"expected a time of 64 bits, got {t}")
    return np.array(times, "<i8").tobytes()
