"""`ilex serve`: the service."""

import logging
from typing import Annotated

import typer

from service.cli import console
from service.cli.options import Data, Port, broker_url, web_address
from service.server import serving, until_told
from service.settings import Settings, default_data


def serve(
    host: Annotated[str, typer.Option(help="Where to listen. Beyond this computer only once a token was made.")] = "127.0.0.1",
    port: Port = 8080,
    data: Data = None,
    broker: Annotated[
        str | None, typer.Option(help="mqtt://[USER:PASSWORD@]HOST[:PORT] of an existing one.", envvar="ILEX_BROKER", callback=broker_url)
    ] = None,
    mqtt_port: Annotated[int, typer.Option(min=0, max=65535, help="Of the service's own broker.")] = 1883,
    origin: Annotated[list[str] | None, typer.Option(help="Further origin that browsers may come from; may be repeated.")] = None,
    lichtblick: Annotated[
        str | None,
        typer.Option(help="Address of a Lichtblick that recordings may be opened in.", envvar="ILEX_LICHTBLICK", callback=web_address),
    ] = None,
) -> None:
    """The service: takes the machines' signals over MQTT, records and analyses them, feeds the screens.

    ilex serve

    ilex serve --broker mqtt://broker.clinic:1883 --data /var/lib/ilex

    ilex token --role admin && ilex serve --host 0.0.0.0
    """
    settings = Settings(
        data=data or default_data(),
        host=host,
        port=port,
        broker=broker,
        mqtt_port=mqtt_port,
        origins=tuple(origin or ()),
        lichtblick=lichtblick,
    )
    console.check_exposure(settings)
    console.log_to_stderr(logging.INFO)
    console.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with serving(settings) as running:
        print(console.block(running, [], console.entrance(running)), flush=True)
        await until_told()
