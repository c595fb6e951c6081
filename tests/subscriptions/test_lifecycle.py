from __future__ import annotations

import pytest

from subscriptions.lifecycle import LIVE, TRANSITIONS, Action, NotAllowedNow, Status, outcome


@pytest.mark.parametrize(
    ("source", "action", "target"), TRANSITIONS, ids=[f"{s}-{a}" for s, a, _ in TRANSITIONS]
)
def test_every_listed_transition_is_allowed(source: Status, action: Action, target: Status) -> None:
    assert outcome(source, action) == target


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (status, action)
        for status in Status
        for action in Action
        if (status, action) not in {(source, a) for source, a, _ in TRANSITIONS}
    ],
)
def test_everything_else_is_refused(status: Status, action: Action) -> None:
    with pytest.raises(NotAllowedNow) as refused:
        outcome(status, action)

    assert refused.value.status == status
    assert refused.value.action == action


def test_nothing_leaves_a_final_status() -> None:
    final = set(Status) - set(LIVE)

    assert not {source for source, _, _ in TRANSITIONS} & final
