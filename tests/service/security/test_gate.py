"""The gate: identity before anything else (contract 5; robustness-and-screens C03, C04, C12)."""

from pathlib import Path
from typing import Any

import pytest

from service.security.gate import COOKIE_LIFE_S, STAFF_LIFE_S, Gate
from service.security.links import LIFE_S, Links
from service.security.roles import Identity, Role

OWN = "http://127.0.0.1:8080"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(tmp_path: Path, clock: Clock) -> Gate:
    return Gate(tmp_path, now_s=clock)


def scope(*, method: str | None = "GET", **headers: str) -> dict[str, Any]:
    """An ASGI scope; method None = a WebSocket."""
    kind = {"type": "websocket", "scheme": "ws"} if method is None else {"type": "http", "scheme": "http", "method": method}
    pairs = [(b"host", b"127.0.0.1:8080")] + [(name.encode(), value.encode()) for name, value in headers.items()]
    return {**kind, "path": "/", "headers": pairs}


def signed_in(gate: Gate) -> str:
    cookie = gate.redeem(gate.link())
    assert cookie is not None
    return f"{gate.cookie_name}={cookie}"


class TestBearer:
    def test_a_token_names_its_holder_on_http_and_websocket(self, gate: Gate) -> None:
        token, _ = gate.issue(Role.ENGINEER, days=1, name="bench")
        for method in ("GET", "POST", None):
            assert gate.identify(scope(method=method, authorization=f"Bearer {token}")) == Identity(Role.ENGINEER, "bench")

    def test_it_ends_after_its_days(self, gate: Gate, clock: Clock) -> None:
        token, _ = gate.issue(Role.ENGINEER, days=1)
        clock.now_s += 24 * 3600
        assert gate.identify(scope(authorization=f"Bearer {token}")) is None

    def test_a_wrong_token_is_not_rescued_by_a_cookie(self, gate: Gate) -> None:
        assert gate.identify(scope(authorization="Bearer nonsense", cookie=signed_in(gate))) is None

    @pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "nonsense"])
    def test_anything_else_is_nobody(self, gate: Gate, value: str) -> None:
        assert gate.identify(scope(authorization=value)) is None

    def test_a_screen_token_can_be_bound_to_its_machine(self, gate: Gate) -> None:
        token, _ = gate.issue(Role.SCREEN, days=1, machine="site/m1")
        screen = gate.identify(scope(method=None, authorization=f"Bearer {token}"))
        assert gate.may(screen, "watch", "site/m1")
        assert not gate.may(screen, "watch", "site/m2")


