"""What an order says before the last click of how it ends; and the page after that click, when it
is opened again later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.decisions import decide_policies
from catalog.policies import Policies
from subscriptions.operations import orders, suspensions
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX
from tests.factories.subscriptions import cancel_as_read
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Person, Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]


AT_ONCE = ", or at once with unused days credited."


@pytest.mark.parametrize(
    ("policies", "ahead"),
    [
        ({"notice_days": 1}, f"1 day ahead{AT_ONCE}"),
        ({"notice_days": 14}, f"14 days ahead{AT_ONCE}"),
        ({"notice_days": 14, "cancel_now": False}, "14 days ahead."),
        ({"notice_days": 1, "cancel_now": False}, "1 day ahead."),
    ],
    ids=["one day, or now", "days, or now", "days", "one day"],
)
def test_days_of_notice_do_not_hide_the_other_way_to_cancel(
    signed_in: Client, page: Address, tenant: Tenant, policies: dict[str, object], ahead: str
) -> None:
    decide_policies(DEVELOPMENT_TOOLS, Policies.parse(policies), instead_of=1)

    review = signed_in.get(page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": tenant.pk})

    sentence = f"You can cancel to the end of any month, {ahead}"
    assert sentence in review.content.decode()


def reject(order: Subscription, owner: Person) -> None:
    orders.reject(order, reason="No room", by=PersonFactory(staff=True), at=NOON)


def withdraw(order: Subscription, owner: Person) -> None:
    orders.withdraw(order, by=owner, at=NOON)


@pytest.mark.parametrize("no", [reject, withdraw])
def test_of_an_order_that_came_to_nothing_it_does_not_say_that_it_works(
    signed_in: Client,
    page: Address,
    order: Subscription,
    owner: Person,
    no: Callable[[Subscription, Person], None],
) -> None:
    done = page("subscribe_done", SANDBOX, order.pk)
    assert "Sandbox is ordered" in signed_in.get(done).content.decode()

    no(order, owner)

    assert signed_in.get(done)["Location"] == page("subscription_detail", order.pk)


def suspend(subscription: Subscription, owner: Person) -> None:
    suspensions.suspend(subscription, reason="Not paid", by=PersonFactory(staff=True), at=NOON)


def end(subscription: Subscription, owner: Person) -> None:
    cancel_as_read(subscription, by=owner, at=NOON)


@pytest.mark.parametrize("stop", [suspend, end])
def test_of_what_does_not_work_any_more_neither(
    signed_in: Client,
    page: Address,
    subscription: Subscription,
    owner: Person,
    stop: Callable[[Subscription, Person], None],
) -> None:
    done = page("subscribe_done", DEVELOPMENT_TOOLS, subscription.pk)
    assert "You have subscribed" in signed_in.get(done).content.decode()

    stop(subscription, owner)

    assert signed_in.get(done)["Location"] == page("subscription_detail", subscription.pk)
