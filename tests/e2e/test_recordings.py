"""Every real recording, played through agent, broker and service, gives the events of `ilex analyze` on its file, bit for bit.

contract 4: same samples and inputs in, same events out, live or replayed.
"""

import asyncio
import csv
import io
import json
import math
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import connect

from service.analysis import engine
from service.analysis.engine import Engine
from service.cli.analyze import analyze
from service.cli.edge import configuration
from tests.e2e.running import Running

SPEED = 50.0
QUIET_S = 60.0
"""Without another event, while sessions are open: something hangs. How long a whole group takes is the computer's affair."""
AT_ONCE = 12
"""Files played side by side: enough to be quick, few enough that two cores keep up."""
TIMES = {"at_s", "known_s", "extension_start_s", "hold_start_s", "flexion_start_s", "end_s"}
SAME_TIME_S = 2e-9
"""Times count from the session's first sample: another origin rounds the same instant to another neighbouring float."""

Event = dict[str, Any]


class Take(NamedTuple):
    """One file as a machine."""

    machine: str
    file: Path
    plan: dict[str, Any] | None


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shared: Path, compiled: Engine) -> Iterable[Running]:
    """It and the commands here with compiled kernels, as users have them: so many samples take plain ones long."""
    before = engine.current()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ILEX_KERNELS", raising=False)
        patch.setenv("ILEX_CACHE", str(shared))
        with Running("serve", data=tmp_path_factory.mktemp("data")) as running:
            yield running
    engine.use(before)


def takes(folder: Path, *, planned: bool) -> list[Take]:
    found = []
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            plan = {
                "range": {key: float(row[key]) for key in ("flexion_deg", "extension_deg")},
                "tempo": {key: float(row[key]) for key in ("extension_s", "hold_s", "flexion_s", "turn_s")},
            }
            found.append(Take(f"{'planned' if planned else 'plain'}/f{number}", folder / row["file"], plan if planned else None))
    assert found
    return found


def analysed(take: Take, folder: Path) -> list[Event]:
    """What `ilex analyze --json` prints."""
    plan = None
    if take.plan is not None:
        plan = folder / "plan.json"
        plan.write_text(json.dumps(take.plan))
    with redirect_stdout(io.StringIO()) as printed:
        analyze([take.file], plan, as_json=True)
    return [json.loads(line) for line in printed.getvalue().splitlines()]


async def played(service: Running, group: list[Take], folder: Path) -> dict[str, list[Event]]:
    """Play files as machines at once; what a screen gets of each."""
    events: dict[str, list[Event]] = {take.machine: [] for take in group}
    with service.http as http:
        for take in group:
            if take.plan is not None:
                http.put(f"/machines/{take.machine}/plan", json=take.plan).raise_for_status()
    address = service.url.replace("http", "ws") + "/api/v1/live"
    async with connect(address, additional_headers={"Authorization": f"Bearer {service.token}"}, max_queue=None) as screen:
        await screen.send(json.dumps({"type": "watch", "machines": "*", "rate_hz": 1}))
        files = [
            configuration(take.machine, service.broker, {"name": "recording", "file": str(take.file), "speed": SPEED}, folder)
            for take in group
        ]
        agent = await asyncio.create_subprocess_exec(sys.executable, "-m", "edge_agent", "run", "--config", *map(str, files))
        try:
            await _collect(screen, service, events, agent)
        finally:
            if agent.returncode is None:
                agent.kill()
            await agent.wait()
    assert agent.returncode == 0
    return events


async def _collect(screen: Any, service: Running, events: dict[str, list[Event]], agent: asyncio.subprocess.Process) -> None:
    """Until the agent has ended and no session is open any more, and the screen has been told of everything."""
    ended = asyncio.create_task(agent.wait())
    over = False
    now_s = asyncio.get_running_loop().time
    async with asyncio.timeout(QUIET_S) as quiet:
        while not over:
            over = ended.done() and not await asyncio.to_thread(_open, service, set(events))
            # After the sessions' end, a ping's answer comes behind everything that was sent before it.
            await screen.send(json.dumps({"type": "ping", "id": 1}))
            async for text in screen:
                message = json.loads(text)
                if message["type"] == "event" and message["machine"] in events:
                    events[message["machine"]].append(message)
                    quiet.reschedule(now_s() + QUIET_S)
                if message["type"] == "pong":
                    break
            if not over:
                await asyncio.sleep(0.2)


def _open(service: Running, machines: set[str]) -> set[str]:
    with service.http as http:
        return {found["machine"] for found in http.get("/machines").json() if found["session"] is not None} & machines


def same(live: list[Event], file: list[Event]) -> list[str]:
    """How events differ, in words; the origin of times, and what only live events have, left aside."""
    if len(live) != len(file):
        return [f"{len(live)} events instead of {len(file)}: {[e['kind'] for e in live]} / {[e['kind'] for e in file]}"]
    faults = []
    shift_s = file[0]["known_s"] - live[0]["known_s"] if live else 0.0
    for one, other in zip(live, file, strict=True):
        mine = {key: value for key, value in one.items() if key not in ("type", "machine", "session")}
        for key in mine.keys() | other.keys():
            a, b = mine.get(key), other.get(key)
            if key == "plan" and a and b:
                a, b = {**a, "session": None}, {**b, "session": None}
            if key in TIMES and a is not None and b is not None:
                equal = math.isclose(a + shift_s, b, rel_tol=0, abs_tol=SAME_TIME_S)
            else:
                equal = a == b
            if not equal:
                faults.append(f"{other['kind']} {other['id']} {key}: live {a!r}, file {b!r}")
    return faults


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("planned", [True, False], ids=["with its plan", "without a plan"])
async def test_played_live_gives_the_events_of_the_file(service: Running, recordings: Path, tmp_path: Path, *, planned: bool) -> None:
    everything = takes(recordings, planned=planned)
    faults, compared = {}, 0
    for begin in range(0, len(everything), AT_ONCE):
        group = everything[begin : begin + AT_ONCE]
        live = await played(service, group, tmp_path)
        for take in group:
            file = analysed(take, tmp_path)
            found = same(live[take.machine], file)
            compared += sum(event["kind"] == "repetition_completed" for event in file)
            if found:
                faults[take.file.name] = found
    assert compared > 5 * len(everything), "the recordings hold repetitions, so that there is something to compare"
    assert not faults, json.dumps(faults, indent=1)[:5000]
