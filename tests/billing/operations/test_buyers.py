from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from billing.operations import buyers, runs
from customers.operations.organisations import BillingDetails
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from catalog.models import Seller
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
