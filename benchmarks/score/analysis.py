"""A case through the analysis under test: samples in blocks, inputs where they were given, events out."""

import numpy as np

from edge_agent.simulator.cases import Case
from service import kernels
from service.analysis import Parameters, Session, engine
from wire.events import Event
from wire.messages import Input
from wire.plan import PastSet

BLOCK = 50


def events_of(case: Case, block: int = BLOCK, parameters: Parameters | None = None) -> list[Event]:
    """Every event of a case, its samples cut into blocks of `block`; inputs take effect after the same sample however it is cut."""
    session = _session(case, parameters or Parameters())
    events: list[Event] = []
    first = 0
    for last, entry in [*inputs(case), (len(case.t_ns), Input(kind="end"))]:
        for begin in range(first, last, block):
            part = slice(begin, min(begin + block, last))
            events += session.feed(case.t_ns[part], case.angle_deg[part], case.torque_nm[part])
        events += session.apply(entry)
        first = last
    return events


def inputs(case: Case) -> list[tuple[int, Input]]:
    """What the analysis is told, each with the number of samples that come before it."""
    t_s = (case.t_ns - case.t_ns[0]) * 1e-9
    entries = []
    for number, told in enumerate(sorted(case.told, key=lambda each: each.at_s), 1):
        # Stamps may jump back in a clock fault: the first sample that is later ends the wait.
        later = np.flatnonzero(t_s > told.at_s)
        index = int(later[0]) if later.size else len(t_s)
        if told.kind in {"pain", "pause"}:
            entry = Input(kind="button", button=told.kind, press=f"press-{number}")
        elif told.kind == "stop":
            entry = Input(kind="stop", reason="stopped")
        else:
            entry = Input(kind="start")
        entries.append((index, entry))
    return sorted(entries, key=lambda each: each[0])


def quicken(samples: int) -> None:
    """From here on this process analyses with compiled kernels, where so many samples are worth it. The events are the same."""
    engine.use(kernels.for_samples(samples))


def _session(case: Case, parameters: Parameters) -> Session:
    past = [PastSet(load_nm=each.load_nm, repetitions=each.repetitions, cycle_s=each.cycle_s) for each in case.past]
    return Session(case.plan, parameters, past)
