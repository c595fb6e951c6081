"""The list before cancelling, where the tenant's CRM Suite plan gives the product as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import CrmSuitePlan
from subscriptions.operations import orders, plans
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.factories.subscriptions import cancel_as_read
from tests.portal.pages.conftest import NOON
from tests.portal.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]

LEAVING = "When the subscription ends, the custom applications are deactivated."


@pytest.fixture
def own(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    next_version(
        texts={"en": {"name": "Development Tools", "leaving": [LEAVING]}},
        capabilities=["crmscript", "extra-tables"],
        inside=[
            {"code": code, "minimum_crm_version": "", "texts": {"en": {"name": name}}}
            for code, name in (("crmscript", "CRMScript"), ("extra-tables", "Extra tables"))
        ],
    )
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )


@pytest.mark.parametrize("is_planned", [False, True], ids=["at once", "before its planned end"])
def test_it_says_what_gets_smaller_and_nothing_that_does_not_happen(
    signed_in: Client,
    page: Address,
    own: Subscription,
    tenant: Tenant,
    owner: Person,
    is_planned: bool,
) -> None:
    address = f"{page('subscription_cancel', own.pk)}?when=now"
    assert LEAVING in text_of(signed_in.get(address))
    plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=owner, at=NOON)
    own.refresh_from_db()
    if is_planned:
        cancel_as_read(own, CancelWhen.MONTH_END, at=NOON)

    html = text_of(signed_in.get(address))

    assert "With the plan alone this gets smaller" in html
    assert "Extra tables: at most 15" in html
    assert "loses these possibilities" not in html
    assert LEAVING not in html


def test_of_applications_that_do_not_stop_none_is_said_to_go_on(
    signed_in: Client, page: Address, own: Subscription, tenant: Tenant, owner: Person
) -> None:
    address = page("subscription_cancel", own.pk)
    before = text_of(signed_in.get(address))

    plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=owner, at=NOON)

    after = text_of(signed_in.get(address))
    assert "can be withdrawn with one click. Applications then simply go on." in before
    assert "can be withdrawn with one click." in after
    assert "simply go on" not in after
