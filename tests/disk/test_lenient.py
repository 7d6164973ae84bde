"""robustness F10, F11: a log on a full disk costs its own lines, nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


@pytest.mark.parametrize(
    "configure",
    ["from service.cli.console import log_to_stderr; log_to_stderr(10)", "from edge_agent.cli import _log; _log(True, False)"],
    ids=["service", "edge"],
)
def test_whoever_logs_to_a_full_disk_goes_on(configure: str) -> None:
    code = f"{configure}\nimport structlog\nfor _ in range(3000): structlog.get_logger().warning('said', reason='x' * 30)\nprint('went on')"
    with FULL.open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], check=False, stdout=subprocess.PIPE, stderr=full, text=True, timeout=60)
    assert done.stdout == "went on\n"
