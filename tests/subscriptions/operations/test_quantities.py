from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from catalog.models import PriceVersion
from customers.models import History
from subscriptions.models import PriceAnnouncement, PriceChange, Subscription
from subscriptions.operations import orders
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

    orders.change_quantities(subscription, quantities={"sales-premium": 5}, by=owner, at=first)
    orders.change_quantities(subscription, quantities={"sales-premium": 3}, by=owner, at=behind)

    subscription = Subscription.objects.get(pk=subscription.pk)
    assert orders.quantities_at(subscription, first)["sales-premium"] == 3
    told = History.objects.about(subscription).filter(verb="subscription.quantity_changed")
    assert list(told.order_by("pk").values_list("at", flat=True)) == [first, first]


def test_what_was_decided_upon_other_quantities_is_refused(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    seen = orders.state_of_quantities(subscription, NOON)
    orders.change_quantities(subscription, quantities={"sales-premium": 5}, by=owner, at=LATER)

    with pytest.raises(orders.QuantitiesChanged):
        orders.change_quantities(
            subscription, quantities={"service-premium": 3}, seen=seen, by=owner, at=LATER
        )

    assert orders.quantities_at(subscription, LATER) == {"sales-premium": 5, "service-premium": 0}


def test_what_has_become_so_meanwhile_is_not_done_again(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    seen = orders.state_of_quantities(subscription, NOON)
    for _click in range(2):
        orders.change_quantities(
            subscription, quantities={"sales-premium": 5}, seen=seen, by=owner, at=LATER
        )

    told = History.objects.about(subscription).filter(verb="subscription.quantity_changed")
    assert told.count() == 1


def test_another_price_is_another_thing_to_decide_upon(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = sandbox(customer, tenant, owner, sales)
    seen = orders.state_of_quantities(subscription, NOON)
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

    assert orders.state_of_quantities(subscription, before) == seen
    assert orders.state_of_quantities(subscription, comes) != seen
