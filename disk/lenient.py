"""Where a log goes may be a file on a disk that is full."""

from typing import TextIO


class Lenient:
    """A stream for logs: what it does not take is dropped, and whoever logged goes on (robustness F10, F11)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.dropped = 0
        """Writes that were not taken."""

    def write(self, text: str) -> int:
        """As the stream's own; never raises OSError."""
        try:
            return self._stream.write(text)
        except OSError:
            self.dropped += 1
            return len(text)

    def flush(self) -> None:
        """As the stream's own; never raises OSError."""
        try:
            self._stream.flush()
        except OSError:
            self.dropped += 1
