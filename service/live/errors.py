"""Why a machine does not do what it was told."""


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


class NotRecorded(RuntimeError):
    """The session's recording does not take anything now; it may soon."""
