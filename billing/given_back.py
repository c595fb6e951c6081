"""What staff gave back by hand, beside what the run charged and credited.

The run's difference does not know credit notes by hand (docs/decisions/0017): what they give
back is not charged again. Only where the run itself credits days does it settle them.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum

from billing.crediting import ZERO, ByHand, Creditable, LineLeft, Pool, VatLeft
from billing.models import Invoice, InvoiceLine, InvoiceVat
from catalog.money import Currency
from customers.bulk import any_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

type Lines = QuerySet[InvoiceLine]

CORRECTION, REISSUE = Invoice.Origin.CORRECTION, Invoice.Origin.REISSUE
SETTLEMENT = InvoiceLine.Kind.SETTLEMENT

# A credit by hand. What takes back a credit of the run is an adjustment, and the run's business:
# it will find that credit due again.
OF_CREDIT_NOTES = Q(invoice__origin=CORRECTION, kind=InvoiceLine.Kind.CREDIT)
BY_HAND = OF_CREDIT_NOTES | Q(kind=SETTLEMENT)


def in_force(lines: Lines) -> Lines:
    """Without invoices that a reissue stands in for, and the credit notes that cancelled them."""
    cancelled = Invoice.objects.filter(origin=REISSUE).values("corrects")
    return lines.exclude(invoice__in=cancelled).exclude(
        invoice__origin=CORRECTION, invoice__corrects__in=cancelled
    )


def known_to_the_run(lines: Lines) -> Lines:
    """What was charged for which days, and credited of them, by the difference alone."""
    return in_force(lines).exclude(BY_HAND)


def by_hand(organisation_ids: Iterable[int]) -> Mapping[Pool, ByHand]:
    """What was given back by hand of what; empty for nearly everybody, after one query."""
    corrected = Invoice.objects.filter(any_of("organisation", organisation_ids), origin=CORRECTION)
    ids = list(corrected.order_by().values_list("organisation", flat=True).distinct())
    return pools(ids) if ids else {}


def pools(organisation_ids: Iterable[int]) -> dict[Pool, ByHand]:
    """Every pool of the organisations; two queries."""
    lines = InvoiceLine.objects.filter(invoice__organisation__in=organisation_ids)
    charged = _sums(known_to_the_run(lines))
    given_back = _sums(in_force(lines).filter(BY_HAND))
    return {
        pool: ByHand(charged=charged[pool], given_back=-given_back[pool])
        for pool in [*charged, *(pool for pool in given_back if pool not in charged)]
    }


def _sums(lines: Lines) -> defaultdict[Pool, Decimal]:
    """Signed: what is owed is positive."""
    sums: defaultdict[Pool, Decimal] = defaultdict(Decimal)
    rows = lines.order_by().values_list(
        "invoice__kind",
        "net",
        "subscription",
        "product_code",
        "tenant",
        "component",
        "period_from",
        "vat_category",
        "vat_rate",
    )
    for kind, net, subscription_id, product, tenant_id, component, first, category, rate in rows:
        month = first.replace(day=1)
        pool = Pool(subscription_id, product, tenant_id, component, month, category, rate)
        sums[pool] += -net if kind == Invoice.Kind.CREDIT_NOTE else net
    return sums


def creditable(invoice: Invoice) -> Creditable:
    """The issued invoice with what is left of it; the caller holds its organisation's lock."""
    credited: dict[int | None, Decimal] = dict(
        InvoiceLine.objects.filter(invoice__origin=CORRECTION, invoice__corrects=invoice)
        .order_by()
        .values_list("corrects")
        .annotate(Sum("net"))
    )
    paid = {pool: each.paid for pool, each in pools([invoice.organisation_id]).items()}
    return Creditable(
        currency=Currency(invoice.currency),
        lines=tuple(
            _line_left(line, credited.get(line.pk, ZERO), paid) for line in invoice.lines.all()
        ),
        vat=_vat_left(invoice),
    )


def pool_of(line: InvoiceLine) -> Pool:
    return Pool(
        line.subscription_id,
        line.product_code,
        line.tenant_id,
        line.component,
        Month.of(line.period_from).first_day,
        line.vat_category,
        line.vat_rate,
    )


def _line_left(line: InvoiceLine, credited: Decimal, paid: dict[Pool, Decimal]) -> LineLeft:
    """Lines of one pool share what is paid of it: the run's credits took the newest first."""
    left = line.net - credited
    if line.net > 0 and line.quantity > 0 and line.kind != SETTLEMENT:
        pool = pool_of(line)
        left = max(ZERO, min(left, paid.get(pool, ZERO)))
        paid[pool] = paid.get(pool, ZERO) - left
    return LineLeft(
        id=line.pk,
        kind=line.kind,
        quantity=line.quantity,
        net=line.net,
        left=left,
        vat=(line.vat_category, line.vat_rate),
    )


def _vat_left(invoice: Invoice) -> dict[tuple[str, Decimal], VatLeft]:
    credited = {
        (category, rate): (net, vat)
        for category, rate, net, vat in InvoiceVat.objects.filter(
            invoice__origin=CORRECTION, invoice__corrects=invoice
        )
        .order_by()
        .values_list("category", "rate")
        .annotate(Sum("net"), Sum("vat"))
    }
    return {
        key: VatLeft(row.net, row.vat, *credited.get(key, (ZERO, ZERO)))
        for row in invoice.vat_rows.all()
        for key in [(row.category, row.rate)]
    }
