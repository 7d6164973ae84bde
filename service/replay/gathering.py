"""The signals of a finished recording, into a file of columns at every resolution: a task (`service.replay.tasks`)."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.replay import shown
from service.replay.columns import pieces
from service.replay.pyramid import Pyramid, Values, built, filed
from wire import bulk
from wire.channels import SIGNALS
from wire.recorded import Block, Recorded, RecordedError, damage_in, is_part

Nanoseconds = NDArray[np.int64]


class Order(msgspec.Struct):
    """Which recording, and the file to make."""

    path: str
    into: str


class Answer(msgspec.Struct, omit_defaults=True):
    """Why the recording can't be read; null once the file stands."""

    unreadable: str | None = None


def gathered(path: Path) -> Pyramid:
    """All signals of a recording; times s since its first sample, those that don't rise left out (contract 7).

    Of a damaged one those that are whole: `about.damage` says what is wrong (decision 0201). Raises RecordedError, OSError.
    """
    try:
        found = bulk.read(path, beside=(SIGNALS,))
        return _thoroughly(path) if found is None else _at_once(found)
    except (OSError, ValueError):
        # Whoever reads it message by message says which one is at fault.
        return _thoroughly(path)


def _at_once(found: bulk.Bulk) -> Pyramid:
    t_ns, (log_ns, texts) = found.columns.t_ns, found.beside[SIGNALS]
    return _laid(
        t_ns, found.columns.angle_deg, found.columns.torque_nm, log_ns, shown.decode_all(texts), int(t_ns[0]) + found.utc_offset_ns
    )


def _thoroughly(path: Path) -> Pyramid:
    # Loaded for what is out of the ordinary alone: it takes a tenth of a second.
    from service.recordings.salvage import open_capture

    capture = open_capture(path)
    about = about_damage(capture, path)
    # Further columns are not drawn, nor kept meanwhile.
    blocks = [entry[2:5] for entry in capture.entries() if isinstance(entry, Block)]
    if not blocks:
        return built(np.empty(0), np.empty((4, 0), np.float32), about=about)
    t_ns, angle_deg, torque_nm = (np.concatenate(columns) for columns in zip(*blocks, strict=True))
    del blocks
    messages = list(capture.messages(SIGNALS))
    log_ns, rows = [message.log_time for message in messages], [shown.decode(message.data) for message in messages]
    return _laid(t_ns, angle_deg, torque_nm, log_ns, rows, capture.utc_ns(int(t_ns[0])), about)


def about_damage(recorded: Recorded, path: Path) -> dict[str, str]:
    """What goes with the columns of a recording that was opened by this path: `damage` where there is any, in words.

    One that is still being written has no end yet, which is no damage.
    """
    damage = damage_in(recorded, path)
    return {} if damage is None or (path.suffix == ".part" and not is_part(recorded, path)) else {"damage": damage}


def _laid(
    t_ns: Nanoseconds,
    angle_deg: Values,
    torque_nm: Values,
    log_ns: list[int],
    rows: list[shown.Row],
    origin_ns: int,
    about: Mapping[str, str] | None = None,
) -> Pyramid:
    """What was sampled on its times, beside it what was shown. `origin_ns`: the UTC time of the first sample."""
    rising = np.ones(len(t_ns), bool)
    rising[1:] = t_ns[1:] > np.maximum.accumulate(t_ns)[:-1]
    # Hardly ever is there one that doesn't, and then nothing is copied.
    rows_kept = slice(None) if rising.all() else rising
    t_s = (t_ns[rows_kept] - t_ns[0]) / 1e9
    since_s = (np.array(log_ns, np.int64) - origin_ns) / 1e9
    speed, cue = (np.fromiter((getattr(row, name) for row in rows), np.float64, len(rows)) for name in ("speed_deg_s", "cue_deg"))
    table = np.column_stack([since_s, speed, cue])
    return built(t_s, shown.beside(t_s, angle_deg[rows_kept], torque_nm[rows_kept], table), about=about)


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


def obey(order: bytes, make: Callable[[Path], Pyramid] = gathered) -> bytes:
    """One order, one file. `make` may raise RecordedError."""
    wanted = msgspec.json.decode(order, type=Order)
    answer = Answer()
    try:
        write(make(Path(wanted.path)), Path(wanted.into))
    except RecordedError as error:
        answer = Answer(error.words)
    return msgspec.json.encode(answer)
