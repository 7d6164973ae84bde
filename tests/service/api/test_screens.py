"""A browser becomes a machine's screen by a code, and ceases to be (decisions 0176, 0177; robustness-and-screens C05, C07, C10)."""

import time
from typing import Any

import httpx
import pytest

from service.live.beside import AWAY_NS
from service.live.viewer import PARTED, Viewer
from service.metrics import Counts
from service.security import Role
from service.security.codes import TRIES
from service.security.screens import Screens
from tests.service.api.conftest import OWN, Quiet, browser, program
from tests.service.api.test_machines import AT, PLAN, act

OTHER = "/api/v1/machines/site/m2"
ORIGIN = {"origin": OWN}


@pytest.fixture
async def therapist(station: Quiet) -> Any:
    async with program(station, Role.THERAPIST) as client:
        for at in (AT, OTHER):
            await client.put(f"{at}/plan", json=PLAN)
        yield client


async def code_of(therapist: httpx.AsyncClient, at: str = AT) -> str:
    return str((await therapist.post(f"{at}/code")).json()["code"])


async def pair(client: httpx.AsyncClient, code: str, machine: str | None = None) -> httpx.Response:
    return await client.post("/api/v1/screen", json={"code": code, "machine": machine}, headers=ORIGIN)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_code_makes_a_browser_the_screen_of_its_machine_and_of_no_other(station: Quiet, therapist: httpx.AsyncClient) -> None:
    """C10: bound to the machine on every route; it comes back to its own page from any other."""
    asked = (await therapist.post(f"{AT}/code")).json()
    assert (asked["machine"], len(asked["code"]), asked["lasts_s"]) == ("site/m1", 6, 300)
    assert 299 < (await therapist.get(f"{AT}/screens")).json()["code_left_s"] <= 300
    async with browser(station) as screen:
        assert problem(await screen.get("/api/v1/screen")) == (401, "not-signed-in")
        answer = await pair(screen, asked["code"].lower())
        assert (answer.status_code, answer.json()) == (200, {"machine": "site/m1", "paired": True})
        attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=2592000"}
        assert (await screen.get("/api/v1/screen")).json() == {"machine": "site/m1", "paired": True}
        assert [found["machine"] for found in (await screen.get("/api/v1/machines")).json()] == ["site/m1"]
        assert (await screen.post(f"{AT}/stop", json=act(), headers=ORIGIN)).status_code == 200
        assert problem(await screen.post(f"{OTHER}/stop", json=act(), headers=ORIGIN)) == (403, "not-allowed")
        assert problem(await screen.post(f"{AT}/start", json=act(), headers=ORIGIN)) == (403, "not-allowed")
        assert problem(await screen.post(f"{AT}/code", headers=ORIGIN)) == (403, "not-allowed")
        for path in ("/wall", "/machines/site/m1", "/sessions"):
            answer = await screen.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/screen/site/m1")
    listed = (await therapist.get(f"{AT}/screens")).json()
    assert ([one["watching"] for one in listed["screens"]], listed["code_left_s"]) == ([False], None)


async def test_a_code_counts_once_and_only_where_it_is_meant(station: Quiet, therapist: httpx.AsyncClient) -> None:
    """Bad input: used, replaced, of another machine, after a restart, from a foreign page, not even a code."""
    first = await code_of(therapist)
    async with browser(station) as screen, browser(station) as second:
        answer = await pair(screen, first, "site/m2")
        assert problem(answer) == (409, "code-of-another-machine")
        assert answer.json()["machine"] == "site/m1"
        assert (await pair(screen, first, "site/m1")).status_code == 200, "it was not used up"
        assert problem(await pair(second, first)) == (404, "unknown-code")
        replaced, newer = await code_of(therapist), await code_of(therapist)
        assert problem(await pair(second, replaced)) == (404, "unknown-code")
        for origin in ({}, {"origin": "http://evil.example"}):
            answer = await second.post("/api/v1/screen", json={"code": newer}, headers=origin)
            assert (problem(answer), "set-cookie" in answer.headers) == ((403, "not-allowed"), False)
        station.gate.codes.withdraw("site/m1")  # as a restart does
        assert problem(await pair(second, newer)) == (404, "unknown-code")
        for body in ({}, {"code": 5}, {"code": "x" * 33}):
            assert problem(await second.post("/api/v1/screen", json=body, headers=ORIGIN)) == (422, "invalid-request")
        assert problem(await therapist.post("/api/v1/machines/site/unheard/code")) == (404, "unknown-machine")


