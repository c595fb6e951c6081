"""The next invoice as it would be with what is known now, for the overview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.formatting import day_text
from portal.pages.presenters.invoices import VatLine, line_name, line_why, vat_lines
from portal.pages.presenters.subscriptions import language, money

if TYPE_CHECKING:
    from billing.queries import Document, LineShown, NextInvoice


@dataclass(frozen=True)
class Line:
    name: str
    why: str
    amount: str


@dataclass(frozen=True)
class Estimate:
    """One document to come. While VAT is not known `total` is excluding VAT, and says so."""

    id: str  # of its place on the page
    title: str
    on: str
    amount: str  # what is asked, or what comes back
    is_credit: bool
    includes_vat: bool
    lines: tuple[Line, ...]
    net: str
    vat: tuple[VatLine, ...]
    is_example: bool
    is_looked_at: bool  # before it is issued, as far as that was asked


def estimates(invoice: NextInvoice) -> list[Estimate]:
    """Nearly always one; none when there is nothing to invoice."""
    on = day_text(invoice.on, language())
    return [
        _estimate(document, on, number, is_looked_at=bool(invoice.is_looked_at))
        for number, document in enumerate(invoice.documents, start=1)
    ]


def _estimate(document: Document, on: str, number: int, *, is_looked_at: bool) -> Estimate:
    gross = document.gross
    title = _("Next credit note") if document.is_credit_note else _("Next invoice")
    return Estimate(
        id=f"next-{number}",
        title=f"{title} · {on}",
        on=on,
        amount=money(document.net if gross is None else gross),
        is_credit=document.is_credit_note,
        includes_vat=gross is not None,
        lines=tuple(_line(line) for line in document.lines),
        net=money(document.net),
        vat=tuple(vat_lines(document)),
        is_example=document.is_example,
        is_looked_at=is_looked_at,
    )


def _line(line: LineShown) -> Line:
    where = f"{line.tenant_label}: " if line.tenant_label else ""
    return Line(line_name(line), f"{where}{line_why(line)}", money(line.net))
