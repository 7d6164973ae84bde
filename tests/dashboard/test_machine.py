"""The machine's page, for the therapist beside the patient, and a set's summary (issue 5, points 3 and 4)."""

import json
import re
from typing import Any

import msgspec
import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Actor, Stage
from tests.dashboard.test_patient_states import until
from tests.dashboard.test_record import record
from wire.events import (
    ButtonPressed,
    CadenceDeviated,
    Event,
    Evidence,
    Failure,
    FailureLikely,
    RepetitionCompleted,
    RepetitionStarted,
    ReserveEstimated,
    SetEnded,
    SetStarted,
)
from wire.live import CueState, Keeping, Seen

pytestmark = pytest.mark.browser
ADDRESS = "/machines/clinic/one"
REASONS = [Evidence("stall_s", 3.2, "s"), Evidence("effort", 0.98, "1")]


def common(at_s: float) -> dict[str, Any]:
    return {"id": 0, "set": 1, "at_s": at_s, "known_s": at_s + 0.2}


def repetition(number: int, from_s: float, **fields: Any) -> list[Event]:
    whole: dict[str, Any] = {
        "extent": "full", "extension_start_s": from_s, "hold_start_s": from_s + 4, "flexion_start_s": from_s + 6, "end_s": from_s + 9,
        "flexed_deg": 60, "extended_deg": 6, "range_deg": 54, "extension_s": 4.1, "hold_s": 2, "flexion_s": 3, "turn_s": 1,
        "peak_torque_nm": 110 + number, "mean_torque_nm": 100, "work_j": 90, "time_in_band": 0.95, "rmse_deg": 1, "flags": [],
    }  # fmt: skip
    return [
        RepetitionStarted(**common(from_s), repetition=number),
        RepetitionCompleted(**common(from_s + 9), repetition=number, **(whole | fields)),
    ]


FAILED = [
    *repetition(8, 80.0, extent="attempt", end_s=None, extension_s=None, hold_s=None, time_in_band=None),
    Failure(**common(86.0), repetition=8, angle_deg=31.2, reason="stall", confidence=0.92, evidence=REASONS),
    SetEnded(
        **common(95.0), reason="failure", full=6, short=1, partial=0, attempt=1, duration_s=85, work_j=640, time_under_tension_s=70
    ),
]  # fmt: skip
SET: list[Event] = [
    SetStarted(**common(10.0), plan=PLAN),
    *[event for number in range(1, 7) for event in repetition(number, 10.0 * number)],
    *repetition(7, 70.0, extent="short", extension_s=2.9, flags=["bounced"]),
    CadenceDeviated(**common(73.0), repetition=7, phase="extension", direction="fast", deviation_s=-1.1),
    ReserveEstimated(**common(79.2), repetition=7, repetitions_left=1.4, low=0.4, high=3.2),
]


def lived(stage: Stage, events: list[Event], **fields: Any) -> Actor:
    """A machine whose session is known to the list, and in which that has happened before the page is opened."""
    actor = stage.actor(**fields)
    for event in events:
        actor.record(event)
    stage.records.setdefault("s1", record(ended_utc=None, final=False, sets=[]))
    return actor


