"""Columns of numbers as bytes (decision 0152)."""

import struct
from pathlib import Path

import msgspec
import numpy as np
import pytest

from service.replay.columns import MAGIC, Column, mapped, pieces


def filed(path: Path, *columns: Column) -> Path:
    path.write_bytes(b"".join(pieces({"length_s": 3.5}, list(columns))))
    return path


def test_what_was_written_is_mapped_again(tmp_path: Path) -> None:
    times, values = np.array([0.0, 0.01, 0.02]), np.array([1.0, np.nan, 3.0], np.float32)
    about, columns = mapped(filed(tmp_path / "x", Column("t_s", times, "s"), Column("angle", values), Column("none", values[:0])))
    assert about == {"length_s": 3.5}
    np.testing.assert_array_equal(columns["t_s"], times)
    np.testing.assert_array_equal(columns["angle"], values)
    assert (columns["t_s"].dtype.name, columns["angle"].dtype.name, len(columns["none"])) == ("float64", "float32", 0)


def test_a_browser_can_view_every_column_in_place(tmp_path: Path) -> None:
    """Each begins at a multiple of 8 bytes, little-endian, as the header describes it."""
    data = filed(tmp_path / "x", Column("a", np.array([7.0], np.float32), "deg"), Column("b", np.array([0.5]))).read_bytes()
    magic, length, zero = struct.unpack_from("<8sII", data)
    assert (magic, zero, (16 + length) % 8) == (MAGIC, 0, 0)
    assert msgspec.json.decode(data[16 : 16 + length])["columns"] == [
        {"name": "a", "type": "f4", "rows": 1, "unit": "deg"},
        {"name": "b", "type": "f8", "rows": 1},
    ]
    assert struct.unpack_from("<f4xd", data, 16 + length) == (7.0, 0.5)


@pytest.mark.parametrize("spoil", [lambda data: b"x" + data[1:], lambda data: data[:-4], lambda data: data[:20], lambda _: b""])
def test_another_file_and_one_that_was_cut_are_refused(tmp_path: Path, spoil: object) -> None:
    path = filed(tmp_path / "x", Column("a", np.arange(4.0)))
    path.write_bytes(spoil(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises((ValueError, msgspec.DecodeError)):
        mapped(path)
