"""The rule of corrections finds what breaks it. Triggers are off here: they would refuse it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest
from django.db import Error, IntegrityError, transaction

from billing.invariants import corrections, every
from billing.models import CreditProposal, CreditProposalLine, Invoice, InvoiceLine, InvoiceVat
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty
from tests.factories.billing import local, subscriber
from tests.factories.customers import OrganisationFactory, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

AT = local("2026-12-01", "00:05")


@pytest.fixture
def credit_note(seller: Seller) -> Invoice:
    """Of an invoice over 50.63, half."""
    subscriber(local("2026-11-30"))
    runs.run_due(at=AT)
    invoice = Invoice.objects.get()
    choice = Choice(CreditProposal.Scope.PART, net=Decimal("25.00"))
    proposal = credit_notes.request_credit(
        invoice,
        choice,
        reason="Half a month down",
        confirmed=Decimal("30.25"),
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=AT,
    )
    assert proposal.credit_note
    return proposal.credit_note


def test_all_is_well(credit_note: Invoice) -> None:
    assert every.check_all(at=AT) == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(
            lambda note: Invoice.objects.filter(pk=note.pk).update(
                organisation=OrganisationFactory()
            ),
            id="of another customer",
        ),
        pytest.param(
            lambda note: Invoice.objects.filter(pk=note.pk).update(currency="NOK"),
            id="in another currency",
        ),
        pytest.param(lambda note: note.lines.update(corrects=None), id="of no line"),
        pytest.param(
            lambda note: note.lines.update(corrects=note.lines.first()),
            id="of a line of another invoice",
        ),
        pytest.param(
            lambda note: note.lines.filter(position=1).update(net=2), id="more than the line"
        ),
        pytest.param(
            lambda note: note.vat_rows.update(vat=Decimal("10.64")), id="more than the VAT row"
        ),
        pytest.param(
            lambda _note: InvoiceLine.objects.filter(invoice__origin="run").update(
                kind="settlement"
            ),
            id="more than was charged for the month",
        ),
        pytest.param(
            lambda note: Invoice.objects.filter(pk=note.pk).update(
                origin="reissue", kind="invoice", sequence=7
            ),
            id="issued anew and not cancelled",
        ),
    ],
)
def test_breaches_are_found(credit_note: Invoice, damage: Callable[[Invoice], object]) -> None:
    with pgtrigger.ignore():
        damage(credit_note)

    broken = {breach.rule for breach in every.check_all(at=AT)}
    assert corrections.RULE in broken


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _p: CreditProposal.objects.update(net=1), id="proposal"),
        pytest.param(lambda p: p.delete(), id="delete"),
        pytest.param(lambda _p: CreditProposalLine.objects.update(net=1), id="its lines"),
        pytest.param(lambda _p: InvoiceVat.objects.update(vat=0), id="its VAT"),
    ],
)
def test_what_was_decided_stays(
    credit_note: Invoice, change: Callable[[CreditProposal], object]
) -> None:
    proposal = CreditProposal.objects.get()

    with pytest.raises(Error, match=r"never changes|[Cc]annot"), transaction.atomic():
        change(proposal)

    assert CreditProposal.objects.get().net == Decimal("25.00")


def test_a_correction_names_its_original(credit_note: Invoice) -> None:
    with (
        pgtrigger.ignore(),
        pytest.raises(IntegrityError, match="invoice_correction_names_its_original"),
        transaction.atomic(),
    ):
        Invoice.objects.filter(pk=credit_note.pk).update(corrects=None)
