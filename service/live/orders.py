"""What people tell a machine, by screen or by button: each done once (contract 2 and 6)."""

from collections import OrderedDict
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Literal

from service.live import confirmation, travel
from service.live.confirmation import Confirmation
from service.live.errors import NoSession, NoSignal, SetRunning
from service.live.presses import Presses
from wire import encoding
from wire.events import ButtonPressed, Event
from wire.live import Seen, live_text
from wire.messages import Button, PressedButton
from wire.topics import Leaf

if TYPE_CHECKING:
    from service.live.line import Line

COUNTDOWN_NS = 3_000_000_000
MOST_IDS = 256
"""Ids of actions and presses remembered."""

Verb = Literal["start", "pause", "resume", "stop"]


class Orders:
    """Start, pause, resume, stop and the buttons of one machine."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._done: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self.presses = Presses(line.folder / "presses.jsonl")
        """Stops for pain outside a session; the rounds of storing sync them."""
        for press in self.presses.known:
            self.remember("stop", press)
            self.answered(self._outside("pain", press))

    def act(self, verb: Verb, action: str, reason: str | None, now_ns: int, confirmed: Confirmation | None = None) -> None:
        """Does `verb` once for each `action` id; another verb is another action.

        A start that somebody has confirmed is refused where that is not so, and is kept as confirmed with the session (decision 0242).
        Raises BeyondStops, NoSignal, NoSession, SetRunning, StorageFull and as `confirmation.check`; pain is heard without a session too.
        """
        if (verb, action) in self._done:
            return
        if verb == "stop" and reason == "pain":
            self.remember(verb, action)
            self._press("pain", action)
            return
        line = self._line
        running = line.running
        if verb == "start":
            if line.presence.feed not in ("live", "late"):
                raise NoSignal(f"{line.machine} sends no live signal: it is {line.presence.feed}")
            if running is not None and running.by_start:
                raise SetRunning(f"{line.machine}: a set or its countdown runs already, or is paused: resume or stop it")
            if line.plan is not None:
                # It may have been given before the machine first said how far it goes.
                travel.check(line.machine, line.plan, line.presence.status)
            if confirmed is not None:
                confirmation.check(line, line.all_lines, confirmed)
            if running is None:
                line.check_storage()
                running = line.sessions.open(now_ns, None)
            if confirmed is not None:
                # A disk that takes nothing stops nobody: kept once it does, with the session's inputs.
                running.tell("start_confirmed", id=action, **confirmation.told(line, confirmed))
        elif running is None:
            raise NoSession(f"{line.machine} has no open session")
        self.remember(verb, action)
        fields: dict[str, Any] = {}
        if verb == "start":
            self.see()
        if verb in ("start", "resume"):
            fields["origin_ns"] = (line.presence.newest_ns or 0) + COUNTDOWN_NS
        elif verb == "stop":
            fields["reason"] = reason or "stopped"
        line.sessions.apply(verb, id=action, **fields)
        if fields.get("reason") == "stopped":
            line.sessions.end("stopped")

    def button(self, button: Button) -> None:
        """A press, acted on once, answered every time."""
        again = self._answers.get(button.id)
        if again is not None:
            self._line.send(Leaf.EVENTS, again, qos=1)
        else:
            self._press(button.button, button.id)

    def _press(self, button: PressedButton, press: str) -> None:
        line = self._line
        if line.running is None:
            if button == "pain":
                self.presses.add(press)
                line.store_now(monotonic_ns())
            line.send_event(self._outside(button, press))
            return
        line.sessions.apply("button", id=press, button=button, press=press)
        if button == "stop":
            line.sessions.end("stopped")

    def _outside(self, button: PressedButton, press: str) -> Event:
        return ButtonPressed(
            id=0, set=None, at_s=0.0, known_s=0.0, machine=self._line.machine, session=None, button=button, press=press
        )  # fmt: skip

    def standing(self) -> bytes | None:
        """The newest stop for pain outside a session that nobody has seen, as a late joiner is told; None where none stands."""
        unseen = self.presses.unseen
        return live_text(encoding.encode(self._outside("pain", unseen[-1]))) if unseen else None

    def see(self) -> bool:
        """Somebody has seen what stands, or starts beside the patient; his screen hears of it too. False where nothing stood."""
        stood = self.presses.see()
        if stood:
            self._line.channel.say(encoding.encode(Seen(machine=self._line.machine, need="pain")))
        return stood

    def knows(self, verb: str, action: str) -> bool:
        """Whether this one was done."""
        return (verb, action) in self._done

    def remember(self, verb: str, action: str) -> None:
        """This one is done. With its verb: an id that a client uses twice must never swallow a stop."""
        self._done[verb, action] = None
        if len(self._done) > MOST_IDS:
            self._done.popitem(last=False)

    def answered(self, event: Event) -> None:
        """Remembers the answer to a press."""
        if isinstance(event, ButtonPressed):
            self._answers[event.press] = encoding.encode(event)
            if len(self._answers) > MOST_IDS:
                self._answers.popitem(last=False)
