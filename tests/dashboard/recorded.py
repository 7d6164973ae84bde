"""The recorded sessions that the style guide plays: simulated patients, analysed as in the service.

`scripts/pictures recordings` writes them; the same seeds give the same files. Columns are whole numbers, each as its difference from the
one before (null = no reading).
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from edge_agent.simulator.simulation import Simulation
from service.analysis import Session
from service.cli.therapist import PLANS
from wire.events import Event, Paused, Resumed, SetEnded, SetStarted
from wire.messages import Input
from wire.plan import Plan, Range

FOLDER = Path(__file__).parents[2] / "dashboard" / "src" / "guide" / "recorded"
RATE_HZ = 100.0
EVERY = 2
"""Every second sample is kept: more than a screen can show."""
BATCH = 2
START_S = 5.0
COUNTDOWN_NS = 3_000_000_000
ANGLE_PARTS, TORQUE_PARTS = 50, 10
"""Of a degree and of a newton-metre."""


@dataclass(frozen=True)
class Story:
    """One session: who exercises under which plan (None: without one), what staff do and when (s), and how long it is followed."""

    machine: str
    label: str
    character: str
    plan: Plan | None
    seconds: float
    seed: int = 0
    told: Sequence[tuple[float, str]] = field(default_factory=lambda: [(START_S, "start")])
    patient: Callable[[Plan], Plan] = lambda plan: plan
    """What the patient believes the plan to be."""
    samples: bool = True
    """False: the events alone."""


def further(plan: Plan) -> Plan:
    """The same over a range that goes 12 degrees further than was ordered."""
    return msgspec.structs.replace(plan, range=Range(plan.range.flexion_deg, plan.range.extension_deg - 12.0))


AHEAD = msgspec.structs.replace(PLANS["steady"], range=Range(60.0, 18.0))
STORIES = {
    "steady": Story("demo/steady", "Blau 7", "steady", PLANS["steady"], 134.0),
    "hurried": Story("demo/hurried", "Grün 3", "hurried", PLANS["hurried"], 60.0, seed=1),
    "tires": Story("demo/tires", "Rot 12", "tires", PLANS["tires"], 110.0, seed=2),
    "before": Story("demo/tires", "Rot 12", "tires", PLANS["tires"], 110.0, seed=5, samples=False),
    "pain": Story("demo/pain", "Gelb 5", "stops_for_pain", PLANS["steady"], 80.0, seed=3),
    "breaks": Story("demo/breaks", "Weiß 9", "sensor_breaks", PLANS["steady"], 70.0, seed=4),
    "paused": Story("demo/paused", "Lila 2", "steady", PLANS["steady"], 56.0, seed=6, told=[(START_S, "start"), (32.0, "pause")]),
    "beyond": Story("demo/beyond", "Braun 4", "steady", AHEAD, 30.0, seed=7, patient=further),
    "free": Story("demo/free", "", "steady", None, 50.0, seed=8, told=[]),
}


def record(story: Story) -> dict[str, Any]:
    """The session as the screens may play it. Times in s since its first sample."""
    name = story.machine.rpartition("/")[2]
    session = f"0198-{name}-{story.seed}"
    plan = story.plan and msgspec.structs.replace(story.plan, session=session, label=story.label)
    patient = Simulation(story.character, story.plan and story.patient(story.plan), story.seed, RATE_HZ)
    analysis = Session(plan)
    told = list(story.told)
    alone_s: float | None = START_S if plan is None else None
    events: list[Event] = []
    angles: list[float] = []
    torques: list[float] = []
    cues: list[list[Any]] = []
    presses = 0
    while patient.now_s < story.seconds:
        block = patient.advance(BATCH)
        now_s = float(block.t_ns[-1]) / 1e9
        found = analysis.feed(block.t_ns, block.angle_deg, block.torque_nm)
        while told and told[0][0] <= now_s:
            _, kind = told.pop(0)
            origin_ns = int(block.t_ns[-1]) + COUNTDOWN_NS if kind in ("start", "resume") else None
            found += analysis.apply(Input(kind=kind, origin_ns=origin_ns))  # type: ignore[arg-type]
        for _ in range(patient.presses(now_s)):
            presses += 1
            found += analysis.apply(Input(kind="button", button="pain", press=f"press-{presses}"))
        if alone_s is not None and now_s >= alone_s:
            patient.start()
            alone_s = None
        for event in found:
            _tell(patient, event, now_s)
        events += found
        cue = analysis.cue
        state = [None if cue.origin_ns is None else round(cue.origin_ns / 1e9, 3), cue.running]
        if not cues or cues[-1][1:] != state:
            cues.append([round(now_s, 3), *state])
        angles += block.angle_deg[::EVERY].tolist()
        torques += block.torque_nm[::EVERY].tolist()
    return {
        "machine": story.machine,
        "session": session,
        "plan": plan and msgspec.to_builtins(plan),
        "rate_hz": RATE_HZ / EVERY,
        "cues": cues,
        "events": [_rounded(msgspec.to_builtins(event)) for event in events],
        "angle_parts": ANGLE_PARTS,
        "torque_parts": TORQUE_PARTS,
        "angle": _steps(angles, ANGLE_PARTS) if story.samples else [],
        "torque": _steps(torques, TORQUE_PARTS) if story.samples else [],
    }


def _tell(patient: Simulation, event: Event, now_s: float) -> None:
    """The patient reads the screen, as the simulator's driver has it."""
    at_s = now_s - max(0.0, event.known_s - event.at_s)
    if isinstance(event, SetStarted):
        patient.start(at_s)
    elif isinstance(event, Paused):
        patient.pause()
    elif isinstance(event, Resumed):
        patient.resume(at_s)
    elif isinstance(event, SetEnded) and event.reason != "failure":
        patient.stop()


def _steps(values: list[float], parts: int) -> list[int | None]:
    steps: list[int | None] = []
    before = 0
    for value in values:
        if math.isnan(value):
            steps.append(None)
            continue
        steps.append(round(value * parts) - before)
        before = round(value * parts)
    return steps


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def text(story: Story) -> str:
    """The file of a session."""
    found = record(story)
    events = found.pop("events")
    lines = ",\n".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    rest = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return f'{rest[:-1]},"events":[\n{lines}\n]}}\n'


def main() -> None:
    """Writes all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, story in STORIES.items():
        (FOLDER / f"{name}.json").write_text(text(story), encoding="utf-8")
        print(f"{name}.json: {(FOLDER / f'{name}.json').stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
