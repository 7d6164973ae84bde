"""CSV and Parquet recordings (contract 7, last paragraph)."""

import codecs
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wire.recorded import ROWS_PER_BLOCK, Block, RecordedError, open_recorded


def read(path: Path) -> Block:
    """A table as one block."""
    blocks = [entry for entry in open_recorded(path).entries() if isinstance(entry, Block)]
    t_ns = np.concatenate([block.t_ns for block in blocks])
    angle_deg, torque_nm = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("angle_deg", "torque_nm"))
    return Block(None, blocks[0].seq, t_ns, angle_deg, torque_nm)


def csv(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "recording.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path: Path) -> str:
    """The one line that a refused file gives, without the folder."""
    with pytest.raises(RecordedError) as caught:
        open_recorded(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path.parent) + "/", "")


def test_columns_are_found_by_name_and_others_ignored(tmp_path: Path) -> None:
    block = read(csv(tmp_path, 'note,torque_nm,t_s,angle_deg\n"a, b",1.5,0,60\nc,2.5,0.02,59.5\n'))
    assert block.t_ns.tolist() == [0, 20_000_000]
    assert block.angle_deg.tolist() == [60.0, 59.5]
    assert block.torque_nm.tolist() == [1.5, 2.5]
    assert [str(column.dtype) for column in (block.t_ns, block.angle_deg, block.torque_nm)] == ["int64", "float32", "float32"]


@pytest.mark.parametrize("cell", ["", "  ", "nan", "NaN"])
def test_empty_or_nan_is_no_reading(tmp_path: Path, cell: str) -> None:
    block = read(csv(tmp_path, f"t_s,angle_deg,torque_nm\n0,{cell},1\n0.01,2,{cell}\n"))
    assert np.isnan(block.angle_deg).tolist() == [True, False]
    assert np.isnan(block.torque_nm).tolist() == [False, True]


def test_an_infinite_reading_is_one_as_it_was_recorded(tmp_path: Path) -> None:
    """Contract 8: numbers lose nothing, so what is exported can be read again; the analysis answers it with a fault."""
    block = read(csv(tmp_path, "t_s,angle_deg,torque_nm\n0,inf,-inf\n0.01,2,3\n"))
    assert (block.angle_deg.tolist(), block.torque_nm.tolist()) == ([math.inf, 2.0], [-math.inf, 3.0])


@pytest.mark.parametrize("line", ["   ", ",,", ' , ,""'])
def test_lines_of_blanks_and_commas_are_empty_ones(tmp_path: Path, line: str) -> None:
    block = read(csv(tmp_path, f"t_s,angle_deg,torque_nm\n0,1,2\n{line}\n0.01,2,3\n{line}\n"))
    assert block.angle_deg.tolist() == [1.0, 2.0]


def test_the_greatest_32_bit_float_is_read_however_few_its_digits(tmp_path: Path) -> None:
    """3.4028235e38 is a little more than it, as everybody writes it; infinity is recorded as it came (contract 2)."""
    block = read(csv(tmp_path, "t_s,angle_deg,torque_nm\n0,3.4028235e38,-3.4028235e38\n0.01,2,inf\n"))
    assert block.angle_deg[0] == -block.torque_nm[0] == np.finfo(np.float32).max
    assert np.isinf(block.torque_nm[1])


def test_torque_may_be_missing(tmp_path: Path) -> None:
    assert np.isnan(read(csv(tmp_path, "t_s,angle_deg\n0,1\n0.01,2\n")).torque_nm).all()


