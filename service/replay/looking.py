"""What the live analysis had in mind, and where its cue stood, through a whole recording (decisions 0185, 0186): `python -m` this.

The recording is lived again: what was fed live, in that order, with what was told. An order on standard input, the answer on output.
"""

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from service import kernels
from service.analysis import Session, engine
from service.analysis.inside import LEVELS, UNITS, Inside
from service.recordings.rerun import recorded_parameters
from service.replay.gathering import obey
from service.replay.pyramid import Pyramid, Times, Values, built
from wire.capture import Capture
from wire.messages import Input
from wire.recorded import Block

STEP_NS = 20_000_000
"""Looked at as often as the screens were shown something (contract 8, `/signals`)."""


def looked(path: Path) -> Pyramid:
    """At every resolution; `about` has what goes with it. Raises RecordedError."""
    t_s, values, about = lived(Capture(path))
    return built(t_s, values, UNITS, about)


def lived(capture: Capture) -> tuple[Times, Values, dict[str, Any]]:
    """Times s since the recording's first sample, the rows of `inside.UNITS`, and about them the `cues` and the `levels`.

    `cues`: from `known_s` on (null = from the beginning) screens were told that the cue began at `origin_s` (null = none), and whether it
    runs. `levels`: the parameters that the columns are held against. For a process that analyses recordings and ends: it may change
    the engine. Raises RecordedError.
    """
    parameters = recorded_parameters(capture)
    first_ns = next((int(entry.t_ns[0]) for entry in capture.entries() if isinstance(entry, Block)), 0)
    engine.use(kernels.for_samples(capture.total))
    session = Session(capture.plan, parameters)
    times_s: list[float] = []
    rows: list[Inside] = []
    cues: list[dict[str, Any]] = []
    cue = session.cue
    for newest_ns in _steps(session, capture):
        if newest_ns is not None and (not times_s or (newest_ns - first_ns) / 1e9 > times_s[-1]):
            times_s.append((newest_ns - first_ns) / 1e9)
            rows.append(session.inside())
        if session.cue != cue:
            cue = session.cue
            known_s = None if session.last_ns is None else (session.last_ns - first_ns) / 1e9
            origin_s = None if cue.origin_ns is None else (cue.origin_ns - first_ns) / 1e9
            cues.append({"known_s": known_s, "origin_s": origin_s, "running": cue.running})
    values = np.array(rows, np.float32).reshape(-1, len(UNITS)).T
    levels = {name: getattr(parameters, name) for name in LEVELS}
    return np.array(times_s), np.ascontiguousarray(values), {"cues": cues, "levels": levels}


def _steps(session: Session, capture: Capture) -> Iterator[int | None]:
    """The session lives again; yields the time of the newest sample after every step of 20 ms, None after an input."""
    boot: str | None = None
    for entry in capture.lived():
        if isinstance(entry, Input):
            session.apply(entry)
            yield None
            continue
        if boot is not None and entry.boot != boot:
            session.continue_boot()
        boot = entry.boot
        steps = (entry.t_ns - entry.t_ns[0]) // STEP_NS
        edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(steps)]
        for first, last in pairwise(edges):
            rows = slice(first, last)
            session.feed(entry.t_ns[rows], entry.angle_deg[rows], entry.torque_nm[rows])
            yield int(entry.t_ns[last - 1])


if __name__ == "__main__":
    sys.exit(obey(looked))
