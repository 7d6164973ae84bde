"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="Data folder of the service.", envvar="ILEX_DATA", show_default="your own data folder")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="HTTP and WebSocket; 0 takes any free one.")]
