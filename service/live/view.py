"""What screens are shown of a machine: frames, their traces, snapshots (contract 5)."""

import time

from service.live.presence import Presence
from service.live.running import Running
from wire.live import ClockPair, CueState, Frame, Snapshot, Trace
from wire.plan import Plan
from wire.samples import SampleBatch

TRACE_NS = 10_000_000
"""A trace holds at most a sample every 10 ms: of faster ones those whose seq divides by the ratio, rounded up (decision 0051)."""
NO_CUE = CueState(origin_ns=None, running=False)

Columns = tuple[list[int], list[float | None], list[float | None]]


def frame(machine: str, presence: Presence, running: Running | None, raw: tuple[float, float], trace: Trace, now_ns: int) -> Frame | None:
    """The newest sample as a frame; `raw` is what the analysis has nothing for. None before the first sample."""
    t_ns = presence.newest_ns
    if t_ns is None:
        return None
    angle_deg: float | None
    torque_nm: float | None
    (angle_deg, torque_nm), speed_deg_s, phase, repetition, cue_deg = raw, None, None, None, None
    if running is not None:
        seen = running.analysis
        if seen.begun:
            angle_deg, torque_nm, speed_deg_s = seen.angle_deg, seen.torque_nm, seen.speed_deg_s
        phase, repetition, cue_deg = seen.phase, seen.repetition, seen.cue_at(t_ns)
    return Frame(
        machine=machine,
        t_ns=t_ns,
        sent_ns=now_ns,
        age_ms=round((presence.age_ns(now_ns) or 0) * 1e-6, 3),
        angle_deg=_short(angle_deg),
        torque_nm=_short(torque_nm),
        speed_deg_s=_short(speed_deg_s),
        phase=phase,
        repetition=repetition,
        cue_deg=_short(cue_deg),
        trace=trace,
    )


def columns(batch: SampleBatch, t_ns: list[int], angle_deg: list[float], torque_nm: list[float]) -> Columns:
    """A batch's share of the trace; `t_ns` on the axis that screens see."""
    spacing_ns = batch.dt
    if batch.t is not None and len(t_ns) > 1:
        # The mean of a few jittered times may be short of the machine's own spacing, and nothing is left out for that.
        spacing_ns = max(spacing_ns, (t_ns[-1] - t_ns[0]) // (len(t_ns) - 1))
    if 0 < spacing_ns < 0.99 * TRACE_NS:
        every = -(-TRACE_NS // spacing_ns)
        first = -batch.seq % every
        t_ns, angle_deg, torque_nm = t_ns[first::every], angle_deg[first::every], torque_nm[first::every]
    return t_ns, [round(angle, 4) for angle in angle_deg], [round(torque, 4) for torque in torque_nm]


def snapshot(machine: str, plan: Plan | None, presence: Presence, running: Running | None) -> Snapshot:
    """Everything a late joiner needs."""
    seen = running.analysis if running is not None else None
    newest_ns, taken_ns = presence.newest_ns, presence.taken_ns
    return Snapshot(
        machine=machine,
        plan=plan,
        session=running.session if running is not None else None,
        set=seen.set if seen is not None else None,
        phase=seen.phase if seen is not None else None,
        repetition=seen.repetition if seen is not None else None,
        repetitions=list(seen.repetitions) if seen is not None else [],
        last_event_id=seen.last_event_id if seen is not None else 0,
        cue=seen.cue if seen is not None else NO_CUE,
        clock=ClockPair(newest_ns, taken_ns) if taken_ns is not None else ClockPair(None, time.monotonic_ns()),
    )


def _short(value: float | None) -> float | None:
    """Four decimals are finer than any sensor here and half as long as a float32 written out."""
    return None if value is None else round(value, 4)
