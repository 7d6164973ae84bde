"""Other versions of Ilex that are installed beside this one, each in an environment of its own (decision 0188)."""

import os
import re
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


def installed(folder: Path) -> dict[str, Path]:
    """Their `ilex` commands by the name of the environment, in order: `FOLDER/NAME/bin/ilex`. Blocks."""
    if not folder.is_dir():
        return {}
    found = {each.name: each / "bin" / "ilex" for each in sorted(folder.iterdir()) if _NAME.fullmatch(each.name)}
    return {name: command for name, command in found.items() if os.access(command, os.X_OK) and command.is_file()}
