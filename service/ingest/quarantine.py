"""Payloads that never reach the analysis: counted by reason, the newest kept for whoever looks for the cause (contract 2)."""

import base64
import json
from collections import deque
from pathlib import Path
from typing import NamedTuple

from service.metrics import Counts, Queue
from wire.errors import WireError

MOST_MESSAGES = 1_000
MOST_BYTES = 16 * 1024 * 1024
"""Bounds of the ring (robustness F14)."""


class Held(NamedTuple):
    """One payload set aside; `machine` is None where the topic names none."""

    utc_ns: int
    topic: str
    machine: str | None
    reason: str
    pointer: str
    message: str
    payload: bytes


class Quarantine:
    """A ring of 1,000 messages and 16 MB in memory; `save` writes it to a file of JSON Lines that a person can read (decision 0053)."""

    def __init__(self, path: Path, counts: Counts) -> None:
        self.path = path
        self.queue = Queue("quarantine", MOST_MESSAGES)
        self.held: deque[Held] = deque()
        self.bytes = 0
        self.unsaved = False
        self._counts = counts.quarantined

    def put(self, topic: str, payload: bytes, machine: str | None, error: WireError, utc_ns: int) -> None:
        """Set one aside; the oldest make room."""
        self._counts[error.reason] = self._counts.get(error.reason, 0) + 1
        self.held.append(Held(utc_ns, topic[:300], machine, error.reason, error.pointer, error.message, payload))
        self.bytes += len(payload)
        while len(self.held) > MOST_MESSAGES or self.bytes > MOST_BYTES:
            self.bytes -= len(self.held.popleft().payload)
            self.queue.dropped += 1
        self.queue.now(len(self.held))
        self.unsaved = True

    def save(self, held: list[Held]) -> None:
        """Replaces the file by `held`. Blocks: for a worker thread. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            for each in held:
                row = each._asdict() | {"payload": base64.b64encode(each.payload).decode()}
                file.write(json.dumps(row) + "\n")
        draft.replace(self.path)
