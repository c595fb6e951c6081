"""What a row says of its status at an instant and what the database says are the same."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING

import pytest

from subscriptions import queries
from subscriptions.lifecycle import LIVE, Status
from subscriptions.models import Subscription
from subscriptions.operations.orders import status_at
from tests.factories.customers import TenantFactory
from tests.factories.subscriptions import SubscriptionFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation
    from subscriptions.querysets import SubscriptionQuerySet

pytestmark = pytest.mark.django_db

END = NOON + dt.timedelta(days=7)
INSTANTS = [END - dt.timedelta(microseconds=1), END, END + dt.timedelta(days=1)]
# What a database lets stand: only what started has an end, and what has ended has one.
ROWS = [
    *product([Status.ACTIVE, Status.SUSPENDED], [None, END]),
    (Status.ENDED, END),
    *product([Status.REQUESTED, Status.REJECTED, Status.WITHDRAWN], [None]),
]


@pytest.fixture
def rows(customer: Organisation) -> list[Subscription]:
    """One of each, in the reverse of the order in which a list has them."""
    return [
        SubscriptionFactory(
            organisation=customer,
            tenant=TenantFactory(organisation=customer),
            status=status,
            starts_at=NOON if status in {Status.ACTIVE, Status.SUSPENDED, Status.ENDED} else None,
            charged_from=NOON.date()
            if status in {Status.ACTIVE, Status.SUSPENDED, Status.ENDED}
            else None,
            cancelled_at=NOON if ends_at else None,
            ends_at=ends_at,
        )
        for status, ends_at in reversed(ROWS)
    ]


def ids(found: SubscriptionQuerySet) -> set[int]:
    return {each.pk for each in found}


@pytest.mark.parametrize("at", INSTANTS, ids=["before", "at-the-end", "after"])
def test_the_database_tells_a_status_as_a_row_does(
    rows: list[Subscription], customer: Organisation, at: dt.datetime
) -> None:
    told = {
        each.pk: each.status_then  # type: ignore[attr-defined]
        for each in Subscription.objects.with_status_at(at)
    }
    held = {each.subscription.pk: each for each in queries.held_all(rows, at)}

    assert told == {row.pk: status_at(row, at) for row in rows}
    for status in Status:
        found = ids(Subscription.objects.in_status_at(status, at))
        assert found == {row.pk for row in rows if status_at(row, at) == status}
    assert ids(queries.live_subscriptions(customer, at=at)) == {
        pk for pk, each in held.items() if each.status in LIVE
    }
    assert ids(queries.subscription_list(customer, at=at, status="ending")) == {
        pk for pk, each in held.items() if each.is_ending
    }
    assert ids(queries.subscription_list(customer, at=at, status="active")) == {
        pk for pk, each in held.items() if each.status is Status.ACTIVE and not each.is_ending
    }


@pytest.mark.parametrize(
    ("at", "order"),
    [
        pytest.param(
            INSTANTS[0],
            "active active suspended suspended requested ended rejected withdrawn",
            id="before-the-end",
        ),
        pytest.param(
            END,
            "active suspended requested ended ended ended rejected withdrawn",
            id="at-the-end",
        ),
    ],
)
def test_what_works_stands_first(
    rows: list[Subscription], customer: Organisation, at: dt.datetime, order: str
) -> None:
    found = queries.subscription_list(customer, at=at)

    assert " ".join(str(each.status) for each in queries.held_of(found, at)) == order


def test_to_attend_to_is_all_but_what_simply_works(
    rows: list[Subscription], customer: Organisation
) -> None:
    at = INSTANTS[0]
    live = queries.live_subscriptions(customer, at=at)

    assert ids(live.to_attend_to()) == {
        each.subscription.pk
        for each in queries.held_all(rows, at)
        if each.is_live and (each.is_ending or each.status is not Status.ACTIVE)
    }
