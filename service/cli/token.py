"""`ilex token`: a bearer token for a program, or for a screen elsewhere."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from service.cli.fault import CommandFault
from service.cli.options import Data
from service.security import Gate, Role, SecretKeyError
from service.settings import default_data
from wire.topics import is_machine


def token(
    role: Annotated[Role, typer.Option(help="What its holder may do.")],
    data: Data = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it counts.")] = 90,
    name: Annotated[str | None, typer.Option(help="What it is for; shown in lists and logs.", show_default="the role")] = None,
    machine: Annotated[str | None, typer.Option(help="Bind it to one machine, SITE/MACHINE.")] = None,
) -> None:
    """Make a bearer token. It is printed once, alone on stdout, and kept nowhere.

    ilex token --role therapist

    ilex token --role screen --machine clinic/m1 --days 30

    curl -H "Authorization: Bearer $(ilex token --role engineer)" http://127.0.0.1:8080/api/v1/sessions
    """
    if machine is not None and not is_machine(machine):
        raise typer.BadParameter("a machine is SITE/MACHINE, each of a-z, 0-9, _ and -", param_hint="--machine")
    folder = data or default_data()
    try:
        text, claims = Gate(folder).issue(role, days=days, name=name, machine=machine)
    except (SecretKeyError, OSError) as error:
        raise CommandFault(str(error)) from error
    until = datetime.fromtimestamp(claims.expires, UTC)
    print(f"A token for the role {role}, good until {until:%Y-%m-%d %H:%M} UTC for services on {folder}:", file=sys.stderr)
    print(text)
