"""What a run's credit note charges beside what it gives back can be given back by hand too."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest

from billing.documents import accounting
from billing.documents.models import AccountingVat
from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.invariants import every
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, parking, reissues, runs
from billing.operations.credit_notes import Choice
from billing.queries.corrections import (
    corrected_by,
    corrections,
    creditable_lines,
    left_to_credit,
    numbers_corrected,
)
from billing.queries.ec_sales import ec_sales
from catalog.models import Seller
from customers.models import Duty
from subscriptions.operations import quantity_changes
from subscriptions.periods import Month
from tests.billing.operations.test_credit_notes import (
    WHOLE,
    amounts,
    credit,
    issued,
    part,
    sandbox,
)
from tests.factories.billing import local, moved, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.documents import euro_in_kroner
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from customers.models import Person
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

Scope = CreditProposal.Scope
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
LATER = local("2027-01-05")
FIRST_OF_FEBRUARY = local("2027-02-01", "00:05")


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


@pytest.fixture
def subscription(seller: Seller) -> Subscription:
    return fewer_users()


def fewer_users(**organisation: str) -> Subscription:
    """Five users until 6 December, and one from then on; invoiced until January."""
    _customer, subscription = sandbox(5, local("2026-11-16"), **organisation)
    runs.run_due(at=FIRST_OF_DECEMBER)
    quantity_changes.change(
        subscription,
        quantities={"sales-premium": 1, "service-premium": 1},
        by=subscription.ordered_by,
        at=local("2026-12-06"),
    )
    runs.run_due(at=FIRST_OF_JANUARY)
    return subscription


@pytest.fixture
def credit_note(subscription: Subscription) -> Invoice:
    """96.78 back for 25 of 31 days of four users; 30.00 and 40.00 charged for January."""
    return of_january()


def of_january() -> Invoice:
    found: Invoice = Invoice.objects.with_names().get(month="2027-01-01", origin="run")
    return found


def test_a_part_of_what_it_charges(credit_note: Invoice, clerk: Person) -> None:
    assert amounts(credit_note) == ("NL-2027-C000001", "26.78", "5.62", "32.40")
    assert [str(each.amount) for each in left_to_credit(credit_note)] == ["70.00", "84.70"]

    proposal = credit(credit_note, part("10.00"), by=clerk, at=FIRST_OF_JANUARY)

    given = issued(proposal)
    assert amounts(given) == ("NL-2027-C000002", "10.00", "2.10", "12.10")
    assert (given.corrects, given.origin) == (credit_note, "correction")
    assert [(line.kind, line.quantity, str(line.net)) for line in given.lines.all()] == [
        ("credit", 1, "4.29"),
        ("credit", 1, "5.71"),
    ]
    nets = given.lines.values_list("corrects__net", flat=True)
    assert list(nets) == [Decimal(-30), Decimal(-40)]
    assert str(corrections(credit_note).left.amount) == "72.60"
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_all_of_it_and_no_more(credit_note: Invoice, clerk: Person) -> None:
    """Whatever it gives back: that was given back."""
    for net in ("0.02", "0.02", "33.33"):
        credit(credit_note, part(net), by=clerk, at=FIRST_OF_JANUARY)
    with pytest.raises(credit_notes.MoreThanIsLeft):
        credit_notes.preview(credit_note, part("36.64"))

    credit(credit_note, WHOLE, by=clerk, at=FIRST_OF_JANUARY)

    given = Invoice.objects.filter(corrects=credit_note)
    assert sum(each.net for each in given) == Decimal("70.00")
    assert sum(each.vat for each in given) == Decimal("14.70")
    with pytest.raises(credit_notes.NothingIsLeft):
        credit_notes.preview(credit_note, part("0.01"))
    runs.run_due(at=FIRST_OF_FEBRUARY)
    february = Invoice.objects.get(month="2027-02-01")
    assert (february.kind, str(february.net)) == ("invoice", "70.00")
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_so_many_of_a_line_and_never_a_credit(credit_note: Invoice, clerk: Person) -> None:
    user = credit_note.lines.get(net=Decimal(-30))
    given_back = credit_note.lines.get(net__gt=0)
    assert [(each.quantity, str(each.left.amount)) for each in creditable_lines(credit_note)] == [
        (1, "30.00"),
        (1, "40.00"),
    ]

    proposal = credit(
        credit_note, Choice(Scope.LINES, quantities={user.pk: 1}), by=clerk, at=FIRST_OF_JANUARY
    )

    [line] = issued(proposal).lines.all()
    assert (line.corrects, line.quantity, str(line.unit_price), str(line.net)) == (
        user,
        1,
        "30.000000",
        "30.00",
    )
    for choice in (
        Choice(Scope.LINES, quantities={user.pk: 1}),
        Choice(Scope.LINES, nets={given_back.pk: Decimal("0.01")}),
    ):
        with pytest.raises(credit_notes.MoreThanIsLeft):
            credit_notes.preview(credit_note, choice)


def test_a_run_gives_back_of_it_what_staff_did_not(
    credit_note: Invoice, subscription: Subscription, clerk: Person
) -> None:
    user = credit_note.lines.get(net=Decimal(-30))
    choice = Choice(Scope.LINES, nets={user.pk: Decimal("20.00")})
    credit(credit_note, choice, by=clerk, at=FIRST_OF_JANUARY)
    subscription.refresh_from_db()
    cancel_as_read(subscription, at=local("2027-01-16"))

    runs.run_due(at=FIRST_OF_FEBRUARY)

    february = Invoice.objects.get(month="2027-02-01")
    # 15 of 31 days: 14.52 and 19.35, less their share of the 20.00.
    assert [(line.kind, str(line.net)) for line in february.lines.all()] == [
        ("credit", "14.52"),
        ("settlement", "-9.68"),
        ("credit", "19.35"),
    ]
    assert str(left_to_credit(credit_note).net.amount) == "25.81"
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_the_credit_notes_documents_name_it(credit_note: Invoice, clerk: Person) -> None:
    given = issued(credit(credit_note, part("10.00"), by=clerk, at=FIRST_OF_JANUARY))

    rendered = render(given)

    assert [each.number for each in rendered.data.originals] == [credit_note.number]
    for kind in ("ubl", "cii"):
        assert broken_rules(kind, rendered.content(kind), is_german=False) == ()


def test_it_is_not_issued_anew(credit_note: Invoice, clerk: Person) -> None:
    with pytest.raises(reissues.OnlyInvoices):
        credit_notes.request_reissue(
            credit_note, reason="Name", confirmed=Decimal(0), by=clerk, at=FIRST_OF_JANUARY
        )


def test_what_only_credits_is_not_credited(seller: Seller, clerk: Person) -> None:
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(subscription, at=local("2026-12-16"))
    runs.run_due(at=FIRST_OF_JANUARY)
    only_credits = Invoice.objects.with_names().get(kind="credit_note")

    with pytest.raises(credit_notes.NothingCharged):
        credit_notes.preview(only_credits, WHOLE)

    assert not corrections(only_credits).can_be_credited


@pytest.fixture
def goes_in_euros(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    """What gives back is issued without a look also where it is not in the seller's currency."""
    monkeypatch.setattr(parking, "broken_bounds", lambda *_of: ())


