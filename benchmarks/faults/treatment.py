"""Plans, sets and rests for every machine, as a therapist would give them; what a fault refuses is tried again."""

import contextlib
import random
import threading
import time
import uuid
from typing import Self

from benchmarks.faults.rig import Refused, Rig

REST_S = 5.0
GIVEN_UP_S = 150.0
"""A set of twelve repetitions of 10 s, and then some."""
LOOK_S = 0.5
UNPLANNED = 5
"""Every fifth machine is never given a plan: there, movement opens a session."""


class Treatment:
    """`with Treatment(rig) as treatment:` in a thread of its own."""

    def __init__(self, rig: Rig, seed: int, rest_s: float = REST_S) -> None:
        """`rest_s`: from one set of a machine to the next, on average."""
        self._rig = rig
        self._rest_s = rest_s
        self._random = random.Random(seed)  # noqa: S311 - no secret
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="treatment", daemon=True)
        self.sets = 0
        """Sets that were started."""

    def _run(self) -> None:
        rig = self._rig
        planned = [name for k, name in enumerate(rig.names) if k % UNPLANNED != UNPLANNED - 1]
        due = {name: time.monotonic() + self._random.uniform(0, 2 * self._rest_s) for name in planned}
        running: dict[str, float] = {}
        while not self._over.wait(LOOK_S):
            for name in planned:
                now_s = time.monotonic()
                with contextlib.suppress(Refused):
                    if name in running:
                        if now_s > running[name] + GIVEN_UP_S or self._ended(name):
                            self._act(name, "stop")
                            del running[name]
                            due[name] = now_s + self._random.uniform(1, 2 * self._rest_s)
                    elif now_s > due[name]:
                        due[name] = now_s + 2.0
                        rig.put_plan(name)
                        self._act(name, "start")
                        running[name] = now_s
                        self.sets += 1
                if self._over.is_set():
                    return

    def _ended(self, name: str) -> bool:
        """True when the newest event of the machine ends a set."""
        newest = self._rig.screen.newest.get(name)
        return newest is not None and newest["kind"] == "set_ended"

    def _act(self, name: str, verb: str) -> None:
        self._rig.call("POST", f"/api/v1/machines/{name}/{verb}", {"id": str(uuid.uuid4())}, timeout_s=3)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(15)
