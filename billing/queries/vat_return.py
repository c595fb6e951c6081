"""What a VAT return asks for: net and VAT of a period by treatment, as the documents have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from billing.documents.models import AccountingVat
from billing.models import InvoiceVat
from billing.queries.of_period import documents_of, signed
from billing.queries.turnover import turnover
from catalog.money import Currency, Money

if TYPE_CHECKING:
    from decimal import Decimal

    from django.db.models import QuerySet

    from billing.queries.turnover import MissingRate
    from catalog.models import Seller
    from subscriptions.periods import Month


@dataclass(frozen=True)
class Declared:
    """Of one VAT category and rate (percent) in one currency, less what was credited.

    `in_accounts` is the VAT in the seller's currency: the VAT itself, or what documents in another
    currency state; None where none of them states it. `net_in_accounts` is the net there, None
    where no rate is known.
    """

    category: str
    rate: Decimal
    net: Money
    vat: Money
    in_accounts: Money | None
    net_in_accounts: Money | None


@dataclass(frozen=True)
class VatReturn:
    """`silent` counts the documents that bear VAT in another currency and do not state it in the
    seller's, as where they have not been made yet: `in_accounts` is without them. What was sold
    in another currency on a day of `missing` is not in `net_in_accounts`.
    """

    currency: Currency
    rows: tuple[Declared, ...]
    silent: int
    missing: tuple[MissingRate, ...]

    @property
    def is_in_one_currency(self) -> bool:
        return all(row.net.currency == self.currency for row in self.rows)

    @property
    def net_in_accounts(self) -> Money:
        """Of all that could be converted."""
        nets = (row.net_in_accounts for row in self.rows if row.net_in_accounts)
        return Money.total(nets, self.currency)

    @property
    def in_accounts(self) -> Money:
        """Of all that is stated."""
        stated = (row.in_accounts for row in self.rows if row.in_accounts)
        return Money.total(stated, self.currency)


def vat_return(seller: Seller, first: Month, until: Month) -> VatReturn:
    """Of documents dated from `first` to before `until`; three queries, and those of `turnover`.

    What sums to nothing is there as well: it was sold, and credited.
    """
    rows = InvoiceVat.objects.filter(documents_of(seller, first, until))
    own = Currency(seller.currency)
    stated, elsewhere = _stated(seller, first, until), turnover(seller, first, until)
    summed = (
        rows.order_by("invoice__currency", "-rate", "category")
        .values_list("invoice__currency", "category", "rate")
        .annotate(sold=Sum(signed("net")), due=Sum(signed("vat")))
    )
    declared = []
    for currency, category, rate, net, vat in summed:
        row = (currency, category, rate)
        in_accounts = vat if currency == own or not rate else stated.get(row)
        net_in_accounts = net if currency == own else elsewhere.nets.get(row)
        declared.append(
            Declared(
                category,
                rate,
                Money(net, Currency(currency)),
                Money(vat, Currency(currency)),
                None if in_accounts is None else Money(in_accounts, own),
                None if net_in_accounts is None else Money(net_in_accounts, own),
            )
        )
    return VatReturn(own, tuple(declared), _silent(rows, own), elsewhere.missing)


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
