"""What `scripts/bench screen` keeps of several runs."""

import re
from pathlib import Path

from benchmarks import figures, screen


def test_what_is_measured_again_stands_beside_what_was_measured_before(tmp_path: Path) -> None:
    """Its date and command are said; the rest stays as it was, and the table says both."""
    first = {"date": "2026-01-15 09:30 UTC", "command": "scripts/bench screen", "note": None}
    bundle, opened = {"files": 3, "gzip_kb": 104.2}, {"runs": 9, "median_ms": 266.0, "max_ms": 340.0}
    figures.write("screen", first, {"bundle": bundle, "opened": opened}, tmp_path)
    later = {"date": "2026-01-16 10:00 UTC", "command": "scripts/bench screen --only bundle", "note": None}
    facts, result = figures.beside("screen", later, {"bundle": bundle | {"gzip_kb": 99.0}}, tmp_path)
    assert facts == first | {"later": {"bundle": "2026-01-16 10:00 UTC, `scripts/bench screen --only bundle`"}}
    assert result == {"opened": opened, "bundle": {"files": 3, "gzip_kb": 99.0}}
    assert re.search(r"gzip, 3 files +\| +99\.0 kB \| +<= 120 kB", screen.tables(result))
    assert figures.beside("none", later, {"bundle": bundle}, tmp_path) == (later, {"bundle": bundle})
