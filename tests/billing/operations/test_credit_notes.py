"""Credit notes by hand: as the original charged it, once, and by two people above an amount."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from billing.crediting import Creditable, LineLeft, VatLeft
from billing.invariants import every
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from billing.queries.corrections import creditable_lines
from catalog.money import Currency
from customers.models import Duty, History
from subscriptions.operations import orders
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import cancel_as_read, confirm_set_up

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller
    from customers.models import Organisation, Person
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

Scope = CreditProposal.Scope
WHOLE = Choice(Scope.WHOLE)
DUTCH = ("S", Decimal(21))

FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
LATER = local("2026-12-05")


def part(net: str) -> Choice:
    return Choice(Scope.PART, net=Decimal(net))


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING], name="Bo Billing")


@pytest.fixture
def colleague(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING], name="Cas Collega")


def sandbox(users: int, at: dt.datetime, **organisation: Any) -> tuple[Organisation, Subscription]:
    """EUR 30.00 a sales user a month, charged from that day."""
    customer, owner, tenant = customer_with_tenant(**organisation)
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": users, "service-premium": 1},
        by=owner,
        at=at,
    )
    return customer, confirm_set_up(ordered, by=PersonFactory(staff=True), at=at)


@pytest.fixture
def invoice(seller: Seller) -> Invoice:
    """December: 5 × 30.00 and 40.00, the part of November before it; 21 % VAT."""
    sandbox(5, local("2026-11-16"))
    runs.run_due(at=FIRST_OF_DECEMBER)
    return Invoice.objects.get()


def credit(
    invoice: Invoice, choice: Choice, *, by: Person, at: dt.datetime = LATER
) -> CreditProposal:
    confirmed = credit_notes.preview(invoice, choice).invoice.gross
    return credit_notes.request_credit(
        invoice, choice, reason="Two days down", confirmed=confirmed, by=by, at=at
    )


def issued(proposal: CreditProposal) -> Invoice:
    assert proposal.credit_note is not None
    return proposal.credit_note


def amounts(invoice: Invoice) -> tuple[str, str, str, str]:
    return invoice.number, str(invoice.net), str(invoice.vat), str(invoice.gross)


def test_the_whole_invoice(invoice: Invoice, clerk: Person) -> None:
    proposal = credit(invoice, WHOLE, by=clerk)

    assert amounts(invoice) == ("NL-2026-000001", "285.00", "59.85", "344.85")
    credit_note = issued(proposal)
    assert amounts(credit_note) == ("NL-2026-C000001", "285.00", "59.85", "344.85")
    assert (credit_note.kind, credit_note.origin) == ("credit_note", "correction")
    assert (credit_note.corrects, credit_note.month) == (invoice, invoice.month)
    assert credit_note.buyer_snapshot == invoice.buyer_snapshot
    said = ("quantity", "unit_price", "net", "period_from", "period_until", "vat_rate")
    assert list(credit_note.lines.values_list(*said)) == list(invoice.lines.values_list(*said))
    assert set(credit_note.lines.values_list("corrects__invoice", flat=True)) == {invoice.pk}
    entry = History.objects.get(subject_id=credit_note.pk, verb="invoice.issued")
    assert (entry.actor, entry.reason) == (clerk, "Two days down")
    assert every.check_all(at=LATER) == []


def test_a_part_is_spread_over_the_lines_and_its_cents_add_up(
    invoice: Invoice, clerk: Person
) -> None:
    proposal = credit(invoice, part("100.00"), by=clerk)

    assert [(line.quantity, str(line.net)) for line in issued(proposal).lines.all()] == [
        (1, "26.32"),
        (1, "52.63"),
        (1, "7.02"),
        (1, "14.03"),
    ]
    assert amounts(issued(proposal))[1:] == ("100.00", "21.00", "121.00")
    assert every.check_all(at=LATER) == []


def test_by_line_so_many_or_so_much(invoice: Invoice, clerk: Person) -> None:
    _november, december, _service_november, service = invoice.lines.all()

    proposal = credit(
        invoice,
        Choice(Scope.LINES, quantities={december.pk: 2}, nets={service.pk: Decimal("12.34")}),
        by=clerk,
    )

    assert [
        (line.corrects, line.quantity, str(line.unit_price), str(line.net))
        for line in issued(proposal).lines.all()
    ] == [(december, 2, "30.000000", "60.00"), (service, 1, "12.340000", "12.34")]
    assert amounts(issued(proposal))[1:] == ("72.34", "15.19", "87.53")


def test_one_user_after_the_other_gives_back_the_line(seller: Seller, clerk: Person) -> None:
    """Three users for 25 of 31 days of October."""
    sandbox(3, local("2026-10-07"))
    runs.run_due(at=local("2026-11-01", "00:05"))
    invoice = Invoice.objects.get()
    line = invoice.lines.get(net=Decimal("72.58"))
    one = Choice(Scope.LINES, quantities={line.pk: 1})

    given = [amounts(issued(credit(invoice, one, by=clerk)))[1] for _user in range(2)]
    assert [each.quantity for each in creditable_lines(invoice) if each.id == line.pk] == [1]
    given.append(amounts(issued(credit(invoice, one, by=clerk)))[1])

    assert given == ["24.19", "24.20", "24.19"]
    with pytest.raises(credit_notes.MoreThanIsLeft):
        credit_notes.preview(invoice, one)
    assert every.check_all(at=LATER) == []


def test_several_credit_notes_give_back_the_vat_of_the_original(
    invoice: Invoice, clerk: Person
) -> None:
    for net in ("0.02", "0.02", "0.02", "133.33"):
        credit(invoice, part(net), by=clerk)
    credit(invoice, WHOLE, by=clerk)

    given = Invoice.objects.filter(corrects=invoice).order_by("sequence")
    assert [(str(each.net), str(each.vat)) for each in given] == [
        ("0.02", "0.00"),
        ("0.02", "0.01"),
        ("0.02", "0.00"),
        ("133.33", "28.00"),
        ("151.61", "31.84"),
    ]
    assert (sum(each.net for each in given), sum(each.vat for each in given)) == (
        invoice.net,
        invoice.vat,
    )
    assert every.check_all(at=LATER) == []


@pytest.mark.parametrize("choice", [part("285.01"), part("0"), part("-1"), part("0.001")])
def test_more_than_is_left_is_refused(invoice: Invoice, clerk: Person, choice: Choice) -> None:
    with pytest.raises(credit_notes.MoreThanIsLeft):
        credit_notes.request_credit(
            invoice, choice, reason="Oops", confirmed=Decimal(1), by=clerk, at=LATER
        )

    assert (Invoice.objects.count(), CreditProposal.objects.count()) == (1, 0)


def test_one_of_a_tiny_line_is_refused_for_what_it_is(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten calls for a cent: one of them is nothing, and not more than is left."""
    line = LineLeft(
        id=1, kind="usage", quantity=10, net=Decimal("0.01"), left=Decimal("0.01"), vat=DUTCH
    )
    vat = {DUTCH: VatLeft(Decimal("0.01"), Decimal(0))}
    tiny = Creditable(currency=Currency.EUR, lines=(line,), vat=vat)
    monkeypatch.setattr(credit_notes, "creditable", lambda _invoice: tiny)

    with pytest.raises(credit_notes.RoundsToNothing):
        credit_notes.preview(invoice, Choice(Scope.LINES, quantities={1: 1}))


