from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from billing.operations import buyers, runs
from catalog.models import Seller
from customers.operations.organisations import BillingDetails
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from customers.models import Organisation

ORDERED = local("2026-11-10")
FIRST_OF_DECEMBER = local("2026-12-01", "00:00")


def details_of(customer: Organisation) -> BillingDetails:
    return BillingDetails(
        name=customer.name,
        street=customer.street,
        postal_code=customer.postal_code,
        city=customer.city,
        country=customer.country,
        vat_number=customer.vat_number,
        registration_number=customer.registration_number,
        invoice_language=customer.invoice_language,
    )


def test_who_was_invoiced_stays_with_that_seller(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    moved = replace(details_of(customer), country="NO", vat_number="")

    with pytest.raises(buyers.SellerWouldChange):
        buyers.change_billing_details(
            customer, moved, by=PersonFactory(staff=True), at=FIRST_OF_DECEMBER
        )

    customer.refresh_from_db()
    assert customer.country == "NL"


def test_within_the_same_sellers_countries_a_customer_may_move(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    moved = replace(details_of(customer), country="DE", vat_number="DE136695976")

    buyers.change_billing_details(
        customer, moved, by=PersonFactory(staff=True), at=FIRST_OF_DECEMBER
    )

    customer.refresh_from_db()
    assert customer.country == "DE"


def test_before_the_first_invoice_any_country_can_be_corrected(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)
    moved = replace(details_of(customer), country="NO", vat_number="")

    buyers.change_billing_details(customer, moved, by=PersonFactory(staff=True), at=ORDERED)

    customer.refresh_from_db()
    assert customer.country == "NO"


def test_a_german_without_a_postal_code_is_held_until_it_is_there(seller: Seller) -> None:
    """Its documents could never be made (XRechnung, BR-DE-9)."""
    customer, _subscription = subscriber(ORDERED, country="german", postal_code="")
    [run] = runs.run_due(at=FIRST_OF_DECEMBER)
    item = run.items.get()
    assert (item.outcome, item.cause) == ("held", "address_missing")

    clerk = PersonFactory(staff=True)
    known = replace(details_of(customer), postal_code="10115")
    buyers.change_billing_details(customer, known, by=clerk, at=FIRST_OF_DECEMBER)
    runs.retry(item, by=clerk, at=FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)

    item.refresh_from_db()
    assert item.outcome == "invoiced"


def test_a_seller_without_a_telephone_number_invoices_no_german(seller: Seller) -> None:
    """XRechnung, BR-DE-6; the others are invoiced."""
    Seller.objects.filter(pk=seller.pk).update(phone="")
    subscriber(ORDERED, country="german", name="Beispiel GmbH")
    subscriber(ORDERED, name="Voorbeeld B.V.")

    [run] = runs.run_due(at=FIRST_OF_DECEMBER)

    assert {item.organisation.name: (item.outcome, item.cause) for item in run.items.all()} == {
        "Beispiel GmbH": ("held", "invariant:can_be_made"),
        "Voorbeeld B.V.": ("invoiced", ""),
    }