@pytest.mark.parametrize("start", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_marks_and_line_ends_of_windows_are_read(tmp_path: Path, start: bytes, end: bytes) -> None:
    path = csv(tmp_path, start + end.join([b" t_s, angle_deg ", b"0, 1", b"", b"0.01, 2", b""]))
    assert read(path).angle_deg.tolist() == [1.0, 2.0]


def test_times_are_rounded_to_the_nearest_nanosecond(tmp_path: Path) -> None:
    block = read(csv(tmp_path, "t_s,angle_deg\n-0.1,1\n0.3,2\n1e-9,3\n123456.7890123456,4\n"))
    assert block.t_ns.tolist() == [-100_000_000, 300_000_000, 1, 123_456_789_012_346]


def test_equal_and_falling_times_are_passed_on(tmp_path: Path) -> None:
    """The analysis answers them by a `clock` fault and drops the row."""
    assert read(csv(tmp_path, "t_s,angle_deg\n0,1\n0.02,2\n0.02,3\n0.01,4\n")).t_ns.tolist() == [0, 20_000_000, 20_000_000, 10_000_000]


def test_a_long_file_comes_in_blocks(tmp_path: Path) -> None:
    n = 2 * ROWS_PER_BLOCK + 100
    recorded = open_recorded(csv(tmp_path, "t_s,angle_deg\n" + "".join(f"{row / 100},{row % 60}\n" for row in range(n))))
    blocks = [entry for entry in recorded.entries() if isinstance(entry, Block)]
    assert recorded.total == n
    assert [(block.seq, len(block.t_ns)) for block in blocks] == [(0, 4096), (4096, 4096), (8192, 100)]
    assert np.array_equal(np.concatenate([block.t_ns for block in blocks]), np.arange(n) * 10_000_000)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "recording.csv:1: is empty; expected a header line t_s,angle_deg,torque_nm"),
        ("t_s,angle\n0,1\n", "recording.csv:1: no column angle_deg; found t_s, angle"),
        ("angle_deg\n0\n", "recording.csv:1: no column t_s; found angle_deg"),
        ("t_s,angle_deg,t_s\n0,1,2\n", "recording.csv:1: column t_s stands there 2 times"),
        ("t_s,angle_deg\n0,1\n0.01,two\n", "recording.csv:3: angle_deg is not a number: 'two'"),
        ('a,t_s,angle_deg\n"x\ny",0,1\nz,0.01,1_0\n', "recording.csv:4: angle_deg is not a number: '1_0'"),
        ("t_s,angle_deg\n0,1\ninf,2\n", "recording.csv:3: t_s is not a number: 'inf'"),
        ("t_s,angle_deg\n0,1\n0.01,3.4028236e38\n", "recording.csv:3: angle_deg is 3.4028236e38: too large for a 32-bit float"),
        ("t_s,angle_deg\n0,1\n0.01,1e39\n", "recording.csv:3: angle_deg is 1e39: too large for a 32-bit float"),
        ("t_s,angle_deg\n0,1\n,2\n", "recording.csv:3: t_s is empty; every row needs a time"),
        ("t_s,angle_deg\n0,1\n1700000000000,2\n", "recording.csv:3: t_s is 1700000000000: too large for seconds"),
        ("t_s,angle_deg,torque_nm\n0,1,1\n0.01,2\n", "recording.csv:3: no torque_nm: 2 columns, the header has 3"),
        ("t_s,angle_deg\n\n0,1\n\n0.01,x\n", "recording.csv:5: angle_deg is not a number: 'x'"),
        ("t_s,angle_deg\n", "recording.csv: holds no samples"),
        ("t_s,angle_deg\n1,1\n1,2\n0,3\n", "recording.csv: no two times in t_s rise; times must rise from row to row"),
        (b"t_s,angle_deg\n0,\xff\n", "recording.csv:byte 16: is not UTF-8 text"),
        ('t_s,angle_deg\n0,1\n"0.01,2\n', "recording.csv:3: is not CSV: unexpected end of data"),
    ],
)
def test_a_file_at_fault_is_refused_with_file_line_and_reason(tmp_path: Path, text: str | bytes, line: str) -> None:
    assert refusal(csv(tmp_path, text)) == line


def test_a_fault_late_in_a_long_file_is_found_before_a_sample_is_used(tmp_path: Path) -> None:
    rows = [f"{row / 100},{row % 60}" for row in range(30_000)]
    rows[25_000] = "250,x"
    assert refusal(csv(tmp_path, "t_s,angle_deg\n" + "\n".join(rows) + "\n")) == "recording.csv:25002: angle_deg is not a number: 'x'"


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_refused_with_a_hint(tmp_path: Path, separator: str, word: str) -> None:
    assert f"parted by {word}" in refusal(csv(tmp_path, f"t_s{separator}angle_deg\n0{separator}1\n"))


def parquet(tmp_path: Path, columns: dict[str, pa.Array]) -> Path:
    path = tmp_path / "recording.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_has_the_columns_of_the_csv(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"t_s": pa.array([0.0, 0.02]), "angle_deg": pa.array([60, 59]), "torque_nm": pa.array([None, 1.5])})
    block = read(path)
    assert block.t_ns.tolist() == [0, 20_000_000]
    assert block.angle_deg.tolist() == [60.0, 59.0]
    assert np.isnan(block.torque_nm[0])
    assert block.torque_nm[1] == 1.5


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"t_s": pa.array([0.0, 1.0])}, " no column angle_deg; found t_s"),
        ({"t_s": pa.array(["0", "1"]), "angle_deg": pa.array([1.0, 2.0])}, " t_s is not a column of numbers but of string"),
        ({"t_s": pa.array([0.0, None]), "angle_deg": pa.array([1.0, 2.0])}, "row 2: t_s is empty; every row needs a time"),
        ({"t_s": pa.array([0.0, 1.0]), "angle_deg": pa.array([1.0, 1e40])}, "row 2: angle_deg is 1e+40: too large"),
    ],
)
def test_parquet_at_fault_is_refused_with_the_row(tmp_path: Path, columns: dict[str, pa.Array], line: str) -> None:
    assert refusal(parquet(tmp_path, columns)).startswith(f"recording.parquet:{line}")


def test_parquet_without_torque_has_no_readings_of_it(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"t_s": pa.array([0.0, 1.0]), "angle_deg": pa.array([1.0, 2.0])})
    assert np.isnan(read(path).torque_nm).all()


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recording.parquet"
    path.write_text("t_s,angle_deg\n0,1\n")
    assert refusal(path).startswith("recording.parquet: is not Parquet: ")
