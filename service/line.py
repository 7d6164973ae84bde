"""The running line: broker, ingest, floor, index, started and stopped in order (architecture.md: nothing lost, then delay)."""

import asyncio
import contextlib
from typing import Self

import structlog

from service.broker import EmbeddedBroker
from service.ingest import Ingest
from service.live.floor import Floor
from service.security import Gate
from service.settings import Settings
from service.store import Index

STOP_S = 4.0
"""How long finishing recordings may take before the process ends without (robustness-and-screens F04: 5 s in all)."""

_log = structlog.get_logger("line")
