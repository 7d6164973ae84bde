"""A patient's screen that comes back by itself: starts Chromium as a kiosk, asks its page again and again whether it runs, starts anew.

    python3 kiosk.py http://CLINIC:8080/screen/SITE/MACHINE
    python3 kiosk.py ADDRESS --browser /usr/bin/chromium --profile FOLDER -- FLAG...

Needs Python 3.11 and Chromium, nothing of Ilex. It speaks to the browser over a pipe, so no port is opened (decision 0216).
"""

import argparse
import contextlib
import fcntl
import ipaddress
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

PATIENCE_S = 10.0
"""A page that answers nothing for so long hangs (robustness-and-screens 3.7)."""
START_S = 60.0
"""From the start to the first answer: a cold disk takes its time."""
LOOK_S = 1.0
RELOAD_S = 3.0
"""Between two attempts at a page that the service did not give."""
CLOSE_S = 5.0
AGAIN_S = 1.0
NOBODY = "chrome-error:"
"""The scheme of the browser's own page for an address that nobody answers at."""
FREE_FD = 10
"""Above those that the browser reads and writes, 3 and 4."""

FLAGS = (
    "--kiosk", "--no-first-run", "--no-default-browser-check", "--noerrdialogs", "--hide-crash-restore-bubble", "--disable-pinch",
    "--overscroll-history-navigation=0", "--autoplay-policy=no-user-gesture-required", "--disable-features=Translate",
    "--disable-background-networking", "--password-store=basic",
)  # fmt: skip
"""As it was left: no questions, no gestures out of the page, sound without a touch, cookies that no keyring has to open."""


class TroubleError(Exception):
    """The browser has to be started anew, and why."""


def origin(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def flags(address: str) -> list[str]:
    """Of the browser. A plain HTTP origin elsewhere is let do what HTTPS may: without it no browser keeps the display on."""
    host = urlsplit(address).hostname or ""
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return [*FLAGS]
    if urlsplit(address).scheme != "http" or host == "localhost":
        return [*FLAGS]
    # The second keeps the browser from saying so above the page.
    return [*FLAGS, f"--unsafely-treat-insecure-origin-as-secure={origin(address)}", "--test-type"]


class Browser:
    """A running browser: `with Browser(...) as browser: browser.watch()`. Leaving it ends the browser and all that it started."""

    def __init__(self, command: Sequence[str], patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._unread = b""
        self._last_id = 0
        self._page: str | None = None
        theirs_in, self._to = _pipe()
        self._from, theirs_out = _pipe()
        self.pid = os.posix_spawnp(
            command[0], list(command), os.environ, setpgroup=0,
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs_in, 3), (os.POSIX_SPAWN_DUP2, theirs_out, 4)],
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)

    def watch(self) -> None:
        """For as long as its page runs. Raises TroubleError."""
        until = time.monotonic() + START_S
        reloaded = time.monotonic()
        said = None
        while True:
            place = self._place(until)
            now = time.monotonic()
            if place is not None:
                until = now + self._patience_s
            elif now > until:
                raise TroubleError("its page does not answer")
            if place not in {None, said}:
                said = place
                _say("nobody answers at the address" if place == NOBODY else "the page is shown")
            if place == NOBODY and now - reloaded > RELOAD_S:
                reloaded = now
                self._tell("Page.reload", page=True)
            self._hear(None, now + LOOK_S)

    def _place(self, until: float) -> str | None:
        """The scheme of what the page shows, as its own script says; None where it doesn't say."""
        if self._page is None:
            pages = [one for one in self._ask("Target.getTargets", until).get("targetInfos", []) if one["type"] == "page"]
            if not pages:
                return None
            attached = self._ask("Target.attachToTarget", until, {"targetId": pages[0]["targetId"], "flatten": True})
            self._page = attached.get("sessionId")
            self._tell("Inspector.enable", page=True)
        said = self._ask("Runtime.evaluate", until, {"expression": "location.protocol"}, page=True)
        value = said.get("result", {}).get("value")
        return value if isinstance(value, str) else None

    def _ask(self, method: str, until: float, parameters: dict[str, Any] | None = None, *, page: bool = False) -> dict[str, Any]:
        """What it answers by then; nothing where it refuses, or says nothing."""
        answer = self._hear(self._tell(method, parameters, page=page), until)
        return {} if answer is None else answer.get("result", {})

    def _tell(self, method: str, parameters: dict[str, Any] | None = None, *, page: bool = False) -> int:
        self._last_id += 1
        message: dict[str, Any] = {"id": self._last_id, "method": method, "params": parameters or {}}
        if page:
            message["sessionId"] = self._page
        try:
            os.write(self._to, json.dumps(message).encode() + b"\0")
        except OSError as error:
            raise TroubleError("the browser has ended") from error
        return self._last_id

    def _hear(self, number: int | None, until: float) -> dict[str, Any] | None:
        """Reads what it says until it answers that, or until then. Raises TroubleError."""
        while True:
            message, found, self._unread = self._unread.partition(b"\0")
            if not found:
                self._unread = message
                if not select.select([self._from], [], [], max(0.0, until - time.monotonic()))[0]:
                    return None
                read = os.read(self._from, 65536)
                if not read:
                    raise TroubleError("the browser has ended")
                self._unread += read
                continue
            said: dict[str, Any] = json.loads(message)
            if said.get("method") in {"Inspector.targetCrashed", "Target.detachedFromTarget"}:
                raise TroubleError("its page has ended")
            if number is not None and said.get("id") == number:
                return said

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closed in good order it keeps its cookies; then nothing of it is left.
        with contextlib.suppress(TroubleError):
            self._tell("Browser.close")
        ended_by = time.monotonic() + CLOSE_S
        while time.monotonic() < ended_by and os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            time.sleep(0.05)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self._to)
        os.close(self._from)


def _pipe() -> tuple[int, int]:
    """To read from, to write to; neither is one of the numbers that the browser is given."""
    high = []
    for low in os.pipe():
        high.append(fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, FREE_FD))
        os.close(low)
    return high[0], high[1]


def _found() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _say(words: str) -> None:
    """Into the unit's log, where the browser writes too."""
    print(f"kiosk: {words}", file=sys.stderr, flush=True)


def _end(*_: object) -> None:
    raise SystemExit(0)


def main(arguments: list[str]) -> int:
    """Shows the address until told to end (SIGTERM). What stands after `--` goes to the browser."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--browser", default=_found(), help="Chromium (found by itself)")
    parser.add_argument("--profile", type=Path, default=Path.home() / ".local/share/ilex-kiosk", help="where it keeps its pairing")
    parser.add_argument("--patience", type=float, default=PATIENCE_S, metavar="S", help="how long a page may say nothing (10)")
    mine = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:mine])
    if options.browser is None:
        print("no Chromium here (Debian: apt install chromium)", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _end)
    options.profile.mkdir(parents=True, exist_ok=True, mode=0o700)
    own = [f"--user-data-dir={options.profile}", "--remote-debugging-pipe"]
    command = [options.browser, *own, *flags(options.address), *arguments[mine + 1 :], options.address]
    while True:
        try:
            with Browser(command, options.patience) as browser:
                browser.watch()
        except TroubleError as trouble:
            _say(f"starting the browser anew: {trouble}")
        time.sleep(AGAIN_S)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
