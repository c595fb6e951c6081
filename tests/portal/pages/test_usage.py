from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.metering.models import UsageClass
from billing.models import InvoiceLine
from billing.operations import runs
from customers.models import Environment, Role, TenantUserPlan
from subscriptions.applications import credentials
from subscriptions.operations import orders
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import SCIM
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.usage import (
    RECORDS,
    UNPRICED,
    count,
    open_metered_services,
    price_of_records,
)
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

    type Address = Callable[..., str]

FIRST_OF_DECEMBER = dt.datetime(2026, 12, 1, 5, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def used(subscription: Subscription, tenant: Tenant, noon: time_machine.Traveller) -> None:
    """On the 23rd: 2,300 calls by an application, and some that are free."""
    open_metered_services()
    sandbox = TenantFactory(organisation=tenant.organisation, sandbox=True, name="Proeftuin")
    count(tenant, "2026-11-05", 2000)
    count(tenant, "2026-11-23", 300, application="=HYPERLINK(1)")
    count(tenant, "2026-11-07", 50, usage_class=UsageClass.INCLUDED_APPS, application="own")
    count(sandbox, "2026-11-08", 70)


def test_use_is_shown_with_its_cost_and_its_forecast(
    signed_in: Client, customer: Organisation, page: Address
) -> None:
    text = signed_in.get(page("usage")).content.decode()

    # 2,300: 1,000 at 0.004 and 1,300 at 0.003; 22 days and a half make 3,066 in 30.
    assert "€7.90" in text
    assert "€10.20" in text
    assert "3,066" in text
    assert "Free: sandbox" in text
    assert "Free: included application" in text
    assert 'role="img"' in text


def test_what_reports_under_its_client_id_is_shown_by_name(
    signed_in: Client, tenant: Tenant, page: Address
) -> None:
    webshop = ApplicationFactory(name="Webshop sync")
    AuthorisationFactory(application=webshop, tenant=tenant, active=True)
    elsewhere = ApplicationFactory(name="Not ours")
    AuthorisationFactory(application=elsewhere, active=True)
    for application in (webshop, elsewhere):
        made = credentials.create(
            application, Environment.PRODUCTION, by=PersonFactory(), at=NOON
        ).credential
        count(tenant, "2026-11-09", 10, application=made.client_id)

    for query in ("", "?format=csv"):
        response = signed_in.get(page("usage") + query)
        text = (response.getvalue() if response.streaming else response.content).decode()

        assert "Webshop sync" in text
        assert "Not ours" not in text  # as whoever reported it said


def test_a_developer_follows_use_and_not_its_cost(
    browser_of: Callable[[Person], Client],
    member_of: Callable[[Role], Person],
    page: Address,
    tenant: Tenant,
) -> None:
    TenantUserPlan.objects.create(tenant=tenant, plan="sales-premium", users=30)
    developer = browser_of(member_of(Role.DEVELOPER))

    text = developer.get(page("usage")).content.decode()

    assert "2,300" in text  # counted
    assert "76% used" in text  # of the 3,000 that are included
    assert "3,066" in text  # by the end of the month
    for money in ("€", "Cost so far", "excl. VAT", "example prices"):
        assert money not in text
    assert f'href="{page("usage")}"' in developer.get(page("overview")).content.decode()
    assert developer.get(page("invoice_list")).status_code == 403


def test_a_reader_does_not_follow_use(
    browser_of: Callable[[Person], Client], member_of: Callable[[Role], Person], page: Address
) -> None:
    reader = browser_of(member_of(Role.READER))

    assert reader.get(page("usage")).status_code == 403
    assert f'href="{page("usage")}"' not in reader.get(page("overview")).content.decode()


def test_filters_are_in_the_address_and_cells_do_not_calculate(
    signed_in: Client, tenant: Tenant, page: Address
) -> None:
    found = signed_in.get(
        page("usage"), {"format": "csv", "month": "2026-11", "tenant": str(tenant.pk)}
    )

    rows = found.content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["2026-11-05", "2026-11-07", "2026-11-23"]
    assert "'=HYPERLINK(1)" in rows[3]


def test_what_the_invoice_gives_free_is_said_to_be_free(
    signed_in: Client, page: Address, tenant: Tenant, owner: Person
) -> None:
    count(tenant, "2026-11-09", 150_000, meter=RECORDS)
    only_records = {"meter": RECORDS}

    before = signed_in.get(page("usage"), only_records).content.decode()
    orders.subscribe(tenant.organisation, product_code=SCIM, by=owner, at=NOON)
    after = signed_in.get(page("usage"), only_records).content.decode()

    assert "Free: no subscription that month" in before
    assert "Free: no subscription that month" not in after


def test_a_coming_price_is_announced_beside_the_one_of_now(
    signed_in: Client, page: Address
) -> None:
    price_of_records(valid_from=dt.date(2027, 1, 1), included=90_000, unit_amount=30)

    text = signed_in.get(page("usage")).content.decode()

    assert "databridge-records: another price from 1 January 2027" in text
    assert "100,000 included; €25.00 per 50,000" in text
    assert "90,000 included; €30.00 per 50,000" in text
    assert "api-usage: another price" not in text


def test_what_has_no_price_is_said_to_be_free(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    count(tenant, "2026-11-09", 800, meter=UNPRICED)

    text = signed_in.get(page("usage"), {"meter": UNPRICED}).content.decode()
    csv = signed_in.get(page("usage"), {"meter": UNPRICED, "format": "csv"}).content.decode()

    assert "Free: no price that month" in text
    assert csv.splitlines()[1].endswith(",800,Free: no price that month")


def test_a_month_without_use_says_so(signed_in: Client, page: Address) -> None:
    text = signed_in.get(page("usage"), {"month": "2025-01"}).content.decode()

    assert "Nothing was used in this month." in text


def test_why_this_amount_reads_no_events(
    signed_in: Client,
    page: Address,
    noon: time_machine.Traveller,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    noon.move_to(FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)
    line = InvoiceLine.objects.filter(why__isnull=False).order_by("pk")[1]
    why = page("invoice_line", line.invoice_id, line.pk)

    with django_assert_max_num_queries(20) as asked:
        text = signed_in.get(why).content.decode()

    assert why in signed_in.get(page("invoice_detail", line.invoice_id)).content.decode()
    assert line.why
    assert line.why["fingerprint"] in text
    assert "Tier 2" in text
    assert "€3.90" in text
    assert not [each for each in asked.captured_queries if "usageevent" in each["sql"]]
