"""Tables of other machines as samples of ours (issue 6, point 5; decision 0164)."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.recordings.mapping import ColumnMapping, MappingError, TorqueColumn, mapping_of, plain, read
from wire.recorded import RecordedError

GERMAN = """\
[time]
column = "Zeit"
unit = "ms"
[angle]
column = "Winkel"
unit = "rad"
sign = -1
offset_deg = 60
[torque]
column = "Moment"
unit = "ft-lb"
[extra]
emg = "EMG 1"
[table]
separator = ";"
decimal = ","
skip = 1
"""


def mapped(tmp_path: Path, text: str) -> ColumnMapping:
    path = tmp_path / "map.toml"
    path.write_text(text)
    return mapping_of(path)


def test_columns_units_signs_and_offsets_are_those_of_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Gerät 7\nZeit;EMG 1;Winkel;Moment;Note\n0;0,5;0;100;a\n10;;0,5;-;b\n20,5;1;1;10,5;c\n", encoding="utf-8")
    found = read(path, mapped(tmp_path, GERMAN))
    assert found.t_ns.tolist() == [0, 10_000_000, 20_500_000]
    assert found.angle_deg == pytest.approx([60.0, 60 - 28.64789, 60 - 57.29578])
    assert found.torque_nm[[0, 2]] == pytest.approx([135.58179, 14.236088])
    assert np.isnan(found.torque_nm[1])
    assert found.extra["emg"].tolist()[::2] == [0.5, 1.0]
    assert found.angle_deg.dtype == found.torque_nm.dtype == found.extra["emg"].dtype == np.float32


def test_parquet_goes_likewise_and_a_rate_can_stand_for_the_times(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"pos": pa.array([1, 2, None], pa.int32())}), path)
    found = read(path, mapped(tmp_path, '[time]\nrate_hz = 50\n[angle]\ncolumn = "pos"\nunit = "rev"\n'))
    assert found.t_ns.tolist() == [0, 20_000_000, 40_000_000]
    assert found.angle_deg[:2].tolist() == [360.0, 720.0]
    assert np.isnan(found.angle_deg[2])
    assert np.isnan(found.torque_nm).all()


def test_our_own_names_need_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("t_s,angle_deg\n0,1\n1,2\n")
    assert plain(path) == ColumnMapping()
    path.write_text("t_s,angle_deg,torque_nm\n0,1,3\n1,2,4\n")
    assert plain(path) == ColumnMapping(torque=TorqueColumn())
    assert read(path, plain(path)).torque_nm.tolist() == [3, 4]


def test_our_own_further_columns_need_no_mapping_either(tmp_path: Path) -> None:
    """Decision 0224: as `ilex export` names them; other columns, and names that no machine may send, are left."""
    path = tmp_path / "x.csv"
    path.write_text('t_s,angle_deg,extra.emg,note,"extra.a,b",extra.,extra.' + "x" * 65 + "\n0,1,3,hello,5,7,8\n1,2,,there,6,7,8\n")
    assert plain(path).extra == {"emg": "extra.emg", "a,b": "extra.a,b"}
    found = read(path, plain(path)).extra
    assert found["emg"][0] == 3
    assert np.isnan(found["emg"][1])
    assert found["a,b"].tolist() == [5, 6]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[time", "is not TOML: "),
        ('[angle]\nunit = "grad"\n', "angle.unit: invalid enum value 'grad'; expected deg, rad, rev"),
        ('[torque]\nunit = "Nmm"\n', "torque.unit: invalid enum value 'Nmm'; expected Nm, kNm, ft-lb, in-lb, kgf-m"),
        ("[angle]\noffset_deg = nan\n", "angle.offset_deg: expected a number, got nan"),
        ('[torque]\ncolumn = "angle_deg"\n', "column 'angle_deg' can't be two of time, angle and torque"),
        ("[angle]\nunits = 1\n", "angle: object contains unknown field `units`; there are column, unit, sign, offset_deg"),
        ("[angle]\nsign = 2\n", "angle.sign: "),
        ("[angles]\n", "the mapping: object contains unknown field `angles`; there are time, angle, torque, extra, table"),
        ("[time]\nrate_hz = 0\n", "time.rate_hz: "),
        ('[time]\ncolumn = "t"\nrate_hz = 100\n', "time: expected either column or rate_hz"),
        ("[time]\nunit = 's'\n", "time: expected either column or rate_hz"),
        ('[table]\nseparator = ";;"\n', "table.separator: "),
    ],
)
def test_a_mapping_that_cannot_be_is_told_by_its_key(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(MappingError) as found:
        mapped(tmp_path, text)
    assert f"map.toml: {why}" in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2\n", "no column 't_s'; found a, b"),
        ("t_s;angle_deg\n1;2\n", "no column 't_s'; found t_s;angle_deg (is the separator another one"),
        ("t_s\n1\n", "no column 'angle_deg'; found t_s (is the separator another one, or does the header stand further down: skip?)"),
        ("t_s,Angle_Deg\n0,1\n", "no column 'angle_deg'; found t_s, Angle_Deg (did you mean 'Angle_Deg'?)"),
        ("t_s,angle_deg\n0,1\n1,left\n", "x.csv:3: angle_deg is not a number: 'left'"),
        ('t_s,angle_deg\n0,1\n1,"2,5"\n', "x.csv:3: angle_deg is not a number: '2,5' (is the decimal sign another one?)"),
        ("t_s,angle_deg\n0,1\n1\n", "Expected 2 columns, got 1"),
        ("t_s,angle_deg\n0,1\n,2\n", "row 2: t_s is nan: expected a time in every row"),
        ("t_s,angle_deg\n0,1\n0,2\n", "no two times in t_s rise; is s their unit?"),
        ("t_s,angle_deg\n0,1e39\n1,2\n", "row 1: angle_deg is 1e+39: too large for a 32-bit float"),
        ("t_s,angle_deg\n", "holds no samples"),
        ("", "no column 't_s'; found"),
        ("t_s,angle_deg\n\xff", "is not UTF-8 text"),
    ],
)
def test_a_table_that_cannot_be_is_told_in_one_line(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RecordedError) as found:
        read(path, ColumnMapping())
    assert str(found.value).startswith(f"{path}:")
    assert why in str(found.value)
    assert "\n" not in str(found.value)


def test_parquet_that_is_none_or_holds_no_numbers_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"nothing")
    with pytest.raises(RecordedError, match="is not Parquet"):
        read(path, ColumnMapping())
    pq.write_table(pa.table({"t_s": [0.0, 1.0], "angle_deg": ["a", "b"]}), path)
    with pytest.raises(RecordedError, match="angle_deg is not a column of numbers but of string"):
        read(path, ColumnMapping())
