"""What `stored` has said survives kills and power cuts, and nothing that it did not say appears (contract 2; robustness F07, F11)."""

import errno
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from disk.records import record
from service.ingest import journal as journal_module
from service.ingest.journal import Journal
from service.ingest.order import Ledger, Said
from tests.faults.twin import Twin

ONE, TWO = "praxis/ilex1", "praxis/ilex2"

Known = dict[tuple[str, str], tuple[set[int], set[int]]]
"""By machine and boot: all that is known to be here, and what of it was refused."""


def numbers(ledger: Ledger) -> tuple[set[int], set[int]]:
    """Everything that is known to be here, and what of it was refused."""
    seen = {number for first, last in ledger.seen for number in range(first, last + 1)}
    return seen, {number for first, last in ledger.refused for number in range(first, last + 1)}


def known(path: Path) -> Known:
    return {
        (machine, ledger.boot): numbers(ledger) for machine, ledgers in Journal(path).ledgers().items() for ledger in ledgers if ledger.seen
    }


def test_a_ledger_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "stored.journal"
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(0, 99)]), Said(ONE, "a", None, [], [(100, 149)]), Said(TWO, "b", "t", [(7, 9)])])
    journal.write([Said(ONE, "a", "s", [(150, 199), (210, 219)])])
    journal.close()
    found = {ledger.boot: ledger for ledgers in Journal(path).ledgers().values() for ledger in ledgers}
    assert (found["a"].answer().upto, found["a"].answer().missing, found["a"].answer().refused) == (219, [(200, 209)], [(100, 149)])
    assert found["a"].sessions == {"s": (0, 219)}
    assert found["a"].sessions.around(205) == ("s", 219)
    assert found["b"].answer().missing == [(0, 6)]
    assert found["a"].fresh() == []


def test_a_boot_that_is_forgotten_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.write([Said(ONE, "a", "s", [(0, 9)]), Said(ONE, "b", "s", [(0, 9)])])
    journal.write([Said(ONE, "a", forgotten=True)])
    journal.close()
    assert set(known(tmp_path / "j")) == {(ONE, "b")}


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_torn_end_is_cut_off_and_the_rest_stands(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "j"
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.write([Said(ONE, "a", "s", [(10, 19)])])
    journal.close()
    path.write_bytes(path.read_bytes()[:-cut])
    journal = Journal(path)
    assert [list(ledger.seen) for ledger in journal.ledgers()[ONE]] == [[(0, 9)]]
    journal.write([Said(ONE, "a", "s", [(10, 12)])])
    journal.close()
    assert [list(ledger.seen) for ledger in Journal(path).ledgers()[ONE]] == [[(0, 12)]]


def spoilt(path: Path, place: int) -> bytes:
    """A journal of ten statements, a bit of it flipped."""
    journal = Journal(path)
    for at in range(10):
        journal.write([Said(ONE, "a", "s", [(at * 10, at * 10 + 9)])])
    journal.close()
    data = bytearray(path.read_bytes())
    data[place if place < 50 else len(data) // 2 + place - 50] ^= 4
    path.write_bytes(data)
    return bytes(data)


@pytest.mark.parametrize("place", [*range(0, 10, 3), *range(10, 50, 3), *range(50, 80, 3)])
def test_a_flipped_bit_costs_the_statement_that_it_hit_and_none_behind_it(tmp_path: Path, place: int) -> None:
    """robustness F24: what is whole is kept, and the damaged file beside it."""
    path = tmp_path / "j"
    damaged = spoilt(path, place)
    with capture_logs() as logs:
        journal = Journal(path)
    (ledger,) = journal.ledgers()[ONE]
    lost = set(range(100)) - numbers(ledger)[0]
    hit = {number // 10 for number in lost}
    assert len(hit) == 1 if place >= 50 else len(hit) <= 1  # the first one stands in two records
    assert [log["log_level"] for log in logs] == ["error"]
    (copy,) = tmp_path.glob("j.damaged-*")
    assert copy.read_bytes() == damaged
    journal.close()
    Journal(path).close()  # a start that writes nothing makes no second copy
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(100, 109)])])
    journal.close()
    with capture_logs() as logs:
        (again,) = Journal(path).ledgers()[ONE]
    assert again.seen.count() == ledger.seen.count() + 10
    assert logs == []
    assert [*tmp_path.glob("j.damaged-*")] == [copy]


def test_a_full_disk_and_a_flipped_bit_keep_nobody_from_starting(tmp_path: Path) -> None:
    """F11, F24: the copy is for people; what is whole counts all the same."""
    path = tmp_path / "j"
    spoilt(path, 50)
    twin = Twin(tmp_path, space=path.stat().st_size)
    journal = Journal(path, twin)
    assert journal.ledgers()[ONE][0].seen.count() == 90
    with pytest.raises(OSError, match="No space"):
        journal.write([Said(ONE, "a", "s", [(100, 109)])])
    journal.close()
    assert numbers(Journal(path).ledgers()[ONE][0])[0] < set(range(100))


