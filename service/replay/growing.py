"""Columns that are added to, while others look at what was there."""

import numpy as np

from service.replay.pyramid import Times, Values

_FIRST_ROWS = 4096


class Growing:
    """Rows of so many values, each with its time; doubled where they need more room."""

    def __init__(self, values: int) -> None:
        self._n = 0
        self._t_s = np.empty(_FIRST_ROWS)
        self._values = np.empty((values, _FIRST_ROWS), np.float32)

    @property
    def t_s(self) -> Times:
        """The times so far, shape (rows,)."""
        return self._t_s[: self._n]

    @property
    def values(self) -> Values:
        """The values so far, shape (values, rows)."""
        return self._values[:, : self._n]

    def add(self, t_s: Times, values: Values) -> None:
        """More rows."""
        stop = self._n + len(t_s)
        while stop > len(self._t_s):
            self._t_s = np.concatenate([self._t_s, np.empty_like(self._t_s)])
            self._values = np.concatenate([self._values, np.empty_like(self._values)], axis=1)
        self._t_s[self._n : stop], self._values[:, self._n : stop] = t_s, values
        self._n = stop

    def insert(self, t_s: Times, values: Values) -> None:
        """Rows at rising times where they belong, less those whose times are there; all of it is copied once."""
        places = np.searchsorted(self.t_s, t_s)
        new = np.append(self.t_s, np.nan)[places] != t_s
        self._values = np.insert(self.values, places[new], values[:, new], axis=1)
        self._t_s = np.insert(self.t_s, places[new], t_s[new])
        self._n = len(self._t_s)
