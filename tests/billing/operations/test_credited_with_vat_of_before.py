"""What was credited by hand before counts with the VAT that it was charged with, whatever is due
of the customer by then.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.invariants import every
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty
from customers.operations.organisations import BillingDetails, change_billing_details
from subscriptions.operations import orders, quantity_changes
from tests.factories.billing import customer_with_tenant, dutch_vat_rises, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import cancel_as_read, confirm_set_up

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Person

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-11-30")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


def credited_by_hand(net: str, clerk: Person, *, of: str) -> None:
    """On the fifth of December, of the days that begin on the day `of`."""
    invoice = Invoice.objects.with_names().get()
    line = invoice.lines.filter(period_from=of).order_by("position")[0]
    choice = Choice(CreditProposal.Scope.LINES, nets={line.pk: Decimal(net)})
    credit_notes.request_credit(
        invoice,
        choice,
        reason="Two days down",
        confirmed=credit_notes.preview(invoice, choice).invoice.gross,
        by=clerk,
        at=local("2026-12-05"),
    )


def of_january() -> list[tuple[str, str, str]]:
    document = Invoice.objects.get(month="2027-01-01")
    return [
        (line.kind, str(line.net * document.sign), f"{line.vat_category} {line.vat_rate}")
        for line in document.lines.all()
    ]


def test_of_who_had_no_dutch_vat_and_is_dutch_by_now(seller: Seller, clerk: Person) -> None:
    customer, subscription = subscriber(ORDERED, country="german")
    runs.run_due(at=FIRST_OF_DECEMBER)
    credited_by_hand("30.00", clerk, of="2026-12-01")
    details = BillingDetails(
        name=customer.name,
        street="Voorbeeldkade 1",
        postal_code="1234 AB",
        city="Voorbeeldstad",
        country="NL",
        vat_number="NL004495445B01",
        registration_number="",
        invoice_language=customer.invoice_language,
    )
    change_billing_details(customer, details, by=clerk, at=local("2026-12-12"))
    cancel_as_read(subscription, at=local("2026-12-16"))

    [run] = runs.run_due(at=FIRST_OF_JANUARY)

    assert (run.items.get().outcome, run.items.get().detail) == ("invoiced", "")
    assert of_january() == [("credit", "-23.71", "AE 0.00"), ("settlement", "14.52", "AE 0.00")]
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_of_a_month_in_which_the_rate_changes(
    seller: Seller, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    dutch_vat_rises(monkeypatch, on=dt.date(2026, 12, 16))
    customer, owner, tenant = customer_with_tenant()
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 5, "service-premium": 1},
        by=owner,
        at=ORDERED,
    )
    sandbox = confirm_set_up(ordered, by=clerk, at=ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    credited_by_hand("20.00", clerk, of="2026-12-16")
    fewer = {"sales-premium": 3, "service-premium": 1}
    quantity_changes.change(sandbox, quantities=fewer, by=owner, at=local("2026-12-20"))

    [run] = runs.run_due(at=FIRST_OF_JANUARY)

    assert (run.items.get().outcome, run.items.get().detail) == ("invoiced", "")
    assert ("settlement", "5.50", "S 23.00") in of_january()
    assert every.check_all(at=FIRST_OF_JANUARY) == []
