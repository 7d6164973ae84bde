"""What a browser opens: sign-in, pages, files (contract 5 and 6; robustness-and-screens C03, C09, C11-C13, C17)."""

import re
from pathlib import Path

import httpx
import pytest

from service.api import pages
from service.api.front import SECURITY_HEADERS
from service.security import Role
from tests.service.api.conftest import OWN, Quiet, browser


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small built dashboard."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>dashboard</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "index-Ber4byej.js").write_text("const a = 1;" * 100)
    (tmp_path / "secret").write_text("outside")
    (folder / "assets" / "link.js").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(pages, "WEB", folder)
    return folder


class TestOneTimeLink:
    async def test_it_sets_the_session_cookie_and_leads_to_the_wall(self, station: Quiet) -> None:
        async with browser(station) as client:
            answer = await client.get(f"/enter/{station.gate.link()}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/wall")
        attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=43200"}

    async def test_it_works_once(self, station: Quiet) -> None:
        link = f"/enter/{station.gate.link()}"
        async with browser(station) as first, browser(station) as second:
            assert (await first.get(link)).status_code == 303
            answer = await second.get(link)
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
            assert (await first.get(link)).status_code == 303  # the same person again: signed in already

    @pytest.mark.parametrize(
        ("to", "place"),
        [
            ("/screen/site/m1", "/screen/site/m1"),
            ("/wall?lang=de", "/wall?lang=de"),
            ("https://evil.example/", "/wall"),
            ("//evil.example", "/wall"),
            ("/\\evil.example", "/wall"),
            ("/\t/evil.example", "/wall"),
            ("wall", "/wall"),
            ("/wall\r\nset-cookie: a=b", "/wall"),
            ("", "/wall"),
        ],
    )
    async def test_it_leads_to_our_own_paths_only(self, station: Quiet, to: str, place: str) -> None:
        async with browser(station) as client:
            answer = await client.get(f"/enter/{station.gate.link()}", params={"to": to})
        assert answer.headers["location"] == place


class TestTheSignInPage:
    @pytest.mark.parametrize(
        ("accepted", "language", "words"),
        [
            ("de-DE,de;q=0.9,en;q=0.8", "de", "Dieser Link wurde schon benutzt"),
            ("en-GB,en;q=0.9,de;q=0.8", "en", "This link has been used"),
            ("fr, de;q=0.5", "de", "Dieser Link wurde schon benutzt"),
            ("fr", "en", "This link has been used"),
            ("", "en", "This link has been used"),
        ],
    )
    async def test_it_speaks_as_the_browser_does(self, station: Quiet, web: Path, accepted: str, language: str, words: str) -> None:
        """Issue 5, point 6: German and English for every word."""
        async with browser(station) as client:
            answer = await client.get("/enter/used", headers={"accept-language": accepted})
        assert answer.status_code == 403
        assert f'<html lang="{language}">' in answer.text
        assert words in answer.text

    async def test_it_wears_the_dashboards_style_where_there_is_one(self, station: Quiet, web: Path) -> None:
        link = '<link rel="stylesheet" crossorigin href="/assets/index-Cogkmlj9.css">'
        async with browser(station) as client:
            assert "stylesheet" not in (await client.get("/enter")).text
            (web / "index.html").write_text(f"<!doctype html>{link}<title>dashboard</title>")
            assert link in (await client.get("/enter")).text
            (web / "index.html").unlink()
            assert "stylesheet" not in (await client.get("/enter")).text


class TestSignInByToken:
    async def test_a_token_becomes_a_cookie_of_its_role(self, station: Quiet) -> None:
        token, _ = station.gate.issue(Role.ENGINEER, days=1)
        async with browser(station) as client:
            form = {"token": f" {token} ", "to": "/screen/site/m1"}
            answer = await client.post("/enter", data=form, headers={"origin": OWN})
            assert (answer.status_code, answer.headers["location"]) == (303, "/screen/site/m1")
            assert (await client.get("/api/v1/sessions")).status_code == 200

    @pytest.mark.parametrize("origin", [{}, {"origin": "null"}, {"origin": "http://evil.example"}])
    async def test_nobody_is_signed_in_by_a_foreign_page(self, station: Quiet, origin: dict[str, str]) -> None:
        token, _ = station.gate.issue(Role.ENGINEER, days=1)
        async with browser(station) as client:
            answer = await client.post("/enter", data={"token": token}, headers=origin)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)

    @pytest.mark.parametrize("token", ["", "nonsense", '"><script>'])
    async def test_a_wrong_token_is_refused(self, station: Quiet, token: str) -> None:
        async with browser(station) as client:
            answer = await client.post("/enter", data={"token": token, "to": '/"><script>'}, headers={"origin": OWN})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        assert "<script" not in answer.text


