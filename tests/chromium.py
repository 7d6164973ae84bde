"""The browser of tests: which one, how it is started, and what keeps its pages from taking the computer."""

import os
import shutil

PATH = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Of Chromium; None where there is none (Debian: apt install chromium)."""

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip

CALM = """{
    const draw = requestAnimationFrame.bind(window), asked = new Set();
    let last = 0;
    window.requestAnimationFrame = (step) => {
        const id = ++last;
        asked.add(id);
        setTimeout(() => draw((now) => asked.delete(id) && step(now)), 80);
        return id;
    };
    // Its own numbers: the browser's would take back a frame that somebody else has asked for.
    window.cancelAnimationFrame = (id) => asked.delete(id);
}"""
"""To run before a page does: it draws ten times a second, which is enough for who reads its words."""
