"""What the live analysis had in mind, and where its cue stood, through a whole recording (decisions 0185, 0186): a task.

The recording is lived again: what was fed live, in that order, with what was told.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from service import kernels
from service.analysis import Parameters, Session, engine
from service.analysis.inside import LEVELS, UNITS, Inside
from service.recordings.rerun import recorded_parameters
from service.recordings.salvage import open_capture
from service.replay import gathering
from service.replay.growing import Growing
from service.replay.pyramid import Pyramid, Times, Values, built
from wire.capture import Capture
from wire.live import CueState
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import Block

STEP_NS = 20_000_000
"""Looked at as often as the screens were shown something (contract 8, `/signals`)."""


class Life:
    """A session lived again, and what it has in mind at every step; times s since `first_ns`, by default that of its first sample."""

    def __init__(self, plan: Plan | None, parameters: Parameters, first_ns: int | None = None) -> None:
        self.grown = Growing(len(UNITS))
        """The rows of `inside.UNITS`, after the last `gather`."""
        self._session = Session(plan, parameters)
        self._levels = {name: getattr(parameters, name) for name in LEVELS}
        self._first_ns = first_ns
        self._boot: str | None = None
        self._newest_ns: int | None = None
        self._times_ns: list[int] = []
        self._rows: list[Inside] = []
        self._cue = self._session.cue
        self._cues: list[tuple[int | None, CueState]] = []

    def take(self, entry: Block | Input) -> None:
        """What it was told next."""
        if isinstance(entry, Input):
            self._session.apply(entry)
            self._look()
            return
        if self._boot is not None and entry.boot != self._boot:
            self._session.continue_boot()
        self._boot = entry.boot
        if self._first_ns is None:
            self._first_ns = int(entry.t_ns[0])
        steps = (entry.t_ns - entry.t_ns[0]) // STEP_NS
        edges = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(steps)]
        for first, last in pairwise(edges):
            rows = slice(first, last)
            self._session.feed(entry.t_ns[rows], entry.angle_deg[rows], entry.torque_nm[rows])
            newest_ns = int(entry.t_ns[last - 1])
            if self._newest_ns is None or newest_ns > self._newest_ns:
                self._newest_ns = newest_ns
                self._times_ns.append(newest_ns)
                self._rows.append(self._session.inside())
            self._look()

    def gather(self) -> dict[str, Any]:
        """Brings `grown` up to date; returns what goes with it.

        `cues`: from `known_s` on (null = from the beginning) screens were told that the cue began at `origin_s` (null = none), and whether
        it runs. `levels`: the parameters that the columns are held against.
        """
        t_s = (np.array(self._times_ns, np.int64) - (self._first_ns or 0)) / 1e9
        self.grown.add(t_s, np.array(self._rows, np.float32).reshape(-1, len(UNITS)).T)
        self._times_ns, self._rows = [], []
        cues = [
            {"known_s": self._since_s(known_ns), "origin_s": self._since_s(cue.origin_ns), "running": cue.running}
            for known_ns, cue in self._cues
        ]
        return {"cues": cues, "levels": self._levels}

    def _look(self) -> None:
        cue = self._session.cue
        if cue != self._cue:
            self._cue = cue
            self._cues.append((self._session.last_ns, cue))

    def _since_s(self, t_ns: int | None) -> float | None:
        return None if t_ns is None else (t_ns - (self._first_ns or 0)) / 1e9


def looked(path: Path) -> Pyramid:
    """At every resolution; `about` has what goes with it (`Life.gather`), and `damage` as the signals have it.

    Raises RecordedError, OSError.
    """
    capture = open_capture(path)
    t_s, values, about = lived(capture)
    return built(t_s, values, UNITS, about | gathering.about_damage(capture, path))


def lived(capture: Capture) -> tuple[Times, Values, dict[str, Any]]:
    """Times s since the recording's first sample, the rows of `inside.UNITS`, and what goes with them (`Life.gather`).

    For a process that only analyses recordings: it may change the engine. Raises RecordedError.
    """
    first_ns = next((int(entry.t_ns[0]) for entry in capture.entries() if isinstance(entry, Block)), None)
    engine.use(kernels.for_samples(capture.total))
    life = Life(capture.plan, recorded_parameters(capture), first_ns)
    for entry in capture.lived():
        life.take(entry)
    about = life.gather()
    return life.grown.t_s, life.grown.values, about


def obey(order: bytes) -> bytes:
    """One order (`gathering.Order`), one file."""
    return gathering.obey(order, looked)
