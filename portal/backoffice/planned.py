"""Documents to be, as pages show them before anything is issued."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing.models import CreditProposal, Invoice
from billing.operations import reissues
from billing.operations.credit_notes import planned_credit
from billing.queries.corrections import correction_shown
from portal.pages.presenters.invoices import address, line_name, line_why, vat_lines

if TYPE_CHECKING:
    import datetime as dt

    from billing.operations.correcting import Correction
    from billing.operations.reissues import Reissue
    from billing.queries import Document, LineShown
    from catalog.money import Money
    from portal.pages.presenters.invoices import VatLine


@dataclass(frozen=True)
class PlannedLine:
    name: str
    why: str
    net: Money


@dataclass(frozen=True)
class PlannedPage:
    """What a document will say."""

    title: str
    buyer: str  # on one line
    lines: list[PlannedLine]
    vat: list[VatLine]
    document: Document

    @property
    def gross(self) -> Money:
        """What it comes to; known, as nothing is planned before its VAT is."""
        if self.document.gross is None:
            raise ValueError(f"{self.title} has no total")
        return self.document.gross


def planned_page(planned: Correction) -> PlannedPage:
    document = correction_shown(planned)
    return PlannedPage(
        title=_title(planned),
        buyer=", ".join(address(planned.invoice.buyer_snapshot)),
        lines=[PlannedLine(placed_name(line), line_why(line), line.net) for line in document.lines],
        vat=vat_lines(document),
        document=document,
    )


def _title(planned: Correction) -> str:
    if planned.invoice.kind == Invoice.Kind.INVOICE:
        return _("The new invoice")
    if planned.invoice.origin == Invoice.Origin.REISSUE:
        return _("The new credit note, for what the invoice credited")
    return _("The credit note")


def planned_documents(proposal: CreditProposal, at: dt.datetime) -> list[PlannedPage]:
    """Of a proposal that waits: the credit note, and the new documents where there are any.

    Raises what stands in its way by now.
    """
    if proposal.scope == CreditProposal.Scope.REISSUE:
        return reissue_pages(reissues.preview(proposal.invoice, at=at))
    return [planned_page(planned_credit(proposal))]


def reissue_pages(planned: Reissue) -> list[PlannedPage]:
    return [planned_page(each) for each in planned.documents]


def planned_total(proposal: CreditProposal, documents: list[PlannedPage]) -> Decimal:
    """What who agrees confirms: the credit note's total, or what the new documents come to."""
    if proposal.scope != CreditProposal.Scope.REISSUE:
        return documents[0].gross.amount
    _cancelling, *new = documents
    signed = (
        -each.gross.amount if each.document.is_credit_note else each.gross.amount for each in new
    )
    return sum(signed, Decimal(0))


def placed_name(line: LineShown) -> str:
    """What it is for, after the tenant where there is one."""
    name = line_name(line)
    return f"{line.tenant_label}: {name}" if line.tenant_label else name
