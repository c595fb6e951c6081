"""Why an amount is what it is, where one allowance holds for all tenants together."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.metering.models import UsageClass
from billing.metering.operations import credentials as keys
from billing.models import InvoiceLine
from billing.operations import runs
from portal.pages.presenters.usage import DAYS_PER_PAGE
from subscriptions.operations import orders
from tests.factories.billing import dutch_vat_rises
from tests.factories.customers import TenantFactory
from tests.factories.shop import SCIM
from tests.factories.subscriptions import AuthorisationFactory
from tests.factories.usage import RECORDS, count, open_metered_services
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client

    from customers.models import Organisation, Person, Tenant

    type Address = Callable[..., str]

FIRST_OF_DECEMBER = dt.datetime(2026, 12, 1, 5, 0, tzinfo=dt.UTC)
FIRST_OF_JANUARY = dt.datetime(2027, 1, 1, 5, 0, tzinfo=dt.UTC)
CHANGED = "after this line was made"


@pytest.fixture
def second(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Filiaal")


@pytest.fixture
def line(
    customer: Organisation,
    tenant: Tenant,
    second: Tenant,
    owner: Person,
    noon: time_machine.Traveller,
) -> InvoiceLine:
    """150,000 records of two tenants, of which 100,000 are included, and some that are free."""
    open_metered_services()
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)
    sandbox = TenantFactory(organisation=customer, sandbox=True, name="Proeftuin")
    for day in range(1, 31):
        count(tenant, f"2026-11-{day:02}", 3_000, meter=RECORDS)
        count(second, f"2026-11-{day:02}", 2_000, meter=RECORDS)
    included = UsageClass.INCLUDED_APPS
    count(tenant, "2026-11-02", 700, meter=RECORDS, application="own", usage_class=included)
    count(sandbox, "2026-11-03", 900, meter=RECORDS)
    noon.move_to(FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)
    return InvoiceLine.objects.get(why__meter=RECORDS)


def test_days_say_where_and_at_what_cost_and_sum_to_what_counts(
    signed_in: Client, page: Address, line: InvoiceLine
) -> None:
    address = page("invoice_line", line.invoice_id, line.pk)
    first = signed_in.get(address)
    second = signed_in.get(address, {"page": "2"})

    assert line.why
    assert line.why["charged"] == 150_000
    assert first.context["page"].together == [
        ("Counts against the allowance", "150,000"),
        ("Free: included application", "700"),
        ("Free: sandbox", "900"),
    ]
    days = [*first.context["page"].days, *second.context["page"].days]
    assert len(first.context["page"].days) == DAYS_PER_PAGE
    assert len(days) == 62
    assert {(day.tenant.partition(" (")[0], day.usage_class, day.charged) for day in days} == {
        ("Productie", "Metered applications", "Yes"),
        ("Filiaal", "Metered applications", "Yes"),
        ("Productie", "Included applications", "Free: included application"),
        ("Proeftuin", "Metered applications", "Free: sandbox"),
    }
    assert CHANGED not in first.content.decode()


def test_rows_of_one_application_with_two_client_ids_are_told_apart(
    signed_in: Client,
    page: Address,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    noon: time_machine.Traveller,
) -> None:
    open_metered_services()
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)
    application = AuthorisationFactory(
        tenant=tenant, active=True, application__standard=True, application__name="Webshop"
    ).application
    for reference in ("shop-1", "shop-2"):
        keys.issue_for_application(
            application, name=reference, reference=reference, by=owner, at=NOON
        )
        count(tenant, "2026-11-05", 500, application=reference)
    count(tenant, "2026-11-05", 500, application="Alone")
    noon.move_to(FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)
    line = InvoiceLine.objects.filter(why__isnull=False).earliest("position")

    found = signed_in.get(page("invoice_line", line.invoice_id, line.pk))

    used = {(row.application, row.client_id) for row in found.context["page"].used}
    assert used == {("Alone", ""), ("Webshop", "shop-1"), ("Webshop", "shop-2")}
    assert "<small>shop-1</small>" in found.text


def test_what_came_late_is_said_and_where_its_difference_is(
    browser_of: Callable[[Person], Client],
    owner: Person,
    page: Address,
    line: InvoiceLine,
    tenant: Tenant,
    noon: time_machine.Traveller,
) -> None:
    count(tenant, "2026-11-30", 60_000, meter=RECORDS, on="2026-12-02")
    address = page("invoice_line", line.invoice_id, line.pk)

    before = browser_of(owner).get(address).content.decode()
    noon.move_to(FIRST_OF_JANUARY)
    runs.run_due(at=FIRST_OF_JANUARY)
    after = browser_of(owner).get(address).content.decode()

    assert "the next invoice carries the difference" in before
    assert "already carries the difference" in after


def test_a_difference_says_what_it_is_the_difference_of(
    browser_of: Callable[[Person], Client],
    owner: Person,
    page: Address,
    line: InvoiceLine,
    tenant: Tenant,
    noon: time_machine.Traveller,
) -> None:
    """It is the month's total less what was invoiced, and not the sum of its own units."""
    count(tenant, "2026-11-30", 60_013, meter=RECORDS, on="2026-12-02")
    first = browser_of(owner).get(page("invoice_detail", line.invoice_id)).text

    coming = browser_of(owner).get(page("overview")).text
    noon.move_to(FIRST_OF_JANUARY)
    runs.run_due(at=FIRST_OF_JANUARY)
    late = InvoiceLine.objects.filter(why__meter=RECORDS).latest("pk")
    issued = browser_of(owner).get(page("invoice_detail", late.invoice_id)).text

    said = "(€75.00 less €25.00 that was invoiced before)"
    assert (line.net, late.net) == (Decimal("25.00"), Decimal("50.00"))
    assert [said in html for html in (first, coming, issued)] == [False, True, True]


def test_where_vat_changes_it_says_what_was_used_on_either_side(
    signed_in: Client,
    page: Address,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    noon: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_metered_services()
    dutch_vat_rises(monkeypatch, on=dt.date(2026, 11, 11))
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)
    count(tenant, "2026-11-10", 500)
    count(tenant, "2026-11-11", 1_000)
    noon.move_to(FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)
    line = InvoiceLine.objects.filter(why__isnull=False).earliest("position")

    shown = signed_in.get(page("invoice_line", line.invoice_id, line.pk)).context["page"]

    assert shown.period == "1\u201310 November 2026"
    assert shown.facts[:3] == [
        ("Counts against the allowance", "1,500"),
        ("Of which in 1\u201310 November 2026", "500"),
        ("Of which in 11\u201330 November 2026", "1,000"),
    ]
