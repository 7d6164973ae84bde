"""Which kernels run: the plain ones, or their compiled twins once a shell has made them. Both give the same bits from the same arrays.

Every field but `name` and `view` is a kernel, with its types in its annotations. They need no decorator: compiled as one program, to which
the arrays of a call are distinct, what they call is inlined. A loop over samples keeps what one hands to the next in local variables.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from service.analysis import ascent, core, tape, tracking


class Engine(NamedTuple):
    """`view` is how kernels are handed an array: plain ones take a memoryview (plain numbers, quickly), compiled ones the array."""

    name: str
    view: Callable[[Any], Any]
    advance: Callable[..., int]
    catch_up: Callable[..., int]
    measure: Callable[..., None]
    lasting: Callable[..., float]
    heaves: Callable[..., bool]


PLAIN = Engine("plain", memoryview, core.advance, tracking.catch_up, tape.measure, ascent.lasting, ascent.heaves)

_chosen = [PLAIN]


def current() -> Engine:
    """The engine in use."""
    return _chosen[0]


def use(engine: Engine) -> None:
    """Sessions continue on this engine from their next samples on: the arrays stay where they are."""
    _chosen[0] = engine