def test_a_line_gives_back_what_it_has(invoice: Invoice, clerk: Person) -> None:
    line = invoice.lines.get(position=2)
    credit(invoice, Choice(Scope.LINES, nets={line.pk: Decimal("149.00")}), by=clerk)

    with pytest.raises(credit_notes.MoreThanIsLeft):
        credit_notes.preview(invoice, Choice(Scope.LINES, quantities={line.pk: 1}))
    with pytest.raises(credit_notes.MoreThanIsLeft):
        credit_notes.preview(invoice, Choice(Scope.LINES, nets={line.pk: Decimal("1.01")}))

    assert credit_notes.preview(invoice, WHOLE).invoice.net == Decimal("136.00")


def test_nothing_is_left_after_the_whole(invoice: Invoice, clerk: Person) -> None:
    credit(invoice, WHOLE, by=clerk)

    for choice in (WHOLE, part("0.01")):
        with pytest.raises(credit_notes.NothingIsLeft):
            credit_notes.preview(invoice, choice)


def test_a_credit_note_is_not_credited(invoice: Invoice, clerk: Person) -> None:
    credit_note = issued(credit(invoice, part("1.00"), by=clerk))

    with pytest.raises(credit_notes.NothingCharged):
        credit_notes.preview(credit_note, WHOLE)


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"reason": "  "}, credit_notes.ReasonMissing),
        ({"reason": "Sorry 🙂"}, credit_notes.ReasonNotPrintable),
        ({"confirmed": Decimal("344.84")}, credit_notes.AmountsChanged),
    ],
)
def test_without_a_reason_or_unseen_nothing_is_issued(
    invoice: Invoice, clerk: Person, asked: dict[str, Any], refusal: type[Exception]
) -> None:
    said: dict[str, Any] = {"reason": "Oops", "confirmed": Decimal("344.85"), **asked}

    with pytest.raises(refusal):
        credit_notes.request_credit(invoice, WHOLE, **said, by=clerk, at=LATER)

    assert (Invoice.objects.count(), CreditProposal.objects.count()) == (1, 0)