async def test_guessing_is_slowed_down_also_for_the_right_one(station: Quiet, therapist: httpx.AsyncClient) -> None:
    code = await code_of(therapist)
    async with browser(station) as screen:
        for _ in range(TRIES):
            assert problem(await pair(screen, "222222")) == (404, "unknown-code")
        answer = await pair(screen, code)
        assert problem(answer) == (429, "too-many-tries")
        assert answer.json()["wait_s"] == int(answer.headers["retry-after"]) == 12


async def test_a_screen_that_is_parted_is_let_go_at_once_but_not_during_a_set(
    station: Quiet, therapist: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C05; and nobody loses the cue in a set, nor his way to stop."""
    async with browser(station) as screen:
        await pair(screen, await code_of(therapist))
        (paired,) = (await therapist.get(f"{AT}/screens")).json()["screens"]

        async def nowhere(_: list[bytes]) -> None: ...

        viewers = [Viewer(nowhere, Counts(), pairing=pairing) for pairing in (paired["id"], "another", None)]
        station.floor.hub.viewers.update(viewers)
        assert (await therapist.get(f"{AT}/screens")).json()["screens"][0]["watching"] is True
        viewers[0].heard_ns -= AWAY_NS
        assert (await therapist.get(f"{AT}/screens")).json()["screens"][0]["watching"] is False, "its line stands, and it says nothing"
        running = station.floor.lines["site/m1"].running
        assert running is not None
        with monkeypatch.context() as patch:
            patch.setattr(type(running), "in_set", True)
            assert problem(await therapist.delete(f"{AT}/screens/{paired['id']}")) == (409, "set-running")
        assert (await therapist.delete(f"{AT}/screens/{paired['id']}")).status_code == 204
        assert [viewer.ended.done() for viewer in viewers] == [True, False, False]
        assert viewers[0].ended.result() == PARTED
        station.floor.hub.viewers.clear()
        assert problem(await screen.get("/api/v1/screen")) == (401, "not-signed-in")
        assert problem(await screen.post(f"{AT}/stop", json=act(), headers=ORIGIN)) == (401, "not-signed-in")
        assert (await therapist.delete(f"{AT}/screens/{paired['id']}")).status_code == 204
        assert (await screen.get("/wall")).headers["location"] == "/enter?to=/wall"


async def test_who_was_signed_in_there_is_not_any_longer(station: Quiet, therapist: httpx.AsyncClient) -> None:
    """A screen stands in reach of a patient: staff's session does not stay behind it. Without a pairing nothing changes for staff."""
    async with browser(station) as client:
        await client.get(f"/enter/{station.gate.link()}")
        assert (await client.get("/api/v1/screen")).json() == {"machine": None, "paired": False}
        assert (await client.get("/api/v1/sessions")).status_code == 200
        await pair(client, await code_of(therapist))
        assert (await client.get("/api/v1/sessions")).status_code == 403
        await pair(client, await code_of(therapist, OTHER))
        assert (await client.get("/api/v1/screen")).json()["machine"] == "site/m2"
        assert (await therapist.get(f"{AT}/screens")).json()["screens"] == []


async def test_a_page_of_staff_that_is_open_stays_signed_in(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0249."""
    async with browser(station) as client:
        await client.get(f"/enter/{station.gate.link()}")
        assert "set-cookie" not in (await client.get("/api/v1/screen")).headers
        monkeypatch.setattr(station.gate, "_now_s", lambda: time.time() + 6 * 3600)
        answer = await client.get("/api/v1/screen")
        attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=43200"}
        assert "set-cookie" not in (await client.get("/api/v1/screen")).headers


async def test_a_full_disk_pairs_nobody(station: Quiet, therapist: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with browser(station) as screen:
        code = await code_of(therapist)
        with monkeypatch.context() as patch:
            patch.setattr(Screens, "_keep", full)
            answer = await pair(screen, code)
            assert (problem(answer), "set-cookie" in answer.headers) == ((507, "not-kept"), False)
        await pair(screen, await code_of(therapist))
        (paired,) = (await therapist.get(f"{AT}/screens")).json()["screens"]
        with monkeypatch.context() as patch:
            patch.setattr(Screens, "_keep", full)
            assert problem(await therapist.delete(f"{AT}/screens/{paired['id']}")) == (507, "not-kept")
        assert (await screen.get("/api/v1/screen")).status_code == 200
