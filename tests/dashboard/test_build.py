"""What the browser loads."""

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.dashboard.stage import WEB

DASHBOARD = Path(__file__).parents[2] / "dashboard"


def test_the_patients_screen_is_at_most_120_kb_gzip() -> None:
    """What is loaded when another page is opened does not count; the build looks at each page."""
    if not (WEB / "index.html").is_file():
        pytest.skip("the dashboard is not built (cd dashboard && npm ci && npm run build)")
    page = (WEB / "index.html").read_text()
    linked = [WEB / path for path in re.findall(r'(?:src|href)="/([^"]+)"', page)]
    assert len(linked) >= 3
    assert sum(len(gzip.compress(file.read_bytes())) for file in [WEB / "index.html", *linked]) <= 120_000


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    """C13: it runs under a policy without inline script and style."""
    if not (WEB / "index.html").is_file():
        pytest.skip("the dashboard is not built (cd dashboard && npm ci && npm run build)")
    page = (WEB / "index.html").read_text()
    assert "<style" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"(src|href)=\"(?!/[^/])", page)


def test_the_lock_file_has_no_download_addresses() -> None:
    packages = json.loads((DASHBOARD / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_what_is_measured_in_the_picture_is_not_built_in() -> None:
    """Robustness-and-screens 3.9.4, decision 0195: the code of a picture is a benchmark's build's own."""
    if not (WEB / "index.html").is_file():
        pytest.skip("the dashboard is not built (cd dashboard && npm ci && npm run build)")
    assert "window.measured" in (DASHBOARD / "src/screens/patient/code.ts").read_text()
    scripts = list((WEB / "assets").glob("*.js"))
    assert scripts
    assert [file.name for file in scripts if "window.measured" in file.read_text()] == []
