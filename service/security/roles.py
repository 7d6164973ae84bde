"""The policy: which role may take which action. Deny by default (robustness-and-screens 2.2, C01)."""

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What somebody, or a program, is in the clinic."""

    SCREEN = "screen"
    THERAPIST = "therapist"
    ENGINEER = "engineer"
    ADMIN = "admin"


class Action(StrEnum):
    """What a route or a socket does for its caller. Each declares exactly one."""

    OPEN = "open"
    """Needs no credential and gives nothing away: health, the sign-in page, the dashboard's own files."""
    INSPECT = "inspect"
    """The service's own numbers and its interface description: open where only this computer can ask."""
    WATCH = "watch"
    PLAN = "plan"
    START = "start"
    RESUME = "resume"
    PAUSE = "pause"
    STOP = "stop"
    TELL = "tell"
    """What was felt and shown at a machine, into its session."""
    READ = "read"
    """Sessions, their events and recordings."""
    SEE = "see"
    """Say that one has seen what a machine needs."""
    LABEL = "label"
    """What a therapist says of a session: labels beside what the engine found."""
    PAIR = "pair"
    """Make a browser the patient's screen of a machine, and end that."""


class Identity(NamedTuple):
    """Somebody the gate knows. `machine` binds a screen to one `site/machine`; None = every machine. `pairing`: a paired screen's id."""

    role: Role
    name: str
    machine: str | None = None
    pairing: str | None = None


ANONYMOUS_ACTIONS = frozenset({Action.OPEN})

_BRAKE = frozenset({Action.PAUSE, Action.STOP})
_DRIVE = frozenset({Action.PLAN, Action.START, Action.RESUME})

POLICY: dict[Role, frozenset[Action]] = {
    # A screen stands in reach of a patient: it can slow down, never set in motion.
    Role.SCREEN: frozenset({Action.WATCH, Action.TELL}) | _BRAKE,
    Role.THERAPIST: frozenset({Action.WATCH, Action.TELL, Action.READ, Action.SEE, Action.LABEL, Action.PAIR}) | _BRAKE | _DRIVE,
    Role.ENGINEER: frozenset({Action.WATCH, Action.READ, Action.INSPECT}),
    Role.ADMIN: frozenset(Action),
}


def may(identity: Identity | None, action: Action, machine: str | None = None) -> bool:
    """True where the policy lets `identity` take `action` (on `machine`, `site/machine`; None = on none in particular)."""
    if action in ANONYMOUS_ACTIONS:
        return True
    if identity is None or action not in POLICY[identity.role]:
        return False
    return machine is None or identity.machine is None or identity.machine == machine
