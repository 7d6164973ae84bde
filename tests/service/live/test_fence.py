"""Two agents under one name (robustness F18)."""

from service.live.fence import SILENCE_NS, Fence
from wire.messages import ClockAnchor, Status

MS = 1_000_000


def owned(now_ns: int = 0) -> Fence:
    fence = Fence()
    fence.heard(now_ns)
    return fence


def test_the_first_one_stays_and_the_second_is_shown_within_two_seconds() -> None:
    fence = owned()
    for now_ns in range(0, 2000 * MS, 20 * MS):
        fence.heard(now_ns)
        assert not fence.admits("second", now_ns)
    assert fence.conflict(2000 * MS) == "second"
    assert fence.rejects("second", "first", 2000 * MS)
    assert not fence.rejects("first", "first", 2000 * MS)


def test_late_samples_wait_for_an_answer_while_it_is_not_known_whose_they_are() -> None:
    fence = owned()
    assert not fence.told(Status(online=True, boot="second"), "first", 0)
    assert fence.rejects("second", "first", 100 * MS)
    fence = owned()
    assert not fence.admits("old", 0)
    assert not fence.rejects("old", "first", 400 * MS)


def test_what_was_on_its_way_from_a_run_that_ended_is_no_conflict() -> None:
    fence = owned()
    for now_ns in range(0, 200 * MS, 20 * MS):
        assert not fence.admits("old", now_ns)
    assert fence.conflict(200 * MS) is None


def test_an_owner_that_falls_silent_for_ten_seconds_is_followed() -> None:
    fence = owned()
    assert not fence.admits("second", SILENCE_NS)
    assert fence.admits("second", SILENCE_NS + 1)


def test_a_will_or_a_goodbye_of_the_owner_frees_the_machine() -> None:
    fence = owned()
    assert fence.told(Status(online=False, boot="first"), "first", 0)
    assert fence.admits("second", 0)


def test_a_line_that_breaks_gives_the_machine_to_no_agent_that_is_shown_as_a_conflict() -> None:
    """F18: a will says that the owner's line died, and it is back after a second; decision 0265."""
    fence = owned()
    for now_ns in range(0, 400 * MS, 20 * MS):
        fence.heard(now_ns)
        assert not fence.admits("second", now_ns)
    assert fence.told(Status(online=False, boot="first"), "first", 400 * MS)
    for now_ns in range(400 * MS, 10_380 * MS, 20 * MS):
        assert not fence.admits("second", now_ns)
    assert fence.conflict(10_370 * MS) == "second"
    assert fence.admits("second", 10_400 * MS)
    fence.heard(10_400 * MS)
    assert not fence.admits("third", 10_400 * MS)


def test_a_goodbye_leaves_the_machine_to_whoever_comes() -> None:
    fence = owned()
    for now_ns in range(0, 400 * MS, 20 * MS):
        assert not fence.admits("second", now_ns)
    clock = ClockAnchor(mono_ns=0, utc_ns=0)
    assert fence.told(Status(online=False, boot="first", clock=clock), "first", 400 * MS)
    assert fence.admits("second", 400 * MS)


def test_a_birth_that_names_the_owner_comes_from_the_same_device() -> None:
    fence = owned()
    assert fence.told(Status(online=True, boot="second", pending=["first"]), "first", 0)
    assert fence.follows("second")
    assert fence.admits("second", 0)
    assert not fence.admits("third", 0)
    assert not fence.follows("third")


def test_a_birth_that_names_the_owner_as_its_previous_run_comes_from_the_same_device() -> None:
    """Decision 0262: all that the owner had is stored, so nothing of it is pending."""
    fence = owned()
    assert fence.told(Status(online=False, boot="first"), "first", 0)
    assert fence.told(Status(online=True, boot="second", previous="first"), "first", 0)
    assert fence.told(Status(online=True, boot="third", previous="second"), "first", 0)
    assert fence.follows("third")
    assert not fence.follows("second")


def test_a_birth_with_another_previous_run_does_not_follow() -> None:
    """hazard H11: a second device has a last run of its own."""
    fence = owned()
    assert fence.told(Status(online=False, boot="first"), "first", 0)
    assert fence.told(Status(online=True, boot="second", previous="other"), "first", 0)
    assert not fence.follows("second")


def test_one_that_restarts_again_before_a_sample_of_it_came_follows_all_the_same() -> None:
    """What the owner had is stored by then, so that only the run in between is still named."""
    fence = owned()
    assert fence.told(Status(online=True, boot="second", pending=["first"]), "first", 0)
    assert fence.told(Status(online=True, boot="third", pending=["second"]), "first", 0)
    assert fence.follows("third")


def test_who_takes_over_a_machine_that_died_or_fell_silent_does_not_follow_it() -> None:
    """hazard H11: it may be another device."""
    fence = owned()
    assert fence.told(Status(online=False, boot="first"), "first", 0)
    assert fence.told(Status(online=True, boot="second"), "first", 0)
    assert fence.admits("second", 0)
    assert not fence.follows("second")


def test_a_strange_birth_says_nothing_of_this_machine_until_its_boot_owns_it() -> None:
    fence = owned()
    status = Status(online=True, boot="second", sample_rate_hz=1000)
    assert not fence.told(status, "first", 0)
    assert fence.owned("second") is status


def test_a_rival_that_leaves_is_no_conflict_any_more() -> None:
    fence = owned()
    for now_ns in (0, 400 * MS):
        fence.admits("second", now_ns)
    fence.told(Status(online=False, boot="second"), "first", 400 * MS)
    assert fence.conflict(400 * MS) is None


def test_after_a_restart_whoever_comes_first_owns() -> None:
    assert Fence().admits("any", 0)
