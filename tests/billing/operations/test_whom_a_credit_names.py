"""What a run gives back is given to whom it was charged to, whoever the customer is by then."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest

from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.invariants import corrections, every
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, reissues, runs
from billing.operations.credit_notes import Choice
from billing.queries.corrections import corrected_by
from billing.queries.ec_sales import ec_sales
from billing.queries.vat_return import vat_return
from customers.models import Duty
from subscriptions.models import Subscription
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.factories.billing import local, moved, subscriber
from tests.factories.catalog import SellerFactory
from tests.factories.customers import PersonFactory
from tests.factories.shop import SCIM
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Organisation, Person

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-11-30")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
LATER = local("2027-01-05")
FIRST_OF_FEBRUARY = local("2027-02-01", "00:05")
OCTOBER, JANUARY, FEBRUARY, APRIL = (
    Month(2026, 10),
    Month(2027, 1),
    Month(2027, 2),
    Month(2027, 4),
)
GERMAN = ("DE", "DE999999903")
OTHER_GERMAN = ("DE", "DE136695976")
LISTED_APART = [(*OTHER_GERMAN, "EUR 102.19"), (*GERMAN, "EUR -33.19")]
DUTCH = ("NL", "NL004495445B01")


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


@pytest.fixture
def customer(seller: Seller) -> Organisation:
    """German, with no number but that for VAT, when December was invoiced: 49.00 and the last of
    November.
    """
    customer, _subscription = subscriber(ORDERED, country="german", invoice_language="de")
    runs.run_due(at=local("2026-12-01"))
    return customer


def corrected(
    customer: Organisation, clerk: Person, country: str, number: str, *, day: str = "2026-12-12"
) -> None:
    moved(customer, country, number, by=clerk, at=local(day))


def cancelled(customer: Organisation) -> None:
    """Development Tools, on 10 December: 21 of 31 days of 49.00 come back."""
    tools = Subscription.objects.get(organisation=customer, tenant__isnull=False)
    cancel_as_read(tools, at=local("2026-12-10"))


def uses_scim(customer: Organisation) -> None:
    """For 99.00 a month, from January on."""
    owner = customer.memberships.get().person
    orders.subscribe(
        customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-12-31", "09:00")
    )


def reissue(invoice: Invoice, clerk: Person) -> None:
    invoice = Invoice.objects.with_names().get(pk=invoice.pk)
    owed = reissues.preview(invoice, at=LATER).owed
    credit_notes.request_reissue(invoice, reason="Wrong", confirmed=owed, by=clerk, at=LATER)


def of_january() -> Invoice:
    found: Invoice = Invoice.objects.with_names().get(month="2027-01-01")
    return found


def listed(seller: Seller, first: Month, until: Month) -> list[tuple[str, str, str]]:
    return [
        (each.country, each.vat_number, str(each.net)) for each in ec_sales(seller, first, until)
    ]


def can_be_made(invoice: Invoice) -> bool:
    content = render(invoice).content
    return not any(broken_rules(kind, content(kind), is_german=False) for kind in ("ubl", "cii"))


@pytest.mark.parametrize(
    ("country", "number"),
    [pytest.param("DE", "", id="whose number is gone"), pytest.param(*DUTCH, id="who has moved")],
)
def test_only_credits_are_a_credit_note_to_whom_they_were_charged(
    seller: Seller, customer: Organisation, clerk: Person, country: str, number: str
) -> None:
    cancelled(customer)
    corrected(customer, clerk, country, number)
    before = Invoice.objects.get()

    runs.run_due(at=FIRST_OF_JANUARY)

    credit_note = of_january()
    assert (credit_note.kind, str(credit_note.net)) == ("credit_note", "33.19")
    assert credit_note.buyer_snapshot == before.buyer_snapshot
    assert credit_note.language == before.language == "de"
    assert can_be_made(credit_note)
    assert listed(seller, OCTOBER, JANUARY) == [(*GERMAN, f"EUR {before.net}")]
    assert listed(seller, JANUARY, APRIL) == [(*GERMAN, "EUR -33.19")]
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_beside_charges_the_list_alone_names_whom_they_were_charged_to(
    seller: Seller, customer: Organisation, clerk: Person
) -> None:
    """One document has one buyer: the customer as it is charged now."""
    cancelled(customer)
    uses_scim(customer)
    corrected(customer, clerk, *DUTCH)

    runs.run_due(at=FIRST_OF_JANUARY)

    invoice = of_january()
    assert {row.category: row.net for row in invoice.vat_rows.all()} == {
        "AE": Decimal("-33.19"),
        "S": Decimal("102.19"),
    }
    assert invoice.buyer_snapshot["vat_number"] == DUTCH[1]
    assert can_be_made(invoice)
    assert listed(seller, JANUARY, APRIL) == [(*GERMAN, "EUR -33.19")]
    assert {row.category: row.net.amount for row in vat_return(seller, JANUARY, APRIL).rows} == {
        "AE": Decimal("-33.19"),
        "S": Decimal("102.19"),
    }
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_beside_charges_it_waits_for_a_number_and_takes_none(
    customer: Organisation, clerk: Person
) -> None:
    """Without one the documents of a reverse charge could never be made (BR-AE-02)."""
    cancelled(customer)
    uses_scim(customer)
    corrected(customer, clerk, "NL", "")

    [run] = runs.run_due(at=FIRST_OF_JANUARY)

    item = run.items.get()
    assert (item.outcome, item.cause, item.detail) == (
        "held",
        "invariant:reverse_charge",
        "AE -33.19",
    )
    assert Invoice.objects.count() == 1

    corrected(customer, clerk, *DUTCH, day="2027-01-04")
    runs.retry(item, by=clerk, at=local("2027-01-04"))
    runs.run_due(at=local("2027-01-04"))
    assert of_january().number == "NL-2027-000001"
    assert can_be_made(of_january())
    assert every.check_all(at=local("2027-01-04")) == []


def test_of_several_invoices_the_newest_with_reverse_charge_is_named(
    seller: Seller, customer: Organisation, clerk: Person
) -> None:
    """December and January are given back in February, as of an end that January's run could not
    know: each is listed as it was charged.
    """
    corrected(customer, clerk, "DE", "DE136695976", day="2026-12-20")
    runs.run_due(at=FIRST_OF_JANUARY)
    [tools] = Subscription.objects.filter(organisation=customer)
    cancel_as_read(tools, at=local("2027-01-02"))
    Subscription.objects.filter(pk=tools.pk).update(ends_at=local("2026-12-30"))
    corrected(customer, clerk, *DUTCH, day="2027-01-04")

    runs.run_due(at=local("2027-02-01", "00:05"))

    credit_note = Invoice.objects.get(kind="credit_note")
    assert credit_note.buyer_snapshot["vat_number"] == "DE136695976"
    assert listed(seller, Month(2027, 2), APRIL) == [
        ("DE", "DE136695976", "EUR -49.00"),
        (*GERMAN, "EUR -1.58"),
    ]


@pytest.fixture
def beside_charges(customer: Organisation, clerk: Person) -> Invoice:
    """Of January, to another number: 102.19 of its own, and 33.19 back of what was charged to the
    one of before.
    """
    cancelled(customer)
    uses_scim(customer)
    corrected(customer, clerk, *OTHER_GERMAN)
    runs.run_due(at=FIRST_OF_JANUARY)
    return of_january()


def test_the_list_tells_them_apart(seller: Seller, beside_charges: Invoice) -> None:
    assert listed(seller, JANUARY, APRIL) == LISTED_APART


def test_issued_anew_it_is_whose_it_was(
    seller: Seller, beside_charges: Invoice, clerk: Person
) -> None:
    reissue(beside_charges, clerk)

    assert listed(seller, JANUARY, APRIL) == LISTED_APART
    assert every.check_all(at=LATER) == []


def test_what_another_seller_issued_is_on_its_own_list(
    seller: Seller, beside_charges: Invoice, clerk: Person
) -> None:
    reissue(beside_charges, clerk)
    with pgtrigger.ignore():
        Invoice.objects.filter(corrects=beside_charges).update(seller=SellerFactory(norwegian=True))

    assert listed(seller, JANUARY, APRIL) == LISTED_APART


def test_issued_anew_to_a_third_number_only_the_charges_are_its_own(
    seller: Seller, customer: Organisation, beside_charges: Invoice, clerk: Person
) -> None:
    corrected(customer, clerk, "AT", "ATU13585627", day="2027-01-04")

    reissue(beside_charges, clerk)

    assert listed(seller, JANUARY, APRIL) == [
        ("AT", "ATU13585627", LISTED_APART[0][2]),
        LISTED_APART[1],
    ]
    assert every.check_all(at=LATER) == []


def test_credited_as_a_whole_nothing_of_it_is_left_of_either(
    seller: Seller, beside_charges: Invoice, clerk: Person
) -> None:
    """What it gave back was taken back, and the next run gives it again."""
    whole = Choice(CreditProposal.Scope.WHOLE)
    total = credit_notes.preview(beside_charges, whole).invoice.gross
    credit_notes.request_credit(
        beside_charges, whole, reason="Wrong", confirmed=total, by=clerk, at=LATER
    )
    assert listed(seller, JANUARY, APRIL) == []

    runs.run_due(at=FIRST_OF_FEBRUARY)

    assert listed(seller, FEBRUARY, APRIL) == [
        (*OTHER_GERMAN, "EUR 99.00"),
        (*GERMAN, "EUR -33.19"),
    ]
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


@pytest.fixture
def of_one_number(customer: Organisation) -> Invoice:
    """Of January, all with reverse charge to one number: 102.19, and 33.19 back."""
    cancelled(customer)
    uses_scim(customer)
    runs.run_due(at=FIRST_OF_JANUARY)
    return of_january()


def test_without_a_number_it_is_not_issued_anew(
    customer: Organisation, of_one_number: Invoice, clerk: Person
) -> None:
    """What it gives back would name none, and its documents could never be made (BR-AE-02)."""
    corrected(customer, clerk, "NL", "", day="2027-01-04")

    with pytest.raises(reissues.NumberMissing):
        reissue(of_one_number, clerk)

    assert (Invoice.objects.count(), CreditProposal.objects.count()) == (2, 0)
    assert every.check_all(at=LATER) == []


def test_with_a_number_it_is(
    seller: Seller, customer: Organisation, of_one_number: Invoice, clerk: Person
) -> None:
    corrected(customer, clerk, *DUTCH, day="2027-01-04")

    reissue(of_one_number, clerk)

    anew = Invoice.objects.with_names().get(origin="reissue")
    assert {row.category: str(row.net) for row in anew.vat_rows.all()} == {
        "AE": "-33.19",
        "S": "102.19",
    }
    assert can_be_made(anew)
    assert listed(seller, JANUARY, APRIL) == [(*GERMAN, "EUR -33.19")]
    assert every.check_all(at=LATER) == []


def test_a_credit_note_beside_what_is_issued_anew_names_whom_it_was_charged_to(
    seller: Seller, customer: Organisation, of_one_number: Invoice, clerk: Person
) -> None:
    """Charges are outside the scope of VAT by now, so that its credits stand alone."""
    corrected(customer, clerk, "GB", "GB999999973", day="2027-01-04")

    reissue(of_one_number, clerk)

    december = Invoice.objects.get(month="2026-12-01")
    apart, anew = Invoice.objects.with_names().filter(origin="reissue").order_by("kind")
    assert (apart.kind, apart.buyer_snapshot) == ("credit_note", december.buyer_snapshot)
    assert list(corrected_by(apart)) == [december]
    assert anew.buyer_snapshot["vat_number"] == "GB999999973"
    assert can_be_made(apart)
    assert can_be_made(anew)
    assert listed(seller, JANUARY, APRIL) == [(*GERMAN, "EUR -33.19")]
    assert every.check_all(at=LATER) == []


def test_a_list_that_leaves_something_of_a_cancelled_invoice_is_found(
    beside_charges: Invoice, clerk: Person
) -> None:
    reissue(beside_charges, clerk)
    assert list(corrections.check(at=LATER)) == []

    with pgtrigger.ignore():
        InvoiceLine.objects.filter(invoice__origin="correction", kind="adjustment").update(
            corrects=None
        )

    found = list(corrections.check(at=LATER))
    assert f"cancelled invoice {beside_charges.pk}: -33.19 under {GERMAN[1]}" in found
    assert f"cancelled invoice {beside_charges.pk}: 33.19 under {OTHER_GERMAN[1]}" in found
