"""A patient's screen from its code to its end, and what is said there heard at the wall: the real service (decisions 0176 to 0179)."""

import asyncio
import math
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from service.live.orders import Verb
from service.security.codes import TRIES, Tries
from tests.dashboard.conftest import Open
from tests.dashboard.served import Service
from tests.dashboard.stage import PLAN
from tests.dashboard.test_patient import shows
from tests.dashboard.test_patient_states import until
from wire import samples
from wire.messages import ClockAnchor, Status
from wire.samples import SampleBatch

pytestmark = [pytest.mark.browser, pytest.mark.calm]
NAME = "clinic/one"
STEP_NS = 10_000_000
FLEXED_DEG = 60.0


class Clinic(Service):
    """The real service with a machine on which a patient sits, and follows the cue; it sends two samples every 20 ms."""

    follows = True
    """Else he waits; once he may he begins with the next repetition."""
    _moves = 0

    def plan(self) -> None:
        """Gives the machine the plan of whoever is next."""
        plan = msgspec.structs.replace(PLAN, session=None)
        asyncio.run_coroutine_threadsafe(self.station.floor.put_plan(NAME, plan), self._loop).result(5)

    def act(self, verb: Verb) -> None:
        """What staff do."""
        asyncio.run_coroutine_threadsafe(self.station.floor.act(NAME, verb, str(uuid.uuid4())), self._loop).result(5)

    def move(self) -> None:
        """The patient moves a little, there and back."""
        self._moves = 100

    @property
    def session(self) -> str | None:
        """The open one."""
        running = self.station.floor.lines[NAME].running
        return None if running is None else running.session

    def sample(self) -> None:
        """From now on it samples."""
        asyncio.run_coroutine_threadsafe(self._sample(), self._loop)

    async def _sample(self) -> None:
        floor = self.station.floor
        floor.start()
        line = floor.line(NAME)
        assert line is not None
        now_ns = time.monotonic_ns()
        line.take_status(Status(online=True, boot="boot-1", clock=ClockAnchor(mono_ns=now_ns, utc_ns=time.time_ns())), now_ns)
        seq, t_ns = 0, now_ns
        led = self.follows
        while not self._until.is_set():
            while t_ns < time.monotonic_ns() - 2 * STEP_NS:
                running = line.running
                cue_deg = None if running is None else running.analysis.cue_at(t_ns)
                led = self.follows and (led or cue_deg is None or cue_deg > FLEXED_DEG - 0.1)
                if not led:
                    cue_deg = None
                self._moves = max(self._moves - 1, 0)
                rest_deg = FLEXED_DEG - 6.0 * math.sin(math.pi * self._moves / 100)
                angle = np.full(2, rest_deg if cue_deg is None else cue_deg, "<f4").tobytes()
                torque = np.full(2, 5.0 if cue_deg is None else 100.0, "<f4").tobytes()
                batch = SampleBatch(boot="boot-1", seq=seq, t0=t_ns, dt=STEP_NS, angle=angle, torque=torque)
                line.samples(batch, samples.encode(batch), time.monotonic_ns())
                seq, t_ns = seq + 2, t_ns + 2 * STEP_NS
            floor.hub.flush(time.monotonic_ns())
            await asyncio.sleep(0.02)

    def notes(self) -> list[dict[str, Any]]:
        """What was told of the open session."""
        running = self.station.floor.lines[NAME].running
        return [] if running is None else list(running.told)


@pytest.fixture
def stage(tmp_path: Path, built: None) -> Iterator[Clinic]:
    """In place of the stand-in: the service itself."""
    service = Clinic(tmp_path)
    yield service
    service.close()


def give_plan(page: Page) -> None:
    """By the form, to Blau 7: one quick repetition, then rest; the dot is hidden from the second one on."""
    page.get_by_role("button", name="Plan geben").click()
    form = page.get_by_role("dialog")
    typed = {
        "Gebeugtes Ende": "60", "Gestrecktes Ende": "6", "Strecken, s": "1,5", "Halten, s": "0,5", "Beugen, s": "1,5", "Umkehr, s": "0,5",
        "Mindestens": "1", "Höchstens": "1", "ab Wiederholung": "2", "Erholung, s": "90", "Deckname": "Blau 7", "Last": "100",
    }  # fmt: skip
    for name, text in typed.items():
        form.get_by_label(name, exact=name in ("Mindestens", "Höchstens")).fill(text)
    form.get_by_label("Satz endet bei").select_option("repetitions")
    form.get_by_label("Rückmeldung").select_option("band")
    form.get_by_role("button", name="Plan geben").click()
    expect(form).to_have_count(0)


