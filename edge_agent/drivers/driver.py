"""The one interface that every device implements: one file a device, samples out, what the service says in."""

from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_agent.clock import Clock
from wire.events import Event
from wire.messages import Command
from wire.plan import Plan

ButtonName = Literal["pain", "pause", "stop"]


class Samples(NamedTuple):
    """n >= 1 samples as the sensors gave them, in the order taken.

    `t_ns` int64[n] on the device's clock, `angle_deg` and `torque_nm` float32[n] before calibration (NaN = no reading), `extra` further
    float32 columns by name: sent as they are.
    """

    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    extra: Mapping[str, NDArray[np.float32]] = MappingProxyType({})


class Host(NamedTuple):
    """What a driver may use: the clock, how long a batch is (s), and the way for the machine's buttons."""

    clock: Clock
    batch_s: float
    press: Callable[[ButtonName], None]


class DriverError(Exception):
    """The source can't be read, for good. One line says what and where."""


class Driver(Protocol):
    """One source of samples.

    `sample_rate_hz` is the nominal rate (None = not known yet), `again_s` the pause before `read` is called again when it has
    ended (None = the source is over), `waits` says that the source can stand still while the line is down: a file can, a body can't.
    """

    sample_rate_hz: float | None
    again_s: float | None
    waits: bool

    def read(self, host: Host) -> AsyncIterator[Samples]:
        """One run of the source, each block as soon as its last sample is taken. Raises DriverError."""

    def device_ns(self, now_ns: int) -> int:
        """The device's clock when the agent's stands at `now_ns`."""

    def take_plan(self, plan: Plan | None) -> None:
        """The machine's plan has changed (None = taken away)."""

    def take_event(self, event: Event) -> None:
        """The service announced an event of this machine."""

    def take_command(self, command: Command) -> None:
        """A command has begun; a device that can blink or sweep by itself does so now."""
