"""Which document charged what a credit gives back: where to whom or when it was charged counts."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import F, Min, Q
from django.db.models.fields.json import KeyTextTransform

from billing.attribution import Attributed, Buyer, Entry, Line, attributed
from billing.documents.einvoice.parties import prefixed
from billing.given_back import CHARGING, CORRECTION, REISSUE, SETTLEMENT, in_force
from billing.models import Invoice, InvoiceLine
from billing.vat import Category
from catalog.money import Currency
from customers.bulk import any_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from billing.drafts import DraftLine

COUNTRY, VAT_NUMBER = (
    KeyTextTransform(key, "invoice__buyer_snapshot") for key in ("country", "vat_number")
)


def charges_of(
    organisation_ids: Collection[int], *, since: dt.date
) -> Mapping[int, Sequence[Line]]:
    """What the documents in force charged for days from `since` on, by organisation, the oldest
    first. One query.
    """
    charging = InvoiceLine.objects.filter(
        CHARGING,
        any_of("invoice__organisation", organisation_ids),
        period_until__gt=since,
    ).exclude(kind=SETTLEMENT)
    found: dict[int, list[Line]] = defaultdict(list)
    for line in (
        in_force(charging)
        .annotate(owner=F("invoice__organisation"))
        .order_by("invoice", "position")
    ):
        found[line.owner].append(issued(line))
    return found


def newest_charging(credit: Line, charges: Sequence[Line]) -> Line | None:
    """The newest that charged some of the days of `credit`: the run takes off what was charged
    last first.
    """
    return next((charge for charge in reversed(charges) if credit.is_charged_by(charge)), None)


def newest_of(credits_: Iterable[Line], charges: Sequence[Line]) -> int | None:
    """The document whose buyer is named by what only credits: of several the newest. One with
    reverse charge comes first: what gives that back names the number that it was charged to.
    """
    found = (newest_charging(credit, charges) for credit in credits_)
    originals = [charge for charge in found if charge]
    reverse_charged = [each for each in originals if each.category == Category.REVERSE_CHARGE]
    return max((each.original for each in reverse_charged or originals), default=None)


def reverse_charges(
    organisation_ids: Collection[int], *, since: dt.date, until: dt.date | None = None
) -> Iterator[tuple[InvoiceLine, Attributed[Buyer]]]:
    """Of the lines with reverse charge for the month of `since` or later, whose they are, as far
    as that is not said by their documents' buyers alone; issued before `until`. Three queries.
    """
    lines = InvoiceLine.objects.filter(
        any_of("invoice__organisation", organisation_ids),
        vat_category=Category.REVERSE_CHARGE,
        period_from__gte=since.replace(day=1),
    )
    if until:
        lines = lines.filter(invoice__issued_on__lt=until)
    lines = lines.filter(any_of("invoice__organisation", _of_several_numbers(lines)))
    cancelled = _cancelled(organisation_ids)
    in_order = lines.select_related("invoice").order_by(
        "invoice__organisation", "invoice__currency", "invoice", "position"
    )
    for (_owner, currency), of_one in groupby(
        in_order, key=lambda line: (line.invoice.organisation_id, line.invoice.currency)
    ):
        by_id = {line.pk: line for line in of_one}
        entries = [_entry(line, _named_by(line.invoice), cancelled) for line in by_id.values()]
        for each in attributed(entries, Currency(currency)):
            yield by_id[each.entry.id], each


def nets_by_document(document: Invoice) -> Mapping[tuple[str, Decimal], Mapping[int, Decimal]]:
    """Net of what a document gives back, by VAT category and rate and the document that charged
    it; what it charges itself, and what nobody charged, is its own. In its direction; three
    queries.
    """
    nets: dict[tuple[str, Decimal], dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for line, each in _by_document(document, Q(invoice__lte=document.pk)):
        if line.invoice_id == document.pk:
            nets[line.vat_category, line.vat_rate][each.whose] += each.net * document.sign
    return nets


def given_back_since(document: Invoice) -> Decimal:
    """Net of what later documents give back of what this one charged, less what was taken back of
    that again; three queries.
    """
    back = Decimal(0)
    for line, each in _by_document(document):
        if each.whose == document.pk != line.invoice_id:
            back -= each.net
    return back


def _by_document(
    document: Invoice, which: Q | None = None
) -> Iterator[tuple[InvoiceLine, Attributed[int]]]:
    """The lines of its customer from its first month on, and which document charged them."""
    first = document.lines.aggregate(first=Min("period_from"))["first"]
    lines = InvoiceLine.objects.filter(
        which or Q(),
        invoice__organisation=document.organisation_id,
        invoice__currency=document.currency,
        period_from__gte=first.replace(day=1),
    )
    by_id = {
        line.pk: line for line in lines.select_related("invoice").order_by("invoice", "position")
    }
    cancelled = _cancelled([document.organisation_id])
    entries = [_entry(line, line.invoice_id, cancelled) for line in by_id.values()]
    for each in attributed(entries, Currency(document.currency)):
        yield by_id[each.entry.id], each


def _cancelled(organisation_ids: Collection[int]) -> set[int | None]:
    """What was issued anew."""
    reissues = Invoice.objects.filter(any_of("organisation", organisation_ids), origin=REISSUE)
    return set(reissues.order_by().values_list("corrects", flat=True))


def _of_several_numbers(lines: QuerySet[InvoiceLine]) -> list[int]:
    """Who was not always the same buyer: nearly nobody, and nobody else's lines are read."""
    buyers: dict[int, set[Buyer]] = defaultdict(set)
    found = lines.order_by().values_list("invoice__organisation", COUNTRY, VAT_NUMBER)
    for organisation_id, country, number in found.distinct():
        buyers[organisation_id].add(Buyer(country, prefixed(country, number)))
    return [organisation_id for organisation_id, named in buyers.items() if len(named) > 1]


def _named_by(invoice: Invoice) -> Buyer:
    country, number = invoice.buyer_snapshot["country"], invoice.buyer_snapshot["vat_number"]
    return Buyer(country, prefixed(country, number))


def _entry[Whose](line: InvoiceLine, named: Whose, cancelled: set[int | None]) -> Entry[Whose]:
    invoice = line.invoice
    is_correction = invoice.origin == CORRECTION
    return Entry(
        id=line.pk,
        line=issued(line),
        kind=line.kind,
        quantity=line.quantity * invoice.sign,
        net=line.net * invoice.sign,
        named=named,
        takes_back=line.corrects_id if is_correction else None,
        cancels=is_correction and invoice.corrects_id in cancelled,
        repeats=None if is_correction else line.corrects_id,
    )


def issued(line: InvoiceLine) -> Line:
    return Line(
        _whose(line.subscription_id, line.product_code, line.tenant_id),
        line.component,
        line.vat_category,
        line.vat_rate,
        line.period_from,
        line.period_until,
        line.net,
        line.invoice_id,
    )


def drafted(line: DraftLine) -> Line:
    subscription = line.subscription
    return Line(
        _whose(subscription.id, subscription.product_code, subscription.tenant_id),
        line.component.code,
        line.vat_category,
        line.vat_rate,
        line.period_from,
        line.period_until,
        line.net,
    )


def _whose(
    subscription_id: int | None, product_code: str, tenant_id: int | None
) -> tuple[int | str | None, ...]:
    return (subscription_id,) if subscription_id else (None, product_code, tenant_id)
