"""What a run would issue, line by line, for who approves it or lets go what holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing.causes import words_for_preview
from billing.operations.previewed import previews_of
from billing.queries import documents_of
from billing.vat import has_rate
from portal.backoffice.planned import placed_name
from portal.formatting import MINUS, number_text, percent_text
from portal.pages.presenters.invoices import line_period, line_price, vat_lines
from portal.pages.presenters.subscriptions import language, money
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt

    from billing.models import RunItem
    from billing.operations.previewed import Preview
    from billing.queries import Document, LineShown
    from catalog.money import Money
    from portal.pages.presenters.invoices import VatLine


@dataclass(frozen=True)
class DraftedLine:
    name: str
    period: str
    quantity: str
    price: str  # of one, for a whole month
    rate: str  # of VAT; empty where it has none, and while it is not known
    net: Money


@dataclass(frozen=True)
class DraftedDocument:
    title: str
    lines: list[DraftedLine]
    vat: list[VatLine]
    document: Document


@dataclass(frozen=True)
class DraftedMonth:
    """`month` is its first day; `because` says why nothing would be issued, if so."""

    month: dt.date
    because: str
    documents: list[DraftedDocument]


def drafted_month(preview: Preview) -> DraftedMonth:
    """From the function that makes the invoices."""
    outcome = () if preview.failure else preview.held or preview.drafts
    return DraftedMonth(
        month=preview.month.first_day,
        because=words_for_preview(preview, said=money),
        documents=[_document(each) for each in documents_of(outcome, language())],
    )


def drafted_for(item: RunItem) -> DraftedMonth:
    """What its run would issue if it came to the customer at this moment."""
    run = item.run
    (preview,) = previews_of([item.organisation], seller=run.seller, month=Month.of(run.month))
    return drafted_month(preview)


def _document(document: Document) -> DraftedDocument:
    return DraftedDocument(
        title=_("Credit note") if document.is_credit_note else _("Invoice"),
        lines=[_line(line) for line in document.lines],
        vat=vat_lines(document),
        document=document,
    )


def _line(line: LineShown) -> DraftedLine:
    period = line_period(line)
    if not line.is_full_month:
        days = {"days": line.days, "month_days": line.month_days}
        period = f"{period} · {_('%(days)s of %(month_days)s days') % days}"
    at_a_rate = line.vat_category and has_rate(line.vat_category)
    return DraftedLine(
        name=placed_name(line),
        period=period,
        quantity=number_text(line.quantity, language()).replace("-", MINUS),
        price=line_price(line),
        rate=percent_text(line.vat_rate / 100, language()) if at_a_rate else "",
        net=line.net,
    )
