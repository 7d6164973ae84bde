"""The list of paired screens, and the cookie that counts by it (decision 0177; robustness-and-screens C05, C10)."""

from pathlib import Path

import pytest

from disk import DISK, File
from service.security.gate import SCREEN_LIFE_S, Gate
from service.security.roles import Identity, Role
from service.security.screens import MOST, Screens
from tests.service.security.test_gate import OWN, Clock, scope

DAY_S = 24 * 3600


class Full:
    """A disk that takes nothing."""

    def create(self, path: Path) -> File:
        raise OSError(28, "No space left on device", str(path))

    def __getattr__(self, name: str) -> object:
        return getattr(DISK, name)


class TestList:
    def test_it_outlives_a_restart(self, tmp_path: Path) -> None:
        path = tmp_path / "screens.json"
        screen, _ = Screens(path).add("site/m1", "therapist")
        again = Screens(path)
        assert again.of("site/m1") == [screen]
        assert again.holds(screen.id, "site/m1")
        assert not again.holds(screen.id, "site/m2")
        again.remove(screen.id, "site/m2")
        assert again.holds(screen.id, "site/m1"), "of another machine nothing is taken away"
        again.remove(screen.id, "site/m1")
        assert Screens(path).of("site/m1") == []

    def test_one_machine_has_so_many_and_the_oldest_goes(self, tmp_path: Path) -> None:
        screens = Screens(tmp_path / "screens.json")
        added = [screens.add("site/m1", "therapist")[0] for _ in range(MOST)]
        other, _ = screens.add("site/m2", "therapist")
        newest, parted = screens.add("site/m1", "therapist")
        assert (parted, screens.of("site/m1"), screens.of("site/m2")) == ([added[0]], [*added[1:], newest], [other])

    def test_a_browser_that_is_paired_anew_is_what_it_was_no_longer(self, tmp_path: Path) -> None:
        screens = Screens(tmp_path / "screens.json")
        before, _ = screens.add("site/m1", "therapist")
        after, parted = screens.add("site/m2", "therapist", before.id)
        assert (parted, screens.of("site/m1"), screens.of("site/m2")) == ([before], [], [after])

    @pytest.mark.parametrize("content", [b"", b"{", b'{"version": 1, "screens": [{}]}', b"\xff", b'"\xff"'])
    def test_a_file_that_cannot_be_read_pairs_nobody(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "screens.json"
        path.write_bytes(content)
        screens = Screens(path)
        assert screens.of("site/m1") == []
        assert path.read_bytes() == content
        screens.add("site/m1", "therapist")
        assert len(Screens(path).of("site/m1")) == 1

    def test_a_full_disk_changes_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "screens.json"
        screen, _ = Screens(path).add("site/m1", "therapist")
        screens = Screens(path, Full())  # type: ignore[arg-type]  # as far as it is asked here
        with pytest.raises(OSError, match="No space"):
            screens.add("site/m1", "therapist")
        with pytest.raises(OSError, match="No space"):
            screens.remove(screen.id, "site/m1")
        assert screens.of("site/m1") == [screen]


class TestCookie:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def gate(self, tmp_path: Path, clock: Clock) -> Gate:
        return Gate(tmp_path, now_s=clock)

    def test_it_is_a_screen_of_its_machine_alone_until_it_is_parted(self, gate: Gate, tmp_path: Path, clock: Clock) -> None:
        screen, _ = gate.screens.add("site/m1", "therapist")
        cookie = f"{gate.cookie_name}={gate.screen_cookie(screen)}"
        identity = Identity(Role.SCREEN, f"screen {screen.id[:4]}", "site/m1", screen.id)
        assert gate.identify(scope(method=None, cookie=cookie, origin=OWN)) == identity
        assert gate.identify(scope(method="POST", cookie=cookie, origin="http://evil.example")) is None
        assert gate.may(identity, "stop", "site/m1")
        assert not gate.may(identity, "stop", "site/m2")
        assert Gate(tmp_path, now_s=clock).identify(scope(cookie=cookie)) == identity, "after a restart"
        gate.screens.remove(screen.id, "site/m1")
        assert gate.identify(scope(cookie=cookie)) is None
        assert gate.renewed(scope(cookie=cookie)) is None

    def test_one_in_use_is_renewed_each_day_and_one_that_is_not_ends(self, gate: Gate, clock: Clock) -> None:
        screen, _ = gate.screens.add("site/m1", "therapist")
        value = gate.screen_cookie(screen)
        assert gate.renewed(scope(cookie=f"{gate.cookie_name}={value}")) is None
        clock.now_s += DAY_S + 1
        fresh = gate.renewed(scope(cookie=f"{gate.cookie_name}={value}"))
        assert fresh is not None
        clock.now_s += SCREEN_LIFE_S - DAY_S
        assert gate.identify(scope(cookie=f"{gate.cookie_name}={value}")) is None
        assert gate.identify(scope(cookie=f"{gate.cookie_name}={fresh}")) is not None

    def test_a_young_cookie_of_staff_is_not_renewed_and_nobodys_is(self, gate: Gate, clock: Clock) -> None:
        cookie = f"{gate.cookie_name}={gate.redeem(gate.link())}"
        clock.now_s += 3600
        assert gate.renewed(scope(cookie=cookie)) is None
        assert gate.renewed(scope()) is None
