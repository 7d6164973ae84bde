"""Pairing codes and how often they may be guessed (decision 0176; robustness-and-screens C07)."""

from pathlib import Path

import pytest

from service.security.codes import AGAIN_S, ALL_AGAIN_S, ALL_TRIES, ALPHABET, LENGTH, LIFE_S, MOST_ADDRESSES, TRIES, Codes, Tries
from tests.service.security.test_gate import Clock

KEYPAD = Path(__file__).parents[3] / "dashboard" / "src" / "screens" / "pairing" / "code.ts"


class TestCodes:
    def test_one_is_short_and_of_letters_that_nobody_takes_for_another(self) -> None:
        code = Codes(Clock()).issue("site/m1", "therapist").code
        assert (len(code), set(code) <= set(ALPHABET)) == (LENGTH, True)
        for alike in ("O0", "Q0", "D0", "I1", "L1", "S5", "B8", "Z2", "G6", "UV", "VY"):
            assert len(set(alike) & set(ALPHABET)) <= 1, alike

    def test_the_keypad_has_the_same(self) -> None:
        text = KEYPAD.read_text("utf-8")
        assert f'"{ALPHABET}"' in text
        assert f"LENGTH = {LENGTH};" in text

    def test_it_is_known_however_it_is_written(self) -> None:
        codes = Codes(Clock())
        asked = codes.issue("site/m1", "therapist")
        code = asked.code
        for typed in (code.lower(), f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}"):
            assert codes.find(typed) == asked

    def test_it_counts_until_its_time_is_over_or_it_was_used_or_another_was_asked_for(self) -> None:
        clock = Clock()
        codes = Codes(clock)
        first = codes.issue("site/m1", "therapist")
        other = codes.issue("site/m2", "therapist")
        clock.now_s += LIFE_S - 1
        assert codes.left_s("site/m1") == 1
        assert codes.find(first.code) == first
        second = codes.issue("site/m1", "therapist")
        assert (codes.find(first.code), codes.find(second.code)) == (None, second)
        codes.withdraw("site/m1")
        assert (codes.find(second.code), codes.left_s("site/m1")) == (None, None)
        clock.now_s += 1
        assert (codes.find(other.code), codes.left_s("site/m2")) == (None, None)

    @pytest.mark.parametrize("typed", ["", "ABC", "O" * 6, "\x00" * 6, "🙂" * 6])
    def test_anything_else_is_no_code(self, typed: str) -> None:
        codes = Codes(Clock())
        codes.issue("site/m1", "therapist")
        assert codes.find(typed) is None


class TestTries:
    def test_a_few_at_once_then_slowly(self) -> None:
        clock = Clock()
        tries = Tries(clock)
        for _ in range(TRIES):
            assert tries.wait_s("a") == 0
            tries.wrong("a")
        assert tries.wait_s("a") == pytest.approx(AGAIN_S)
        assert tries.wait_s("b") == 0, "another address is not locked out"
        clock.now_s += AGAIN_S
        assert tries.wait_s("a") == 0
        tries.wrong("a")
        assert tries.wait_s("a") == pytest.approx(AGAIN_S)

    def test_who_has_many_addresses_gets_no_more(self) -> None:
        clock = Clock()
        tries = Tries(clock)
        for number in range(ALL_TRIES):
            assert tries.wait_s(str(number)) == 0
            tries.wrong(str(number))
        assert tries.wait_s("new") == pytest.approx(ALL_AGAIN_S)

    def test_so_many_addresses_are_remembered(self) -> None:
        clock = Clock()
        tries = Tries(clock)
        for _ in range(TRIES):
            tries.wrong("first")
        clock.now_s += ALL_TRIES * ALL_AGAIN_S
        for number in range(MOST_ADDRESSES):
            tries.wrong(str(number))
        clock.now_s += 2 * MOST_ADDRESSES * ALL_AGAIN_S
        assert tries.wait_s("first") == 0
