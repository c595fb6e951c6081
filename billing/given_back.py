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
from billing.models import CreditProposalLine, Invoice, InvoiceLine, InvoiceVat, sign_of
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


def by_hand(organisation_ids: Iterable[int]) -> Mapping[int, Mapping[Pool, ByHand]]:
    """What was given back by hand of what, by organisation; nothing for nearly everybody, after
    one query.
    """
    corrected = Invoice.objects.filter(any_of("organisation", organisation_ids), origin=CORRECTION)
    ids = list(corrected.order_by().values_list("organisation", flat=True).distinct())
    return pools(ids) if ids else {}


def pools(organisation_ids: Iterable[int]) -> dict[int, dict[Pool, ByHand]]:
    """Every pool of the organisations, by organisation: what is charged by use for all of one is
    under the same pool with another. Two queries.
    """
    lines = InvoiceLine.objects.filter(any_of("invoice__organisation", organisation_ids))
    charged = _sums(known_to_the_run(lines))
    given_back = _sums(in_force(lines).filter(BY_HAND))
    found: dict[int, dict[Pool, ByHand]] = defaultdict(dict)
    for key in [*charged, *(key for key in given_back if key not in charged)]:
        organisation_id, pool = key
        found[organisation_id][pool] = ByHand(charged=charged[key], given_back=-given_back[key])
    return dict(found)


def _sums(lines: Lines) -> defaultdict[tuple[int, Pool], Decimal]:
    """Signed: what is owed is positive."""
    sums: defaultdict[tuple[int, Pool], Decimal] = defaultdict(Decimal)
    rows = lines.order_by().values_list(
        "invoice__organisation_id",
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
    for owner, kind, net, subscription, product, tenant, component, first, category, rate in rows:
        month = first.replace(day=1)
        pool = Pool(subscription, product, tenant, component, month, category, rate)
        sums[owner, pool] += sign_of(kind) * net
    return sums


def creditable(invoice: Invoice) -> Creditable:
    """The issued invoice with what is left of it; the caller holds its organisation's lock."""
    credited: dict[int | None, Decimal] = dict(
        InvoiceLine.objects.filter(invoice__origin=CORRECTION, invoice__corrects=invoice)
        .order_by()
        .values_list("corrects")
        .annotate(Sum("net"))
    )
    issued = CreditProposalLine.objects.filter(
        proposal__invoice=invoice, proposal__status="issued", quantity__isnull=False
    )
    given = dict(issued.order_by().values_list("line").annotate(Sum("quantity")))
    owner = invoice.organisation_id
    paid = {pool: each.paid for pool, each in pools([owner]).get(owner, {}).items()}
    return Creditable(
        currency=Currency(invoice.currency),
        lines=tuple(
            _line_left(line, credited.get(line.pk, ZERO), given.get(line.pk, 0), paid)
            for line in invoice.lines.all()
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


def _line_left(
    line: InvoiceLine, credited: Decimal, quantity_given: int, paid: dict[Pool, Decimal]
) -> LineLeft:
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
        quantity_given=quantity_given,
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
