"""A process that says what it is asked: `python -m` this (see `service.replay.answering`)."""

import os
import sys
import time

from service.replay.answering import serve


def echo(question: bytes) -> bytes:
    """The question and who answers; but for some it fails, dies, or takes its time."""
    print("words that belong to no answer")
    if question == b"fail":
        raise ValueError("no such thing")
    if question == b"die":
        os._exit(3)
    if question == b"wait":
        time.sleep(600.0)
    return b"%s of %d" % (question, os.getpid())


if __name__ == "__main__":
    sys.exit(serve(echo))
