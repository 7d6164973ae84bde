"""`ilex demo`: everything on this computer."""

import asyncio
import contextlib
import dataclasses
import logging
import os
import re
import sys
import threading
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer

from service.broker import BrokerError
from service.cli import console
from service.cli.edge import EdgeAgents, Value, configuration, folder_for_configurations
from service.cli.fault import CommandFault
from service.cli.options import Port
from service.cli.plans import plan_from
from service.cli.therapist import PLANS, treat
from service.server import Serving, serving, until_told
from service.settings import Settings, default_data
from service.station import Station
from wire.plan import Plan
from wire.recorded import RecordedError, open_recorded

SITE = "demo"
MQTT_PORT = 1883
AGAIN_S = 2.0

_log = logging.getLogger(__name__)


class Exhibit(NamedTuple):
    """One machine of the demonstration. `treated`: a simulated patient, whose sets are started for him."""

    machine: str
    driver: dict[str, Value]
    plan: Plan | None
    treated: bool


def demo(
    machines: Annotated[
        int | None, typer.Option(min=0, max=200, help="How many simulated patients.", show_default="3, or 0 with --recording")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.1, max=50, help="Time runs this many times faster for the patients.")] = 1.0,
    recording: Annotated[
        list[Path] | None, typer.Option(help="Play this recording as a machine, again and again; may be repeated.")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help="A plan (JSON) for recordings that hold none.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Don't open the browser.")] = False,
    port: Port = 8080,
    data: Annotated[Path | None, typer.Option(help="Where it keeps its files.", show_default="demo/ in your data folder")] = None,
    mqtt_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of the broker.", show_default="1883, or a free one")] = None,
) -> None:
    """Everything on this computer: broker, service, simulated patients, dashboard.

    ilex demo

    ilex demo --machines 12 --speed 2

    ilex demo --recording squat.csv --recording press.csv --no-browser
    """
    files = recording or []
    exhibits = _recordings(files, plan, speed) + _patients((0 if files else 3) if machines is None else machines, speed)
    settings = Settings(data=data or default_data() / "demo", port=port, mqtt_port=MQTT_PORT if mqtt_port is None else mqtt_port)
    console.log_to_stderr(logging.WARNING)
    console.run(_demo(settings, exhibits, speed, fall_back=mqtt_port is None, browse=not no_browser))


async def _demo(settings: Settings, exhibits: Sequence[Exhibit], speed: float, *, fall_back: bool, browse: bool) -> None:
    async with contextlib.AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(serving(settings))
        except BrokerError:
            if not fall_back:
                raise
            print(f"MQTT port {MQTT_PORT} is not free: the broker takes another one.", flush=True)
            running = await stack.enter_async_context(serving(dataclasses.replace(settings, mqtt_port=0)))
        station = running.station
        folder = Path(stack.enter_context(folder_for_configurations()))
        if exhibits:
            files = [
                configuration(exhibit.machine, station.broker_url, exhibit.driver, folder, settings.data / "edge") for exhibit in exhibits
            ]
            await stack.enter_async_context(EdgeAgents(files, keep=True))
        staff = [asyncio.create_task(_attend(station, exhibit, speed), name=f"therapist of {exhibit.machine}") for exhibit in exhibits]
        stack.push_async_callback(_dismiss, staff)
        _greet(running, exhibits, browse)
        await until_told()
        print("Stopping.", flush=True)


async def _attend(station: Station, exhibit: Exhibit, speed: float) -> None:
    """Look after one machine until dismissed; whatever goes wrong is logged, and begun again."""
    while True:
        try:
            if exhibit.treated and exhibit.plan is not None:
                await treat(station.floor, exhibit.machine, exhibit.plan, speed)
            elif exhibit.plan is not None:
                await station.floor.put_plan(exhibit.machine, exhibit.plan)
            elif exhibit.machine in station.floor.names():  # the broker may know a plan from an earlier demonstration
                await station.floor.remove_plan(exhibit.machine)
        except Exception:  # noqa: BLE001  # whatever it was, the patients of a demonstration go on
            _log.exception("the therapist of %s begins again", exhibit.machine)
            await asyncio.sleep(AGAIN_S)
        else:
            return


async def _dismiss(staff: list[asyncio.Task[None]]) -> None:
    for task in staff:
        task.cancel()
    await asyncio.gather(*staff, return_exceptions=True)


def _greet(running: Serving, exhibits: Sequence[Exhibit], browse: bool) -> None:
    screens = [("Screen" if number == 0 else "", f"{running.url}/screen/{exhibit.machine}") for number, exhibit in enumerate(exhibits[:6])]
    if len(exhibits) > len(screens):
        screens.append(("", f"and {len(exhibits) - len(screens)} more: see the wall"))
    print(console.block(running, screens, console.entrance(running)), flush=True)
    if browse and _has_display():
        # A code of its own: the printed link stays good for another browser. Opened in a thread: it may wait for a browser to start.
        link = console.entrance(running)
        if link is not None:
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _patients(count: int, speed: float) -> list[Exhibit]:
    """Simulated patients, one character after the other: steady, hurried, tires, steady-2, ..."""
    found = []
    for number in range(count):
        character = list(PLANS)[number % len(PLANS)]
        again = number // len(PLANS)
        machine = f"{SITE}/{character}" + (f"-{again + 1}" if again else "")
        driver: dict[str, Value] = {"name": "simulator", "character": character, "seed": number, "speed": speed, "start": "cue"}
        found.append(Exhibit(machine, driver, PLANS[character], treated=True))
    return found


def _recordings(files: Sequence[Path], plan: Path | None, speed: float) -> list[Exhibit]:
    """Recordings as machines, named after their files; each checked first. Raises CommandFault."""
    given = None if plan is None else plan_from(plan)
    found: list[Exhibit] = []
    for file in files:
        try:
            own = open_recorded(file).plan
        except RecordedError as error:
            raise CommandFault(str(error)) from error
        except OSError as error:
            raise CommandFault(f"{file}: {error.strerror}") from error
        name = _free_name(file, {exhibit.machine for exhibit in found})
        driver: dict[str, Value] = {"name": "recording", "file": str(file.absolute()), "speed": speed, "loop": True}
        # The session of the recorded plan has been; this is a new one.
        chosen = given if own is None else own
        found.append(Exhibit(name, driver, None if chosen is None else msgspec.structs.replace(chosen, session=None), treated=False))
    return found


def _free_name(file: Path, taken: set[str]) -> str:
    """A machine's name that looks like the file's: `demo/squat`, `demo/squat-2`, ..."""
    stem = re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-")[:58] or "recording"
    names = (f"{SITE}/{stem}" + (f"-{number}" if number > 1 else "") for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