def labels(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.records["s1"].get("labels", [])
    return [{name: value for name, value in label.items() if name not in ("id", "made_utc", "by")} for label in found]


def test_shows_what_is_now_and_does_what_is_pressed(stage: Stage, open_page: Open) -> None:
    actor = lived(stage, SET, set=1, repetition=7)
    actor.run(72.0).phase = "hold"
    stage.device = {"software": "ilex-edge 1", "sample_rate_hz": 100.0, "calibration": {"curve": "0190aa77", "tare": None}, "clock": "ntp"}
    stage.actor("clinic/two")
    page = open_page("/wall")
    page.locator(".tile a").first.click()
    expect(page).to_have_url(stage.url + ADDRESS)

    # The table grows, newest on top, with flags and what was off in words and shape.
    rows = page.locator(".repetitions tbody tr")
    expect(rows).to_have_count(7)
    expect(rows.first).to_have_text(re.compile(r"7knapp1,0zu schnell 2,92,03,05411795Aus der Beugung gefedert$"))
    stage.happen(RepetitionStarted(**common(80.0), repetition=8))
    expect(rows).to_have_count(8)
    expect(rows.first).to_contain_text("läuft")
    expect(page.locator(".top .state")).to_have_text("Halten")
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    expect(page.locator(".delay")).to_have_text(re.compile(r"Sensor bis Bild \d+ ms"))
    expect(page.locator(".count")).to_contain_text("Reserve180 %: 0 bis 3")
    expect(page.locator(".device")).to_contain_text("gemessen, Kurve 90aa77")
    expect(page.locator(".plan dd").first).to_have_text("60° bis 6°")
    expect(page.locator(".plan button")).to_have_attribute("aria-disabled", "true")

    # What it may not do now does nothing; what it may is done once, each with an id of its own.
    page.get_by_role("button", name="Start").click(force=True)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".answer")).to_have_text("Angehalten.")
    page.locator("[data-verb=pain]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_text("Schmerz-Stopp: erledigt.")
    assert [(verb, body.get("reason")) for verb, _, body in stage.posts] == [("pause", None), ("stop", "pain")]
    assert len({body["id"] for *_, body in stage.posts}) == 2
    stage.answers["stop"], stage.problems["stop"] = 409, {"type": "/problems/no-session", "detail": "none"}
    page.locator("[data-verb=stop]").click()
    expect(page.locator(".answer")).to_have_text("Keine Sitzung ist offen.")

    # Marks go to the repetition that is chosen, else to the one of now.
    page.get_by_role("button", name="Nicht werten").click()
    expect(page.locator(".kept-label")).to_have_text("Gespeichert.")
    expect(rows.first).to_have_attribute("data-void", "true")
    rows.nth(1).locator("button").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".marks small")).to_have_text("Wiederholung 7 (ausgewählt)")
    page.get_by_role("button", name="Versagen").click()
    expect(rows.nth(1)).to_contain_text("Sie: Versagen")
    page.get_by_role("button", name="Notiz").click()
    page.keyboard.type("Gurt nachgezogen")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator(".notes-said")).to_contain_text("Wiederholung 7: Gurt nachgezogen")
    until(page, lambda: len(labels(stage)) > 2)
    assert labels(stage) == [
        {"kind": "void", "set": 1, "repetition": 8},
        {"kind": "finding", "finding": "failure", "set": 1, "repetition": 7, "at_s": 79.0},
        {"kind": "note", "text": "Gurt nachgezogen", "set": 1, "repetition": 7, "at_s": 79.0},
    ]
    # What was not kept is said, and kept when it is sent again.
    stage.answers["labels"], stage.problems["labels"] = 507, {"type": "/problems/not-kept"}
    page.get_by_role("button", name="Nicht werten").click()
    expect(page.locator(".kept-label")).to_contain_text("Nicht gespeichert")
    del stage.answers["labels"]
    page.locator(".kept-label button").click()
    expect(page.locator(".kept-label")).to_have_text("Gespeichert.")
    assert labels(stage)[-1] == {"kind": "void", "set": 1, "repetition": 7, "at_s": 79.0}

    # H01: nothing that is old is shown as of now.
    actor.sampling = False
    expect(page.locator(".feed")).to_have_text(re.compile("Veraltet|Verloren"))
    expect(page.locator(".delay")).to_have_text("Sensor bis Bild --")
    expect(page.locator(".count strong").first).to_have_text("--/15")


