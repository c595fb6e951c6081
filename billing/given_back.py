"""What staff gave back by hand, beside what the run charged and credited.

The run's difference does not know credit notes by hand (docs/decisions/0017): what they give
back is not charged again. Only where the run itself credits days does it settle them.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from billing.crediting import ZERO, ByHand, Creditable, LineLeft, Pool, VatLeft
from billing.models import CreditProposalLine, Invoice, InvoiceLine, InvoiceVat, sign_of
from billing.vat import Summed, rows_of
from catalog.money import Currency
from customers.bulk import any_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

type Lines = QuerySet[InvoiceLine]
type Key = tuple[int, Pool]  # of an organisation
type Sums = defaultdict[Key, Decimal]

CORRECTION, REISSUE = Invoice.Origin.CORRECTION, Invoice.Origin.REISSUE
SETTLEMENT = InvoiceLine.Kind.SETTLEMENT

# A credit by hand. What takes back a credit of the run is an adjustment, and the run's business:
# it will find that credit due again.
OF_CREDIT_NOTES = Q(invoice__origin=CORRECTION, kind=InvoiceLine.Kind.CREDIT)
TAKEN_BACK = Q(invoice__origin=CORRECTION, kind=InvoiceLine.Kind.ADJUSTMENT)
BY_HAND = OF_CREDIT_NOTES | Q(kind=SETTLEMENT)

# What a run's credit note charges, as `is_charge` says it: no other one charges anything, and what
# takes back a credit there is a day's business again.
ON_CREDIT_NOTES = Q(
    ~Q(kind=SETTLEMENT),
    invoice__kind=Invoice.Kind.CREDIT_NOTE,
    invoice__origin=Invoice.Origin.RUN,
    quantity__lt=0,
    net__lt=0,
)
CHARGING = Q(invoice__kind=Invoice.Kind.INVOICE, net__gt=0) | ON_CREDIT_NOTES


def in_force(lines: Lines) -> Lines:
    """Without invoices that a reissue stands in for, and the credit notes that cancelled them."""
    cancelled = Invoice.objects.filter(origin=REISSUE).values("corrects")
    return lines.exclude(invoice__in=cancelled).exclude(
        invoice__origin=CORRECTION, invoice__corrects__in=cancelled
    )


def known_to_the_run(lines: Lines) -> Lines:
    """What was charged for which days, and credited of them, by the difference alone."""
    return in_force(lines).exclude(BY_HAND)


def taken_back(since: Mapping[int, dt.datetime]) -> Mapping[int, set[Month]]:
    """Of which months a credit of the run was taken back with its invoice, by organisation: what
    was issued at the instant of the organisation in `since`, or after it.

    Such a credit is a day's business again (docs/decisions/0017), however old the month.
    """
    if not since:
        return {}
    found: dict[int, set[Month]] = defaultdict(set)
    for organisation_id, issued_at, first in in_force(
        InvoiceLine.objects.filter(
            any_of("invoice__organisation", since),
            TAKEN_BACK,
            invoice__issued_at__gte=min(since.values()),
        )
    ).values_list("invoice__organisation", "invoice__issued_at", "period_from"):
        if issued_at >= since[organisation_id]:
            found[organisation_id].add(Month.of(first))
    return found


def by_hand(organisation_ids: Iterable[int]) -> Mapping[int, Mapping[Pool, ByHand]]:
    """By organisation that ever got a credit note by hand: of which pools the run has not settled
    all that was given back, and how they stand. Nothing for nearly everybody, after one query.
    """
    corrected = Invoice.objects.filter(any_of("organisation", organisation_ids), origin=CORRECTION)
    ids = list(corrected.order_by().values_list("organisation", flat=True).distinct())
    if not ids:
        return {}
    given_back = _given_back(InvoiceLine.objects.filter(any_of("invoice__organisation", ids)))
    unsettled = {key: net for key, net in given_back.items() if net}
    charged = _charged(_lines_of(unsettled))
    found: dict[int, dict[Pool, ByHand]] = {organisation_id: {} for organisation_id in ids}
    for key, net in unsettled.items():
        organisation_id, pool = key
        found[organisation_id][pool] = ByHand(charged=charged[key], given_back=net)
    return found


def pools(organisation_ids: Iterable[int]) -> dict[int, dict[Pool, ByHand]]:
    """Every pool of the organisations, by organisation: what is charged by use for all of one is
    under the same pool with another. Two queries that read all their lines: for checks.
    """
    lines = InvoiceLine.objects.filter(any_of("invoice__organisation", organisation_ids))
    charged, given_back = _charged(lines), _given_back(lines)
    found: dict[int, dict[Pool, ByHand]] = defaultdict(dict)
    for key in [*charged, *(key for key in given_back if key not in charged)]:
        organisation_id, pool = key
        found[organisation_id][pool] = ByHand(charged=charged[key], given_back=given_back[key])
    return dict(found)


def _charged(lines: Lines) -> Sums:
    return _sums(known_to_the_run(lines))


def _given_back(lines: Lines) -> Sums:
    """What staff gave back and the run has not settled is positive."""
    sums = _sums(in_force(lines).filter(BY_HAND))
    return defaultdict(Decimal, {key: -net for key, net in sums.items()})


def _lines_of(keys: Collection[Key]) -> Lines:
    """The lines in these pools, and a few others of the same months and components.

    No invoice has a line of a month after its own.
    """
    if not keys:
        return InvoiceLine.objects.none()
    months = {pool.month for _owner, pool in keys}
    return InvoiceLine.objects.annotate(first_day=TruncMonth("period_from")).filter(
        any_of("invoice__organisation", {owner for owner, _pool in keys}),
        invoice__month__gte=min(months),
        first_day__in=months,
        product_code__in={pool.product_code for _owner, pool in keys},
        component__in={pool.component for _owner, pool in keys},
    )


def _sums(lines: Lines) -> Sums:
    """Signed: what is owed is positive."""
    sums: Sums = defaultdict(Decimal)
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
    """The issued invoice with what is left of it; the caller holds its organisation's lock.

    Of a credit note: what it charges, as if that stood by itself.
    """
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
    lines = lines_to_credit(invoice)
    paid = _paid(invoice, lines)
    return Creditable(
        currency=Currency(invoice.currency),
        lines=tuple(
            _line_left(line, invoice.sign, credited.get(line.pk, ZERO), given.get(line.pk, 0), paid)
            for line in lines
        ),
        vat=_vat_left(invoice, lines),
    )


def lines_to_credit(invoice: Invoice) -> list[InvoiceLine]:
    """Of an invoice all; of a credit note what it charges."""
    if invoice.kind == Invoice.Kind.INVOICE:
        return list(invoice.lines.all())
    return list(invoice.lines.filter(ON_CREDIT_NOTES))


def _paid(invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[Pool, Decimal]:
    keys = {(invoice.organisation_id, pool_of(line)) for line in lines}
    same = _lines_of(keys)
    charged, given_back = _charged(same), _given_back(same)
    return {key[1]: charged[key] - given_back[key] for key in keys}


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
    line: InvoiceLine,
    sign: int,
    credited: Decimal,
    quantity_given: int,
    paid: dict[Pool, Decimal],
) -> LineLeft:
    """Lines of one pool share what is paid of it: the run's credits took the newest first."""
    net = line.net * sign
    left = net - credited
    if net > 0 and line.kind != SETTLEMENT:
        pool = pool_of(line)
        left = max(ZERO, min(left, paid.get(pool, ZERO)))
        paid[pool] = paid.get(pool, ZERO) - left
    return LineLeft(
        id=line.pk,
        kind=line.kind,
        quantity=line.quantity * sign,
        net=net,
        left=left,
        vat=(line.vat_category, line.vat_rate),
        quantity_given=quantity_given,
    )


def _vat_left(invoice: Invoice, lines: Iterable[InvoiceLine]) -> dict[tuple[str, Decimal], VatLeft]:
    """By row of the invoice, or of what a credit note charges: with that, its rows are less."""
    credited = {
        (category, rate): (net, vat)
        for category, rate, net, vat in InvoiceVat.objects.filter(
            invoice__origin=CORRECTION, invoice__corrects=invoice
        )
        .order_by()
        .values_list("category", "rate")
        .annotate(Sum("net"), Sum("vat"))
    }
    rows: Iterable[InvoiceVat | Summed] = invoice.vat_rows.all()
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        nets = [(line.vat_category, line.vat_rate, -line.net) for line in lines]
        rows = rows_of(nets, Currency(invoice.currency))
    return {
        key: VatLeft(row.net, row.vat, *credited.get(key, (ZERO, ZERO)))
        for row in rows
        for key in [(row.category, row.rate)]
    }
