"""What the modules of this package are told to do, in a process beside the service (see `worker`): `python -m` this."""

import sys
from importlib import import_module

from service.replay.answering import bounded, serve


def obeyed(question: bytes) -> bytes:
    """What a module answers to an order: its name, a line feed, the order."""
    module, _, order = question.partition(b"\n")
    answer: bytes = import_module(module.decode()).obey(order)
    return answer


if __name__ == "__main__":
    bounded()
    sys.exit(serve(obeyed))
