from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from customers.models import History
from subscriptions.models import Subscription
from subscriptions.operations import orders
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import confirm_set_up
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant


def test_of_two_changes_the_second_holds_though_its_clock_is_behind(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    order = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 2},
        by=owner,
        at=NOON,
    )
    subscription = confirm_set_up(order, by=sales, at=NOON)
    first, behind = NOON + dt.timedelta(seconds=10), NOON + dt.timedelta(seconds=9)

    orders.change_quantities(subscription, quantities={"sales-premium": 5}, by=owner, at=first)
    orders.change_quantities(subscription, quantities={"sales-premium": 3}, by=owner, at=behind)

    subscription = Subscription.objects.get(pk=subscription.pk)
    assert orders.quantities_at(subscription, first)["sales-premium"] == 3
    told = History.objects.about(subscription).filter(verb="subscription.quantity_changed")
    assert list(told.order_by("pk").values_list("at", flat=True)) == [first, first]
