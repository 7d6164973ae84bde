"""One repetition as it runs, and what is reported of it when it is done (contract 4, `repetition_completed`)."""

from typing import Any

from service.analysis.cadence import Cadence
from service.analysis.cue import Cue
from service.analysis.parameters import Parameters
from service.analysis.trace import Effort, Trace
from wire.events import Extent, Phase
from wire.plan import Range


class Repetition:
    """Boundaries in device ns, places as progress. `begin` is the place where the extension was dated, `top` where it ended."""

    __slots__ = (
        "begin",
        "bottom",
        "deviated",
        "end_ns",
        "fall_ns",
        "flags",
        "high",
        "hold_ns",
        "low",
        "low_first_ns",
        "low_ref",
        "number",
        "peak",
        "peak_ns",
        "phase",
        "start_ns",
        "turn_begin",
        "turn_end_ns",
    )

    def __init__(self, number: int, start_ns: int, begin: float, turn_end_ns: int | None, turn_begin: float) -> None:
        self.number = number
        self.start_ns = start_ns
        self.begin = begin
        self.turn_end_ns = turn_end_ns
        """End of the repetition before, where the turn began; None where there is no turn to judge."""
        self.turn_begin = turn_begin
        self.phase: Phase = "extension"
        self.high = self.peak = begin
        self.peak_ns = start_ns
        self.low = self.low_ref = self.bottom = begin
        self.low_first_ns = start_ns
        self.hold_ns: int | None = None
        self.fall_ns: int | None = None
        self.end_ns: int | None = None
        self.flags: set[str] = set()
        self.deviated: set[Phase] = set()

    @property
    def void(self) -> bool:
        """Whether it was interrupted: by a gap or by a pause."""
        return "void" in self.flags

    def flexion_ns(self) -> int | None:
        """When the flexion began: the last fall through the upper boundary, or the turning point below it."""
        if self.phase != "flexion":
            return None
        return self.fall_ns if self.hold_ns is not None else self.peak_ns

    def extension_end_ns(self) -> int | None:
        """When the extension ended: at the upper boundary, or at the turning point below it."""
        return self.hold_ns if self.hold_ns is not None else self.flexion_ns()

    def extent(self, parameters: Parameters) -> Extent:
        """The class by the greatest progress (contract 4)."""
        if self.high >= parameters.full:
            return "full"
        if self.high >= parameters.short:
            return "short"
        return "partial" if self.high >= parameters.partial else "attempt"

    def durations_s(self, cadence: Cadence | None, high: float) -> dict[Phase, float | None]:
        """Duration of each phase: measured, or with a plan prescribed plus deviation; None where a boundary is missing."""
        top = high if self.hold_ns is not None else self.peak
        flexion = self.flexion_ns()
        spans: dict[Phase, tuple[int | None, int | None, float, float]] = {
            "extension": (self.start_ns, self.extension_end_ns(), self.begin, top),
            "hold": (self.hold_ns, flexion if self.hold_ns is not None else None, high, high),
            "flexion": (flexion, self.end_ns, top, self.bottom),
            "turn": (self.turn_end_ns, self.start_ns, self.turn_begin, self.begin),
        }
        durations: dict[Phase, float | None] = {}
        for phase, (begin_ns, end_ns, begin, end) in spans.items():
            if begin_ns is None or end_ns is None:
                durations[phase] = None
            else:
                measured = (end_ns - begin_ns) * 1e-9
                durations[phase] = cadence.judge(phase, measured, begin, end).duration_s if cadence else measured
        return durations

    def report(
        self, trace: Trace, parameters: Parameters, until_ns: int, cue: Cue | None, cadence: Cadence | None, tolerance_deg: float
    ) -> tuple[dict[str, Any], dict[str, int | None], Effort]:
        """Measures (fields of the event), boundaries (device ns) and effort of a repetition that is over, or was cut off at `until_ns`."""
        extension_end = self.extension_end_ns()
        flexion = self.flexion_ns()
        upper = extension_end if extension_end is not None else until_ns
        effort = trace.effort(self.start_ns, upper, parameters.torque_known)
        extremes = trace.extremes_deg(self.start_ns, self.end_ns if self.end_ns is not None else until_ns)
        if effort.peak_torque_nm is None:
            self.flags.add("no_torque")
        in_band = rmse = None
        if cue is not None:
            origin = self.start_ns - round(cue.unrounded_s(0.0, self.begin) * 1e9)
            in_band, rmse = trace.tracking(cue, origin, self.start_ns, self.end_ns if self.end_ns is not None else until_ns, tolerance_deg)
        durations = self.durations_s(cadence, parameters.boundary_high)
        fields: dict[str, Any] = {
            "repetition": self.number,
            "extent": self.extent(parameters),
            "flexed_deg": extremes[0] if extremes else None,
            "extended_deg": extremes[1] if extremes else None,
            "range_deg": extremes[0] - extremes[1] if extremes else None,
            **{f"{phase}_s": durations[phase] for phase in ("extension", "hold", "flexion", "turn")},
            **effort._asdict(),
            "time_in_band": in_band,
            "rmse_deg": rmse,
            "flags": sorted(self.flags),
        }
        boundaries = {"extension_start_s": self.start_ns, "hold_start_s": extension_end, "flexion_start_s": flexion, "end_s": self.end_ns}
        return fields, boundaries, effort


def progress(range_: Range, angle_deg: float) -> float:
    """Share of the range covered from its flexed end (contract 1)."""
    return (range_.flexion_deg - angle_deg) / (range_.flexion_deg - range_.extension_deg)
