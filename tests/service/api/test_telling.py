"""What is told into a session: pain, and how its sets were shown (robustness-and-screens 3.6, H09, detection 6)."""

import json
import uuid
from time import monotonic_ns
from typing import Any

import pytest

from service.live.record import Trouble
from service.security import Role
from service.settings import Settings
from tests.service.api.conftest import Quiet, program
from tests.service.api.test_machines import AT, PLAN, act
from wire.capture import Capture


def told(**more: object) -> dict[str, object]:
    return {"id": str(uuid.uuid4()), "press": str(uuid.uuid4()), "pain": 7, "where": ["back", "leg"], "quality": "sharp", **more}


async def notes(station: Quiet, session: str) -> list[dict[str, Any]]:
    """The notes of a session, once its recording is whole."""
    await station.floor.close()
    return Capture(station.settings.recordings / "site" / "m1" / f"{session}.mcap").notes()


async def test_what_the_patient_says_is_kept_once_with_the_session(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client, program(station, Role.SCREEN, machine="site/m1") as screen:
        session = (await client.put(f"{AT}/plan", json=PLAN)).json()["session"]
        first, second = told(session=session), told(pain=8, quality=None)
        for body in (first, first, second):
            assert (await screen.post(f"{AT}/pain", json=body)).status_code == 204
        shown = {"id": str(uuid.uuid4()), "session": session, "set": 1, "feedback": "band"}
        assert (await screen.post(f"{AT}/shown", json=shown)).status_code == 204
        so_far = (await client.get(f"/api/v1/sessions/{session}")).json()["notes"]
    found = await notes(station, session)
    assert so_far == found, "told of while the session runs as well"
    kept = [(note["kind"], note.get("pain"), note.get("where"), note.get("quality"), note.get("press")) for note in found]
    assert kept == [
        ("pain_told", 7, ["back", "leg"], "sharp", first["press"]),
        ("pain_told", 8, ["back", "leg"], None, second["press"]),
        ("set_shown", None, None, None, None),
    ]
    assert (found[2]["feedback"], found[2]["motion"], found[2]["sound"]) == ("band", "scroll", False)


async def test_it_is_never_said_to_be_kept_where_it_is_not(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        session = (await client.put(f"{AT}/plan", json=PLAN)).json()["session"]
        running = station.floor.lines["site/m1"].running
        assert running is not None
        running.trouble = Trouble("disk_full", "No space left on device")
        body = told()
        answer = await client.post(f"{AT}/pain", json=body)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-recorded")
        running.trouble = None
        assert (await client.post(f"{AT}/pain", json=body)).status_code == 204
        answer = await client.post(f"{AT}/pain", json=told(session="another"))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-session")
    assert len(await notes(station, session)) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"pain": 11}, "/pain"),
        ({"pain": -1}, "/pain"),
        ({"where": ["knee"]}, "/where/0"),
        ({"quality": "dull!"}, "/quality"),
        ({"id": "x"}, "/id"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_place(station: Quiet, change: dict[str, object], pointer: str) -> None:
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        answer = await client.post(f"{AT}/pain", json=told(**change))
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_each_press_of_a_screen_is_an_event_with_or_without_a_session(station: Quiet) -> None:
    """H09, of three presses told once or twice; contract 4: outside a session with `session` null. The whole line: test_presses.py."""
    async with program(station, Role.THERAPIST) as client, program(station, Role.SCREEN) as screen:
        await client.put(f"{AT}/plan", json=PLAN)
        await client.delete(f"{AT}/plan")
        outside, inside, again = act(reason="pain"), act(reason="pain"), act(reason="pain")
        for body in (outside, outside):
            assert (await screen.post(f"{AT}/stop", json=body)).status_code == 200
        await client.put(f"{AT}/plan", json=PLAN)
        for body in (inside, inside, again):
            assert (await screen.post(f"{AT}/stop", json=body)).json()["session"]
    events = [json.loads(payload) for topic, payload in station.published if topic.endswith("/events")]
    presses = [(event["press"], event["session"] is None) for event in events if event["kind"] == "button_pressed"]
    assert presses == [(outside["id"], True), (inside["id"], False), (again["id"], False)]


async def test_a_stop_for_pain_outside_a_session_stands_until_it_is_seen(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0248: also over a restart, where a screen that did not hear tells it again; the screen hears that it was seen."""
    outside, heard = act(reason="pain"), list[Any]()
    async with Quiet(settings) as station, program(station, Role.THERAPIST) as client, program(station, Role.SCREEN) as screen:
        await client.put(f"{AT}/plan", json=PLAN)
        await client.delete(f"{AT}/plan")
        await screen.post(f"{AT}/stop", json=act())
        assert station.floor.lines["site/m1"].orders.standing() is None
        await screen.post(f"{AT}/stop", json=outside)
    async with Quiet(settings) as station, program(station, Role.THERAPIST) as client, program(station, Role.SCREEN) as screen:
        line = station.floor.line("site/m1")
        assert line is not None
        await screen.post(f"{AT}/stop", json=outside)
        assert [topic for topic, _ in station.published if topic.endswith("/events")] == []
        standing = json.loads(line.orders.standing() or b"{}")
        assert (standing["type"], standing["kind"], standing["session"]) == ("event", "button_pressed", None)
        assert standing["press"] == outside["id"]
        monkeypatch.setattr(line.channel, "say", lambda text: heard.append(json.loads(text)))
        for need in ("waiting", "pain", "pain"):
            assert (await client.post(f"{AT}/seen", json={"need": need})).status_code == 204
        assert heard == [{"type": "seen", "machine": "site/m1", "need": "pain"}]
    async with Quiet(settings) as station:
        line = station.floor.line("site/m1")
        assert line is not None
        assert line.orders.standing() is None


async def test_what_is_said_before_a_set_is_kept_with_the_session(station: Quiet) -> None:
    """Decision 0178; of what is told twice by one id nothing is kept twice, what cannot be meant is refused."""
    async with program(station, Role.THERAPIST) as client, program(station, Role.SCREEN, machine="site/m1") as screen:
        session = (await client.put(f"{AT}/plan", json=PLAN)).json()["session"]
        body: dict[str, object] = {"id": str(uuid.uuid4()), "session": session, "who": "self", "pain": 3, "ready": True}
        skipped = {"id": str(uuid.uuid4()), "session": session, "skipped": True}
        for each in (body, body, skipped):
            assert (await screen.post(f"{AT}/check-in", json=each)).status_code == 204
        changes: list[tuple[dict[str, object], str]] = [({"pain": 11}, "/pain"), ({"who": "Anna"}, "/who"), ({"session": None}, "/session")]
        for change, pointer in changes:
            answer = await screen.post(f"{AT}/check-in", json=body | change)
            assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    said = [(note["kind"], note["who"], note["pain"], note["ready"], note["skipped"]) for note in await notes(station, session)]
    assert said == [("checked_in", "self", 3, True, False), ("checked_in", None, None, False, True)]


async def test_staff_hear_what_the_patient_says_until_they_have_seen_it(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0179: also where it can't be kept; whoever joins later hears it with its age; another session begins with nothing."""
    heard: list[dict[str, Any]] = []
    async with program(station, Role.THERAPIST) as client, program(station, Role.SCREEN) as screen:
        await client.put(f"{AT}/plan", json=PLAN)
        line = station.floor.lines["site/m1"]
        assert line.answers.current(0) is None
        monkeypatch.setattr(line.channel, "say_to_staff", lambda text: heard.append(json.loads(text)))
        assert line.running is not None
        line.running.trouble = Trouble("disk_full", "No space left on device")
        first, second = told(), told(pain=8, where=[], quality=None)
        for _ in range(2):
            assert (await screen.post(f"{AT}/pain", json=first)).status_code == 503
        line.running.trouble = None
        await screen.post(f"{AT}/pain", json=second)
        checked = {"id": str(uuid.uuid4()), "session": line.running.session, "who": "other"}
        await screen.post(f"{AT}/check-in", json=checked)
        pains = [(message["pain"]["id"], message["pain"]["pain"], message["pain"]["seen"]) for message in heard]
        assert pains == [(first["id"], 7, False), (second["id"], 8, False), (second["id"], 8, False)]
        assert (heard[-1]["check_in"]["who"], heard[-1]["check_in"]["pain"]) == ("other", None)

        for said in (first, second):  # what was seen is that answer, not whichever is newest
            await client.post(f"{AT}/seen", json={"need": "pain", "told": said["id"]})
        told_of = [message for message in heard if message["type"] == "told"]
        assert [message["pain"]["seen"] for message in told_of] == [False, False, False, True]
        later = json.loads(line.answers.current(monotonic_ns() + 60_000_000_000) or b"")
        assert 60_000 < later["pain"]["age_ms"] < 90_000
        assert (later["pain"]["seen"], later["check_in"]["seen"]) == (True, False)

        await client.put(f"{AT}/plan", json=PLAN)
        assert (heard[-1]["pain"], heard[-1]["check_in"], line.answers.current(0)) == (None, None, None)
        assert (await screen.post(f"{AT}/pain", json=told(session="another"))).status_code == 409
        assert line.answers.current(0) is None, "of another session nothing is shown here"


async def test_a_screen_that_failed_is_counted(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client, program(station, Role.SCREEN) as screen:
        await client.put(f"{AT}/plan", json=PLAN)
        assert (await screen.post(f"{AT}/screen-failed", json={"message": "x is not a function"})).status_code == 204
        assert (await screen.post(f"{AT}/screen-failed", json={"message": "x" * 1001})).status_code == 422
    assert station.floor.counts.screens_failed == 1
