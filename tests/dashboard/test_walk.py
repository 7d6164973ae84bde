"""docs/engineers.md, the walk through: from the wall's call to a file that another tool reads, over a bus that loses 2 % (issue 6)."""

import json
import re
import shutil
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from mcap.reader import make_reader
from playwright.sync_api import Page, expect

import ilex
from service.recordings import Recorder
from tests.dashboard.conftest import Open
from tests.dashboard.test_replay import exact
from tests.e2e.running import Command, Running
from tests.ilex.scenes import BOOT, EXAMPLES
from wire import samples
from wire.samples import SampleBatch

pytestmark = [pytest.mark.browser, pytest.mark.calm, pytest.mark.timeout(180)]
MACHINE = "lab/one"
SPEED = 20
ROWS = 50
STILL_S = 60 * SPEED
"""Behind the set the patient stays for so long that wall and machine can be looked at."""


@pytest.fixture
def stage(tmp_path: Path, built: None) -> Iterator[Running]:
    """The service with its broker, as it is started; three sessions are there from before."""
    shutil.copytree(EXAMPLES, tmp_path / "recordings" / "demo" / "one")
    with Running("serve", data=tmp_path) as running:
        yield running


def lasting(recorded: ilex.Session, folder: Path) -> Path:
    """The same session with stillness behind it, as that machine would have recorded it."""
    recorder = Recorder(folder, machine=MACHINE, session="lasting", plan=recorded.plan, metadata={"started_utc": "2026-01-15T09:30:00Z"})
    t_ns = recorded.signals["t_ns"]
    dt = int(t_ns[1] - t_ns[0])
    columns = [recorded.signals[name] for name in ("angle_deg", "torque_nm")]
    for seq in range(0, len(t_ns) + int(STILL_S * 1e9) // dt, ROWS):
        angle, torque = (column[np.minimum(np.arange(seq, seq + ROWS), len(column) - 1)].astype("<f4").tobytes() for column in columns)
        t0 = int(t_ns[0]) + seq * dt
        recorder.batch(samples.encode(SampleBatch(boot=BOOT, seq=seq, t0=t0, dt=dt, angle=angle, torque=torque)), t0)
    return recorder.finish({}, {"ended_utc": "2026-01-15T09:53:00Z"})


def test_from_the_walls_call_to_a_file_that_another_tool_reads(stage: Running, open_page: Open, tmp_path: Path) -> None:
    recorded = ilex.open(EXAMPLES / "fails.mcap")
    assert recorded.plan is not None
    with stage.http as http:
        plan = msgspec.structs.replace(recorded.plan, session=None)
        http.put(f"/machines/{MACHINE}/plan", content=msgspec.json.encode(plan)).raise_for_status()
    page = open_page(f"{stage.link.removeprefix(stage.url)}?to=/wall", width=1440, height=900, locale="en-GB")
    expect(page.locator("h2", has_text="one")).to_be_visible()
    # A repetition is refused on a bus that loses 2 %; the wall calls, and leads to why.
    options = ("--speed", str(SPEED), "--loss", "0.02", "--seed", "7")
    with Command("replay", str(lasting(recorded, tmp_path)), "--to", stage.broker, *options, until="has a plan, which no") as playing:
        page.get_by_role("link", name=re.compile("^one Failure")).first.click()
        finding = page.locator(".what", has_text="Failure").first
        expect(finding).to_contain_text("33°")
        finding.get_by_role("link").click()
        exact(page)
        expect(page.locator(".events li", has_text="Failure, Repetition 9").first).to_contain_text("sure")
        page.get_by_role("tab", name="Rerun").click()
        # The session ends; what was lost on the way still comes.
        with stage.http as http:
            http.delete(f"/machines/{MACHINE}/plan").raise_for_status()
        expect(page.get_by_role("searchbox")).to_be_visible()
        assert playing.end(signal.SIGINT) == 130
    # Another parameter, on this one and on all.
    page.get_by_role("searchbox").fill("partial")
    page.locator(".parameters li input").first.fill("0.85")
    page.get_by_role("button", name="Run again").click()
    differs(page)
    page.get_by_role("link", name="Sessions").click()
    page.get_by_label("Choose all that are listed").check()
    bulk = page.locator(".bulk")
    bulk.get_by_role("button", name="Rerun …").click()
    bulk.get_by_label("Parameter", exact=True).fill("partial")
    bulk.get_by_label("Value of partial").fill("0.85")
    bulk.get_by_role("button", name="Run all again").click()
    expect(bulk.locator(".result")).to_contain_text("4 sessions, 2 changed")
    with page.expect_download() as taken:
        bulk.get_by_role("button", name="Recordings").click()
    with page.context.expect_page() as beside:
        bulk.locator(".most > li > a", has_text=MACHINE).click()
    exact(beside.value)
    differs(beside.value)
    expect(bulk.locator(".result")).to_contain_text("4 sessions, 2 changed")
    # What was lost on the way is in the file, and what was found in the recording is found again.
    with zipfile.ZipFile(taken.value.path()) as packed:
        name = next(name for name in packed.namelist() if name.startswith("lab_one_"))
        with packed.open(name) as file:
            reader = make_reader(file, validate_crcs=True)
            metadata = {record.name: record.metadata for record in reader.iter_metadata()}
            notes, events = (
                [json.loads(message.data) for _, _, message in reader.iter_messages(topic)] for topic in ("/notes", "/events_final")
            )
    assert "gap" in {note["kind"] for note in notes}
    whole = metadata["completeness"]
    assert int(whole["stored"]) == int(whole["expected"]) > len(recorded.signals)
    assert [(event["repetition"], event["reason"]) for event in events if event["kind"] == "failure"] == [
        (event["repetition"], event["reason"]) for event in recorded.events.of("failure")
    ]


def differs(page: Page) -> None:
    """The repetition counts no longer: in the list, and on the plot."""
    line = page.locator(".rerun .result .events li", has_text="extent partial → attempt")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Repetition 9")
    expect(page.locator(".lanes li")).to_have_count(7)