@pytest.mark.usefixtures("goes_in_euros")
def test_kroner_go_back_at_the_rate_of_its_day(clerk: Person) -> None:
    fewer_users(country="norwegian", currency="EUR")
    for rate, day in (("11.50", "2026-12-01"), ("11.00", "2027-01-01"), ("12.00", "2027-01-05")):
        euro_in_kroner(rate, on=dt.date.fromisoformat(day))

    for choice in (part("10.00"), WHOLE):
        accounting.state(by_two(of_january(), choice, clerk))

    given = AccountingVat.objects.filter(original=of_january()).order_by("pk")
    assert [(str(each.vat), str(each.amount)) for each in given] == [
        ("2.50", "27.50"),
        ("15.00", "165.00"),
    ]
    [charged] = AccountingVat.objects.filter(invoice=of_january(), original=None)
    assert (str(charged.vat), str(charged.amount)) == ("-17.50", "-192.50")
    assert every.check_all(at=LATER) == []


@pytest.mark.usefixtures("goes_in_euros")
def test_where_there_is_no_vat_none_is_converted(clerk: Person) -> None:
    Seller.objects.filter(code="no").update(serves_countries=["NO", "CH"])
    fewer_users(country="swiss")
    assert of_january().seller.code == "no"

    given = by_two(of_january(), WHOLE, clerk)

    assert amounts(given)[1:] == ("70.00", "0.00", "70.00")
    assert accounting.state(given) is None
    assert every.check_all(at=LATER) == []


def by_two(invoice: Invoice, choice: Choice, clerk: Person) -> Invoice:
    """Two people decide on what is not in the seller's currency."""
    proposal = credit(invoice, choice, by=clerk, at=LATER)
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING])
    return issued(credit_notes.approve(proposal, confirmed=proposal.gross, by=colleague, at=LATER))


def test_what_gives_it_back_names_it_and_its_buyer(seller: Seller, clerk: Person) -> None:
    """The number has changed since: reverse charge goes back to whom it was charged to."""
    subscription = fewer_users(country="german")
    moved(subscription.organisation, "DE", "DE136695976", by=clerk, at=local("2027-01-12"))
    subscription.refresh_from_db()
    cancel_as_read(subscription, at=local("2027-01-16"))

    runs.run_due(at=FIRST_OF_FEBRUARY)

    february = Invoice.objects.with_names().get(month="2027-02-01")
    assert (february.kind, str(february.net)) == ("credit_note", "33.87")
    assert february.buyer_snapshot == of_january().buyer_snapshot
    assert list(corrected_by(february)) == [of_january()]
    assert numbers_corrected([february.pk]) == {february.pk: [of_january().number]}
    assert [each.number for each in render(february).data.originals] == [of_january().number]
    listed = ec_sales(seller, Month(2027, 2), Month(2027, 3))
    assert [(each.vat_number, str(each.net)) for each in listed] == [
        ("DE999999903", "EUR -33.87"),
    ]
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_what_exceeds_what_it_charges_is_found(
    credit_note: Invoice, subscription: Subscription, clerk: Person
) -> None:
    given = issued(credit(credit_note, WHOLE, by=clerk, at=FIRST_OF_JANUARY))
    with pgtrigger.ignore("billing.InvoiceLine:issued_never_changes"):
        InvoiceLine.objects.filter(invoice=given, net=30).update(net=Decimal("30.01"))

    found = [each.what for each in every.check_all(at=FIRST_OF_JANUARY)]

    assert any("30.01 given back" in each for each in found)