def test_a_statement_of_another_version_hides_none_behind_it(tmp_path: Path) -> None:
    """F20: what a service that was rolled back can't read costs no more than itself."""
    path = tmp_path / "j"
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    newer = record(msgspec.msgpack.encode([ONE, "a", "s", [[10, 19]], [], False, "new"]))
    path.write_bytes(path.read_bytes() + newer)
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(20, 29)])])
    journal.close()
    assert [list(ledger.seen) for ledger in Journal(path).ledgers()[ONE]] == [[(0, 9), (20, 29)]]
    assert newer in path.read_bytes()


def test_something_else_under_its_name_is_no_reason_not_to_start(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(b"what is this?")
    journal = Journal(path)
    assert journal.ledgers() == {}
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    assert set(known(path)) == {(ONE, "a")}


def test_one_that_cannot_be_read_keeps_nobody_from_starting(tmp_path: Path) -> None:
    """F11: it is kept for people before another takes its name."""
    path = tmp_path / "deep" / "j"
    path.mkdir(parents=True)  # reading it fails
    (path / "what it said").touch()
    with capture_logs() as logs:
        journal = Journal(path)
        assert journal.ledgers() == {}
        journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    assert set(known(path)) == {(ONE, "a")}
    (kept,) = path.parent.glob("j.unread-*")
    assert [each.name for each in kept.iterdir()] == ["what it said"]
    assert [entry["log_level"] for entry in logs] == ["error", "error"]


def test_one_that_cannot_even_be_looked_for_is_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11: a volume that comes late must not have its journal replaced by one that knows nothing."""
    path = tmp_path / "j"
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    before = path.read_bytes()

    def forbidden(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        twin = Twin(tmp_path)
        patch.setattr(twin, "make_folder", forbidden)
        journal = Journal(path, twin)
    journal.write([Said(ONE, "b", "t", [(0, 9)])])
    journal.close()
    (kept,) = path.parent.glob("j.unread-*")
    assert kept.read_bytes() == before
    assert set(known(path)) == {(ONE, "b")}


def test_one_that_cannot_be_written_at_the_start_is_known_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11."""
    path = tmp_path / "j"
    journal = Journal(path)
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    twin = Twin(tmp_path)

    def forbidden(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(twin, "reopen", forbidden)
    journal = Journal(path, twin)
    journal.write([Said(ONE, "a", "s", [(10, 19)])])
    journal.close()
    assert [list(ledger.seen) for ledger in Journal(path).ledgers()[ONE]] == [[(0, 19)]]


def test_a_folder_that_cannot_be_made_is_made_when_there_is_space(tmp_path: Path) -> None:
    """F11."""
    twin = Twin(tmp_path)
    twin.fail_from(1)
    journal = Journal(tmp_path / "deep" / "j", twin)
    with pytest.raises(OSError, match="No space"):
        journal.write([Said(ONE, "a", "s", [(0, 9)])])
    twin.heal()
    journal.write([])
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    assert set(known(tmp_path / "deep" / "j")) == {(ONE, "a")}


def test_it_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten years of a running machine take no more room than what is true at the end."""
    monkeypatch.setattr(journal_module, "MOST_BYTES", 4096)
    journal = Journal(tmp_path / "j")
    for at in range(2000):
        journal.write([Said(ONE, "a", "s", [(at * 100, at * 100 + 99)])])
        assert (tmp_path / "j").stat().st_size < 2 * 4096
    journal.close()
    assert [list(ledger.seen) for ledger in Journal(tmp_path / "j").ledgers()[ONE]] == [[(0, 199_999)]]


def rests(path: Path, count: int) -> Ledger:
    """A boot that was recorded and refused in turn, ten samples each, but for every hundredth stretch, which never came."""
    ledger = Ledger(ONE, "a")
    journal = Journal(path)
    for at in range(0, 20 * count, 20):
        ledger.record(f"s{at // 10_000}", at, at + 9)
        if at % 2000 != 1980:
            ledger.refuse(at + 10, at + 19)
        if at % 1000 == 0:
            journal.write(ledger.fresh())
    journal.write(ledger.fresh())
    journal.close()
    return ledger


@pytest.mark.parametrize("most_bytes", [300, journal_module.MOST_BYTES])
def test_what_was_settled_stays_so_however_much_was_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_bytes: int) -> None:
    """Contract 2: `upto` reaches as far after a restart as before it, and only what never came is missing."""
    monkeypatch.setattr(journal_module, "MOST_BYTES", most_bytes)
    truth = rests(tmp_path / "j", 2500)
    for _ in range(2):
        journal = Journal(tmp_path / "j")
        found = journal.ledgers()[ONE][0]
        assert found.statement() == truth.statement()
        assert found.answer().missing == [(at + 1990, at + 1999) for at in range(0, 48_000, 2000)]
        assert found.sessions == truth.sessions
        journal.write([Said(ONE, "b", "s", [(0, 9)])])
        journal.close()


def test_what_is_kept_of_refusals_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A boot of three years takes as much as one of two weeks, but for what never came."""
    monkeypatch.setattr(journal_module, "MOST_BYTES", 300)
    for count in (1500, 12_000):
        path = tmp_path / f"{count}"
        rests(path, count)
        journal = Journal(path)
        (found,) = journal.ledgers()[ONE]
        assert len(found.refused) == 1000
        assert len(found.seen) <= 1 + count // 100
        before = after = path.stat().st_size
        while after >= before:  # until the file is written anew
            journal.write([Said(ONE, "b", "s", [(0, 9)])] * 100)
            before, after = after, path.stat().st_size
        journal.close()
        assert after < 16 * (1000 + count // 100) + 100 * len(found.sessions)


def story(journal: Journal, rng: random.Random) -> Iterator[Known]:
    """Thirty rounds; after each one what is durable by now."""
    said: Known = {}
    following = 0
    for _ in range(30):
        machine, boot = rng.choice([ONE, TWO]), rng.choice(["a", "b"])
        span = (following, following + rng.randrange(50))
        following = span[1] + 1
        refused = rng.random() < 0.3
        journal.write([Said(machine, boot, None, [], [span]) if refused else Said(machine, boot, "s", [span])])
        seen, let_go = said.setdefault((machine, boot), (set(), set()))
        seen.update(range(span[0], span[1] + 1))
        if refused:
            let_go.update(range(span[0], span[1] + 1))
        yield said


def broken_promises(folder: Path, off: str | None = None) -> int:
    """Power cuts after which something that was durable is gone, or something was made up."""
    found = 0
    for seed in range(12):
        rng = random.Random(seed)
        root = folder / f"{seed}"
        root.mkdir(parents=True)
        twin = Twin(root)
        twin.off = off
        journal = Journal(root / "j", twin)
        for number, said in enumerate(story(journal, rng)):
            cut = twin.cut(random.Random(100 * seed + number)).put(folder / f"{seed}-{number}")
            found += known(cut / "j") != said
        journal.close()
    return found


def test_a_power_cut_takes_nothing_that_was_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MOST_BYTES", 300)
    assert broken_promises(tmp_path) == 0


def test_each_sync_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Robustness 1.4, mutation check: without any one of them some power cut loses what was said."""
    monkeypatch.setattr(journal_module, "MOST_BYTES", 300)
    root = tmp_path / "sites"
    root.mkdir()
    twin = Twin(root)
    journal = Journal(root / "j", twin)
    assert len(list(story(journal, random.Random(0)))) == 30
    journal.close()
    sites = [site for site in twin.sites if "journal" in site]
    assert len(sites) >= 3
    for number, site in enumerate(sites):
        assert broken_promises(tmp_path / f"{number}", site) > 0, site


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_call_costs_nothing(tmp_path: Path, error: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """robustness F11: what could not be written is given to the next round again."""
    monkeypatch.setattr(journal_module, "MOST_BYTES", 300)
    for call in range(1, 60, 2):
        root = tmp_path / f"{call}"
        root.mkdir()
        twin = Twin(root)
        twin.fail(call, error)
        journal: Journal | None = None
        waiting: list[Said] = []
        for at in range(13):
            if at < 12:
                waiting.append(Said(ONE, "a", "s", [(at * 10, at * 10 + 9)]))
            try:
                journal = journal or Journal(root / "j", twin)
                journal.write(waiting)
            except OSError:
                continue
            waiting = []
        assert not waiting
        assert journal is not None
        journal.close()
        cut = twin.cut(random.Random(call)).put(tmp_path / f"cut-{call}")
        assert known(cut / "j") == {(ONE, "a"): (set(range(120)), set())}


def test_what_can_not_be_written_spoils_nothing_else(tmp_path: Path) -> None:
    """F14: a number beyond 64 bits, which no sample has, is in no file: neither in this one nor in those that follow."""
    journal = Journal(tmp_path / "j")
    with pytest.raises(OverflowError):
        journal.write([Said(ONE, "a", "s", [(0, 9)]), Said(ONE, "b", None, [], [(2**64, 2**64)])])
    journal.write([Said(ONE, "a", "s", [(0, 9)])])
    journal.close()
    assert [(ledger.boot, list(ledger.seen)) for ledger in Journal(tmp_path / "j").ledgers()[ONE]] == [("a", [(0, 9)])]
