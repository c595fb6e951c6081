"""What a run's credit note charges beside what it gives back can be given back by hand too."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest

from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.invariants import every
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, reissues, runs
from billing.operations.credit_notes import Choice
from billing.queries.corrections import corrections, creditable_lines, left_to_credit
from customers.models import Duty
from subscriptions.operations import quantity_changes
from tests.billing.operations.test_credit_notes import (
    WHOLE,
    amounts,
    credit,
    issued,
    part,
    sandbox,
)
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Person
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

Scope = CreditProposal.Scope
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
FIRST_OF_FEBRUARY = local("2027-02-01", "00:05")


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


@pytest.fixture
def subscription(seller: Seller) -> Subscription:
    """Five users until 6 December, and one from then on."""
    _customer, subscription = sandbox(5, local("2026-11-16"))
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
    return Invoice.objects.with_names().get(month="2027-01-01")


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


def test_nor_what_states_its_vat_in_two_currencies(
    credit_note: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(credit_note.seller_snapshot, "country", "NO")

    with pytest.raises(credit_notes.StatedAsOneSum):
        credit_notes.preview(credit_note, part("1.00"))


def test_what_exceeds_what_it_charges_is_found(
    credit_note: Invoice, subscription: Subscription, clerk: Person
) -> None:
    given = issued(credit(credit_note, WHOLE, by=clerk, at=FIRST_OF_JANUARY))
    with pgtrigger.ignore("billing.InvoiceLine:issued_never_changes"):
        InvoiceLine.objects.filter(invoice=given, net=30).update(net=Decimal("30.01"))

    found = [each.what for each in every.check_all(at=FIRST_OF_JANUARY)]

    assert any("30.01 given back" in each for each in found)
