"""Signal faults: each one that was injected, and each that was reported without cause."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.score.problem import Problem
from edge_agent.simulator.cases import Case
from edge_agent.simulator.truth import Channel, Incident
from wire.events import Event, SignalFaulted, SignalRestored

PREFIX = "fault:"
SAME = ({"gap", "dropout"}, {"loss", "gap"}, {"loss", "dropout"}, {"jump", "clock"}, {"jump", "gap"})
"""Names of one thing: no sample, for shorter or longer. `loss` is our name for a hole of a few samples that were lost by chance, `jump` for
stamps that went ahead: they are those of lost samples to the last bit, so either name is right (decision 0081)."""
OWN_NAME = {"loss", "jump"}
WHOLE = {"clock", "gap", "dropout", "swapped"}
"""Faults of no one channel."""
BEFORE_S, AFTER_S = 0.3, 3.0
ALLOWED_S = {"stuck": 2.0, "drift": 90.0, "swapped": 30.0, "inverted": 30.0, "scaled": 30.0}
"""How long after its begin a fault may be found though it is over (default 1 s); signs and scales need movement to be seen."""
READ = {"spike", "stuck", "saturated"}
"""Faults of readings: where none arrives, there is none."""
EXCHANGED: dict[Channel | None, Channel] = {"angle": "torque", "torque": "angle"}
GAP_PERIODS = 3.0
JUMP_S = 0.02


@dataclass(slots=True)
class Signals:
    """Of one set. Latencies in s from the fault's begin."""

    injected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    latency_s: dict[str, list[float]] = field(default_factory=dict)
    named: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(injected, reported first); `nothing` where there was none."""
    false: Counter[str] = field(default_factory=Counter)


def score(case: Case, events: Sequence[Event], problems: list[Problem]) -> Signals:
    """Faults of one set; appends what is wrong to `problems`."""
    result = Signals()
    reported = [event for event in events if isinstance(event, SignalFaulted)]
    injected = _injected(case)
    restored_s = _restored(events)
    for incident in injected:
        told = incident.kind.removeprefix(PREFIX)
        fault = incident.detail if incident.detail in OWN_NAME else told
        near = [event for event in reported if _near(incident, event) or event.known_s <= incident.start_s <= restored_s[event.id]]
        hit = next((event for event in near if same(fault, event.fault) and _channel(incident, event)), None)
        counted = "loss" if fault == "loss" else told
        result.injected[counted] += 1
        result.named[fault, hit.fault if hit else near[0].fault if near else "nothing"] += 1
        if hit is None and fault != "loss":
            times = Counter(f"{event.fault} {event.channel}" for event in near)
            said = ", ".join(f"{name} x{number}" for name, number in times.items()) or "nothing"
            problems.append(Problem("missed_fault", incident.start_s, f"{fault} of {incident.channel}: {said}"))
        elif hit is not None:
            result.found[counted] += 1
            result.latency_s.setdefault(counted, []).append(max(0.0, hit.known_s - incident.start_s))
    for event in reported:
        if not any(_near(incident, event) for incident in injected) and not _seen(case, event):
            result.false[event.fault] += 1
            problems.append(Problem("false_fault", event.at_s, f"{event.fault} of {event.channel}, nothing there"))
    return result


def _injected(case: Case) -> list[Incident]:
    """Those that can be seen, by the column they are in: of two exchanged channels each has the other's faults (decision 0190)."""
    found = [incident for incident in case.incidents if incident.kind.startswith(PREFIX) and _arrived(case, incident)]
    if not any(incident.kind == "fault:swapped" for incident in found):
        return found
    return [
        incident._replace(channel=EXCHANGED.get(incident.channel, incident.channel)) if incident.kind != "fault:swapped" else incident
        for incident in found
    ]


def _arrived(case: Case, incident: Incident) -> bool:
    """Whether any reading of the channel came while a fault of readings lasted."""
    if incident.kind.removeprefix(PREFIX) not in READ:
        return True
    t_s = (case.t_ns - case.t_ns[0]) * 1e-9
    slack_s = 0.25 / case.rate_hz
    exchanged = any(each.kind == "fault:swapped" for each in case.incidents)
    values = case.angle_deg if (incident.channel == "angle") != exchanged else case.torque_nm
    inside = (t_s >= incident.start_s - slack_s) & (t_s < incident.end_s - slack_s)
    return bool(np.isfinite(values[inside]).any())


def _restored(events: Sequence[Event]) -> dict[int, float]:
    """Until when each reported fault ran, by the id of its begin."""
    until: dict[int, float] = {}
    running: dict[tuple[str, str], int] = {}
    for event in events:
        if isinstance(event, SignalFaulted):
            running[event.channel, event.fault] = event.id
            until[event.id] = np.inf
        elif isinstance(event, SignalRestored) and (event.channel, event.fault) in running:
            until[running.pop((event.channel, event.fault))] = event.known_s
    return until


def same(injected: str, reported: str) -> bool:
    """Whether a reported fault is the injected one."""
    return injected == reported or any({injected, reported} <= names for names in SAME)


def _near(incident: Incident, event: SignalFaulted) -> bool:
    fault = incident.kind.removeprefix(PREFIX)
    latest = max(incident.end_s, incident.start_s + ALLOWED_S.get(fault, 1.0)) + AFTER_S
    return incident.start_s - BEFORE_S <= event.known_s <= latest


def _channel(incident: Incident, event: SignalFaulted) -> bool:
    return incident.channel in {None, event.channel} or event.fault in WHOLE


def _seen(case: Case, event: SignalFaulted) -> bool:
    """Samples that are missing, or times that jump, can be read from the stamps themselves."""
    if event.fault not in {"gap", "dropout", "clock"}:
        return False
    t_s = (case.t_ns - case.t_ns[0]) * 1e-9
    steps = np.diff(t_s)
    limit = GAP_PERIODS * float(np.median(steps)) if steps.size else 0.0
    odd = t_s[1:][(steps > limit) | (steps <= 0.0)]
    lost = t_s[~np.isfinite(case.angle_deg) | ~np.isfinite(case.torque_nm)]
    return bool(np.any(np.abs(odd - event.at_s) < 1.0) or np.any(np.abs(lost - event.at_s) < 1.0))
