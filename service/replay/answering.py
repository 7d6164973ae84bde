"""A process's side of `resident`: answers on standard output what is asked on standard input, until nobody asks any more.

A question, and an answer, is its length in bytes (8, little-endian) and then itself; before an answer stands a byte that says which it is.
"""

import os
import sys
import traceback
from collections.abc import Callable

MOST_BYTES = 4 * 1024**3
"""Address space of a process: an hour at 1 kHz needs a tenth of it, a hostile file or parameter gets no more."""
LENGTH_BYTES = 8
ANSWERED, FAILED = b"\0", b"\1"
"""Before an answer, or before the line that says why there is none."""


def bounded() -> None:
    """For the process itself: no more memory than MOST_BYTES, where the system can say so."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    except (ImportError, ValueError, OSError):
        pass


def serve(answer: Callable[[bytes], bytes]) -> int:
    """Answers one question after the other; ends with its input, or with the first that raises: what that leaves behind isn't known."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints goes beside the answers, not into them.
    os.dup2(2, 1)
    while head := questions.read(LENGTH_BYTES):
        question = questions.read(int.from_bytes(head, "little"))
        try:
            kind, content = ANSWERED, answer(question)
        # Whatever it is, whoever asked hears of it, and the process ends.
        except Exception as error:  # noqa: BLE001
            traceback.print_exc()
            kind, content = FAILED, f"{type(error).__name__}: {error}".encode()
        answers.write(kind + framed(content))
        answers.flush()
        if kind is FAILED:
            return 1
    return 0


def framed(content: bytes) -> bytes:
    """With its length before it."""
    return len(content).to_bytes(LENGTH_BYTES, "little") + content