def type_code(page: Page, code: str) -> None:
    """Types a whole code where none is begun."""
    expect(page.locator(".places")).to_be_visible()
    expect(page.locator(".places [data-filled=true]")).to_have_count(0)
    page.keyboard.type(code.lower())


def test_a_screen_is_paired_by_a_code_of_the_wall_and_what_is_said_there_is_heard(stage: Clinic, open_page: Open) -> None:
    stage.sample()
    wall = open_page(stage.at("/wall"), width=1920, height=1080)
    desk = open_page(stage.at(f"/machines/{NAME}"))
    give_plan(desk)
    screen = open_page(f"/screen/{NAME}")
    expect(screen.locator("h1")).to_have_text("Bildschirm von clinic/one: noch nicht gekoppelt")
    screen.keyboard.type("2222")
    screen.get_by_role("button", name="Löschen").click()
    screen.keyboard.type("222")
    expect(screen.locator(".said")).to_contain_text("Dieser Code gilt nicht")

    wall.get_by_role("button", name="Bildschirm koppeln").click()
    wall.get_by_role("button", name="Code zeigen").click()
    letters = wall.locator(".offer .letters")
    expect(letters).to_be_visible()
    code = letters.inner_text().replace(" ", "")
    for letter in code:
        screen.get_by_role("button", name=letter, exact=True).click()
    shows(screen, "checkin")
    expect(wall.locator(".offer .outcome")).to_contain_text("Gekoppelt")
    wall.keyboard.press("Escape")
    expect(wall.locator(".offer")).to_have_count(0)

    # It stays what it is over a reload, and is led back from wherever it is sent.
    screen.goto(f"{stage.url}/wall")
    expect(screen).to_have_url(f"{stage.url}/screen/{NAME}")
    screen.get_by_role("radio", name="Ja, das bin ich").check()
    screen.get_by_role("radio", name="7", exact=True).check()
    call = wall.locator(".calls li")
    expect(call).to_contain_text("Schmerz vor dem Satz")
    expect(call.locator(".rating")).to_have_text("7/10")
    expect(wall.locator(".tile .notes")).to_contain_text("Schmerz vor dem Satz: 7 von 10 · ")
    wall.get_by_role("button", name="Gesehen: one, Schmerz vor dem Satz").click()
    expect(call).to_have_count(0)
    screen.get_by_role("button", name="Ich bin bereit").click()
    shows(screen, "positioning")
    until(screen, lambda: stage.notes()[-1]["ready"])
    assert [(note["kind"], note["pain"]) for note in stage.notes()][-1] == ("checked_in", 7)

    # Whoever is started is asked for by his alias, and the same plan stands on both screens; a pause, and on by a countdown (H02, H15).
    stage.follows = False
    expect(screen.locator(".top .version")).to_have_text(f"Plan {desk.locator('.plan dd').last.inner_text()}")
    desk.get_by_role("button", name="Start").click()
    expect(desk.get_by_role("dialog").locator(".who")).to_have_text("Blau 7")
    desk.get_by_role("button", name="Ja, Blau 7: starten").click()
    shows(screen, "countdown")
    assert {note["kind"]: note.get("label") for note in stage.notes()}["start_confirmed"] == "Blau 7"
    desk.get_by_role("button", name="Pause").click()
    shows(screen, "paused")
    desk.get_by_role("button", name="Weiter").click()
    shows(screen, "countdown")
    shows(screen, "running")
    expect(screen.locator("main")).to_have_attribute("data-feedback", "full")
    # A screen that was blind for a moment leads from a later repetition on; the only one waits for that.
    stage.follows = True
    # Its one repetition ends the set; the rest is the plan's; a word of the therapist's goes to the repetition.
    shows(screen, "rest")
    expect(screen.locator(".ring .left")).to_have_text(re.compile("^1:[0-3]"))
    desk.get_by_role("button", name="Live").click()
    desk.get_by_role("button", name="Notiz").click()
    desk.keyboard.type("Gurt nachgezogen")
    desk.get_by_role("button", name="Speichern").click()
    expect(desk.locator(".notes-said")).to_contain_text("Wiederholung 1: Gurt nachgezogen")

    # A stop for pain, and what it is like: at the wall and on the machine's page, anew though the stop was seen.
    screen.keyboard.press("s")
    # Not the pain before the set, of which he has said more meanwhile.
    expect(call).to_have_attribute("data-need", "pain")
    expect(call).to_contain_text("Schmerz")
    wall.get_by_role("button", name="Gesehen: one, Schmerz").click()
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "false")
    screen.get_by_role("radio", name="8", exact=True).check()
    screen.get_by_role("checkbox", name="Bein").check()
    screen.get_by_role("radio", name="Stechend").check()
    expect(call.locator(".rating")).to_have_text("8/10")
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "true")
    expect(wall.locator(".tile .notes")).to_contain_text("8 von 10 · Bein · Stechend")
    wall.get_by_role("button", name="Gesehen: one, Schmerz").click()
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "false")
    wall.locator(".tile a").click()
    expect(wall.locator(".call .why")).to_contain_text("8 von 10 · Bein · Stechend")

    # The machine's page ends it; the screen is let go at once, and keeps nothing.
    card = wall.locator(".screens")
    expect(card.locator("li")).to_contain_text("verbunden")
    card.get_by_role("button", name="Entkoppeln").click()
    card.get_by_role("button", name="Wirklich entkoppeln?").click()
    expect(card).to_contain_text("Kein Bildschirm ist gekoppelt.")
    expect(screen.locator("h1")).to_contain_text("noch nicht gekoppelt")
    assert screen.request.get(f"{stage.url}/api/v1/machines").status == 401


