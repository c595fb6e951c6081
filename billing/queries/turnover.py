"""What was sold in another currency, net, in the seller's own: free of VAT as well.

Each document at the published rate of its tax date, as its VAT is (art. 91 of the VAT directive);
what a credit note gives back at the rate of what charged it. A rate that is entered later for a
nearer day changes nothing, though nothing is written down of it (docs/decisions/0071).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery, Sum

from billing.documents.accounting import parts_of
from billing.documents.conversion import converted
from billing.documents.exchange_rates import rate_of
from billing.documents.models import AccountingVat, ExchangeRate
from billing.models import Invoice, InvoiceVat
from billing.queries.of_period import documents_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from catalog.models import Seller
    from subscriptions.periods import Month

# Currency, VAT category and rate.
type Row = tuple[str, str, Decimal]


@dataclass(frozen=True, order=True)
class MissingRate:
    """For want of it, what was sold in `currency` on that day is not counted."""

    currency: str
    on: dt.date


@dataclass(frozen=True)
class Turnover:
    nets: Mapping[Row, Decimal]  # no row for what has no rate at all
    missing: tuple[MissingRate, ...]


@dataclass
class _Rates:
    """Of one currency into which is converted; each day is asked once."""

    own: str
    known: dict[tuple[str, dt.date], list[ExchangeRate]] = field(default_factory=dict)

    def of(self, currency: str, day: dt.date, issued_at: dt.datetime) -> Decimal | None:
        if (currency, day) not in self.known:
            counting = ExchangeRate.objects.of_pair(currency, self.own).counting_on(day)
            self.known[currency, day] = list(counting)
        found = rate_of(self.known[currency, day], issued_at=issued_at)
        return found.rate if found else None

    @property
    def missing(self) -> tuple[MissingRate, ...]:
        return tuple(sorted(MissingRate(*key) for key, rates in self.known.items() if not rates))


def turnover(seller: Seller, first: Month, until: Month) -> Turnover:
    """Of documents dated from `first` to before `until` in another currency than the seller's.

    A query for each day, and a handful for each credit note: those in another currency are few.
    """
    rates = _Rates(seller.currency)
    nets: defaultdict[Row, Decimal] = defaultdict(partial(Decimal, 0))
    for row, net, rate in _sold(seller, first, until, rates):
        if rate is not None:
            nets[row] += converted(net, rate)
    return Turnover(dict(nets), rates.missing)


def _sold(
    seller: Seller, first: Month, until: Month, rates: _Rates
) -> Iterator[tuple[Row, Decimal, Decimal | None]]:
    """Net amounts, those given back below zero, with the rate that counts for each."""
    rows = InvoiceVat.objects.filter(documents_of(seller, first, until))
    rows = rows.exclude(invoice__currency=seller.currency)
    stated = AccountingVat.objects.filter(invoice=OuterRef("invoice"))
    invoiced = (
        rows.filter(invoice__kind=Invoice.Kind.INVOICE)
        .order_by()
        .annotate(at=Subquery(stated.values("exchange_rate__rate")[:1]))
        .values_list(
            "invoice__currency",
            "category",
            "rate",
            "invoice__issued_on",
            "invoice__issued_at",
            "at",
        )
        .annotate(sold=Sum("net"))
    )
    of_days: defaultdict[tuple[Row, dt.date, Decimal | None], Decimal]
    of_days = defaultdict(partial(Decimal, 0))
    for currency, category, percent, day, issued_at, at, net in invoiced:
        rate = at or rates.of(currency, day, issued_at)
        of_days[(currency, category, percent), day, rate] += net
    for (row, _day, rate), net in of_days.items():
        yield row, net, rate
    credit_notes = Invoice.objects.filter(
        pk__in=rows.filter(invoice__kind=Invoice.Kind.CREDIT_NOTE).values("invoice")
    )
    for credit_note in credit_notes.order_by("pk"):
        yield from _given_back(credit_note, rates)


def _given_back(
    credit_note: Invoice, rates: _Rates
) -> Iterator[tuple[Row, Decimal, Decimal | None]]:
    its_parts = list(parts_of(credit_note))
    charging = Invoice.objects.in_bulk({part.original for part in its_parts})
    for part in its_parts:
        rate = _rate_of(charging[part.original], rates)
        yield (credit_note.currency, part.category, part.rate), -part.net, rate


def _rate_of(document: Invoice, rates: _Rates) -> Decimal | None:
    """That at which it states the VAT of what it charges, for ever; else that of its day."""
    own = document.accounting_vat.filter(original=None).select_related("exchange_rate").first()
    if own:
        return own.exchange_rate.rate
    return rates.of(document.currency, document.issued_on, document.issued_at)
