"""One repetition as it runs, and what is reported of it when it is done (contract 4, `repetition_completed`)."""

from typing import Any, NamedTuple

import numpy as np

from service.analysis import state as s
from service.analysis.cadence import Cadence
from service.analysis.cue import Cue
from service.analysis.engine import current
from service.analysis.parameters import Parameters
from service.analysis.tape import IN_BAND, KNOWN, LEAST_DEG, MEAN_NM, MEASURES, MOST_DEG, PEAK_NM, RMSE_DEG, WORK_J, Tape
from wire.events import Extent, Phase

PHASES: dict[int, Phase] = {s.EXTENSION: "extension", s.HOLD: "hold", s.FLEXION: "flexion"}

NO_CUE = np.zeros(1)


class Measures(NamedTuple):
    """What the display path says of a repetition; None = not known. Torque and work over the extension.

    `flexed_deg` is the flexed end that it came from or went back to, not the crossing of 5 % (decision 0008).
    """

    flexed_deg: float | None
    extended_deg: float | None
    peak_torque_nm: float | None
    mean_torque_nm: float | None
    work_j: float | None
    time_in_band: float | None
    rmse_deg: float | None


class Repetition:
    """The running repetition: boundaries in device ns, places as progress, both kept in the session's state while it runs.

    `begin` is the place where the extension was dated, `bottom` where the flexion ended.
    """

    def __init__(self, state: s.State, number: int, start_ns: int, begin: float, place: float, at_ns: int) -> None:
        self._state = state
        f, n = state.f, state.n
        self.number = number
        self.begin = begin
        self.turn_end_ns: int | None = None
        """End of the repetition before, where the turn began; None where there is no turn to judge."""
        self.turn_begin = 0.0
        self.from_ns = start_ns
        """Since when its flexed end is looked for: the end of the repetition before it, or when it left the bottom."""
        self.flags: set[str] = set()
        self.deviated: set[Phase] = set()
        self.told: set[str] = set()
        """What was found of it: each finding is told once a repetition."""
        self.end_ns: int | None = None
        self.hurried = False
        """Its extension was faster than the plan allows."""
        self.cut_off = False
        """The set ended while it was still on its way up: how far it would have gone is not known."""
        self.bottom = begin
        self.reasons: dict[str, float] = {}
        """Signs of struggle, with their values."""
        n[s.START_NS], n[s.PEAK_NS], n[s.LOW_FIRST_NS] = start_ns, at_ns, start_ns
        for index in (s.HOLD_NS, s.FALL_NS, s.END_NS, s.HALF_NS, s.NEAR_NS, s.STALL_NS, s.STALL_BEGAN_NS, s.SLOW_NS):
            n[index] = s.NEVER
        for index in (s.STALL_LONGEST_NS, s.TOP_NS, s.LET_TOLD, s.SAG_TOLD):
            n[index] = 0
        f[s.BEGIN], f[s.HIGH], f[s.PEAK] = begin, place, place
        f[s.R_LOW] = f[s.R_LOW_REF] = begin
        f[s.SPEED_MOST] = f[s.DIP] = f[s.NM_MOST] = 0.0
        n[s.MODE] = s.EXTENSION

    @property
    def start_ns(self) -> int:
        """Its extension's start: the crossing of the lower boundary, or the turning point above it."""
        start: int = self._state.n[s.START_NS]
        return start

    @property
    def phase(self) -> Phase:
        """Where the patient is in it."""
        return PHASES[self._state.n[s.MODE]]

    @property
    def high(self) -> float:
        """Its greatest progress."""
        high: float = self._state.f[s.HIGH]
        return high

    @property
    def peak(self) -> float:
        """Progress of its last turning point."""
        peak: float = self._state.f[s.PEAK]
        return peak

    @property
    def peak_ns(self) -> int:
        """When it last was there."""
        peak: int = self._state.n[s.PEAK_NS]
        return peak

    @property
    def hold_ns(self) -> int | None:
        """First arrival at the upper boundary."""
        value: int = self._state.n[s.HOLD_NS]
        return None if value == s.NEVER else value

    @property
    def fall_ns(self) -> int | None:
        """Last fall through the upper boundary."""
        value: int = self._state.n[s.FALL_NS]
        return None if value == s.NEVER else value

    @property
    def void(self) -> bool:
        """Whether it was interrupted: by a gap or by a pause."""
        return "void" in self.flags

    def boundaries_ns(self) -> dict[str, int | None]:
        """The four boundaries by their names in the event (contract 4), device ns; None for one that was not reached."""
        return {
            "extension_start_s": self.start_ns,
            "hold_start_s": self.extension_end_ns(),
            "flexion_start_s": self.flexion_ns(),
            "end_s": self.end_ns,
        }

    def flexion_ns(self) -> int | None:
        """When the flexion began: the last fall through the upper boundary, or the turning point below it."""
        if self._state.n[s.MODE] != s.FLEXION:
            return None
        return self.fall_ns if self.hold_ns is not None else self.peak_ns

    def extension_end_ns(self) -> int | None:
        """When the extension ended: at the upper boundary, or at the turning point below it."""
        hold_ns = self.hold_ns
        return hold_ns if hold_ns is not None else self.flexion_ns()

    def extent(self, parameters: Parameters) -> Extent:
        """The class by the greatest progress (contract 4); no more than an attempt where that was still rising (decision 0007)."""
        if self.cut_off:
            return "attempt"
        if self.high >= parameters.full:
            return "full"
        if self.high >= parameters.short:
            return "short"
        return "partial" if self.high >= parameters.partial else "attempt"

    def durations_s(self, cadence: Cadence | None, high: float) -> dict[Phase, float | None]:
        """Duration of each phase: measured, or with a plan prescribed plus deviation; None where a boundary is missing."""
        hold, flexion = self.hold_ns, self.flexion_ns()
        top = high if hold is not None else self.peak
        spans: tuple[tuple[Phase, int | None, int | None, float, float], ...] = (
            ("extension", self.start_ns, hold if hold is not None else flexion, self.begin, top),
            ("hold", hold, flexion, high, high),
            ("flexion", flexion, self.end_ns, top, self.bottom),
            ("turn", self.turn_end_ns, self.start_ns, self.turn_begin, self.begin),
        )
        durations: dict[Phase, float | None] = {}
        for phase, begin_ns, end_ns, begin, end in spans:
            if begin_ns is None or end_ns is None:
                durations[phase] = None
            else:
                measured = (end_ns - begin_ns) * 1e-9
                durations[phase] = cadence.judge(phase, measured, begin, end).duration_s if cadence else measured
        return durations

    def measures(self, tape: Tape, parameters: Parameters, until_ns: int, cue: Cue | None, tolerance_deg: float) -> Measures:
        """What is reported from the tape of a repetition that is over, or was cut off at `until_ns`."""
        extension_end = self.extension_end_ns()
        first, extended = tape.between(s.SEEN_NS, self.start_ns, extension_end if extension_end is not None else until_ns)
        _, last = tape.between(s.SEEN_NS, self.start_ns, self.end_ns if self.end_ns is not None else until_ns)
        if last <= first:
            return Measures(None, None, None, None, None, None, None)
        engine = current()
        out = np.empty(MEASURES)
        origin, table, pieces = self.start_ns, NO_CUE, 0
        if cue is not None:
            origin -= round(cue.unrounded_s(0.0, self.begin) * 1e9)
            table, pieces = cue.table, cue.pieces
        view = engine.view
        engine.measure(
            view(tape.times), view(tape.signals), tape.size, first, extended, last, view(table), pieces, origin, tolerance_deg, view(out)
        )
        found = [None if value != value else value for value in out.tolist()]  # noqa: PLR0124 - NaN is not itself
        before = tape.column(s.SHOWN)[slice(*tape.between(s.SEEN_NS, self.from_ns, self.start_ns))]
        flexed = max(float(out[MOST_DEG]), float(before.max(initial=-np.inf)))
        known = out[KNOWN] > parameters.torque_known and found[MEAN_NM] is not None and "no_torque" not in self.flags
        peak, mean, work = (found[PEAK_NM], found[MEAN_NM], found[WORK_J]) if known else (None, None, None)
        return Measures(flexed, found[LEAST_DEG], peak, mean, work, found[IN_BAND], found[RMSE_DEG])

    def fields(self, measures: Measures, parameters: Parameters, cadence: Cadence | None) -> dict[str, Any]:
        """The measures as the event says them; a missing torque is a flag."""
        if measures.peak_torque_nm is None:
            self.flags.add("no_torque")
        durations = self.durations_s(cadence, parameters.boundary_high)
        flexed, extended = measures.flexed_deg, measures.extended_deg
        return {
            "repetition": self.number,
            "extent": self.extent(parameters),
            "range_deg": flexed - extended if flexed is not None and extended is not None else None,
            "extension_s": durations["extension"],
            "hold_s": durations["hold"],
            "flexion_s": durations["flexion"],
            "turn_s": durations["turn"],
            **measures._asdict(),
            "flags": sorted(self.flags),
        }
