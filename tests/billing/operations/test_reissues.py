"""Cancel and reissue: both documents or none, the same charges, today's buyer and VAT."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.invariants import every
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, reissues, runs
from billing.queries.corrections import corrected_by
from customers.models import Duty
from customers.operations.organisations import BillingDetails, change_billing_details
from tests.billing.operations.test_credit_notes import amounts, credit, issued, limit, part
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Organisation, Person
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

LATER = local("2026-12-05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
FIRST_OF_FEBRUARY = local("2027-02-01", "00:05")


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


@pytest.fixture
def subscription(seller: Seller) -> Subscription:
    """December and a day: 50.63, with Dutch VAT because of a wrong address."""
    _customer, subscription = subscriber(local("2026-11-30"), name="Wrong B.V.")
    runs.run_due(at=local("2026-12-01"))
    return subscription


def moved(customer: Organisation, clerk: Person, **changes: str) -> None:
    details = {
        "name": "Right GmbH",
        "street": "Musterweg 1",
        "postal_code": "10115",
        "city": "Berlin",
        "country": "DE",
        "vat_number": "DE136695976",
        "registration_number": "",
        "invoice_language": "de",
    }
    change_billing_details(customer, BillingDetails(**details | changes), by=clerk, at=LATER)


def reissue(invoice: Invoice, clerk: Person) -> CreditProposal:
    invoice = Invoice.objects.with_names().get(pk=invoice.pk)
    seen = reissues.preview(invoice, at=LATER).owed
    return credit_notes.request_reissue(
        invoice, reason="Wrong buyer", confirmed=seen, by=clerk, at=LATER
    )


def test_both_documents_in_one_step(subscription: Subscription, clerk: Person) -> None:
    original = Invoice.objects.get()
    moved(subscription.organisation, clerk)

    proposal = reissue(original, clerk)

    new = Invoice.objects.get(origin="reissue")
    assert amounts(original) == ("NL-2026-000001", "50.63", "10.63", "61.26")
    assert amounts(issued(proposal)) == ("NL-2026-C000001", "50.63", "10.63", "61.26")
    assert amounts(new) == ("NL-2026-000002", "50.63", "0.00", "50.63")
    assert (new.corrects, new.month) == (original, original.month)
    assert (new.buyer_snapshot["name"], new.buyer_snapshot["country"]) == ("Right GmbH", "DE")
    assert issued(proposal).buyer_snapshot["name"] == "Wrong B.V."
    assert (new.language, issued(proposal).language) == ("de", original.language) == ("de", "nl")
    assert [(row.category, row.note_code) for row in new.vat_rows.all()] == [
        ("AE", "reverse_charge")
    ]
    assert [line.corrects for line in new.lines.all()] == list(original.lines.all())
    assert every.check_all(at=LATER) == []


def test_the_run_goes_on_from_the_new_one(subscription: Subscription, clerk: Person) -> None:
    moved(subscription.organisation, clerk)
    reissue(Invoice.objects.get(), clerk)
    cancel_as_read(subscription, at=local("2026-12-16"))

    runs.run_due(at=FIRST_OF_JANUARY)

    credited = Invoice.objects.get(origin="run", kind="credit_note")
    assert [(line.kind, str(line.net), line.vat_category) for line in credited.lines.all()] == [
        ("credit", "23.71", "AE")
    ]
    assert list(corrected_by(credited)) == [Invoice.objects.get(origin="reissue")]
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_the_new_one_can_be_credited_and_reissued_in_its_turn(
    subscription: Subscription, clerk: Person
) -> None:
    moved(subscription.organisation, clerk)
    original = Invoice.objects.get()
    reissue(original, clerk)
    moved(subscription.organisation, clerk, name="Righter GmbH")
    first = Invoice.objects.get(origin="reissue")

    reissue(first, clerk)
    second = Invoice.objects.get(corrects=first, origin="reissue")
    credit(second, part("10.00"), by=clerk)

    assert second.buyer_snapshot["name"] == "Righter GmbH"
    for cancelled in (original, first):
        with pytest.raises(reissues.AlreadyReissued):
            credit_notes.preview(cancelled, part("0.01"))
    with pytest.raises(reissues.CreditedSince):
        reissues.preview(Invoice.objects.with_names().get(pk=second.pk), at=LATER)
    runs.run_due(at=FIRST_OF_FEBRUARY)
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_what_the_run_credited_since_stands_in_the_way(
    subscription: Subscription, clerk: Person
) -> None:
    cancel_as_read(subscription, at=local("2026-12-16"))
    runs.run_due(at=FIRST_OF_JANUARY)
    invoice = Invoice.objects.with_names().get(kind="invoice")

    with pytest.raises(reissues.CreditedSince):
        reissues.preview(invoice, at=LATER)

    assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"street": ""}, reissues.DetailsMissing, id="no street"),
        pytest.param(
            {"street": "", "city": "", "postal_code": ""}, reissues.DetailsMissing, id="no address"
        ),
        pytest.param({"vat_number": ""}, reissues.NoTreatment, id="no VAT number"),
        pytest.param(
            {"country": "NO", "vat_number": ""}, reissues.AnotherSeller, id="another seller"
        ),
    ],
)
def test_it_waits_for_the_right_details(
    subscription: Subscription, clerk: Person, changes: dict[str, str], refusal: type[Exception]
) -> None:
    moved(subscription.organisation, clerk, **changes)

    with pytest.raises(refusal):
        reissue(Invoice.objects.get(), clerk)

    assert (Invoice.objects.count(), CreditProposal.objects.count()) == (1, 0)


def test_who_gives_back_much_by_it_needs_a_second_person(
    subscription: Subscription, seller: Seller, clerk: Person
) -> None:
    limit(seller, "10.62")
    moved(subscription.organisation, clerk)

    proposal = reissue(Invoice.objects.get(), clerk)

    assert (proposal.status, Invoice.objects.count()) == ("waiting", 1)
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    approved = credit_notes.approve(proposal, confirmed=Decimal("50.63"), by=colleague, at=LATER)
    assert issued(approved).gross == Decimal("61.26")
    assert Invoice.objects.get(origin="reissue").gross == Decimal("50.63")
    assert every.check_all(at=LATER) == []


def test_what_one_gave_back_by_a_reissue_counts_with_what_comes_after(
    subscription: Subscription, seller: Seller, clerk: Person
) -> None:
    """10.63 of VAT went back; of 20.00 that one may give alone 9.37 are left."""
    limit(seller, "20.00")
    moved(subscription.organisation, clerk)
    reissue(Invoice.objects.get(), clerk)
    new = Invoice.objects.get(origin="reissue")

    proposals = [credit(new, part(net), by=clerk) for net in ("9.37", "0.01")]

    assert [each.status for each in proposals] == ["issued", "waiting"]


def test_what_a_second_person_agreed_to_does_not_count(
    subscription: Subscription, seller: Seller, clerk: Person
) -> None:
    limit(seller, "10.62")
    moved(subscription.organisation, clerk)
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    proposal = reissue(Invoice.objects.get(), clerk)
    credit_notes.approve(proposal, confirmed=Decimal("50.63"), by=colleague, at=LATER)

    alone = credit(Invoice.objects.get(origin="reissue"), part("10.62"), by=clerk)

    assert alone.status == "issued"
