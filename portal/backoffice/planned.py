"""Documents to be, as pages show them before anything is issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing.models import CreditProposal
from billing.operations import reissues
from billing.operations.credit_notes import planned_credit
from billing.queries.corrections import correction_shown
from portal.pages.presenters.invoices import address, line_name, line_why, vat_lines

if TYPE_CHECKING:
    import datetime as dt

    from billing.operations.correcting import Correction
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
        title=_("The credit note") if document.is_credit_note else _("The new invoice"),
        buyer=", ".join(address(planned.invoice.buyer_snapshot)),
        lines=[PlannedLine(placed_name(line), line_why(line), line.net) for line in document.lines],
        vat=vat_lines(document),
        document=document,
    )


def planned_documents(proposal: CreditProposal, at: dt.datetime) -> list[PlannedPage]:
    """Of a proposal that waits: the credit note, and the new invoice where there is one.

    Raises what stands in its way by now.
    """
    if proposal.scope == CreditProposal.Scope.REISSUE:
        both = reissues.preview(proposal.invoice, at=at)
        return [planned_page(both.credit_note), planned_page(both.new)]
    return [planned_page(planned_credit(proposal))]


def placed_name(line: LineShown) -> str:
    """What it is for, after the tenant where there is one."""
    name = line_name(line)
    return f"{line.tenant_label}: {name}" if line.tenant_label else name
