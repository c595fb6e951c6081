"""What an order is charged for use stands on its review."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version
from tests.factories.usage import open_metered_services, price_of_records
from tests.portal.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Tenant

NEW_YEAR = dt.date(2027, 1, 1)


def test_a_price_of_use_that_begins_later_is_told_before_the_click(
    signed_in: Client, page: Callable[..., str], tenant: Tenant
) -> None:
    """Of what the order is charged by, and where that costs anything."""
    open_metered_services()
    next_version(charges=["databridge-records"])
    sandbox = TenantFactory(organisation=tenant.organisation, sandbox=True)
    address, chosen = page("subscribe_review", DEVELOPMENT_TOOLS), {"tenant": str(tenant.pk)}
    before = text_of(signed_in.get(address, chosen))
    price_of_records(valid_from=NEW_YEAR, included=90_000, unit_amount=30)

    after = text_of(signed_in.get(address, chosen))
    free = text_of(signed_in.get(address, {"tenant": str(sandbox.pk)}))

    said = "databridge-records: another price from 1 January 2027"
    assert said not in before
    assert said in after
    assert "90,000 included; €30.00 per 50,000" in after
    assert said not in free
