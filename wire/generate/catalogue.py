"""What is documented: every message by name, with an example and the way it travels."""

from typing import Any, Literal, NamedTuple

import msgspec

from wire import events, live, messages, plan, samples
from wire.topics import Leaf

_BOOT = "01932c07-a5e4-7b5a-9c3d-0f7a3b1c2d4e"
_PLAN = plan.Plan(range=plan.Range(60.0, 6.0), tempo=plan.Tempo(4.0, 2.0, 3.0, 1.0))


class Channel(NamedTuple):
    """One MQTT topic of a machine (contract 2). `sender` is the edge agent or the service; `example` is an object of that kind."""

    leaf: Leaf
    sender: Literal["edge", "service"]
    kind: Any
    title: str
    qos: int
    retained: bool
    binary: bool
    summary: str
    example: object


CHANNELS = (
    Channel(
        Leaf.STATUS, "edge", messages.Status, "Status", 1, True, False,
        "The edge agent's birth and changes, and its last will. Both carry `boot`: a late will of an old run counts for nothing.",
        messages.Status(
            online=True,
            boot=_BOOT,
            software="ilex-edge 0.1.0",
            sample_rate_hz=100.0,
            clock=messages.ClockAnchor(mono_ns=5_000_000_000, utc_ns=1_794_268_800_000_000_000, quality="ntp"),
        ),
    ),
    Channel(
        Leaf.SAMPLES, "edge", samples.SampleText, "SampleBatch", 0, False, True,
        "Samples, live: one batch every 20 ms by default. MessagePack with binary columns; the same as JSON is accepted.",
        samples.SampleText(boot=_BOOT, seq=200, t0=7_000_000_000, dt=10_000_000, angle=[60.0, 59.5], torque=[80.25, None]),
    ),
    Channel(
        Leaf.BACKFILL, "edge", samples.SampleText, "BackfillBatch", 1, False, True,
        "Samples sent live more than 2 s ago that `stored` doesn't cover, or that it lists as missing; oldest first, never shown as live.",
        samples.SampleText(boot=_BOOT, seq=100, t0=6_000_000_000, dt=10_000_000, angle=[60.0], torque=[80.25]),
    ),
    Channel(
        Leaf.STORED, "service", messages.Stored, "Stored", 0, False, False,
        "What has been fsynced, or refused for good: only now may the edge forget. Cumulative, every second while samples arrive.",
        messages.Stored(boot=_BOOT, upto=201, missing=[(40, 59)]),
    ),
    Channel(
        Leaf.PLAN, "service", plan.Plan, "Plan", 1, True, False,
        "What this machine is to do now. An empty payload takes the plan away.", _PLAN,
    ),
    Channel(
        Leaf.COMMAND, "service", messages.Command, "Command", 1, False, False,
        "What the service asks of the edge agent.", messages.Command(id="c-1", verb="tare"),
    ),
    Channel(
        Leaf.REPLY, "edge", messages.Reply, "Reply", 1, False, False,
        "The answer to the command of the same id.", messages.Reply(id="c-1", ok=True, result={"torque_raw_nm": 0.4}),
    ),
    Channel(
        Leaf.BUTTON, "edge", messages.Button, "Button", 1, False, False,
        "A button pressed at the machine; repeated until an event acknowledges its id, de-duplicated by it.",
        messages.Button(id="0b9f1d52-6f0e-4d0c-9a52-54d8a1c0a9ee", boot=_BOOT, at_ns=7_500_000_000, button="pain"),
    ),
    Channel(
        Leaf.EVENTS, "service", events.AnyEvent, "AnalysisEvent", 1, False, False,
        "One analysis event, for anything else on the bus: a light, a haptic belt.",
        events.PhaseEntered(
            id=7, set=1, at_s=12.5, known_s=12.62, machine="gym/lumbar-1", session="s-1", repetition=2, phase="extension"
        ),
    ),
)  # fmt: skip

ALIASES: dict[str, Any] = {
    "Phase": events.Phase,
    "Extent": events.Extent,
    "Flag": events.Flag,
    "FaultKind": events.FaultKind,
    "Level": events.Level,
    "PressedButton": messages.PressedButton,
    "FeedState": live.FeedState,
}
"""Sets of words that have a name of their own."""

FILES: dict[str, Any] = {
    "status": messages.Status,
    "sample-batch": samples.SampleText,
    "stored": messages.Stored,
    "plan": plan.Plan,
    "command": messages.Command,
    "reply": messages.Reply,
    "button": messages.Button,
    "input": messages.Input,
    "event": events.AnyEvent,
    "live-client": live.FromClient,
    "live-server": live.FromServer,
}
"""The JSON Schema files by name."""


def example(of: object) -> Any:
    """An example as plain JSON data."""
    return msgspec.to_builtins(of)
