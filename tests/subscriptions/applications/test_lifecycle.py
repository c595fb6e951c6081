from __future__ import annotations

import pytest

from subscriptions.applications.lifecycle import (
    CLOSED,
    TRANSITIONS,
    Action,
    AuthorisationStatus,
    WrongStep,
    allows,
    is_wider,
    outcome,
)
from subscriptions.applications.verdicts import GIVEN


@pytest.mark.parametrize("status", list(AuthorisationStatus))
@pytest.mark.parametrize("action", list(Action))
def test_what_is_not_in_the_table_is_refused(status: AuthorisationStatus, action: Action) -> None:
    targets = [target for source, act, target in TRANSITIONS if (source, act) == (status, action)]

    assert allows(status, action) == bool(targets)
    if targets:
        assert [outcome(status, action)] == targets
    else:
        with pytest.raises(WrongStep):
            outcome(status, action)


def test_whatever_is_over_can_be_asked_for_anew() -> None:
    asked = {source for source, action, _target in TRANSITIONS if action is Action.REQUEST}

    assert asked == set(CLOSED)


def test_whatever_was_given_can_be_over() -> None:
    expiring = {source for source, action, _target in TRANSITIONS if action is Action.EXPIRE}

    assert expiring == set(GIVEN)


def test_only_consent_or_its_return_makes_active() -> None:
    ways = {action for _source, action, target in TRANSITIONS if target == "active"}

    assert ways == {Action.APPROVE, Action.GRANT, Action.RESTORE}


@pytest.mark.parametrize(
    ("wanted", "agreed", "wider"),
    [
        pytest.param([], [], False, id="nothing"),
        pytest.param(["webhooks"], [], True, id="more"),
        pytest.param([], ["webhooks"], False, id="less"),
        pytest.param(["webhooks"], ["webhooks", "mirroring"], False, id="part"),
        pytest.param(["webhooks"], ["mirroring"], True, id="another"),
    ],
)
def test_wider(wanted: list[str], agreed: list[str], wider: bool) -> None:
    assert is_wider(wanted, agreed) == wider