def test_above_the_amount_a_second_person_agrees(
    invoice: Invoice, seller: Seller, clerk: Person, colleague: Person
) -> None:
    limit(seller, "344.84")  # VAT included

    proposal = credit(invoice, WHOLE, by=clerk)

    assert (proposal.status, proposal.credit_note) == ("waiting", None)
    assert Invoice.objects.count() == 1
    with pytest.raises(credit_notes.SamePerson):
        credit_notes.approve(proposal, confirmed=invoice.gross, by=clerk, at=LATER)
    with pytest.raises(credit_notes.SamePerson):
        credit_notes.reject(proposal, reason="I may", by=clerk, at=LATER)
    with pytest.raises(credit_notes.AmountsChanged):
        credit_notes.approve(proposal, confirmed=Decimal(1), by=colleague, at=LATER)
    with pytest.raises(credit_notes.ProposalWaits):
        credit_notes.preview(invoice, part("1.00"))

    approved = credit_notes.approve(
        proposal, reason="Fair", confirmed=invoice.gross, by=colleague, at=local("2026-12-06")
    )

    assert (approved.status, approved.decided_by) == ("issued", colleague)
    assert approved.decision_reason == "Fair"
    assert amounts(issued(approved)) == ("NL-2026-C000001", "285.00", "59.85", "344.85")
    entry = History.objects.get(subject_id=issued(approved).pk)
    assert (entry.actor, entry.reason) == (colleague, "Two days down")
    with pytest.raises(credit_notes.DecidedAlready):
        credit_notes.reject(approved, reason="No", by=colleague, at=LATER)
    assert every.check_all(at=LATER) == []


def test_what_one_person_gives_back_counts_together(
    invoice: Invoice, seller: Seller, clerk: Person
) -> None:
    limit(seller, "121.00")

    proposals = [credit(invoice, part(net), by=clerk) for net in ("60.00", "40.00", "0.01")]

    assert [each.status for each in proposals] == ["issued", "issued", "waiting"]


def test_a_rejected_credit_issues_nothing(
    invoice: Invoice, seller: Seller, clerk: Person, colleague: Person
) -> None:
    limit(seller, "0")
    proposal = credit(invoice, WHOLE, by=clerk)
    with pytest.raises(credit_notes.ReasonMissing):
        credit_notes.reject(proposal, reason="", by=colleague, at=LATER)

    rejected = credit_notes.reject(proposal, reason="Not our fault", by=colleague, at=LATER)

    assert (rejected.status, rejected.decision_reason) == ("rejected", "Not our fault")
    assert Invoice.objects.count() == 1
    assert credit_notes.preview(invoice, WHOLE).invoice.gross == Decimal("344.85")


def test_the_database_wants_four_eyes_too(
    invoice: Invoice, seller: Seller, clerk: Person, colleague: Person
) -> None:
    limit(seller, "0")
    proposal = credit(invoice, WHOLE, by=clerk)
    decided = {"status": "rejected", "decision_reason": "x", "decided_at": LATER}

    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        CreditProposal.objects.filter(pk=proposal.pk).update(**decided, decided_by=clerk)

    CreditProposal.objects.filter(pk=proposal.pk).update(**decided, decided_by=colleague)


def test_what_was_given_back_is_not_charged_again(invoice: Invoice, clerk: Person) -> None:
    credit(invoice, WHOLE, by=clerk)

    runs.run_due(at=FIRST_OF_JANUARY)

    january = Invoice.objects.get(month="2027-01-01")
    assert [(line.kind, str(line.net)) for line in january.lines.all()] == [
        ("recurring", "150.00"),
        ("recurring", "40.00"),
    ]
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_a_cancellation_does_not_give_back_again_what_was_given_back(
    seller: Seller, clerk: Person
) -> None:
    """30 of 49.00 by hand; then 15 of December's 31 days unused, 23.71 of them, by the run."""
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=FIRST_OF_DECEMBER)
    invoice = Invoice.objects.get()
    december = invoice.lines.get(position=2)
    credit(invoice, Choice(Scope.LINES, nets={december.pk: Decimal("30.00")}), by=clerk)
    cancel_as_read(subscription, at=local("2026-12-16"))

    runs.run_due(at=FIRST_OF_JANUARY)

    credit_note = Invoice.objects.get(origin="run", kind="credit_note")
    assert [
        (line.kind, line.quantity, str(line.unit_price), str(line.net))
        for line in credit_note.lines.all()
    ] == [("credit", 1, "49.000000", "23.71"), ("settlement", -1, "14.520000", "-14.52")]
    assert credit_note.net == Decimal("9.19")
    assert every.check_all(at=FIRST_OF_JANUARY) == []
    # What is left: 49.00 - 30.00 - 9.19 for the days it was used.
    assert str(credit_notes.preview(invoice, WHOLE).invoice.net) == "11.44"


def test_what_the_run_credited_is_not_given_back_by_hand(seller: Seller, clerk: Person) -> None:
    _customer, subscription = subscriber(local("2026-11-30"))
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(subscription, at=local("2026-12-16"))
    runs.run_due(at=FIRST_OF_JANUARY)
    invoice = Invoice.objects.get(kind="invoice")

    credit(invoice, WHOLE, by=clerk, at=FIRST_OF_JANUARY)

    assert amounts(Invoice.objects.get(origin="correction"))[1] == "26.92"
    assert sum(i.net for i in Invoice.objects.filter(kind="credit_note")) == invoice.net
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def limit(seller: Seller, amount: str) -> None:
    seller.credit_alone_up_to = Decimal(amount)
    seller.save(update_fields=["credit_alone_up_to"])


def test_lines_say_what_they_correct(invoice: Invoice, clerk: Person) -> None:
    credit(invoice, part("10.00"), by=clerk)

    assert InvoiceLine.objects.filter(invoice__origin="correction", corrects=None).count() == 0
