"""The faults by name: what each does to a rig, and when its cause is gone. Numbers: robustness-and-screens.md 1.3."""

import contextlib
import random
import signal
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psutil

from benchmarks.faults.rig import Rig
from benchmarks.faults.vandal import Vandal

LIVE_S = 60.0
"""A machine that is not live so long after the cause has gone is not coming back by itself."""
WHOLE_S = 120.0
LONG_S = 15.0
"""What is not whole by then is named, for who has to find out why."""
LENGTHS_S = (2, 5, 10, 20)
"""A fault lasts one of these, half as long to half as long again."""
LOOK_S = 0.1
FULL_BYTES = 1024
"""Files of a process whose disk is full may not grow beyond this."""


class Fault(NamedTuple):
    """`kind` names an entry of KINDS; `target` is one process of agents and its wire; `length_s` how long it lasts, where it lasts."""

    kind: str
    target: int
    length_s: float
    seed: int


class Recovery(NamedTuple):
    """What came of a fault. Times in s; None = it never came to that.

    `away_s`: from its beginning to the last machine live again; `live_s`, `whole_s`: from when its cause had gone to live again, and to
    everything sampled until then being called stored; `ready_s`: from the new service process to its own word.
    """

    kind: str
    begun_s: float
    away_s: float | None
    live_s: float | None
    whole_s: float | None
    ready_s: float | None

    def words(self) -> str:
        """How long it took."""
        live, whole = ("never" if each is None else f"{each:.1f} s" for each in (self.live_s, self.whole_s))
        return f"live after {live}, whole after {whole}"


def restarted(rig: Rig) -> float:
    """Waits for the next start of the service to have happened; when, s."""
    starts = len(rig.service.starts)
    rig.until(lambda: len(rig.service.starts) > starts, "the service is not started again", 30)
    return rig.service.starts[-1]


def broker_killed(rig: Rig, fault: Fault) -> float:
    """F01."""
    rig.kill_broker()
    if rig.broker is not None:
        time.sleep(fault.length_s)
        rig.start_broker()
    return time.monotonic()


def broker_wiped(rig: Rig, fault: Fault) -> float:
    """F02: its disk was replaced. The service's own keeps its disk and is only killed."""
    rig.kill_broker()
    if rig.broker is not None:
        time.sleep(fault.length_s)
        rig.start_broker(wiped=True)
    return time.monotonic()


def broker_frozen(rig: Rig, fault: Fault) -> float:
    """It answers nothing, and its connections stay."""
    pid = rig.broker_pid()
    if pid is not None:  # psutil takes None for this very process
        with contextlib.suppress(psutil.NoSuchProcess):
            broker = psutil.Process(pid)
            broker.suspend()
            time.sleep(min(fault.length_s, 8.0))
            broker.resume()
    return time.monotonic()


def service_killed(rig: Rig, _: Fault) -> float:
    """F03; its own broker goes with it."""
    rig.service.kill()
    return restarted(rig)


def service_terminated(rig: Rig, _: Fault) -> float:
    """F04."""
    rig.service.send(signal.SIGTERM)
    return restarted(rig)


def service_frozen(rig: Rig, fault: Fault) -> float:
    """F23, at its worst: no processor at all."""
    rig.service.freeze()
    time.sleep(min(fault.length_s, 8.0))
    rig.service.thaw()
    return time.monotonic()


def agents_killed(rig: Rig, fault: Fault) -> float:
    """F05."""
    unit = rig.agents[fault.target]
    starts = len(unit.starts)
    rig.kill_agents(fault.target)
    rig.until(lambda: len(unit.starts) > starts, "the agents are not started again", 30)
    return unit.starts[-1]


def agents_frozen(rig: Rig, fault: Fault) -> float:
    rig.agents[fault.target].freeze()
    time.sleep(min(fault.length_s, 5.0))
    rig.agents[fault.target].thaw()
    return time.monotonic()


def partition(rig: Rig, fault: Fault) -> float:
    """F08."""
    return _wire(rig, fault, rig.wires[fault.target].cut)


def half_open(rig: Rig, fault: Fault) -> float:
    """One direction is lost, the other works."""
    up = bool(fault.seed % 2)
    return _wire(rig, fault, lambda: rig.wires[fault.target].cut(up=up, down=not up))


def slow_line(rig: Rig, fault: Fault) -> float:
    wire = rig.wires[fault.target]
    return _wire(rig, fault, lambda: setattr(wire, "delay_s", 0.3))


