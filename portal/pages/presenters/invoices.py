"""Words for invoices: what a line is for, and why it is this amount."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.documents.reading import (
    accounting_currency_of,
    accounting_vat_of,
    reference_shown,
)
from billing.drafts import LineKind
from billing.vat import Category, has_rate
from catalog.money import Currency, Money
from portal.formatting import MINUS, locale_of, money_text, number_text, percent_text, period_text
from portal.pages.presenters.subscriptions import language, money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping
    from decimal import Decimal

    from django.utils.functional import Promise

    from billing.documents.models import Document as DocumentRow
    from billing.models import Invoice
    from billing.queries import (
        Document,
        InvoiceDetail,
        InvoiceRow,
        LineShown,
        NextInvoice,
        TenantGroup,
        VatShown,
    )

CSV_HEADER = (
    gettext_lazy("Number"),
    gettext_lazy("Kind"),
    gettext_lazy("Month"),
    gettext_lazy("Invoice date"),
    gettext_lazy("Due date"),
    gettext_lazy("Net"),
    gettext_lazy("VAT"),
    gettext_lazy("Total"),
    gettext_lazy("Currency"),
)

_DOWNLOADS = {
    "pdf": gettext_lazy("Download as PDF"),
    "ubl": gettext_lazy("E-invoice (UBL)"),
    "cii": gettext_lazy("E-invoice (CII)"),
}

_TRANSLATED = {
    "nl": gettext_lazy("PDF translated into Dutch"),
    "en": gettext_lazy("PDF translated into English"),
}

KINDS = {
    LineKind.ADJUSTMENT: gettext_lazy("Charged in addition"),
    LineKind.CREDIT: gettext_lazy("Credited"),
    LineKind.SETTLEMENT: gettext_lazy("Credited by hand before"),
}


@dataclass(frozen=True)
class NextCharge:
    """What the next invoice holds for one subscription; nothing of it is final yet."""

    on: dt.date
    lines: list[tuple[str, str, str]]  # what, why this amount, how much
    total: Money
    vat_rate: Decimal | None  # per cent, of what it charges; none while it is not known

    def with_vat(self, amount: Money) -> Money | None:
        return None if self.vat_rate is None else (amount * (1 + self.vat_rate / 100)).rounded()


@dataclass(frozen=True)
class VatLine:
    label: str
    amount: str
    note: str


@dataclass(frozen=True)
class ListRow:
    row: InvoiceRow
    kind: str
    net: Money
    vat: Money
    gross: Money
    pdf_id: int | None  # none before it is made


@dataclass(frozen=True)
class DocumentLine:
    name: str
    period: str
    why: str
    quantity: str
    net: Money
    explained_id: int | None  # the line, where a page says why it is this amount


@dataclass(frozen=True)
class DocumentGroup:
    label: str
    lines: list[DocumentLine]
    net: Money


@dataclass(frozen=True)
class DocumentVat:
    rate: str
    note: str  # the sentence that the law asks for, or nothing
    net: Money
    vat: Money


@dataclass(frozen=True)
class Download:
    id: int
    label: str | Promise
    is_pdf: bool


@dataclass(frozen=True)
class Translated:
    language: str
    label: str | Promise


@dataclass(frozen=True)
class DocumentPage:
    title: str  # "Invoice NL-2026-00001"
    seller_address: list[str]
    buyer_address: list[str]
    groups: list[DocumentGroup]
    vat: list[DocumentVat]
    accounting_vat: Money | None  # in the currency of the seller's accounts, where that is another
    reference: str  # what to name when paying, as on the PDF; empty where nothing is to be paid
    is_example: bool


def downloads(found: Iterable[DocumentRow]) -> list[Download]:
    return [
        Download(document.pk, _DOWNLOADS[document.kind], document.kind == "pdf")
        for document in found
    ]


def translations(languages: Iterable[str]) -> list[Translated]:
    return [Translated(language, _TRANSLATED[language]) for language in languages]


def rows(found: Iterable[InvoiceRow], pdfs: Mapping[int, int]) -> list[ListRow]:
    """`pdfs`: the ids of those that are there, by invoice."""
    return [ListRow(row, kind_of(row), *signed(row), pdfs.get(row.id)) for row in found]


def document_page(detail: InvoiceDetail) -> DocumentPage:
    document, invoice = detail.document, detail.invoice
    return DocumentPage(
        title=f"{invoice.get_kind_display()} {invoice.number}",
        seller_address=address(detail.seller),
        buyer_address=address(detail.buyer),
        groups=[_group(group) for group in document.groups],
        vat=[DocumentVat(_rate_text(row), row.note, row.net, row.vat) for row in document.vat_rows],
        accounting_vat=_accounting_vat(invoice),
        reference=reference_shown(invoice),
        is_example=document.is_example,
    )


def _accounting_vat(invoice: Invoice) -> Money | None:
    currency = accounting_currency_of(invoice)
    amount = accounting_vat_of(invoice) if currency else None
    return None if amount is None else Money(amount, Currency(currency))


def address(party: Mapping[str, str]) -> list[str]:
    """A party's lines on the envelope; the country in the reader's language."""
    code = party.get("country", "")
    country = locale_of(language()).territories.get(code, code)
    town = " ".join(filter(None, (party.get("postal_code"), party.get("city"))))
    return [text for text in (party.get("name"), party.get("street"), town, country) if text]


def line_name(line: LineShown) -> str:
    """“Development Tools”, or “Sandbox · Sales Premium”; a correction says that it is one."""
    name = line.product
    if line.component and line.component != line.product:
        name = f"{line.product} · {line.component}"
    kind = KINDS.get(LineKind(line.kind))
    return f"{name} ({kind})" if kind else name


def line_period(line: LineShown) -> str:
    return period_text(line.period_from, line.period_until, language())


def line_price(line: LineShown) -> str:
    """Of one, for a whole month, with all its decimals."""
    price = line.unit_price
    return money_text(price.amount, price.currency, language(), exact=_is_exact(line))


def line_why(line: LineShown) -> str:
    """The sum behind the amount: “23–30 November 2026: 8 of 30 days × € 49.00”."""
    price = line_price(line)
    quantity = abs(line.quantity)
    amount = price if quantity == 1 else f"{number_text(quantity, language())} × {price}"
    words = {
        "period": line_period(line),
        "days": line.days,
        "month_days": line.month_days,
        "amount": amount,
    }
    if line.difference:
        words |= {
            "whole": money(line.difference.whole),
            "earlier": money(line.difference.earlier),
        }
        return (
            _("%(period)s: %(amount)s (%(whole)s less %(earlier)s that was invoiced before)")
            % words
        )
    if line.is_full_month:
        return _("%(period)s: %(amount)s") % words
    return _("%(period)s: %(days)s of %(month_days)s days × %(amount)s") % words


def next_charge(invoice: NextInvoice, subscription_id: int) -> NextCharge | None:
    """None when the next invoice holds nothing for it."""
    found = invoice.lines_of(subscription_id)
    if not found:
        return None
    return NextCharge(
        on=invoice.on,
        lines=[(line_name(line), line_why(line), money(line.net)) for line in found],
        total=Money.total((line.net for line in found), found[0].net.currency),
        vat_rate=None if invoice.held else found[-1].vat_rate,
    )


def vat_lines(document: Document) -> list[VatLine]:
    return [_vat_line(row) for row in document.vat_rows]


def signed(row: InvoiceRow) -> tuple[Money, Money, Money]:
    """Net, VAT and total as they count for the customer: what is credited is negative."""
    if row.is_credit_note:
        return -row.net, -row.vat, -row.gross
    return row.net, row.vat, row.gross


def kind_of(row: InvoiceRow) -> str:
    return _("Credit note") if row.is_credit_note else _("Invoice")


def csv_rows(rows: Iterable[InvoiceRow]) -> Iterator[tuple[object, ...]]:
    """Dates as ISO 8601, for spreadsheets."""
    for row in rows:
        yield (
            row.number,
            kind_of(row),
            f"{row.month:%Y-%m}",
            _iso(row.issued_on),
            _iso(row.due_on) if row.asks_for_payment else "",
            *(amount.amount for amount in signed(row)),
            str(row.gross.currency),
        )


def _group(group: TenantGroup) -> DocumentGroup:
    return DocumentGroup(
        label=group.label or _("For the whole organisation"),
        lines=[
            DocumentLine(
                line_name(line),
                line_period(line),
                line_why(line),
                number_text(line.quantity, language()).replace("-", MINUS),
                line.net,
                line.id if line.is_usage else None,
            )
            for line in group.lines
        ],
        net=group.net,
    )


def _iso(day: dt.date) -> str:
    return day.isoformat()


def _vat_line(row: VatShown) -> VatLine:
    shown = {"rate": _rate_text(row), "net": money(row.net)}
    if has_rate(row.category):
        label = _("VAT %(rate)s of %(net)s") % shown
    elif row.category == Category.REVERSE_CHARGE:
        label = _("VAT reverse charge on %(net)s") % shown
    else:
        label = shown["rate"]
    return VatLine(label, money(row.vat), row.note)


def _rate_text(row: VatShown) -> str:
    """Or why there is none."""
    if has_rate(row.category):
        return percent_text(row.rate / 100, language())
    if row.category == Category.REVERSE_CHARGE:
        return _("Reverse charge")
    return _("Not subject to VAT")


def _is_exact(line: LineShown) -> bool:
    """Whether the price has more decimals than a coin."""
    return line.unit_price.rounded() != line.unit_price
