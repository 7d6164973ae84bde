"""One session as it goes: scenes and sets, one after the other, on one lever."""

import copy
from dataclasses import replace
from random import Random

import msgspec
import numpy as np
from numpy.random import Generator

from edge_agent.simulator import scenes
from edge_agent.simulator.conduct import Conduct
from edge_agent.simulator.drive import Drive, Driven
from edge_agent.simulator.endurance import repetitions_to_failure
from edge_agent.simulator.events import Script
from edge_agent.simulator.limits import overruns
from edge_agent.simulator.machine import Machine
from edge_agent.simulator.motion import STEP_S, Floats, Motion, settled
from edge_agent.simulator.mover import strength_nm
from edge_agent.simulator.muscle import Muscle
from edge_agent.simulator.noise import Noise
from edge_agent.simulator.patient import Course, Patient
from edge_agent.simulator.people import Person, Tier
from edge_agent.simulator.truth import FULL, Attempt, Incident, Told
from wire.plan import Plan, Range

LONGEST_S = 400.0
AGAIN_S = 60.0
"""Nothing new is begun later than this before `LONGEST_S`."""
HEAVED = 1.25
"""Torque over load that makes a heave of a start (detection 4.5: from 1.3 x what the angle needs)."""
UNLOAD_S = 1.4
"""How long the patient takes to let the weight down after the last repetition."""


