"""Services to businesses in other member states, for the EC sales list (art. 262; Dutch: ICP)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.db.models.fields.json import KeyTextTransform

from billing.documents.einvoice.parties import prefixed
from billing.models import InvoiceVat
from billing.queries.of_period import documents_of, signed
from billing.vat import Category
from catalog.money import Currency, Money

if TYPE_CHECKING:
    from catalog.models import Seller
    from subscriptions.periods import Month

COUNTRY, VAT_NUMBER = (
    KeyTextTransform(key, "invoice__buyer_snapshot") for key in ("country", "vat_number")
)


@dataclass(frozen=True)
class SoldTo:
    """What one VAT number was invoiced with reverse charge, net, less what was credited."""

    country: str
    vat_number: str  # with its country's prefix
    net: Money


def ec_sales(seller: Seller, first: Month, until: Month) -> list[SoldTo]:
    """By VAT number as the documents have it; of documents dated from `first` to before `until`.

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
    sold: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for country, number, currency, net in rows:
        sold[country, prefixed(country, number), currency] += net
    return [
        SoldTo(country, number, Money(net, Currency(currency)))
        for (country, number, currency), net in sorted(sold.items())
        if net
    ]
