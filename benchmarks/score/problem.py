"""One thing that a set's result got wrong."""

from typing import NamedTuple


class Problem(NamedTuple):
    """`kind` sorts them (a metric's name), `at_s` is where to look, `detail` says what was expected and what came."""

    kind: str
    at_s: float
    detail: str