def test_a_plan_is_checked_while_it_is_typed_and_by_the_service(stage: Stage, open_page: Open) -> None:
    stage.actor(session=None, plan=None)
    page = open_page(ADDRESS, locale="en-GB")
    expect(page.locator(".plan")).to_contain_text("No plan")
    page.get_by_role("button", name="Give a plan").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("Flexed end")).to_have_value("")
    form.get_by_label("Flexed end").fill("60")
    form.get_by_label("Extended end").fill("61")
    expect(form.locator("#plan-range-extension_deg-fault")).to_have_text("Less than the flexed end (60°)")
    form.get_by_role("button", name="Give plan").click()
    expect(form.get_by_label("Extended end")).to_be_focused()
    assert stage.posts == []
    form.get_by_label("Extended end").fill("6")
    form.get_by_label("Extension, s").fill("0.5")
    expect(form.locator("#plan-tempo-extension_s-fault")).to_contain_text("At least 0.90 s")
    form.get_by_label("Extension, s").fill("4.5")
    # The service knows more than the page: its pointer leads to the field.
    stage.answers["plan"] = 422
    stage.problems["plan"] = {
        "type": "/problems/invalid-plan", "errors": [{"pointer": "/range/flexion_deg", "detail": "beyond the machine's stop (52 deg)"}],
    }  # fmt: skip
    form.get_by_label("Flexed end").press("Enter")
    expect(form.locator("#plan-range-flexion_deg-fault")).to_have_text("beyond the machine's stop (52 deg)")
    expect(form.get_by_label("Flexed end")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Flexed end").fill("50")
    expect(form.locator("#plan-range-flexion_deg-fault")).to_be_empty()
    del stage.answers["plan"]
    # What the reserve rests on stands below the alias, and goes with the plan (decision 0247).
    loads = ((95.5, 12), (None, 9))
    past: list[dict[str, Any]] = [{"load_nm": load_nm, "repetitions": full, "cycle_s": 10.0} for load_nm, full in loads]
    stage.earlier["Blau 7"] = [each | {"session": "s0", "machine": "clinic/two"} for each in past]
    form.get_by_label("Alias").fill("Blau 8")
    expect(form.locator(".earlier")).to_contain_text("No earlier set")
    form.get_by_label("Alias").fill("Blau 7")
    expect(form.locator(".earlier")).to_have_text("Earlier sets to failure, for the reserve: 12 at 95.5 Nm, 9.")
    # Also where it is sent before they are there.
    form.get_by_label("Alias").fill("Blau 8")
    expect(form.locator(".earlier")).to_contain_text("No earlier set")
    form.get_by_label("Alias").fill("Blau 7")
    form.get_by_label("Alias").press("Enter")
    expect(form).to_have_count(0)
    verb, machine, sent = stage.posts[-1]
    assert (verb, machine) == ("plan", "clinic/one")
    assert sent["range"] == {"flexion_deg": 50, "extension_deg": 6}
    assert sent["tempo"] == {"extension_s": 4.5, "hold_s": 2, "flexion_s": 3, "turn_s": 1}
    assert sent["past"] == past
    # Escape leaves it as it was.
    page.get_by_role("button", name="Give a plan").click()
    expect(form).to_have_count(1)
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    assert len(stage.posts) == 2


def test_nothing_is_started_before_it_is_said_who_sits_there(stage: Stage, open_page: Open) -> None:
    """H02, H07, decisions 0242 to 0244: the alias, his last time, the plan's version, the calibration's age; what is accepted is sent."""
    actor = stage.actor()
    stage.seen_utc = "2026-01-08T09:30:00Z"
    stage.device = {
        "software": "", "sample_rate_hz": None, "calibration": {"curve": None, "tare": {"torque_nm": 1.2}}, "clock": None,
        "calibrated_utc": "2025-01-02T07:00:00Z", "calibration_expired": True,
    }  # fmt: skip
    page = open_page(ADDRESS)
    expect(page.locator(".device [data-missing=true]").last).to_contain_text("02.01.2025")
    version = page.locator(".plan dd").last.inner_text()
    assert re.fullmatch("[0-9A-F]{4}", version)
    page.get_by_role("button", name="Start").click()
    form = page.get_by_role("dialog", name="Wer sitzt hier?")
    expect(form.locator(".who")).to_have_text("Blau 7")
    expect(form.locator(".seen")).to_contain_text("Zuletzt hier am 08.01.2026")
    expect(form.locator("dd").first).to_contain_text(version)
    # An expired calibration is used only by who says that he knows of it.
    sure = form.get_by_role("button", name="Ja, Blau 7: starten")
    expect(sure).to_have_attribute("aria-disabled", "true")
    sure.click(force=True)
    form.get_by_role("checkbox").check()
    stage.answers["start"], stage.problems["start"] = 409, {"type": "/problems/patient-elsewhere", "machine": "clinic/two"}
    sure.click()
    expect(form.locator(".fault")).to_contain_text("clinic/two")
    stage.answers.clear()
    sure.click()
    expect(form).to_have_count(0)
    expect(page.locator(".answer")).to_have_text("Beginnt in 3 s.")
    starts = [body for verb, _, body in stage.posts if verb == "start"]
    assert [body["confirmed"] for body in starts] == [{"label": "Blau 7", "session": PLAN.session, "calibration": "expired"}] * 2
    assert len({body["id"] for body in starts}) == 1
    # Another plan for the same alias, given while it is asked, has to be seen before it is started.
    page.get_by_role("button", name="Start").click()
    form.get_by_role("checkbox").check()
    expect(sure).to_have_attribute("aria-disabled", "false")
    assert actor.plan is not None
    actor.plan = msgspec.structs.replace(actor.plan, load_nm=120.0, session="s-new")
    stage.refresh(actor)
    expect(form.locator("dd").nth(1)).to_have_text("120 Nm")
    expect(form.locator("dd").first).not_to_contain_text(version)
    expect(sure).to_have_attribute("aria-disabled", "true")
    form.get_by_role("checkbox", name="Ich habe den neuen gesehen").check()
    expect(sure).to_have_attribute("aria-disabled", "false")
    # Escape starts nothing.
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    assert len([verb for verb, *_ in stage.posts if verb == "start"]) == 2
    # Earlier sets that can't be asked for are not said to be none, of the plan's own alias neither (decision 0247).
    stage.answers["earlier-sets"] = 503
    page.get_by_role("button", name="Ändern").click()
    expect(page.locator(".plan-form .earlier")).to_contain_text("lassen sich gerade nicht abfragen")


def test_a_full_machine_is_offered_no_plan(stage: Stage, open_page: Open) -> None:
    """robustness F10: a plan opens a session, and there is no room for one; where it was open already, the service says so."""
    stage.actor(session=None)
    page = open_page(ADDRESS, locale="en-GB")
    page.get_by_role("button", name="Change", exact=True).click()
    stage.answers["plan"] = 409
    stage.problems["plan"] = {"type": "/problems/storage-full", "detail": "clinic/one: its storage is full"}
    page.get_by_role("button", name="Give plan").click()
    expect(page.get_by_role("dialog")).to_contain_text("The machine's storage is full: no new session until there is space again.")
    page.keyboard.press("Escape")
    stage.tell(Keeping(machine="clinic/one", recording=None, spool_refuses=True))
    expect(page.locator(".plan .hint")).to_have_text("Its storage is full.")
    expect(page.locator(".plan button")).to_have_attribute("aria-disabled", "true")
    stage.tell(Keeping(machine="clinic/one", recording=None))
    expect(page.locator(".plan .hint")).to_have_count(0)
    expect(page.locator(".plan button")).to_have_attribute("aria-disabled", "false")


def test_a_set_that_ends_is_summed_up_compared_and_judged(stage: Stage, open_page: Open) -> None:
    actor = lived(stage, SET, set=1, repetition=7)
    actor.run(72.0).phase = "hold"
    before = record("s0", started_utc="2026-01-08T09:30:00Z", plan=msgspec.to_builtins(PLAN) | {"session": "s0"})
    other = record("sx", plan=msgspec.to_builtins(PLAN) | {"load_nm": 90.0})
    stage.records |= {"sx": other, "s0": before}
    stage.lines = {("s0", "final"): "".join(json.dumps(msgspec.to_builtins(event)) + "\n" for event in [*SET, *FAILED])}
    page = open_page(ADDRESS)
    expect(page.locator(".repetitions tbody tr")).to_have_count(7)
    actor.set, actor.phase, actor.cue = None, None, CueState(origin_ns=None, running=False)
    for event in FAILED:
        stage.happen(event)
    stage.refresh(actor)
    summary = page.locator(".summary")
    expect(summary.locator("header h2")).to_have_text("7 Wiederholungen, dann Versagen")
    expect(summary.locator(".repetitions tbody tr")).to_have_count(8)
    expect(summary.locator(".repetitions tbody tr").last).to_contain_text(
        "Versagen bei 31°: 3,2 s Stillstand, 98 % des üblichen Drehmoments"
    )
    expect(summary.locator(".compared thead")).to_contain_text("08.01.2026")
    expect(summary.locator(".compared tbody tr").first).to_have_text("Wiederholungen77±0")

    # Detections: accepted, changed, taken back; each is a label, and the detection stays.
    judged = summary.locator(".detections li")
    expect(judged).to_have_count(1)
    judged.get_by_role("button", name="Stimmt").click()
    expect(judged.locator("strong")).to_have_text("Bestätigt")
    judged.get_by_role("button", name="Zurücknehmen").click()
    judged.get_by_label("Was Wiederholung 8 stattdessen war").select_option("halted")
    expect(judged.locator("strong")).to_have_text("Ihr Urteil: Absichtlich pausiert")
    expect(judged.locator(".what")).to_contain_text("Versagen in Wiederholung 8 bei 31°")
    expect(summary.locator(".repetitions tbody tr").last).to_contain_text("Sie: Absichtlich pausiert")
    summary.get_by_role("group", name="Anstrengung").get_by_role("button", name="9", exact=True).click()
    expect(summary.locator(".scale [aria-pressed=true]")).to_have_text("9")
    until(page, lambda: len(labels(stage)) > 1)
    assert labels(stage) == [
        {"kind": "finding", "set": 1, "repetition": 8, "at_s": 86.0, "found": "failure", "finding": "halted"},
        {"kind": "rating", "set": 1, "scale": "effort", "value": 9},
    ]
    # The session's end brings the final result beside what was shown.
    stage.records["s1"] = record(labels=stage.records["s1"]["labels"], difference={"only_live": [], "only_final": []})
    expect(summary).to_contain_text("entspricht dem, was live gezeigt wurde")
    page.get_by_role("button", name="Live").click()
    expect(summary).to_have_count(0)


def test_a_call_is_seen_here_and_everywhere(stage: Stage, open_page: Open) -> None:
    """H14, 3.4: the pulse stops with the tap; the call stays until its reason is gone."""
    stage.actor(set=1).run(30.0)
    wall, page = open_page("/wall"), open_page(ADDRESS)
    expect(wall.locator(".tile[data-stale=false]")).to_have_count(1)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    stage.happen(FailureLikely(**common(30.0), repetition=3, confidence=0.9))
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "true")
    expect(page.locator(".call .need")).to_have_text("Versagen wahrscheinlich")
    # On a slow computer the signal may be late just then: that is another call.
    page.locator(".call[data-need=likely]").get_by_role("button", name="Gesehen").click()
    expect(page.locator(".call[data-need=likely]")).to_have_attribute("data-seen", "true")
    until(page, lambda: stage.posts)
    assert stage.posts == [("seen", "clinic/one", {"need": "likely"})]
    stage.tell(Seen(machine="clinic/one", need="likely"))
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "false")
    expect(wall.locator(".calls li")).to_have_attribute("data-seen", "true")
    # Another need is another call, and the wall's own tick quiets it by key.
    stage.happen(ButtonPressed(**common(40.0), button="pain", press="p"))
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "true")
    wall.get_by_role("button", name="Gesehen: one, Schmerz").focus()
    wall.keyboard.press("Enter")
    expect(wall.locator(".tile")).to_have_attribute("data-calling", "false")
    expect(wall.locator(".calls li")).to_contain_text("Schmerz")
    expect(wall.locator(".calls li button")).to_have_count(0)
    expect(page.locator(".call")).to_have_attribute("data-need", "pain")


