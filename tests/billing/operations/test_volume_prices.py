"""At a volume price more units may cost less, and fewer more: the amount says what is a credit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.invariants import every
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from catalog.models import PriceComponent, PriceVersion, Product
from customers.models import Duty, Organisation
from subscriptions.operations import orders, quantity_changes
from tests.factories.billing import customer_with_tenant, local
from tests.factories.customers import PersonFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import confirm_set_up

if TYPE_CHECKING:
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

WHOLE = Choice(CreditProposal.Scope.WHOLE)


@pytest.fixture(autouse=True)
def steep(seller: Seller) -> None:
    """Up to ten users at EUR 10.00 a month each, from eleven on at EUR 8.00."""
    price = PriceVersion.objects.create(
        product=Product.objects.get(code=SANDBOX),
        currency="EUR",
        valid_from=dt.date(2026, 1, 1),
        example=True,
    )
    PriceComponent.objects.create(
        price_version=price,
        code="sales-premium",
        unit="user_plan",
        model="volume",
        tiers=[
            {"up_to": 10, "unit_amount": "10"},
            {"up_to": None, "unit_amount": "8"},
        ],
        texts={"en": {"label": "Sales"}, "nl": {"label": "Sales"}},
    )
    seller.credit_alone_up_to = 10**6
    seller.save()


def users_in_december(before: int, after: int) -> Organisation:
    """From the first of December; changed on the fifth, when its run is done."""
    customer, owner, tenant = customer_with_tenant()
    at = local("2026-11-30", "12:00")
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": before},
        by=owner,
        at=at,
    )
    subscription = confirm_set_up(ordered, by=PersonFactory(staff=True), at=at)
    run_of("2026-12-01")
    quantity_changes.change(
        subscription, quantities={"sales-premium": after}, by=owner, at=local("2026-12-05")
    )
    return customer


def run_of(day: str) -> dt.datetime:
    at = local(day, "00:05")
    runs.run_due(at=at)
    return at


def credit(customer: Organisation, month: str, choice: Choice, *, at: dt.datetime) -> None:
    invoice = Invoice.objects.with_names().get(organisation=customer, month=f"{month}-01")
    credit_notes.request_credit(
        invoice,
        choice,
        reason="Not what was agreed",
        confirmed=credit_notes.preview(invoice, choice).invoice.gross,
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=at,
    )


def of_december(customer: Organisation, month: str) -> list[tuple[str, int, str, str]]:
    """What the run of a month issued for days of December, signed."""
    return [
        (line.kind, line.quantity * each.sign, str(line.net * each.sign), line.vat_category)
        for each in Invoice.objects.of(customer).filter(month=f"{month}-01", origin="run")
        for line in each.lines.filter(period_from__range=("2026-12-01", "2026-12-31"))
    ]


def test_more_that_cost_less_come_back_with_their_vat_wherever_the_customer_is(
    seller: Seller,
) -> None:
    customer = users_in_december(10, 11)
    Organisation.objects.filter(pk=customer.pk).update(country="DE", vat_number="DE136695976")

    at = run_of("2027-01-01")

    assert of_december(customer, "2027-01") == [("adjustment", 1, "-10.45", "S")]
    assert every.check_all(at=at) == []


def test_what_was_given_back_by_hand_is_not_given_again_for_more_that_cost_less(
    seller: Seller,
) -> None:
    customer = users_in_december(10, 11)
    line = Invoice.objects.get().lines.get(period_from="2026-12-01")
    assert str(line.net) == "100.00"
    choice = Choice(CreditProposal.Scope.LINES, quantities={line.pk: 10})
    credit(customer, "2026-12", choice, at=local("2026-12-10"))

    at = run_of("2027-01-01")

    assert of_december(customer, "2027-01") == [
        ("adjustment", 1, "-10.45", "S"),
        ("settlement", 1, "10.45", "S"),
    ]
    assert every.check_all(at=at) == []


def test_taken_back_with_its_invoice_it_is_given_again(seller: Seller) -> None:
    customer = users_in_december(10, 11)
    run_of("2027-01-01")
    credit(customer, "2027-01", WHOLE, at=local("2027-01-03"))
    assert every.check_all(at=local("2027-01-04")) == []

    at = run_of("2027-02-01")

    assert of_december(customer, "2027-02") == [("adjustment", 1, "-10.45", "S")]
    assert every.check_all(at=at) == []


def test_what_fewer_cost_more_is_not_charged_again_when_given_back(seller: Seller) -> None:
    customer = users_in_december(11, 10)
    run_of("2027-01-01")
    assert of_december(customer, "2027-01") == [("credit", -1, "10.06", "S")]
    credit(customer, "2027-01", WHOLE, at=local("2027-01-03"))
    given_back = Invoice.objects.get(kind="credit_note").lines.get(period_until="2027-01-01")
    assert (given_back.kind, given_back.quantity, given_back.net) == ("credit", 1, Decimal("10.06"))

    at = run_of("2027-02-01")

    assert of_december(customer, "2027-02") == []
    assert every.check_all(at=at) == []
