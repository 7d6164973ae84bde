"""wire/arrivals: what the live analysis was fed of a recording's batches, and on which clock (contract 1, 2)."""

import numpy as np

from wire.arrivals import Arrivals
from wire.samples import SampleBatch

COLUMN = np.zeros(4, "<f4").tobytes()


def batch(seq: int, boot: str = "b1", t0: int | None = None) -> SampleBatch:
    return SampleBatch(boot=boot, seq=seq, t0=1000 + 10 * seq if t0 is None else t0, dt=10, angle=COLUMN, torque=COLUMN)


def test_what_came_late_again_or_of_an_earlier_boot_was_not_fed() -> None:
    arrivals = Arrivals()
    taken = [
        arrivals.take(batch(0), 5000, 5000),
        arrivals.take(batch(8), 5080, 5080),
        # Marked as late; half of it known already; an earlier boot's, live as it may be.
        arrivals.take(batch(4), 5040, 9000),
        arrivals.take(batch(10), 5100, 5100),
        arrivals.take(batch(0, "b2"), 7000, 7000),
        arrivals.take(batch(14), 5140, 5140),
    ]
    assert taken == [0, 0, 4, 2, 0, 4]
    assert arrivals.boots == {"b1": 0, "b2": 1}


def test_a_later_boot_goes_on_on_the_first_ones_clock() -> None:
    arrivals = Arrivals()
    arrivals.take(batch(0), 5000, 5000)
    arrivals.take(batch(0, "b2", t0=77), 5100, 5100)
    assert arrivals.block(batch(0)).t_ns[0] == 1000
    assert arrivals.block(batch(0, "b2", t0=77)).t_ns.tolist() == [1100, 1110, 1120, 1130]
