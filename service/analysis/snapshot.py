"""A session as bytes, and back: the same version continues bit for bit."""

import io
import pickle
from typing import Any, TypeVar

S = TypeVar("S")

OURS = ("service.analysis.", "wire.events", "wire.plan", "wire.messages", "wire.live")
THEIRS = {
    ("collections", "deque"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("builtins", "set"),
    ("msgspec._core", "UNSET"),
    ("msgspec._utils", "rebuild"),
}


class SnapshotError(ValueError):
    """The bytes are no snapshot of this version."""


class _Reader(pickle.Unpickler):
    """Builds objects of the analysis and nothing else: a name with dots could lead through our modules to anything that they import."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in THEIRS:
            return super().find_class(module, name)
        if module.startswith(OURS) and isinstance(found := super().find_class(module, name), type) and found.__module__ == module:
            return found
        raise SnapshotError(f"{module}.{name} does not belong into a snapshot")


def freeze(session: object) -> bytes:
    """Everything that a session knows."""
    return pickle.dumps(session, protocol=5)


def thaw(frozen: bytes, kind: type[S]) -> S:
    """The session again. Raises SnapshotError."""
    try:
        found = _Reader(io.BytesIO(frozen)).load()
    except Exception as error:  # broken bytes raise anything
        raise SnapshotError(f"not a snapshot of this version: {error}") from error
    if not isinstance(found, kind):
        raise SnapshotError(f"expected a snapshot of a {kind.__name__}, got one of {type(found).__name__}")
    return found
