"""A recording as a table, for a download: `python -m` this, an order on standard input, the answer on output."""

import sys
from pathlib import Path
from typing import Literal

import msgspec

from service.exporting import export
from service.replay.bounds import bounded
from service.replay.gathering import Answer
from wire.bulk import open_samples
from wire.recorded import RecordedError


class Order(msgspec.Struct):
    """Which recording, and the file to make."""

    path: str
    into: str
    to: Literal["csv", "parquet"]


def main() -> int:
    """One order, one file."""
    bounded()
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    answer = Answer()
    try:
        export(open_samples(Path(order.path)), Path(order.into), order.to)
    except RecordedError as error:
        answer = Answer(str(error))
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
