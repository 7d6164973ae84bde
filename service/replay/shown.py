"""What the screens showed beside the samples: speed and cue of the channel `/signals` (contract 8), at each sample's time."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from service.replay.pyramid import Times, Values

HELD_S = 0.1
"""Rows come every 20 ms; over a longer pause nothing was shown, and nothing is drawn."""


class Row(msgspec.Struct):
    """As much of a row as the replay draws beside the samples themselves."""

    speed_deg_s: float = float("nan")
    cue_deg: float = float("nan")


decode = msgspec.json.Decoder(Row).decode


def beside(t_s: Times, angle_deg: Values, torque_nm: Values, shown: Sequence[tuple[float, float, float]]) -> Values:
    """All four signals, shape (4, samples). `shown`: time s, speed and cue of each row, in any order."""
    rows = np.array(shown, np.float64).reshape(-1, 3)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return np.stack([angle_deg, torque_nm, *(_at(t_s, rows[:, 0], rows[:, column]) for column in (1, 2))]).astype(np.float32)


def _at(t_s: Times, rows_s: Times, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """On straight lines between neighbouring rows; NaN where there are none."""
    if not len(rows_s):
        return np.full(len(t_s), np.nan)
    following = np.clip(np.searchsorted(rows_s, t_s, "right"), 1, max(len(rows_s) - 1, 1))
    before, after = rows_s[following - 1], rows_s[np.minimum(following, len(rows_s) - 1)]
    known = (t_s >= rows_s[0]) & (t_s <= rows_s[-1] + HELD_S) & ((after - before <= HELD_S) | (np.abs(t_s - before) <= HELD_S / 2))
    return np.where(known, np.interp(t_s, rows_s, values), np.nan)
