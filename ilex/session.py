"""A recording, opened for study: what was measured, what was told, what was found, and where all of it comes from."""

import os
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from ilex.events import Events
from ilex.picture import Picture
from ilex.result import Result
from ilex.table import Table
from service.analysis import Parameters
from service.analysis.inside import UNITS as INSIDE
from service.recordings.rerun import changed, recorded_parameters, rerun
from service.recordings.salvage import open_whole
from service.replay.looking import lived
from service.reports.signals import signals as filtered
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL
from wire.plan import Plan, plan_faults
from wire.recorded import Block, RecordedError

PathLike = str | os.PathLike[str]
AnyPlan = Plan | Mapping[str, Any] | PathLike


class Session:
    """One recording: `.mcap` (also unfinished or cut, `.mcap.part`), `.csv` or `.parquet`. Samples are read when they are first asked for.

    `path`; `machine` and `session` (its id), None where the file names none; `plan`, or None; `damage`: what is wrong with
    a recording that is cut or damaged, of which the rest is given; None of a whole one. Raises RecordedError, in one line, for a file of
    which nothing can be had.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        self._recorded = open_whole(self.path)
        self.machine = self._recorded.machine
        self.session = self._recorded.session
        self.plan = self._recorded.plan
        self.damage = self._recorded.damage

    def __repr__(self) -> str:
        of = f" of {self.machine}" if self.machine else ""
        cut = f", damaged: {self.damage}" if self.damage else ""
        return f"<Session {self.path.name}{of}: {self._recorded.total} samples{cut}>"

    @cached_property
    def signals(self) -> Table:
        """The samples as they were recorded: `t_s` (from the first one), `angle_deg`, `torque_nm`, further columns; `seq` and `t_ns`.

        `t_ns` is the device's clock, `seq` the sample's number within its boot. float32 as on the wire, NaN = no reading.
        """
        blocks = self.blocks
        names = dict.fromkeys(name for block in blocks for name in block.extra)
        columns = {
            "t_ns": np.concatenate([np.zeros(0, np.int64), *(block.t_ns for block in blocks)]),
            "seq": np.concatenate([np.zeros(0, np.int64), *(block.seq + np.arange(len(block.t_ns)) for block in blocks)]),
            "angle_deg": np.concatenate([np.zeros(0, np.float32), *(block.angle_deg for block in blocks)]),
            "torque_nm": np.concatenate([np.zeros(0, np.float32), *(block.torque_nm for block in blocks)]),
        }
        for name in names:
            parts = [block.extra.get(name, np.full(len(block.t_ns), np.nan, np.float32)) for block in blocks]
            columns[f"extra.{name}"] = np.concatenate(parts)
        t_ns = columns["t_ns"]
        return Table({"t_s": (t_ns - t_ns[:1].sum()) / 1e9, **columns})

    @cached_property
    def blocks(self) -> list[Block]:
        """The samples as the analysis is fed them."""
        return [entry for entry in self._recorded.entries() if isinstance(entry, Block)]

    @cached_property
    def inputs(self) -> list[dict[str, Any]]:
        """What the analysis was told besides samples (contract 3), in order; each took effect after the sample `boot`, `seq`."""
        return [msgspec.to_builtins(entry) for entry in self._recorded.entries() if not isinstance(entry, Block)]

    @cached_property
    def events(self) -> Events:
        """The events that the recording holds: the final ones where it has them, else those shown live. A table of samples holds none."""
        return self.recorded("final") or self.recorded("live")

    def recorded(self, version: Literal["live", "final"]) -> Events:
        """The events as they were shown live, or as they were computed from the whole recording; empty where it holds none."""
        if not isinstance(self._recorded, Capture):
            return Events([])
        messages = self._recorded.messages(EVENTS if version == "live" else EVENTS_FINAL)
        return Events(msgspec.json.decode(message.data) for message in messages)

    @property
    def parameters(self) -> Parameters:
        """The parameters that it was analysed with; the defaults where it keeps none."""
        return recorded_parameters(self._recorded)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Where its numbers come from: software and calibration of the machine, version and time of the analysis, completeness, notes.

        `completeness` is None of a table of samples: nobody counted what it lacks.
        """
        about: dict[str, Any] = {"file": str(self.path), "reading": f"ilex {version_of('ilex')}"}
        about |= {name: _plain(text) for name, text in self._recorded.metadata.items() if name not in ("plan", "parameters")}
        about["completeness"] = None
        if isinstance(self._recorded, Capture):
            found = self._recorded
            about["completeness"] = {name: _plain(str(count)) for name, count in (found.completeness or found.stored()).items()}
            about["ended"] = found.ended
            about["final"] = {name: text for name, text in (found.final or {}).items() if name in ("version", "computed_utc")}
            about["notes"] = found.notes()
        if self.damage:
            about["damage"] = self.damage
        return about

    def filtered(self, parameters: Parameters | Mapping[str, float] | None = None) -> Table:
        """The signals as the analysis sees them, at the samples' own times: raw, on the display path, and the speed it judges by.

        `angle_shown_deg`, `torque_shown_nm`, `speed_deg_s` (negative while extending). A row of NaN breaks each pause over 0.5 s.
        """
        found = filtered(self.blocks, self._parameters(parameters))
        return Table(found._asdict())

    def internals(self) -> Table:
        """What the live analysis had in mind, every 20 ms: the columns of `service.analysis.inside.Inside`, NaN = not known (yet).

        It is lived again over what was fed live. Raises ValueError for a table of samples, which nobody saw live.
        """
        if not isinstance(self._recorded, Capture):
            raise ValueError(f"{self.path}: a table of samples was never analysed live")  # noqa: TRY004 - a matter of the file
        t_s, values, _ = lived(self._recorded)
        return Table({"t_s": t_s, **dict(zip(INSIDE, values, strict=True))})

    def analyze(self, plan: AnyPlan | None = None, parameters: Parameters | Mapping[str, float] | None = None) -> Result:
        """Through the analysis that also runs live: as recorded, which gives the final events bit for bit, or what if.

        `plan`: a Plan, its JSON as a dict, or a file that holds it; then the samples alone are judged (decision 0042).
        `parameters`: a whole record, or those to change: `{"stall_least_s": 1.0}`. Raises ValueError for what can't be.
        """
        given = None if plan is None else as_plan(plan)
        wanted = self._parameters(parameters)
        events = list(rerun(self._recorded, given, wanted))
        return Result(self.path.name, given or self.plan, wanted, events, self.blocks)

    def plot(self, to: PathLike | None = None) -> Picture:
        """A drawing of the recorded events, or, where there are none, of what the analysis finds; a notebook shows it.

        With `to` it is also written: `.png`, `.svg` or `.html`.
        """
        drawn = Result.of(self.path.name, self.plan, self.parameters, self.events, self.blocks) if self.events else self.analyze()
        return drawn.plot(to)

    def _parameters(self, given: Parameters | Mapping[str, float] | None) -> Parameters:
        return given if isinstance(given, Parameters) else changed(self.parameters, given or {})


def as_plan(given: AnyPlan) -> Plan:
    """A plan from what a person has of it. Raises ValueError with a pointer to each fault, OSError."""
    if isinstance(given, Plan):
        return given
    raw = dict(given) if isinstance(given, Mapping) else msgspec.json.decode(Path(given).read_bytes())
    if faults := plan_faults(raw):
        raise ValueError("; ".join(f"{fault.pointer or '(plan)'}: {fault.message}" for fault in faults))
    return msgspec.convert(raw, Plan)


def _plain(text: str) -> Any:
    """Metadata are texts: what is JSON in them as what it says."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


__all__ = ["AnyPlan", "PathLike", "RecordedError", "Session", "as_plan"]
