from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from catalog.models import PriceVersion
from customers.models import History
from subscriptions.lifecycle import Status
from subscriptions.models import PriceAnnouncement, PriceChange, Subscription
from subscriptions.operations import orders, quantity_changes, suspensions
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import confirm_set_up
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant


LATER = NOON + dt.timedelta(hours=1)


def sandbox(customer: Organisation, tenant: Tenant, owner: Person, sales: Person) -> Subscription:
    """Two users of one plan, confirmed at once."""
    order = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 2},
        by=owner,
        at=NOON,
    )
    return confirm_set_up(order, by=sales, at=NOON)


def test_of_two_changes_the_second_holds_though_its_clock_is_behind(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    first, behind = NOON + dt.timedelta(seconds=10), NOON + dt.timedelta(seconds=9)

    quantity_changes.change(subscription, quantities={"sales-premium": 5}, by=owner, at=first)
    quantity_changes.change(subscription, quantities={"sales-premium": 3}, by=owner, at=behind)

    subscription = Subscription.objects.get(pk=subscription.pk)
    assert orders.quantities_at(subscription, first)["sales-premium"] == 3
    told = History.objects.about(subscription).filter(verb="subscription.quantity_changed")
    assert list(told.order_by("pk").values_list("at", flat=True)) == [first, first]


def test_what_was_decided_upon_other_quantities_is_refused(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    seen = quantity_changes.state_of_quantities(subscription, NOON)
    quantity_changes.change(subscription, quantities={"sales-premium": 5}, by=owner, at=LATER)

    with pytest.raises(quantity_changes.QuantitiesChanged):
        quantity_changes.change(
            subscription, quantities={"service-premium": 3}, seen=seen, by=owner, at=LATER
        )

    assert orders.quantities_at(subscription, LATER) == {"sales-premium": 5, "service-premium": 0}


def test_what_has_become_so_meanwhile_is_not_done_again(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    seen = quantity_changes.state_of_quantities(subscription, NOON)
    for _click in range(2):
        quantity_changes.change(
            subscription, quantities={"sales-premium": 5}, seen=seen, by=owner, at=LATER
        )

    told = History.objects.about(subscription).filter(verb="subscription.quantity_changed")
    assert told.count() == 1


def test_another_price_is_another_thing_to_decide_upon(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    seen = quantity_changes.state_of_quantities(subscription, NOON)
    price = PriceVersion.objects.create(
        product=subscription.product, currency="EUR", valid_from=dt.date(2027, 1, 1)
    )
    announcement = PriceAnnouncement.objects.create(
        price_version=price,
        effective_on=dt.date(2027, 1, 1),
        announced_at=NOON,
        announced_by=sales,
    )
    comes = NOON + dt.timedelta(days=39)
    PriceChange.objects.create(
        announcement=announcement, subscription=subscription, effective_at=comes, announced_at=NOON
    )
    before = comes - dt.timedelta(microseconds=1)

    assert quantity_changes.state_of_quantities(subscription, before) == seen
    assert quantity_changes.state_of_quantities(subscription, comes) != seen


def test_what_is_suspended_can_be_made_smaller_and_not_bigger(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    suspensions.suspend(subscription, reason="Unpaid invoice", by=sales, at=NOON)

    for more in ({"sales-premium": 3}, {"sales-premium": 1, "service-premium": 1}):
        with pytest.raises(quantity_changes.MoreWhileSuspended):
            quantity_changes.change(subscription, quantities=more, by=owner, at=LATER)
    quantity_changes.change(subscription, quantities={"sales-premium": 1}, by=owner, at=LATER)

    subscription = Subscription.objects.get(pk=subscription.pk)
    assert subscription.status == Status.SUSPENDED
    assert orders.quantities_at(subscription, LATER) == {"sales-premium": 1, "service-premium": 0}
    suspensions.resume(subscription, by=sales, at=LATER)
    assert orders.quantities_at(subscription, LATER)["sales-premium"] == 1
