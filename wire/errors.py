"""What is said of a message that is not what the contract says."""

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a message: where (JSON pointer, "" = the whole message) and what was expected and came."""

    pointer: str
    message: str


class WireError(ValueError):
    """A payload that is not what the contract says.

    `reason` is a stable word for counters (`garbage`, `truncated`, `oversized`, `columns`, `field`, `major`, `topic`, `ahead`),
    `pointer` the JSON pointer of the field at fault ("" = the whole message), the message says what was expected and what came.
    """

    def __init__(self, reason: str, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or '(message)'}: {message}")
        self.reason = reason
        self.pointer = pointer
        self.message = message


def step(pointer: str, key: str | int) -> str:
    """The JSON pointer of a member (RFC 6901)."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