def test_a_stop_for_pain_outside_a_session_stands_until_somebody_has_seen_it(stage: Clinic, open_page: Open) -> None:
    """Decision 0248: after the therapist's own stop; over the patient's movement, and on a wall that comes later."""
    stage.sample()
    stage.plan()
    wall = open_page(stage.at("/wall"), width=1920, height=1080)
    screen = open_page(stage.at(f"/screen/{NAME}"))
    shows(screen, "checkin")
    stage.act("stop")
    until(screen, lambda: stage.session is None)
    screen.keyboard.press("s")
    expect(screen.locator(".pain .told")).to_contain_text("Hilfe ist gerufen.")
    call = wall.locator(".calls li")
    expect(call).to_contain_text("Schmerz")
    stage.move()
    until(screen, lambda: stage.session is not None)
    screen.get_by_role("radio", name="6", exact=True).check()
    expect(call.locator(".rating")).to_have_text("6/10")
    shows(screen, "pain")
    late = open_page(stage.at("/wall"), width=1920, height=1080)
    expect(late.locator(".calls li")).to_contain_text("Schmerz")
    assert [(note["kind"], note["pain"]) for note in stage.notes()] == [("pain_told", 6)]
    wall.get_by_role("button", name="Gesehen: one, Schmerz").click()
    for each in (wall, late):
        expect(each.locator(".tile")).to_have_attribute("data-calling", "false")
    # Only a start by staff takes the stop from the patient's screen.
    shows(screen, "pain")
    stage.act("start")
    shows(screen, "countdown")
    expect(call).to_have_count(0)


def test_the_way_in_says_what_is_wrong(stage: Clinic, open_page: Open) -> None:
    """Bad input: another machine's code, a screen at another machine's address, too many tries; staff are not asked."""
    stage.sample()
    stage.plan()
    codes = stage.station.gate.codes
    screen = open_page("/screen", locale="en-GB")
    expect(screen.locator("h1")).to_have_text("This screen is not paired yet")
    screen.goto(f"{stage.url}/screen/clinic/two")
    type_code(screen, codes.issue(NAME, "therapist").code)
    expect(screen.locator(".said")).to_contain_text("This code is for clinic/one")
    for _ in range(TRIES):
        type_code(screen, "222222")
        expect(screen.locator(".said")).to_contain_text("does not count")
    type_code(screen, "222222")
    expect(screen.locator(".said")).to_contain_text("Too many wrong codes. Go on in")
    expect(screen.locator(".keypad button").first).to_have_attribute("aria-disabled", "true")

    stage.station.gate.tries = Tries()  # as after a while
    screen.goto(f"{stage.url}/screen")
    type_code(screen, codes.issue(NAME, "therapist").code)
    expect(screen).to_have_url(f"{stage.url}/screen/{NAME}")
    shows(screen, "checkin")
    screen.goto(f"{stage.url}/screen/clinic/two")
    expect(screen.locator(".how .other")).to_have_text("This screen is paired with clinic/one, not with clinic/two.")
    screen.get_by_role("link", name="Go to clinic/one").click()
    shows(screen, "checkin")

    staff = open_page(stage.at(f"/screen/{NAME}"))
    shows(staff, "checkin")
    staff.goto(f"{stage.url}/screen")
    expect(staff.locator(".how")).to_contain_text("Sie sind hier angemeldet")
