"""One figure of the fault list (robustness 1.3) and what was reached of it."""

from typing import NamedTuple


class Figure(NamedTuple):
    """`fault` by its number, `what` was done and looked at, `to_reach` and `reached` in words with units, `held` whether that is enough."""

    fault: str
    what: str
    to_reach: str
    reached: str
    held: bool


def none(fault: str, what: str, count: int, of: str = "") -> Figure:
    """A count that must be 0, `of` so many."""
    return Figure(fault, what, "0", f"{count:,}{f' of {of}' if of else ''}", count == 0)


def at_most(fault: str, what: str, value: float, bound: float, unit: str, digits: int = 1) -> Figure:
    """A value that may be so great."""
    return Figure(fault, what, f"<= {bound:g} {unit}", f"{value:.{digits}f} {unit}", value <= bound)
