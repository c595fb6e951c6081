"""What a VAT return asks for: net and VAT of a period by treatment, as the documents have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.documents.models import AccountingVat
from billing.models import InvoiceVat
from billing.queries.of_period import documents_of, signed
from catalog.money import Currency, Money

if TYPE_CHECKING:
    from decimal import Decimal

    from django.db.models import QuerySet

    from catalog.models import Seller
    from subscriptions.periods import Month


@dataclass(frozen=True)
class Declared:
    """Of one VAT category and rate (percent) in one currency, less what was credited.

    `in_accounts` is the VAT in the seller's currency: the VAT itself, or what documents in another
    currency state; None where none of them states it.
    """

    category: str
    rate: Decimal
    net: Money
    vat: Money
    in_accounts: Money | None


@dataclass(frozen=True)
class VatReturn:
    """`silent` counts the documents that bear VAT in another currency and do not state it in the
    seller's, as where they have not been made yet: `in_accounts` is without them.
    """

    rows: tuple[Declared, ...]
    silent: int


def vat_return(seller: Seller, first: Month, until: Month) -> VatReturn:
    """Of documents dated from `first` to before `until`; three queries.

    What sums to nothing is there as well: it was sold, and credited.
    """
    rows = InvoiceVat.objects.filter(documents_of(seller, first, until))
    own = Currency(seller.currency)
    stated = _stated(seller, first, until)
    summed = (
        rows.order_by("invoice__currency", "-rate", "category")
        .values_list("invoice__currency", "category", "rate")
        .annotate(sold=Sum(signed("net")), due=Sum(signed("vat")))
    )
    declared = []
    for currency, category, rate, net, vat in summed:
        in_accounts = vat if currency == own else stated.get((currency, category, rate))
        declared.append(
            Declared(
                category,
                rate,
                Money(net, Currency(currency)),
                Money(vat, Currency(currency)),
                None if in_accounts is None else Money(in_accounts, own),
            )
        )
    return VatReturn(tuple(declared), _silent(rows, own))


def _stated(seller: Seller, first: Month, until: Month) -> dict[tuple[str, str, Decimal], Decimal]:
    stated = (
        AccountingVat.objects.filter(documents_of(seller, first, until))
        .order_by()
        .values_list("invoice__currency", "vat_category", "vat_rate")
        .annotate(amount=Sum(signed("amount")))
    )
    return {(currency, category, rate): amount for currency, category, rate, amount in stated}


def _silent(rows: QuerySet[InvoiceVat], own: Currency) -> int:
    return (
        rows.exclude(invoice__currency=own)
        .exclude(vat=0)
        .filter(invoice__accounting_vat=None)
        .values("invoice")
        .distinct()
        .count()
    )
