"""Trouble on demand (issue 6, point 4): what befalls live batches and readings, the same for the same seed."""

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from edge_agent.trouble import Line, Silence, TroubleSettings
from wire.samples import SampleBatch, decode, encode


def batch(seq: int, n: int = 2, *, raw: bool = False) -> SampleBatch:
    column = np.arange(seq, seq + n, dtype="<f4").tobytes()
    extra = {"torque_raw": column} if raw else None
    return SampleBatch(boot="b", seq=seq, t0=seq * 10_000_000, dt=10_000_000, angle=column, torque=column, extra=extra)


def sent(settings: TroubleSettings, batches: int = 2000) -> list[int]:
    """The numbers of the batches that leave at once, in the order in which they do."""
    out: list[int] = []

    def offer(payload: bytes) -> bool:
        out.append(decode(payload).seq // 2)
        return True

    line = Line(settings, offer)
    assert all(line.offer(encode(batch(2 * number))) for number in range(batches)), "the machine must believe that each left"
    assert line.counts["lost"] == batches - len(set(out)) or not settings.any
    return out


def test_without_any_every_batch_leaves_once() -> None:
    assert sent(TroubleSettings()) == list(range(2000))
    assert TroubleSettings().words() == ""


def test_a_line_that_is_down_says_so() -> None:
    assert not Line(TroubleSettings(), lambda _: False).offer(b"x")
    assert not Line(TroubleSettings(duplicates=1.0), lambda _: False).offer(b"x")


def test_a_share_gets_lost_the_same_for_the_same_seed() -> None:
    some = sent(TroubleSettings(loss=0.02, seed=7))
    assert 1930 <= len(some) <= 1985
    assert some == sent(TroubleSettings(loss=0.02, seed=7))
    assert some != sent(TroubleSettings(loss=0.02, seed=8))


def test_a_share_leaves_twice_and_the_losses_stay_the_same() -> None:
    both = sent(TroubleSettings(loss=0.02, duplicates=0.1, seed=7))
    assert sorted(set(both)) == sent(TroubleSettings(loss=0.02, seed=7))
    assert 150 <= len(both) - len(set(both)) <= 250


async def test_each_leaves_later_by_the_delay_and_some_of_the_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's own timers, none of them waited for."""
    timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(wait_s: float, leave: Callable[[], None]) -> int:
        timers.append((wait_s, leave))
        return len(timers)

    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
    out: list[bytes] = []

    def offer(payload: bytes) -> bool:
        out.append(payload)
        return True

    line = Line(TroubleSettings(delay_ms=40, jitter_ms=20), offer)
    for number in range(200):
        assert line.offer(b"%d" % number)
    assert out == []
    waits = [wait_s for wait_s, _ in timers]
    assert 0.040 <= min(waits) < 0.043
    assert 0.057 < max(waits) <= 0.060
    for _, leave in timers:
        leave()
    assert out == [b"%d" % number for number in range(200)]
    await line.out()


@pytest.mark.parametrize("n", [2, 7, 100])
def test_dropouts_are_readings_that_are_not_there_however_batches_are_cut(n: int) -> None:
    silence = Silence(TroubleSettings(dropout_every_s=10, dropout_s=0.5, seed=3))
    angles = np.concatenate([silence.over(batch(seq, n)).angle_deg() for seq in range(0, 30_100 - n, n)])[:30_000]
    silent = np.isnan(angles)
    begins = np.flatnonzero(np.diff(silent.astype(int)) == 1) + 1
    assert 15 <= len(begins) <= 45
    assert {int(np.argmin(silent[begin:])) for begin in begins[:-1]} == {50}
    assert np.array_equal(angles[~silent], np.flatnonzero(~silent))
    again = Silence(TroubleSettings(dropout_every_s=10, dropout_s=0.5, seed=3))
    assert np.array_equal(np.isnan(np.concatenate([again.over(batch(seq)).torque_nm() for seq in range(0, 30_000, 2)])), silent)
    raw = Silence(TroubleSettings(dropout_every_s=10, dropout_s=0.5, seed=3))
    columns = [raw.over(batch(seq, raw=True)).extra_columns()["torque_raw"] for seq in range(0, 30_000, 2)]
    assert np.array_equal(np.isnan(np.concatenate(columns)), silent)


def test_what_is_injected_is_said_in_words() -> None:
    settings = TroubleSettings(loss=0.02, delay_ms=40, jitter_ms=20, dropout_every_s=30, seed=7)
    assert settings.words() == "trouble injected: loss 0.02, delay 40-60 ms, dropouts of 0.5 s about every 30 s, seed 7"
