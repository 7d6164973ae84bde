"""The list of sessions: an index that the recordings can always make anew."""

from typing import TYPE_CHECKING, Any

from service.store.cursor import CursorError
from service.store.row import SessionRow

if TYPE_CHECKING:
    from service.store.index import Index, StoreGoneError

__all__ = ["CursorError", "Index", "SessionRow", "StoreGoneError"]


def __getattr__(name: str) -> Any:
    # The database takes half a second to import; who only needs a row doesn't wait for it.
    if name in {"Index", "StoreGoneError"}:
        from service.store import index

        return getattr(index, name)
    raise AttributeError(name)