class Play:
    """A session in the making. `told`, `incidents`, and the body's attempts are in true seconds from the beginning."""

    def __init__(self, random: Generator, tier: Tier, seed: int, person: Person, script: Script) -> None:
        self.random = random
        self.tier = tier
        self.seed = seed
        self.person = person
        self.script = script
        self.motion = Motion()
        self.told: list[Told] = []
        self.incidents: list[Incident] = []
        self.failed_after: int | None = None
        plan, character = person.plan, person.character
        if "end_pin" in script.around:
            character = replace(character, machine=replace(character.machine, pin=float(random.uniform(0.80, 0.97))))
        elif any(conduct.goal > 1.0 for conduct in script.conducts):
            character = replace(character, machine=replace(character.machine, pin=1.25))
        self.prescribed = _wrong(random, plan) if "wrong_plan" in script.around else plan
        chance, noise = Random(seed), Noise([seed, 7])  # noqa: S311 - repeatable, not secret
        self.body: Patient | Driven
        if person.drive is None:
            machine = Machine(character.machine, person.reach, person.load_nm)
            strength = strength_nm(character.muscle, machine, character.load_share)
            self.body = Patient(character, machine, plan.tempo, chance, noise, Muscle(character.muscle, strength))
        else:
            strength = person.load_nm / character.load_share
            drive = Drive(person.drive, person.reach)
            self.body = Driven(character, drive, plan.tempo, chance, noise, Muscle(character.muscle, strength), person.load_nm)
        self.body.presses = bool(random.random() < 0.5)
        reach_deg = person.reach.flexion_deg - person.reach.extension_deg
        self.place = scenes.Place(reach_deg, character.machine.friction_nm, strength, far=False)
        self._shifts: list[tuple[int, float]] = []
        self._ends: list[int] = []

    def session(self) -> None:
        """Before, the set or sets, and after."""
        random, around = self.random, self.script.around
        positioned = "positioning" in around or (self.tier != "clean" and random.random() < 0.25)
        if positioned:
            self._scene(scenes.positioning, "positioning", float(random.uniform(4.0, 12.0)))
        self._scene(scenes.quiet, None, float(random.uniform(1.5, 5.0)))
        if "warm_up" in around:
            self._warm_up()
        if positioned or "warm_up" in around or random.random() < 0.6:
            self.told.append(Told(self.motion.now_s, "start"))
        if "wrong_plan" in around:
            self.incidents.append(Incident("wrong_plan", self.motion.now_s, LONGEST_S))
        self._set()
        self._scene(scenes.quiet, None, float(random.choice([3.0, 12.0])))
        if self.tier != "clean" and random.random() < 0.3:
            self._scene(scenes.dismounting, "dismount", float(random.uniform(5.0, 10.0)))
        self._settle()

    def idle(self) -> None:
        """No repetition at all: people and hands around a machine."""
        random = self.random
        kinds: list[tuple[scenes.Scene, str]] = [
            (scenes.positioning, "positioning"), (scenes.stretching, "stretching"), (scenes.talking, "talk"), (scenes.empty, "empty"),
            (scenes.locked_push, "locked_push"), (scenes.dismounting, "dismount"), (scenes.quiet, "quiet"), (scenes.sweep, "sweep"),
        ]  # fmt: skip
        if random.random() < 0.3:
            self.told.append(Told(float(random.uniform(1.0, 20.0)), "start"))
        for _ in range(int(random.integers(3, 7))):
            scene, name = kinds[int(random.integers(len(kinds)))]
            self._scene(scene, name, float(random.uniform(8.0, 35.0)))

    @property
    def angle_deg(self) -> Floats:
        """The true angle, one value a step: the seat's shifts included."""
        angle: Floats = self.body.machine.rest_deg - np.array(self.motion.lift_deg)
        for first, shift_deg in self._shifts:
            angle[first:] += shift_deg
        return angle

    def _scene(self, scene: scenes.Scene, kind: str | None, seconds: float) -> None:
        begun_s = self.motion.now_s
        scene(self.motion, self.place, self.random, seconds)
        self.body.machine.place(0.0)
        self.body.muscle.rest(self.motion.now_s - begun_s)
        if kind is not None:
            self.incidents.append(Incident(kind, begun_s, self.motion.now_s))

    def _run(self, course: Course, origin_s: float) -> None:
        body = self.body
        body.k = self.motion.steps
        body.begin(self.motion.now_s, origin_s, course)
        self.motion.run(body, max(10.0, LONGEST_S - self.motion.now_s))
        self._ends.append(self.motion.steps)

    def _warm_up(self) -> None:
        body, random = self.body, self.random
        assert isinstance(body, Patient)
        begun_s, number = self.motion.now_s, int(random.integers(2, 5))
        body.set = 0
        body.machine.put_load(self.person.load_nm * float(random.uniform(0.3, 0.5)))
        easy = Conduct(extension=float(random.uniform(0.6, 1.0)), hold=0.5, flexion=float(random.uniform(0.7, 1.0)))
        self._run(lambda: easy if len(body.attempts) < number else None, self.motion.now_s)
        body.machine.put_load(self.person.load_nm)
        body.set = 1
        self.incidents.append(Incident("warm_up", begun_s, self.motion.now_s))
        self._scene(scenes.quiet, None, float(random.uniform(5.0, 15.0)))

    def _set(self) -> None:
        """Repetitions, with what comes between them, until target, choice, pain or failure."""
        body, script, plan = self.body, self.script, self.person.plan
        done, limit = 0, 0
        most = plan.repetitions.most if plan.endpoint == "repetitions" else len(script.conducts)
        stop = min(script.stop_after or len(script.conducts), most)

        def course() -> Conduct | None:
            nonlocal done
            helped = sum(each.helped and each.stalled_s is not None for each in body.attempts)
            if done >= limit or (script.rescues and helped >= script.rescues):
                return None
            done += 1
            return script.conducts[done - 1]

        while True:
            limit = min([stop, *(after for after in script.breaks if after > done)])
            self._run(course, self.motion.now_s + (float(self.random.uniform(0.5, 2.0)) if done else 0.0))
            over = body.leaving or done >= stop or done < limit
            if over or not body.resting or self.motion.now_s > LONGEST_S - AGAIN_S:
                break
            self._between(script.breaks[done])
        if script.stop_after is not None and done >= script.stop_after and done < most and not body.leaving:
            self.incidents.append(Incident("voluntary_stop", self.motion.now_s - UNLOAD_S, self.motion.now_s, body.attempts[-1].number))

    def _between(self, kind: str) -> None:
        """Unloaded, between two repetitions."""
        random, begun_s = self.random, self.motion.now_s
        if kind == "break":
            self._scene(scenes.talking, "talk", float(random.uniform(4.0, 25.0)))
        elif kind == "unload":
            self._scene(scenes.quiet, "unload", float(random.uniform(1.5, 20.0)))
        elif kind == "reseat":
            self._scene(scenes.talking, "reseat", float(random.uniform(2.0, 5.0)))
            shift_deg = float(random.uniform(1.0, 6.0)) * (1.0 if random.random() < 0.5 else -1.0)
            self._shifts.append((self.motion.steps - round(1.0 / STEP_S), shift_deg))
        elif kind == "dismount":
            self._scene(scenes.dismounting, None, float(random.uniform(5.0, 12.0)))
            self._scene(scenes.positioning, None, float(random.uniform(4.0, 8.0)))
            self._scene(scenes.quiet, None, 1.5)
            self.incidents.append(Incident("dismount", begun_s, self.motion.now_s))
        else:
            self._scene(scenes.talking, None, float(random.uniform(43.0, 55.0)))
            self.incidents.append(Incident("restart", begun_s, self.motion.now_s, detail="set"))
            self.body.set += 1
            self.told.append(Told(self.motion.now_s, "start"))

    # What is known only afterwards.

    def _settle(self) -> None:
        body, reach = self.body, self.prescribed.range
        angle = self.angle_deg
        settled(body.tracks, (reach.flexion_deg - angle) / (reach.flexion_deg - reach.extension_deg), ends=self._ends)
        self.incidents += [each for each in body.incidents if each.kind != "heave" or self._heaved(each)]
        speed = np.array(self.motion.speed_deg_s)
        for each in overruns(angle, speed, self.prescribed):
            inside = [a.number for a in body.attempts if a.begun_s <= each.start_s]
            self.incidents.append(each._replace(attempt=inside[-1] if inside else None))
        self.told += [Told(at_s, "pain") for at_s in body.pressed if at_s < self.motion.now_s]
        self.failed_after = self._failed_after()

    def _heaved(self, heave: Incident) -> bool:
        """Whether the push came to what makes a heave: a tired or weak patient cannot always."""
        motion = self.motion
        first, last = round(heave.start_s / STEP_S), round(heave.end_s / STEP_S)
        return max(motion.torque_nm[first : last + 1]) > HEAVED * self.person.load_nm

    def _failed_after(self) -> int | None:
        """Full repetitions to the first failure of the only set; what is left in the muscle where it was not reached."""
        body, script = self.body, self.script
        own = [attempt for attempt in body.attempts if attempt.set == 1]
        if body.set != 1 or not own or script.around & {"wrong_plan", "end_pin"}:
            return None
        for index, attempt in enumerate(own):
            if attempt.failed or (attempt.helped and attempt.stalled_s is not None):
                return _full(own[: index + 1]) - (attempt.helped and attempt.reached >= FULL)
        if isinstance(body, Driven):
            return None
        left = repetitions_to_failure(copy.copy(body.muscle), body.machine, self.person.plan.tempo)
        return None if left is None else _full(own) + left


def _full(attempts: list[Attempt]) -> int:
    return sum(attempt.reached >= FULL for attempt in attempts)


def _wrong(random: Generator, plan: Plan) -> Plan:
    """A plan whose range is not what the patient does: too long, too short, or elsewhere."""
    flexion, extension = plan.range.flexion_deg, plan.range.extension_deg
    span = flexion - extension
    which = int(random.integers(3))
    if which == 0:
        reach = Range(flexion, extension - span * float(random.uniform(0.06, 0.35)))
    elif which == 1:
        reach = Range(flexion, extension + span * float(random.uniform(0.07, 0.3)))
    else:
        shift = float(random.uniform(3.0, 8.0)) * (1.0 if random.random() < 0.5 else -1.0)
        reach = Range(flexion + shift, extension + shift)
    return msgspec.structs.replace(plan, range=reach)
