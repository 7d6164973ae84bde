"""What speaks against the units of an import (decision 0208)."""

import numpy as np
import pytest

from service.recordings.doubts import doubts
from service.recordings.mapping import AngleColumn, ColumnMapping, Columns, TimeColumn, TorqueColumn

N = 1000


def columns(period_s: float = 0.01, angle: float = 60.0, torque: float = 120.0) -> Columns:
    turn = (1 - np.cos(np.linspace(0, 20, N))) / 2
    return Columns(np.arange(N) * round(period_s * 1e9), (angle * turn).astype(np.float32), (torque * turn).astype(np.float32), {})


MAPPING = ColumnMapping(time=TimeColumn(column="t"), angle=AngleColumn(column="x"), torque=TorqueColumn(column="m"))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (columns(), []),
        (columns(period_s=0.001, angle=20.0, torque=-300.0), []),
        (columns(period_s=10.0), ["t: a sample every 10 s; is s its unit?"]),
        (columns(period_s=1e-5), ["t: a sample every 1e-05 s; is s its unit?"]),
        (columns(angle=1.05), ["x: lies between 0.000225 and 1.05 deg; is deg its unit?"]),
        (columns(angle=3437.0), ["x: lies between 0.737 and 3.44e+03 deg; is deg its unit?"]),
        (columns(torque=0.12), ["m: goes to 0.12 Nm; is Nm its unit?"]),
        (columns(torque=1e5), ["m: goes to 1e+05 Nm; is Nm its unit?"]),
        (columns(angle=np.nan, torque=np.nan), ["x: holds no reading", "m: holds no reading"]),
    ],
)
def test_what_is_hard_to_believe_is_told_in_a_line(found: Columns, said: list[str]) -> None:
    assert list(doubts(found, MAPPING)) == said


def test_without_torque_or_times_of_its_own_neither_is_doubted() -> None:
    assert list(doubts(columns(period_s=10.0, torque=0.0), ColumnMapping(time=TimeColumn(rate_hz=0.1)))) == []
