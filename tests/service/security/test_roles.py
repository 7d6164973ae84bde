"""The policy: role x action (robustness-and-screens 2.2)."""

import pytest

from service.security.roles import Action, Identity, Role, may

ALLOWED = {
    Role.SCREEN: "open watch tell pause stop",
    Role.THERAPIST: "open watch tell see label pair read plan start resume pause stop",
    Role.ENGINEER: "open watch read inspect",
    Role.ADMIN: " ".join(Action),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_what_the_table_says_and_no_more(role: Role, action: Action) -> None:
    assert may(Identity(role, "x"), action) == (action in ALLOWED[role].split())


@pytest.mark.parametrize("action", Action)
def test_nobody_may_only_what_is_open(action: Action) -> None:
    assert may(None, action) == (action is Action.OPEN)


def test_a_screen_of_one_machine_watches_no_other() -> None:
    screen = Identity(Role.SCREEN, "kiosk", machine="site/m1")
    assert may(screen, Action.WATCH, "site/m1")
    assert not may(screen, Action.WATCH, "site/m2")
    assert not may(screen, Action.STOP, "site/m2")
