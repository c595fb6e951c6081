"""A credit note, in Dutch: seen, asked for, agreed to by a colleague, read by the customer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from billing.models import Invoice
from billing.operations import runs
from catalog.models import Seller
from customers.models import Duty, Person
from portal.demo import people
from portal.demo.customers import create_demo_customers
from portal.formatting import money_text
from subscriptions.operations import orders
from tests.browser.conftest import set_clock
from tests.factories.shop import DEVELOPMENT_TOOLS

if TYPE_CHECKING:
    from tests.browser.conftest import Door

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

ORDERED_AT = dt.datetime(2026, 10, 31, 9, 0, tzinfo=dt.UTC)
BILLED_AT = dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.UTC)


def euro(amount: str) -> str:
    return money_text(Decimal(amount), "EUR", "nl").replace("\xa0", " ")


def test_part_of_an_invoice_is_given_back(door: Door) -> None:
    set_clock(BILLED_AT)
    call_command("load_catalogue", verbosity=0)
    demo = create_demo_customers(at=ORDERED_AT)
    orders.subscribe(
        demo.dutch,
        product_code=DEVELOPMENT_TOOLS,
        tenant=demo.dutch.tenants.first(),
        by=demo.owner,
        at=ORDERED_AT,
    )
    runs.run_due(at=BILLED_AT)
    invoice = Invoice.objects.get()
    Seller.objects.update(credit_alone_up_to=50)
    Person.objects.filter(email=people.SALES.email).update(duties=[Duty.BILLING])

    mirjam = door.visitor(language="nl", who=people.BILLING)
    words = mirjam.words
    mirjam.go(f"/backoffice/invoices/{invoice.pk}/")
    mirjam.follow("Credit the invoice")
    mirjam.choose("scope", words("A part"))
    mirjam.write("amount", "100,00")
    mirjam.press("Show the credit note")
    mirjam.reads(words("The credit note"), euro("100.00"), euro("21.00"), euro("121.00"))
    mirjam.write("reason", "Twee dagen storing")
    mirjam.press("Ask a colleague to agree")
    mirjam.reads(words("A second person has to agree: until then nothing is issued."))
    assert Invoice.objects.count() == 1

    cas = door.visitor(language="nl", who=people.SALES)
    cas.go("/backoffice/")
    cas.follow_name(words("See the credits"), within="main")
    cas.follow_name(invoice.number, within="main")
    cas.reads("Twee dagen storing", euro("121.00"))
    cas.press("Approve and issue")
    cas.reads(words("Credited by %(number)s.", number="NL-2026-C000001"))

    eva = door.visitor(language="nl", who=people.OWNER)
    eva.go(f"/organisations/{demo.dutch.pk}/invoices/{invoice.pk}/")
    left = euro(str(invoice.gross - Decimal(121)))
    eva.reads(
        words("Credited by:"),
        "Twee dagen storing",
        words("%(amount)s of this invoice is left, VAT included.", amount=left),
    )
    eva.follow_name("NL-2026-C000001", within="main")
    eva.reads(words("This credit note corrects:"), invoice.number, euro("121.00"))
