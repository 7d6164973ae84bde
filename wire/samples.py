"""Batches of samples (contract 2): MessagePack with float32 columns, or the same message as JSON."""

import msgspec
import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 32 * 1024


class SampleBatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """n >= 1 samples of one boot, in order. Columns are little-endian float32 bytes; `t` is little-endian int64 ns."""

    boot: str
    seq: int
    t0: int
    dt: int
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
        return self.t0 + self.dt * np.arange(self.n, dtype=np.int64)

    def angle_deg(self) -> NDArray[np.float32]:
        return np.frombuffer(self.angle, "<f4")

    def torque_nm(self) -> NDArray[np.float32]:
        return np.frombuffer(self.torque, "<f4")


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SampleBatch)


def encode(batch: SampleBatch) -> bytes:
    """The batch as MessagePack."""
    return _encoder.encode(batch)


def decode(payload: bytes) -> SampleBatch:
    """A batch from MessagePack or JSON (first byte `{`), checked. Raises WireError saying which field and why."""
    return _decoder.decode(payload)
