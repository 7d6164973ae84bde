"""Processes that stay for the next question (decision 0219): real ones."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from service.replay import resident
from service.replay.resident import Resident, WorkError
from tests.service.replay import echo


@pytest.fixture
async def asked() -> AsyncIterator[Resident]:
    one = Resident(echo.__name__, niceness=10)
    yield one
    await one.close()
    assert not one.busy


async def test_one_process_answers_one_question_after_the_other(asked: Resident) -> None:
    """However much is said, and whatever its libraries print."""
    answers = await asyncio.gather(*(asked.ask(word) for word in (b"one", b"two", bytes(3_000_000))))
    words, processes = zip(*(answer.split(b" of ") for answer in answers), strict=True)
    assert words == (b"one", b"two", bytes(3_000_000))
    assert len(set(processes)) == 1


async def test_what_goes_wrong_is_said_and_the_next_question_starts_another(asked: Resident) -> None:
    with pytest.raises(WorkError, match="ValueError: no such thing"):
        await asked.ask(b"fail")
    first = await asked.ask(b"one")
    with pytest.raises(WorkError, match="ended"):
        await asked.ask(b"die")
    second = await asked.ask(b"one")
    assert first != second
    # Dead without having been asked anything: nobody hears of it.
    assert asked._process is not None
    asked._process.kill()
    await asked._process.wait()
    assert await asked.ask(b"one") not in (first, second)


async def test_who_takes_too_long_is_ended(asked: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    await asked.ask(b"one")
    monkeypatch.setattr(resident, "LONGEST_S", 0.05)
    with pytest.raises(WorkError, match="longer than"):
        await asked.ask(b"wait")
    assert not asked.busy


async def test_who_asked_and_went_away_leaves_no_half_answer(asked: Resident) -> None:
    await asked.ask(b"one")
    waiting = asyncio.create_task(asked.ask(b"wait"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not asked.busy
    assert (await asked.ask(b"two")).startswith(b"two of ")


async def test_it_ends_when_nobody_asks_any_more(asked: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "IDLE_S", 0.0)
    await asked.ask(b"one")
    assert asked.busy
    assert asked._idle is not None
    await asked._idle
    assert not asked.busy
