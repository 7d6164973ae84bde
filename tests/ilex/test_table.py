"""Columns with units (issue 6, point 6)."""

import numpy as np
import pytest

from ilex import Table
from wire.names import unit_of

TABLE = Table({"t_s": np.array([0.0, 0.5, 1.0]), "angle_deg": np.array([60, np.nan, 58.5], np.float32), "seq": np.arange(3)})


def test_columns_are_numpy_arrays_with_their_units() -> None:
    assert TABLE["angle_deg"].dtype == np.float32
    assert TABLE.units == {"t_s": "s", "angle_deg": "deg", "seq": ""}
    assert (len(TABLE), TABLE.names, list(TABLE), "angle_deg" in TABLE) == (
        3,
        ("t_s", "angle_deg", "seq"),
        ["t_s", "angle_deg", "seq"],
        True,
    )
    assert repr(TABLE) == "3 rows: t_s [s], angle_deg [deg], seq"


@pytest.mark.parametrize(
    ("name", "unit"), [("speed_deg_s", "deg/s"), ("extra.torque_raw", "Nm"), ("work_j", "J"), ("t_ns", "ns"), ("extra.emg", "")]
)
def test_the_name_says_the_unit(name: str, unit: str) -> None:
    assert unit_of(name) == unit


def test_an_unknown_column_is_told_with_those_there_are() -> None:
    with pytest.raises(KeyError, match=r"no column 'angle'; there are t_s, angle_deg, seq"):
        TABLE["angle"]


def test_a_column_is_not_changed_by_mistake() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TABLE["angle_deg"][0] = 1


def test_a_part_is_cut_by_time() -> None:
    assert TABLE.between(0.5, 1.0)["seq"].tolist() == [1]


def test_pandas_polars_and_arrow_hold_the_same_numbers_and_the_units() -> None:
    pandas, polars, arrow = TABLE.to_pandas(), TABLE.to_polars(), TABLE.to_arrow()
    assert pandas.attrs["units"]["angle_deg"] == "deg"
    assert arrow.schema.field("angle_deg").metadata == {b"unit": b"deg"}
    assert (arrow["angle_deg"].null_count, len(arrow)) == (1, 3)
    for column in (pandas["angle_deg"].to_numpy(), polars["angle_deg"].to_numpy()):
        assert column.dtype == np.float32
        assert np.array_equal(column, TABLE["angle_deg"], equal_nan=True)
    pandas.loc[0, "angle_deg"] = 1.0  # a frame is the caller's own
    assert TABLE["angle_deg"][0] == 60