class TestPages:
    async def test_the_root_leads_to_the_wall(self, station: Quiet) -> None:
        async with browser(station) as client:
            assert (await client.get("/")).headers["location"] == "/wall"

    @pytest.mark.parametrize("path", ["/wall", "/machines/site/m1", "/sessions", "/sessions/0198a"])
    async def test_who_is_not_signed_in_is_asked_to_and_comes_back(self, station: Quiet, web: Path, path: str) -> None:
        async with browser(station) as client:
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/enter?to={path}")
            assert f'value="{path}"' in (await client.get(answer.headers["location"])).text
            await client.get(f"/enter/{station.gate.link()}")
            assert "dashboard" in (await client.get(path)).text

    @pytest.mark.parametrize("path", ["/screen", "/screen/site/m1"])
    async def test_a_patients_screen_opens_for_anybody_and_says_there_how_it_is_paired(self, station: Quiet, web: Path, path: str) -> None:
        """Decision 0176: the page holds nothing, what it would show is asked for with a credential."""
        async with browser(station) as client:
            assert "dashboard" in (await client.get(path)).text

    async def test_a_dashboard_that_is_not_built_says_how(self, station: Quiet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(pages, "WEB", tmp_path / "none")
        async with browser(station) as client:
            await client.get(f"/enter/{station.gate.link()}")
            assert "scripts/setup" in (await client.get("/wall")).text


class TestFiles:
    async def test_hashed_names_are_kept_for_ever_and_packed(self, station: Quiet, web: Path) -> None:
        async with browser(station) as client:
            answer = await client.get("/assets/index-Ber4byej.js")
            plain = await client.get("/assets/index-Ber4byej.js", headers={"accept-encoding": "identity"})
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(plain.content)
        assert answer.text == plain.text
        assert re.match(r"(text|application)/javascript", answer.headers["content-type"])
        assert "content-encoding" not in plain.headers

    async def test_other_names_are_asked_for_again(self, station: Quiet, web: Path) -> None:
        async with browser(station) as client:
            answer = await client.get("/icon.svg")
        assert (answer.headers["cache-control"], answer.headers["content-type"]) == ("no-cache", "image/svg+xml")

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/../../secret",
            "/assets/..%2f..%2fsecret",
            "/assets/%2e%2e/%2e%2e/secret",
            "/assets//etc/passwd",
            "/assets/..%5c..%5csecret",
            "/assets/link.js",
            "/assets/%00",
            "/assets",
            "/assets/",
            "/.hidden",
        ],
    )
    async def test_nothing_outside_the_folder_is_given(self, station: Quiet, web: Path, path: str) -> None:
        async with browser(station) as client:
            request = client.build_request("GET", "/")
            request.url = httpx.URL(f"{OWN}").copy_with(raw_path=path.encode())
            answer = await client.send(request)
        assert answer.status_code == 404
        assert "outside" not in answer.text


class TestHeaders:
    @pytest.mark.parametrize("path", ["/enter", "/wall", "/api/v1/machines", "/healthz", "/nothing", "/metrics"])
    async def test_they_stand_on_every_answer(self, station: Quiet, path: str) -> None:
        async with browser(station) as client:
            answer = await client.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.usefixtures("web")
    async def test_the_style_guide_may_frame_itself_and_nobody_signs_in_for_it(self, station: Quiet) -> None:
        """Decision 0181."""
        async with browser(station) as client:
            answer = await client.get("/styleguide")
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200
        assert "frame-ancestors 'self'; frame-src 'self'" in policy
        assert (
            policy.replace("frame-ancestors 'self'; frame-src 'self'", "frame-ancestors 'none'")
            == (SECURITY_HEADERS["content-security-policy"])
        )
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"

    def test_no_script_and_no_style_stands_inside_a_page(self) -> None:
        policy = SECURITY_HEADERS["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


class TestNames:
    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""])
    async def test_on_loopback_it_answers_to_this_computers_names_alone(self, station: Quiet, host: str) -> None:
        async with browser(station) as client:
            answer = await client.get("/metrics", headers={"host": host})
        assert (answer.status_code, answer.json()["type"]) == (421, "/problems/wrong-host")

    @pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "localhost:1", "[::1]:8080", "[::1]"])
    async def test_these_are_its_names(self, station: Quiet, host: str) -> None:
        async with browser(station) as client:
            assert (await client.get("/metrics", headers={"host": host})).status_code == 200

    async def test_beyond_loopback_it_answers_to_any(self, exposed: Quiet) -> None:
        async with browser(exposed) as client:
            assert (await client.get("/healthz", headers={"host": "ilex.clinic"})).status_code == 200
