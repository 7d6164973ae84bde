"""The command `ilex-edge`: exit 0 done, 1 the input is at fault (one line says what and where), 2 wrong use."""

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import Annotated, TextIO, cast

import msgspec
import structlog
import typer

from disk.lenient import Lenient
from edge_agent import probe
from edge_agent.agent import Agent
from edge_agent.configuration import Configuration, ConfigurationError, fault, load
from edge_agent.drivers import DriverError
from edge_agent.lock import Taken

app = typer.Typer(
    name="ilex-edge",
    help="The Ilex edge agent: samples from a machine to the MQTT broker.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

EXAMPLES = """Examples:

\b
  ilex-edge run --config /etc/ilex/edge.toml
  ilex-edge run --config a.toml --config b.toml     several machines in one process
  ilex-edge run machines/*.toml
  ilex-edge check machines/*.toml                   only look whether they can be used

A configuration is one TOML file a machine; edge_agent/example.toml explains every key.
Ends by SIGTERM or Ctrl-C, or when every source (a recording) has reached its end."""

Files = Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="Further configurations.", show_default=False)]
Config = Annotated[list[Path] | None, typer.Option("--config", "-c", metavar="FILE", help="A configuration; may be repeated.")]


@app.callback()
def _root() -> None:
    """The Ilex edge agent: samples from a machine to the MQTT broker."""


@app.command(epilog=EXAMPLES)
def run(
    files: Files = None,
    config: Config = None,
    truth: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every sample down here first, for tests.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what happens, not only what goes wrong.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Log lines as JSON.")] = False,
) -> None:
    """Run the agents of these configurations until they are told to stop or their sources end."""
    _log(verbose, json)
    agents = _agents([*(config or []), *(files or [])], truth)
    raise typer.Exit(asyncio.run(_run(agents)))


@app.command(epilog=EXAMPLES)
def check(files: Files = None, config: Config = None) -> None:
    """Look whether these configurations can be used, their recordings and spools too, and say so."""
    paths = [*(config or []), *(files or [])]
    configurations = _load(paths)
    for path, configuration in zip(paths, configurations, strict=True):
        spool = _agent(path, msgspec.structs.replace(configuration, truth=None)).spool.folder
        try:
            probe.attempt(spool)
        except OSError as error:
            raise _refuse(fault(path, "spool.folder", f"samples don't go to the disk: {error}")) from None
    for path, configuration in zip(paths, configurations, strict=True):
        typer.echo(f"{path}: {configuration.machine}, driver {type(configuration.driver).__struct_config__.tag}")


def _load(paths: list[Path]) -> list[Configuration]:
    if not paths:
        typer.echo("expected at least one --config FILE; see ilex-edge run --help", err=True)
        raise typer.Exit(2)
    try:
        configurations = [load(path) for path in paths]
    except ConfigurationError as error:
        raise _refuse(error) from None
    seen: dict[str, Path] = {}
    for path, configuration in zip(paths, configurations, strict=True):
        if configuration.machine in seen:
            raise _refuse(f"{path}:1: machine: {configuration.machine} is taken by {seen[configuration.machine]}")
        seen[configuration.machine] = path
    return configurations


def _agents(paths: list[Path], truth: Path | None) -> list[Agent]:
    configurations = _load(paths)
    if truth is not None:
        configurations = [msgspec.structs.replace(each, truth=str(truth.absolute())) for each in configurations]
    return [_agent(path, configuration) for path, configuration in zip(paths, configurations, strict=True)]


def _agent(path: Path, configuration: Configuration) -> Agent:
    try:
        return Agent(configuration, path.absolute().parent)
    except (ConfigurationError, DriverError) as error:
        raise _refuse(error) from None
    except OSError as error:
        raise _refuse(f"{error.filename}: {error.strerror}") from None


def _refuse(reason: object) -> typer.Exit:
    typer.echo(str(reason), err=True)
    return typer.Exit(1)


async def _run(agents: list[Agent]) -> int:
    """All agents side by side: one whose source fails doesn't end the others. Exit code."""
    tasks = [asyncio.create_task(agent.run(), name=agent.machine) for agent in agents]

    def stop() -> None:
        for task in tasks:
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    code = 0
    for agent, result in zip(agents, await asyncio.gather(*tasks, return_exceptions=True), strict=True):
        if isinstance(result, DriverError | Taken):
            typer.echo(f"{agent.machine}: {result}", err=True)
            code = 1
        elif isinstance(result, Exception):
            raise result
    return code


def _log(verbose: bool, json: bool) -> None:
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer() if json else console,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", Lenient(sys.stderr))),
    )


def main() -> None:
    """Entry point of `ilex-edge`."""
    app(prog_name="ilex-edge")
