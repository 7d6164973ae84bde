"""Topics (contract 1 and 2): built and parsed in one place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import WireError
from wire.topics import Leaf, everywhere, is_machine, parse, topic

_part = st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True)


@given(_part, _part, st.sampled_from(Leaf))
def test_what_is_built_can_be_parsed(site: str, machine: str, leaf: Leaf) -> None:
    assert parse(topic(f"{site}/{machine}", leaf)) == (f"{site}/{machine}", leaf)


@pytest.mark.parametrize(
    "name", ["gym", "gym/", "/m", "gym/a/b", "gym/A", "gym/a b", "gym/a.b", "gym/+", "gym/#", "gym/" + "m" * 65, "gym/m\n"]
)
def test_a_wildcard_or_any_other_character_is_no_machine(name: str) -> None:
    assert not is_machine(name)
    with pytest.raises(WireError) as caught:
        topic(name, Leaf.STATUS)
    assert caught.value.reason == "topic"


def test_one_subscription_covers_every_machine() -> None:
    assert everywhere(Leaf.SAMPLES) == "ilex/1/+/+/samples"


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with suppress(WireError):
        address = parse(text)
        assert topic(address.machine, address.leaf) == text
