"""What the screens showed beside the samples: speed and cue of the channel `/signals` (contract 8), at each sample's time."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.replay.pyramid import Times, Values

HELD_S = 0.1
"""Rows come every 20 ms; over a longer pause nothing was shown, and nothing is drawn."""


class Row(msgspec.Struct, gc=False):
    """As much of a row as the replay draws beside the samples themselves."""

    speed_deg_s: float = float("nan")
    cue_deg: float = float("nan")


decode = msgspec.json.Decoder(Row).decode
_decode_all = msgspec.json.Decoder(list[Row]).decode


def decode_all(texts: Sequence[bytes]) -> list[Row]:
    """Many rows in one go. Raises msgspec.DecodeError."""
    return _decode_all(b"[" + b",".join(texts) + b"]")


def beside(t_s: Times, angle_deg: Values, torque_nm: Values, shown: Sequence[tuple[float, float, float]] | Times) -> Values:
    """All four signals, shape (4, samples); `t_s` rises. `shown`: time s, speed and cue of each row, in any order."""
    rows = np.array(shown, np.float64).reshape(-1, 3)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    values = np.full((4, len(t_s)), np.nan, np.float32)
    values[0], values[1] = angle_deg, torque_nm
    if len(rows):
        known = _known(t_s, rows[:, 0])
        for number in (1, 2):
            # On straight lines between neighbouring rows; NaN where there are none.
            values[number + 1] = np.interp(t_s, rows[:, 0], rows[:, number])
            values[number + 1, ~known] = np.nan
    return values


def _known(t_s: Times, rows_s: Times) -> NDArray[np.bool_]:
    """Which of the rising times lie between neighbouring rows, or beside one."""
    # Rows are fewer than samples, so they are what is searched for.
    passed = np.cumsum(np.bincount(np.searchsorted(t_s, rows_s), minlength=len(t_s) + 1)[: len(t_s)])
    following = np.clip(passed, 1, max(len(rows_s) - 1, 1), out=passed)
    before, after = np.arange(len(rows_s) + 1) - 1, np.minimum(np.arange(len(rows_s) + 1), len(rows_s) - 1)
    known: NDArray[np.bool_] = (rows_s[after] - rows_s[before] <= HELD_S)[following]
    apart = np.flatnonzero(~known)
    known[apart] = np.abs(t_s[apart] - rows_s[following[apart] - 1]) <= HELD_S / 2
    return np.asarray(known & (t_s >= rows_s[0]) & (t_s <= rows_s[-1] + HELD_S))
