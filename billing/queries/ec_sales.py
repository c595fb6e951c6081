"""Services to businesses in other member states, for the EC sales list (art. 262; Dutch: ICP)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.db.models.fields.json import KeyTextTransform

from billing.documents.einvoice.parties import prefixed
from billing.drafts import is_charge
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.originals import charges_of, issued, newest_charging
from billing.queries.of_period import documents_of, signed
from billing.vat import Category
from catalog.money import Currency, Money
from customers.bulk import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.models import Seller
    from subscriptions.periods import Month

COUNTRY, VAT_NUMBER = (
    KeyTextTransform(key, "invoice__buyer_snapshot") for key in ("country", "vat_number")
)


type Buyer = tuple[str, str, str]  # country, VAT number with its prefix, currency


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
    sold: dict[Buyer, Decimal] = defaultdict(Decimal)
    for country, number, currency, net in rows:
        sold[country, prefixed(country, number), currency] += net
    for named, charged, net in _charged_to_others(seller, first, until):
        sold[named] -= net
        sold[charged] += net
    return [
        SoldTo(country, number, Money(net, Currency(currency)))
        for (country, number, currency), net in sorted(sold.items())
        if net
    ]


def _charged_to_others(
    seller: Seller, first: Month, until: Month
) -> Iterator[tuple[Buyer, Buyer, Decimal]]:
    """What documents of the period give back of what another number was charged: the buyer that
    they name, the one that was charged, and the net, signed. Three queries.

    A credit by hand names whom its original names.
    """
    given_back = list(_given_back(seller, first, until))
    if not given_back:
        return
    charges = charges_of(
        {line.invoice.organisation_id for line in given_back},
        since=min(line.period_from for line in given_back),
    )
    ids = {charge.original for every in charges.values() for charge in every}
    buyers = {each.pk: _buyer(each) for each in Invoice.objects.filter(any_of("pk", ids))}
    for line in given_back:
        before = [
            charge
            for charge in charges.get(line.invoice.organisation_id, ())
            if charge.original < line.invoice_id
        ]
        charge, named = newest_charging(issued(line), before), _buyer(line.invoice)
        if charge and buyers[charge.original] != named:
            yield named, buyers[charge.original], line.net * line.invoice.sign


def _given_back(seller: Seller, first: Month, until: Month) -> Iterator[InvoiceLine]:
    by_run = ~Q(invoice__origin=Invoice.Origin.CORRECTION)
    lines = InvoiceLine.objects.filter(
        documents_of(seller, first, until) & by_run,
        Q(invoice__kind=Invoice.Kind.CREDIT_NOTE)
        | Q(net__lt=0)
        | Q(kind=InvoiceLine.Kind.SETTLEMENT),
        vat_category=Category.REVERSE_CHARGE,
    )
    for line in lines.select_related("invoice").order_by("pk"):
        sign = line.invoice.sign
        if not is_charge(line.kind, line.quantity * sign, line.net * sign):
            yield line


def _buyer(invoice: Invoice) -> Buyer:
    country, number = invoice.buyer_snapshot["country"], invoice.buyer_snapshot["vat_number"]
    return country, prefixed(country, number), invoice.currency
