"""Use is charged in the customer's own currency, whoever sells to it and in whichever it does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.documents import operations as documents
from billing.documents.models import AccountingVat
from billing.models import Invoice, InvoiceLine, ReachedThreshold
from billing.operations import runs
from billing.operations.coming_prices import tell_coming
from billing.operations.thresholds import tell_reached
from billing.queries import next_invoice
from billing.queries.coming_prices import coming_prices_for
from billing.queries.usage import usage_of
from catalog.money import Currency, Money
from customers.models import OutgoingMail
from subscriptions.periods import Month
from tests.billing.operations.reading import breaches_but_of_use
from tests.factories.billing import customer_with_tenant, foreseen, local, subscriber
from tests.factories.customers import TenantUserPlanFactory
from tests.factories.documents import euro_in_kroner
from tests.factories.usage import count, open_metered_services, price_of_calls

if TYPE_CHECKING:
    from customers.models import Organisation, Tenant

NOVEMBER = Month(2026, 11)
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")


@pytest.fixture(autouse=True)
def services(shop: None) -> None:
    """In kroner calls cost ten times as much as in euros, and far more of them are included."""
    open_metered_services()
    price_of_calls("NOK", "0.04", since=dt.date(2021, 1, 1), included_per_user=1_000_000)


@pytest.fixture
def tenant() -> Tenant:
    """Of a Norwegian customer that pays euros for what it orders."""
    _customer, subscription = subscriber(local("2026-11-03"), country="norwegian", currency="EUR")
    assert subscription.tenant
    return subscription.tenant


@pytest.fixture
def customer(tenant: Tenant) -> Organisation:
    return tenant.organisation


def test_use_is_on_the_same_document_as_what_was_ordered(
    customer: Organisation, tenant: Tenant
) -> None:
    count(tenant, "2026-11-05", 500)
    preview = foreseen(customer, NOVEMBER.next, at=local("2026-11-30"))
    estimate = next_invoice(customer, local("2026-11-30")).document

    runs.run_due(at=FIRST_OF_DECEMBER)

    invoice = Invoice.objects.of(customer).get()
    assert (invoice.seller.code, invoice.currency) == ("no", "EUR")
    assert InvoiceLine.objects.get(kind="usage").net == Decimal("2.00")
    assert [draft.net for draft in preview.drafts] == [invoice.net]
    assert estimate
    assert estimate.net == Money(invoice.net, Currency.EUR)
    assert breaches_but_of_use(at=FIRST_OF_DECEMBER) == []


def test_its_vat_is_stated_in_kroner_too(customer: Organisation, tenant: Tenant) -> None:
    euro_in_kroner("11.76", on=dt.date(2026, 11, 30))
    count(tenant, "2026-11-05", 500)
    runs.run_due(at=FIRST_OF_DECEMBER)

    documents.make_due(FIRST_OF_DECEMBER)

    invoice = Invoice.objects.of(customer).get()
    stated = AccountingVat.objects.get(invoice=invoice)
    assert (stated.vat, stated.exchange_rate.in_currency) == (invoice.vat, "NOK")
    assert stated.amount == (invoice.vat * Decimal("11.76")).quantize(Decimal("0.01"))


def test_pages_and_thresholds_count_in_it(customer: Organisation, tenant: Tenant) -> None:
    TenantUserPlanFactory(tenant=tenant, users=2)
    count(tenant, "2026-11-05", 300)

    [place] = usage_of(customer, NOVEMBER, at=local("2026-11-20")).places
    tell_reached(at=local("2026-11-20"))

    assert (place.allowance, place.cost) == (200, Money(Decimal("0.40"), Currency.EUR))
    assert set(ReachedThreshold.objects.values_list("percent", flat=True)) == {50, 85, 100}


def test_it_hears_of_the_next_price_in_euros_and_of_no_other(
    customer: Organisation, tenant: Tenant
) -> None:
    _other, norwegian, in_kroner = customer_with_tenant(country="norwegian")
    count(tenant, "2026-11-05", 500)
    count(in_kroner, "2026-11-05", 500)
    price_of_calls("EUR", "0.009")
    price_of_calls("NOK", "0.09")

    assert tell_coming(at=local("2026-11-20")) == 2

    letters = {letter.to: letter.body for letter in OutgoingMail.objects.all()}
    in_euros = letters.pop(customer.memberships.get().person.email)
    assert "€0.009 each" in in_euros
    assert "NOK" not in in_euros
    assert "NOK\N{NO-BREAK SPACE}0.09 each" in letters[norwegian.email]
    assert "€" not in letters[norwegian.email]
    [coming] = coming_prices_for(customer, at=local("2026-11-20"))
    assert coming.price.currency == "EUR"


def test_a_month_that_was_billed_in_another_currency_goes_on_in_that(
    customer: Organisation, tenant: Tenant
) -> None:
    """As use was before it was charged in the customer's own."""
    count(tenant, "2026-11-05", 500)
    type(customer).objects.filter(pk=customer.pk).update(currency="NOK")
    runs.run_due(at=FIRST_OF_DECEMBER)
    type(customer).objects.filter(pk=customer.pk).update(currency="EUR")
    count(tenant, "2026-11-28", 100, on="2026-12-05")
    count(tenant, "2026-12-05", 500)

    runs.run_due(at=local("2027-01-01", "00:05"))

    lines = InvoiceLine.objects.filter(why__isnull=False).order_by("pk")
    assert [(f"{line.period_from:%m}", line.invoice.currency, str(line.net)) for line in lines] == [
        ("11", "NOK", "20.00"),
        ("12", "EUR", "2.00"),
        ("11", "NOK", "4.00"),
    ]
    assert breaches_but_of_use(at=FIRST_OF_DECEMBER) == []
