"""Signed tokens and their key file (contract 7 `ilex token`; robustness-and-screens C04, C22)."""

import stat
from pathlib import Path

import pytest

from service.security.roles import Role
from service.security.tokens import Claims, SecretKey, SecretKeyError

CLAIMS = Claims("1", Role.THERAPIST, "anna", 2_000, machine="site/m1")


def test_a_token_says_what_was_signed(tmp_path: Path) -> None:
    key = SecretKey(tmp_path)
    assert key.verify(key.sign(CLAIMS, "bearer"), "bearer", now_s=1_999.9) == CLAIMS


def test_a_token_ends_at_its_time(tmp_path: Path) -> None:
    key = SecretKey(tmp_path)
    assert key.verify(key.sign(CLAIMS, "bearer"), "bearer", now_s=2_000) is None


def test_a_cookie_is_no_bearer_token_and_the_other_way_round(tmp_path: Path) -> None:
    key = SecretKey(tmp_path)
    assert key.verify(key.sign(CLAIMS, "cookie"), "bearer", now_s=0) is None
    assert key.verify(key.sign(CLAIMS, "bearer"), "cookie", now_s=0) is None


def test_every_changed_character_breaks_a_token(tmp_path: Path) -> None:
    key = SecretKey(tmp_path)
    token = key.sign(CLAIMS, "bearer")
    for place, letter in enumerate(token[:-1]):  # the last one of a base64 text carries spare bits
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        assert key.verify(changed, "bearer", now_s=0) is None, place


@pytest.mark.parametrize("text", ["", ".", "..", "ilex1..", "ilex1.e30.", "ilex1.e30.e30", "ä.ö.ü", "ilex1.a.b.c", "\x00.\x00.\x00"])
def test_anything_else_is_no_token(tmp_path: Path, text: str) -> None:
    assert SecretKey(tmp_path).verify(text, "bearer", now_s=0) is None


def test_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    SecretKey(tmp_path / "new" / "data")
    assert stat.S_IMODE((tmp_path / "new" / "data" / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new" / "data").iterdir()] == ["secret.key"]


def test_the_key_stays(tmp_path: Path) -> None:
    token = SecretKey(tmp_path).sign(CLAIMS, "bearer")
    assert SecretKey(tmp_path).verify(token, "bearer", now_s=0) == CLAIMS


def test_another_key_signs_otherwise(tmp_path: Path) -> None:
    token = SecretKey(tmp_path / "a").sign(CLAIMS, "bearer")
    assert SecretKey(tmp_path / "b").verify(token, "bearer", now_s=0) is None


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    SecretKey(tmp_path)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(SecretKeyError, match="chmod 600"):
        SecretKey(tmp_path)


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff\xfe", b"ab" * 31])
def test_a_damaged_key_is_refused_not_replaced(tmp_path: Path, content: bytes) -> None:
    SecretKey(tmp_path)
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(SecretKeyError, match="delete it"):
        SecretKey(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == content
