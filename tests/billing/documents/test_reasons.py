"""Why staff gave back, or issued anew, stands on what the customer gets."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.documents import editions, operations, queries
from billing.documents.models import Rendering
from billing.documents.reading import invoice_data
from billing.models import CreditProposal
from billing.operations import credit_notes
from billing.operations.credit_notes import Choice
from customers.models import Duty
from tests.factories.billing import local
from tests.factories.customers import PersonFactory
from tests.factories.documents import issued

if TYPE_CHECKING:
    from billing.models import Invoice

pytestmark = pytest.mark.django_db

LATER = local("2026-11-05")


def documents_of(invoice: Invoice) -> dict[str, bytes]:
    return {each.kind: bytes(each.content) for each in queries.documents_of(invoice)}


def test_a_credit_note_says_why() -> None:
    proposal = credit_notes.request_credit(
        issued(),
        Choice(CreditProposal.Scope.PART, net=Decimal("10.00")),
        reason="Two days down,\r\nas we agreed: <b>€ 12.10</b>",
        confirmed=Decimal("12.10"),
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=LATER,
    )
    operations.make_due(LATER + dt.timedelta(minutes=1))

    credit_note = proposal.credit_note
    assert credit_note
    rendering = Rendering.objects.get(invoice=credit_note)
    assert rendering.status == "ready"
    note = "Two days down, as we agreed: &lt;b&gt;€ 12.10&lt;/b&gt;"
    made = documents_of(credit_note)
    assert f"<cbc:Note>{note}</cbc:Note>" in made["ubl"].decode()
    assert f"<ram:Content>{note}</ram:Content>" in made["cii"].decode()
    assert queries.changed_when_rendered_again(rendering) == []


def test_what_a_run_issued_has_no_reason() -> None:
    assert invoice_data(issued(), language="nl").note == ""


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        ("Tickets #12 #13", "Tickets # 12 #13"),
        ("Tickets #123 and #13", "Tickets #123 and #13"),
        ("Ticket #12", "Ticket #12"),
    ],
)
def test_no_reason_is_taken_for_a_code(reason: str, note: str) -> None:
    """BR-CL-08: three characters between its first two # would be one of the subject."""
    original = issued()
    part = Choice(CreditProposal.Scope.PART, net=Decimal("10.00"))
    credit_notes.request_credit(
        original,
        part,
        reason=reason,
        confirmed=Decimal("12.10"),
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=LATER,
    )
    operations.make_due(LATER)

    credit_note = original.corrections.get()
    assert Rendering.objects.get(invoice=credit_note).cause == ""
    assert f"<cbc:Note>{note}</cbc:Note>" in documents_of(credit_note)["ubl"].decode()
    before = invoice_data(credit_note, language="nl", edition=editions.SELLERS_PHRASE)
    assert before.note == reason
