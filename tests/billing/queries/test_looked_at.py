"""What would be parked is said beforehand: somebody looks at it before it is issued."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import RunItem
from billing.operations import holds, runs
from billing.queries import cancellation_charges, next_invoice, next_invoice_with
from customers.models import Duty
from portal.pages.presenters.cancellation import charge
from portal.pages.presenters.next_invoice import estimates
from subscriptions.operations import orders
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import SCIM
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from catalog.models import Seller
    from subscriptions.models import Subscription

LOOKED_AT = "One of our people looks at it before it is issued."
NOW = local("2026-12-16")


@pytest.fixture
def tools(seller: Seller) -> Subscription:
    """December is invoiced: 49.00."""
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01", "00:05"))
    return subscription


def test_an_end_that_gives_back_and_the_credit_note_that_comes_of_it(tools: Subscription) -> None:
    charges = cancellation_charges(tools, ends_at=NOW, at=NOW)
    cancel_as_read(tools, at=NOW)
    coming = next_invoice(tools.organisation, NOW, judged=True)

    assert (charges.held, charges.is_looked_at) == (None, True)
    assert LOOKED_AT in charge(charges).sentences
    assert (coming.held, coming.is_looked_at) == (None, True)
    assert [each.is_looked_at for each in estimates(coming)] == [True]
    runs.run_due(at=local("2027-01-01", "00:05"))
    assert RunItem.objects.get(run__month="2027-01-01").cause == "gives_back_too_much"


def test_not_where_other_charges_are_more_than_it_gives_back(tools: Subscription) -> None:
    orders.subscribe(
        tools.organisation, product_code=SCIM, tenant=None, by=tools.ordered_by, at=NOW
    )

    charges = cancellation_charges(tools, ends_at=NOW, at=NOW)

    assert (charges.is_credit, charges.is_looked_at) == (True, False)
    assert LOOKED_AT not in charge(charges).sentences


def test_what_staff_hold_is_looked_at(tools: Subscription) -> None:
    assert next_invoice(tools.organisation, NOW, judged=True).is_looked_at is False
    clerk = PersonFactory(staff=True, duties=[Duty.BILLING])
    holds.hold(tools.organisation, month=None, reason="Disputed", by=clerk, at=NOW)

    assert next_invoice(tools.organisation, NOW, judged=True).is_looked_at is True


def test_it_is_only_judged_where_that_is_shown(tools: Subscription) -> None:
    with CaptureQueriesContext(connection) as unjudged:
        found = next_invoice(tools.organisation, NOW)
        changed = next_invoice_with(tools, {}, NOW)

    assert (found.is_looked_at, changed.is_looked_at) == (None, None)
    assert not [each for each in unjudged.captured_queries if "billinghold" in each["sql"]]
