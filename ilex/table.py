"""Columns of equal length with their units, as numpy arrays; a data frame of pandas or polars, or an Arrow table, where one is wanted."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wire.names import unit_of


class Table:
    """Columns of shape (n,) by name, NaN = no reading. `table["angle_deg"]` is an array, `len(table)` the number of rows.

    Read-only: a copy of a column may be changed (`table["angle_deg"].copy()`).
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]]) -> None:
        self._columns = dict(columns)
        for column in self._columns.values():
            column.setflags(write=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self._columns)

    @property
    def units(self) -> dict[str, str]:
        """Each column's unit; empty for a plain number."""
        return {name: unit_of(name) for name in self._columns}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._columns:
            raise KeyError(f"no column {name!r}; there are {', '.join(self._columns)}")
        return self._columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values()), ()))

    def __repr__(self) -> str:
        named = ", ".join(f"{name} [{unit}]" if unit else name for name, unit in self.units.items())
        return f"{len(self)} rows: {named}"

    def between(self, from_s: float, to_s: float) -> "Table":
        """The rows from one time to another (`t_s`), the first included, the last not."""
        t_s = self["t_s"]
        rows = (t_s >= from_s) & (t_s < to_s)
        return Table({name: column[rows] for name, column in self._columns.items()})

    def to_pandas(self) -> Any:
        """A pandas.DataFrame; the units stand in its `attrs["units"]`. Needs `pip install ilex[notebook]`."""
        import pandas as pd

        frame = pd.DataFrame({name: np.asarray(column) for name, column in self._columns.items()})
        frame.attrs["units"] = self.units
        return frame

    def to_polars(self) -> Any:
        """A polars.DataFrame; no reading stays NaN. Needs `pip install ilex[notebook]`."""
        import polars as pl

        return pl.DataFrame(self._columns)

    def to_arrow(self) -> Any:
        """A pyarrow.Table; each field's metadata hold its `unit`, no reading is null."""
        import pyarrow as pa

        arrays = [pa.array(column, from_pandas=True) for column in self._columns.values()]
        fields = [pa.field(name, array.type, metadata={"unit": unit_of(name)}) for name, array in zip(self._columns, arrays, strict=True)]
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
