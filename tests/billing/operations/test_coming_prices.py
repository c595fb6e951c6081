"""Who uses a metered service hears of its next price, and no month changes before it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.metering.models import UsageClass
from billing.models import InvoiceLine
from billing.operations import runs
from billing.operations.coming_prices import tell_coming
from billing.queries.coming_prices import coming_prices
from catalog.models import PriceComponent, PriceVersion, Product
from catalog.price_decisions import remove_price
from customers.models import History, Membership, Organisation, OutgoingMail, Tenant
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import TenantFactory
from tests.factories.usage import count, open_metered_services

if TYPE_CHECKING:
    from catalog.models import Seller

AT = local("2026-11-20", "10:40")
JANUARY = dt.date(2027, 1, 1)


@pytest.fixture
def customer(seller: Seller) -> Organisation:
    open_metered_services()
    customer, _owner, _tenant = customer_with_tenant()
    return customer


@pytest.fixture
def tenant(customer: Organisation) -> Tenant:
    return Tenant.objects.get(organisation=customer)


@pytest.fixture
def price(customer: Organisation) -> PriceVersion:
    """Of calls: less is included and the tiers cost more, from January on."""
    price = PriceVersion.objects.create(
        product=Product.objects.get(code="api-usage"), currency="EUR", valid_from=JANUARY
    )
    PriceComponent.objects.create(
        price_version=price,
        code="calls",
        unit="usage",
        meter_id="api-calls",
        model="graduated",
        included_per_user=50,
        tiers=[
            {"up_to": 1000, "unit_amount": "0.008"},
            {"up_to": None, "unit_amount": "0.006"},
        ],
        texts={"en": {"label": "Calls"}, "nl": {"label": "Aanroepen"}},
    )
    return price


def test_who_uses_it_gets_one_letter_with_both_prices(
    customer: Organisation, tenant: Tenant, price: PriceVersion
) -> None:
    count(tenant, "2026-10-03", 10)

    assert tell_coming(at=AT) == 1
    assert tell_coming(at=AT + dt.timedelta(hours=1)) == 0

    letter = OutgoingMail.objects.get()
    assert letter.subject == "api-usage: another price from 1 January 2027"
    assert "100 included per user; €0.004 each up to 1,000; €0.003 each above that" in letter.body
    assert "50 included per user; €0.008 each up to 1,000; €0.006 each above that" in letter.body
    entry = History.objects.get(verb="usage.price_announced")
    assert (entry.organisation, entry.details["effective_on"]) == (customer, "2027-01-01")


def test_who_uses_nothing_of_it_or_only_what_is_free_gets_none(
    customer: Organisation, tenant: Tenant, price: PriceVersion
) -> None:
    count(tenant, "2026-06-30", 10)
    count(tenant, "2026-11-10", 10, usage_class=UsageClass.INCLUDED_APPS)
    count(TenantFactory(organisation=customer, sandbox=True, source=tenant), "2026-11-10", 10)
    _norwegian, _owner, elsewhere = customer_with_tenant(country="norwegian")
    count(elsewhere, "2026-11-10", 10)

    assert tell_coming(at=AT) == 0

    assert not OutgoingMail.objects.exists()


def test_nobody_is_told_of_a_price_that_is_withdrawn_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tenant: Tenant, price: PriceVersion
) -> None:
    count(tenant, "2026-11-10", 10)
    by_staff = PriceVersion.objects.create(
        product=price.product, currency="EUR", valid_from=dt.date(2027, 2, 1), by_staff=True
    )
    coming = coming_prices("EUR", after=AT.date())
    assert [each.price for each in coming] == [price, by_staff]
    monkeypatch.setattr(
        "billing.operations.coming_prices.coming_prices",
        lambda currency, **_after: coming[1:] if currency == "EUR" else [],
    )
    remove_price(by_staff)

    assert tell_coming(at=AT) == 0

    assert not OutgoingMail.objects.exists()


def test_who_begins_to_use_it_before_that_month_is_told_then(
    tenant: Tenant, price: PriceVersion
) -> None:
    assert tell_coming(at=AT) == 0
    count(tenant, "2026-12-28", 10)

    assert tell_coming(at=local("2026-12-29")) == 1
    assert tell_coming(at=local("2027-01-01")) == 0


def test_where_nobody_hears_it_is_told_when_somebody_does(
    customer: Organisation, tenant: Tenant, price: PriceVersion
) -> None:
    count(tenant, "2026-11-10", 10)
    members = Membership.objects.of(customer)
    members.update(role="reader")
    assert tell_coming(at=AT) == 0

    members.update(role="billing_contact")

    assert tell_coming(at=AT) == 1


def test_the_months_before_keep_their_price(seller: Seller, price: PriceVersion) -> None:
    _customer, subscription = subscriber(local("2026-12-01"))
    assert subscription.tenant
    count(subscription.tenant, "2026-12-10", 1000)
    count(subscription.tenant, "2027-01-10", 1000)

    runs.run_due(at=local("2027-02-01"))

    lines = InvoiceLine.objects.filter(kind="usage")
    assert {f"{line.period_from}": str(line.net) for line in lines} == {
        "2026-12-01": "4.00",
        "2027-01-01": "8.00",
    }
