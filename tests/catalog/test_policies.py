from __future__ import annotations

import pytest

from catalog.policies import Policies, WrongPolicy


def test_defaults_are_those_of_the_product_description() -> None:
    assert Policies.parse({}) == Policies(
        notice_days=0,
        cancel_at_month_end=True,
        cancel_now=True,
        restore_days=30,
        needs_confirmation=False,
        charged_while_suspended=True,
        first_month="by_day",
    )


def test_what_is_said_replaces_the_default() -> None:
    policies = Policies.parse({"needs_confirmation": True, "restore_days": 14})

    assert (policies.needs_confirmation, policies.restore_days) == (True, 14)
    assert policies.cancel_now


def test_what_is_stored_reads_back_the_same() -> None:
    policies = Policies(notice_days=30, cancel_now=False)

    assert Policies.parse(policies.as_json()) == policies


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param({"grace": 3}, "unknown policy 'grace'", id="unknown"),
        pytest.param({"notice_days": True}, "notice_days is a whole number", id="bool for days"),
        pytest.param({"notice_days": "30"}, "notice_days is a whole number", id="text for days"),
        pytest.param({"cancel_now": 1}, "cancel_now is true or false", id="number for a bool"),
        pytest.param({"restore_days": -1}, "restore_days is not negative", id="negative"),
        pytest.param({"first_month": "free"}, "only 'by_day' exists", id="unknown first month"),
        pytest.param(
            {"cancel_now": False, "cancel_at_month_end": False},
            "can be cancelled in some way",
            id="no way to cancel",
        ),
    ],
)
def test_refuses(values: dict[str, object], reason: str) -> None:
    with pytest.raises(WrongPolicy, match=reason):
        Policies.parse(values)
