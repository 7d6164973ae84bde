"""Writes the recordings, plans and expected events of this folder anew: python -m tests.conformance.detection.rewrite."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from edge_agent.simulator import simulate
from service.analysis import Session
from tests.service.analysis.motion import Samples
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan, Range, Repetitions, Tempo

FOLDER = Path(__file__).parent
SIX = Repetitions(least=4, most=6)
PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), repetitions=SIX, endpoint="repetitions", load_nm=120.0)
FAILURE = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), load_nm=160.0)
RATE_HZ = 50.0


class Scene(msgspec.Struct):
    """A named recording: who exercises, under which plan, what is told or broken."""

    character: str
    simulated: Plan
    plan: Plan | None
    seed: int = 1
    rate_hz: float = RATE_HZ
    broken: str = ""
    inputs: tuple[tuple[float, Input], ...] = ()


PAUSED = (
    (30.0, Input(kind="button", button="pause", press="a")),
    (34.0, Input(kind="resume")),
    (52.0, Input(kind="stop", reason="stopped")),
)
SCENES = {
    "steady": Scene("steady", PLAN, PLAN),
    "hurried": Scene("hurried", PLAN, PLAN, 2, 25.0),
    "fails": Scene("tires", FAILURE, FAILURE, 3),
    "fails-other": Scene("tires", FAILURE, FAILURE, 8, 25.0),
    "pain": Scene("stops_for_pain", PLAN, PLAN, 4),
    "sensor-breaks": Scene("sensor_breaks", PLAN, PLAN, 5, 25.0),
    "no-torque": Scene("steady", PLAN, PLAN, 6, 25.0, "no torque"),
    "no-plan": Scene("steady", PLAN, None, 7, 25.0),
    "motor": Scene("steady", PLAN, msgspec.structs.replace(PLAN, resistance="motor"), 9, 25.0),
    "paused": Scene("steady", PLAN, PLAN, 10, 25.0, "", PAUSED),
    "broken-times": Scene("steady", PLAN, PLAN, 11, 25.0, "times"),
}


def made(scene: Scene) -> Samples:
    """The samples of a scene."""
    blocks = list(simulate(scene.character, scene.simulated, scene.seed, scene.rate_hz))
    t_ns, angle, torque = (np.concatenate(columns) for columns in zip(*(block[:3] for block in blocks), strict=True))
    if scene.broken == "no torque":
        torque = np.full_like(torque, np.nan)
    elif scene.broken == "times":
        kept = np.ones(len(t_ns), bool)
        kept[500:530] = kept[900:902] = False
        t_ns[1100:1105] = t_ns[1100]
        t_ns, angle, torque = t_ns[kept], angle[kept], torque[kept]
    return Samples(t_ns, np.round(angle, 3).astype(np.float32), np.round(torque, 2).astype(np.float32))


def read(name: str) -> tuple[Samples, Plan | None, list[tuple[int, Input]], list[dict[str, Any]]]:
    """Samples, plan, inputs and expected events of a recording."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    t_ns, angle, torque = zip(*rows, strict=True)
    samples = Samples(
        np.array(t_ns, np.int64),
        np.array([float(each or "nan") for each in angle], np.float32),
        np.array([float(each or "nan") for each in torque], np.float32),
    )
    given = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    plan = msgspec.convert(given["plan"], Plan | None)
    inputs = [(each["after"], msgspec.convert(each["input"], Input)) for each in given["inputs"]]
    events = [msgspec.json.decode(line) for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines()]
    return samples, plan, inputs, events


def events_of(samples: Samples, plan: Plan | None, inputs: list[tuple[int, Input]], size: int = 25) -> Iterator[Event]:
    """What the analysis says."""
    session = Session(plan)
    at = 0
    for edge, entry in [*inputs, (len(samples.t_ns), Input(kind="end"))]:
        while at < edge:
            part = slice(at, min(at + size, edge))
            yield from session.feed(samples.t_ns[part], samples.angle_deg[part], samples.torque_nm[part])
            at = part.stop
        yield from session.apply(entry)


def shown(value: float) -> str:
    """A reading as text; nothing for none."""
    return "" if np.isnan(value) else f"{value:.6g}"


def main() -> None:
    """Writes every scene."""
    for name, scene in SCENES.items():
        samples = made(scene)
        with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("t_ns", "angle_deg", "torque_nm"))
            for t, angle, torque in zip(samples.t_ns.tolist(), samples.angle_deg.tolist(), samples.torque_nm.tolist(), strict=True):
                writer.writerow((t, shown(angle), shown(torque)))
        since = (samples.t_ns - samples.t_ns[0]) * 1e-9
        inputs = [{"after": int(np.searchsorted(since, at_s)), "input": entry} for at_s, entry in scene.inputs]
        given = msgspec.json.format(msgspec.json.encode({"plan": scene.plan, "inputs": inputs}), indent=2)
        (FOLDER / f"{name}.json").write_bytes(given + b"\n")
        expected = FOLDER / f"{name}.jsonl"
        expected.touch()
        samples, plan, entries, _ = read(name)
        expected.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events_of(samples, plan, entries)))


if __name__ == "__main__":
    main()
