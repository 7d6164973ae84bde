"""The machine's buttons: a press is said again and again until an event acknowledges its id (contract 2)."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from edge_agent.drivers.driver import ButtonName
from wire.events import ButtonPressed, Event
from wire.messages import Button

REPEAT_S = 1.0
MOST_WAITING = 64
"""Beyond that the oldest presses are given up: nobody is there to hear them."""

Say = Callable[[Button], Awaitable[bool]]


class Buttons:
    """Presses that nobody has acknowledged yet: of this boot, and of those before it."""

    def __init__(self, boot: str, earlier: list[Button], keep: Callable[[list[Button]], None]) -> None:
        """`keep` is called with all that wait, whenever they change, so that a restart doesn't forget them."""
        self._boot = boot
        self._waiting = {press.id: press for press in earlier}
        self._keep = keep
        self._pressed = asyncio.Event()

    @property
    def waiting(self) -> list[Button]:
        """The presses nobody has acknowledged, oldest first."""
        return list(self._waiting.values())

    def press(self, button: ButtonName, at_ns: int) -> Button:
        """A button goes down at `at_ns` of the device's clock."""
        pressed = Button(id=str(uuid.uuid4()), boot=self._boot, at_ns=at_ns, button=button)
        while len(self._waiting) >= MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._waiting[pressed.id] = pressed
        self._keep(self.waiting)
        self._pressed.set()
        return pressed

    def acknowledge(self, event: Event) -> None:
        """An event has come; if it is `button_pressed` with the id of a press, that press is heard."""
        if isinstance(event, ButtonPressed) and self._waiting.pop(event.press, None) is not None:
            self._keep(self.waiting)

    async def run(self, say: Say) -> None:
        """Say new presses at once and all that wait every second, for ever."""
        while True:
            self._pressed.clear()
            for press in self.waiting:
                await say(press)
            try:
                async with asyncio.timeout(REPEAT_S if self._waiting else None):
                    await self._pressed.wait()
            except TimeoutError:
                continue
