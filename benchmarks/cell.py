"""One cell of a table: so many machines for so long through the whole line, everything observed."""

import contextlib
import time
import uuid
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks import floor, load, viewers
from benchmarks.agents import Agents
from benchmarks.arrivals import Arrived, Tally, later_ns, newest, tally
from benchmarks.figures import Delay, delay
from benchmarks.load import Load, Sent
from benchmarks.motion import PLAN
from benchmarks.subject import HOST, Subject, SubjectError
from benchmarks.usage import Meter, Usage
from benchmarks.viewers import Seen, Watcher
from benchmarks.worker import Worker
from wire.plan import Plan

VIEWER_HZ = 60.0
WALL_HZ = 30.0
LEAD_S = 0.5
DRAIN_S = 1.0
"""After the last sample, before the observers are asked: what has not come by then is lost."""
END_S = 20.0


Column = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Device times of samples and how long each took, ns."""


class Setting(NamedTuple):
    """`seconds` are measured after `warm_s` (sessions open, caches fill); losses are counted over both."""

    machines: int
    seconds: float = 15.0
    warm_s: float = 3.0
    rate_hz: int = 100
    batch_ms: int = 20
    wall: bool = True
    floor: bool = True
    agents: bool = False


class Measured(NamedTuple):
    """What came out. `samples` is a tally of each machine's samples in its viewer's frames, added up.

    `over` is, sample by sample, how much later it came in its frame than at the floor. `..._newest`: the last sample of each arrival
    alone, so without the wait for its batch to fill.
    """

    machines: int
    batches_per_s: float
    frame: Delay
    floor: Delay
    over: Delay
    frame_newest: Delay
    floor_newest: Delay
    wall: Delay | None
    samples: Tally
    hidden: int
    frames: int
    skipped: int
    events: int
    recording: dict[str, int]
    generator: Delay | None
    usage: dict[str, Usage]

    @property
    def whole(self) -> bool:
        """True where every sample came exactly once, in a frame and in a recording."""
        unseen = self.samples.lost - self.hidden
        return unseen <= 0 and not (self.samples.again or self.samples.foreign or self.recording["missing"] or self.recording["refused"])

    @property
    def cores(self) -> float:
        """Everything together, in cores."""
        return sum(part.cores for name, part in self.usage.items() if name != "others")


def measure(subject: Subject, setting: Setting) -> Measured:
    """Run one cell against a service that has not seen machines yet. Raises SubjectError, WorkerError."""
    source = Load(setting.machines, HOST, subject.mqtt_port, setting.rate_hz, setting.batch_ms)
    give_plans(subject, source.names[::2])
    with contextlib.ExitStack() as stack:
        observers = {}
        if setting.floor:
            observers["floor"] = stack.enter_context(Worker("floor", floor.run, HOST, subject.mqtt_port))
            observers["floor"].ready()
        generator: Agents | Worker = Agents(source) if setting.agents else Worker("load", load.run, source)
        stack.enter_context(generator)
        generator.ready()
        await_machines(subject, source.names)
        watchers = [Watcher([name], VIEWER_HZ) for name in source.names] + ([Watcher("*", WALL_HZ)] if setting.wall else [])
        observers["viewers"] = stack.enter_context(Worker("viewers", viewers.run, HOST, subject.port, subject.token, watchers))
        observers["viewers"].ready()

        start_ns = time.monotonic_ns() + int(LEAD_S * 1e9)
        begin_ns = start_ns + int(setting.warm_s * 1e9)
        end_ns = begin_ns + int(setting.seconds * 1e9)
        generator.tell((start_ns, round((setting.warm_s + setting.seconds) * 1000 / setting.batch_ms)))
        _sleep_until(begin_ns)
        pids = {**subject.pids(), "load": [generator.pid], **{name: [worker.pid] for name, worker in observers.items()}}
        meter = Meter(pids)
        _sleep_until(end_ns - 100_000_000)
        usage = meter.read(setting.seconds - 0.1)
        sessions = {each["machine"]: each["session"] for each in subject.call("GET", "/api/v1/machines")}
        sent: Sent | None = generator.hear("done", 60.0)
        if setting.agents:  # an agent that is switched off doesn't say that its source has ended
            for name in source.names:
                subject.call("POST", f"/api/v1/machines/{name}/stop", {"id": str(uuid.uuid4())})
        time.sleep(DRAIN_S)
        for observer in observers.values():
            observer.tell("stop")
        seen: list[Seen] = observers["viewers"].hear("done", 60.0)
        arrived: dict[str, Arrived] = observers["floor"].hear("done", 60.0) if setting.floor else {}
    return _judge(subject, setting, source, (start_ns, begin_ns, end_ns), sent, seen, arrived, sessions, usage)


def _judge(
    subject: Subject,
    setting: Setting,
    source: Load,
    times_ns: tuple[int, int, int],
    sent: Sent | None,
    seen: list[Seen],
    arrived: dict[str, Arrived],
    sessions: dict[str, str | None],
    usage: dict[str, Usage],
) -> Measured:
    start_ns, begin_ns, end_ns = times_ns
    names = source.names
    tallies = []
    for number, name in enumerate(names):
        if sent is not None:
            expected = source.first_ns(number, start_ns) + source.dt_ns * np.arange(sent.batches * source.n, dtype=np.int64)
        else:  # agents of their own mind: what the broker delivered while this viewer watched
            expected = arrived[name].t_ns
        came = seen[number].arrived.get(name, Arrived(b"", b"")).t_ns
        if sent is None and came.size:
            expected, came = (times[(times >= begin_ns) & (times < end_ns)] for times in (expected, came))
        tallies.append(tally(expected, came))
    own = {name: seen[number].arrived[name] for number, name in enumerate(names) if name in seen[number].arrived}
    pairs = [later_ns(own[name], arrived[name]) for name in own if name in arrived]
    audience = seen[: len(names)]

    def measured(columns: list[Column]) -> NDArray[np.int64]:
        chosen = [delay_ns[(t_ns >= begin_ns) & (t_ns < end_ns)] for t_ns, delay_ns in columns]
        return np.concatenate(chosen) if chosen else np.empty(0, np.int64)

    return Measured(
        machines=setting.machines,
        batches_per_s=setting.machines * 1000 / setting.batch_ms,
        frame=delay(measured(_whole(own))),
        floor=delay(measured(_whole(arrived))),
        over=delay(measured(pairs)),
        frame_newest=delay(measured(_newest(own))),
        floor_newest=delay(measured(_newest(arrived))),
        wall=delay(measured(_whole(seen[-1].arrived))) if setting.wall else None,
        samples=Tally(*(sum(column) for column in zip(*tallies, strict=True))),
        hidden=sum(each.hidden for each in audience),
        frames=sum(each.frames for each in seen),
        skipped=sum(each.skipped for each in seen),
        events=sum(each.events for each in audience),
        recording=_recording(subject, names, sessions),
        generator=None if sent is None else delay(np.frombuffer(sent.lateness_ns, np.int64)),
        usage=usage,
    )


def _whole(arrived: dict[str, Arrived]) -> list[Column]:
    return [(each.t_ns, each.delay_ns) for each in arrived.values()]


def _newest(arrived: dict[str, Arrived]) -> list[Column]:
    return [(each.t_ns[chosen], each.delay_ns[chosen]) for each in arrived.values() for chosen in (newest(each),)]


def _recording(subject: Subject, names: list[str], sessions: dict[str, str | None]) -> dict[str, int]:
    """The completeness that the service states of each machine's session, once it has ended, added up."""
    found = {"sessions": 0, "expected": 0, "stored": 0, "missing": 0, "refused": 0}
    deadline = time.monotonic() + END_S
    for name in names:
        session = sessions.get(name)
        if session is None:
            continue
        while True:
            try:
                state: dict[str, Any] = subject.call("GET", f"/api/v1/sessions/{session}")
                if state["ended_utc"] is not None:
                    break
            except SubjectError:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise SubjectError(f"session {session} of {name} has not ended after {END_S:.0f} s\n{subject.last_words()}")
            time.sleep(0.1)
        found["sessions"] += 1
        for key in ("expected", "stored", "missing", "refused"):
            found[key] += state["completeness"][key]
    return found


def give_plans(subject: Subject, names: list[str], plan: Plan = PLAN) -> None:
    """The plan for each of these machines; the sessions of others open by movement."""
    for name in names:
        subject.call("PUT", f"/api/v1/machines/{name}/plan", msgspec.to_builtins(plan))


def await_machines(subject: Subject, names: list[str]) -> None:
    """Until the service knows them. Raises SubjectError after 10 s."""
    deadline = time.monotonic() + 10.0
    while not {each["machine"] for each in subject.call("GET", "/api/v1/machines")}.issuperset(names):
        if time.monotonic() > deadline:
            raise SubjectError(f"the service does not know the machines of the load\n{subject.last_words()}")
        time.sleep(0.05)


def _sleep_until(t_ns: int) -> None:
    time.sleep(max(0.0, (t_ns - time.monotonic_ns()) * 1e-9))
