"""deploy/kiosk: a screen that hangs, crashes or finds nobody comes back by itself (robustness-and-screens 3.7, decision 0216)."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import psutil
import pytest

from deploy.kiosk import kiosk
from tests import chromium

KIOSK = Path(__file__).parents[2] / "deploy" / "kiosk"
PATIENCE_S = 60.0
CALM = b"<!doctype html><title>calm</title>"
HANGS = b"<!doctype html><title>hangs</title><script>setTimeout(() => { for (;;); }, 300)</script>"


class Clinic:
    """Serves one page after the other at `/screen`, the last one again and again; remembers what cookie came with each question."""

    def __init__(self, *pages: bytes) -> None:
        self.cookies: list[str | None] = []
        clinic = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/screen":
                    self.send_error(404)
                    return
                page = pages[min(len(clinic.cookies), len(pages) - 1)]
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("cache-control", "no-store")
                self.send_header("set-cookie", "paired=yes; max-age=86400")
                self.end_headers()
                self.wfile.write(page)
                clinic.cookies.append(self.headers.get("cookie"))

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.server_bind()
        self._open = False
        self.address = f"http://127.0.0.1:{self._server.server_port}/screen"

    def open(self) -> None:
        """From now on it is reached; before, it has its port and refuses."""
        self._open = True
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._open:
            self._server.shutdown()
        self._server.server_close()

    def asked(self, times: int) -> Callable[[], bool]:
        """Whether it was, so often."""
        return lambda: len(self.cookies) == times


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[str], psutil.Process]]:
    """Starts the kiosk without a display; at the end nothing of it is left."""
    if chromium.PATH is None:
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    processes: list[subprocess.Popen[bytes]] = []

    def start(address: str) -> psutil.Process:
        own = ["--browser", str(chromium.PATH), "--profile", str(tmp_path / "profile")]
        command = [sys.executable, str(KIOSK / "kiosk.py"), address, *own, "--", "--headless=new", *chromium.ARGUMENTS]
        with (tmp_path / "log").open("ab") as log:
            processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        return psutil.Process(processes[-1].pid)

    yield start
    for process in processes:
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        assert process.wait(20) == 0
        _, left = psutil.wait_procs(family, 5)
        assert left == []


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def renderers(of: psutil.Process) -> list[psutil.Process]:
    found = []
    for child in of.children(recursive=True):
        try:
            if "--type=renderer" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def browsers(of: psutil.Process) -> list[psutil.Process]:
    found: list[psutil.Process] = of.children()
    return found


@pytest.mark.browser
def test_whatever_befalls_it_the_screen_comes_back(started: Callable[[str], psutil.Process], tmp_path: Path) -> None:
    """3.7: no service when it is switched on, a page that hangs, a renderer and a browser that are killed; it stays paired."""
    with Clinic(HANGS, CALM) as clinic:

        def said() -> list[str]:
            return re.findall(r"^kiosk: (.*)$", (tmp_path / "log").read_text(errors="replace"), re.MULTILINE)

        keeper = started(clinic.address)
        until(lambda: said()[-1:] == ["nobody answers at the address"])
        clinic.open()
        # The first page hangs, and is given up after 2 s.
        until(clinic.asked(2))
        for number, victims in enumerate((renderers, browsers), 3):
            until(lambda: said()[-1:] == ["the page is shown"])
            for process in victims(keeper):
                process.kill()
            until(clinic.asked(number))
        assert clinic.cookies == [None, "paired=yes", "paired=yes", "paired=yes"]
        troubles = [line.partition(": ")[2] for line in said() if line.startswith("starting the browser anew: ")]
        assert troubles == ["its page does not answer", "its page has ended", "the browser has ended"]


def test_what_plain_http_takes_away_is_given_back_to_the_clinics_address_alone() -> None:
    """3.7: the wake lock needs a secure context; HTTPS and this computer are ones by themselves."""
    for address in ("https://clinic/screen/a/b", "http://127.0.0.1:8080/screen/a/b", "http://localhost:8080/", "http://[::1]:8080/"):
        assert kiosk.flags(address) == [*kiosk.FLAGS]
    given = kiosk.flags("http://clinic.local:8080/screen/a/b?feedback=full")
    assert given[len(kiosk.FLAGS) :] == ["--unsafely-treat-insecure-origin-as-secure=http://clinic.local:8080", "--test-type"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_verifies_and_starts_what_is_there(tmp_path: Path) -> None:
    text = (KIOSK / "ilex-kiosk.service").read_text()
    program = re.search(r"^ExecStart=/usr/bin/python3 /opt/ilex-kiosk/(\S+) ", text, re.MULTILINE)
    assert program is not None
    assert (KIOSK / program[1]).is_file()
    unit = tmp_path / "ilex-kiosk.service"
    unit.write_text(re.sub(r"^ExecStart=/usr/bin/python3", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    command = ["systemd-analyze", "--user", "verify", "--man=no", str(unit)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert [line for line in result.stderr.splitlines() if "ilex-kiosk" in line] == []
    assert result.returncode == 0, result.stderr
