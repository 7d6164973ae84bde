"""Why a machine does not do what it was told."""

from wire.plan import Fault


class UnknownMachine(LookupError):
    """No status, plan or sample was ever seen of it."""


class SetRunning(RuntimeError):
    """Not during a set."""


class NoSignal(RuntimeError):
    """The machine sends no live signal."""


class NoSession(RuntimeError):
    """There is no open session to act on."""


class StorageFull(RuntimeError):
    """The machine's own disk is full: no new session, until there is space again."""


class AnotherPatient(RuntimeError):
    """Who was confirmed is not whom the plan is for."""


class AnotherPlan(RuntimeError):
    """The plan is another one than that which was confirmed."""


class PatientElsewhere(RuntimeError):
    """The same alias has a session open at another machine, `machine`."""

    def __init__(self, words: str, machine: str) -> None:
        super().__init__(words)
        self.machine = machine


class CalibrationExpired(RuntimeError):
    """The machine's calibration is too old, and nobody has said that it is used all the same."""


class BeyondStops(RuntimeError):
    """The plan's range lies beyond the machine's own stops; `faults` point at its fields."""

    def __init__(self, words: str, faults: list[Fault]) -> None:
        super().__init__(words)
        self.faults = faults


class NotRecorded(RuntimeError):
    """The session's recording does not take anything now; it may soon."""
