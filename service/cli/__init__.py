"""The command `ilex`. Each command lives in a module of its own, imported only when it is called."""

import importlib
import signal
import sys
from typing import Annotated, NoReturn

import typer

from service.cli.fault import CommandFault

COMMANDS = {
    "demo": "Everything on this computer: broker, service, simulated patients, dashboard.",
    "serve": "The service; starts its own broker unless given one.",
    "analyze": "Recordings through the analysis: a table, or events as JSON.",
    "replay": "Play a recording over MQTT as if it were a machine.",
    "export": "Write a recording as CSV or Parquet.",
    "import": "Make a recording from a table of another machine.",
    "diff": "What differs between two recordings' events.",
    "rerun": "Analyse recordings again, otherwise: what changes.",
    "recover": "Save what is whole of a damaged recording.",
    "token": "Make a bearer token for a program or a screen.",
}
"""Every command in the order of the help: the module `service.cli.<name>` holds a function `<name>`, but for `MODULES`."""

MODULES = {"import": "importing"}
"""Commands whose name is a word of Python's."""

EPILOG = "Begin with `ilex demo`. Exit codes: 0 done, 1 the input or this computer is at fault (one line says what), 2 wrong use."


def main() -> None:
    """Run the command line in `sys.argv`. Ends the process: 0 done, 1 a fault in one line on stderr, 2 wrong use; 128 + N by signal N."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # `nohup` has it ignored
            signal.signal(number, _ended)
    try:
        application(_called(sys.argv[1:]))()
    except KeyboardInterrupt:
        sys.exit(130)
    except CommandFault as fault:
        print(f"ilex: {fault}", file=sys.stderr)
        sys.exit(1)


def _ended(number: int, _: object) -> NoReturn:
    """Ends as by Ctrl+C: what a command has put down for itself (a password, a copy of a session) goes with it."""
    sys.exit(128 + number)


def application(called: str | None) -> typer.Typer:
    """The typer application; only the command `called` is imported, the others stand in the help by name."""
    app = typer.Typer(
        no_args_is_help=True, epilog=EPILOG, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="markdown"
    )
    app.callback(help="Live biofeedback for isolated lumbar extension machines: from the sensor to the screen.")(_options)
    for name, words in COMMANDS.items():
        module = MODULES.get(name, name)
        function = getattr(importlib.import_module(f"service.cli.{module}"), module) if name == called else _unread
        app.command(name, short_help=words, help=None if name == called else words)(function)
    return app


def _called(arguments: list[str]) -> str | None:
    return next((argument for argument in arguments if argument in COMMANDS), None)


def _unread() -> None:
    """Stands in the help for a command that was not called."""


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"ilex {version('ilex')}")
        raise typer.Exit


def _options(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")] = False,
) -> None:
    """Options before any command."""
