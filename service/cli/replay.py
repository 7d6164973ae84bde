"""`ilex replay`: a recording as if it were a machine."""

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli.damage import opened, told
from service.cli.edge import EdgeAgents, Value, configuration, folder_for_configurations
from service.cli.fault import CommandFault
from service.cli.options import broker_url
from wire.recorded import Block, Recorded, RecordedError
from wire.topics import is_machine

TROUBLE = "Trouble, to test against"


def replay(
    file: Annotated[Path, typer.Argument(help="A recording: .mcap, .csv or .parquet.", metavar="FILE")],
    to: Annotated[str, typer.Option(help="mqtt://[USER:PASSWORD@]HOST[:PORT] of the broker.", callback=broker_url)],
    machine: Annotated[
        str | None, typer.Option(help="SITE/MACHINE to appear as.", show_default="the recorded one, else replay/FILE")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="How much faster than it was; the steps within the data stay.")] = 1.0,
    times: Annotated[int, typer.Option(min=0, help="Play it so often, each time as a new run of the machine; 0: until Ctrl+C.")] = 1,
    pause_s: Annotated[float, typer.Option("--pause-s", min=0, max=3600, help="Between two passes, s.")] = 5.0,
    loss: Annotated[float, typer.Option(min=0, max=1, help="Share of the live batches that never leave.", rich_help_panel=TROUBLE)] = 0.0,
    duplicates: Annotated[float, typer.Option(min=0, max=1, help="Share that leaves twice.", rich_help_panel=TROUBLE)] = 0.0,
    delay_ms: Annotated[float, typer.Option(min=0, max=60_000, help="Each leaves so much later, ms.", rich_help_panel=TROUBLE)] = 0.0,
    jitter_ms: Annotated[float, typer.Option(min=0, max=60_000, help="And up to so much more by chance.", rich_help_panel=TROUBLE)] = 0.0,
    dropout_every_s: Annotated[
        float, typer.Option(min=0, max=86_400, help="On average so often the sensors fall silent; 0: never.", rich_help_panel=TROUBLE)
    ] = 0.0,
    dropout_s: Annotated[float, typer.Option(min=0.001, max=3600, help="For so long.", rich_help_panel=TROUBLE)] = 0.5,
    seed: Annotated[int, typer.Option(help="Same seed, same file: same trouble.", rich_help_panel=TROUBLE)] = 0,
) -> None:
    """Play a recording over MQTT as if it were a machine. Ends when the file does.

    Trouble is injected where it is asked for; the machine's status says so, and with it every recording of it. What gets lost on the live
    lane comes again by `backfill`, as after any loss. A machine brings no plan: give it the recorded one before, at the service, to be
    judged as then. Of a damaged recording what is whole is played, and what is wrong is said.

    ilex replay session.mcap --to mqtt://127.0.0.1:1883

    ilex replay squat.csv --to mqtt://127.0.0.1 --machine lab/m1 --speed 10 --times 0

    ilex replay session.mcap --to mqtt://127.0.0.1 --loss 0.02 --delay-ms 40 --jitter-ms 20 --seed 7
    """
    if machine is not None and not is_machine(machine):
        raise typer.BadParameter("a machine is SITE/MACHINE, each of a-z, 0-9, _ and -", param_hint="--machine")
    try:
        recorded = opened(file)
        length_s = _length_s(recorded)
    except RecordedError as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{file}: {error.strerror}") from error
    at_fault = told(recorded, file, "is played")
    name = machine or recorded.machine or "replay/" + (re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-")[:64] or "file")
    if recorded.plan is not None:
        print(f"ilex: {file}: has a plan, which no machine brings: {name} is judged by the plan given there, or by none", file=sys.stderr)
    try:
        passes: dict[str, Value] = {"speed": speed, "loop": times != 1, "times": times, "pause_s": pause_s}
        trouble: dict[str, Value] = {
            "loss": loss, "duplicates": duplicates, "delay_ms": delay_ms, "jitter_ms": jitter_ms,
            "dropout_every_s": dropout_every_s, "dropout_s": dropout_s, "seed": seed,
        }  # fmt: skip
        lasts_s = times * (length_s / speed + pause_s) - pause_s if times else None
        # What was saved of a damaged one lies where it does for as long as `recorded` is held.
        asyncio.run(_replay(file.name, recorded.path.absolute(), to, name, passes, trouble, lasts_s))
    except KeyboardInterrupt:
        sys.exit(130)
    if at_fault:
        raise typer.Exit(1)


async def _replay(
    title: str, file: Path, to: str, machine: str, passes: dict[str, Value], trouble: dict[str, Value], lasts_s: float | None
) -> None:
    driver: dict[str, Value] = {"name": "recording", "file": str(file), **passes}
    with folder_for_configurations() as folder:
        config = configuration(machine, to, driver, Path(folder), trouble=trouble)
        async with EdgeAgents([config], keep=False) as agents:
            await _reachable(to)
            code = await _with_progress(agents, f"{title} as {machine}", lasts_s)
            if code != 0:
                raise CommandFault(agents.last_words or f"the edge agent ended with exit code {code}")


async def _reachable(to: str) -> None:
    """Fails at once where nobody listens: the agent itself would try for ever, as it must on a machine."""
    parts = urlsplit(to)
    port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), 5)
    except (OSError, TimeoutError) as error:
        raise CommandFault(f"no broker answers at {parts.hostname}:{port}") from error
    writer.close()


async def _with_progress(agents: EdgeAgents, title: str, lasts_s: float | None) -> int:
    """Wait for the agent's end. It keeps to the file's own times, so time tells how far it is; without an end (None) that it runs."""
    ended = asyncio.create_task(agents.ended())
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task(title, total=lasts_s)
        began_s = time.monotonic()
        while not ended.done():
            await asyncio.wait({ended}, timeout=0.2)
            if lasts_s is not None:
                progress.update(bar, completed=min(time.monotonic() - began_s, 0.99 * lasts_s))
        progress.update(bar, completed=lasts_s)
    return ended.result()


def _length_s(recorded: Recorded) -> float:
    first_ns = last_ns = None
    for entry in recorded.entries():
        if isinstance(entry, Block) and len(entry.t_ns):
            first_ns = int(entry.t_ns[0]) if first_ns is None else first_ns
            last_ns = int(entry.t_ns[-1])
    return 0.0 if first_ns is None or last_ns is None else (last_ns - first_ns) / 1e9
