"""A recorded session analysed again: as it was, under another plan, or with other parameters (contract 6)."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from service import kernels
from service.analysis import Parameters, engine
from service.analysis.kept import kept, kept_by
from service.analysis.run import analyse
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import Block, Recorded


def rerun(recorded: Recorded, plan: Plan | None = None, parameters: Parameters | None = None) -> Iterator[Event]:
    """The events of a recording; without arguments under its own plan and parameters, which gives its final events, bit for bit.

    Under a plan that is given the samples alone are judged: the inputs belong to the cue that was shown (decision 0042). For a process
    that only analyses recordings: it may change the engine. Raises RecordedError.
    """
    engine.use(kernels.for_samples(recorded.total))
    own = plan is None
    return analyse(told(recorded, inputs=own), recorded.plan if own else plan, parameters or recorded_parameters(recorded))


def told(recorded: Recorded, *, inputs: bool) -> Iterator[Block | Input]:
    """What the analysis is told of a recording: its samples, and its inputs where they are asked for."""
    return (entry for entry in recorded.entries() if inputs or isinstance(entry, Block))


def recorded_parameters(recorded: Recorded) -> Parameters:
    """The parameters that the live analysis ran with, as the recording keeps them; else this version's. Raises RecordedError."""
    return kept_by(recorded).parameters


def kept_parameters(about: Mapping[str, str]) -> Parameters:
    """The same of a recording's `ilex` record. Raises WireError."""
    return kept(about).parameters


def changed(parameters: Parameters, values: Mapping[str, Any]) -> Parameters:
    """The same parameters but for these values. Raises ValueError, naming the parameter, for one there isn't or that can't be so."""
    for name, value in values.items():
        if name not in Parameters.__struct_fields__:
            near = get_close_matches(name, Parameters.__struct_fields__, 1)
            raise ValueError(f"{name}: there is no such parameter" + (f"; did you mean {near[0]}?" if near else ""))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name}: expected a number, got {value!r}")  # noqa: TRY004 - as for a number out of its bounds
    return msgspec.structs.replace(parameters, **{name: float(value) for name, value in values.items()})
