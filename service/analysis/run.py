"""A whole recording through the analysis: what `ilex analyze`, re-analysis and recovery share."""

from collections.abc import Iterable, Iterator

from service.analysis.parameters import Parameters
from service.analysis.session import Session
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import Block


def analyse(entries: Iterable[Block | Input], plan: Plan | None, parameters: Parameters | None = None) -> Iterator[Event]:
    """The events of a recording, in order; where the recording names no end, its last sample is one (contract 1)."""
    session = Session(plan, parameters)
    boot: str | None = None
    ended = False
    for entry in entries:
        if isinstance(entry, Input):
            yield from session.apply(entry)
            ended = ended or entry.kind == "end"
        else:
            if boot is not None and entry.boot != boot:
                yield from session.continue_boot()
            boot = entry.boot
            yield from session.feed(entry.t_ns, entry.angle_deg, entry.torque_nm)
    if not ended:
        yield from session.apply(Input(kind="end"))