def torn_line(rig: Rig, fault: Fault) -> float:
    """Every write of the network a few bytes."""
    wire = rig.wires[fault.target]
    return _wire(rig, fault, lambda: setattr(wire, "piece_bytes", 1 + fault.seed % 16))


def line_reset(rig: Rig, fault: Fault) -> float:
    rig.wires[fault.target].reset()
    return time.monotonic()


def disk_full(rig: Rig, fault: Fault) -> float:
    """F11."""
    rig.service.fill_disk(FULL_BYTES)
    time.sleep(fault.length_s)
    rig.service.fill_disk(None)
    return time.monotonic()


def echo(rig: Rig, fault: Fault) -> float:
    """F13."""
    with contextlib.suppress(OSError), Vandal(rig.mqtt_port, fault.seed) as vandal:
        vandal.echo(rig.machines[fault.target].names[0], 10, fault.length_s)
    return time.monotonic()


def garbage(rig: Rig, fault: Fault) -> float:
    """F14, F15."""
    with contextlib.suppress(OSError), Vandal(rig.mqtt_port, fault.seed) as vandal:
        vandal.pester(rig.machines[fault.target].names[0], fault.length_s)
    return time.monotonic()


def _wire(rig: Rig, fault: Fault, hurt: Callable[[], None]) -> float:
    hurt()
    time.sleep(fault.length_s)
    rig.wires[fault.target].heal()
    return time.monotonic()


KINDS: dict[str, Callable[[Rig, Fault], float]] = {
    each.__name__: each
    for each in (
        broker_killed, broker_wiped, broker_frozen, service_killed, service_terminated, service_frozen, agents_killed, agents_frozen,
        partition, half_open, slow_line, torn_line, line_reset, disk_full, echo, garbage,
    )
}  # fmt: skip
"""Each does its harm, returns when its cause is gone, and says when that was."""
HERE_ALONE = {"agents_killed", "agents_frozen", "partition", "half_open", "slow_line", "torn_line", "line_reset", "echo", "garbage"}
"""What touches only the machines of its target."""


def draw(chance: random.Random, targets: int, kinds: Sequence[str]) -> Fault:
    """The next fault."""
    length_s = round(chance.choice(LENGTHS_S) * chance.uniform(0.5, 1.5), 1)
    return Fault(chance.choice(kinds), chance.randrange(targets), length_s, chance.getrandbits(30))


def strike(rig: Rig, fault: Fault) -> Recovery:
    """One fault and what comes after, until everything is as it was."""
    begun_s = time.monotonic()
    healed_s = KINDS[fault.kind](rig, fault)
    return recover(rig, [fault], begun_s, healed_s)


def recover(rig: Rig, faults: Sequence[Fault], begun_s: float, healed_s: float) -> Recovery:
    """Waits until everything is live and stored again."""
    here = all(fault.kind in HERE_ALONE for fault in faults)
    names = [name for fault in faults for name in rig.machines[fault.target].names] if here else rig.names
    rig.mark()
    waiting = list(names)
    ready_s = live_s = whole_s = None
    lacking: list[str] | None = None
    new = bool(rig.service.starts and rig.service.starts[-1] >= begun_s)
    deadline = time.monotonic() + WHOLE_S
    while time.monotonic() < deadline:
        now_s = time.monotonic()
        if new and ready_s is None and rig.ready():
            ready_s = time.monotonic() - rig.service.starts[-1]
        if live_s is None:
            waiting = [name for name in waiting if rig.live_again(healed_s, [name]) is None]
            found = None if waiting else rig.live_again(healed_s, names)
            live_s = None if found is None else found - healed_s
        if whole_s is None and rig.whole():
            whole_s = now_s - healed_s
        elif whole_s is None and lacking is None and now_s - healed_s > LONG_S:
            lacking = rig.lacking()
        if whole_s is not None and (live_s is not None or now_s - healed_s > LIVE_S) and (ready_s is not None or not new):
            break
        time.sleep(LOOK_S)
    if live_s is None:
        print(f"not live: {', '.join(waiting)}", end=" ")
    if lacking is not None:
        print(f"after {LONG_S:.0f} s there lacked: {'; '.join(lacking)}", end=" ")
    away_s = None if live_s is None else healed_s + live_s - begun_s
    return Recovery("+".join(sorted(fault.kind for fault in faults)), begun_s, away_s, live_s, whole_s, ready_s)
