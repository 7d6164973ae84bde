"""Options that several commands share."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

Data = Annotated[Path | None, typer.Option(help="Data folder of the service.", envvar="ILEX_DATA", show_default="your own data folder")]


def broker_url(text: str | None) -> str | None:
    """An MQTT broker's URL, checked. Raises typer.BadParameter with what was expected."""
    if text is None:
        return None
    parts = urlsplit(text)
    try:
        usable = parts.scheme in ("mqtt", "mqtts") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable:
        raise typer.BadParameter("expected mqtt://[USER:PASSWORD@]HOST[:PORT] or mqtts://...")
    return text


def web_address(text: str | None) -> str | None:
    """The address of a page, checked. Raises typer.BadParameter with what was expected."""
    if text is None:
        return None
    parts = urlsplit(text)
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username:
        raise typer.BadParameter("expected http://HOST[:PORT][/PATH] or https://...")
    return text


Port = Annotated[int, typer.Option(min=0, max=65535, help="HTTP and WebSocket; 0 takes any free one.")]
