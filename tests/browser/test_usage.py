"""Usage, in English on a phone: seen while the month goes, found on the invoice, explained."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from billing.metering.models import UsageEvent
from billing.models import InvoiceLine
from billing.operations import runs
from portal.demo import people
from portal.demo.customers import create_demo_customers
from portal.formatting import money_text
from subscriptions.operations import orders
from tests.browser.conftest import PHONE, set_clock
from tests.factories.metering import event, platform_credential, report
from tests.factories.shop import DEVELOPMENT_TOOLS

if TYPE_CHECKING:
    from customers.models import Tenant
    from tests.browser.conftest import Door

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

ORDERED_AT = dt.datetime(2026, 10, 31, 9, 0, tzinfo=dt.UTC)
IN_NOVEMBER = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
IN_DECEMBER = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)


def test_from_the_use_to_the_amount_and_back(door: Door) -> None:
    set_clock(IN_NOVEMBER)
    call_command("load_catalogue", verbosity=0)
    demo = create_demo_customers(at=ORDERED_AT)
    tenant = demo.production
    orders.subscribe(
        demo.dutch, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=demo.owner, at=ORDERED_AT
    )
    allowance, price = _allowance(tenant), Decimal("0.0004")
    _report(tenant, calls=allowance + 250_000)

    lars = door.visitor(language="en", who=people.OWNER, width=PHONE)
    lars.go(f"/organisations/{demo.dutch.pk}/usage/")
    lars.reads(
        "November 2026",
        "route-planner",
        f"{allowance + 250_000:,}",
        f"{allowance:,}",
        money_text(250_000 * price, "EUR", "en"),
    )

    lars.page.get_by_role("link", name="route-planner").click()
    assert "application=route-planner" in lars.page.url
    half = (allowance + 250_000) // 2
    lars.page.get_by_text("2 lines").click()
    lars.reads("By day", "3 Nov 2026", f"{half:,}", "17 Nov 2026")
    lars.page.get_by_label("Day", exact=True).select_option("17")
    lars.page.get_by_role("button", name="Show").click()
    lars.reads("By application", f"{allowance + 250_000 - half:,}")
    assert not lars.page.get_by_role("heading", name="By day").count()

    set_clock(IN_DECEMBER)
    runs.run_due(at=IN_DECEMBER)
    line = InvoiceLine.objects.get(why__isnull=False)
    assert line.why is not None
    lars.go(f"/organisations/{demo.dutch.pk}/invoices/{line.invoice_id}/")
    lars.page.locator(f"main a[href$='/lines/{line.pk}/']").click()
    assert lars.page.title().startswith("Why this amount")
    lars.reads(
        line.invoice.number,
        "This line",
        "250,000",
        money_text(Decimal("100.00"), "EUR", "en"),
        line.why["fingerprint"],
    )
    assert line.net == Decimal("100.00")
    assert UsageEvent.objects.count() == 2


def _allowance(tenant: Tenant) -> int:
    return 10_000 * sum(tenant.user_plans.values_list("users", flat=True))


def _report(tenant: Tenant, *, calls: int) -> None:
    half = calls // 2
    events = [
        event(
            tenant.identifier,
            application="route-planner",
            quantity=quantity,
            time=f"2026-11-{day:02d}T10:00:00+01:00",
        )
        for day, quantity in ((3, half), (17, calls - half))
    ]
    assert report(*events, by=platform_credential(), at=IN_NOVEMBER).accepted == 2
