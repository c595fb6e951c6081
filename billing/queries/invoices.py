"""Issued invoices, as lists and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, Sum

from billing.models import Invoice
from billing.queries.shown import Document, grouped, issued_line, issued_vat
from catalog.money import Currency, Money
from catalog.queries import sellers
from customers.models import Organisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from billing.querysets import InvoiceQuerySet
    from customers.models import Person


@dataclass(frozen=True, kw_only=True)
class InvoiceRow:
    """One invoice in a list. Amounts count in the document's direction."""

    id: int
    number: str
    is_credit_note: bool
    month: dt.date
    issued_on: dt.date
    due_on: dt.date
    net: Money
    vat: Money
    gross: Money
    credited: str  # as `with_credited` says; empty where a list did not ask
    asks_for_payment: bool  # so that its due date counts


@dataclass(frozen=True)
class InvoiceTotals:
    """Of a list of invoices in one currency; credit notes count against them."""

    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, kw_only=True)
class InvoiceDetail:
    """One invoice with everything it says: parties as they were, lines by tenant, VAT, totals."""

    invoice: Invoice
    seller: Mapping[str, str]
    buyer: Mapping[str, str]
    document: Document


def countries_invoiced() -> dict[str, set[str]]:
    """By code of the seller, where customers are that have documents of it; a query for each.

    Asked by customer: they are fewer than their invoices.
    """
    return {
        seller.code: set(
            Organisation.objects.filter(
                Exists(Invoice.objects.filter(organisation=OuterRef("pk"), seller=seller))
            )
            .order_by()
            .values_list("country", flat=True)
            .distinct()
        )
        for seller in sellers()
    }


def invoices_of(organisation: Organisation) -> InvoiceQuerySet:
    """Issued to the organisation, the newest first."""
    return Invoice.objects.of(organisation).newest_first()


def invoices_visible_to(person: Person) -> InvoiceQuerySet:
    return Invoice.objects.visible_to(person).newest_first()


def invoices_reached_by(organisation: Organisation) -> InvoiceQuerySet:
    """For its programs: its own, and those of customers that let it in as their partner."""
    return Invoice.objects.reached_by(organisation)


def every_invoice() -> InvoiceQuerySet:
    """For the vendor's staff: all, the newest first."""
    return Invoice.objects.with_names().newest_first()


def years_of_invoices(organisation: Organisation) -> list[int]:
    """In which it got any, the newest first."""
    days = Invoice.objects.of(organisation).dates("issued_on", "year", order="DESC")
    return [day.year for day in days]


def invoice_totals(found: InvoiceQuerySet) -> list[InvoiceTotals]:
    """One per currency; one query, however many there are."""
    given_back = Q(kind=Invoice.Kind.CREDIT_NOTE)
    sums = (
        found.order_by("currency")
        .values_list("currency")
        .annotate(
            **{
                f"sum_{name}": Sum(name, filter=~given_back, default=0)
                - Sum(name, filter=given_back, default=0)
                for name in ("net", "vat", "gross")
            }
        )
    )
    return [
        InvoiceTotals(*(Money(amount, Currency(currency)) for amount in amounts))
        for currency, *amounts in sums
    ]


def invoice_rows(invoices: Iterable[Invoice]) -> list[InvoiceRow]:
    return [_row(invoice) for invoice in invoices]


def invoice_detail(invoice: Invoice, language: str = "") -> InvoiceDetail:
    """`language` is that of product names (default: the active one); two queries."""
    currency = Currency(invoice.currency)
    lines = invoice.lines.select_related("subscription__price_version").order_by("position")
    shown = [issued_line(line, currency, language) for line in lines]
    return InvoiceDetail(
        invoice=invoice,
        seller=invoice.seller_snapshot,
        buyer=invoice.buyer_snapshot,
        document=Document(
            is_credit_note=invoice.kind == Invoice.Kind.CREDIT_NOTE,
            currency=currency,
            groups=grouped(shown, currency),
            vat_rows=tuple(issued_vat(row, currency) for row in invoice.vat_rows.all()),
            net=Money(invoice.net, currency),
            vat=Money(invoice.vat, currency),
            gross=Money(invoice.gross, currency),
        ),
    )


def is_to_be_paid(invoice: Invoice) -> bool:
    """So that its due date counts. Of one that was asked for `with_credited`, so far as it was."""
    return invoice.asks_for_payment and getattr(invoice, "credited", "") != "whole"


def _row(invoice: Invoice) -> InvoiceRow:
    currency = Currency(invoice.currency)
    return InvoiceRow(
        id=invoice.pk,
        number=invoice.number,
        is_credit_note=invoice.kind == Invoice.Kind.CREDIT_NOTE,
        month=invoice.month,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        net=Money(invoice.net, currency),
        vat=Money(invoice.vat, currency),
        gross=Money(invoice.gross, currency),
        credited=getattr(invoice, "credited", ""),
        asks_for_payment=is_to_be_paid(invoice),
    )
