"""The yardstick: a chunk written as Django's documentation would have it, bulk_create and all.

Reading and drafting are those of the portal, and so is the order: ids first, invoices last, with
their numbers. So the difference is the writing alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from unittest.mock import patch

from django.db import connection
from msgspec import to_builtins
from msgspec.structs import asdict

from billing import numbering
from billing.models import Invoice, InvoiceLine, InvoiceVat, RunItem
from billing.operations import issuing, outcomes, runs
from billing.payments.models import LedgerEntry, Posting
from billing.payments.posting import postings_of
from customers.bulk import check_references, take_ids
from customers.history import Entry, record_many
from subscriptions.periods import local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from billing.drafts import Draft
    from billing.operations.issuing import Drafted
    from billing.operations.outcomes import Claimed
    from catalog.models import Seller
    from customers.actors import Actor
    from customers.models import Organisation


@contextmanager
def chunked_orm() -> Iterator[None]:
    """Runs inside read organisations as model instances and write by them."""
    with (
        patch.object(runs, "as_values", list),
        patch.object(runs, "issue_many", _issue),
        patch.object(outcomes, "write", _write_outcomes),
    ):
        yield


def _issue(drafted: Sequence[Drafted], *, seller: Seller, by: Actor, at: dt.datetime) -> list[int]:
    """Everybody's documents are invoices here: nobody of the crowd is credited."""
    snapshot = issuing.seller_snapshot(seller)
    pairs = [
        (draft, _invoice(draft, cast("Organisation", each.organisation), seller, snapshot))
        for each in drafted
        for draft in each.drafts
    ]
    invoices = [invoice for _draft, invoice in pairs]
    with connection.cursor() as cursor:
        ids = take_ids(cursor, Invoice, len(invoices))
    for invoice, pk in zip(invoices, ids, strict=True):
        invoice.pk = pk
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            kind=line.kind.value,
            subscription_id=line.subscription.id,
            tenant_id=line.subscription.tenant_id,
            tenant_label=line.subscription.tenant_label,
            product_code=line.subscription.product_code,
            product_names=dict(line.subscription.product_names),
            component=line.component.code,
            component_names=dict(line.component.names),
            period_from=line.period_from,
            period_until=line.period_until,
            month_days=line.month_days,
            quantity=line.quantity,
            unit_price=line.unit_price,
            net=line.net,
            vat_category=line.vat_category,
            vat_rate=line.vat_rate,
            why=to_builtins(line.why),
        )
        for draft, invoice in pairs
        for position, line in enumerate(draft.lines, start=1)
    )
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            invoice=invoice,
            category=row.category,
            rate=row.rate,
            net=row.net,
            vat=row.vat,
            note_code=row.note,
        )
        for draft, invoice in pairs
        for row in draft.vat_rows
    )
    _enter(pairs, seller, at)
    with connection.cursor() as cursor:
        check_references(cursor, InvoiceLine, LedgerEntry, Posting, but_to=Invoice)
    _number(invoices, seller, at)
    Invoice.objects.bulk_create(invoices)
    record_many(
        Entry(
            subject=invoice,
            verb="invoice.issued",
            organisation=invoice.organisation,
            by=by,
            at=at,
            details={"number": invoice.number, "gross": invoice.gross, "month": invoice.month},
        )
        for invoice in invoices
    )
    connection.check_constraints()
    return ids


def _invoice(
    draft: Draft, organisation: Organisation, seller: Seller, snapshot: dict[str, str]
) -> Invoice:
    return Invoice(
        kind=draft.kind.value,
        organisation=organisation,
        seller=seller,
        month=draft.month.first_day,
        currency=draft.currency.value,
        outside_scope=draft.is_outside_scope,
        language=organisation.invoice_language,
        seller_snapshot=snapshot,
        buyer_snapshot=issuing.buyer_snapshot(organisation),
        net=draft.net,
        vat=draft.vat,
        gross=draft.gross,
    )


def _enter(pairs: Iterable[tuple[Draft, Invoice]], seller: Seller, at: dt.datetime) -> None:
    pairs = list(pairs)
    entries = LedgerEntry.objects.bulk_create(
        LedgerEntry(
            seller=seller,
            organisation=invoice.organisation,
            invoice=invoice,
            currency=invoice.currency,
            entered_on=local_day(at, seller.zone),
            at=at,
        )
        for _draft, invoice in pairs
    )
    Posting.objects.bulk_create(
        Posting(entry=entry, **asdict(posting))
        for entry, (draft, _invoice) in zip(entries, pairs, strict=True)
        for posting in postings_of(issuing.document_of(draft))
    )


def _number(invoices: list[Invoice], seller: Seller, at: dt.datetime) -> None:
    day = local_day(at, seller.zone)
    numbers = numbering.take(seller, "invoice", year=day.year, count=len(invoices))
    for invoice, number in zip(invoices, numbers, strict=True):
        invoice.series_year, invoice.sequence, invoice.number = day.year, *number
        invoice.issued_at, invoice.issued_on = at, day
        invoice.due_on = seller.due_on(day)


def _write_outcomes(claimed: Iterable[Claimed], *, at: dt.datetime) -> None:
    by_id = {each.id: each for each in claimed}
    items = list(RunItem.objects.filter(pk__in=by_id))
    for item in items:
        became = by_id[item.pk]
        item.outcome, item.cause, item.detail = became.outcome, became.cause, became.detail
        item.attempts, item.done_at = item.attempts + 1, at
    RunItem.objects.bulk_update(items, ["outcome", "attempts", "cause", "detail", "done_at"])
