"""Credit notes by hand, as two people of the staff make them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.models import CreditProposal
from billing.operations import credit_notes
from billing.operations.credit_notes import Choice
from customers.models import Duty
from tests.factories.customers import PersonFactory
from tests.factories.documents import ISSUED

if TYPE_CHECKING:
    from billing.models import Invoice

LATER = ISSUED + dt.timedelta(days=40)


def a_part(net: str) -> Choice:
    return Choice(CreditProposal.Scope.PART, net=Decimal(net))


def credited(invoice: Invoice, choice: Choice) -> Invoice:
    """Without documents so far. Every credit in another currency than the seller's needs a
    second person.
    """
    clerk, colleague = (PersonFactory(staff=True, duties=[Duty.BILLING]) for _each in range(2))
    gross = credit_notes.preview(invoice, choice).invoice.gross
    proposal = credit_notes.request_credit(
        invoice, choice, reason="Down", confirmed=gross, by=clerk, at=LATER
    )
    approved = credit_notes.approve(proposal, confirmed=gross, by=colleague, at=LATER)
    assert approved.credit_note
    return approved.credit_note
