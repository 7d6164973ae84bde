"""A machine without a session: its newest samples wait for movement to open one with them (contract 1, decision 0001)."""

from collections import deque
from collections.abc import Callable

from service.analysis import Movement, Parameters
from service.ingest.order import Ledger
from service.live.running import Arrival
from wire.samples import SampleBatch


class Waiting:
    """Samples of one boot within the window of movement. `refuse` lets go of the others, so that the edge may forget them (0052)."""

    def __init__(self, refuse: Callable[[SampleBatch], None]) -> None:
        self._refuse = refuse
        self._held: deque[Arrival] = deque()
        self._movement = Movement(Parameters())

    def take(self, arrival: Arrival, ledger: Ledger) -> list[Arrival]:
        """The next samples; all that a session begins with, once there is movement, else nothing."""
        held = self._held
        held.append(arrival)
        if self._movement.feed(arrival.t_ns, arrival.angle_deg):
            self._held = deque()
            ledger.unsettled = None
            return list(held)
        from_ns = int(arrival.t_ns[-1]) - self._movement.window_ns
        # The newest stays, even where its own times fall.
        while len(held) > 1 and (int(held[0].t_ns[-1]) < from_ns or int(held[0].t_ns[0]) > int(held[-1].t_ns[-1])):
            self._refuse(held.popleft().batch)
        ledger.unsettled = held[0].batch.seq
        return []

    def clear(self, ledger: Ledger | None) -> None:
        """Lets everything go; movement is looked for anew."""
        while self._held:
            self._refuse(self._held.popleft().batch)
        if ledger is not None:
            ledger.unsettled = None
        self._movement = Movement(Parameters())
