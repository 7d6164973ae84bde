"""What is to happen in a set: events and look-alikes, drawn and laid over its repetitions (detection 11, events)."""

from dataclasses import dataclass, field, replace

from numpy.random import Generator

from edge_agent.simulator.conduct import PLAIN, Conduct, Deed
from edge_agent.simulator.people import Person

WITHIN = (
    "pause", "pause", "pause_lowered", "voluntary_partial", "pain", "assist", "heave", "bounce", "hold_dip", "early", "late", "talk",
    "restart", "incomplete_return", "range_overrun", "over_speed",
)  # fmt: skip
BETWEEN = ("break", "reseat", "dismount", "restart_set", "unload")
AROUND = ("voluntary_stop", "warm_up", "wrong_plan", "end_pin", "positioning")
ON_A_DRIVE = ("pain", "talk", "voluntary_stop", "dismount", "unload", "positioning")
"""What can happen where a motor sets the speed."""
ENOUGH = 40
"""Repetitions planned for; a set ends long before."""


@dataclass(slots=True)
class Script:
    """A set as it is meant to go. `conducts[i]` is repetition i + 1; `breaks` what comes after so many repetitions.

    `stop_after`: leaves by choice after so many. `rescues`: how often somebody helps at a standstill, before that is the end.
    """

    conducts: list[Conduct] = field(default_factory=lambda: [PLAIN] * ENOUGH)
    breaks: dict[int, str] = field(default_factory=dict)
    around: set[str] = field(default_factory=set)
    stop_after: int | None = None
    rescues: int = 0


def draw_script(random: Generator, person: Person, number: int) -> Script:
    """A set with `number` events (0: none)."""
    script = Script()
    expected = person.plan.repetitions.most if person.plan.endpoint == "repetitions" else (person.left or 10)
    expected = max(2, min(expected, ENOUGH - 2))
    everything = WITHIN + BETWEEN + AROUND
    kinds = [kind for kind in everything if kind in ON_A_DRIVE] if person.drive is not None else list(everything)
    for _ in range(number):
        kind = kinds[int(random.integers(len(kinds)))]
        if kind in WITHIN:
            _lay(random, script, kind, int(random.integers(0, expected)))
        elif kind in BETWEEN:
            script.breaks[int(random.integers(1, expected))] = kind
        elif kind == "voluntary_stop":
            script.stop_after = int(random.integers(2, max(3, expected)))
        else:
            script.around.add(kind)
    if "end_pin" in script.around and "wrong_plan" in script.around:
        script.around.remove("wrong_plan")
    return script


def _lay(random: Generator, script: Script, kind: str, index: int) -> None:
    conducts = script.conducts
    if kind == "assist" and random.random() < 0.5:
        script.rescues = int(random.integers(1, 3))
        for at in range(ENOUGH):
            if conducts[at].deed is None:
                conducts[at] = Conduct(
                    deed="assist", rescue=True, at=float(random.uniform(0.6, 2.2)), share=float(random.uniform(0.1, 0.4))
                )
        return
    conducts[index] = conduct_of(random, kind)
    if kind == "over_speed" and random.random() < 0.5:
        for at in range(index + 1, min(ENOUGH, index + 3)):
            if conducts[at].deed is None:
                conducts[at] = replace(conducts[index])


def conduct_of(random: Generator, kind: str) -> Conduct:
    """One repetition with one event in it."""

    def between(low: float, high: float) -> float:
        return float(random.uniform(low, high))

    if kind == "pause":
        flexing = random.random() < 0.2
        return Conduct(deed="pause", at=between(0.25, 0.85), seconds=between(0.9, 6.0), flexing=flexing)
    if kind == "pause_lowered":
        return Conduct(deed="pause_lowered", at=between(0.3, 0.88), seconds=between(0.9, 5.0))
    if kind == "voluntary_partial":
        return Conduct(deed="voluntary_partial", at=between(0.3, 0.92))
    if kind == "pain":
        where = random.random()
        at, flexing = (1.0, False) if where < 0.15 else (between(0.3, 0.9), where > 0.85)
        return Conduct(
            deed="pain", at=at, seconds=between(0.1, 0.4), share=between(0.0, 0.55), flexing=flexing, caught=bool(random.random() < 0.3)
        )
    if kind == "assist":
        return Conduct(deed="assist", at=between(0.25, 0.7), share=between(0.1, 0.4))
    if kind == "heave":
        return Conduct(deed="heave", extension=between(0.8, 1.0), seconds=between(0.25, 0.45), share=between(0.35, 0.7))
    if kind == "bounce":
        return Conduct(deed="bounce", flexion=between(0.6, 0.9), share=between(0.35, 0.7))
    if kind == "hold_dip":
        return Conduct(deed="hold_dip", share=between(0.04, 0.14), seconds=between(0.9, 1.8))
    if kind in ("early", "late"):
        factor = between(0.4, 0.7) if kind == "early" else between(1.35, 2.0)
        phase = ("extension", "hold", "flexion", "turn")[int(random.integers(4))]
        deed: Deed = "early" if kind == "early" else "late"
        if phase == "turn":
            return Conduct(deed=deed, wait_s=between(-1.0, -0.6) if kind == "early" else between(1.0, 4.0), detail=phase)
        times = {phase: factor}
        return Conduct(deed=deed, detail=phase, **times)  # type: ignore[arg-type]
    if kind == "talk":
        return Conduct(deed="talk", wait_s=between(3.0, 15.0))
    if kind == "restart":
        at = between(0.55, 0.88)
        return Conduct(deed="restart", at=at, share=max(0.15, at - between(0.12, 0.45)))
    if kind == "incomplete_return":
        return Conduct(deed="incomplete_return", share=between(0.08, 0.4))
    if kind == "range_overrun":
        return Conduct(deed="range_overrun", goal=between(1.05, 1.15))
    if kind == "over_speed":
        up = random.random() < 0.5
        return Conduct(deed="over_speed", extension=between(0.28, 0.5) if up else 1.0, flexion=1.0 if up else between(0.25, 0.5))
    raise ValueError(kind)
