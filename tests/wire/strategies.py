"""Batches and messages for property tests."""

import numpy as np
from hypothesis import strategies as st

from wire.samples import SampleBatch

names = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
extra_names = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=64)
readings = st.one_of(st.just(float("nan")), st.floats(width=32, allow_infinity=False))


@st.composite
def batches(draw: st.DrawFn) -> SampleBatch:
    """Valid batches of 1 to 20 samples."""
    n = draw(st.integers(1, 20))

    def column() -> bytes:
        return np.array(draw(st.lists(readings, min_size=n, max_size=n)), "<f4").tobytes()

    times = st.lists(st.integers(-(2**63) + 1, 2**63 - 1), min_size=n, max_size=n)
    dt = draw(st.integers(0, 2**40))
    return SampleBatch(
        boot=draw(names),
        seq=draw(st.integers(0, 2**64 - n)),
        t0=draw(st.integers(-(2**63) + 1, 2**63 - 1 - n * dt)),
        dt=dt,
        angle=column(),
        torque=column(),
        t=draw(st.none() | times.map(lambda drawn: np.array(drawn, "<i8").tobytes())),
        extra={name: column() for name in draw(st.lists(extra_names, max_size=3))} or None,
    )
