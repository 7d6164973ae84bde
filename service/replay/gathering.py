"""The signals of a finished recording, into a file of columns at every resolution: `python -m` this, an order on standard input."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from service.replay import shown
from service.replay.columns import pieces
from service.replay.pyramid import Pyramid, built, filed
from service.replay.worker import bounded
from wire.capture import SIGNALS, Capture
from wire.recorded import Block, RecordedError


class Order(msgspec.Struct):
    """Which recording, and the file to make."""

    path: str
    into: str


class Answer(msgspec.Struct, omit_defaults=True):
    """Why the recording can't be read; null once the file stands."""

    unreadable: str | None = None


def gathered(path: Path) -> Pyramid:
    """All signals of a recording; times s since its first sample, those that don't rise left out (contract 7). Raises RecordedError."""
    capture = Capture(path)
    blocks = [entry for entry in capture.entries() if isinstance(entry, Block)]
    if not blocks:
        return built(np.empty(0), np.empty((4, 0), np.float32))
    t_ns = np.concatenate([block.t_ns for block in blocks])
    angle_deg, torque_nm = (np.concatenate([block[column] for block in blocks]) for column in (3, 4))
    first_ns = int(t_ns[0])
    del blocks
    rising = np.ones(len(t_ns), bool)
    rising[1:] = t_ns[1:] > np.maximum.accumulate(t_ns)[:-1]
    t_s = (t_ns[rising] - first_ns) / 1e9
    origin_ns = capture.utc_ns(first_ns)
    rows = []
    for message in capture.messages(SIGNALS):
        row = shown.decode(message.data)
        rows.append(((message.log_time - origin_ns) / 1e9, row.speed_deg_s, row.cue_deg))
    return built(t_s, shown.beside(t_s, angle_deg[rising], torque_nm[rising], rows))


def write(pyramid: Pyramid, into: Path) -> None:
    """Makes the file, whole or not at all. Raises OSError."""
    about, columns = filed(pyramid)
    fresh = into.with_name(f"{into.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            file.writelines(pieces(about, columns))
        fresh.replace(into)
    finally:
        fresh.unlink(missing_ok=True)


def obey(make: Callable[[Path], Pyramid]) -> int:
    """One order on standard input, one file, the answer on output; the exit code. `make` may raise RecordedError."""
    bounded()
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    answer = Answer()
    try:
        write(make(Path(order.path)), Path(order.into))
    except RecordedError as error:
        answer = Answer(str(error))
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    return 0


if __name__ == "__main__":
    sys.exit(obey(gathered))
