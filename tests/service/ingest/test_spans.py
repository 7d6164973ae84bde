"""To which session samples belong that come late (contract 2: `missing` is asked for, and goes into the session around it)."""

import random

from hypothesis import given
from hypothesis import strategies as st

from service.ingest.order import Ledger
from service.ingest.spans import NEWEST

STRETCHES = st.lists(st.tuples(st.sampled_from(["session", "rest"]), st.integers(1, 8)), min_size=1, max_size=24)
"""What a machine does in turn: of a session, or at rest, so many samples each."""


@given(STRETCHES, st.randoms(use_true_random=False))
def test_what_is_let_go_is_never_asked_for(stretches: list[tuple[str, int]], chance: random.Random) -> None:
    """In whatever order samples come: of one that has not, the answer is the same as if nothing had been let go."""
    owner = [f"{kind} {k}" for k, (kind, length) in enumerate(stretches) for _ in range(length)]
    order = list(range(len(owner)))
    chance.shuffle(order)
    ledger, held = Ledger("praxis/ilex1", "b"), dict[str, tuple[int, int]]()
    for k, seq in enumerate(order):
        name = owner[seq]
        if name.startswith("rest"):
            ledger.refuse(seq, seq)
        else:
            ledger.record(name, seq, seq)
            first, last = held.get(name, (seq, seq))
            held[name] = min(first, seq), max(last, seq)
        for late in order[k + 1 :]:
            truth = next(((session, last) for session, (first, last) in held.items() if first <= late <= last), None)
            assert ledger.sessions.around(late) == truth


def test_only_sessions_with_a_gap_in_or_behind_them_are_kept_and_the_newest_few() -> None:
    """A boot of a year begins thousands (robustness F27: memory)."""
    ledger = Ledger("praxis/ilex1", "b")
    for at in range(0, 100_000, 100):
        ledger.record(f"s{at}", at, at + 49)
        if at == 5000:
            ledger.record(f"s{at}", at + 55, at + 59)
            ledger.refuse(at + 60, at + 99)
        elif at == 7000:
            ledger.refuse(at + 60, at + 99)
        else:
            ledger.refuse(at + 50, at + 99)
    newest = [f"s{at}" for at in range(100_000 - 100 * NEWEST, 100_000, 100)]
    assert list(ledger.sessions) == ["s5000", "s7000", *newest]
    assert ledger.sessions.around(5052) == ("s5000", 5059)
    assert ledger.sessions.around(7055) is None
    ledger.record("s5000", 5050, 5054)
    ledger.record("s100000", 100_000, 100_009)
    assert list(ledger.sessions) == ["s7000", *newest[1:], "s100000"]
