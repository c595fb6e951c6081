from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import F, Min, Q, Sum

from billing.given_back import creditable, pools
from billing.models import Invoice, InvoiceLine, InvoiceVat, sign_of
from billing.originals import reverse_charges
from billing.vat import Category
from customers.bulk import any_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.crediting import VatLeft

RULE = (
    "A correction is of the same customer, seller and currency as its original, and what is "
    "given back never exceeds what was charged: of a line, a VAT row, a month and a VAT number."
)

CREDIT_NOTES = {"invoice__origin": Invoice.Origin.CORRECTION}


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was charged has no time
    yield from _originals()
    yield from _lines()
    yield from _vat_rows()
    yield from _months()
    yield from _cancelled()
    yield from _numbers()


def _originals() -> Iterator[str]:
    # Of a run's credit note staff give back what it charges.
    of_charges = Q(origin=Invoice.Origin.CORRECTION, corrects__origin=Invoice.Origin.RUN)
    strangers = Invoice.objects.filter(corrects__isnull=False).exclude(
        of_charges | Q(corrects__kind=Invoice.Kind.INVOICE),
        organisation=F("corrects__organisation"),
        seller=F("corrects__seller"),
        currency=F("corrects__currency"),
    )
    for invoice in strangers.order_by("pk"):
        yield f"{invoice} does not fit its original"
    elsewhere = InvoiceLine.objects.filter(corrects__isnull=False).exclude(
        invoice__corrects=F("corrects__invoice")
    )
    for line in elsewhere.select_related("invoice").order_by("pk"):
        yield f"{line.invoice}, line {line.position} corrects a line of another invoice"


def _lines() -> Iterator[str]:
    credited = (
        InvoiceLine.objects.filter(**CREDIT_NOTES)
        .order_by("corrects")
        .values_list("corrects", "corrects__invoice__kind", "corrects__net")
        .annotate(Sum("net"))
    )
    for line_id, document, net, total in credited:
        if line_id is None or not _is_within(total, sign_of(document) * net):
            yield f"line {line_id} of {net}: {total} given back"


def _vat_rows() -> Iterator[str]:
    credited = (
        InvoiceVat.objects.filter(**CREDIT_NOTES)
        .order_by("invoice__corrects", "category", "rate")
        .values_list("invoice__corrects", "category", "rate")
        .annotate(Sum("net"), Sum("vat"))
    )
    originals = Invoice.objects.filter(pk__in=credited.values("invoice__corrects"))
    charged: dict[tuple[object, ...], InvoiceVat | VatLeft] = {
        (row.invoice_id, row.category, row.rate): row
        for row in InvoiceVat.objects.filter(
            invoice__in=originals, invoice__kind=Invoice.Kind.INVOICE
        )
    }
    for credit_note in originals.filter(kind=Invoice.Kind.CREDIT_NOTE):
        for of_charges, row in creditable(credit_note).vat.items():
            charged[credit_note.pk, *of_charges] = row
    for *key, net, vat in credited:
        of = charged.get(tuple(key))
        if of is None or not (_is_within(net, of.net) and _is_within(vat, of.vat)):
            yield f"VAT row {key}: {net} and {vat} given back"


def _months() -> Iterator[str]:
    """With what the run credited; only who got a credit note by hand can have got too much."""
    corrected = Invoice.objects.filter(origin=Invoice.Origin.CORRECTION).order_by("organisation")
    for organisation_id in corrected.values_list("organisation", flat=True).distinct():
        for pool, by_hand in pools([organisation_id]).get(organisation_id, {}).items():
            if by_hand.given_back < 0 or by_hand.paid < 0:
                yield f"organisation {organisation_id}, {pool}: {by_hand}"


def _cancelled() -> Iterator[str]:
    credited: dict[int | None, Decimal] = defaultdict(Decimal)
    corrected = Invoice.objects.filter(origin=Invoice.Origin.CORRECTION)
    for original_id, gross in corrected.values_list("corrects", "gross"):
        credited[original_id] += gross
    reissued = Invoice.objects.filter(corrections__origin=Invoice.Origin.REISSUE)
    for invoice in reissued.distinct().order_by("pk"):
        if credited[invoice.pk] != invoice.gross:
            yield f"{invoice} was issued anew, and {credited[invoice.pk]} of it given back"


def _numbers() -> Iterator[str]:
    """Of who was corrected: under each VAT number, as the EC sales list has it; nothing is left of
    what was cancelled (docs/decisions/0051).
    """
    corrected = InvoiceLine.objects.filter(vat_category=Category.REVERSE_CHARGE, **CREDIT_NOTES)
    since = dict(
        corrected.order_by().values_list("invoice__organisation").annotate(Min("period_from"))
    )
    if not since:
        return
    reissued = Invoice.objects.filter(any_of("organisation", since), origin=Invoice.Origin.REISSUE)
    cancelled = set(reissued.values_list("corrects", flat=True))
    nets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    left: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line, each in reverse_charges(since, since=min(since.values())):
        invoice, number = line.invoice, each.whose.vat_number
        nets[f"organisation {invoice.organisation_id}, {invoice.currency}", number] += each.net
        is_credited = invoice.origin == Invoice.Origin.CORRECTION
        original = invoice.corrects_id if is_credited else invoice.pk
        if original in cancelled:
            left[f"cancelled invoice {original}", number] += each.net
    amiss = {key: net for key, net in nets.items() if net < 0}
    for (what, number), net in (amiss | {key: net for key, net in left.items() if net}).items():
        yield f"{what}: {net} under {number}"


def _is_within(amount: Decimal, bound: Decimal) -> bool:
    return 0 <= amount <= bound or bound <= amount <= 0
