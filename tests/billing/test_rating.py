from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.rating import ChargedSubscription, quantities_by_day
from subscriptions.periods import Month
from tests.factories.billing import AMSTERDAM, charged_subscription, component, local

if TYPE_CHECKING:
    from collections.abc import Iterable

NOVEMBER = Month(2026, 11)
START = local("2026-10-05")


def runs(subscription: ChargedSubscription, month: Month = NOVEMBER) -> list[tuple[int, int]]:
    """How many days of which quantity follow each other."""
    days = quantities_by_day(subscription, subscription.components[0], month, AMSTERDAM)
    return _run_lengths(days)


def _run_lengths(days: Iterable[int]) -> list[tuple[int, int]]:
    lengths: list[tuple[int, int]] = []
    for quantity in days:
        if lengths and lengths[-1][1] == quantity:
            lengths[-1] = (lengths[-1][0] + 1, quantity)
        else:
            lengths.append((1, quantity))
    return lengths


@pytest.mark.parametrize(
    ("subscription", "expected"),
    [
        pytest.param(charged_subscription(START), [(30, 1)], id="all month"),
        pytest.param(
            charged_subscription(local("2026-11-23", "14:00")),
            [(22, 0), (8, 1)],
            id="the day of the start is charged",
        ),
        pytest.param(
            charged_subscription(local("2026-11-23", "23:59:59")),
            [(22, 0), (8, 1)],
            id="even its last second",
        ),
        pytest.param(
            charged_subscription(START, ends_at=local("2026-11-16", "00:00")),
            [(15, 1), (15, 0)],
            id="an end at midnight leaves the day free",
        ),
        pytest.param(
            charged_subscription(START, ends_at=local("2026-11-16", "00:00:01")),
            [(16, 1), (14, 0)],
            id="a second later has used it",
        ),
        pytest.param(
            charged_subscription(
                local("2026-11-10", "09:00"), ends_at=local("2026-11-10", "10:00")
            ),
            [(9, 0), (1, 1), (20, 0)],
            id="an hour is a day",
        ),
        pytest.param(
            charged_subscription(
                local("2026-11-10", "09:00"), ends_at=local("2026-11-10", "09:00")
            ),
            [(30, 0)],
            id="no moment is no day",
        ),
        pytest.param(
            charged_subscription(local("2026-11-10", "12:00"), charged_from=dt.date(2026, 11, 11)),
            [(10, 0), (20, 1)],
            id="a day charged already is not charged again",
        ),
        pytest.param(
            charged_subscription(
                START, components=(component((START, 3), (local("2026-11-11"), 5)),)
            ),
            [(10, 3), (20, 5)],
            id="more users: the higher number that day",
        ),
        pytest.param(
            charged_subscription(
                START, components=(component((START, 5), (local("2026-11-11"), 3)),)
            ),
            [(11, 5), (19, 3)],
            id="fewer users: the higher number that day, still",
        ),
        pytest.param(
            charged_subscription(
                START,
                components=(component((START, 5), (local("2026-11-11", "00:00"), 3)),),
            ),
            [(10, 5), (20, 3)],
            id="fewer users at midnight: the lower number at once",
        ),
        pytest.param(
            charged_subscription(
                START,
                components=(
                    component(
                        (START, 2), (local("2026-11-11", "09:00"), 9), (local("2026-11-11"), 2)
                    ),
                ),
            ),
            [(10, 2), (1, 9), (19, 2)],
            id="up and down within a day: the peak",
        ),
        pytest.param(
            charged_subscription(
                local("2026-11-11", "09:00"),
                components=(component((local("2026-11-02"), 4)),),
            ),
            [(10, 0), (20, 4)],
            id="ordered before it started",
        ),
        pytest.param(
            charged_subscription(START, suspensions=((local("2026-11-10"), local("2026-11-20")),)),
            [(30, 1)],
            id="suspension does not stop charging",
        ),
        pytest.param(
            charged_subscription(
                START,
                suspensions=((local("2026-11-10"), local("2026-11-20")),),
                charged_while_suspended=False,
            ),
            [(10, 1), (9, 0), (11, 1)],
            id="unless the policy says so: whole days only",
        ),
        pytest.param(
            charged_subscription(
                START,
                suspensions=(
                    (local("2026-11-10", "00:00"), local("2026-11-12")),
                    (local("2026-11-12"), local("2026-11-20", "00:00")),
                ),
                charged_while_suspended=False,
            ),
            [(9, 1), (10, 0), (11, 1)],
            id="two suspensions without a moment between are one",
        ),
        pytest.param(
            charged_subscription(
                START, suspensions=((local("2026-11-10"), None),), charged_while_suspended=False
            ),
            [(10, 1), (20, 0)],
            id="an open suspension goes on",
        ),
    ],
)
def test_quantities_by_day(
    subscription: ChargedSubscription, expected: list[tuple[int, int]]
) -> None:
    assert runs(subscription) == expected


@pytest.mark.parametrize(
    ("month", "length"),
    [
        pytest.param(Month(2028, 2), 29, id="leap February"),
        pytest.param(Month(2027, 3), 31, id="summer time begins"),
        pytest.param(Month(2027, 10), 31, id="summer time ends"),
    ],
)
def test_odd_months_have_all_their_days(month: Month, length: int) -> None:
    assert runs(charged_subscription(START), month) == [(length, 1)]


def test_as_known_before_knows_nothing_later() -> None:
    known = local("2026-12-01", "00:00")
    subscription = charged_subscription(
        START,
        components=(component((START, 3), (local("2026-12-03"), 5)),),
        cancelled_at=local("2026-12-05"),
        ends_at=local("2026-12-05"),
        suspensions=(
            (local("2026-11-29"), local("2026-12-02")),
            (local("2026-12-04"), None),
        ),
    )

    before = subscription.as_known_before(known)

    assert before.ends_at is None
    assert before.suspensions == ((local("2026-11-29"), None),)
    assert before.components[0].quantities == ((START, 3),)
    assert subscription.as_known_before(local("2027-01-01", "00:00")) == subscription