def test_an_unknown_machine_is_said_to_be(stage: Stage, open_page: Open) -> None:
    page = open_page("/machines/clinic/none")
    expect(page.locator("h1")).to_have_text("Gerät nicht bekannt")


def test_the_sessions_record_holds_each_sets_summary(stage: Stage, open_page: Open) -> None:
    """Labels stand wherever the session is (decision 0140)."""
    said = {"id": "5", "kind": "finding", "set": 1, "repetition": 7, "finding": "momentum", "made_utc": "2026-01-15T09:33:00Z", "by": "Mia"}
    stage.records["s1"] = record(labels=[said, said | {"id": "6", "kind": "note", "text": "Gurt neu"}])
    events = [msgspec.structs.replace(event, id=number) for number, event in enumerate([*SET, *FAILED], 1)]
    stage.lines = {("s1", "final"): "".join(json.dumps(msgspec.to_builtins(event)) + "\n" for event in events)}
    page = open_page("/sessions/s1")
    expect(page.locator(".summary header h2")).to_have_text("7 Wiederholungen, dann Versagen")
    expect(page.locator(".repetitions tbody tr").nth(6)).to_contain_text("Sie: Mit Schwung")
    expect(page.locator(".notes-said")).to_contain_text("Wiederholung 7: Gurt neu")
    page.locator(".detections li").first.get_by_role("button", name="Stimmt").click()
    expect(page.locator(".detections li").first.locator("strong")).to_have_text("Bestätigt")
    expect(page.locator(".detections li")).to_have_count(2)