class TestCookie:
    def test_it_reads_without_an_origin(self, gate: Gate) -> None:
        assert gate.identify(scope(cookie=signed_in(gate))) == Identity(Role.ADMIN, "console")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", None])
    def test_it_acts_and_watches_only_from_its_own_pages(self, gate: Gate, method: str | None) -> None:
        cookie = signed_in(gate)
        assert gate.identify(scope(method=method, cookie=cookie, origin=OWN)) is not None
        for foreign in ("http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8080", "null", ""):
            assert gate.identify(scope(method=method, cookie=cookie, origin=foreign)) is None
        assert gate.identify(scope(method=method, cookie=cookie)) is None

    def test_an_operator_may_allow_another_origin(self, tmp_path: Path) -> None:
        gate = Gate(tmp_path, origins=["https://ilex.clinic"])
        assert gate.identify(scope(method=None, cookie=signed_in(gate), origin="https://ilex.clinic")) is not None

    def test_it_lives_twelve_hours(self, gate: Gate, clock: Clock) -> None:
        cookie = signed_in(gate)
        clock.now_s += COOKIE_LIFE_S - 1
        assert gate.identify(scope(cookie=cookie)) is not None
        clock.now_s += 1
        assert gate.identify(scope(cookie=cookie)) is None

    def test_it_is_found_among_others(self, gate: Gate) -> None:
        assert gate.identify(scope(cookie=f"a=b; {signed_in(gate)}; c={{odd\x01}}")) is not None

    def test_a_bearer_token_exchanged_for_it_never_lives_longer_than_the_token(self, gate: Gate, clock: Clock) -> None:
        token, _ = gate.issue(Role.SCREEN, days=1, machine="site/m1")
        clock.now_s += 24 * 3600 - 10
        cookie = f"{gate.cookie_name}={gate.exchange(token)}"
        assert gate.identify(scope(cookie=cookie)) == Identity(Role.SCREEN, "screen", "site/m1")
        clock.now_s += 10
        assert gate.identify(scope(cookie=cookie)) is None

    def test_one_in_use_is_renewed_until_thirty_days_after_the_sign_in(self, gate: Gate, clock: Clock) -> None:
        """Decision 0249: a page that asks every six hours stays signed in, one that nobody opens for twelve does not."""
        cookie = signed_in(gate)
        began_s = clock.now_s
        while (identity := gate.identify(scope(cookie=cookie))) is not None:
            assert identity == Identity(Role.ADMIN, "console")
            clock.now_s += 6 * 3600
            fresh = gate.renewed(scope(cookie=cookie))
            cookie = cookie if fresh is None else f"{gate.cookie_name}={fresh}"
        assert clock.now_s - began_s == STAFF_LIFE_S

    def test_a_renewed_one_never_lives_longer_than_the_token_it_was_made_from(self, gate: Gate, clock: Clock) -> None:
        token, _ = gate.issue(Role.THERAPIST, days=1)
        cookie = f"{gate.cookie_name}={gate.exchange(token)}"
        clock.now_s += 11 * 3600
        fresh = f"{gate.cookie_name}={gate.renewed(scope(cookie=cookie))}"
        clock.now_s += 11 * 3600
        last = f"{gate.cookie_name}={gate.renewed(scope(cookie=fresh))}"
        clock.now_s += 2 * 3600 - 1
        assert gate.identify(scope(cookie=last)) == Identity(Role.THERAPIST, "therapist")
        clock.now_s += 1
        assert gate.identify(scope(cookie=last)) is None
        assert gate.renewed(scope(authorization=f"Bearer {token}")) is None

    def test_nonsense_is_not_exchanged(self, gate: Gate) -> None:
        assert gate.exchange("nonsense") is None


class TestOneTimeLink:
    def test_it_works_once(self, gate: Gate) -> None:
        code = gate.link()
        assert gate.redeem(code) is not None
        assert gate.redeem(code) is None

    def test_it_ends_after_its_stated_life(self) -> None:
        clock = Clock()
        links = Links(clock)
        early, late = links.issue(), links.issue()
        clock.now_s += LIFE_S - 1
        assert links.redeem(early)
        clock.now_s += 1
        assert not links.redeem(late)

    def test_a_guess_is_refused(self, gate: Gate) -> None:
        assert gate.redeem("") is None


class TestLedger:
    def test_it_knows_that_somebody_could_sign_in_but_not_the_token(self, gate: Gate, tmp_path: Path, clock: Clock) -> None:
        assert not gate.tokens_exist()
        token, _ = gate.issue(Role.THERAPIST, days=1)
        assert gate.tokens_exist()
        assert token.split(".")[2] not in (tmp_path / "tokens.jsonl").read_text()
        clock.now_s += 24 * 3600
        assert not gate.tokens_exist()

    def test_a_torn_line_is_left_out(self, gate: Gate, tmp_path: Path) -> None:
        gate.issue(Role.THERAPIST, days=1)
        with (tmp_path / "tokens.jsonl").open("a") as file:
            file.write('{"claims": {"id"')
        assert gate.tokens_exist()

    def test_a_flipped_bit_costs_the_token_that_it_hit(self, gate: Gate, tmp_path: Path) -> None:
        """robustness F24: wherever it is, also where it leaves no text."""
        gate.issue(Role.THERAPIST, days=1)
        path = tmp_path / "tokens.jsonl"
        whole = path.read_bytes()
        for at in range(len(whole) - 1):
            flipped = bytearray(whole)
            flipped[at] ^= 0x80
            path.write_bytes(flipped + whole)
            assert gate.tokens_exist(), at


def test_an_action_outside_the_policy_is_refused_even_to_admin(gate: Gate) -> None:
    assert not gate.may(Identity(Role.ADMIN, "console"), "fly")
