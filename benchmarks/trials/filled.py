"""F10: the edge's disk fills up, a real one of a few MiB, in the midst of a set; then there is space again."""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.faults.rig import Machines, Refused, Rig
from benchmarks.trials.figure import Figure, at_most, none

NAME = "lab/one"
DISK_MIB = 16
QUOTA_MB = 8
WARNS_FREE = 800 * 1024
"""Of the disk: with what the spool has prepared for itself (384 KiB) it is left 1.2 MiB of 8."""
RATE_HZ = 1000.0
"""So fast that what is prepared is used up within some seconds; then samples wait in memory."""
LOOK_S, CUT_S = 10.0, 25.0
"""A set ends where its machine is silent for 30 s (contract 1)."""
LOWERED_S = 8.0
"""The patient has put down the load by then: movement opens a session at a full machine too (decision 0220), and a start in it is taken."""
TELL_S = 60.0
RECOVERS_S = 10.0
ROUNDS = 5
BLOCK = 64 * 1024


class Filled(NamedTuple):
    """What came of it. Times in s from what caused it; None = it never came to that. `plan`, `start`: the words of the refusals."""

    warned_s: float | None
    refuses_s: float | None
    live_share: float
    plan: str
    start: str
    recovered_s: float | None
    deaths: int


@contextmanager
def small_disk(folder: Path, mib: int = DISK_MIB) -> Iterator[Path]:
    """A file system of so many MiB in a folder. Raises OSError where it can't be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        raise OSError(f"{folder}: no right to mount a small file system here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def machines(rate_hz: float) -> list[Machines]:
    """One whose patient moves in sets alone; its spool lies in `disk_of` and may take a few MiB."""
    driver = {"name": "simulator", "start": "cue", "sample_rate_hz": rate_hz}
    return [Machines([NAME], rate_hz=rate_hz, tables={"driver": driver, "spool": {"quota_mb": QUOTA_MB}})]


def disk_of(folder: Path) -> Path:
    """Where a rig in that folder has the spool of its first machines."""
    return folder / "edge0" / "spool"


def fill(rig: Rig, disk: Path, look_s: float, cut_s: float) -> Filled:
    """A set runs; the disk fills up, the line is cut for a while, the session ends, another one is asked for; then there is space again."""
    rig.put_plan(NAME)
    _start(rig)
    filler = disk / "filler"
    warned_s = _told(rig, lambda message: (message["spool_share"] or 0.0) >= 0.8, lambda: _leave(filler, WARNS_FREE))
    refuses_s = _told(rig, lambda message: bool(message["spool_refuses"]), lambda: _leave(filler, 0))
    began_s = time.monotonic()
    time.sleep(look_s)
    live_share = rig.screen.frames[NAME].live_s(began_s, time.monotonic()) / (time.monotonic() - began_s)
    rig.wires[0].cut()
    time.sleep(cut_s)
    rig.wires[0].heal()
    rig.mark()
    rig.until(rig.whole, "not called stored", TELL_S)
    rig.call("POST", f"/api/v1/machines/{NAME}/stop", {"id": str(uuid.uuid4())})
    rig.until(lambda: (rig.screen.newest.get(NAME) or {}).get("kind") == "set_ended", "the set has not ended", TELL_S)
    time.sleep(LOWERED_S)
    rig.call("DELETE", f"/api/v1/machines/{NAME}/plan")
    _leave(filler, 0)  # what was stored meanwhile has made room
    plan, start = _refusal(lambda: rig.put_plan(NAME)), _refusal(lambda: _start(rig))
    freed_s = time.monotonic()
    filler.unlink()
    with suppress(AssertionError):
        rig.until(lambda: not _refusal(lambda: rig.put_plan(NAME)), "no plan is taken", TELL_S)
    recovered_s = None if _refusal(lambda: rig.put_plan(NAME)) else time.monotonic() - freed_s
    return Filled(warned_s, refuses_s, live_share, plan, start, recovered_s, len(rig.agents[0].deaths))


def run(*, short: bool) -> list[Figure]:
    """Five times."""
    rounds, look_s, cut_s = (1, 2.0, 5.0) if short else (ROUNDS, LOOK_S, CUT_S)
    found: list[Filled] = []
    lost = attempted = 0
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="ilex-filled-") as folder, small_disk(disk_of(Path(folder))) as disk:
            with Rig(machines(RATE_HZ), folder=Path(folder)) as rig:
                found.append(fill(rig, disk, look_s, cut_s))
                total = rig.finish().total
            lost, attempted = lost + total.lost, attempted + total.attempted
        print(f"F10: {number} of {rounds}: {found[-1]}", file=sys.stderr, flush=True)
    refused = sum(words.count("storage-full") for each in found for words in (each.plan, each.start))
    return [
        _times("until staff are warned: less than a fifth is left", [each.warned_s for each in found], 5.0),
        _times("until staff are told that it is full", [each.refuses_s for each in found], 5.0),
        Figure("F10", "plans and starts refused with 409 and the reason", "all", f"{refused} of {2 * rounds}", refused == 2 * rounds),
        Figure("F10", "time that the running set was live meanwhile", "all", f"{min(each.live_share for each in found):.1%}",
               min(each.live_share for each in found) > 0.99),
        none("F10", f"samples lost or overwritten, with {cut_s:g} s without a line on the full disk", lost, f"{attempted:,}"),
        _times("until it takes plans again once there is space", [each.recovered_s for each in found], RECOVERS_S),
        none("F10", "deaths of the agent", sum(each.deaths for each in found)),
    ]  # fmt: skip


def _times(what: str, values: list[float | None], bound_s: float) -> Figure:
    return at_most("F10", what, max(float("inf") if value is None else value for value in values), bound_s, "s")


def _told(rig: Rig, wanted: Callable[[dict[str, Any]], bool], cause: Callable[[], None]) -> float | None:
    """Seconds from then until staff were told that; None = never."""
    began_s = time.monotonic()
    cause()
    try:
        return rig.until(lambda: any(wanted(message) for at_s, message in list(rig.screen.said["keeping"]) if at_s >= began_s), "", 15.0)
    except AssertionError:
        return None


def _leave(filler: Path, free: int) -> None:
    """Fills the disk until so many bytes are left."""
    with filler.open("ab", buffering=0) as file, suppress(OSError):
        while (left := _free(filler.parent) - free) > 0:
            file.write(bytes(min(BLOCK, left)))


def _free(folder: Path) -> int:
    usage = os.statvfs(folder)
    return usage.f_bavail * usage.f_frsize


def _start(rig: Rig) -> None:
    rig.call("POST", f"/api/v1/machines/{NAME}/start", {"id": str(uuid.uuid4())})


def _refusal(ask: Callable[[], None]) -> str:
    """The words in which it is refused; empty where it isn't."""
    try:
        ask()
    except Refused as refused:
        return str(refused)
    return ""
