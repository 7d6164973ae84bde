"""The one error of the wire."""


class WireError(ValueError):
    """A payload that is not what the contract says.

    `reason` is a stable word for counters (`garbage`, `truncated`, `oversized`, `columns`, `field`, `major`, `topic`),
    `pointer` the JSON pointer of the field at fault ("" = the whole message), the message says what was expected and what came.
    """

    def __init__(self, reason: str, pointer: str, message: str) -> None:
        super().__init__(f"{pointer or '(message)'}: {message}")
        self.reason = reason
        self.pointer = pointer
        self.message = message
