"""Chance in the order it is asked for: the same numbers however a simulation is cut."""

import numpy as np
from numpy.random import Generator

BLOCK = 4096


class Noise:
    """Standard normal numbers, one at a time at the price of a list's."""

    __slots__ = ("_generator", "_left")

    def __init__(self, seed: list[int]) -> None:
        self._generator: Generator = np.random.Generator(np.random.PCG64(seed))
        self._left: list[float] = []

    def __call__(self) -> float:
        """The next one."""
        if not self._left:
            self._left = self._generator.standard_normal(BLOCK).tolist()
        return self._left.pop()
