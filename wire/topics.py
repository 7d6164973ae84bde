"""MQTT topics, built and parsed in one place (contract 1 and 2)."""

import re
from enum import StrEnum
from typing import NamedTuple

from wire.errors import WireError

MAJOR = 1
ROOT = f"ilex/{MAJOR}"
_PART = re.compile(r"[a-z0-9_-]{1,64}")


class Leaf(StrEnum):
    """The last level of a machine's topic."""

    STATUS = "status"
    SAMPLES = "samples"
    BACKFILL = "backfill"
    STORED = "stored"
    PLAN = "plan"
    COMMAND = "command"
    REPLY = "reply"
    BUTTON = "button"
    EVENTS = "events"


class Address(NamedTuple):
    """Where a message belongs: the machine as `site/machine`, and the leaf."""

    machine: str
    leaf: Leaf


def is_machine(name: str) -> bool:
    """True for `site/machine`, each part `[a-z0-9_-]{1,64}`."""
    site, slash, machine = name.partition("/")
    return bool(slash) and _PART.fullmatch(site) is not None and _PART.fullmatch(machine) is not None


def topic(machine: str, leaf: Leaf) -> str:
    """The topic of a machine's leaf. Raises WireError for a name the contract refuses."""
    if not is_machine(machine):
        raise WireError("topic", "", f"a machine is site/machine, each [a-z0-9_-]{{1,64}}, not {machine!r}")
    return f"{ROOT}/{machine}/{leaf}"


def everywhere(leaf: Leaf) -> str:
    """The subscription that covers a leaf of every machine."""
    return f"{ROOT}/+/+/{leaf}"


def parse(text: str) -> Address:
    """A topic as machine and leaf. Raises WireError: `major` for another major version, `topic` otherwise."""
    levels = text.split("/")
    if len(levels) != 5 or levels[0] != "ilex":
        raise WireError("topic", "", f"expected {ROOT}/site/machine/leaf, got {text[:200]!r}")
    if levels[1] != str(MAJOR):
        raise WireError("major", "", f"this side speaks major version {MAJOR}, got {levels[1][:20]!r}")
    machine = f"{levels[2]}/{levels[3]}"
    if not is_machine(machine):
        raise WireError("topic", "", f"a machine is site/machine, each [a-z0-9_-]{{1,64}}, not {machine[:200]!r}")
    try:
        return Address(machine, Leaf(levels[4]))
    except ValueError:
        raise WireError("topic", "", f"no such leaf: {levels[4][:64]!r}") from None
