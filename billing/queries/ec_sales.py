"""Services to businesses in other member states, for the EC sales list (art. 262; Dutch: ICP)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Min, Q, Sum

from billing.attribution import Buyer
from billing.documents.einvoice.parties import prefixed
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.originals import COUNTRY, VAT_NUMBER, reverse_charges
from billing.queries.of_period import documents_of, signed
from billing.vat import Category
from catalog.money import Currency, Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.models import Seller
    from subscriptions.periods import Month


@dataclass(frozen=True)
class SoldTo:
    """What one VAT number was invoiced with reverse charge, net, less what was credited."""

    country: str
    vat_number: str  # with its country's prefix
    net: Money


def ec_sales(seller: Seller, first: Month, until: Month) -> list[SoldTo]:
    """By VAT number as the documents have it; of documents dated from `first` to before `until`.
    What is given back is of the number to which it was charged (docs/decisions/0051).

    Nothing is left out but what sums to nothing: credits of an earlier quarter may exceed it.
    """
    rows = (
        InvoiceVat.objects.filter(
            documents_of(seller, first, until), category=Category.REVERSE_CHARGE
        )
        .order_by()
        .values_list(COUNTRY, VAT_NUMBER, "invoice__currency")
        .annotate(sold=Sum(signed("net")))
    )
    sold: dict[tuple[Buyer, str], Decimal] = defaultdict(Decimal)
    for country, number, currency, net in rows:
        sold[Buyer(country, prefixed(country, number)), currency] += net
    for named, charged, currency, net in _charged_to_others(seller, first, until):
        sold[named, currency] -= net
        sold[charged, currency] += net
    return [
        SoldTo(*buyer, Money(net, Currency(currency)))
        for (buyer, currency), net in sorted(sold.items())
        if net
    ]


def _charged_to_others(
    seller: Seller, first: Month, until: Month
) -> Iterator[tuple[Buyer, Buyer, str, Decimal]]:
    """What documents of the period give back of what another number was charged: the buyer that
    they name, the one that was charged, the currency, and the net, signed. Four queries.
    """
    giving_back = InvoiceLine.objects.filter(
        documents_of(seller, first, until),
        Q(invoice__kind=Invoice.Kind.CREDIT_NOTE)
        | Q(net__lt=0)
        | Q(quantity__lt=0)
        | Q(kind=InvoiceLine.Kind.SETTLEMENT),
        vat_category=Category.REVERSE_CHARGE,
    )
    by_customer = giving_back.order_by().values_list("invoice__organisation")
    since = dict(by_customer.annotate(Min("period_from")))
    if not since:
        return
    for line, (entry, buyer, net) in reverse_charges(
        since, since=min(since.values()), until=until.first_day
    ):
        # Another seller's documents are in the same books, and on its own list.
        is_asked = line.invoice.seller_id == seller.pk and line.invoice.issued_on >= first.first_day
        if buyer != entry.named and is_asked:
            yield entry.named, buyer, line.invoice.currency, net
