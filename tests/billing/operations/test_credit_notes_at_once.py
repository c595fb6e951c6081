"""Two people at the same moment, on real connections: one credit note, numbered once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.invariants import every
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from billing.queries import corrections
from catalog.models import Seller
from customers.models import Duty, Person
from customers.refusals import Refusal
from tests.billing.test_numbering import at_once
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

AT = local("2026-12-05")
WHOLE = Choice(CreditProposal.Scope.WHOLE)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("credits_go")]


def colleagues(number: int) -> list[Person]:
    return [PersonFactory(staff=True, duties=[Duty.BILLING]) for _ in range(number)]


def invoice() -> Invoice:
    """December and a day: 50.63 and VAT, 61.26."""
    open_shop()
    subscriber(local("2026-11-30"))
    runs.run_due(at=local("2026-12-01"))
    return Invoice.objects.get()


def ask(
    of: Invoice,
    by: Person,
    refused: list[Refusal],
    *,
    choice: Choice = WHOLE,
    confirmed: Decimal = Decimal("61.26"),
    as_seen: Callable[[Invoice], bool] | None = None,
) -> None:
    try:
        credit_notes.request_credit(
            of,
            choice,
            reason="Never used",
            confirmed=confirmed,
            as_seen=as_seen,
            by=by,
            at=AT,
        )
    except Refusal as refusal:
        refused.append(refusal)


def test_two_who_approve_issue_it_once() -> None:
    of = invoice()
    Seller.objects.update(credit_alone_up_to=0)
    of = Invoice.objects.get()
    clerk, *others = colleagues(3)
    refused: list[Refusal] = []
    ask(of, clerk, refused)
    proposal = CreditProposal.objects.get()

    def approve(by: Person) -> None:
        try:
            credit_notes.approve(
                CreditProposal.objects.get(pk=proposal.pk), confirmed=of.gross, by=by, at=AT
            )
        except Refusal as refusal:
            refused.append(refusal)

    at_once(*(lambda by=by: approve(by) for by in others))

    assert [type(each) for each in refused] == [credit_notes.DecidedAlready]
    assert Invoice.objects.get(origin="correction").number == "NL-2026-C000001"
    assert every.check_all(at=AT) == []


def test_two_who_ask_get_it_once() -> None:
    of = invoice()
    refused: list[Refusal] = []

    at_once(*(lambda by=by: ask(of, by, refused) for by in colleagues(2)))

    assert [type(each) for each in refused] == [credit_notes.NothingIsLeft]
    assert Invoice.objects.get(origin="correction").gross == of.gross
    assert every.check_all(at=AT) == []


def test_a_part_that_is_asked_for_twice_is_given_once() -> None:
    """The same again comes to the same amount, and would fit: what was seen tells them apart."""
    of = invoice()
    seen = corrections.how_it_stands(of)
    refused: list[Refusal] = []

    def click() -> None:
        ask(
            of,
            clerk,
            refused,
            choice=Choice(CreditProposal.Scope.PART, net=Decimal("10.00")),
            confirmed=Decimal("12.10"),
            as_seen=lambda row: corrections.how_it_stands(row) == seen,
        )

    [clerk] = colleagues(1)
    at_once(click, click)

    assert [type(each) for each in refused] == [credit_notes.CreditedMeanwhile]
    assert Invoice.objects.get(origin="correction").gross == Decimal("12.10")
    assert every.check_all(at=AT) == []
