"""A screen that notes everything it is sent, and comes back with `resume` whenever it is cut off (contract 5)."""

import contextlib
import json
import random
import threading
import time
from array import array
from bisect import bisect_left
from collections import defaultdict
from typing import Any, Self

import numpy as np
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

AGAIN_S = (0.1, 0.4)
"""Until it tries again, drawn from here: quicker than a browser's page, so that it is the service that is measured."""
LIVE_S = 0.25
"""Contract 5: `live` is what is not older."""
LIE_MS = 100.0
"""An age may be stated so much too young: the device clock is estimated."""


class Seen:
    """Frames of one machine. Times are seconds of this computer's monotonic clock, which is also the simulated devices'."""

    def __init__(self) -> None:
        self.received_s = array("d")
        self.sampled_s = array("d")
        """Of each frame's newest sample."""
        self.backwards: list[str] = []
        """Frames older than the one before, in words: the past shown as live."""
        self.lies = 0
        """Frames said to be live that were not."""

    def frame(self, message: dict[str, Any], now_s: float) -> None:
        sampled_s = message["t_ns"] * 1e-9
        # A new boot's clock is laid beside the old one's to within the anchors' error.
        if self.sampled_s and sampled_s < self.sampled_s[-1] - LIE_MS * 1e-3:
            back_s = self.sampled_s[-1] - sampled_s
            self.backwards.append(
                f"{message['machine']} at {time.strftime('%H:%M:%S')}: {back_s:.3f} s back, said to be {message['age_ms']} ms old"
                f" and {now_s - sampled_s:.3f} s old, after one that was {self.received_s[-1] - self.sampled_s[-1]:.3f} s old"
            )
        if message["age_ms"] <= LIVE_S * 1e3 < message["sent_ns"] * 1e-6 - sampled_s * 1e3 - LIE_MS:
            self.lies += 1
        # In this order: other threads read up to the end of `received_s`.
        self.sampled_s.append(sampled_s)
        self.received_s.append(now_s)

    def live_after(self, after_s: float) -> float | None:
        """When it was live again: the first frame received after that time that was fresh, s; None = not yet."""
        first = bisect_left(self.received_s, after_s)
        fresh = (k for k in range(first, len(self.received_s)) if self.received_s[k] - self.sampled_s[k] <= LIVE_S)
        found = next(fresh, None)
        return None if found is None else self.received_s[found]

    def live_s(self, begin_s: float, end_s: float) -> float:
        """For how long of that time its newest sample was at most 250 ms old."""
        first = max(0, bisect_left(self.received_s, begin_s) - 1)
        received_s, sampled_s = np.array(self.received_s[first:]), np.array(self.sampled_s[first:])
        n = min(len(received_s), len(sampled_s))
        until_s = np.minimum(np.append(received_s[1:n], end_s), sampled_s[:n] + LIVE_S).clip(max=end_s)
        return float((until_s - received_s[:n].clip(min=begin_s)).clip(min=0).sum())


class Screen:
    """`with Screen(port, token) as screen:` watches every machine."""

    def __init__(self, port: int, token: str, rate_hz: float) -> None:
        self._url = f"ws://127.0.0.1:{port}/api/v1/live"
        self._token = token
        self._rate_hz = rate_hz
        self._over = threading.Event()
        self._connection: ClientConnection | None = None
        self._resume: dict[str, dict[str, Any]] = {}
        self._left = False
        """It has closed the connection itself, to ask for more."""
        self._thread = threading.Thread(target=self._run, name="screen", daemon=True)
        self.frames: defaultdict[str, Seen] = defaultdict(Seen)
        self.events: defaultdict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        """By session and id, as first received."""
        self.newest: dict[str, dict[str, Any]] = {}
        """The last event of each machine."""
        self.repeated = 0
        self.contradicted: list[str] = []
        """The same id again, with another content."""
        self.skipped_ids: list[str] = []
        """Ids that did not follow each other."""
        self.said: defaultdict[str, list[tuple[float, dict[str, Any]]]] = defaultdict(list)
        """`keeping`, `invalid`, `feed` messages by type, with when."""
        self.closings: list[tuple[float, int]] = []
        """When it was cut off, and the code (1006 = without a word)."""
        self.connects: list[float] = []

    def _run(self) -> None:
        while not self._over.is_set():
            code, connected, self._left = 1006, False, False
            try:
                headers = {"Authorization": f"Bearer {self._token}"}
                with connect(self._url, additional_headers=headers, compression=None, open_timeout=2, close_timeout=1) as self._connection:
                    self._connection.send(json.dumps({"type": "watch", "machines": "*", "rate_hz": self._rate_hz, "resume": self._resume}))
                    self.connects.append(time.monotonic())
                    connected = True
                    for text in self._connection:
                        self._take(json.loads(text))
                        if self._left:
                            break
                    code = self._connection.close_code or 1006
            except (OSError, TimeoutError, WebSocketException):
                if self._connection is not None:
                    code = self._connection.close_code or 1006
            if connected and not self._left:
                self.closings.append((time.monotonic(), code))
            self._connection = None
            self._over.wait(random.uniform(*AGAIN_S))  # noqa: S311 - no secret

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "frame":
            self.frames[message["machine"]].frame(message, time.monotonic())
        elif kind == "event":
            self._event(message)
        elif kind == "snapshot":
            self._snapshot(message)
        elif kind not in ("hello", "pong"):
            self.said[kind].append((time.monotonic(), message))

    def _snapshot(self, snapshot: dict[str, Any]) -> None:
        """Of a machine of which no event is known, the session is asked for from its beginning, as the dashboard does.

        Where some of it is over already, by coming again: a second `watch` would be told again what is on its way.
        """
        if snapshot["session"] is not None and snapshot["machine"] not in self._resume:
            self._resume[snapshot["machine"]] = {"session": snapshot["session"], "id": 0}
            self._left = snapshot["last_event_id"] > 0

    def _event(self, event: dict[str, Any]) -> None:
        session, number = event["session"], event["id"]
        if session is None:
            return
        known = self.events[session]
        if number in known:
            self.repeated += 1
            if known[number] != event:
                self.contradicted.append(f"{session} {number}: {known[number]} then {event}")
            return
        if number != len(known) + 1:
            self.skipped_ids.append(f"{session}: {number} after {len(known)}")
        known[number] = self.newest[event["machine"]] = event
        self._resume[event["machine"]] = {"session": session, "id": number}

    def event_counts(self) -> dict[str, int]:
        """Events as they were shown, across all reconnections; all but `shown` must be 0."""
        return {
            "shown": sum(map(len, self.events.values())),
            "repeated": self.repeated,
            "contradicted": len(self.contradicted),
            "out_of_order": len(self.skipped_ids),
        }

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(OSError, WebSocketException):
                connection.close()
        self._thread.join(5)
